//! The method table: how Google's APIs are called, from Google's discovery documents.
//!
//! `make_methods.py` writes `methods.json`; nothing of it comes from sa-audit's client, so that client and emulator
//! cannot share one misreading.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The table as the script wrote it.
#[derive(Debug, Deserialize)]
pub(crate) struct Table {
    /// Parameters that every method takes, such as `alt` and `prettyPrint`.
    pub(crate) system_parameters: Vec<String>,
    /// One row per method.
    pub(crate) methods: Vec<Method>,
}

/// One method of one API.
#[derive(Debug, Deserialize)]
pub(crate) struct Method {
    /// Google's name of the method, such as `iam.projects.serviceAccounts.list`.
    pub(crate) id: String,
    /// The host that serves it, such as `iam.googleapis.com`.
    pub(crate) host: String,
    /// The HTTP verb.
    pub(crate) verb: String,
    /// The path, version included.
    pub(crate) path: Template,
    /// Query parameters by name.
    pub(crate) query: BTreeMap<String, Parameter>,
    /// The name of the response's array, for a method that lists.
    pub(crate) items: Option<String>,
    /// The name of the array in each zone and region, for a list whose answer is a map of those.
    #[serde(default)]
    pub(crate) scoped: Option<String>,
    /// Page sizes, for a method that pages.
    pub(crate) pages: Option<Pages>,
    /// Fields of the request body by name; none where the method takes no body.
    pub(crate) body: Option<BTreeMap<String, BodyField>>,
    /// Values of the response's enums in the order of their numbers, by dotted path.
    pub(crate) enums: BTreeMap<String, Vec<String>>,
}

/// One query parameter.
#[derive(Debug, Deserialize)]
pub(crate) struct Parameter {
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    #[serde(default)]
    pub(crate) required: bool,
    #[serde(default)]
    pub(crate) repeated: bool,
    /// The values of an enum, in the order of their numbers.
    #[serde(default)]
    pub(crate) values: Vec<String>,
}

/// The type of a value in a query or a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Anything: a message that holds itself, or one of any fields.
    Any,
    String,
    Enum,
    Boolean,
    Int32,
    Uint32,
    Int64,
    Uint64,
    Number,
}

/// One field of a request body.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum BodyField {
    /// A value, or an array of such values.
    Value(Kind),
    /// A message with its own fields, or an array of such messages.
    Message(BTreeMap<String, BodyField>),
}

/// Page sizes of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Pages {
    /// The parameter that asks for a size: `pageSize`, or `maxResults` in older APIs; of a method that takes a body with a
    /// page token, a field of that body.
    pub(crate) parameter: String,
    /// Elements in a page where the caller names no size.
    pub(crate) default: usize,
    /// Elements in a page at most: larger sizes are capped.
    pub(crate) maximum: usize,
}

/// Returns the committed table.
pub(crate) fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        serde_json::from_str(include_str!("methods.json"))
            .expect("the committed table parses, as the tests show")
    });
    &TABLE
}

/// A path in the notation of `google.api.http`, such as `v1/{name=projects/*/serviceAccounts/*}/keys`.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Template {
    parts: Vec<Part>,
    /// The custom verb behind the colon, such as `search`.
    pub(crate) verb: Option<String>,
}

#[derive(Debug)]
enum Part {
    Literal(String),
    Variable {
        name: String,
        /// The segments that the value must have; `None` takes any one segment.
        segments: Vec<Option<String>>,
    },
}

impl From<String> for Template {
    fn from(text: String) -> Self {
        let (path, verb) = match text.rsplit_once(':') {
            Some((path, verb)) => (path.to_owned(), Some(verb.to_owned())),
            None => (text, None),
        };
        let mut parts = Vec::new();
        let mut rest = path.as_str();
        while !rest.is_empty() {
            if let Some(behind) = rest.strip_prefix('{')
                && let Some((variable, behind)) = behind.split_once('}')
            {
                let (name, pattern) = variable.split_once('=').unwrap_or((variable, "*"));
                let segments = pattern
                    .split('/')
                    .map(|segment| (segment != "*").then(|| segment.to_owned()))
                    .collect();
                parts.push(Part::Variable {
                    name: name.to_owned(),
                    segments,
                });
                rest = behind.strip_prefix('/').unwrap_or(behind);
            } else {
                let (literal, behind) = rest.split_once('/').unwrap_or((rest, ""));
                parts.push(Part::Literal(literal.to_owned()));
                rest = behind;
            }
        }
        Self { parts, verb }
    }
}

impl Template {
    /// Returns the variables' values where the segments, still percent-encoded, fit.
    ///
    /// A variable of one segment is decoded whole; in one of several segments `%2F` stays as it is, which is what
    /// `google/api/http.proto` says of both.
    pub(crate) fn fit(&self, segments: &[&str]) -> Option<BTreeMap<String, String>> {
        let mut variables = BTreeMap::new();
        let mut rest = segments;
        for part in &self.parts {
            match part {
                Part::Literal(literal) => {
                    let (first, behind) = rest.split_first()?;
                    if decode(first, false)? != *literal {
                        return None;
                    }
                    rest = behind;
                }
                Part::Variable { name, segments } => {
                    let (own, behind) = rest.split_at_checked(segments.len())?;
                    let keep_slashes = segments.len() > 1;
                    let mut value = Vec::with_capacity(own.len());
                    for (segment, wanted) in own.iter().zip(segments) {
                        let segment = decode(segment, keep_slashes)?;
                        if segment.is_empty()
                            || wanted.as_ref().is_some_and(|wanted| *wanted != segment)
                        {
                            return None;
                        }
                        value.push(segment);
                    }
                    variables.insert(name.clone(), value.join("/"));
                    rest = behind;
                }
            }
        }
        rest.is_empty().then_some(variables)
    }
}

/// Returns the text without its percent-encoding, but for that of slashes where they are kept; `None` where it is broken
/// or is not UTF-8.
pub(crate) fn decode(text: &str, keep_slashes: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = behind;
            continue;
        }
        let (digits, behind) = behind.split_at_checked(2)?;
        let byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        if byte == b'/' && keep_slashes {
            bytes.extend_from_slice(&rest[..3]);
        } else {
            bytes.push(byte);
        }
        rest = behind;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(template: &str, path: &str) -> Option<Vec<(String, String)>> {
        let segments: Vec<&str> = path.split('/').collect();
        Template::from(template.to_owned())
            .fit(&segments)
            .map(|variables| variables.into_iter().collect())
    }

    #[test]
    fn the_table_parses_and_names_each_method_once() {
        let mut ids: Vec<&str> = table()
            .methods
            .iter()
            .map(|method| method.id.as_str())
            .collect();
        let rows = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), rows);
        for method in &table().methods {
            let body = method.body.as_ref();
            let pages = method.query.contains_key("pageToken")
                || body.is_some_and(|body| body.contains_key("pageToken"));
            assert_eq!(method.pages.is_some(), pages, "{}", method.id);
            assert!(
                method.pages.is_none() || method.items.is_some(),
                "{}",
                method.id
            );
        }
    }

    #[test]
    fn templates_fit_paths() {
        let keys = "v1/{name=projects/*/serviceAccounts/*}/keys";
        let name = |value: &str| Some(vec![("name".to_owned(), value.to_owned())]);
        assert_eq!(
            fit(keys, "v1/projects/p/serviceAccounts/a%40b/keys"),
            name("projects/p/serviceAccounts/a@b")
        );
        assert_eq!(fit(keys, "v1/projects/p/serviceAccounts/a/keys/k"), None);
        assert_eq!(fit(keys, "v1/projects/p/serviceAccounts/a"), None);
        assert_eq!(fit(keys, "v1/folders/p/serviceAccounts/a/keys"), None);
        assert_eq!(fit(keys, "v1/projects//serviceAccounts/a/keys"), None);
        assert_eq!(fit(keys, "v1/projects/%zz/serviceAccounts/a/keys"), None);
    }

    #[test]
    fn an_encoded_slash_is_one_only_where_a_variable_is_one_segment() {
        assert_eq!(
            fit("storage/v1/b/{bucket}", "storage/v1/b/a%2Fb"),
            Some(vec![("bucket".to_owned(), "a/b".to_owned())])
        );
        assert_eq!(
            fit("v1/{name=projects/*/keys/*}", "v1/projects/a%2Fb/keys/k"),
            Some(vec![(
                "name".to_owned(),
                "projects/a%2Fb/keys/k".to_owned()
            )])
        );
        assert_eq!(fit("v1/{name=projects/*}", "v1/projects%2Fa"), None);
    }
}

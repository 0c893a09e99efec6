//! The query language of Resource Manager's searches, as far as it is documented: `field:value` terms.

/// A query. Several terms find what any of them finds, as the documentation of `projects.search` says.
#[derive(Debug)]
pub(super) struct SearchQuery {
    terms: Vec<Term>,
}

/// One restriction; field and value are lower case.
#[derive(Debug)]
struct Term {
    field: String,
    value: String,
}

impl SearchQuery {
    /// Returns the query; `None` where the text is more than terms: `AND`, `NOT` and parentheses are undocumented.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let terms = text.split_whitespace().map(|term| {
            let at = term.find([':', '='])?;
            let (field, value) = (&term[..at], term[at + 1..].trim_matches('"'));
            let plain = |text: &str| !text.is_empty() && !text.contains(['(', ')', '"']);
            (plain(field) && plain(value)).then(|| Term {
                field: field.to_lowercase(),
                value: value.to_lowercase(),
            })
        });
        Some(Self {
            terms: terms.collect::<Option<_>>()?,
        })
    }

    /// Returns the fields that the query restricts, lower case.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|term| term.field.as_str())
    }

    /// Returns whether the query finds a resource with those values in its fields.
    pub(super) fn finds(&self, values: impl Fn(&str) -> Vec<String>) -> bool {
        self.terms.iter().any(|term| {
            values(&term.field)
                .iter()
                .map(|value| value.to_lowercase())
                .any(|value| match term.value.strip_suffix('*') {
                    Some(start) => value.starts_with(start),
                    None => value == term.value,
                })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(query: &str) -> Option<bool> {
        let values = |field: &str| match field {
            "name" => vec!["Howl".to_owned()],
            "labels.color" => vec!["red".to_owned()],
            _ => Vec::new(),
        };
        Some(SearchQuery::parse(query)?.finds(values))
    }

    #[test]
    fn terms() {
        for query in [
            "name:how*",
            "name:Howl",
            "NAME:howl",
            "name=\"Howl\"",
            "labels.color:*",
            "size:big labels.color:red",
        ] {
            assert_eq!(finds(query), Some(true), "{query}");
        }
        for query in ["name:ho", "name:owl*", "labels.size:*", "labels.color:blue"] {
            assert_eq!(finds(query), Some(false), "{query}");
        }
        for query in [
            "howl",
            "name:",
            ":howl",
            "name:howl AND labels.color:red",
            "(name:howl)",
            "NOT name:howl",
        ] {
            assert_eq!(finds(query), None, "{query}");
        }
    }
}

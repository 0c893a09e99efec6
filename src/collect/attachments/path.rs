//! Paths into the JSON of a resource: `template.containers[].image`.

use serde_json::Value;

/// A path: names of fields behind dots, `[]` for every element of an array, `*` for every value of a map, `[name]` for
/// a field whose name has dots, `[key=x]` for the element of an array whose field `key` is `x`, or for an object if its own
/// is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    text: &'static str,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Field(&'static str),
    EveryElement,
    EveryValue,
    Element(&'static str, &'static str),
}

/// Something else lies where the path says that an object or an array should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherShape;

impl Path {
    /// Returns the path that the text says; `None` where it has an empty step or an open bracket.
    #[must_use]
    pub fn parse(text: &'static str) -> Option<Self> {
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(bracket) = rest.strip_prefix('[') {
                let (inside, behind) = bracket.split_once(']')?;
                steps.push(match inside.split_once('=') {
                    Some((key, value)) => Step::Element(key, value),
                    None if inside.is_empty() => Step::EveryElement,
                    None => Step::Field(inside),
                });
                rest = behind;
            } else {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (name, behind) = rest.split_at(end);
                steps.push(match name {
                    "" => return None,
                    "*" => Step::EveryValue,
                    name => Step::Field(name),
                });
                rest = behind;
            }
            if let Some(behind) = rest.strip_prefix('.') {
                if behind.is_empty() {
                    return None;
                }
                rest = behind;
            }
        }
        (!steps.is_empty()).then_some(Self { text, steps })
    }

    /// Returns the path as the table writes it.
    #[must_use]
    pub fn text(&self) -> &'static str {
        self.text
    }

    /// Returns the values that lie there; what is absent or null is none.
    ///
    /// # Errors
    /// [`OtherShape`] where a step meets a value through which it cannot go.
    pub fn find<'a>(&self, value: &'a Value) -> Result<Vec<&'a Value>, OtherShape> {
        let mut found = Vec::new();
        walk(value, &self.steps, &mut found)?;
        Ok(found)
    }
}

fn walk<'a>(
    value: &'a Value,
    steps: &[Step],
    found: &mut Vec<&'a Value>,
) -> Result<(), OtherShape> {
    if value.is_null() {
        return Ok(());
    }
    let Some((step, behind)) = steps.split_first() else {
        found.push(value);
        return Ok(());
    };
    let object = || value.as_object().ok_or(OtherShape);
    let array = || value.as_array().ok_or(OtherShape);
    match step {
        Step::Field(name) => match object()?.get(*name) {
            Some(inner) => walk(inner, behind, found),
            None => Ok(()),
        },
        Step::EveryElement => array()?
            .iter()
            .try_for_each(|inner| walk(inner, behind, found)),
        Step::EveryValue => object()?
            .values()
            .try_for_each(|inner| walk(inner, behind, found)),
        Step::Element(key, wanted) => {
            let itself = value.is_object().then(|| std::slice::from_ref(value));
            itself
                .map_or_else(|| array().map(Vec::as_slice), Ok)?
                .iter()
                .filter(|inner| inner.get(*key).and_then(Value::as_str) == Some(*wanted))
                .try_for_each(|inner| walk(inner, behind, found))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(path: &'static str, value: &Value) -> Result<Vec<Value>, OtherShape> {
        let found = Path::parse(path).expect("a path").find(value)?;
        Ok(found.into_iter().cloned().collect())
    }

    #[test]
    fn every_kind_of_step_finds_its_values() {
        let vm = json!({
            "accounts": [{ "email": "a" }, {}, { "email": null }, { "email": "b" }],
            "users": { "x": "c", "y": "d" },
            "annotations": { "iam.gke.io/account": "e" },
            "items": [{ "key": "other", "value": "f" }, { "key": "made.by", "value": "g" }],
        });
        let table = [
            ("accounts[].email", json!(["a", "b"])),
            ("users.*", json!(["c", "d"])),
            ("annotations[iam.gke.io/account]", json!(["e"])),
            ("items[key=made.by].value", json!(["g"])),
            ("items[key=none].value", json!([])),
            ("users[x=c].y", json!(["d"])),
            ("users[x=d].y", json!([])),
            ("nothing.here[].at.all", json!([])),
        ];
        for (path, expected) in table {
            assert_eq!(found(path, &vm).map(Value::from), Ok(expected), "{path}");
        }
    }

    #[test]
    fn another_shape_is_no_absence() {
        let odd = json!({ "accounts": { "email": "a" }, "template": "text" });
        for path in [
            "accounts[].email",
            "template.account",
            "template.*",
            "template[key=x].email",
        ] {
            assert_eq!(found(path, &odd), Err(OtherShape), "{path}");
        }
    }

    #[test]
    fn a_text_that_is_no_path_is_refused() {
        for text in ["", ".a", "a.", "a..b", "a[b"] {
            assert_eq!(Path::parse(text), None, "{text:?}");
        }
    }
}

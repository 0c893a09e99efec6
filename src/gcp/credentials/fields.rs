//! Reads the fields of a credentials file: says which one is wrong, never what it holds.

use std::path::Path;

use serde_json::{Map, Value};
use tokio::io::AsyncReadExt as _;

use super::error::{CredentialError, FailureKind};
use super::hosts::UntrustedHost;
use super::secret::Secret;

/// No credentials file, token file or subject token is larger, in bytes.
const LARGEST_FILE: u64 = 256 * 1024;

/// Returns the whole of a small file.
///
/// # Errors
/// Missing, unreadable, or too large to be what it is meant to be.
pub(super) async fn read_small(path: &Path) -> Result<Vec<u8>, String> {
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|error| reason(&error))?;
    let mut content = Vec::new();
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut content)
        .await
        .map_err(|error| reason(&error))?;
    if content.len() as u64 > LARGEST_FILE {
        return Err(format!("larger than {} KiB", LARGEST_FILE / 1024));
    }
    Ok(content)
}

fn reason(error: &std::io::Error) -> String {
    if error.kind() == std::io::ErrorKind::NotFound {
        "no such file".to_owned()
    } else {
        error.kind().to_string()
    }
}

/// A JSON object of a credentials file, and where it is.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    path: &'a Path,
    /// The object's own place in the file, such as `source_credentials.`.
    prefix: &'static str,
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(path: &'a Path, object: &'a Map<String, Value>) -> Self {
        Self {
            path,
            prefix: "",
            object,
        }
    }

    /// Returns the file's path.
    pub(super) fn path(&self) -> &'a Path {
        self.path
    }

    /// Returns a text that must be there.
    pub(super) fn required(&self, name: &str) -> Result<&'a str, CredentialError> {
        self.optional(name)?
            .ok_or_else(|| self.wrong(name, "is missing"))
    }

    /// Returns a secret that must be there.
    pub(super) fn secret(&self, name: &str) -> Result<Secret, CredentialError> {
        self.required(name).map(Secret::new)
    }

    /// Returns a text, or nothing where the field is missing, null or empty.
    pub(super) fn optional(&self, name: &str) -> Result<Option<&'a str>, CredentialError> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(self.wrong(name, "is not a text")),
        }
    }

    /// Returns the object under a name, or nothing where the field is missing or null; `prefix` is its place.
    pub(super) fn object(
        &self,
        name: &str,
        prefix: &'static str,
    ) -> Result<Option<Fields<'a>>, CredentialError> {
        match self.object.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(object)) => Ok(Some(Fields {
                path: self.path,
                prefix,
                object,
            })),
            Some(_) => Err(self.wrong(name, "is not an object")),
        }
    }

    /// Returns the raw value under a name.
    pub(super) fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Returns names and texts of the object.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
        self.object.iter()
    }

    /// Returns the error that says what is wrong with a field.
    pub(super) fn wrong(&self, name: &str, problem: &str) -> CredentialError {
        malformed(self.path, &format!("`{}{name}` {problem}", self.prefix))
    }

    /// Returns the error for an address in a field to which nothing may be sent.
    pub(super) fn untrusted(&self, name: &str, why: &UntrustedHost) -> CredentialError {
        CredentialError::new(
            FailureKind::UntrustedHost,
            format!("{}: `{}{name}`: {why}", self.path.display(), self.prefix),
            "use the file only if you know where it comes from; a private endpoint of yours must be allowed by hand",
        )
    }
}

/// Returns the error for a credentials file that is not what it should be.
pub(super) fn malformed(path: &Path, problem: &str) -> CredentialError {
    CredentialError::new(
        FailureKind::Malformed,
        format!("{}: {problem}", path.display()),
        "write the file again, with the tool that made it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_is_named_and_not_shown() {
        let Value::Object(object) = serde_json::json!({
            "empty": "", "nothing": null, "number": 12345, "text": "t", "inner": {"list": ["hunter2"]},
        }) else {
            unreachable!("the literal is an object")
        };
        let fields = Fields::new(Path::new("/c/adc.json"), &object);
        assert_eq!(fields.required("text"), Ok("t"));
        assert_eq!(fields.optional("empty"), Ok(None));
        assert_eq!(fields.optional("nothing"), Ok(None));
        let inner = fields
            .object("inner", "inner.")
            .expect("an object")
            .expect("there");
        for (error, story) in [
            (fields.required("empty"), "/c/adc.json: `empty` is missing"),
            (
                fields.required("number"),
                "/c/adc.json: `number` is not a text",
            ),
            (
                inner.required("list"),
                "/c/adc.json: `inner.list` is not a text",
            ),
        ] {
            assert_eq!(error.expect_err("wrong").story, story);
        }
    }
}

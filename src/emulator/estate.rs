//! The estate file: what exists, in Google's own JSON.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::faults::Fault;

/// A Google Cloud estate at one moment: every resource as Google's APIs would write it.
///
/// Elements are kept as the text of the file, so that odd and broken ones are answered as written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estate {
    /// The estate's short name, such as `retail`.
    pub estate: String,
    /// One line that says what the estate shows.
    #[serde(default)]
    pub about: String,
    /// The moment at which the estate is as described, UTC.
    pub now: DateTime<Utc>,
    /// The organization's resource name, `organizations/NUMBER`.
    pub organization: String,
    /// Collections by host and path without the version, such as
    /// `iam.googleapis.com/projects/acme-prod/serviceAccounts`, each with its elements in order.
    pub resources: BTreeMap<String, Vec<Arc<RawValue>>>,
    /// Faults that are set from the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// Why an estate file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EstateError {
    /// The file cannot be read.
    #[error("reading the estate {path}")]
    Read {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The text is not an estate.
    #[error("the estate is malformed")]
    Malformed(#[from] serde_json::Error),
}

impl Estate {
    /// Returns the estate that the JSON text describes.
    ///
    /// # Errors
    /// [`EstateError::Malformed`] where the text is not JSON, lacks a field or has one too many.
    pub fn parse(text: &str) -> Result<Self, EstateError> {
        Ok(serde_json::from_str(text)?)
    }

    /// Returns the estate that the file describes.
    ///
    /// # Errors
    /// [`EstateError`] where the file cannot be read or is not an estate.
    pub fn read(path: &Path) -> Result<Self, EstateError> {
        let text = fs::read_to_string(path).map_err(|source| EstateError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text)
    }

    /// Returns the estate as JSON text, in the form of an estate file.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("an estate is strings, numbers and JSON text")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_text() {
        let estate = Estate::parse(
            r#"{ "estate": "odd", "now": "2026-11-22T09:00:00Z", "organization": "organizations/1",
                 "resources": { "iam.googleapis.com/projects/p/serviceAccounts": [ 7, {"b": 1, "a": 1e400, "b": 2} ] } }"#,
        )
        .expect("an estate");
        let accounts = &estate.resources["iam.googleapis.com/projects/p/serviceAccounts"];
        let texts: Vec<&str> = accounts.iter().map(|element| element.get()).collect();
        assert_eq!(texts, ["7", r#"{"b": 1, "a": 1e400, "b": 2}"#]);
        let again = Estate::parse(&estate.to_json()).expect("what was written reads");
        assert_eq!(again.to_json(), estate.to_json());
    }

    #[test]
    fn unknown_fields_are_refused() {
        let error =
            Estate::parse(r#"{ "estate": "x", "resource": {} }"#).expect_err("a misspelt field");
        assert_eq!(error.to_string(), "the estate is malformed");
    }
}

//! The credentials of an account that are no service account keys, as the JSON report writes them.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::vocabulary::{CredentialKind, CredentialState};
use crate::model;

/// A long-lived credential of an account that is no service account key. No source of last use sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Credential {
    /// What it is.
    pub kind: CredentialKind,
    /// The name by which its service knows it, which is no secret: an HMAC key's access id, an API key's id.
    pub id: String,
    /// The id of the project that has it.
    pub project: String,
    /// Whether it is accepted.
    pub state: CredentialState,
    /// When it was made; null where its service does not tell.
    pub created: Option<DateTime<Utc>>,
}

impl From<&model::credential::OtherCredential> for Credential {
    fn from(credential: &model::credential::OtherCredential) -> Self {
        Self {
            kind: credential.kind.into(),
            id: credential.id.to_string(),
            project: credential.project.to_string(),
            state: credential.state.into(),
            created: credential.created,
        }
    }
}

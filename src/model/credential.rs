//! A long-lived credential of an account that is no service account key.
//!
//! Policy Analyzer and Monitoring see neither kind of them being used, so an account that has one is never called unused.
//! What makes such a credential work, the secret of an HMAC key and the string of an API key, is never read.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::names::{Email, KeyId, ProjectId};

/// A credential of an account, as the service that made it lists it. Deleted ones are left out: they sign nobody in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OtherCredential {
    /// The account as which it signs in.
    pub account: Email,
    /// What it is.
    pub kind: CredentialKind,
    /// The project that has it.
    pub project: ProjectId,
    /// The name by which its service knows it, which is no secret: an HMAC key's access id, an API key's id.
    pub id: KeyId,
    /// Whether it is accepted.
    pub state: CredentialState,
    /// When it was made, UTC; `None` where its service does not tell.
    pub created: Option<DateTime<Utc>>,
}

/// What a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// An HMAC key of Cloud Storage.
    ///
    /// Source: <https://cloud.google.com/storage/docs/json_api/v1/projects/hmacKeys#resource>.
    HmacKey,
    /// An API key that is bound to an account.
    ///
    /// Source: <https://cloud.google.com/api-keys/docs/reference/rest/v2/projects.locations.keys#Key>.
    ApiKey,
}

/// Whether a credential is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialState {
    /// It is. An API key has no other state.
    Active,
    /// It is switched off, and can be switched on again.
    Inactive,
    /// Its service did not say, or said something new.
    Unknown,
}

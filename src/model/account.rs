//! A service account as IAM lists it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::names::{AccountClass, Email, FullResourceName, ProjectId, UniqueId};
use super::scope::AccountRef;

/// A service account: the facts of one element of `projects.serviceAccounts.list`.
///
/// Source: <https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccount {
    /// The identity, never given out twice.
    pub unique_id: UniqueId,
    /// The address, which can be deleted and created again.
    pub email: Email,
    /// The project in which the account was listed.
    pub project: ProjectId,
    /// A stranger's text, up to 100 bytes; empty where none was given.
    pub display_name: String,
    /// A stranger's text, up to 256 bytes; empty where none was given.
    pub description: String,
    /// Whether the account is switched off: no key and no token of it is accepted.
    pub disabled: bool,
    /// When it was made, UTC, where Asset Inventory tells it; IAM does not.
    #[serde(default)]
    pub created: Option<DateTime<Utc>>,
}

impl ServiceAccount {
    /// Returns what kind of account it is.
    #[must_use]
    pub fn class(&self) -> AccountClass {
        self.email.class()
    }

    /// Returns the account as coverage and findings name it.
    #[must_use]
    pub fn reference(&self) -> AccountRef {
        AccountRef {
            project: self.project.clone(),
            email: self.email.clone(),
            unique_id: self.unique_id.clone(),
        }
    }

    /// Returns the full resource name by unique id.
    #[must_use]
    pub fn full_name(&self) -> FullResourceName {
        FullResourceName::of_account(&self.project, &self.unique_id)
    }
}

//! A project as Resource Manager tells it.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::names::{FolderId, OrganizationId, ProjectId, ProjectNumber};

/// An active project in scope.
///
/// Source: <https://cloud.google.com/resource-manager/reference/rest/v3/projects>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// The id, which people use.
    pub id: ProjectId,
    /// The number, which federation and metrics use.
    pub number: ProjectNumber,
    /// The folder or organization above it; `None` for a project without one, or where the caller may not see it.
    pub parent: Option<Parent>,
    /// A stranger's text.
    pub display_name: String,
    /// Labels, by key; strangers' texts.
    pub labels: BTreeMap<String, String>,
    /// When the project was created, UTC.
    pub created: Option<DateTime<Utc>>,
}

/// What stands above a project or folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "id")]
pub enum Parent {
    /// A folder.
    Folder(FolderId),
    /// An organization.
    Organization(OrganizationId),
}

impl fmt::Display for Parent {
    /// Writes the name as Google's APIs take it: `folders/1`, `organizations/1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(id) => write!(f, "folders/{id}"),
            Self::Organization(id) => write!(f, "organizations/{id}"),
        }
    }
}

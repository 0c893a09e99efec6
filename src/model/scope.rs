//! What a scan was asked to look at, and what one read was about.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::names::{Email, FolderId, OrganizationId, ProjectId, UniqueId};

/// What a scan was asked to look at. Never narrowed: what cannot be listed is an error or a gap.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ScanScope {
    /// The roots, sorted; none means every project that the caller sees.
    pub roots: Vec<Root>,
    /// Globs over project ids that the user left out, sorted.
    pub exclude: Vec<String>,
}

/// One root of a scan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "id")]
pub enum Root {
    /// An organization and everything below it.
    Organization(OrganizationId),
    /// A folder and everything below it.
    Folder(FolderId),
    /// One project, by the id or the number that the user gave.
    Project(ProjectId),
}

/// Projects that a scan saw and left out, by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LeftOut {
    /// Projects that are not in the state ACTIVE.
    pub inactive: u64,
    /// Projects that Apps Script made: ids that start with `sys-`.
    pub apps_script: u64,
    /// Projects that a glob of the user's left out.
    pub excluded: u64,
}

/// What one read was about: the key of the coverage, with the dataset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "id")]
pub enum Scope {
    /// Everything that the caller sees.
    Caller,
    /// An organization.
    Organization(OrganizationId),
    /// A folder.
    Folder(FolderId),
    /// A project.
    Project(ProjectId),
    /// A service account.
    Account(AccountRef),
}

/// A service account, named so that both a person and a join can find it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountRef {
    /// The account's project.
    pub project: ProjectId,
    /// The account's address.
    pub email: Email,
    /// The account's unique id.
    pub unique_id: UniqueId,
}

impl Scope {
    /// Returns the project that the scope is, or lies in.
    #[must_use]
    pub fn project(&self) -> Option<&ProjectId> {
        match self {
            Self::Project(project) => Some(project),
            Self::Account(account) => Some(&account.project),
            Self::Caller | Self::Organization(_) | Self::Folder(_) => None,
        }
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(id) => write!(f, "organization {id}"),
            Self::Folder(id) => write!(f, "folder {id}"),
            Self::Project(id) => write!(f, "project {id}"),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caller => f.write_str("every project that the caller sees"),
            Self::Organization(id) => write!(f, "organization {id}"),
            Self::Folder(id) => write!(f, "folder {id}"),
            Self::Project(id) => write!(f, "project {id}"),
            Self::Account(account) => write!(f, "account {}", account.email),
        }
    }
}

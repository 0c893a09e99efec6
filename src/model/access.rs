//! Who may do what: IAM policies and role definitions as Google tells them.

use serde::{Deserialize, Serialize};

use super::names::{FolderId, FullResourceName, Member, OrganizationId, ProjectId};
use super::project::Parent;
use super::scope::{AccountRef, Scope};

/// The allow policy of one resource.
///
/// Source: <https://cloud.google.com/iam/docs/reference/rest/v1/Policy>, read as version 3, so that conditions are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What the policy is on.
    pub on: PolicyNode,
    /// Its bindings, in Google's order.
    pub bindings: Vec<Binding>,
    /// Which Data Access logs it switches on, sorted; Google has them on organizations, folders and projects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audit: Vec<AuditConfig>,
}

/// What a policy is on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "name")]
pub enum PolicyNode {
    /// An organization.
    Organization(OrganizationId),
    /// A folder.
    Folder(FolderId),
    /// A project.
    Project(ProjectId),
    /// A service account, as a resource: who may act as it.
    Account(AccountRef),
    /// Any other resource, such as a bucket or a dataset.
    Resource(FullResourceName),
}

impl PolicyNode {
    /// Returns the node as a scope; `None` for a resource, which is none.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        match self {
            Self::Organization(id) => Some(Scope::Organization(id.clone())),
            Self::Folder(id) => Some(Scope::Folder(id.clone())),
            Self::Project(id) => Some(Scope::Project(id.clone())),
            Self::Account(account) => Some(Scope::Account(account.clone())),
            Self::Resource(_) => None,
        }
    }

    /// Returns the full resource name; of an account by unique id.
    #[must_use]
    pub fn full_name(&self) -> FullResourceName {
        match self {
            Self::Organization(id) => FullResourceName::of_organization(id),
            Self::Folder(id) => FullResourceName::of_folder(id),
            Self::Project(id) => FullResourceName::of_project(id),
            Self::Account(account) => {
                FullResourceName::of_account(&account.project, &account.unique_id)
            }
            Self::Resource(name) => name.clone(),
        }
    }
}

/// A role given to members.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Binding {
    /// The role's name: `roles/editor`, `projects/P/roles/R`, `organizations/O/roles/R`.
    pub role: String,
    /// Who holds it.
    pub members: Vec<Member>,
    /// When it holds; `None`: always.
    pub condition: Option<Condition>,
}

/// One member's share of one binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held<'a> {
    /// What the policy is on.
    pub on: &'a PolicyNode,
    /// Who holds it.
    pub member: &'a Member,
    /// The role's name.
    pub role: &'a str,
    /// When it holds; `None`: always.
    pub condition: Option<&'a Condition>,
}

impl Policy {
    /// Returns every member's share of every binding, in order.
    pub fn held(&self) -> impl Iterator<Item = Held<'_>> {
        self.bindings.iter().flat_map(|binding| {
            binding.members.iter().map(|member| Held {
                on: &self.on,
                member,
                role: &binding.role,
                condition: binding.condition.as_ref(),
            })
        })
    }
}

/// Data Access logs that a policy switches on for one service; what stands above the policy's node adds to it.
///
/// Google has the exempted members by log type: types of one service with equal exemptions stand together here.
/// Source: <https://cloud.google.com/iam/docs/reference/rest/v1/Policy#AuditConfig>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AuditConfig {
    /// The service, `sts.googleapis.com`, or `allServices`.
    pub service: String,
    /// What is logged, sorted.
    pub log_types: Vec<AuditLogType>,
    /// Whose calls are not, sorted.
    pub exempted: Vec<Member>,
}

/// A kind of Data Access log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditLogType {
    /// Reads of metadata and of configuration; minting a token counts as one.
    AdminRead,
    /// Reads of data.
    DataRead,
    /// Writes of data.
    DataWrite,
    /// A kind newer than this program.
    Unknown,
}

/// When a binding holds. Never evaluated here: shown, and it lowers the confidence of what rests on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Condition {
    /// A stranger's text.
    pub title: String,
    /// The condition in CEL.
    pub expression: String,
}

/// A role's definition.
///
/// Source: <https://cloud.google.com/iam/docs/reference/rest/v1/roles>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The role's name.
    pub name: String,
    /// A title, a stranger's text for a custom role.
    pub title: String,
    /// Its launch stage, as Google writes it: `GA`, `BETA`, `ALPHA`, `DEPRECATED`, `DISABLED`.
    pub stage: String,
    /// Whether it was deleted: it then gives nothing.
    pub deleted: bool,
    /// The permissions that it gives, sorted.
    pub permissions: Vec<String>,
}

/// A folder, with what stands above it: the path by which grants are inherited.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Folder {
    /// The folder's number.
    pub id: FolderId,
    /// What stands above it; `None` where the caller may not see it.
    pub parent: Option<Parent>,
    /// A stranger's text.
    pub display_name: String,
}

//! What names an account without running as it, as the JSON report writes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model;

/// A resource that names an account and does not run as it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// What it is.
    pub kind: ReferenceKind,
    /// The type of the resource, as Asset Inventory names it, or would.
    pub asset_type: String,
    /// The resource's full name.
    pub resource: String,
    /// The id of the project that has the resource; null where an organization has it.
    pub project: Option<String>,
    /// The field that names the account.
    pub field: String,
}

/// The kinds of references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceKind {
    /// The account's address stands in a rule, a list of access or a list of users, outside of any policy.
    Address,
    /// A template from which something may be made that runs as the account.
    Template,
    /// A group that makes VMs which run as the account, at present perhaps none.
    Group,
    /// Builds of the resource run as the account.
    Build,
    /// The resource is encrypted and decrypted as the account.
    Encryption,
}

impl From<&model::reference::Reference> for Reference {
    fn from(reference: &model::reference::Reference) -> Self {
        Self {
            kind: reference.kind.into(),
            asset_type: reference.asset_type.clone(),
            resource: reference.resource.to_string(),
            project: reference.project.as_ref().map(ToString::to_string),
            field: reference.field.clone(),
        }
    }
}

impl From<model::reference::ReferenceKind> for ReferenceKind {
    fn from(kind: model::reference::ReferenceKind) -> Self {
        use model::reference::ReferenceKind as Kind;
        match kind {
            Kind::Address => Self::Address,
            Kind::Template => Self::Template,
            Kind::Group => Self::Group,
            Kind::Build => Self::Build,
            Kind::Encryption => Self::Encryption,
        }
    }
}

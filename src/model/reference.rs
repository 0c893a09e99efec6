//! A reference: a resource names an account, and does not run as it.
//!
//! A firewall rule, a dataset's access list, a database user: each stops working when the account is deleted, and none of
//! them shows that anything runs. An account with references is not simply safe to delete.

use serde::{Deserialize, Serialize};

use super::attachment::AttachedAccount;
use super::names::{FullResourceName, ProjectId};

/// One account named by one field of one resource that does not run as it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    /// What it is.
    pub kind: ReferenceKind,
    /// The resource.
    pub resource: FullResourceName,
    /// Its type as Asset Inventory names it, or would: `compute.googleapis.com/Firewall`.
    pub asset_type: String,
    /// The project that has the resource; `None` where an organization has it, as access levels.
    pub project: Option<ProjectId>,
    /// The account, in the form in which the resource names it.
    pub account: AttachedAccount,
    /// The field that names it: `targetServiceAccounts[]`.
    pub field: String,
}

/// What a reference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

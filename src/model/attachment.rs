//! An account attached to a resource: the resource runs, or calls, as the account.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::names::{Email, FullResourceName, ProjectId, UniqueId};

/// One account named by one field of one resource, as the resource's service tells it.
///
/// Nothing is collapsed or judged here: forty VMs of one group are forty attachments.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attachment {
    /// The resource.
    pub resource: FullResourceName,
    /// Its type as Asset Inventory names it: `run.googleapis.com/Service`.
    pub asset_type: String,
    /// The project that has the resource, which need not be the account's.
    pub project: ProjectId,
    /// The region, zone or multi-region; `None` for a global resource.
    pub location: Option<String>,
    /// The account.
    pub account: AttachedAccount,
    /// The field that names it: `template.serviceAccount`.
    pub field: String,
    /// What the attachment is.
    pub kind: AttachmentKind,
    /// The resource's state, as its service writes it; `None` where it has none.
    pub state: Option<String>,
    /// The resource's labels; strangers' texts.
    pub labels: BTreeMap<String, String>,
    /// What the resource says of its owner: see [`OwnerHint`].
    pub owners: Vec<OwnerHint>,
    /// When the resource was made, UTC.
    pub created: Option<DateTime<Utc>>,
}

/// The account that an attachment names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "name")]
pub enum AttachedAccount {
    /// By address.
    Email(Email),
    /// By unique id.
    UniqueId(UniqueId),
    /// Not at all: the service takes this default.
    Default(Email),
}

/// What an attachment is; decides whether it is a workload. The kinds of `attachments.tsv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttachmentKind {
    /// Code runs as the account.
    Runtime,
    /// Code of one run runs as it, and ends.
    RuntimeEphemeral,
    /// Pods run as it through Workload Identity.
    RuntimeWi,
    /// A delivery pipeline runs as it.
    RuntimeCi,
    /// A person's workstation in the cloud runs as it.
    RuntimeDev,
    /// A service calls something with its tokens.
    Caller,
    /// One call of a service with its tokens.
    CallerEphemeral,
    /// An event starts something with its tokens.
    Trigger,
    /// A template from which something may be made.
    Template,
    /// Builds of the resource run as it.
    Build,
    /// Encrypts with a key of KMS as it.
    Cmek,
    /// A long-lived credential of it.
    Credential,
    /// A service agent of Google's.
    ServiceAgent,
    /// Leads to another resource that names the account.
    Indirect,
    /// Names the account and does not run as it: see [`Reference`](super::reference::Reference).
    Reference,
    /// Tells its own addresses: see [`AddressSpace`](super::address::AddressSpace).
    Address,
    /// Names something that other rows need.
    Lookup,
}

/// What a resource says of the resource that made it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by", content = "name")]
pub enum OwnerHint {
    /// A VM's metadata `created-by`: the full or partial name of its managed group.
    CreatedBy(String),
    /// A VM's or group's instance template.
    InstanceTemplate(String),
    /// The resource that holds it: a revision's service, a node pool's cluster.
    Parent(String),
    /// What a trigger starts: the name or URL of a service, function or workflow.
    Target(String),
    /// A run's name, where the resource is named by an id: a Dataflow job's `nightly-20261120`.
    RunName(String),
    /// What people call a resource that stays and is named by an id: a build trigger's `deploy-feeds`.
    DisplayName(String),
}

//! Calls as audit logs tell them, grouped: who called from where, which permissions were used on what, and what happened
//! to accounts and keys.
//!
//! Three tables, each with its own key, since the product of them would grow with the log and not with the estate.
//! Source: <https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog>.

use core::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::names::{Email, KeyId, ProjectId, UniqueId};
use super::usage::{Period, UsageSource};

/// The most addresses that one group keeps.
pub const MAX_ADDRESSES: usize = 4;

/// Who a log entry says made a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "name")]
pub enum Principal {
    /// A service account, by address: whether it is the account that has the address today, its age decides.
    Account(Email),
    /// A federated identity that called without an account: `principal://iam.googleapis.com/…`.
    Federated(String),
    /// A person or anything else, seen only where it took an account's token: a stranger's text.
    Other(String),
}

/// What made a call possible: the group that all calls of one origin fall into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Caller {
    /// Who told it.
    pub source: UsageSource,
    /// As whom the call was made.
    pub principal: Principal,
    /// The key that signed in, where the entry names one. Compute Engine and App Engine name none.
    pub key: Option<KeyId>,
    /// The last of the entry's delegates: a service agent (the platform that the account is attached to), an account or
    /// a person that impersonates, or a federated subject.
    pub delegate: Option<String>,
    /// The account whose token, signature or identity token was asked for, of calls of the IAM Credentials API.
    pub target: Option<Email>,
    /// The user agent without what differs from run to run; empty where none was given. The caller chose the text.
    pub user_agent: String,
    /// What kind of address it came from.
    pub address: AddressClass,
    /// The addresses themselves, the lowest [`MAX_ADDRESSES`] of them, sorted.
    pub addresses: Vec<IpAddr>,
    /// Whether there were more addresses than these.
    pub more_addresses: bool,
    /// The VPC network that the entry names: `//compute.googleapis.com/projects/P/global/networks/N`.
    pub network: Option<String>,
    /// The service that was called: `storage.googleapis.com`.
    pub service: String,
    /// The project whose resource was touched, which is where the entry lies; not the account's home.
    pub project: Option<ProjectId>,
    /// The first and the last call, by the entries' timestamps.
    pub seen: Period,
    /// How many entries there were.
    pub count: u64,
}

impl Caller {
    /// Returns whose identity the calls took, as a name: the account whose token or signature was asked for, else as whom
    /// they were made.
    #[must_use]
    pub fn account(&self) -> &str {
        self.target
            .as_ref()
            .map_or_else(|| self.principal.name(), Email::as_str)
    }

    /// Returns who took that identity: the last of the delegates, else whoever asked for its token. `None` where it called
    /// for itself.
    #[must_use]
    pub fn taken_by(&self) -> Option<&str> {
        let asked = Some(self.principal.name()).filter(|name| *name != self.account());
        self.delegate.as_deref().or(asked)
    }
}

impl Principal {
    /// Returns the address, or the subject.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Account(email) => email.as_str(),
            Self::Federated(name) | Self::Other(name) => name,
        }
    }
}

/// What kind of address a call came from, as audit logs write it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum AddressClass {
    /// The entry tells none.
    #[default]
    Absent,
    /// `private`: inside Google's own network.
    Private,
    /// `gce-internal-ip`: a VM of another organization or project.
    GceInternal,
    /// An address of a private network (RFC 1918, unique local, link local): inside a VPC, or reaching it from outside.
    Internal,
    /// An address of the public Internet.
    Public,
    /// Text that is no address.
    Unreadable,
}

/// A permission that a caller was seen to use on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PermissionUse {
    /// Who told it.
    pub source: UsageSource,
    /// As whom the call was made.
    pub principal: Principal,
    /// The key that signed in, where the entry names one.
    pub key: Option<KeyId>,
    /// The last of the entry's delegates.
    pub delegate: Option<String>,
    /// The project whose resource was touched, which is where the entry lies: no name of a bucket tells it. `None` where
    /// the source does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The permission: `storage.objects.get`.
    pub permission: String,
    /// The resource, cut to what a policy can be set on (bucket, dataset, secret, topic …); empty where none is named.
    pub resource: String,
    /// Whether it was granted; a denied call shows what the caller tries, not what it may do.
    pub granted: bool,
    /// The last such check, by the entry's timestamp.
    pub last: DateTime<Utc>,
    /// How often it was checked.
    pub count: u64,
}

/// Something that happened to an account or a key, from the activity log, which is always on and kept for 400 days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CredentialEvent {
    /// What happened.
    pub kind: CredentialEventKind,
    /// The account's address, where the entry names it.
    pub email: Option<Email>,
    /// The account's unique id, where the entry names it.
    pub unique_id: Option<UniqueId>,
    /// The key, of an event of a key.
    pub key: Option<KeyId>,
    /// When, UTC.
    pub at: DateTime<Utc>,
    /// Who did it, as the entry names them; empty where it does not.
    pub by: String,
}

/// What happened to an account or a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialEventKind {
    /// The account was created.
    AccountCreated,
    /// The account was switched off.
    AccountDisabled,
    /// The account was switched on again.
    AccountEnabled,
    /// The account was deleted.
    AccountDeleted,
    /// The account was brought back, with its unique id.
    AccountUndeleted,
    /// The key was made by Google.
    KeyCreated,
    /// The key was made elsewhere, and its certificate uploaded.
    KeyUploaded,
    /// The key was switched off.
    KeyDisabled,
    /// The key was switched on again.
    KeyEnabled,
    /// The key was deleted.
    KeyDeleted,
}

/// What one source of audit logs was read over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LogWindow {
    /// Which source.
    pub source: UsageSource,
    /// The project whose log it is; `None` for files and tables, which hold the logs of any.
    pub project: Option<ProjectId>,
    /// From when until when was asked, or, of files, the earliest and latest entry.
    pub period: Period,
    /// Entries that were read.
    pub entries: u64,
}

/// What a source of audit logs says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calls {
    /// Who called, sorted.
    pub callers: Vec<Caller>,
    /// Which permissions were used on what, sorted.
    pub permissions: Vec<PermissionUse>,
    /// What happened to accounts and keys, sorted.
    pub events: Vec<CredentialEvent>,
    /// What was read, sorted.
    pub windows: Vec<LogWindow>,
}

impl Calls {
    /// Takes over what `other` says.
    pub fn absorb(&mut self, other: Self) {
        self.callers.extend(other.callers);
        self.permissions.extend(other.permissions);
        self.events.extend(other.events);
        self.windows.extend(other.windows);
    }

    /// Puts every table in its order and drops repetitions.
    pub fn sort(&mut self) {
        self.callers.sort();
        self.callers.dedup();
        self.permissions.sort();
        self.permissions.dedup();
        self.events.sort();
        self.events.dedup();
        self.windows.sort();
        self.windows.dedup();
    }
}

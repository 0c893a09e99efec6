//! Groups of calls as JSON: the contract of `sa-audit usage --format json`.

use core::net::IpAddr;
use std::io::{self, Write as _};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use super::Source;
use super::caller::Place;
use crate::model::call;
use crate::model::place::PlacedCaller;
use crate::report::usage as report;

/// Who used which account and key, from where, when.
///
/// The version in `schema` changes when a key is dropped or changes its meaning. New keys come without a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "sa-audit usage")]
pub struct UsageDocument {
    /// The schema of this document.
    pub schema: UsageSchemaName,
    /// The program that made it, and its version.
    pub tool: String,
    /// The sources, as the user named them.
    pub sources: Vec<String>,
    /// The account's address or pattern that was asked for; null: any.
    pub account: Option<String>,
    /// The key's id, or a part of it, that was asked for; null: any.
    pub key: Option<String>,
    /// From when on calls count; null: all.
    pub since: Option<DateTime<Utc>>,
    /// Whether nothing is missing of what was to be read.
    pub complete: bool,
    /// What was read, by source, then project.
    pub windows: Vec<UsageWindow>,
    /// Groups of calls, the one with the latest call first.
    pub groups: Vec<UsageGroup>,
    /// What is missing.
    pub gaps: Vec<UsageGap>,
}

/// The schema's name and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum UsageSchemaName {
    /// The first version.
    #[serde(rename = "sa-audit.usage/1")]
    Usage1,
}

/// What was read of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsageWindow {
    /// The source.
    pub source: Source,
    /// The project whose log it is; null for files and tables, which hold the logs of any.
    pub project: Option<String>,
    /// From when on.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
    /// Entries of audit logs that were read, with those of people and of Google's own accounts.
    pub entries: u64,
}

/// All calls of one origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsageGroup {
    /// The account whose identity was used: as whom the calls were made, or whose token or signature was asked for. The
    /// subject of a federated identity that called without an account.
    pub account: String,
    /// The id of the key that signed in; null where the entries name none.
    pub key: Option<String>,
    /// The user agent without what differs from run to run; empty where none was given. The caller chose the text.
    pub user_agent: String,
    /// Where the calls came from, as far as that can be told without an inventory.
    pub place: Place,
    /// The service that was called.
    pub service: String,
    /// Who took the account's identity: a service agent for the platform that it is attached to, an account, a person, a
    /// federated subject; null where it called for itself.
    pub delegate: Option<String>,
    /// The project whose resource was touched.
    pub project: Option<String>,
    /// The first call.
    pub first: DateTime<Utc>,
    /// The last call.
    pub last: DateTime<Utc>,
    /// How many calls there were.
    pub count: u64,
    /// Who told it.
    pub source: Source,
    /// As whom the calls were made.
    pub principal: UsagePrincipal,
    /// The account whose token or signature was asked for; null for other calls.
    pub target: Option<String>,
    /// What kind of address the calls came from.
    pub address: UsageAddress,
    /// The addresses, at most four, the lowest first.
    pub addresses: Vec<IpAddr>,
    /// Whether there were more addresses.
    pub more_addresses: bool,
    /// The VPC network that the entries name, by its full resource name.
    pub network: Option<String>,
}

/// As whom calls were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsagePrincipal {
    /// What it is.
    pub kind: UsagePrincipalKind,
    /// Its address or subject.
    pub name: String,
}

/// The kinds of principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UsagePrincipalKind {
    /// A service account.
    Account,
    /// A federated identity without an account.
    Federated,
    /// Anyone else who took an account's token.
    Other,
}

/// The kinds of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UsageAddress {
    /// The entries tell none.
    Absent,
    /// Inside Google's own network.
    Private,
    /// A VM of another organization or project.
    GceInternal,
    /// An address of a private network.
    Internal,
    /// An address of the public Internet.
    Public,
    /// Text that is no address.
    Unreadable,
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UsageGap {
    /// Of what: a file, or a project, folder or organization; empty where it is of all together.
    pub of: String,
    /// What kind of gap it is.
    pub kind: UsageGapKind,
    /// The first line that it is about, counted from one; null where there are no lines.
    pub line: Option<u64>,
    /// How many lines or entries are missing; null where that is not known.
    pub count: Option<u64>,
    /// The gap in one sentence.
    pub message: String,
}

/// The kinds of gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UsageGapKind {
    /// It could not be opened, or not be listed.
    Unreadable,
    /// It broke off: what was read before counts.
    BrokenOff,
    /// Lines or entries are none that can be read.
    Malformed,
    /// Entries have no timestamp that can be read.
    Undated,
    /// There were too many groups.
    TooManyGroups,
}

/// Writes the groups to `out`, indented, with a newline at the end.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(usage: &report::UsageReport, out: &mut dyn io::Write) -> io::Result<()> {
    // The serialiser writes token by token.
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &UsageDocument::from(usage))?;
    writeln!(out)?;
    out.flush()
}

/// Returns the JSON Schema (draft 2020-12) of what [`render`] writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<UsageDocument>()
        .into()
}

impl From<&report::UsageReport> for UsageDocument {
    fn from(usage: &report::UsageReport) -> Self {
        Self {
            schema: UsageSchemaName::Usage1,
            tool: usage.tool.clone(),
            sources: usage.sources.clone(),
            account: usage.asked.account.clone(),
            key: usage.asked.key.clone(),
            since: usage.asked.since,
            complete: usage.gaps.is_empty(),
            windows: usage.windows.iter().map(UsageWindow::from).collect(),
            groups: usage.groups.iter().map(UsageGroup::from).collect(),
            gaps: usage.gaps.iter().map(UsageGap::from).collect(),
        }
    }
}

impl From<&call::LogWindow> for UsageWindow {
    fn from(window: &call::LogWindow) -> Self {
        Self {
            source: window.source.into(),
            project: window.project.as_ref().map(ToString::to_string),
            from: window.period.from,
            to: window.period.to,
            entries: window.entries,
        }
    }
}

impl From<&PlacedCaller> for UsageGroup {
    fn from(placed: &PlacedCaller) -> Self {
        let group = &placed.call;
        Self {
            account: group.account().to_owned(),
            key: group.key.as_ref().map(ToString::to_string),
            user_agent: group.user_agent.clone(),
            place: Place::from(&placed.place),
            service: group.service.clone(),
            delegate: group.taken_by().map(str::to_owned),
            project: group.project.as_ref().map(ToString::to_string),
            first: group.seen.from,
            last: group.seen.to,
            count: group.count,
            source: group.source.into(),
            principal: UsagePrincipal::from(&group.principal),
            target: group.target.as_ref().map(ToString::to_string),
            address: group.address.into(),
            addresses: group.addresses.clone(),
            more_addresses: group.more_addresses,
            network: group.network.clone(),
        }
    }
}

impl From<&call::Principal> for UsagePrincipal {
    fn from(principal: &call::Principal) -> Self {
        let kind = match principal {
            call::Principal::Account(_) => UsagePrincipalKind::Account,
            call::Principal::Federated(_) => UsagePrincipalKind::Federated,
            call::Principal::Other(_) => UsagePrincipalKind::Other,
        };
        Self {
            kind,
            name: principal.name().to_owned(),
        }
    }
}

impl From<call::AddressClass> for UsageAddress {
    fn from(class: call::AddressClass) -> Self {
        use call::AddressClass as Class;
        match class {
            Class::Absent => Self::Absent,
            Class::Private => Self::Private,
            Class::GceInternal => Self::GceInternal,
            Class::Internal => Self::Internal,
            Class::Public => Self::Public,
            Class::Unreadable => Self::Unreadable,
        }
    }
}

impl From<&report::Gap> for UsageGap {
    fn from(gap: &report::Gap) -> Self {
        let kind = match gap.kind {
            report::GapKind::Unreadable => UsageGapKind::Unreadable,
            report::GapKind::BrokenOff => UsageGapKind::BrokenOff,
            report::GapKind::Malformed => UsageGapKind::Malformed,
            report::GapKind::Undated => UsageGapKind::Undated,
            report::GapKind::TooManyGroups => UsageGapKind::TooManyGroups,
        };
        Self {
            of: gap.of.clone(),
            kind,
            line: gap.line,
            count: gap.count,
            message: gap.sentence(),
        }
    }
}

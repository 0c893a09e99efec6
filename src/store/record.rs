//! The lines of a snapshot and of a journal: a header, then one fact a line.

use std::borrow::Cow;
use std::io::{self, BufRead, Read as _, Write};

use serde::{Deserialize, Serialize};

use crate::model::access::{Folder, Policy, Role};
use crate::model::account::ServiceAccount;
use crate::model::address::AddressSpace;
use crate::model::attachment::Attachment;
use crate::model::call::{Caller, CredentialEvent, LogWindow, PermissionUse};
use crate::model::coverage::CoverageEntry;
use crate::model::credential::OtherCredential;
use crate::model::federation::Pool;
use crate::model::key::ServiceAccountKey;
use crate::model::names::ProjectId;
use crate::model::org_policy::OrgPolicy;
use crate::model::project::Project;
use crate::model::reference::Reference;
use crate::model::snapshot::{EnabledServices, Facts, Header};
use crate::model::usage::{AccountInsight, Activity, Authentications, PolicyInsight};

/// The schema that this program writes, and the newest that it reads.
pub(super) const SCHEMA: &str = "sa-audit.snapshot/1";

/// No line of ours is longer; a longer one is not ours, and is not read into memory.
const MAX_LINE: u64 = 8 * 1024 * 1024;

/// The first line: what the file is.
#[derive(Serialize, Deserialize)]
pub(super) struct FirstLine<'a> {
    pub(super) schema: Cow<'a, str>,
    #[serde(flatten)]
    pub(super) header: Cow<'a, Header>,
}

/// The schema alone, for a first line whose rest this program may not understand.
#[derive(Deserialize)]
pub(super) struct SchemaOnly {
    pub(super) schema: String,
}

/// Every line but the first.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Record<'a> {
    Project(Cow<'a, Project>),
    Account(Cow<'a, ServiceAccount>),
    Key(Cow<'a, ServiceAccountKey>),
    Credential(Cow<'a, OtherCredential>),
    Activity(Cow<'a, Activity>),
    Authentications(Cow<'a, Authentications>),
    AccountInsight(Cow<'a, AccountInsight>),
    PolicyInsight(Cow<'a, PolicyInsight>),
    Caller(Cow<'a, Caller>),
    Permission(Cow<'a, PermissionUse>),
    Event(Cow<'a, CredentialEvent>),
    Log(Cow<'a, LogWindow>),
    Folder(Cow<'a, Folder>),
    Policy(Cow<'a, Policy>),
    OrgPolicy(Cow<'a, OrgPolicy>),
    Role(Cow<'a, Role>),
    Pool(Cow<'a, Pool>),
    Attachment(Cow<'a, Attachment>),
    Reference(Cow<'a, Reference>),
    Addresses(Cow<'a, AddressSpace>),
    Services(Cow<'a, EnabledServices>),
    Coverage(Cow<'a, CoverageEntry>),
    /// Journal only: everything of this project stands above.
    Done(Cow<'a, ProjectId>),
    /// Snapshot only: the last line, with the number of facts above it.
    End(u64),
}

impl Record<'_> {
    /// Adds the fact to `facts`; returns the record back where it is no fact.
    pub(super) fn add_to(self, facts: &mut Facts) -> Option<Self> {
        match self {
            Self::Project(project) => facts.projects.push(project.into_owned()),
            Self::Account(account) => facts.accounts.push(account.into_owned()),
            Self::Key(key) => facts.keys.push(key.into_owned()),
            Self::Credential(credential) => facts.credentials.push(credential.into_owned()),
            Self::Activity(activity) => facts.activities.push(activity.into_owned()),
            Self::Authentications(of) => facts.authentications.push(of.into_owned()),
            Self::AccountInsight(of) => facts.account_insights.push(of.into_owned()),
            Self::PolicyInsight(of) => facts.policy_insights.push(of.into_owned()),
            Self::Caller(caller) => facts.calls.callers.push(caller.into_owned()),
            Self::Permission(of) => facts.calls.permissions.push(of.into_owned()),
            Self::Event(event) => facts.calls.events.push(event.into_owned()),
            Self::Log(window) => facts.calls.windows.push(window.into_owned()),
            Self::Folder(folder) => facts.folders.push(folder.into_owned()),
            Self::Policy(policy) => facts.policies.push(policy.into_owned()),
            Self::OrgPolicy(policy) => facts.org_policies.push(policy.into_owned()),
            Self::Role(role) => facts.roles.push(role.into_owned()),
            Self::Pool(pool) => facts.pools.push(pool.into_owned()),
            Self::Attachment(attachment) => facts.attachments.push(attachment.into_owned()),
            Self::Reference(reference) => facts.references.push(reference.into_owned()),
            Self::Addresses(of) => facts.addresses.push(of.into_owned()),
            Self::Services(of) => facts.services.push(of.into_owned()),
            Self::Coverage(entry) => {
                let CoverageEntry {
                    scope,
                    dataset,
                    reading,
                } = entry.into_owned();
                facts.coverage.record(scope, dataset, reading);
            }
            Self::Done(_) | Self::End(_) => return Some(self),
        }
        None
    }
}

/// Writes every fact, one a line, and returns how many.
pub(super) fn write_facts(out: &mut dyn Write, facts: &Facts) -> io::Result<u64> {
    let coverage: Vec<CoverageEntry> = facts
        .coverage
        .iter()
        .map(|(scope, dataset, reading)| CoverageEntry {
            scope: scope.clone(),
            dataset,
            reading: reading.clone(),
        })
        .collect();
    let mut count = 0;
    macro_rules! write {
        ($($list:expr => $record:ident),* $(,)?) => {$(
            for fact in $list {
                write_line(out, &Record::$record(Cow::Borrowed(fact)))?;
                count += 1;
            }
        )*};
    }
    write! {
        &facts.projects => Project,
        &facts.accounts => Account,
        &facts.keys => Key,
        &facts.credentials => Credential,
        &facts.activities => Activity,
        &facts.authentications => Authentications,
        &facts.account_insights => AccountInsight,
        &facts.policy_insights => PolicyInsight,
        &facts.calls.callers => Caller,
        &facts.calls.permissions => Permission,
        &facts.calls.events => Event,
        &facts.calls.windows => Log,
        &facts.folders => Folder,
        &facts.policies => Policy,
        &facts.org_policies => OrgPolicy,
        &facts.roles => Role,
        &facts.pools => Pool,
        &facts.attachments => Attachment,
        &facts.references => Reference,
        &facts.addresses => Addresses,
        &facts.services => Services,
        &coverage => Coverage,
    }
    Ok(count)
}

/// Writes one line.
pub(super) fn write_line(out: &mut dyn Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// Returns the next line without its end, `None` at the end of the input, an error where it is longer than ours are.
pub(super) fn next_line(input: &mut dyn BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if input.take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.pop_if(|last| *last == b'\n').is_none() {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the line does not end",
        ));
    }
    Ok(Some(line))
}

//! `audit-log-gap`: the logs that would tell who calls are switched off.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::access::{AuditLogType, PolicyNode};
use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate, Key};
use crate::model::finding::{Finding, Subject, Undecided};
use crate::model::message::Message;
use crate::model::names::ProjectId;
use crate::model::rule::{Cis, RuleMeta, Severity};
use crate::model::usage::LastUse;

use super::access::audit_logs;
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct AuditLogGap;

static META: RuleMeta = RuleMeta {
    id: "audit-log-gap",
    title: "Data Access logs are off where they would tell who uses a key",
    severity: Severity::Low,
    on_by_default: true,
    needs: &[Dataset::Keys, Dataset::Policies],
    docs: include_str!("audit_log_gap.md"),
    cis: Some(Cis {
        v2_to_v4: Some("2.1"),
        v5: "2.1",
    }),
    owasp: &[],
};

impl Rule for AuditLogGap {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let projects: BTreeSet<&ProjectId> = cx
            .live_keys()
            .filter(|(_, key)| is_unexplained(key))
            .map(|(account, _)| &account.facts.project)
            .collect();
        let of_projects = projects.into_iter().flat_map(|project| {
            let keys: Vec<(&Account, &Key)> = cx
                .live_keys()
                .filter(|(account, key)| account.facts.project == *project && is_unexplained(key))
                .collect();
            of_project(cx.estate, project, &keys)
        });
        of_projects.collect()
    }
}

/// Returns whether a key is in use, and no log line tells by whom.
fn is_unexplained(key: &Key) -> bool {
    let is_seen = match key.last_use {
        LastUse::Seen { .. } => true,
        LastUse::NotSeen { .. } | LastUse::Unknown { .. } => false,
    };
    is_seen && key.callers.is_empty()
}

/// The logs that are missing: of which services, by the kinds that are missing of each; `None` is every service.
type Missing = BTreeMap<BTreeSet<AuditLogType>, BTreeSet<Option<String>>>;

fn of_project(estate: &Estate, project: &ProjectId, keys: &[(&Account, &Key)]) -> Vec<Outcome> {
    let mut nodes = vec![PolicyNode::Project(project.clone())];
    nodes.extend(estate.ancestors(project));
    let mut off = Missing::new();
    let mut unexplained = 0;
    for (account, _) in keys {
        let of_account = missing(estate, &nodes, account, Exempted::Ignored);
        unexplained += usize::from(!of_account.is_empty());
        for (kinds, services) in of_account {
            off.entry(kinds).or_default().extend(services);
        }
    }
    if off.is_empty() {
        return exempted(estate, &nodes, keys);
    }
    let unread = nodes.iter().any(|node| !audit_logs::is_read(estate, node));
    let subject = Subject::Project(project.clone());
    if unread {
        // What stands above may switch it on.
        return vec![Outcome::Undecided(Undecided {
            rule: META.id,
            subject,
            dataset: Dataset::Policies,
            reason: Message::from("not every policy above it was read, and any may switch logs on"),
        })];
    }
    let message = Message::from("does not log ")
        .append(told(&off))
        .text(": who uses ")
        .text(match unexplained {
            1 => "1 key that was seen in use".to_owned(),
            keys => format!("{keys} keys that were seen in use"),
        })
        .text(" is not known");
    let rests_on = rests_on(&off);
    let rests_on: Vec<&str> = rests_on.iter().map(String::as_str).collect();
    let finding = Finding::on(&META, subject, message, &rests_on);
    vec![Outcome::Finding(finding)]
}

/// Returns a finding for every account whose own calls are left out of the logs.
fn exempted(estate: &Estate, nodes: &[PolicyNode], keys: &[(&Account, &Key)]) -> Vec<Outcome> {
    let mut found: Vec<Outcome> = Vec::new();
    let mut done = BTreeSet::new();
    for (account, _) in keys {
        if !done.insert(&account.facts.unique_id) {
            continue;
        }
        let missing = missing(estate, nodes, account, Exempted::Counted);
        if missing.is_empty() {
            continue;
        }
        let message = Message::from("is exempted from logging ")
            .append(told(&missing))
            .text(": who uses its keys is not known");
        let rests_on = rests_on(&missing);
        let rests_on: Vec<&str> = rests_on.iter().map(String::as_str).collect();
        let finding =
            Finding::on_account(&META, account, message, &rests_on).then(Action::FindOwner {
                account: account.reference(),
            });
        found.push(Outcome::Finding(finding));
    }
    found
}

/// Whether the account's exemptions count.
#[derive(Clone, Copy)]
enum Exempted {
    Counted,
    Ignored,
}

/// Returns the logs that are missing of what the account may call, or of every service where that is not known.
fn missing(
    estate: &Estate,
    nodes: &[PolicyNode],
    account: &Account,
    exempted: Exempted,
) -> Missing {
    let by = match exempted {
        Exempted::Counted => Some(account),
        Exempted::Ignored => None,
    };
    let services: Vec<Option<String>> = match audit_logs::services(estate, nodes, account) {
        Some(services) => services.into_iter().map(Some).collect(),
        None => vec![None],
    };
    let mut missing = Missing::new();
    for service in services {
        let kinds = audit_logs::missing(estate, nodes, service.as_deref(), by);
        if !kinds.is_empty() {
            missing.entry(kinds).or_default().insert(service);
        }
    }
    missing
}

/// Returns the missing logs as a piece of a sentence: `DATA_READ and DATA_WRITE of storage.googleapis.com`.
fn told(missing: &Missing) -> Message {
    let pieces = missing.iter().map(|(kinds, services)| {
        let kinds: Vec<Message> = kinds
            .iter()
            .map(|kind| Message::from(name(*kind)))
            .collect();
        let kinds = words::first_few(&kinds).text(" of ");
        if services.contains(&None) {
            return kinds.text("every service");
        }
        let names = services.iter().flatten();
        let names: Vec<Message> = names.map(|name| Message::default().name(name)).collect();
        kinds.append(words::first_few(&names))
    });
    let pieces: Vec<Message> = pieces.collect();
    words::first_few(&pieces)
}

/// Returns what a finding about the missing logs rests on.
fn rests_on(missing: &Missing) -> Vec<String> {
    let pairs = missing.iter().flat_map(|(kinds, services)| {
        let of_service = move |service: &Option<String>| {
            let service = service.as_deref().unwrap_or("every service").to_owned();
            kinds
                .iter()
                .map(move |kind| format!("{} {service}", name(*kind)))
        };
        services.iter().flat_map(of_service)
    });
    let mut pairs: Vec<String> = pairs.collect();
    pairs.sort();
    pairs
}

fn name(kind: AuditLogType) -> &'static str {
    match kind {
        AuditLogType::AdminRead => "ADMIN_READ",
        AuditLogType::DataRead => "DATA_READ",
        AuditLogType::DataWrite => "DATA_WRITE",
        AuditLogType::Unknown => "an unknown kind",
    }
}

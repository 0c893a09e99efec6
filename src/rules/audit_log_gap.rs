//! `audit-log-gap`: the logs that would tell who calls are switched off.

use std::collections::BTreeSet;

use crate::model::access::{AuditLogType, PolicyNode};
use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate, Key};
use crate::model::finding::{Finding, Subject, Undecided};
use crate::model::message::Message;
use crate::model::names::ProjectId;
use crate::model::rule::{Cis, RuleMeta, Severity};
use crate::model::usage::LastUse;

use super::access::audit;
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

fn of_project(estate: &Estate, project: &ProjectId, keys: &[(&Account, &Key)]) -> Vec<Outcome> {
    let mut nodes = vec![PolicyNode::Project(project.clone())];
    nodes.extend(estate.ancestors(project));
    let missing = audit::missing(estate, &nodes, None);
    if missing.is_empty() {
        return exempted(estate, &nodes, keys);
    }
    let unread = nodes.iter().any(|node| !audit::is_read(estate, node));
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
    let message = Message::from(format!(
        "does not log {} of every service: who uses ",
        told(&missing)
    ))
    .text(match keys {
        [_] => "1 key that was seen in use".to_owned(),
        keys => format!("{} keys that were seen in use", keys.len()),
    })
    .text(" is not known");
    let rests_on: Vec<&str> = missing.iter().map(|kind| name(*kind)).collect();
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
        let missing = audit::missing(estate, nodes, Some(account));
        if missing.is_empty() {
            continue;
        }
        let message = Message::from(format!(
            "is exempted from logging {}: who uses its keys is not known",
            told(&missing)
        ));
        let rests_on: Vec<&str> = missing.iter().map(|kind| name(*kind)).collect();
        let finding =
            Finding::on_account(&META, account, message, &rests_on).then(Action::FindOwner {
                account: account.reference(),
            });
        found.push(Outcome::Finding(finding));
    }
    found
}

fn told(kinds: &BTreeSet<AuditLogType>) -> String {
    let names: Vec<Message> = kinds
        .iter()
        .map(|kind| Message::from(name(*kind)))
        .collect();
    words::first_few(&names).to_string()
}

fn name(kind: AuditLogType) -> &'static str {
    match kind {
        AuditLogType::AdminRead => "ADMIN_READ",
        AuditLogType::DataRead => "DATA_READ",
        AuditLogType::DataWrite => "DATA_WRITE",
        AuditLogType::Unknown => "an unknown kind",
    }
}

//! Phase 1 of the way out of a shared account: an account per workload, with everything that the shared one has.
//!
//! Nothing is taken away here: each workload may do on its own account what it did, and only then it is switched. What is
//! not known goes to every new account: that keeps what there was, and gives nobody more.

mod bindings;
pub(in crate::plan) mod ids;
mod limits;
mod references;
mod switch;

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::model::access::Held;
use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::names::{FullResourceName, Member};
use crate::model::plan::{
    ByHand, Change, Check, Holder, NewAccount, PlannedGrant, Reason, Stage, Step, Switch,
    SwitchHow, Verification, Wait, WaitFor,
};
use crate::model::workload::{Workload, WorkloadKind, WorkloadPart};

use super::Context;
use super::draft::Draft;
use super::narrow;

use bindings::Moved;

/// How long a new binding takes to hold everywhere, at the most: Google tells of seven minutes and more.
///
/// Source: <https://cloud.google.com/iam/docs/access-change-propagation>.
pub(in crate::plan) const PROPAGATION: Wait = Wait {
    at_least: TimeDelta::minutes(10),
    until: WaitFor::Propagation,
};

/// The finding that a split answers.
const RULE: &str = "shared-account";

/// A workload with the account that it gets.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    workload: &'a Workload,
    new: &'a NewAccount,
}

/// Returns the steps that give each workload of a shared account one of its own; none where fewer than two are counted.
#[must_use]
pub fn draft(cx: &Context<'_>, account: &Account) -> Draft {
    let parts = parts(cx, account);
    let mut draft = Draft::default();
    if parts.len() < 2 {
        return draft;
    }
    let reasons = reasons(cx, account, &[RULE]);
    for part in &parts {
        draft.steps.push(create(part, &reasons));
    }
    let grants = grants(cx, account, &parts, &mut draft.notes);
    for (new, grant) in &grants {
        draft.steps.push(give(new, grant, account, &reasons));
    }
    draft.steps.extend(unread(cx, account, &reasons));
    let references = references::steps(account, &parts, &reasons);
    let (before, after) = references
        .into_iter()
        .partition(|step: &Step| step.stage == Stage::Replace);
    let before: Vec<Step> = before;
    draft.steps.extend(before);
    let mut switched: Vec<Step> = parts
        .iter()
        .flat_map(|part| switches(account, part, &reasons))
        .collect();
    if let Some(first) = switched.first_mut() {
        // The new accounts have other client ids: what a domain lets the old one do as its people they may not.
        first
            .checks
            .push(Check::NoDomainWideDelegation(account.reference()));
        draft.notes.push(
            Message::from("what names ")
                .account(&account.facts.email)
                .text(" outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases"),
        );
    }
    draft.steps.extend(switched);
    draft.steps.extend(after);
    let grants: Vec<&PlannedGrant> = grants.iter().map(|(_, grant)| grant).collect();
    draft
        .notes
        .extend(limits::notes(cx, account, parts.len(), &grants));
    draft
}

/// Returns a step for each policy that reaches the account and could not be read: what it gives is not among what is
/// copied.
fn unread(cx: &Context<'_>, account: &Account, reasons: &[Reason]) -> Vec<Step> {
    let unread = cx.index.unread_above(&account.facts.project).into_iter();
    let steps = unread.map(|node| {
        let told = Message::from("look whether the policy of ")
            .name(node.full_name())
            .text(" names ")
            .account(&account.facts.email)
            .text(", and give each new account the same there");
        Step {
            stage: Stage::Replace,
            change: Change::ByHand(ByHand::Other(told)),
            why: Message::from("the scan could not read it: what it gives is not copied"),
            reasons: reasons.to_vec(),
            checks: Vec::new(),
            wait: None,
            verify: Vec::new(),
        }
    });
    steps.collect()
}

/// Returns the account that a workload of a shared account gets; `None` where the account is not shared, or has no such
/// counted workload.
#[must_use]
pub fn account_for(cx: &Context<'_>, account: &Account, workload_id: &str) -> Option<NewAccount> {
    let new = cx.index.new_account(&account.facts.unique_id, workload_id);
    new.cloned()
}

/// Returns whether an account is shared by workloads that are sure enough to be counted. What is disabled runs nothing.
pub(in crate::plan) fn is_shared(account: &Account) -> bool {
    !account.facts.disabled && account.counted_workloads().nth(1).is_some()
}

/// Returns the findings of these rules about an account, sorted.
pub(in crate::plan) fn reasons(cx: &Context<'_>, account: &Account, rules: &[&str]) -> Vec<Reason> {
    let findings = cx.findings.get(&account.facts.unique_id);
    let mut reasons: Vec<Reason> = findings
        .into_iter()
        .flatten()
        .filter(|finding| rules.contains(&finding.rule))
        .map(|finding| Reason {
            rule: finding.rule,
            fingerprint: finding.fingerprint,
        })
        .collect();
    reasons.sort();
    reasons.dedup();
    reasons
}

fn parts<'a>(cx: &Context<'a>, account: &'a Account) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = account
        .counted_workloads()
        .filter_map(|workload| {
            let new = cx
                .index
                .new_account(&account.facts.unique_id, &workload.id)?;
            Some(Part { workload, new })
        })
        .collect();
    parts.sort_by(|a, b| a.workload.id.cmp(&b.workload.id));
    parts
}

fn create(part: &Part<'_>, reasons: &[Reason]) -> Step {
    Step {
        stage: Stage::Replace,
        change: Change::CreateAccount(part.new.clone()),
        why: Message::from("an account of its own for ").name(&part.workload.name),
        reasons: reasons.to_vec(),
        checks: Vec::new(),
        wait: None,
        verify: Vec::new(),
    }
}

/// Returns the bindings of the new accounts, in the order in which they are told, and says what cannot be known of them.
fn grants<'a>(
    cx: &Context<'_>,
    account: &Account,
    parts: &[Part<'a>],
    notes: &mut Vec<Message>,
) -> Vec<(&'a NewAccount, PlannedGrant)> {
    let workloads: Vec<&Workload> = parts.iter().map(|part| part.workload).collect();
    let actors = bindings::of_actors(cx, account, &workloads);
    let mut all = Vec::new();
    for part in parts {
        let copies = bindings::copies(account, part.new);
        // Where all that it does is known to be its own and was logged, it is given no more than that from the start.
        let own = narrow::at_once(cx, account, part.workload, &copies).unwrap_or(copies);
        let mut of_part: BTreeSet<PlannedGrant> = own.into_iter().collect();
        for (held, moved) in &actors {
            match moved {
                Moved::To(ids) if ids.contains(&part.workload.id) => {
                    of_part.insert(bindings::on_new(*held, part.new));
                }
                Moved::ToAll => {
                    of_part.insert(bindings::on_new(*held, part.new));
                }
                Moved::Crowd => of_part.extend(bindings::of_impersonator(*held, part)),
                Moved::To(_) | Moved::Nothing => {}
            }
        }
        all.extend(of_part.into_iter().map(|grant| (part.new, grant)));
    }
    notes.extend(told(&actors));
    // What the new accounts hold, account by account, then who may act as them, actor by actor: a reader sees at once
    // that all get the same.
    all.sort_by_key(|(new, grant)| {
        Some(grant.member.clone()).filter(|holder| *holder != bindings::member(new))
    });
    all
}

/// Returns what the reader has to know of the bindings on the old account.
fn told(actors: &[(Held<'_>, Moved)]) -> Vec<Message> {
    let members = |is: fn(&Held<'_>, &Moved) -> bool| {
        let found = actors.iter().filter(|(held, moved)| is(held, moved));
        found
            .map(|(held, _)| held.member)
            .collect::<BTreeSet<&Member>>()
    };
    let list = |begin: &str, members: BTreeSet<&Member>, end: &str| {
        if members.is_empty() {
            return None;
        }
        let mut message = Message::from(begin);
        for (nth, member) in members.into_iter().enumerate() {
            let separator = if nth == 0 { "" } else { ", " };
            message = message.text(separator).member(member);
        }
        Some(message.text(end))
    };
    let to_all = list(
        "who deploys or impersonates which workload is not known: every new account may be acted as by ",
        members(|held, moved| *moved == Moved::ToAll && held.member.is_somebody()),
        "; take away from each what it does not need",
    );
    let crowd = list(
        "the old account may be acted as by ",
        members(|_, moved| *moved == Moved::Crowd),
        ", the new ones may not: whoever relies on it has to be named",
    );
    to_all.into_iter().chain(crowd).collect()
}

fn give(new: &NewAccount, grant: &PlannedGrant, old: &Account, reasons: &[Reason]) -> Step {
    let is_own = bindings::member(new) == grant.member;
    let why = match &grant.member {
        _ if grant.kept.is_none() => Message::from("the workload was seen to need it"),
        Holder::Member(member) if !is_own => Message::default()
            .member(member)
            .text(" has it on ")
            .account(&old.facts.email),
        Holder::Member(_) | Holder::Group(_) | Holder::Federated { .. } => {
            Message::default().account(&old.facts.email).text(" has it")
        }
    };
    Step {
        stage: Stage::Replace,
        change: Change::Grant(grant.clone()),
        why,
        reasons: reasons.to_vec(),
        checks: Vec::new(),
        wait: None,
        verify: vec![Verification::BindingStands(grant.clone())],
    }
}

/// Returns the steps that move a workload to its account; of a key's caller none: what replaces the key names the account.
fn switches(account: &Account, part: &Part<'_>, reasons: &[Reason]) -> Vec<Step> {
    let mut steps: Vec<Step> = switched(account, part)
        .into_iter()
        .map(|switch| Step {
            stage: Stage::Switch,
            why: Message::from(switch::told(switch.how)),
            reasons: reasons.to_vec(),
            checks: Vec::new(),
            wait: None,
            verify: vec![
                Verification::ResourceNames {
                    resource: switch.resource.clone(),
                    account: switch.to.clone(),
                },
                Verification::AccountSeen(switch.to.clone()),
            ],
            change: Change::Switch(switch),
        })
        .collect();
    if let Some(message) = by_hand(part, steps.is_empty()) {
        steps.push(Step {
            stage: Stage::Switch,
            change: Change::ByHand(ByHand::Other(message)),
            why: Message::from("what names the old account there is not seen from here"),
            reasons: reasons.to_vec(),
            checks: Vec::new(),
            wait: None,
            verify: vec![Verification::AccountSeen(part.new.email.clone())],
        });
    }
    if let Some(first) = steps.first_mut() {
        first.wait = Some(PROPAGATION);
    }
    steps
}

/// Returns the switches of a workload's resources, sorted: none of what another of them makes, one of the runs of one job.
fn switched(account: &Account, part: &Part<'_>) -> Vec<Switch> {
    let head = match &part.workload.kind {
        WorkloadKind::Attached(asset_type) => Some(asset_type.as_str()),
        WorkloadKind::GkeWorkloadIdentity
        | WorkloadKind::Federated
        | WorkloadKind::KeyCaller
        | WorkloadKind::Platform
        | WorkloadKind::Impersonator
        | WorkloadKind::Grouped => None,
    };
    let resources = || part.workload.parts.iter().filter_map(resource);
    let types: BTreeSet<&str> = resources()
        .map(|(_, asset_type, _)| asset_type)
        .chain(head)
        .collect();
    let mut runs: BTreeSet<(&str, Option<&String>)> = BTreeSet::new();
    let mut switches: Vec<Switch> = Vec::new();
    // Backwards, so that of runs with a time in their names the latest stays.
    for (resource, asset_type, location) in resources().collect::<Vec<_>>().into_iter().rev() {
        if types.iter().any(|maker| switch::makes(maker, asset_type)) {
            continue;
        }
        let how = switch::how(asset_type);
        if how == SwitchHow::NextLaunch && !runs.insert((asset_type, location)) {
            continue;
        }
        switches.push(Switch {
            workload: part.workload.id.clone(),
            resource: resource.clone(),
            asset_type: asset_type.to_owned(),
            location: location.cloned(),
            from: account.facts.email.clone(),
            to: part.new.email.clone(),
            how,
        });
    }
    let groups = references::groups(account, part);
    switches.extend(groups.map(|(resource, location)| Switch {
        workload: part.workload.id.clone(),
        resource: resource.clone(),
        asset_type: switch::GROUP.to_owned(),
        location,
        from: account.facts.email.clone(),
        to: part.new.email.clone(),
        how: switch::how(switch::GROUP),
    }));
    switches.sort();
    switches.dedup();
    switches
}

fn resource(part: &WorkloadPart) -> Option<(&FullResourceName, &str, Option<&String>)> {
    match part {
        WorkloadPart::Resource {
            resource,
            asset_type,
            location,
            ..
        } => Some((resource, asset_type, location.as_ref())),
        WorkloadPart::Member(_) => None,
    }
}

/// Returns what a person has to do for a workload that no resource stands for.
fn by_hand(part: &Part<'_>, nothing_switched: bool) -> Option<Message> {
    let name = || Message::default().name(&part.workload.name);
    let new = &part.new.email;
    let signs_in = part.workload.parts.iter().any(|part| match part {
        WorkloadPart::Member(_) => true,
        WorkloadPart::Resource { .. } => false,
    });
    Some(match part.workload.kind {
        WorkloadKind::KeyCaller => return None,
        WorkloadKind::GkeWorkloadIdentity if nothing_switched => name()
            .text(": in each cluster set its annotation iam.gke.io/gcp-service-account to ")
            .account(new)
            .text(", and start its pods again"),
        WorkloadKind::Federated => name()
            .text(": name ")
            .account(new)
            .text(" in its configuration, wherever it names the account that it impersonates"),
        WorkloadKind::Impersonator => name().text(": make it ask for tokens of ").account(new),
        WorkloadKind::Platform => name()
            .text(": find what it runs as the old account, and let that run as ")
            .account(new),
        WorkloadKind::Grouped if signs_in => name()
            .text(": let what signs in from outside name ")
            .account(new),
        WorkloadKind::Attached(_) | WorkloadKind::Grouped if nothing_switched => name()
            .text(": nothing that could be switched was seen; let it run as ")
            .account(new),
        WorkloadKind::Attached(_) | WorkloadKind::GkeWorkloadIdentity | WorkloadKind::Grouped => {
            return None;
        }
    })
}

#[cfg(test)]
mod tests;

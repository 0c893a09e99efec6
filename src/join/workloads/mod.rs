//! Attachments and members → workloads: what runs as an account, or signs in as it, counted once.
//!
//! A workload is a unit that is deployed and retired on its own. Three kinds of facts show one: a resource that the
//! account is attached to, a Kubernetes service account that may sign in as it, and a federated identity that is bound
//! on it narrowly. [`kinds`] says which attachments count, [`collapse`] and [`targets`] which units a resource belongs
//! to, [`grouped`] adds what the user groups, and [`merge`] makes one workload of the facts that share a unit.
//!
//! Units only ever join. So neither the order of the facts nor the order of these steps changes the result, and where it
//! is in doubt whether two things are one, they are: a wrong "shared" would be worse than a missing one.

mod callers;
mod collapse;
mod grouped;
mod kinds;
mod members;
mod merge;
mod stem;
mod targets;
mod unit;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::join::callers::Callers;
use crate::model::attachment::{AttachedAccount, Attachment, OwnerHint};
use crate::model::names::{Email, ProjectId, UniqueId};
use crate::model::rule::Confidence;
use crate::model::settings::Grouping;
use crate::model::snapshot::Facts;
use crate::model::workload::{EvidenceOf, WorkloadEvidence, WorkloadPart};

use collapse::{Known, without_shadows};
use grouped::Groups;
use merge::{Fact, merge};

pub(super) use merge::OfAccount;
use targets::{Numbers, Target};

/// Labels by which a resource names its application, the first that it has counts.
const APPLICATION_LABELS: [&str; 3] = ["app", "application", "app.kubernetes.io/name"];

/// Returns the workloads of every account of the inventory that has one, sorted; `now` is the moment of the scan, UTC.
///
/// An attachment in any project counts for the account's owner; one of an account that is not in the inventory is
/// dropped.
pub(super) fn workloads(
    facts: &Facts,
    grouping: &Grouping,
    now: DateTime<Utc>,
    callers: &Callers,
) -> BTreeMap<UniqueId, OfAccount> {
    let groups = Groups::of(grouping);
    let mut of_accounts: BTreeMap<UniqueId, Vec<Fact>> = BTreeMap::new();
    for (account, mut fact) in members::facts(facts) {
        if let EvidenceOf::Member(member) = &fact.evidence.resource {
            fact.units.extend(groups.units(member, &BTreeMap::new()));
        }
        of_accounts.entry(account).or_default().push(fact);
    }
    let known = Known::of(&facts.attachments);
    let projects = facts.projects.iter();
    let numbers: Numbers<'_> = projects
        .map(|project| (&project.number, &project.id))
        .collect();
    for (account, attachments) in by_account(facts, now) {
        let attached = without_shadows(attachments).into_iter().map(|attachment| {
            let mut units = known.units(attachment);
            units.extend(groups.units(attachment.resource.as_str(), &attachment.labels));
            fact(attachment, units, &numbers)
        });
        of_accounts
            .entry(account.clone())
            .or_default()
            .extend(attached);
    }
    let attached_in = attached_in(facts);
    for account in &facts.accounts {
        let known = callers::Known {
            facts: of_accounts
                .get(&account.unique_id)
                .map_or(&[], Vec::as_slice),
            attached_in: attached_in
                .get(&account.unique_id)
                .map_or(&[], Vec::as_slice),
            projects: &facts.projects,
            now,
        };
        let seen = callers::facts(account, callers, &known);
        if !seen.is_empty() {
            let id = account.unique_id.clone();
            of_accounts.entry(id).or_default().extend(seen);
        }
    }
    let of_accounts = of_accounts.into_iter();
    of_accounts
        .map(|(account, facts)| (account, merge(&facts)))
        .collect()
}

/// Returns the projects in which a resource names each account, in whatever state and to whatever purpose.
fn attached_in(facts: &Facts) -> BTreeMap<&UniqueId, Vec<&ProjectId>> {
    let mut found: BTreeMap<&UniqueId, Vec<&ProjectId>> = BTreeMap::new();
    for (account, attachment) in named(facts) {
        found.entry(account).or_default().push(&attachment.project);
    }
    found
}

/// Returns the attachments that count, by the account that they name.
fn by_account(facts: &Facts, now: DateTime<Utc>) -> BTreeMap<&UniqueId, Vec<&Attachment>> {
    let mut found: BTreeMap<&UniqueId, Vec<&Attachment>> = BTreeMap::new();
    for (account, attachment) in named(facts) {
        if kinds::counts(attachment, now) {
            found.entry(account).or_default().push(attachment);
        }
    }
    found
}

/// Returns every attachment of an account of the inventory, with the account.
fn named(facts: &Facts) -> impl Iterator<Item = (&UniqueId, &Attachment)> {
    let accounts = || facts.accounts.iter().map(|account| &account.unique_id);
    let ids: BTreeMap<&UniqueId, &UniqueId> = accounts().zip(accounts()).collect();
    let emails: BTreeMap<&Email, &UniqueId> = facts
        .accounts
        .iter()
        .map(|account| (&account.email, &account.unique_id))
        .collect();
    facts.attachments.iter().filter_map(move |attachment| {
        let account = match &attachment.account {
            AttachedAccount::UniqueId(id) => ids.get(id),
            AttachedAccount::Email(email) | AttachedAccount::Default(email) => emails.get(email),
        };
        Some((*account?, attachment))
    })
}

fn fact(attachment: &Attachment, units: Vec<unit::Unit>, numbers: &Numbers<'_>) -> Fact {
    let target = attachment.owners.iter().find_map(|owner| match owner {
        OwnerHint::Target(target) => Target::of(target, &attachment.project, numbers),
        OwnerHint::CreatedBy(_)
        | OwnerHint::InstanceTemplate(_)
        | OwnerHint::Parent(_)
        | OwnerHint::RunName(_)
        | OwnerHint::DisplayName(_) => None,
    });
    let called = attachment.owners.iter().find_map(|owner| match owner {
        OwnerHint::DisplayName(name) => Some(name.clone()),
        OwnerHint::CreatedBy(_)
        | OwnerHint::InstanceTemplate(_)
        | OwnerHint::Parent(_)
        | OwnerHint::Target(_)
        | OwnerHint::RunName(_) => None,
    });
    let application = APPLICATION_LABELS
        .iter()
        .find_map(|key| attachment.labels.get(*key));
    Fact {
        units,
        called,
        target,
        location: attachment.location.clone(),
        application: application.filter(|value| !value.is_empty()).cloned(),
        confidence: Confidence::High,
        evidence: WorkloadEvidence {
            resource: EvidenceOf::Resource(attachment.resource.clone()),
            field: attachment.field.clone(),
            state: attachment.state.clone(),
        },
        part: Some(WorkloadPart::Resource {
            resource: attachment.resource.clone(),
            asset_type: attachment.asset_type.clone(),
            project: attachment.project.clone(),
            location: attachment.location.clone(),
            kind: attachment.kind,
        }),
    }
}

//! What names the old account by its plain address, and what makes things that will run as it.

use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::names::{Email, FullResourceName};
use crate::model::plan::{ByHand, Change, Reason, Stage, Step};
use crate::model::reference::{Reference, ReferenceKind};
use crate::model::workload::{WorkloadKind, WorkloadPart};

use super::Part;
use super::switch::GROUP;

/// Returns a step for each reference: before the switches for what lets the new accounts in, behind them for what makes
/// new things run as the old one.
pub(super) fn steps(account: &Account, parts: &[Part<'_>], reasons: &[Reason]) -> Vec<Step> {
    let references = account.references.iter();
    let steps = references.filter_map(|reference| step(account, parts, reference, reasons));
    steps.collect()
}

fn step(
    account: &Account,
    parts: &[Part<'_>],
    reference: &Reference,
    reasons: &[Reason],
) -> Option<Step> {
    let (stage, why) = match reference.kind {
        ReferenceKind::Address => (
            Stage::Replace,
            "it lets in whoever it names: it has to name the new accounts too before they are used",
        ),
        ReferenceKind::Template => (
            Stage::Switch,
            "what is made from it runs as the old account",
        ),
        // A group is switched with its workload.
        ReferenceKind::Group if parts.iter().any(|part| is_group_of(reference, part)) => {
            return None;
        }
        ReferenceKind::Group => (Stage::Switch, "its VMs run as the old account"),
        ReferenceKind::Build => (Stage::Switch, "its builds run as the old account"),
        // What is encrypted as the account stays so, and keeps the account from being deleted.
        ReferenceKind::Encryption => return None,
    };
    let mut to = accounts(parts, |part| is_of(reference, part));
    if to.is_empty() {
        to = accounts(parts, |_| true);
    }
    if stage == Stage::Replace {
        // The old account is in use until all are switched.
        to.push(account.facts.email.clone());
        to.sort();
    }
    Some(Step {
        stage,
        change: Change::ByHand(ByHand::ReplaceReference {
            reference: reference.clone(),
            to,
        }),
        why: Message::from(why),
        reasons: reasons.to_vec(),
        checks: Vec::new(),
        wait: None,
        verify: Vec::new(),
    })
}

fn accounts(parts: &[Part<'_>], concerns: impl Fn(&Part<'_>) -> bool) -> Vec<Email> {
    let found = parts.iter().filter(|part| concerns(part));
    let mut accounts: Vec<Email> = found.map(|part| part.new.email.clone()).collect();
    accounts.sort();
    accounts
}

/// Returns whether the reference stands in a resource of the workload itself.
fn is_of(reference: &Reference, part: &Part<'_>) -> bool {
    let is_it = |held: &WorkloadPart| match held {
        WorkloadPart::Resource { resource, .. } => *resource == reference.resource,
        WorkloadPart::Member(_) => false,
    };
    is_group_of(reference, part) || part.workload.parts.iter().any(is_it)
}

/// Returns the managed groups that the workload is, with their places: what names the account is their template.
pub(super) fn groups<'a>(
    account: &'a Account,
    part: &'a Part<'a>,
) -> impl Iterator<Item = (&'a FullResourceName, Option<String>)> {
    let found = account
        .references
        .iter()
        .filter(|reference| is_group_of(reference, part));
    found.map(|reference| (&reference.resource, place(&reference.resource)))
}

fn is_group_of(reference: &Reference, part: &Part<'_>) -> bool {
    let is_group = match &part.workload.kind {
        WorkloadKind::Attached(asset_type) => asset_type == GROUP,
        WorkloadKind::GkeWorkloadIdentity
        | WorkloadKind::Federated
        | WorkloadKind::KeyCaller
        | WorkloadKind::Platform
        | WorkloadKind::Impersonator
        | WorkloadKind::Grouped => false,
    };
    let name = reference
        .resource
        .as_str()
        .rsplit('/')
        .next()
        .unwrap_or_default();
    is_group
        && reference.kind == ReferenceKind::Group
        && reference.project == part.workload.project
        && part.workload.id.rsplit('/').next() == Some(name)
}

/// Returns the zone or region in a resource's name.
fn place(resource: &FullResourceName) -> Option<String> {
    let mut segments = resource.as_str().split('/');
    segments.find(|segment| matches!(*segment, "zones" | "regions"))?;
    segments.next().map(str::to_owned)
}

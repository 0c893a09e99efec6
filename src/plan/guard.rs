//! Organization policies that keep keys from coming back, where nobody would break by them.
//!
//! No constraint is retroactive: a key that exists goes on as it is. What breaks is the next key of whoever still needs
//! one: so a constraint is planned for a project only where, behind all plans, no live key is left in it.
//!
//! Source: <https://cloud.google.com/resource-manager/docs/organization-policy/restricting-service-accounts>.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::access::PolicyNode;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::key::KeyOrigin;
use crate::model::message::Message;
use crate::model::names::{Email, KeyId, ProjectId, UniqueId};
use crate::model::plan::{Change, Constraint, Stage, Step};

use super::Context;
use super::draft::Draft;
use super::steps::step;

/// The constraints, with what they keep from being made.
const CREATION: &str = "iam.disableServiceAccountKeyCreation";
const UPLOAD: &str = "iam.disableServiceAccountKeyUpload";

/// How many of those who would break a note names.
const NAMED: usize = 5;

/// Adds to each account's draft that takes keys away the constraints that fit its project, or who would break by them.
/// `drafts` are those of all accounts that have a plan.
pub fn add(cx: &Context<'_>, drafts: &mut [(&Account, Draft)]) {
    let mut gone: BTreeSet<(&UniqueId, KeyId)> = BTreeSet::new();
    let mut accounts_gone: BTreeSet<&UniqueId> = BTreeSet::new();
    let mut rotated: BTreeMap<&ProjectId, BTreeSet<Email>> = BTreeMap::new();
    let mut concerned: BTreeSet<&UniqueId> = BTreeSet::new();
    for (account, draft) in drafts.iter() {
        let id = &account.facts.unique_id;
        for step in &draft.steps {
            match taken(step) {
                Taken::Key(key) => {
                    concerned.insert(id);
                    gone.insert((id, key));
                }
                Taken::Account => {
                    accounts_gone.insert(id);
                    if account.user_managed_keys().next().is_some() {
                        concerned.insert(id);
                    }
                }
                Taken::Rotated(email) => {
                    let of_project = rotated.entry(&account.facts.project).or_default();
                    of_project.insert(email);
                }
                Taken::Nothing => {}
            }
        }
    }
    let mut left: BTreeMap<&ProjectId, Vec<(&Account, &Key)>> = BTreeMap::new();
    for (account, key) in cx.estate.live_keys() {
        let id = &account.facts.unique_id;
        if !accounts_gone.contains(id) && !gone.contains(&(id, key.facts.id.clone())) {
            let of_project = left.entry(&account.facts.project).or_default();
            of_project.push((account, key));
        }
    }
    let unread = unread(cx);
    let none = BTreeSet::new();
    for (account, draft) in drafts.iter_mut() {
        if !concerned.contains(&account.facts.unique_id) {
            continue;
        }
        let project = &account.facts.project;
        if unread.contains(project) {
            draft.notes.push(
                Message::from("not all keys of ")
                    .project(project)
                    .text(" could be read: whether a constraint that keeps keys from coming back would break somebody there is not known"),
            );
            continue;
        }
        let left = left.get(project).map_or(&[][..], Vec::as_slice);
        let rotated = rotated.get(project).unwrap_or(&none);
        let own = guard(project, left, rotated, draft);
        draft.absorb(own);
    }
}

/// Returns the projects of which not all keys were read.
fn unread(cx: &Context<'_>) -> BTreeSet<ProjectId> {
    let gaps = cx.estate.coverage.iter().filter(|(_, dataset, reading)| {
        let counts = [Dataset::Keys, Dataset::ServiceAccounts].contains(dataset);
        counts && !reading.is_known()
    });
    gaps.filter_map(|(scope, _, _)| scope.project().cloned())
        .collect()
}

/// What a step takes away.
enum Taken {
    Key(KeyId),
    Account,
    /// Nothing: a key is made for this account.
    Rotated(Email),
    Nothing,
}

fn taken(step: &Step) -> Taken {
    match &step.change {
        Change::DisableKey(key) | Change::DeleteKey(key) => Taken::Key(key.key.clone()),
        Change::DisableAccount(_) | Change::DeleteAccount(_) => Taken::Account,
        Change::RotateKey { account, .. } => Taken::Rotated(account.clone()),
        Change::CreateAccount(_)
        | Change::Grant(_)
        | Change::Revoke(_)
        | Change::Switch(_)
        | Change::CreatePool(_)
        | Change::CreateProvider(_)
        | Change::Federate(_)
        | Change::UsePersonalLogin { .. }
        | Change::UseAttachedAccount { .. }
        | Change::EnableKey(_)
        | Change::EnableAccount(_)
        | Change::UndeleteAccount(_)
        | Change::CreateAlert(_)
        | Change::EnableAuditLogs(_)
        | Change::EnforceConstraint(_)
        | Change::ByHand(_) => Taken::Nothing,
    }
}

/// Returns the constraints for a project with these keys left, and keys that are made anew.
fn guard(
    project: &ProjectId,
    left: &[(&Account, &Key)],
    rotated: &BTreeSet<Email>,
    draft: &Draft,
) -> Draft {
    let mut reasons: Vec<_> = draft
        .steps
        .iter()
        .filter(|step| match taken(step) {
            Taken::Key(_) | Taken::Account => true,
            Taken::Rotated(_) | Taken::Nothing => false,
        })
        .flat_map(|step| step.reasons.iter().cloned())
        .collect();
    reasons.sort();
    reasons.dedup();
    let uploaded = |key: &Key| key.facts.origin == KeyOrigin::Uploaded;
    let of_google = left.iter().filter(|(_, key)| !uploaded(key));
    let mut makers: BTreeSet<&Email> = of_google.map(|(account, _)| &account.facts.email).collect();
    makers.extend(rotated);
    let uploaders = left.iter().filter(|(_, key)| uploaded(key));
    let uploaders: BTreeSet<&Email> = uploaders.map(|(account, _)| &account.facts.email).collect();
    let mut guard = Draft::default();
    for (constraint, would_break, made) in
        [(CREATION, makers, "made"), (UPLOAD, uploaders, "uploaded")]
    {
        if would_break.is_empty() {
            let change = Change::EnforceConstraint(Constraint {
                constraint: constraint.to_owned(),
                on: PolicyNode::Project(project.clone()),
            });
            let why = Message::from("once the plans of all accounts of ")
                .project(project)
                .text(format!(
                    " are done, no key there is left that would be {made} anew"
                ));
            guard.steps.push(step(Stage::Guard, change, why, &reasons));
        } else {
            guard.notes.push(broken(constraint, project, &would_break));
        }
    }
    guard
}

fn broken(constraint: &str, project: &ProjectId, accounts: &BTreeSet<&Email>) -> Message {
    let mut message = Message::from(format!("{constraint} is not enforced on "))
        .project(project)
        .text(" yet: these would get no new key: ");
    for (nth, email) in accounts.iter().take(NAMED).enumerate() {
        if nth > 0 {
            message = message.text(", ");
        }
        message = message.account(email);
    }
    match accounts.len().saturating_sub(NAMED) {
        0 => message,
        more => message.text(format!(" and {more} more")),
    }
}

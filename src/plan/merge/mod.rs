//! Several parts' steps for one account → one list: nothing twice, nothing that another step makes pointless or
//! dangerous, replacement before removal.

mod contradictions;
mod mentions;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::plan::{Change, Stage, Step, Variable, Wait, WaitFor};

use super::draft::Draft;

/// Returns the draft with its steps in the order in which they are done.
#[must_use]
pub(super) fn merge(account: &Account, draft: Draft) -> Draft {
    let draft = contradictions::resolve(account, draft);
    let mut steps = once(draft.steps);
    steps.sort_by_key(|step| (step.stage, turn(step)));
    let steps = wait_once(steps);
    Draft {
        variables: used(draft.variables, &steps),
        notes: distinct(draft.notes),
        steps,
    }
}

/// Returns when a step's turn is in its stage: a key that strangers hold is switched off before anything else, and what
/// is switched off without a wait does not wait for the rest.
fn turn(step: &Step) -> (bool, TimeDelta) {
    let is_later = !(step.stage == Stage::Prepare && matches!(step.change, Change::DisableKey(_)));
    let wait = step.wait.filter(|_| step.stage == Stage::Disable);
    let wait = wait.map_or(TimeDelta::zero(), |wait| wait.at_least);
    (is_later, wait)
}

/// Returns each change once, where it is asked for first, in the earliest of its stages, with all reasons and checks.
fn once(steps: Vec<Step>) -> Vec<Step> {
    let mut once: Vec<Step> = Vec::new();
    let mut places: BTreeMap<Change, usize> = BTreeMap::new();
    for step in steps {
        let at = *places.entry(what(&step.change)).or_insert(once.len());
        match once.get_mut(at) {
            Some(held) => join(held, step),
            None => once.push(step),
        }
    }
    once
}

fn join(held: &mut Step, step: Step) {
    held.stage = held.stage.min(step.stage);
    held.reasons.extend(step.reasons);
    held.reasons.sort();
    held.reasons.dedup();
    for check in step.checks {
        if !held.checks.contains(&check) {
            held.checks.push(check);
        }
    }
    for seen in step.verify {
        if !held.verify.contains(&seen) {
            held.verify.push(seen);
        }
    }
    held.wait = longer(held.wait, step.wait);
    match (&mut held.change, step.change) {
        // What something was seen to need is more than what is kept for other reasons.
        (Change::Grant(held), Change::Grant(other))
        | (Change::Revoke(held), Change::Revoke(other)) => {
            held.kept = held.kept.take().filter(|_| other.kept.is_some());
        }
        (Change::EnableAuditLogs(held), Change::EnableAuditLogs(other)) => {
            held.types.extend(other.types);
            held.types.sort();
            held.types.dedup();
        }
        _ => {}
    }
}

/// Returns what a change is about: two that are about the same are one.
fn what(change: &Change) -> Change {
    let mut change = change.clone();
    if let Change::Grant(grant) | Change::Revoke(grant) = &mut change {
        grant.kept = None;
    }
    if let Change::EnableAuditLogs(logs) = &mut change {
        logs.types.clear();
    }
    change
}

fn longer(one: Option<Wait>, other: Option<Wait>) -> Option<Wait> {
    match (one, other) {
        (Some(one), Some(other)) if other.at_least > one.at_least => Some(other),
        (one, other) => one.or(other),
    }
}

/// Returns the steps with what is left of their waits when their turn comes: what a step waits for began with an earlier
/// stage, and the steps before it in its own stage have waited as well. What was given has to hold everywhere: that time
/// begins with the last binding, whatever was waited for before it.
fn wait_once(mut steps: Vec<Step>) -> Vec<Step> {
    let mut waited: (Option<Stage>, TimeDelta) = (None, TimeDelta::zero());
    let mut since_given: Option<TimeDelta> = None;
    for step in &mut steps {
        if waited.0 != Some(step.stage) {
            waited = (Some(step.stage), TimeDelta::zero());
        }
        let left = match step.wait {
            None => TimeDelta::zero(),
            Some(wait) => match wait.until {
                // Nothing was given: nothing has to reach anywhere.
                WaitFor::Propagation => {
                    since_given.map_or(TimeDelta::zero(), |since| wait.at_least - since)
                }
                WaitFor::Tokens | WaitFor::BusinessCycle | WaitFor::Quiet | WaitFor::Window => {
                    wait.at_least - waited.1
                }
                // It counts from a step of its own stage.
                WaitFor::Undelete => wait.at_least,
            },
        };
        step.wait = step
            .wait
            .filter(|_| left > TimeDelta::zero())
            .map(|wait| Wait {
                at_least: left,
                ..wait
            });
        if step.wait.is_some() {
            waited.1 += left;
            since_given = since_given.map(|since| since + left);
        }
        if gives(&step.change) {
            since_given = Some(TimeDelta::zero());
        }
    }
    steps
}

/// Returns whether a change gives somebody something that takes a while to hold everywhere.
fn gives(change: &Change) -> bool {
    matches!(
        change,
        Change::Grant(_)
            | Change::CreateAccount(_)
            | Change::CreatePool(_)
            | Change::CreateProvider(_)
    )
}

/// Returns the variables that a step names, each once, by name.
fn used(variables: Vec<Variable>, steps: &[Step]) -> Vec<Variable> {
    let named: BTreeSet<&str> = steps
        .iter()
        .flat_map(|step| mentions::variables(&step.change))
        .collect();
    let mut used: Vec<Variable> = variables
        .into_iter()
        .filter(|variable| named.contains(variable.name.as_str()))
        .collect();
    used.sort();
    used.dedup_by(|a, b| a.name == b.name);
    used
}

fn distinct(notes: Vec<Message>) -> Vec<Message> {
    let mut distinct: Vec<Message> = Vec::new();
    for note in notes {
        if !distinct.contains(&note) {
            distinct.push(note);
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::access::PolicyNode;
    use crate::model::names::{Member, ProjectId};
    use crate::model::plan::{Holder, PlannedGrant};
    use crate::plan::split::PROPAGATION;
    use crate::plan::steps::step;

    fn binding(role: &str) -> PlannedGrant {
        PlannedGrant {
            member: Holder::Member(Member::parse("user:ana@acme.example")),
            role: role.to_owned(),
            on: PolicyNode::Project(ProjectId::parse("acme-prod").expect("a project id")),
            condition: None,
            kept: None,
        }
    }

    /// Thirty days were waited for before the binding was given: that is no time in which it came to hold.
    #[test]
    fn what_is_given_holds_before_what_it_replaces_is_taken() {
        let after = |wait, change| Step {
            wait: Some(wait),
            ..step(Stage::Narrow, change, "", &[])
        };
        let window = Wait {
            at_least: TimeDelta::days(30),
            until: WaitFor::Window,
        };
        let give = |role: &str| after(window, Change::Grant(binding(role)));
        let take = |role: &str| after(PROPAGATION, Change::Revoke(binding(role)));
        let steps = vec![
            give("roles/viewer"),
            take("roles/editor"),
            take("roles/owner"),
            give("roles/browser"),
            take("roles/writer"),
        ];
        let waits = wait_once(steps).into_iter().map(|step| {
            let minutes = step.wait.map(|wait| wait.at_least.num_minutes());
            minutes.unwrap_or_default()
        });
        let month = 30 * 24 * 60;
        assert_eq!(waits.collect::<Vec<_>>(), [month, 10, 0, 0, 10]);
    }
}

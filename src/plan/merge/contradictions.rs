//! Steps that another step makes pointless, or that together would take down what runs.

use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::names::{Email, MemberKind};
use crate::model::plan::{Becomes, Change, Check, Federate, Holder, Stage, Step};

use super::mentions::{becomes, binding, is_held_by, is_on};
use crate::plan::draft::Draft;

/// Returns the draft without contradictions. What keeps something running wins over what takes it away, unless every
/// source agrees that nothing runs.
pub(super) fn resolve(account: &Account, mut draft: Draft) -> Draft {
    let spare = spare_accounts(&draft.steps);
    draft
        .steps
        .retain(|step| !spare.iter().any(|email| makes(step, email)));
    let email = &account.facts.email;
    if !draft.steps.iter().any(|step| takes(step, email)) {
        return draft;
    }
    let unused = |step: &Step| {
        let mut reasons = step.reasons.iter();
        takes(step, email) && reasons.any(|reason| reason.rule == "account-unused")
    };
    if draft.steps.iter().any(unused) {
        // Nobody uses it: nothing has to be put in its place, or in the place of its keys.
        draft
            .steps
            .retain(|step| takes(step, email) || ends_it(step));
        return draft;
    }
    let lacking = lacking(&draft.steps, email);
    let is_used = |step: &Step| becomes(&step.change) == Some(email);
    if lacking.is_some() || draft.steps.iter().any(is_used) {
        draft.steps.retain(|step| !takes(step, email));
        draft.notes.push(stays(email, lacking));
        return draft;
    }
    // Its bindings stay untouched until it cannot come back, and its keys are deleted with it.
    draft
        .steps
        .retain(|step| takes(step, email) || !(feeds(step, email) || deletes_a_key(step)));
    draft
}

/// Returns the accounts that would be made for callers which are given their roles themselves.
fn spare_accounts(steps: &[Step]) -> Vec<Email> {
    let is_itself = |workload: &str| {
        steps.iter().any(|step| match &step.change {
            Change::Federate(Federate {
                workload: held,
                becomes: Becomes::Itself(_),
                ..
            }) => held == workload,
            _ => false,
        })
    };
    let made = steps.iter().filter_map(|step| match &step.change {
        Change::CreateAccount(new) if is_itself(&new.workload) => Some(&new.email),
        _ => None,
    });
    made.filter(|email| {
        !steps
            .iter()
            .any(|step| becomes(&step.change) == Some(email))
    })
    .cloned()
    .collect()
}

/// Returns whether a step makes the account, or gives to it, or takes from it.
fn makes(step: &Step, email: &Email) -> bool {
    match &step.change {
        Change::CreateAccount(new) => new.email == *email,
        _ => feeds(step, email),
    }
}

/// Returns whether a step gives or takes a role of the account, or one on it.
fn feeds(step: &Step, email: &Email) -> bool {
    binding(&step.change).is_some_and(|grant| is_held_by(grant, email) || is_on(grant, email))
}

/// Returns whether a step takes the account away, or belongs to its end.
fn takes(step: &Step, email: &Email) -> bool {
    match &step.change {
        Change::DisableAccount(account) | Change::DeleteAccount(account) => account.email == *email,
        Change::CreateAlert(alert) => alert.key.is_none() && alert.account.email == *email,
        Change::Revoke(grant) => match &grant.member {
            Holder::Member(member) => match member.kind() {
                MemberKind::Deleted { was, .. } => was.address() == Some(email),
                _ => false,
            },
            Holder::Group(_) | Holder::Federated { .. } => false,
        },
        _ => false,
    }
}

/// Returns whether a step goes with the end of an unused account: what a person sees to, a key that strangers hold, and
/// what keeps keys from coming back.
fn ends_it(step: &Step) -> bool {
    match step.change {
        Change::ByHand(_) | Change::EnforceConstraint(_) => true,
        Change::DisableKey(_) | Change::CreateAlert(_) => step.stage == Stage::Prepare,
        _ => false,
    }
}

fn deletes_a_key(step: &Step) -> bool {
    matches!(step.change, Change::DeleteKey(_))
}

/// Returns a workload that was to be switched before the account goes, and that no step gives another identity.
fn lacking(steps: &[Step], email: &Email) -> Option<String> {
    let switched = steps
        .iter()
        .filter(|step| takes(step, email))
        .flat_map(|step| &step.checks)
        .filter_map(|check| match check {
            Check::Switched(workloads) => Some(workloads),
            _ => None,
        })
        .flatten();
    let has_another = |workload: &str| {
        steps.iter().any(|step| match &step.change {
            Change::CreateAccount(new) => new.workload == workload && new.email != *email,
            Change::Federate(Federate {
                workload: held,
                becomes: Becomes::Itself(_),
                ..
            }) => held == workload,
            _ => false,
        })
    };
    switched
        .into_iter()
        .find(|workload| !has_another(workload))
        .cloned()
}

fn stays(email: &Email, lacking: Option<String>) -> Message {
    let message = Message::default().account(email).text(" stays for now: ");
    match lacking {
        Some(workload) => message
            .text("no other account is planned for ")
            .name(workload),
        None => message.text("something still signs in as it behind this plan"),
    }
}

//! Steps that another step makes pointless, or that together would take down what runs.

use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::names::{Email, MemberKind};
use crate::model::plan::{Becomes, Change, Check, Holder, NewAccount, PlannedGrant, Stage, Step};

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
    let made = steps.iter().filter_map(|step| match made(step) {
        Some(new) if is_itself(steps, &new.workload) => Some(&new.email),
        Some(_) | None => None,
    });
    made.filter(|email| {
        !steps
            .iter()
            .any(|step| becomes(&step.change) == Some(email))
    })
    .cloned()
    .collect()
}

/// Returns the account that a step makes.
fn made(step: &Step) -> Option<&NewAccount> {
    if let Change::CreateAccount(new) = &step.change {
        Some(new)
    } else {
        None
    }
}

/// Returns whether a workload is given its roles itself.
fn is_itself(steps: &[Step], workload: &str) -> bool {
    steps.iter().any(|step| {
        if let Change::Federate(federate) = &step.change {
            let itself = matches!(federate.becomes, Becomes::Itself(_));
            itself && federate.workload == workload
        } else {
            false
        }
    })
}

/// Returns whether a step makes the account, or gives to it, or takes from it.
fn makes(step: &Step, email: &Email) -> bool {
    made(step).is_some_and(|new| new.email == *email) || feeds(step, email)
}

/// Returns whether a step gives or takes a role of the account, or one on it.
fn feeds(step: &Step, email: &Email) -> bool {
    binding(&step.change).is_some_and(|grant| is_held_by(grant, email) || is_on(grant, email))
}

/// Returns whether a step takes the account away, or belongs to its end.
fn takes(step: &Step, email: &Email) -> bool {
    if let Change::DisableAccount(account) | Change::DeleteAccount(account) = &step.change {
        account.email == *email
    } else if let Change::CreateAlert(alert) = &step.change {
        alert.key.is_none() && alert.account.email == *email
    } else if let Change::Revoke(PlannedGrant {
        member: Holder::Member(member),
        ..
    }) = &step.change
        && let MemberKind::Deleted { was, .. } = member.kind()
    {
        was.address() == Some(email)
    } else {
        false
    }
}

/// Returns whether a step goes with the end of an unused account: what a person sees to, and a key that strangers hold.
fn ends_it(step: &Step) -> bool {
    let now = step.stage == Stage::Prepare;
    matches!(step.change, Change::ByHand(_))
        || now && matches!(step.change, Change::DisableKey(_) | Change::CreateAlert(_))
}

fn deletes_a_key(step: &Step) -> bool {
    matches!(step.change, Change::DeleteKey(_))
}

/// Returns a workload that was to be switched before the account goes, and that no step gives another identity.
fn lacking(steps: &[Step], email: &Email) -> Option<String> {
    let has_another = |workload: &str| {
        let mut made = steps.iter().filter_map(made);
        is_itself(steps, workload)
            || made.any(|new| new.workload == workload && new.email != *email)
    };
    let taking = steps.iter().filter(|step| takes(step, email));
    let switched = taking.flat_map(|step| &step.checks).filter_map(|check| {
        if let Check::Switched(workloads) = check {
            Some(workloads)
        } else {
            None
        }
    });
    let mut switched = switched.flatten();
    switched.find(|workload| !has_another(workload)).cloned()
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

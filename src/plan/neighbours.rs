//! Plans that touch each other: each is made, and proved, as if it were alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::access::PolicyNode;
use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::names::{Email, UniqueId};
use crate::model::plan::{Change, Holder, Step};

use super::draft::Draft;

/// Tells each draft that gives something to an account, or on one, whose own draft moves what runs as it, or takes it away:
/// behind the other plan, the step would give it to nobody, or on nothing that anybody uses.
pub(super) fn tell(drafts: &mut [(&Account, Draft)]) {
    let mut by_email: BTreeMap<&Email, usize> = BTreeMap::new();
    let mut by_id: BTreeMap<&UniqueId, usize> = BTreeMap::new();
    for (nth, (account, draft)) in drafts.iter().enumerate() {
        if draft.steps.iter().any(moves) {
            by_email.insert(&account.facts.email, nth);
            by_id.insert(&account.facts.unique_id, nth);
        }
    }
    let touched = |nth: usize, draft: &Draft| {
        let found = draft.steps.iter().flat_map(|step| {
            let Change::Grant(grant) = &step.change else {
                return [None, None];
            };
            let held = match &grant.member {
                Holder::Member(member) => member.account().and_then(|email| by_email.get(email)),
                Holder::Group(_) | Holder::Federated { .. } => None,
            };
            let on = match &grant.on {
                PolicyNode::Account(on) => by_id.get(&on.unique_id),
                PolicyNode::Organization(_)
                | PolicyNode::Folder(_)
                | PolicyNode::Project(_)
                | PolicyNode::Resource(_) => None,
            };
            [held, on]
        });
        let others: BTreeSet<usize> = found
            .flatten()
            .copied()
            .filter(|other| *other != nth)
            .collect();
        others
    };
    let touching: Vec<BTreeSet<usize>> = drafts
        .iter()
        .enumerate()
        .map(|(nth, (_, draft))| touched(nth, draft))
        .collect();
    let names: Vec<Email> = drafts
        .iter()
        .map(|(account, _)| account.facts.email.clone())
        .collect();
    for ((_, draft), others) in drafts.iter_mut().zip(touching) {
        for name in others.into_iter().filter_map(|other| names.get(other)) {
            draft.notes.push(
                Message::from("this plan gives a role to ")
                    .account(name)
                    .text(" or on it, and what runs as that moves by a plan of its own: carry out one, scan, and plan the other again"),
            );
        }
    }
}

/// Returns whether a step lets something leave its account, or takes the account away.
fn moves(step: &Step) -> bool {
    matches!(
        step.change,
        Change::Switch(_) | Change::DisableAccount(_) | Change::DeleteAccount(_)
    )
}

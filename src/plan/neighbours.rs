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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::Member;
    use crate::model::plan::{PlannedGrant, Stage};
    use crate::plan::steps::step;
    use crate::plan::testing::{email, on_account, on_project, shared};

    #[test]
    fn a_plan_tells_that_it_gives_to_what_another_takes_away() {
        let (etl, web) = (
            shared("etl", "101", Vec::new()),
            shared("web", "102", Vec::new()),
        );
        let draft = |change| Draft {
            steps: vec![step(Stage::Replace, change, "", &[])],
            ..Draft::default()
        };
        let grant = |member: &str, on| {
            Change::Grant(PlannedGrant {
                member: Holder::Member(Member::parse(&format!("serviceAccount:{}", email(member)))),
                role: "roles/iam.serviceAccountTokenCreator".to_owned(),
                on,
                condition: None,
                kept: None,
            })
        };
        let notes = |change| {
            let going = draft(Change::DisableAccount(web.reference()));
            let mut drafts = [(&etl, draft(change)), (&web, going)];
            tell(&mut drafts);
            let notes = drafts.iter().flat_map(|(_, draft)| &draft.notes);
            notes.map(ToString::to_string).collect::<Vec<String>>()
        };
        let told = "this plan gives a role to web@acme.iam.gserviceaccount.com or on it, and what runs as that moves by a plan of its own: carry out one, scan, and plan the other again";
        assert_eq!(notes(grant("web", on_project("acme"))), [told]);
        assert_eq!(notes(grant("api", on_account(&web))), [told]);
        assert_eq!(notes(grant("api", on_project("acme"))), [""; 0]);
    }
}

//! The limits that a split may meet, and conditions elsewhere that name the old account.

use std::collections::BTreeMap;

use crate::model::access::{Policy, PolicyNode};
use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::plan::PlannedGrant;
use crate::model::reference::ReferenceKind;
use crate::plan::Context;

/// How many principals a policy may name, each as often as it stands in a binding.
///
/// Source: <https://cloud.google.com/iam/quotas>.
const PRINCIPALS: usize = 1_500;

/// How many service accounts a project may have, unless its quota was raised.
const ACCOUNTS: usize = 100;

/// Returns what stands in the way of the split, as notes.
pub(super) fn notes(
    cx: &Context<'_>,
    account: &Account,
    new_accounts: usize,
    grants: &[&PlannedGrant],
) -> Vec<Message> {
    let mut notes = Vec::new();
    let project = &account.facts.project;
    let accounts = cx.index.accounts_of(project) + new_accounts;
    if accounts > ACCOUNTS {
        notes.push(
            Message::from("project ")
                .project(project)
                .text(format!(" would have {accounts} accounts: more than its quota of {ACCOUNTS}, unless that was raised")),
        );
    }
    let mut added: BTreeMap<&PolicyNode, usize> = BTreeMap::new();
    for grant in grants {
        *added.entry(&grant.on).or_default() += 1;
    }
    for (on, added) in added {
        let held = cx
            .index
            .policy(on)
            .map_or(0, |policy| policy.held().count());
        if held + added > PRINCIPALS {
            notes.push(
                Message::from("the policy of ")
                    .name(on.full_name().as_str())
                    .text(format!(
                        " would name {} principals: no policy may name more than {PRINCIPALS}",
                        held + added
                    )),
            );
        }
    }
    notes.extend(conditions(cx, account));
    if account
        .references
        .iter()
        .any(|reference| reference.kind == ReferenceKind::Encryption)
    {
        notes.push(Message::from(
            "disks or images are encrypted as the old account: it has to stay until none is",
        ));
    }
    notes
}

/// Returns a note where a condition above the account names it: it will not hold for the new ones.
fn conditions(cx: &Context<'_>, account: &Account) -> Vec<Message> {
    let facts = &account.facts;
    let project = PolicyNode::Project(facts.project.clone());
    let nodes = [&project].into_iter().chain(cx.index.above(&facts.project));
    let policies = nodes.filter_map(|node| cx.index.policy(node));
    let names_it = |policy: &&Policy| {
        let mut conditions = policy
            .bindings
            .iter()
            .filter_map(|binding| binding.condition.as_ref());
        conditions.any(|condition| {
            condition.expression.contains(facts.email.as_str())
                || condition.expression.contains(facts.unique_id.as_str())
        })
    };
    let named = policies.filter(names_it).map(|policy| {
        Message::from("a condition in the policy of ")
            .name(policy.on.full_name().as_str())
            .text(" names the old account: it does not hold for the new ones, unless it is changed")
    });
    named.collect()
}

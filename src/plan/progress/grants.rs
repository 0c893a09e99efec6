//! Roles given and taken, and Data Access logs: what stands in policies.

use crate::model::access::{Held, PolicyNode};
use crate::model::coverage::Dataset;
use crate::model::names::{FederatedSelector, Member, MemberKind};
use crate::model::plan::{AuditLogs, Holder, Identities, NewAccount, Plan, PlannedGrant, Value};
use crate::model::scope::Scope;

use super::world::new_accounts;
use super::{Sight, World};

/// How far a policy's binding is the planned one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// It may be: the plan does not know its member whole.
    Perhaps,
    Exact,
}

pub(super) fn given(grant: &PlannedGrant, plan: &Plan, world: &World<'_>) -> Sight {
    match standing(grant, plan, world) {
        (Some(Match::Exact), _) => Sight::Done(None),
        (Some(Match::Perhaps), _) => Sight::Unseen(
            "somebody of the kind holds the role, and who it should be is not known".into(),
        ),
        (None, true) => Sight::NotYet,
        (None, false) => Sight::unread("the policy"),
    }
}

pub(super) fn taken(grant: &PlannedGrant, plan: &Plan, world: &World<'_>) -> Sight {
    match standing(grant, plan, world) {
        (Some(Match::Exact), _) => Sight::NotYet,
        (Some(Match::Perhaps), _) => Sight::Unseen(
            "somebody of the kind holds the role, and who it should be is not known".into(),
        ),
        (None, true) => Sight::Done(None),
        (None, false) => Sight::unread("the policy"),
    }
}

/// Returns how far the binding stands, and whether one that is absent is not there.
fn standing(grant: &PlannedGrant, plan: &Plan, world: &World<'_>) -> (Option<Match>, bool) {
    let on = match planned_account(&grant.on, plan) {
        None => grant.on.clone(),
        Some(new) => match world.made(new) {
            Some(made) => PolicyNode::Account(made.reference()),
            // Nothing stands on what is not made, as far as the accounts were read.
            None => return (None, world.is_whole(&new.project, Dataset::ServiceAccounts)),
        },
    };
    let held = world
        .policy(&on)
        .into_iter()
        .flat_map(|policy| policy.held());
    let planned = grant
        .condition
        .as_ref()
        .map(|when| when.expression.as_str());
    let same = held.filter(|held: &Held<'_>| {
        held.role == grant.role && held.condition.map(|when| when.expression.as_str()) == planned
    });
    let found = same
        .filter_map(|held| matched(&grant.member, held.member, plan, world))
        .max();
    (found, is_read(&on, world))
}

/// Returns the account of the plan's making that a binding is on.
fn planned_account<'p>(on: &PolicyNode, plan: &'p Plan) -> Option<&'p NewAccount> {
    new_accounts(plan).find(|new| new.node() == *on)
}

fn matched(planned: &Holder, held: &Member, plan: &Plan, world: &World<'_>) -> Option<Match> {
    match planned {
        Holder::Member(member) => {
            // The member of an account that is to be deleted is written as it will be then: until then it stands alive.
            let alive = if let MemberKind::Deleted { was, .. } = member.kind() {
                was
            } else {
                member
            };
            let same = match alive.address() {
                Some(email) => held.address() == Some(world.address(email, plan)),
                None => held == alive,
            };
            (same || held == member).then_some(Match::Exact)
        }
        Holder::Group(group) => {
            let MemberKind::Group(held) = held.kind() else {
                return None;
            };
            is(group, held)
        }
        Holder::Federated {
            project_number,
            pool,
            identities,
        } => {
            let held_pool = held.pool().filter(|held| held.pool == *pool)?;
            let of_pool = is(project_number, &held_pool.project)?;
            let identity = match identities {
                Identities::Subject(subject) => {
                    let MemberKind::Federated(held) = held.kind() else {
                        return None;
                    };
                    is(subject, &held.subject)
                }
                Identities::Attribute { name, value } => {
                    let FederatedSelector::Attribute {
                        name: attribute,
                        value: held,
                    } = &held.federated_set()?.of
                    else {
                        return None;
                    };
                    is(value, held).filter(|_| attribute == name)
                }
            };
            identity.map(|identity| identity.min(of_pool))
        }
    }
}

/// Returns whether a text is the planned one; `None`: it is not.
fn is(planned: &Value, text: &str) -> Option<Match> {
    match planned {
        Value::Known(known) => (known == text).then_some(Match::Exact),
        Value::Variable(_) => Some(Match::Perhaps),
    }
}

/// Returns whether a binding that is absent from a node's policy is not there.
fn is_read(on: &PolicyNode, world: &World<'_>) -> bool {
    let coverage = &world.estate.coverage;
    match on {
        PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Project(_) => on
            .scope()
            .is_some_and(|scope| world.is_all_read(&scope, Dataset::Policies)),
        PolicyNode::Account(account) => {
            world.is_all_read(&Scope::Account(account.clone()), Dataset::AccountPolicies)
        }
        // Which project has a resource its name does not always tell: all of them have to be read.
        PolicyNode::Resource(_) => {
            let mut readings = coverage
                .iter()
                .filter(|(_, dataset, _)| *dataset == Dataset::ResourcePolicies)
                .peekable();
            readings.peek().is_some() && readings.all(|(_, _, reading)| reading.is_whole())
        }
    }
}

/// Logs are on where the project's policy, or one above it, switches every kind on and exempts nobody.
pub(super) fn logged(logs: &AuditLogs, world: &World<'_>) -> Sight {
    let project = PolicyNode::Project(logs.project.clone());
    let mut nodes = vec![project];
    nodes.extend(world.estate.ancestors(&logs.project));
    let configs = nodes
        .iter()
        .filter_map(|node| world.policy(node))
        .flat_map(|policy| &policy.audit)
        .filter(|config| config.service == logs.service || config.service == "allServices")
        .filter(|config| config.exempted.is_empty());
    let on: Vec<_> = configs.flat_map(|config| &config.log_types).collect();
    if logs.types.iter().all(|wanted| on.contains(&wanted)) {
        Sight::Done(None)
    } else if nodes.iter().all(|node| is_read(node, world)) {
        Sight::NotYet
    } else {
        Sight::unread("the policies of the project and above it")
    }
}

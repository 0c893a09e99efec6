//! A plan + later scans → which of its steps are done, which are not, and which no scan can show.
//!
//! A step is done only where something that was read shows it. What was not read, or not whole, is "cannot be seen".

mod credentials;
mod grants;
mod world;

use chrono::{DateTime, Utc};

use crate::model::access::PolicyNode;
use crate::model::action::Risk;
use crate::model::coverage::Dataset;
use crate::model::federation::FederationState;
use crate::model::message::Message;
use crate::model::names::Email;
use crate::model::org_policy::{Constraint as Known, Effect};
use crate::model::plan::{
    Becomes, ByHand, Change, Constraint, Federate, NewAccount, Plan, PlannedPool, PlannedProvider,
    Step, Switch, Value,
};
use crate::model::progress::{Due, Progress, StepState, When};
use crate::model::reference::Reference;

pub use world::World;

/// What one scan shows of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sight {
    /// It is done: since then, where something tells.
    Done(Option<DateTime<Utc>>),
    NotYet,
    Unseen(Message),
}

impl Sight {
    fn unread(what: &str) -> Self {
        Self::Unseen(Message::from(what).text(" could not all be read"))
    }
}

/// Returns how far a plan is done by a scan. `before` is what the scan before it showed: what was done then, and still is,
/// has been done since then.
#[must_use]
pub fn progress(plan: &Plan, world: &World<'_>, before: Option<&Progress>) -> Progress {
    let seen_at = world.estate.observed_at;
    let sights = plan.steps.iter().enumerate().map(|(index, step)| {
        let since = match before.and_then(|before| before.steps.get(index)) {
            Some(StepState::Done { since }) => *since,
            Some(StepState::NotYet(_) | StepState::Unseen(_)) | None => seen_at,
        };
        match sight(&step.change, plan, world) {
            Sight::Done(told) => Sight::Done(Some(told.unwrap_or(since).min(seen_at))),
            other @ (Sight::NotYet | Sight::Unseen(_)) => other,
        }
    });
    let sights: Vec<Sight> = sights.collect();
    let states = sights.iter().enumerate().map(|(index, sight)| match sight {
        Sight::Done(since) => StepState::Done {
            since: since.unwrap_or(seen_at),
        },
        Sight::NotYet => StepState::NotYet(due(index, &plan.steps, &sights, seen_at)),
        Sight::Unseen(why) => StepState::Unseen(why.clone()),
    });
    Progress {
        seen_at,
        steps: states.collect(),
    }
}

/// Returns when a step that is not done is due.
fn due(index: usize, steps: &[Step], sights: &[Sight], now: DateTime<Utc>) -> Due {
    let before = || sights.iter().take(index).enumerate();
    let unseen = before().filter(|(_, sight)| matches!(sight, Sight::Unseen(_)));
    let look_first: Vec<usize> = unseen.map(|(step, _)| step).collect();
    let open = before().find(|(_, sight)| **sight == Sight::NotYet);
    let when = match (open, steps.get(index).and_then(|step| step.wait)) {
        (Some((step, _)), _) => When::Behind(step),
        (None, None) => When::Now,
        (None, Some(wait)) => {
            let done = before().filter_map(|(_, sight)| match sight {
                Sight::Done(since) => *since,
                Sight::NotYet | Sight::Unseen(_) => None,
            });
            // Behind something that can break what runs and that nobody has seen done, no wait has begun.
            let doubtful = look_first.iter().any(|step| {
                let step = steps.get(*step);
                step.is_some_and(|step| step.change.risk() >= Risk::Disruptive)
            });
            let begin = done.max().filter(|_| !doubtful).unwrap_or(now);
            let end = begin + wait.at_least;
            if end <= now {
                When::Overdue(end)
            } else {
                When::From(end)
            }
        }
    };
    Due { when, look_first }
}

fn sight(change: &Change, plan: &Plan, world: &World<'_>) -> Sight {
    let since = plan.observed_at;
    match change {
        Change::CreateAccount(account) => created(account, world),
        Change::Grant(grant) => grants::given(grant, plan, world),
        Change::Revoke(grant) => grants::taken(grant, plan, world),
        Change::Switch(switch) => switched(switch, plan, world),
        Change::CreatePool(pool) => pool_made(pool, world),
        Change::CreateProvider(provider) => provider_made(provider, world),
        Change::Federate(federate) => federated(federate, plan, world),
        Change::UsePersonalLogin { account, key, .. }
        | Change::UseAttachedAccount { account, key, .. } => {
            credentials::silent(account, key, since, world)
        }
        Change::RotateKey { account, key } => credentials::rotated(account, key, since, world),
        Change::DisableKey(key) => credentials::key_off(key, world),
        Change::EnableKey(key) => credentials::key_on(key, world),
        Change::DeleteKey(key) => credentials::key_gone(key, world),
        Change::DisableAccount(account) => credentials::account_off(account, world),
        Change::EnableAccount(account) | Change::UndeleteAccount(account) => {
            credentials::account_on(account, world)
        }
        Change::DeleteAccount(account) => credentials::account_gone(account, world),
        Change::CreateAlert(_) => Sight::Unseen("a scan reads no alert policies".into()),
        Change::EnableAuditLogs(logs) => grants::logged(logs, world),
        Change::EnforceConstraint(constraint) => enforced(constraint, world),
        Change::ByHand(by_hand) => done_by_hand(by_hand, since, world),
    }
}

fn created(account: &NewAccount, world: &World<'_>) -> Sight {
    match world.made(account) {
        Some(made) => Sight::Done(made.facts.created),
        None if world.is_whole(&account.project, Dataset::ServiceAccounts) => Sight::NotYet,
        None => Sight::unread("the accounts of its project"),
    }
}

fn switched(switch: &Switch, plan: &Plan, world: &World<'_>) -> Sight {
    let naming = world.naming(&switch.resource);
    let names = |email: &Email| naming.iter().any(|account| account.facts.email == *email);
    if names(&switch.from) {
        Sight::NotYet
    } else if names(world.address(&switch.to, plan)) {
        Sight::Done(None)
    } else if naming.is_empty() {
        Sight::Unseen("the resource is not there any more, or was not read".into())
    } else {
        Sight::Unseen("the resource names another account".into())
    }
}

fn pool_made(planned: &PlannedPool, world: &World<'_>) -> Sight {
    let mut pools = world.estate.pools.iter();
    let found = pools.find(|pool| pool.project == planned.project && pool.id == planned.id);
    match found.map(|pool| pool.state) {
        Some(FederationState::Active) => Sight::Done(None),
        Some(FederationState::Unknown) => {
            Sight::Unseen("whether the pool takes tokens is not known".into())
        }
        Some(FederationState::Disabled | FederationState::Deleted) => Sight::NotYet,
        None if world.is_whole(&planned.project, Dataset::Federation) => Sight::NotYet,
        None => Sight::unread("the pools of its project"),
    }
}

fn provider_made(planned: &PlannedProvider, world: &World<'_>) -> Sight {
    let pools = world.estate.pools.iter();
    let of_pool = pools.filter(|pool| pool.project == planned.project && pool.id == planned.pool);
    let mut providers = of_pool.flat_map(|pool| &pool.providers);
    match providers.find(|provider| provider.id == planned.id) {
        Some(provider) => match provider.state {
            FederationState::Active if provider.condition.is_empty() => Sight::Unseen(
                "the provider is there, and has no condition: it takes every token of its issuer"
                    .into(),
            ),
            FederationState::Active => Sight::Done(None),
            FederationState::Unknown => {
                Sight::Unseen("whether the provider takes tokens is not known".into())
            }
            FederationState::Disabled | FederationState::Deleted => Sight::NotYet,
        },
        None if world.is_whole(&planned.project, Dataset::Federation) => Sight::NotYet,
        None => Sight::unread("the providers of its project"),
    }
}

/// A caller signs in by the pool once calls of it are logged, and no longer by the key once that was not seen since.
fn federated(federate: &Federate, plan: &Plan, world: &World<'_>) -> Sight {
    let since = plan.observed_at;
    let used = credentials::silent(&federate.key.account, &federate.key.key, since, world);
    if used == Sight::NotYet {
        return Sight::NotYet;
    }
    let pool = format!("/workloadIdentityPools/{}/", federate.pool);
    let number = match &federate.project_number {
        Value::Known(number) => Some(format!("projects/{number}/")),
        Value::Variable(_) => None,
    };
    let is_of_pool = |name: &str| {
        name.contains(&pool) && number.as_ref().is_none_or(|number| name.contains(number))
    };
    let begin = world.calls.callers.iter().filter_map(|caller| {
        let by = caller.delegate.as_deref().unwrap_or_default();
        let signs_in = match &federate.becomes {
            Becomes::Itself(_) => is_of_pool(caller.principal.name()),
            Becomes::Account { email, .. } => {
                caller.account() == world.address(email, plan).as_str()
                    && (is_of_pool(by) || is_of_pool(caller.principal.name()))
            }
        };
        (signs_in && caller.seen.to > since).then_some(caller.seen.from.max(since))
    });
    match begin.min() {
        Some(begin) => Sight::Done(Some(begin)),
        None => Sight::Unseen("no call by the pool is logged since".into()),
    }
}

fn enforced(planned: &Constraint, world: &World<'_>) -> Sight {
    let Some(constraint) = Known::of_name(&planned.constraint) else {
        return Sight::Unseen("a scan does not read this constraint".into());
    };
    let estate = world.estate;
    let set = match &planned.on {
        PolicyNode::Project(project) => estate.org_policy(project, constraint),
        node @ (PolicyNode::Organization(_)
        | PolicyNode::Folder(_)
        | PolicyNode::Account(_)
        | PolicyNode::Resource(_)) => estate
            .org_policies
            .iter()
            .find(|policy| policy.on == *node && policy.constraint == constraint),
    };
    match set {
        Some(policy) if policy.conditional => {
            Sight::Unseen("the policy has conditions, which are not evaluated".into())
        }
        Some(policy) => match &policy.effect {
            Effect::Enforced | Effect::DenyAll => Sight::Done(None),
            Effect::NotEnforced | Effect::AllowAll => Sight::NotYet,
            Effect::Values { .. } | Effect::Unknown => {
                Sight::Unseen("the policy says something that is not evaluated".into())
            }
        },
        None => {
            let scope = planned.on.scope();
            if scope.is_some_and(|scope| world.is_all_read(&scope, Dataset::OrgPolicies)) {
                Sight::NotYet
            } else {
                Sight::unread("the organization policies")
            }
        }
    }
}

fn done_by_hand(by_hand: &ByHand, since: DateTime<Utc>, world: &World<'_>) -> Sight {
    match by_hand {
        ByHand::FindOwner(_) | ByHand::FindCaller { .. } | ByHand::Other(_) => {
            Sight::Unseen("a person does it".into())
        }
        ByHand::Federate { key, .. } => credentials::silent(&key.account, &key.key, since, world),
        ByHand::ReplaceReference { reference, .. } => replaced(reference, world),
    }
}

fn replaced(reference: &Reference, world: &World<'_>) -> Sight {
    let mut naming = world.naming(&reference.resource).iter();
    let still = naming.any(|account| {
        let mut held = account.references.iter();
        held.any(|held| {
            held.resource == reference.resource
                && held.field == reference.field
                && held.account == reference.account
        })
    });
    let read = match &reference.project {
        Some(project) => world.is_whole(project, Dataset::References),
        None => false,
    };
    match (still, read) {
        (true, _) => Sight::NotYet,
        (false, true) => Sight::Done(None),
        (false, false) => Sight::unread("what names accounts by their addresses"),
    }
}

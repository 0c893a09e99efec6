//! What a plan leaves of an account, and what it makes: new accounts, providers.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::access::PolicyNode;
use crate::model::account::ServiceAccount;
use crate::model::estate::Account;
use crate::model::federation::{FederationState, Issuer, Provider};
use crate::model::grant::{ActAs, Actor, Grant};
use crate::model::idle::{Creation, Life};
use crate::model::names::{Email, UniqueId};
use crate::model::plan::{
    ByHand, Change, Claim, ClaimTest, Holder, NewAccount, PlannedGrant, PlannedIssuer,
    PlannedProvider, Step, Value,
};
use crate::model::scope::AccountRef;
use crate::model::usage::{LastUse, WhyUnknown};

use super::identity::Identity;
use super::place::Node;
use super::state::{State, Switched};
use super::who::{self, Who};
use super::world::{Share, World};

/// What stands for a number or an id that is still to be filled in.
pub(super) const FILLED_IN: &str = "1";

const WAYS: [&str; 6] = [
    "iam.serviceAccounts.actAs",
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken",
    "iam.serviceAccounts.implicitDelegation",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
];

/// Leaves of an account what a plan leaves of it.
pub(super) fn leave(
    account: &mut Account,
    steps: &[Step],
    state: &State<'_>,
    identities: &BTreeMap<String, BTreeSet<Identity>>,
) {
    let email = account.facts.email.clone();
    match state.account(&email) {
        Some(Switched::Off) => account.facts.disabled = true,
        Some(Switched::On) => account.facts.disabled = false,
        Some(Switched::Gone) | None => {}
    }
    account
        .keys
        .retain_mut(|key| match state.key(&email, &key.facts.id) {
            Some(Switched::Gone) => false,
            Some(switched) => {
                key.facts.disabled = switched == Switched::Off;
                true
            }
            None => true,
        });
    let (world, node) = (state.world, Node::account(&email));
    account.grants.retain(|grant| stands(state, grant));
    account.grants.extend(grants(state, &email));
    account.grants.sort();
    account.actors.retain(|actor| {
        let share = Share {
            role: &actor.role,
            condition: actor.condition.as_ref(),
        };
        let who = Who::member(&actor.member);
        who.is_none_or(|who| state.stands(&who, &world.node(&actor.on), &share))
    });
    let on = PolicyNode::Account(account.reference());
    account.actors.extend(actors(state, &node, &on));
    account.actors.sort();
    // What signed in as nothing that is switched on stays where it was.
    account.workloads.retain(|of| {
        let identities = identities.get(&of.id).filter(|of| !of.is_empty());
        identities.is_none_or(|identities| are(identities, &email))
    });
    for step in steps {
        if let Change::ByHand(ByHand::ReplaceReference { reference, .. }) = &step.change {
            account.references.retain(|held| held != reference);
        }
    }
}

/// Returns an account that a plan makes, with what the plan gives it and the workloads that run as it in the end.
pub(super) fn newcomer(
    new: &AccountRef,
    old: &Account,
    state: &State<'_>,
    identities: &BTreeMap<String, BTreeSet<Identity>>,
) -> Account {
    let node = Node::account(&new.email);
    let mut actors = actors(state, &node, &PolicyNode::Account(new.clone()));
    // Whoever may act as every account of the project, and above, may act as this one.
    if new.project == old.facts.project {
        let inherited = old.actors.iter().filter(|actor| {
            !actor.path.is_empty() || actor.on == PolicyNode::Project(new.project.clone())
        });
        actors.extend(inherited.cloned());
    }
    actors.sort();
    let mut grants: Vec<Grant> = grants(state, &new.email).collect();
    grants.sort();
    let workloads = old.workloads.iter();
    let workloads = workloads.filter(|of| {
        let identities = identities.get(&of.id);
        identities.is_some_and(|identities| are(identities, &new.email))
    });
    Account {
        facts: ServiceAccount {
            unique_id: new.unique_id.clone(),
            email: new.email.clone(),
            project: new.project.clone(),
            display_name: String::new(),
            description: String::new(),
            disabled: state.account(&new.email) == Some(Switched::Off),
            created: Some(state.world.estate.observed_at),
        },
        keys: Vec::new(),
        other_credentials: Vec::new(),
        last_use: LastUse::Unknown {
            why: WhyUnknown::NoRow,
        },
        life: Life {
            disabled: None,
            created: Creation::At(state.world.estate.observed_at),
            enabled: None,
            log_since: None,
        },
        callers: Vec::new(),
        exercised: Vec::new(),
        grants,
        actors,
        workloads: workloads.cloned().collect(),
        references: Vec::new(),
    }
}

/// Returns the n-th account that a plan makes as findings name one: Google gives it its unique id when it is made.
pub(super) fn reference(new: &NewAccount, nth: u32) -> AccountRef {
    AccountRef {
        project: new.project.clone(),
        email: new.email.clone(),
        unique_id: UniqueId::parse(&nth.to_string()).expect("a number is one"),
    }
}

fn stands(state: &State<'_>, grant: &Grant) -> bool {
    let share = Share {
        role: &grant.role,
        condition: grant.condition.as_ref(),
    };
    let who = Who::member(&grant.through);
    who.is_none_or(|who| state.stands(&who, &state.world.node(&grant.on), &share))
}

/// Returns the roles that a plan gives to an account.
fn grants(state: &State<'_>, email: &Email) -> impl Iterator<Item = Grant> {
    let who = Who::account(email);
    let given = state.given();
    given.filter_map(move |grant| {
        let Holder::Member(through) = &grant.member else {
            return None;
        };
        (Who::member(through).as_ref() == Some(&who)).then(|| Grant {
            role: grant.role.clone(),
            on: grant.on.clone(),
            through: through.clone(),
            condition: grant.condition.clone(),
        })
    })
}

/// Returns who may act as an account by what a plan gives on it.
fn actors(state: &State<'_>, node: &Node, on: &PolicyNode) -> Vec<Actor> {
    let given = state
        .given()
        .filter(|grant| state.world.node(&grant.on) == *node);
    let actors = given.filter_map(|grant| {
        let ways = ways(state.world, grant);
        let Holder::Member(member) = &grant.member else {
            return None;
        };
        (!ways.is_empty() && member.is_somebody()).then(|| Actor {
            member: member.clone(),
            ways,
            role: grant.role.clone(),
            on: on.clone(),
            path: Vec::new(),
            condition: grant.condition.clone(),
        })
    });
    actors.collect()
}

fn ways(world: &World<'_>, grant: &PlannedGrant) -> Vec<ActAs> {
    let given = WAYS
        .iter()
        .filter(|way| world.gives(&grant.role, way) == Some(true));
    let mut ways: Vec<ActAs> = given.filter_map(|way| ActAs::of_permission(way)).collect();
    ways.sort();
    ways
}

/// Returns whether one of the identities is the account.
fn are(identities: &BTreeSet<Identity>, email: &Email) -> bool {
    identities.iter().any(|of| of.account() == Some(email))
}

/// Returns a provider as IAM would list it.
pub(super) fn provider(planned: &PlannedProvider) -> Provider {
    let issuer = match &planned.issuer {
        PlannedIssuer::Oidc(uri) => Issuer::Oidc {
            uri: who::told(uri).to_owned(),
            audiences: planned
                .audiences
                .iter()
                .map(|of| filled(of).to_owned())
                .collect(),
        },
        PlannedIssuer::Aws(account) => Issuer::Aws {
            account: filled(account).to_owned(),
        },
    };
    let condition: Vec<String> = planned.condition.iter().map(claim).collect();
    Provider {
        id: planned.id.clone(),
        display_name: String::new(),
        state: FederationState::Active,
        issuer,
        mapping: planned.mapping.iter().cloned().collect(),
        condition: condition.join(" && "),
    }
}

/// Returns a claim in CEL, as far as the rules read it.
fn claim(Claim { claim, test, value }: &Claim) -> String {
    match test {
        ClaimTest::Equals => format!("{claim} == '{}'", filled(value)),
        ClaimTest::StartsWith => format!("{claim}.startsWith('{}')", filled(value)),
    }
}

/// Returns a value, or what stands for it.
pub(super) fn filled(value: &Value) -> &str {
    match value {
        Value::Known(text) => text,
        Value::Variable(_) => FILLED_IN,
    }
}

//! What each caller of an account signs in as, and with: today, and behind each step.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::estate::{Account, Key};
use crate::model::key::KeyState;
use crate::model::names::{Email, FullResourceName, KeyId};
use crate::model::plan::{Becomes, ByHand, Change, Check, Federate, Step, Switch, SwitchHow};
use crate::model::settings::Thresholds;
use crate::model::workload::{EvidenceOf, Workload, WorkloadKind, WorkloadPart};

use super::state::State;
use super::who::Who;

/// What somebody signs in as, and with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identity {
    /// An account that it is attached to, or has by a way that no plan cuts off but by switching the account off.
    Attached(Email),
    /// An account, by a key of it.
    ByKey(Email, KeyId),
    /// An account whose tokens it may take.
    Taking {
        /// Who takes them.
        by: Who,
        /// The account.
        account: Email,
    },
    /// Itself, without an account.
    Itself(Who),
    /// Whatever somebody sets up by hand.
    ByHand,
    /// Nothing that would work.
    Nothing,
}

impl Identity {
    /// Returns the account that it is.
    pub(super) fn account(&self) -> Option<&Email> {
        match self {
            Self::Attached(email) | Self::ByKey(email, _) | Self::Taking { account: email, .. } => {
                Some(email)
            }
            Self::Itself(_) | Self::ByHand | Self::Nothing => None,
        }
    }

    /// Returns it as text; empty where nothing is known of it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Attached(email) | Self::ByKey(email, _) | Self::Taking { account: email, .. } => {
                email.to_string()
            }
            Self::Itself(who) => who.to_string(),
            Self::ByHand | Self::Nothing => String::new(),
        }
    }
}

/// Somebody who calls as an account.
#[derive(Debug)]
pub(super) struct Caller<'w> {
    /// The workload's id; empty for somebody of whom nothing else is known.
    pub(super) id: &'w str,
    /// What it signs in as; several while some of its resources have been switched and others have not.
    pub(super) identities: BTreeSet<Identity>,
    /// Resources that are still to be switched before it has left what it was.
    left: BTreeSet<&'w FullResourceName>,
}

impl<'w> Caller<'w> {
    pub(super) fn new(id: &'w str, identities: impl IntoIterator<Item = Identity>) -> Self {
        Self {
            id,
            identities: identities.into_iter().collect(),
            left: BTreeSet::new(),
        }
    }

    fn has_key(&self, key: &KeyId) -> bool {
        let is_it =
            |identity: &Identity| matches!(identity, Identity::ByKey(_, held) if held == key);
        self.identities.iter().any(is_it)
    }

    /// Puts `to` in the place of what it signs in as with the key, or by hand in place of it. Whatever else it signs in as
    /// stays: a workload that the user has grouped may have the key in one part alone.
    fn leave_key(&mut self, key: &KeyId, to: Identity) {
        self.identities.retain(|identity| match identity {
            Identity::ByKey(_, held) => held != key,
            Identity::ByHand => false,
            Identity::Attached(_)
            | Identity::Taking { .. }
            | Identity::Itself(_)
            | Identity::Nothing => true,
        });
        self.identities.insert(to);
    }
}

/// Returns who calls as the account today, as far as anything tells, in view of the steps of a plan.
pub(super) fn callers<'w>(
    account: &'w Account,
    thresholds: &Thresholds,
    state: &State<'w>,
    steps: &'w [Step],
) -> Vec<Caller<'w>> {
    let now = state.world.estate.observed_at;
    let email = &account.facts.email;
    let workloads = account.workloads.iter();
    let mut callers: Vec<Caller<'w>> = workloads
        .map(|workload| Caller {
            left: to_switch(workload, steps),
            ..Caller::new(&workload.id, identities(account, workload))
        })
        .collect();
    // A key that was seen of late, and no workload tells by whom.
    let keys = account.user_managed_keys().filter(|key| {
        key.last_use.seen_within(now, thresholds.active_within)
            && key.facts.state(now) == KeyState::Enabled
    });
    for key in keys {
        let id = &key.facts.id;
        if !callers.iter().any(|caller| caller.has_key(id)) {
            callers.push(Caller::new(
                "",
                [Identity::ByKey(email.clone(), id.clone())],
            ));
        }
    }
    let is_seen = account
        .last_use
        .seen_within(now, thresholds.max_account_idle);
    if callers.is_empty() && is_seen {
        callers.push(Caller::new("", [Identity::Attached(email.clone())]));
    }
    callers
}

/// Returns what the facts under a workload say that it signs in as.
fn identities(account: &Account, workload: &Workload) -> BTreeSet<Identity> {
    let email = &account.facts.email;
    let taking = |by: Who| Identity::Taking {
        by,
        account: email.clone(),
    };
    if workload.kind == WorkloadKind::Impersonator {
        let other = workload.id.strip_prefix("impersonator/");
        let other = other.and_then(|other| Email::parse(other).ok());
        return BTreeSet::from([match other {
            Some(other) => taking(Who::account(&other)),
            None => Identity::Attached(email.clone()),
        }]);
    }
    if workload.kind == WorkloadKind::KeyCaller {
        return BTreeSet::from([match key_of(account, workload) {
            Some(key) => Identity::ByKey(email.clone(), key.facts.id.clone()),
            None => Identity::Attached(email.clone()),
        }]);
    }
    let parts = workload.parts.iter().map(|part| match part {
        WorkloadPart::Member(member) => Who::member(member).map(taking),
        WorkloadPart::Resource { .. } => None,
    });
    let attached = || Identity::Attached(email.clone());
    let found: BTreeSet<Identity> = parts
        .map(|taking| taking.unwrap_or_else(attached))
        .collect();
    if found.is_empty() {
        BTreeSet::from([attached()])
    } else {
        found
    }
}

/// Returns the key that a caller of keys uses: of several, one after the other, the one that was used last.
fn key_of<'a>(account: &'a Account, workload: &Workload) -> Option<&'a Key> {
    let last = |key: &&Key| key.callers.iter().map(|caller| caller.call.seen.to).max();
    let keys = account.keys.iter().filter(|key| {
        let id = &key.facts.id;
        let named = format!("key {id}");
        workload.id.starts_with(&format!("key/{id}/"))
            || workload.evidence.iter().any(|shown| match &shown.resource {
                EvidenceOf::Calls(text) => {
                    let rest = text.strip_prefix(&named);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
                }
                EvidenceOf::Resource(_) | EvidenceOf::Member(_) => false,
            })
    });
    keys.max_by_key(last)
}

/// Returns the resources of a workload that have to be switched before it has left its account: those that the plan
/// switches, and those of the same type that it was collapsed from. What is of another type may be made by the others.
fn to_switch<'w>(workload: &'w Workload, steps: &'w [Step]) -> BTreeSet<&'w FullResourceName> {
    let mut left = BTreeSet::new();
    let mut types: BTreeSet<&str> = BTreeSet::new();
    for step in steps {
        if let Change::Switch(switch) = &step.change
            && switch.workload == workload.id
        {
            left.insert(&switch.resource);
            // Runs that end by themselves are not switched one by one.
            if switch.how != SwitchHow::NextLaunch {
                types.insert(&switch.asset_type);
            }
        }
    }
    for part in &workload.parts {
        if let WorkloadPart::Resource {
            resource,
            asset_type,
            ..
        } = part
            && types.contains(asset_type.as_str())
        {
            left.insert(resource);
        }
    }
    left
}

/// Lets the callers that a change moves sign in as what it says.
pub(super) fn apply<'w>(callers: &mut [Caller<'w>], change: &'w Change, state: &State<'_>) {
    match change {
        Change::Switch(switch) => {
            for caller in named(callers, &switch.workload) {
                move_resource(caller, switch);
            }
        }
        Change::Federate(federate) => {
            for caller in with_key(callers, &federate.workload, &federate.key.key) {
                caller.leave_key(&federate.key.key, federated(federate, state));
            }
        }
        Change::UseAttachedAccount {
            account: _,
            key,
            workload,
            to,
        } => {
            for caller in with_key(callers, workload, key) {
                caller.leave_key(key, Identity::Attached(to.clone()));
            }
        }
        // As themselves they may do more or less; what was seen they may do by impersonation.
        Change::UsePersonalLogin {
            account: _,
            key,
            to,
        } => {
            let people = callers.iter_mut().filter(|caller| caller.has_key(key));
            for caller in people.filter(|caller| may_be_a_person(caller.id)) {
                caller.leave_key(key, Identity::Attached(to.clone()));
            }
        }
        Change::RotateKey { account, key } => {
            for caller in callers.iter_mut().filter(|caller| caller.has_key(key)) {
                caller.leave_key(key, Identity::Attached(account.clone()));
            }
        }
        Change::ByHand(ByHand::Federate { key, .. }) => {
            for caller in callers.iter_mut().filter(|caller| caller.has_key(&key.key)) {
                caller.leave_key(&key.key, Identity::ByHand);
            }
        }
        Change::CreateAccount(_)
        | Change::Grant(_)
        | Change::Revoke(_)
        | Change::CreatePool(_)
        | Change::CreateProvider(_)
        | Change::DisableKey(_)
        | Change::EnableKey(_)
        | Change::DeleteKey(_)
        | Change::DisableAccount(_)
        | Change::EnableAccount(_)
        | Change::DeleteAccount(_)
        | Change::UndeleteAccount(_)
        | Change::CreateAlert(_)
        | Change::EnableAuditLogs(_)
        | Change::EnforceConstraint(_)
        | Change::ByHand(
            ByHand::FindOwner(_)
            | ByHand::FindCaller { .. }
            | ByHand::ReplaceReference { .. }
            | ByHand::Other(_),
        ) => {}
    }
}

/// Lets those who take tokens have moved to the accounts that the plan makes for them, where a step is done only once they
/// have: what a Kubernetes service account or another account takes tokens of is set where they run, by hand. What the
/// account is attached to is switched by a step of its own, or not at all. Returns whether anybody moved.
pub(super) fn believe(callers: &mut [Caller<'_>], checks: &[Check], state: &State<'_>) -> bool {
    let mut moved = false;
    for check in checks {
        let Check::Switched(workloads) = check else {
            continue;
        };
        for caller in callers.iter_mut() {
            let new = state.made().find(|new| new.workload == caller.id);
            let Some(new) = new.filter(|_| workloads.iter().any(|of| of == caller.id)) else {
                continue;
            };
            let identities = std::mem::take(&mut caller.identities).into_iter();
            caller.identities = identities
                .map(|identity| match &identity {
                    Identity::Taking { account, .. } if *account != new.email => {
                        moved = true;
                        onto(&identity, &new.email)
                    }
                    Identity::Taking { .. }
                    | Identity::Attached(_)
                    | Identity::ByKey(..)
                    | Identity::Itself(_)
                    | Identity::ByHand
                    | Identity::Nothing => identity,
                })
                .collect();
        }
    }
    moved
}

fn named<'c, 'w>(
    callers: &'c mut [Caller<'w>],
    workload: &str,
) -> impl Iterator<Item = &'c mut Caller<'w>> {
    callers
        .iter_mut()
        .filter(move |caller| caller.id == workload)
}

/// Returns the workload, and whoever uses the key and is not known to be anybody else.
fn with_key<'c, 'w>(
    callers: &'c mut [Caller<'w>],
    workload: &str,
    key: &KeyId,
) -> impl Iterator<Item = &'c mut Caller<'w>> {
    callers
        .iter_mut()
        .filter(move |caller| caller.id == workload || caller.id.is_empty() && caller.has_key(key))
}

/// Switches one resource: the workload is both until all of its resources are switched.
fn move_resource<'w>(caller: &mut Caller<'w>, switch: &'w Switch) {
    caller.left.remove(&switch.resource);
    let moved = caller.identities.iter().filter_map(|identity| {
        let from = identity.account().filter(|from| **from == switch.from);
        from.map(|_| (identity.clone(), onto(identity, &switch.to)))
    });
    let moved: BTreeMap<Identity, Identity> = moved.collect();
    for (from, to) in moved {
        caller.identities.insert(to);
        if caller.left.is_empty() {
            caller.identities.remove(&from);
        }
    }
}

/// Returns the identity with another account.
fn onto(identity: &Identity, to: &Email) -> Identity {
    match identity {
        Identity::Taking { by, .. } => Identity::Taking {
            by: by.clone(),
            account: to.clone(),
        },
        Identity::Attached(_)
        | Identity::ByKey(..)
        | Identity::Itself(_)
        | Identity::ByHand
        | Identity::Nothing => Identity::Attached(to.clone()),
    }
}

fn federated(federate: &Federate, state: &State<'_>) -> Identity {
    let (holder, account) = match &federate.becomes {
        Becomes::Itself(holder) => (holder, None),
        Becomes::Account { email, holder, .. } => (holder, Some(email)),
    };
    let Some(who) = Who::holder(holder) else {
        return Identity::Nothing;
    };
    match account {
        _ if !state.has_provider(&federate.pool, &federate.provider) => Identity::Nothing,
        None => Identity::Itself(who),
        Some(email) => Identity::Taking {
            by: who,
            account: email.clone(),
        },
    }
}

/// Returns whether a caller of a key may be a person at a workstation: a key's workload has the place behind the key.
fn may_be_a_person(workload: &str) -> bool {
    let place = workload.splitn(3, '/').nth(2).unwrap_or_default();
    place.is_empty()
        || ["workstation", "a workstation"]
            .iter()
            .any(|at| place.starts_with(at))
}

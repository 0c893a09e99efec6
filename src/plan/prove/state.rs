//! The bindings at one moment of a plan: today's, less what was taken away, and what was given since.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::model::access::Condition;
use crate::model::federation::FederationState;
use crate::model::key::KeyState;
use crate::model::names::{Email, KeyId, ProjectId};
use crate::model::plan::{Change, Holder, NewAccount, PlannedGrant, Step, WhyDenied};

use super::place::Node;
use super::who::Who;
use super::world::{Share, World};

/// How old a binding has to be before it is relied on.
///
/// Source: <https://cloud.google.com/iam/docs/access-change-propagation>: about two minutes, seven and more at times.
const PROPAGATION: TimeDelta = TimeDelta::minutes(10);

/// Bindings and identities at one moment.
pub(super) struct State<'w> {
    pub(super) world: &'w World<'w>,
    /// How long the plan has been under way, by its waits alone.
    now: TimeDelta,
    given: Vec<Given<'w>>,
    taken: Vec<(Who, Node, Share<'w>)>,
    /// Accounts that the plan makes: whether they are there yet.
    planned: BTreeMap<&'w Email, (&'w NewAccount, bool)>,
    /// Accounts and keys that the plan has switched.
    accounts: BTreeMap<&'w Email, Switched>,
    keys: BTreeMap<(&'w Email, &'w KeyId), Switched>,
    /// The pools' providers that take tokens, with their pools.
    providers: BTreeSet<(&'w str, &'w str)>,
}

/// A binding that the plan gives.
struct Given<'w> {
    who: Who,
    on: Node,
    grant: &'w PlannedGrant,
    at: TimeDelta,
}

impl<'w> Given<'w> {
    fn share(&self) -> Share<'w> {
        share(self.grant)
    }
}

/// What a plan has done to an account or a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switched {
    On,
    Off,
    Gone,
}

/// What the bindings of one moment say to a permission on a resource.
#[derive(Debug, Default)]
pub(super) struct Answer<'w> {
    /// Whether a binding without a condition gives it, and has done so for long enough.
    pub(super) sure: bool,
    /// What gives it under a condition.
    pub(super) under: BTreeSet<Under<'w>>,
    too_young: bool,
    unknown_role: bool,
}

/// A binding under a condition: where it stands, the role, the condition.
pub(super) type Under<'w> = (Node, &'w str, &'w Condition);

impl Answer<'_> {
    /// Returns why it is not given.
    pub(super) fn why(&self) -> WhyDenied {
        if self.too_young {
            WhyDenied::NotPropagated
        } else if !self.under.is_empty() {
            WhyDenied::Conditional
        } else if self.unknown_role {
            WhyDenied::UnknownRole
        } else {
            WhyDenied::NotGranted
        }
    }
}

impl<'w> State<'w> {
    /// Returns today's state, in view of the steps of a plan: what they will make is not there yet.
    pub(super) fn today(world: &'w World<'w>, steps: &'w [Step]) -> Self {
        let mut planned = BTreeMap::new();
        for step in steps {
            if let Change::CreateAccount(new) = &step.change {
                planned.insert(&new.email, (new, false));
            }
        }
        let active = |state: &FederationState| *state == FederationState::Active;
        let pools = world.estate.pools.iter().filter(|pool| active(&pool.state));
        let providers = pools.flat_map(|pool| {
            let providers = pool.providers.iter().filter(|of| active(&of.state));
            providers.map(|provider| (pool.id.as_str(), provider.id.as_str()))
        });
        Self {
            world,
            now: TimeDelta::zero(),
            given: Vec::new(),
            taken: Vec::new(),
            planned,
            accounts: BTreeMap::new(),
            keys: BTreeMap::new(),
            providers: providers.collect(),
        }
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, time: TimeDelta) {
        self.now += time.max(TimeDelta::zero());
    }

    /// Does what a change does to bindings, accounts, keys and providers; returns whether it may take something away.
    pub(super) fn apply(&mut self, change: &'w Change) -> bool {
        match change {
            Change::CreateAccount(new) => {
                self.planned.insert(&new.email, (new, true));
            }
            Change::Grant(grant) => self.give(grant),
            Change::Revoke(grant) => self.take(grant),
            Change::CreateProvider(provider) => {
                self.providers.insert((&provider.pool, &provider.id));
            }
            Change::DisableKey(key) => self.set_key(&key.account.email, &key.key, Switched::Off),
            Change::EnableKey(key) => self.set_key(&key.account.email, &key.key, Switched::On),
            Change::DeleteKey(key) => self.set_key(&key.account.email, &key.key, Switched::Gone),
            Change::DisableAccount(account) => self.set_account(&account.email, Switched::Off),
            Change::EnableAccount(account) => self.set_account(&account.email, Switched::On),
            Change::DeleteAccount(account) => self.set_account(&account.email, Switched::Gone),
            // It comes back as it was deleted: disabled.
            Change::UndeleteAccount(account) => self.set_account(&account.email, Switched::Off),
            // Who signs in as whom is not in the bindings.
            Change::Switch(_)
            | Change::Federate(_)
            | Change::UsePersonalLogin { .. }
            | Change::UseAttachedAccount { .. }
            | Change::RotateKey { .. } => {}
            Change::CreatePool(_)
            | Change::CreateAlert(_)
            | Change::EnableAuditLogs(_)
            | Change::EnforceConstraint(_)
            | Change::ByHand(_) => {}
        }
        match change {
            Change::Revoke(_)
            | Change::DisableKey(_)
            | Change::DeleteKey(_)
            | Change::DisableAccount(_)
            | Change::DeleteAccount(_)
            | Change::UndeleteAccount(_)
            | Change::Switch(_)
            | Change::Federate(_)
            | Change::UsePersonalLogin { .. }
            | Change::UseAttachedAccount { .. }
            | Change::RotateKey { .. }
            | Change::ByHand(_) => true,
            Change::CreateAccount(_)
            | Change::Grant(_)
            | Change::CreatePool(_)
            | Change::CreateProvider(_)
            | Change::EnableKey(_)
            | Change::EnableAccount(_)
            | Change::CreateAlert(_)
            | Change::EnableAuditLogs(_)
            | Change::EnforceConstraint(_) => false,
        }
    }

    fn give(&mut self, grant: &'w PlannedGrant) {
        let Some(who) = Who::holder(&grant.member) else {
            return;
        };
        // Google refuses a member that is not there: the binding never comes to be.
        if let Holder::Member(member) = &grant.member
            && member.address().is_some_and(|email| !self.is_there(email))
        {
            return;
        }
        self.given.push(Given {
            who,
            on: self.world.node(&grant.on),
            grant,
            at: self.now,
        });
    }

    fn take(&mut self, grant: &'w PlannedGrant) {
        let Some(who) = Who::holder(&grant.member) else {
            return;
        };
        let (on, share) = (self.world.node(&grant.on), share(grant));
        self.given
            .retain(|given| (&given.who, &given.on, given.share()) != (&who, &on, share));
        self.taken.push((who, on, share));
    }

    fn set_key(&mut self, account: &'w Email, key: &'w KeyId, to: Switched) {
        self.keys.insert((account, key), to);
    }

    fn set_account(&mut self, account: &'w Email, to: Switched) {
        self.accounts.insert(account, to);
    }

    /// Returns what the bindings say to a permission on a resource, for somebody of these names.
    pub(super) fn ask(&self, names: &[Who], permission: &str, nodes: &[Node]) -> Answer<'w> {
        let mut answer = Answer::default();
        for who in names {
            for node in nodes {
                for share in self.world.shares(who, node) {
                    if self.stands(who, node, share) {
                        self.hear(&mut answer, node, *share, true, permission);
                    }
                }
            }
            let given = self.given.iter().filter(|given| given.who == *who);
            for given in given.filter(|given| nodes.contains(&given.on)) {
                let ripe = self.now - given.at >= PROPAGATION;
                self.hear(&mut answer, &given.on, given.share(), ripe, permission);
            }
        }
        answer
    }

    fn hear(
        &self,
        answer: &mut Answer<'w>,
        node: &Node,
        share: Share<'w>,
        ripe: bool,
        permission: &str,
    ) {
        match (self.world.gives(share.role, permission), share.condition) {
            (None, _) => answer.unknown_role = true,
            (Some(false), _) => {}
            (Some(true), _) if !ripe => answer.too_young = true,
            (Some(true), None) => answer.sure = true,
            (Some(true), Some(condition)) => {
                answer.under.insert((node.clone(), share.role, condition));
            }
        }
    }

    /// Returns the project of an account, of a planned one too.
    pub(super) fn project_of(&self, email: &Email) -> Option<&'w ProjectId> {
        let planned = self.planned.get(email).map(|(new, _)| &new.project);
        planned.or_else(|| Some(&self.world.account_named(email.as_str())?.facts.project))
    }

    /// Returns whether an account is there and switched on.
    pub(super) fn account_is_on(&self, email: &Email) -> bool {
        if !self.is_there(email) {
            return false;
        }
        match self.account(email) {
            Some(Switched::On) => true,
            Some(Switched::Off | Switched::Gone) => false,
            None => {
                let known = self.world.account_named(email.as_str());
                known.is_none_or(|account| !account.facts.disabled)
            }
        }
    }

    /// Returns whether an account is there, as far as is known: one of a project whose accounts were not read may be.
    fn is_there(&self, email: &Email) -> bool {
        if let Some((_, made)) = self.planned.get(email) {
            return *made;
        }
        self.world.account_named(email.as_str()).is_some() || !self.world.knows_all_of(email)
    }

    /// Returns whether a key is there, switched on and not expired.
    pub(super) fn key_is_on(&self, email: &Email, key: &KeyId) -> bool {
        match self.key(email, key) {
            Some(Switched::On) => true,
            Some(Switched::Off | Switched::Gone) => false,
            None => {
                let account = self.world.account_named(email.as_str());
                let mut keys = account.iter().flat_map(|account| &account.keys);
                let now = self.world.estate.observed_at;
                keys.find(|held| held.facts.id == *key)
                    .is_some_and(|held| held.facts.state(now) == KeyState::Enabled)
            }
        }
    }

    /// Returns what the plan has done to an account so far.
    pub(super) fn account(&self, email: &Email) -> Option<Switched> {
        self.accounts.get(email).copied()
    }

    /// Returns what the plan has done to a key so far.
    pub(super) fn key(&self, email: &Email, key: &KeyId) -> Option<Switched> {
        self.keys.get(&(email, key)).copied()
    }

    /// Returns whether a provider takes tokens.
    pub(super) fn has_provider(&self, pool: &str, provider: &str) -> bool {
        self.providers.contains(&(pool, provider))
    }

    /// Returns the accounts that the plan has made so far, by address.
    pub(super) fn made(&self) -> impl Iterator<Item = &'w NewAccount> {
        let made = self.planned.values().filter(|(_, made)| *made);
        made.map(|(new, _)| *new)
    }

    /// Returns what the plan has given so far and not taken again.
    pub(super) fn given(&self) -> impl Iterator<Item = &'w PlannedGrant> {
        self.given.iter().map(|given| given.grant)
    }

    /// Returns whether the plan has left a share of today.
    pub(super) fn stands(&self, who: &Who, on: &Node, share: &Share<'_>) -> bool {
        let mut taken = self.taken.iter();
        !taken.any(|(of, node, held)| (of, node, held) == (who, on, share))
    }
}

fn share(grant: &PlannedGrant) -> Share<'_> {
    Share {
        role: &grant.role,
        condition: grant.condition.as_ref(),
    }
}

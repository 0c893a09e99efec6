//! The estate: what a snapshot says, joined. Rules read nothing else.

use chrono::{DateTime, Utc};

use super::account::ServiceAccount;
use super::coverage::Coverage;
use super::key::{KeyManagement, KeyState, ServiceAccountKey};
use super::project::Project;
use super::scope::{AccountRef, LeftOut, ScanScope, Scope};
use super::usage::{LastUse, Window};

/// Everything that is known of the scanned projects at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estate {
    /// The moment of the scan, UTC: "now" for every rule.
    pub observed_at: DateTime<Utc>,
    /// What the scan was asked to look at.
    pub scope: ScanScope,
    /// What it saw and left out.
    pub left_out: LeftOut,
    /// The active projects, by id.
    pub projects: Vec<Project>,
    /// Every account of those projects, by project, then address, then unique id.
    pub accounts: Vec<Account>,
    /// The stretch that each source looked at, over all of its rows: from the earliest begin to the latest end.
    pub windows: Vec<Window>,
    /// What was read and what was not.
    pub coverage: Coverage,
}

/// An account with its keys and its last use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What IAM lists.
    pub facts: ServiceAccount,
    /// Its keys, by id. Where they could not be read, none, and the coverage says so.
    pub keys: Vec<Key>,
    /// When the account was last used.
    pub last_use: LastUse,
}

/// A key with its last use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What IAM lists.
    pub facts: ServiceAccountKey,
    /// When the key was last used.
    pub last_use: LastUse,
}

impl Estate {
    /// Returns every user-managed key that can sign in now: neither it nor its account is disabled, nor has it expired.
    pub fn live_keys(&self) -> impl Iterator<Item = (&Account, &Key)> {
        self.user_managed_keys()
            .filter(|(account, key)| !account.facts.disabled && key.is_enabled(self.observed_at))
    }

    /// Returns every account with each of its user-managed keys, in order.
    pub fn user_managed_keys(&self) -> impl Iterator<Item = (&Account, &Key)> {
        self.accounts
            .iter()
            .flat_map(|account| account.user_managed_keys().map(move |key| (account, key)))
    }
}

impl Account {
    /// Returns the keys whose private half a user keeps, in any state.
    pub fn user_managed_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys
            .iter()
            .filter(|key| key.facts.management == KeyManagement::User)
    }

    /// Returns the account as coverage and findings name it.
    #[must_use]
    pub fn reference(&self) -> AccountRef {
        self.facts.reference()
    }

    /// Returns the account as a scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::Account(self.reference())
    }
}

impl Key {
    /// Returns whether the key is neither disabled nor expired at `now`; its account may be disabled all the same.
    #[must_use]
    pub fn is_enabled(&self, now: DateTime<Utc>) -> bool {
        self.facts.state(now) == KeyState::Enabled
    }
}

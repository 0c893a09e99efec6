//! Snapshot → Estate: puts together what the sources said of one account and one key.
//!
//! The inventory is the left side of every join: a key without activity is still a key, and activity of something that
//! is not in the inventory is dropped. Accounts join by unique id, keys by unique id and key id; addresses never join,
//! since one can be deleted and created again.

mod last_use;

use std::collections::BTreeMap;

use crate::model::estate::{Account, Estate, Key};
use crate::model::key::ServiceAccountKey;
use crate::model::names::UniqueId;
use crate::model::snapshot::Snapshot;
use crate::model::usage::{LastUse, UsageSource, Window};

use last_use::Activities;

/// Returns the estate that the snapshot tells of.
#[must_use]
pub fn join(snapshot: &Snapshot) -> Estate {
    let Snapshot { header, facts } = snapshot;
    let activities = Activities::of(facts, header.observed_at);
    let mut keys: BTreeMap<&UniqueId, Vec<&ServiceAccountKey>> = BTreeMap::new();
    for key in &facts.keys {
        keys.entry(&key.account).or_default().push(key);
    }
    let accounts: Vec<Account> = facts
        .accounts
        .iter()
        .map(|account| Account {
            facts: account.clone(),
            keys: keys
                .get(&account.unique_id)
                .into_iter()
                .flatten()
                .map(|key| Key {
                    facts: (*key).clone(),
                    last_use: activities.of_key(account, key),
                })
                .collect(),
            last_use: activities.of_account(account),
        })
        .collect();
    Estate {
        observed_at: header.observed_at,
        scope: header.scope.clone(),
        left_out: header.left_out,
        projects: facts.projects.clone(),
        windows: policy_analyzer_window(&accounts).into_iter().collect(),
        accounts,
        coverage: facts.coverage.clone(),
    }
}

/// Returns the stretch from the earliest begin to the latest end of all rows that are about something in the inventory;
/// single rows may begin later.
fn policy_analyzer_window(accounts: &[Account]) -> Option<Window> {
    let windows = || {
        accounts
            .iter()
            .flat_map(|account| {
                let of_keys = account.keys.iter().map(|key| &key.last_use);
                of_keys.chain([&account.last_use])
            })
            .flat_map(LastUse::windows)
            .filter(|window| window.source == UsageSource::PolicyAnalyzer)
    };
    Some(Window {
        source: UsageSource::PolicyAnalyzer,
        from: windows().map(|window| window.from).min()?,
        to: windows().map(|window| window.to).max()?,
    })
}

//! Snapshot → Estate: puts together what the sources said of one account and one key.
//!
//! The inventory is the left side of every join: a key without activity is still a key, and activity of something that
//! is not in the inventory is dropped. Accounts join by unique id, keys by unique id and key id; addresses never join,
//! since one can be deleted and created again. Policies know accounts by address alone: there the living account of an
//! address is meant, since Google marks members that were deleted.

pub mod access;
mod last_use;

use std::collections::BTreeMap;

use crate::model::estate::{Account, Estate, Key};
use crate::model::key::ServiceAccountKey;
use crate::model::names::UniqueId;
use crate::model::snapshot::{Facts, Snapshot};
use crate::model::usage::{UsageSource, Window};

use last_use::Activities;

/// Returns the estate that the snapshot tells of.
#[must_use]
pub fn join(snapshot: &Snapshot) -> Estate {
    let Snapshot { header, facts } = snapshot;
    let activities = Activities::of(facts);
    let mut keys: BTreeMap<&UniqueId, Vec<&ServiceAccountKey>> = BTreeMap::new();
    for key in &facts.keys {
        keys.entry(&key.account).or_default().push(key);
    }
    let accounts = facts.accounts.iter().map(|account| Account {
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
        grants: Vec::new(),
        actors: Vec::new(),
        workloads: Vec::new(),
    });
    let mut estate = Estate {
        observed_at: header.observed_at,
        scope: header.scope.clone(),
        left_out: header.left_out,
        projects: facts.projects.clone(),
        folders: facts.folders.clone(),
        roles: facts
            .roles
            .iter()
            .map(|role| (role.name.clone(), role.clone()))
            .collect(),
        policies: facts.policies.clone(),
        pools: facts.pools.clone(),
        accounts: accounts.collect(),
        windows: policy_analyzer_window(facts).into_iter().collect(),
        coverage: facts.coverage.clone(),
    };
    access::fill(&mut estate);
    estate
}

/// Returns the stretch from the earliest begin to the latest end of all rows; single rows may begin later.
fn policy_analyzer_window(facts: &Facts) -> Option<Window> {
    let periods = || facts.activities.iter().filter_map(|row| row.period);
    let from = periods().map(|period| period.from).min()?;
    let to = periods().map(|period| period.to).max()?;
    Some(Window {
        source: UsageSource::PolicyAnalyzer,
        from,
        to,
    })
}

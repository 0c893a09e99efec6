//! Snapshot → Estate: puts together what the sources said of one account and one key, and what runs as each account.
//!
//! The inventory is the left side of every join: a key without activity is still a key, and activity of something that
//! is not in the inventory is dropped. Accounts join by unique id, keys by unique id and key id. Of what happened in the
//! past no address joins, since one can be deleted and created again; what a policy or a resource names now, by whatever
//! form, is the account that has the name now: Google marks members that were deleted.

pub mod access;
mod credentials;
mod last_use;
mod references;
mod workloads;

use std::collections::BTreeMap;

use crate::model::estate::{Account, Estate, Key};
use crate::model::key::ServiceAccountKey;
use crate::model::names::UniqueId;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::model::usage::{LastUse, UsageSource, Window};

use last_use::Activities;

/// Returns the estate that the snapshot tells of; of the settings only the grouping of workloads counts.
#[must_use]
pub fn join(snapshot: &Snapshot, settings: &Settings) -> Estate {
    let Snapshot { header, facts } = snapshot;
    let activities = Activities::of(facts, header.observed_at);
    let mut keys: BTreeMap<&UniqueId, Vec<&ServiceAccountKey>> = BTreeMap::new();
    for key in &facts.keys {
        keys.entry(&key.account).or_default().push(key);
    }
    let mut workloads = workloads::workloads(facts, &settings.grouping, header.observed_at);
    let mut credentials = credentials::credentials(facts);
    let mut references = references::references(facts);
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
            other_credentials: credentials.remove(&account.unique_id).unwrap_or_default(),
            last_use: activities.of_account(account),
            grants: Vec::new(),
            actors: Vec::new(),
            workloads: workloads.remove(&account.unique_id).unwrap_or_default(),
            references: references.remove(&account.unique_id).unwrap_or_default(),
        })
        .collect();
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
        windows: policy_analyzer_window(&accounts).into_iter().collect(),
        accounts,
        coverage: facts.coverage.clone(),
    };
    access::fill(&mut estate);
    estate
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

//! Snapshot → Estate: puts together what the sources said of one account and one key, and what runs as each account.
//!
//! The inventory is the left side of every join: a key without activity is still a key, and activity of something that
//! is not in the inventory is dropped. Accounts join by unique id, keys by unique id and key id. Of what happened in the
//! past no address joins, since one can be deleted and created again; what a policy or a resource names now, by whatever
//! form, is the account that has the name now: Google marks members that were deleted.

pub mod access;
mod attribution;
mod callers;
mod credentials;
mod last_use;
mod life;
mod places;
mod references;
mod workloads;

use std::collections::BTreeMap;

use crate::model::estate::{Account, Estate, Key};
use crate::model::key::ServiceAccountKey;
use crate::model::names::UniqueId;
use crate::model::settings::Settings;
use crate::model::snapshot::{Facts, Snapshot};
use crate::model::usage::{LastUse, UsageSource, Window};

use callers::{Callers, Inventory};
use last_use::Sources;
use life::Lives;
use places::Places;

/// Returns the estate that the snapshot tells of; of the settings the grouping of workloads and the ranges of addresses
/// count.
#[must_use]
pub fn join(snapshot: &Snapshot, settings: &Settings) -> Estate {
    let Snapshot { header, facts } = snapshot;
    let now = header.observed_at;
    let lives = Lives::of(facts, now);
    let inventory = Inventory::of(facts, &lives);
    let callers = Callers::of(facts, &inventory, &Places::of(facts, &settings.ranges));
    let sources = Sources::of(facts, now);
    let mut keys: BTreeMap<&UniqueId, Vec<&ServiceAccountKey>> = BTreeMap::new();
    for key in &facts.keys {
        keys.entry(&key.account).or_default().push(key);
    }
    let mut workloads = workloads::workloads(facts, &settings.grouping, now, &callers);
    let mut exercised = attribution::exercised(facts, &inventory, &workloads);
    let mut credentials = credentials::credentials(facts);
    let mut references = references::references(facts);
    let accounts = facts.accounts.iter().map(|account| {
        let id = &account.unique_id;
        let keys = keys.get(id).into_iter().flatten().map(|key| {
            let callers = callers.of_key(id, &key.id);
            Key {
                facts: (*key).clone(),
                last_use: sources.of_key(account, key, callers),
                life: lives.of_key(account, key),
                callers: callers.to_vec(),
            }
        });
        let keys: Vec<Key> = keys.collect();
        let callers = callers.of_account(id);
        Account {
            facts: account.clone(),
            last_use: sources.of_account(account, callers, keys.iter().map(|key| &key.last_use)),
            life: lives.of_account(account),
            callers: callers.to_vec(),
            exercised: exercised.remove(id).unwrap_or_default(),
            other_credentials: credentials.remove(id).unwrap_or_default(),
            grants: Vec::new(),
            actors: Vec::new(),
            workloads: workloads
                .remove(id)
                .map(|of_account| of_account.workloads)
                .unwrap_or_default(),
            references: references.remove(id).unwrap_or_default(),
            keys,
        }
    });
    let accounts: Vec<Account> = accounts.collect();
    let services = facts.services.iter().map(|of| {
        let on = of.services.iter().cloned().collect();
        (of.project.clone(), on)
    });
    let mut estate = Estate {
        observed_at: now,
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
        services: services.collect(),
        windows: windows(facts, &accounts),
        log_windows: facts.calls.windows.clone(),
        policy_insights: facts.policy_insights.clone(),
        accounts,
        coverage: facts.coverage.clone(),
    };
    access::fill(&mut estate);
    estate
}

/// Returns the stretch that each source looked at, from the earliest begin to the latest end, sorted: of what tells
/// silence over all that is in the inventory, of audit logs over all that was read. Single rows may begin later.
fn windows(facts: &Facts, accounts: &[Account]) -> Vec<Window> {
    let of_accounts = accounts.iter().flat_map(|account| {
        let of_keys = account.keys.iter().map(|key| &key.last_use);
        of_keys.chain([&account.last_use])
    });
    let looked = of_accounts.flat_map(LastUse::windows).copied();
    let read = facts.calls.windows.iter().map(|window| Window {
        source: window.source,
        from: window.period.from,
        to: window.period.to,
    });
    let mut widest: BTreeMap<UsageSource, Window> = BTreeMap::new();
    for window in looked.chain(read) {
        let held = widest.entry(window.source).or_insert(window);
        held.from = held.from.min(window.from);
        held.to = held.to.max(window.to);
    }
    widest.into_values().collect()
}

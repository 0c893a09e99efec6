//! Permission evidence → workloads: which of an account's workloads used a permission.
//!
//! A key, a federated subject and a Kubernetes service account name their workload. Two services that an account is
//! attached to cannot be told apart in logs: what one of them used, each of them may have.

use std::collections::BTreeMap;

use crate::model::call::{PermissionUse, Principal};
use crate::model::names::{KeyId, UniqueId};
use crate::model::place::{Attribution, ExercisedPermission};
use crate::model::snapshot::Facts;

use super::callers::Inventory;
use super::places::{impersonator, member};
use super::workloads::OfAccount;

/// Returns the permissions that were seen in use as each account, sorted.
pub(super) fn exercised(
    facts: &Facts,
    inventory: &Inventory<'_>,
    workloads: &BTreeMap<UniqueId, OfAccount>,
) -> BTreeMap<UniqueId, Vec<ExercisedPermission>> {
    let none = OfAccount::default();
    let mut exercised: BTreeMap<UniqueId, Vec<ExercisedPermission>> = BTreeMap::new();
    for used in &facts.calls.permissions {
        let Principal::Account(email) = &used.principal else {
            continue;
        };
        let Some(found) = inventory.find(email, used.key.as_ref(), used.last) else {
            continue;
        };
        let account = &found.account.unique_id;
        let of_account = workloads.get(account).unwrap_or(&none);
        exercised
            .entry(account.clone())
            .or_default()
            .push(ExercisedPermission {
                project: used.project.clone(),
                permission: used.permission.clone(),
                resource: used.resource.clone(),
                granted: used.granted,
                by: attribution(used, found.key, of_account),
                source: used.source,
                last: used.last,
                count: used.count,
            });
    }
    for list in exercised.values_mut() {
        list.sort();
    }
    exercised
}

fn attribution(used: &PermissionUse, key: Option<&KeyId>, of: &OfAccount) -> Attribution {
    if let Some(key) = key {
        return one_or_any(of.of_key(key), of);
    }
    let delegate = used.delegate.as_deref();
    if let Some(member) = delegate.and_then(member) {
        return match of.of_member(&member).as_slice() {
            [one] => Attribution::Exact(one.clone()),
            _ => Attribution::AnyOf(of.of_pool(&member)),
        };
    }
    if let Some(email) = delegate.and_then(impersonator) {
        return Attribution::AnyOf(of.of_impersonator(&email));
    }
    Attribution::AnyOf(of.counted())
}

/// One is exact: what is asked for names its workload. None is any: a workload that is not known must not lose what it
/// was seen to use.
fn one_or_any(workloads: Vec<String>, of: &OfAccount) -> Attribution {
    match workloads.as_slice() {
        [] => Attribution::AnyOf(of.counted()),
        [one] => Attribution::Exact(one.clone()),
        _ => Attribution::AnyOf(workloads),
    }
}

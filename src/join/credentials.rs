//! Keys that are no service account keys → accounts.

use std::collections::BTreeMap;

use crate::model::credential::OtherCredential;
use crate::model::names::{Email, UniqueId};
use crate::model::snapshot::Facts;

/// Returns the HMAC keys and bound API keys of each account of the inventory, sorted, each once. They name it by address.
///
/// One that is older than the account may be its dead namesake's and is kept: a credential too many is looked at, one too
/// few makes a wrong "unused".
pub(super) fn credentials(facts: &Facts) -> BTreeMap<UniqueId, Vec<OtherCredential>> {
    let accounts = facts.accounts.iter();
    let ids: BTreeMap<&Email, &UniqueId> = accounts
        .map(|account| (&account.email, &account.unique_id))
        .collect();
    let mut found: BTreeMap<UniqueId, Vec<OtherCredential>> = BTreeMap::new();
    for credential in &facts.credentials {
        if let Some(account) = ids.get(&credential.account) {
            let of_account = found.entry((*account).clone()).or_default();
            of_account.push(credential.clone());
        }
    }
    for credentials in found.values_mut() {
        credentials.sort();
        credentials.dedup();
    }
    found
}

//! Audit logs' groups → accounts and keys of the inventory: who called as each, from where.
//!
//! A log entry names an account by its address. A line that is older than the account which has the address now belongs
//! to a dead namesake, unless it names a key of the account: keys are never given out twice.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::model::account::ServiceAccount;
use crate::model::call::{Caller, Principal};
use crate::model::names::{Email, KeyId, UniqueId};
use crate::model::place::PlacedCaller;
use crate::model::snapshot::Facts;

use super::life::Lives;
use super::places::Places;

/// The permissions to have a token or a signature of an account made.
const TOKEN_PERMISSIONS: [&str; 4] = [
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
];

/// The calls of each account and each key, sorted.
#[derive(Debug, Default)]
pub(super) struct Callers {
    of_accounts: BTreeMap<UniqueId, Vec<PlacedCaller>>,
    of_keys: BTreeMap<UniqueId, BTreeMap<KeyId, Vec<PlacedCaller>>>,
}

/// Finds the account of the inventory that a log entry is about.
pub(super) struct Inventory<'a> {
    by_email: BTreeMap<&'a Email, (&'a ServiceAccount, Option<DateTime<Utc>>)>,
    keys: BTreeSet<(&'a UniqueId, &'a KeyId)>,
}

impl<'a> Inventory<'a> {
    pub(super) fn of(facts: &'a Facts, lives: &Lives<'_>) -> Self {
        let accounts = facts.accounts.iter();
        let keys = facts.keys.iter().map(|key| (&key.account, &key.id));
        Self {
            by_email: accounts
                .map(|account| {
                    let born = lives.of_account(account).created.not_before();
                    (&account.email, (account, born))
                })
                .collect(),
            keys: keys.collect(),
        }
    }

    /// Returns the account that is meant by its address, and by its key where it has that key, up to `last`; with the
    /// moment before which entries were a namesake's.
    pub(super) fn find<'k>(
        &self,
        email: &Email,
        key: Option<&'k KeyId>,
        last: DateTime<Utc>,
    ) -> Option<Found<'a, 'k>> {
        let (account, born) = *self.by_email.get(email)?;
        let key = key.filter(|key| self.keys.contains(&(&account.unique_id, *key)));
        let since = born.filter(|_| key.is_none());
        since.is_none_or(|since| last >= since).then_some(Found {
            account,
            key,
            since,
        })
    }
}

/// What an entry is about.
pub(super) struct Found<'a, 'k> {
    pub(super) account: &'a ServiceAccount,
    pub(super) key: Option<&'k KeyId>,
    since: Option<DateTime<Utc>>,
}

/// Who asked for tokens and signatures of which accounts: whether any was granted.
struct Refusals<'a>(BTreeMap<(Asker<'a>, &'a str), bool>);

/// Who called, by its key and its delegate.
type Asker<'a> = (&'a Principal, Option<&'a KeyId>, Option<&'a str>);

impl<'a> Refusals<'a> {
    fn of(facts: &'a Facts) -> Self {
        let mut granted = BTreeMap::new();
        for used in &facts.calls.permissions {
            // `projects/-/serviceAccounts/A`, by unique id or address.
            let Some((_, account)) = used.resource.split_once("/serviceAccounts/") else {
                continue;
            };
            if TOKEN_PERMISSIONS.contains(&used.permission.as_str()) {
                let asker = (&used.principal, used.key.as_ref(), used.delegate.as_deref());
                *granted.entry((asker, account)).or_default() |= used.granted;
            }
        }
        Self(granted)
    }

    /// Returns whether whoever made the calls was refused each time that it asked for something of the account.
    fn has(&self, call: &Caller, account: &ServiceAccount) -> bool {
        let asker = (&call.principal, call.key.as_ref(), call.delegate.as_deref());
        let names = [account.unique_id.as_str(), account.email.as_str()];
        let answers = names.map(|name| self.0.get(&(asker, name)));
        let mut answers = answers.into_iter().flatten().peekable();
        answers.peek().is_some() && !answers.any(|granted| *granted)
    }
}

impl Callers {
    pub(super) fn of(facts: &Facts, inventory: &Inventory<'_>, places: &Places<'_>) -> Self {
        let mut callers = Self::default();
        let refusals = Refusals::of(facts);
        for call in &facts.calls.callers {
            let place = || places.place(call);
            let itself = match &call.principal {
                Principal::Account(email) => Some(email),
                Principal::Federated(_) | Principal::Other(_) => None,
            };
            if let Some(found) =
                itself.and_then(|email| inventory.find(email, call.key.as_ref(), call.seen.to))
            {
                callers.add(&found, call, place());
            }
            // Who takes a token of an account makes it a caller of the account as well; who was refused one does not.
            let target = call
                .target
                .as_ref()
                .filter(|target| Some(*target) != itself);
            if let Some(found) = target.and_then(|email| inventory.find(email, None, call.seen.to))
                && !refusals.has(call, found.account)
            {
                callers.add(&found, call, place());
            }
        }
        let of_keys = callers.of_keys.values_mut().flat_map(BTreeMap::values_mut);
        for list in callers.of_accounts.values_mut().chain(of_keys) {
            list.sort();
        }
        callers
    }

    /// Returns the calls as an account that no key of the inventory made, and those that took a token of it.
    pub(super) fn of_account(&self, account: &UniqueId) -> &[PlacedCaller] {
        self.of_accounts.get(account).map_or(&[], Vec::as_slice)
    }

    /// Returns the calls that a key made.
    pub(super) fn of_key(&self, account: &UniqueId, key: &KeyId) -> &[PlacedCaller] {
        let of_account = self.of_keys.get(account);
        of_account
            .and_then(|keys| keys.get(key))
            .map_or(&[], Vec::as_slice)
    }

    /// Returns the keys of an account that made calls, each with them.
    pub(super) fn keys(
        &self,
        account: &UniqueId,
    ) -> impl Iterator<Item = (&KeyId, &[PlacedCaller])> {
        let of_account = self.of_keys.get(account).into_iter().flatten();
        of_account.map(|(key, callers)| (key, callers.as_slice()))
    }

    fn add(&mut self, found: &Found<'_, '_>, call: &Caller, place: crate::model::place::Place) {
        let mut call = call.clone();
        // Of a group that began with the namesake, the account's own part.
        call.seen.from = found
            .since
            .map_or(call.seen.from, |since| call.seen.from.max(since));
        let account = found.account.unique_id.clone();
        let list = match found.key {
            Some(key) => {
                let keys = self.of_keys.entry(account).or_default();
                keys.entry(key.clone()).or_default()
            }
            None => self.of_accounts.entry(account).or_default(),
        };
        list.push(PlacedCaller { call, place });
    }
}

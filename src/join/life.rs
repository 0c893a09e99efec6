//! Since when an account or key could be used: its creation, and the last time that it was switched on.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::account::ServiceAccount;
use crate::model::call::{CredentialEvent, CredentialEventKind as Kind};
use crate::model::coverage::Dataset;
use crate::model::idle::{Creation, Life, MAX_LAG};
use crate::model::key::ServiceAccountKey;
use crate::model::names::{Email, KeyId, ProjectId, UniqueId};
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;
use crate::model::usage::UsageSource;

/// For how long the activity log is kept, whatever is asked for.
///
/// Source: <https://cloud.google.com/logging/quotas#logs_retention_periods>.
const ACTIVITY_LOG_KEPT: TimeDelta = TimeDelta::days(400);

/// What happened to the accounts and keys of the inventory, and when each was seen first.
pub(super) struct Lives<'a> {
    by_id: BTreeMap<&'a UniqueId, Vec<&'a CredentialEvent>>,
    by_email: BTreeMap<&'a Email, Vec<&'a CredentialEvent>>,
    seen: BTreeMap<(&'a UniqueId, Option<&'a KeyId>), DateTime<Utc>>,
    logs: BTreeMap<&'a ProjectId, DateTime<Utc>>,
    now: DateTime<Utc>,
}

impl<'a> Lives<'a> {
    pub(super) fn of(facts: &'a Facts, now: DateTime<Utc>) -> Self {
        let mut lives = Self {
            by_id: BTreeMap::new(),
            by_email: BTreeMap::new(),
            seen: BTreeMap::new(),
            logs: logs(facts, now),
            now,
        };
        for event in &facts.calls.events {
            if let Some(id) = &event.unique_id {
                lives.by_id.entry(id).or_default().push(event);
                lives.sighting(id, event.key.as_ref(), event.at);
            }
            if let Some(email) = &event.email {
                lives.by_email.entry(email).or_default().push(event);
            }
        }
        for row in &facts.activities {
            if let Some(latest) = row.latest_authentication() {
                lives.sighting(&row.account, row.key.as_ref(), latest);
            }
        }
        for insight in &facts.account_insights {
            if let Some(at) = insight.last_authenticated {
                lives.sighting(&insight.account, None, at);
            }
        }
        for count in facts.authentications.iter().flat_map(|of| &of.counts) {
            if let Some(at) = count.last {
                lives.sighting(&count.account, count.key.as_ref(), at);
            }
        }
        let keys = facts.keys.iter().map(|key| (&key.id, &key.account));
        let owners: BTreeMap<&KeyId, &UniqueId> = keys.collect();
        for call in &facts.calls.callers {
            if let Some(key) = &call.key
                && let Some(account) = owners.get(key)
            {
                lives.sighting(account, Some(key), call.seen.from);
            }
        }
        for key in &facts.keys {
            if let Some(made) = key.begin(now).filter(|_| key.begins_with_creation()) {
                lives.sighting(&key.account, None, made);
            }
        }
        lives
    }

    /// Returns the life of an account.
    ///
    /// Its creation is Asset Inventory's, or its event's. Else the oldest key that Google made for it, or the earliest use
    /// that names its unique id, bound it from above, and the deletion of a namesake from below.
    pub(super) fn of_account(&self, account: &ServiceAccount) -> Life {
        let events = || self.events(account).filter(|event| event.key.is_none());
        let created = account
            .created
            .or_else(|| self.creations(account).map(|event| event.at).max());
        let created = match created {
            Some(at) => Creation::At(at),
            None => Creation::Between {
                after: self.namesake_deleted(account),
                by: self.seen.get(&(&account.unique_id, None)).copied(),
            },
        };
        let disabled = of_kind(&[Kind::AccountDisabled]);
        let enabled = self.account_enabled(account);
        Life {
            created,
            enabled,
            disabled: still(
                account.disabled,
                events().filter_map(disabled).max(),
                enabled,
            ),
            log_since: self.logs.get(&account.project).copied(),
        }
    }

    /// Returns the life of a key of the account; it is switched on no earlier than its account.
    pub(super) fn of_key(&self, account: &ServiceAccount, key: &ServiceAccountKey) -> Life {
        let events = || {
            let of_account = self.events(account);
            of_account.filter(|event| event.key.as_ref() == Some(&key.id))
        };
        let begin = key.begin(self.now);
        let made = events()
            .filter_map(of_kind(&[Kind::KeyCreated, Kind::KeyUploaded]))
            .max();
        let created = match (begin, made) {
            (Some(begin), _) if key.begins_with_creation() => Creation::At(begin),
            // It cannot sign in before its certificate begins, whenever that was uploaded.
            (begin, Some(made)) => Creation::At(begin.map_or(made, |begin| begin.max(made))),
            (after, None) => Creation::Between {
                after,
                by: self.seen.get(&(&account.unique_id, Some(&key.id))).copied(),
            },
        };
        let enabled = events().filter_map(of_kind(&[Kind::KeyEnabled])).max();
        let disabled = events().filter_map(of_kind(&[Kind::KeyDisabled])).max();
        Life {
            created,
            disabled: still(key.disabled, disabled, enabled),
            enabled: enabled.max(self.account_enabled(account)),
            log_since: self.logs.get(&account.project).copied(),
        }
    }

    /// Returns who created the account, as the activity log names them; `None` where it does not tell.
    pub(super) fn creator_of(&self, account: &ServiceAccount) -> Option<&'a str> {
        let made = self.creations(account).filter(|event| !event.by.is_empty());
        let last = made.max_by_key(|event| event.at)?;
        Some(&last.by)
    }

    /// Returns the creations that the account's may be: one that names no unique id is not that of a namesake which was
    /// deleted since.
    fn creations(&self, account: &ServiceAccount) -> impl Iterator<Item = &'a CredentialEvent> {
        let deleted = self.namesake_deleted(account);
        self.events(account).filter(move |event| {
            let may_be = event.unique_id.is_some() || deleted.is_none_or(|end| event.at > end);
            event.kind == Kind::AccountCreated && may_be
        })
    }

    fn sighting(&mut self, account: &'a UniqueId, key: Option<&'a KeyId>, at: DateTime<Utc>) {
        for credential in [(account, None), (account, key)] {
            let first = self.seen.entry(credential).or_insert(at);
            *first = at.min(*first);
        }
    }

    /// Returns the events that name the account by its unique id, or by nothing but its address.
    fn events(&self, account: &ServiceAccount) -> impl Iterator<Item = &'a CredentialEvent> {
        let by_id = self.by_id.get(&account.unique_id).into_iter().flatten();
        let by_email = self.by_email.get(&account.email).into_iter().flatten();
        by_id
            .chain(by_email.filter(|event| event.unique_id.is_none()))
            .copied()
            .collect::<Vec<_>>()
            .into_iter()
    }

    fn account_enabled(&self, account: &ServiceAccount) -> Option<DateTime<Utc>> {
        let switched_on = of_kind(&[Kind::AccountEnabled, Kind::AccountUndeleted]);
        self.events(account)
            .filter(|event| event.key.is_none())
            .filter_map(switched_on)
            .max()
    }

    /// Returns when another account of the same address was deleted at last; one without a unique id may be this very
    /// account, brought back since then.
    fn namesake_deleted(&self, account: &ServiceAccount) -> Option<DateTime<Utc>> {
        let by_email = self.by_email.get(&account.email).into_iter().flatten();
        by_email
            .filter(|event| {
                let id = event.unique_id.as_ref();
                id.is_some_and(|id| *id != account.unique_id)
            })
            .copied()
            .filter_map(of_kind(&[Kind::AccountDeleted]))
            .max()
    }
}

/// Returns since when something that is off has been off: since it was switched off at last, if it was not switched on
/// after that.
fn still(
    is_off: bool,
    off: Option<DateTime<Utc>>,
    on: Option<DateTime<Utc>>,
) -> Option<DateTime<Utc>> {
    off.filter(|off| is_off && on.is_none_or(|on| on < *off))
}

/// Returns a filter that takes the time of events of those kinds.
fn of_kind(kinds: &'static [Kind]) -> impl Fn(&CredentialEvent) -> Option<DateTime<Utc>> + use<> {
    |event| kinds.contains(&event.kind).then_some(event.at)
}

/// Returns since when each project's activity log was read up to the scan. Files and tables may lack any project.
fn logs(facts: &Facts, now: DateTime<Utc>) -> BTreeMap<&ProjectId, DateTime<Utc>> {
    let mut logs: BTreeMap<&ProjectId, DateTime<Utc>> = BTreeMap::new();
    for window in &facts.calls.windows {
        let Some(project) = &window.project else {
            continue;
        };
        let scope = Scope::Project(project.clone());
        let whole = facts
            .coverage
            .reading(&scope, Dataset::AuditLogs)
            .is_whole();
        if whole && window.source == UsageSource::Logging && now - window.period.to <= MAX_LAG {
            let since = match now.checked_sub_signed(ACTIVITY_LOG_KEPT) {
                Some(kept) => window.period.from.max(kept),
                None => window.period.from,
            };
            let held = logs.entry(project).or_insert(since);
            *held = since.min(*held);
        }
    }
    logs
}

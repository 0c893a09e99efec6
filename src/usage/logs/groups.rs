//! Entries → groups: the three tables of [`crate::model::call`].
//!
//! Memory goes by distinct groups, not by entries. Each thread has its own [`Recorder`] with a small cache in front of
//! the shared tables, by the entry's raw texts, so that an entry like one of the last thousands costs no lock, and no
//! parsing of names.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::addresses::Addresses;
use super::caller::Who;
use super::entry::Entry;
use super::event::event;
use super::fingerprint::Key;
use super::pool::{Pool, TextId};
use super::recorder::{Recorder, Tally};
use super::table::Table;
use super::time::moment;
use crate::model::call::{
    AddressClass, Caller, Calls, CredentialEvent, LogWindow, PermissionUse, Principal,
};
use crate::model::names::{Email, KeyId, ProjectId};
use crate::model::usage::{Period, UsageSource};

/// The most groups that are kept: about 2 GB of them.
const MOST_GROUPS: usize = 6_000_000;

/// Which entries count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Only calls as this account, or for its token.
    pub account: Option<Email>,
    /// Only calls by this key.
    pub key: Option<KeyId>,
    /// Only entries of this moment or later.
    pub since: Option<DateTime<Utc>>,
}

/// Groups of calls. Several threads may add to them, each through a [`Recorder`].
pub struct Groups {
    pub(super) source: UsageSource,
    pub(super) filter: Filter,
    pub(super) since: i64,
    pub(super) key: Key,
    pub(super) pool: Pool,
    pub(super) callers: Table<CallerRow>,
    pub(super) permissions: Table<PermissionRow>,
    pub(super) events: Mutex<BTreeSet<CredentialEvent>>,
    pub(super) tally: Mutex<Tally>,
}

/// A principal in the pool.
#[derive(Debug, Clone, Copy)]
pub(super) struct Actor {
    kind: ActorKind,
    name: TextId,
    key: TextId,
    delegate: TextId,
}

#[derive(Debug, Clone, Copy)]
enum ActorKind {
    Account,
    Federated,
    Other,
}

/// A row of the callers.
pub(super) struct CallerRow {
    pub(super) actor: Actor,
    pub(super) target: TextId,
    pub(super) user_agent: TextId,
    pub(super) network: TextId,
    pub(super) service: TextId,
    pub(super) project: TextId,
    pub(super) class: AddressClass,
    pub(super) addresses: Addresses,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) count: u64,
}

/// A row of the permissions.
pub(super) struct PermissionRow {
    pub(super) actor: Actor,
    pub(super) project: TextId,
    pub(super) permission: TextId,
    pub(super) resource: TextId,
    pub(super) granted: bool,
    pub(super) last: i64,
    pub(super) count: u64,
}

impl Groups {
    /// Returns no groups yet.
    #[must_use]
    pub fn new(source: UsageSource, filter: Filter) -> Self {
        Self::with_limit(source, filter, MOST_GROUPS)
    }

    /// Returns no groups yet; each table takes in about `limit` of them.
    pub(super) fn with_limit(source: UsageSource, filter: Filter, limit: usize) -> Self {
        let key = Key::random();
        let since = filter.since.map_or(i64::MIN, |since| {
            since.timestamp_nanos_opt().unwrap_or(i64::MIN)
        });
        Self {
            source,
            filter,
            since,
            key,
            pool: Pool::new(key),
            callers: Table::new(limit),
            permissions: Table::new(limit),
            events: Mutex::default(),
            tally: Mutex::default(),
        }
    }

    /// Returns what one thread adds entries through.
    #[must_use]
    pub fn recorder(&self) -> Recorder<'_> {
        Recorder::new(self)
    }

    /// Returns what the entries were, of all recorders that are finished.
    #[must_use]
    pub fn tally(&self) -> Tally {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many groups of callers and of permissions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.callers.len() + self.permissions.len()
    }

    /// Returns whether there is no group and no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
            && self
                .events
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_empty()
    }

    /// Returns how many calls and checks found no room, since there were too many groups.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.callers.refused() + self.permissions.refused()
    }

    /// Hands every caller to `read`, in no order: a million rows pass without being held at once.
    pub fn each_caller(&self, mut read: impl FnMut(Caller)) {
        self.callers.each(|row| {
            if let Some(caller) = self.caller(row) {
                read(caller);
            }
        });
    }

    /// Returns everything as rows, sorted.
    #[must_use]
    pub fn into_calls(self) -> Calls {
        let mut calls = Calls::default();
        self.each_caller(|caller| calls.callers.push(caller));
        self.permissions
            .each(|row| calls.permissions.extend(self.permission(row)));
        let tally = self.tally();
        calls.windows.extend(tally.period().map(|period| LogWindow {
            source: self.source,
            project: None,
            period,
            entries: tally.entries,
        }));
        calls.events = self
            .events
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .into_iter()
            .collect();
        calls.sort();
        calls
    }

    /// Takes in the event that an entry tells of, where it passes the filter.
    pub(super) fn note(&self, entry: &Entry<'_>) {
        let Some(event) = event(entry) else { return };
        let Filter { account, key, .. } = &self.filter;
        let passes = account
            .as_ref()
            .is_none_or(|account| event.email.as_ref() == Some(account))
            && key
                .as_ref()
                .is_none_or(|key| event.key.as_ref() == Some(key));
        if passes {
            self.events
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(event);
        }
    }

    /// Returns a principal, its key and its delegate as numbers.
    pub(super) fn actor(&self, who: Who<'_>, key: &str, delegate: &str) -> Actor {
        let (kind, name) = match who {
            Who::Account(name) => (ActorKind::Account, name),
            Who::Federated(name) => (ActorKind::Federated, name),
            Who::Other(name) => (ActorKind::Other, name),
        };
        Actor {
            kind,
            name: self.pool.intern(name),
            key: self.pool.intern(key),
            delegate: self.pool.intern(delegate),
        }
    }

    fn caller(&self, row: &CallerRow) -> Option<Caller> {
        Some(Caller {
            source: self.source,
            principal: self.principal(row.actor)?,
            key: self.name(row.actor.key, KeyId::parse),
            delegate: self.optional(row.actor.delegate),
            target: self.name(row.target, Email::parse),
            user_agent: self.text(row.user_agent),
            address: row.class,
            addresses: row.addresses.list().to_vec(),
            more_addresses: row.addresses.more(),
            network: self.optional(row.network),
            service: self.text(row.service),
            project: self.name(row.project, ProjectId::parse),
            seen: Period {
                from: moment(row.first),
                to: moment(row.last),
            },
            count: row.count,
        })
    }

    fn permission(&self, row: &PermissionRow) -> Option<PermissionUse> {
        Some(PermissionUse {
            source: self.source,
            principal: self.principal(row.actor)?,
            key: self.name(row.actor.key, KeyId::parse),
            delegate: self.optional(row.actor.delegate),
            project: self.name(row.project, ProjectId::parse),
            permission: self.text(row.permission),
            resource: self.text(row.resource),
            granted: row.granted,
            last: moment(row.last),
            count: row.count,
        })
    }

    fn principal(&self, actor: Actor) -> Option<Principal> {
        match actor.kind {
            ActorKind::Account => self.name(actor.name, Email::parse).map(Principal::Account),
            ActorKind::Federated => Some(Principal::Federated(self.text(actor.name))),
            ActorKind::Other => Some(Principal::Other(self.text(actor.name))),
        }
    }

    fn text(&self, id: TextId) -> String {
        self.pool.with(id, str::to_owned)
    }

    fn optional(&self, id: TextId) -> Option<String> {
        (id != TextId::EMPTY).then(|| self.text(id))
    }

    fn name<T, E>(&self, id: TextId, parse: impl Fn(&str) -> Result<T, E>) -> Option<T> {
        self.pool.with(id, |text| parse(text).ok())
    }
}

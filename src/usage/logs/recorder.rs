//! One thread's way into the groups, with a cache in front.

use std::sync::PoisonError;

use super::address::classify;
use super::addresses::{Addresses, Lowest};
use super::caller::{CREDENTIALS, Who};
use super::entry::{Check, Entry};
use super::fingerprint::Fingerprint;
use super::groups::{CallerRow, Groups, PermissionRow};
use super::resource::cut;
use super::table::Slot;
use super::time::moment;
use super::user_agent::normalise;
use crate::model::call::AddressClass;
use crate::model::names::{Email, KeyId, ProjectId};
use crate::model::usage::Period;

/// How many groups each of the two caches holds. A power of two.
const CACHE: usize = 8 * 1024;

/// What the entries were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Entries of audit logs, with those that were left out.
    pub entries: u64,
    /// Entries of audit logs as nobody who counts: people, service agents, Kubernetes identities.
    pub passed_over: u64,
    /// Entries of other logs.
    pub other_logs: u64,
    /// Entries that would count, but have no timestamp that can be read.
    pub undated: u64,
    /// The first and the last timestamp of what was looked at, nanoseconds since 1970.
    seen: Option<(i64, i64)>,
}

impl Tally {
    /// Returns the time from the earliest to the latest entry that counts; `None` where there was none.
    #[must_use]
    pub fn period(&self) -> Option<Period> {
        self.seen.map(|(first, last)| Period {
            from: moment(first),
            to: moment(last),
        })
    }

    fn absorb(&mut self, other: Self) {
        self.entries += other.entries;
        self.passed_over += other.passed_over;
        self.other_logs += other.other_logs;
        self.undated += other.undated;
        if let Some((first, last)) = other.seen {
            self.see(first);
            self.see(last);
        }
    }

    fn see(&mut self, at: i64) {
        let (first, last) = self.seen.get_or_insert((at, at));
        *first = (*first).min(at);
        *last = (*last).max(at);
    }
}

/// One thread's way into [`Groups`]. What it holds back is there once it is finished.
pub struct Recorder<'g> {
    groups: &'g Groups,
    callers: Vec<CachedCaller>,
    permissions: Vec<CachedPermission>,
    tally: Tally,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Outcome {
    /// It goes to a group.
    Group(Slot),
    /// There are too many groups.
    #[default]
    Full,
    /// It does not pass the filter.
    Filtered,
    /// It is nobody's who counts.
    PassedOver,
}

#[derive(Clone, Copy, Default)]
struct CachedCaller {
    raw: Fingerprint,
    outcome: Outcome,
    count: u64,
    first: i64,
    last: i64,
    addresses: Lowest,
}

#[derive(Clone, Copy, Default)]
struct CachedPermission {
    raw: Fingerprint,
    outcome: Outcome,
    count: u64,
    last: i64,
}

impl<'g> Recorder<'g> {
    pub(super) fn new(groups: &'g Groups) -> Self {
        Self {
            groups,
            callers: vec![CachedCaller::default(); CACHE],
            permissions: vec![CachedPermission::default(); CACHE],
            tally: Tally::default(),
        }
    }

    /// Counts an entry of another log.
    pub fn other_log(&mut self) {
        self.tally.other_logs += 1;
    }

    /// Counts an entry that can have no row.
    pub(super) fn passed_over(&mut self) {
        self.tally.entries += 1;
        self.tally.passed_over += 1;
    }

    /// Takes in one entry.
    pub fn add(&mut self, entry: &Entry<'_>) {
        self.tally.entries += 1;
        let Some(at) = entry.at.filter(|at| *at >= self.groups.since) else {
            if entry.credential.is_none() && entry.who().is_none() {
                self.tally.passed_over += 1;
            } else if entry.at.is_none() {
                self.tally.undated += 1;
            }
            return;
        };
        if entry.credential.is_some() {
            self.groups.note(entry);
        }
        let key = self.groups.key;
        let actor = key
            .start()
            .text(key, &entry.principal_email)
            .text(
                key,
                if entry.principal_email.is_empty() {
                    &entry.principal_subject
                } else {
                    ""
                },
            )
            .text(key, &entry.key_name)
            .text(key, &entry.delegate)
            .number(key, u64::from(entry.service == CREDENTIALS));
        match self.call(actor, entry, at) {
            Outcome::Group(_) | Outcome::Full => {
                self.tally.see(at);
                for check in &entry.checks {
                    self.check(actor, entry, at, check);
                }
            }
            // The window is what was looked at, not what was found there.
            Outcome::Filtered => self.tally.see(at),
            Outcome::PassedOver => self.tally.passed_over += 1,
        }
    }

    /// Hands over what is held back.
    pub fn finish(mut self) {
        for at in 0..CACHE {
            self.flush_caller(at);
            self.flush_permission(at);
        }
        let mut tally = self
            .groups
            .tally
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        tally.absorb(self.tally);
    }

    /// Counts a call in its group.
    fn call(&mut self, actor: Fingerprint, entry: &Entry<'_>, at: i64) -> Outcome {
        let key = self.groups.key;
        let (class, address) = classify(&entry.address);
        let mut raw = actor
            .text(key, &entry.user_agent)
            .text(key, &entry.network)
            .text(key, &entry.service)
            .text(
                key,
                if entry.project.is_empty() {
                    &entry.log_name
                } else {
                    &entry.project
                },
            )
            .number(key, class as u64);
        if entry.service == CREDENTIALS {
            raw = raw
                .text(key, &entry.method)
                .text(key, &entry.label_email)
                .text(key, &entry.resource);
        }
        let place = raw.low as usize % CACHE;
        if self.callers[place].raw != raw {
            self.flush_caller(place);
            self.callers[place] = CachedCaller {
                raw,
                outcome: self.outcome(entry, class),
                first: i64::MAX,
                last: i64::MIN,
                ..CachedCaller::default()
            };
        }
        let cached = &mut self.callers[place];
        cached.count += 1;
        cached.first = cached.first.min(at);
        cached.last = cached.last.max(at);
        if let Some(address) = address {
            cached.addresses.insert(address);
        }
        cached.outcome
    }

    /// Returns what becomes of the calls that are like `entry`.
    fn outcome(&self, entry: &Entry<'_>, class: AddressClass) -> Outcome {
        let groups = self.groups;
        let Some(who) = entry.who() else {
            return Outcome::PassedOver;
        };
        let (id, target, project) = (entry.key(), entry.target(), entry.project());
        let filter = &groups.filter;
        let is_of = |account: &Email| {
            entry.principal_email == account.as_str() || target.as_ref() == Some(account)
        };
        if filter
            .account
            .as_ref()
            .is_some_and(|account| !is_of(account))
            || filter
                .key
                .as_ref()
                .is_some_and(|key| id.as_ref() != Some(key))
        {
            return Outcome::Filtered;
        }
        let id = id.as_ref().map_or("", KeyId::as_str);
        let target = target.as_ref().map_or("", Email::as_str);
        let project = project.as_ref().map_or("", ProjectId::as_str);
        let user_agent = normalise(&entry.user_agent);
        let key = groups.key;
        let fingerprint = canonical(groups, who, id, &entry.delegate)
            .text(key, target)
            .text(key, &user_agent)
            .text(key, &entry.network)
            .text(key, &entry.service)
            .text(key, project)
            .number(key, class as u64);
        let text = |text: &str| groups.pool.intern(text);
        let make = || CallerRow {
            actor: groups.actor(who, id, &entry.delegate),
            target: text(target),
            user_agent: text(&user_agent),
            network: text(&entry.network),
            service: text(&entry.service),
            project: text(project),
            class,
            addresses: Addresses::default(),
            first: i64::MAX,
            last: i64::MIN,
            count: 0,
        };
        groups
            .callers
            .add(fingerprint, make, |_| ())
            .map_or(Outcome::Full, Outcome::Group)
    }

    /// Counts a check of a permission in its group.
    fn check(&mut self, actor: Fingerprint, entry: &Entry<'_>, at: i64, check: &Check<'_>) {
        let key = self.groups.key;
        let resource = cut(&check.permission, &check.resource);
        let raw = actor
            .text(key, &check.permission)
            .text(key, resource)
            .number(key, u64::from(check.granted));
        let place = raw.low as usize % CACHE;
        if self.permissions[place].raw != raw {
            self.flush_permission(place);
            self.permissions[place] = CachedPermission {
                raw,
                outcome: self.permission(entry, check, resource),
                count: 0,
                last: i64::MIN,
            };
        }
        let cached = &mut self.permissions[place];
        cached.count += 1;
        cached.last = cached.last.max(at);
    }

    /// Returns what becomes of the checks that are like this one.
    fn permission(&self, entry: &Entry<'_>, check: &Check<'_>, resource: &str) -> Outcome {
        let groups = self.groups;
        let Some(who) = entry.who() else {
            return Outcome::PassedOver;
        };
        let id = entry.key();
        let id = id.as_ref().map_or("", KeyId::as_str);
        let key = groups.key;
        let fingerprint = canonical(groups, who, id, &entry.delegate)
            .text(key, &check.permission)
            .text(key, resource)
            .number(key, u64::from(check.granted));
        let make = || PermissionRow {
            actor: groups.actor(who, id, &entry.delegate),
            permission: groups.pool.intern(&check.permission),
            resource: groups.pool.intern(resource),
            granted: check.granted,
            last: i64::MIN,
            count: 0,
        };
        groups
            .permissions
            .add(fingerprint, make, |_| ())
            .map_or(Outcome::Full, Outcome::Group)
    }

    fn flush_caller(&mut self, at: usize) {
        let cached = std::mem::take(&mut self.callers[at]);
        match cached.outcome {
            Outcome::Group(slot) => self.groups.callers.merge(slot, |row| {
                row.count += cached.count;
                row.first = row.first.min(cached.first);
                row.last = row.last.max(cached.last);
                row.addresses.absorb(&cached.addresses);
            }),
            Outcome::Full => self.groups.callers.refuse(cached.count),
            Outcome::Filtered | Outcome::PassedOver => {}
        }
    }

    fn flush_permission(&mut self, at: usize) {
        let cached = std::mem::take(&mut self.permissions[at]);
        match cached.outcome {
            Outcome::Group(slot) => self.groups.permissions.merge(slot, |row| {
                row.count += cached.count;
                row.last = row.last.max(cached.last);
            }),
            Outcome::Full => self.groups.permissions.refuse(cached.count),
            Outcome::Filtered | Outcome::PassedOver => {}
        }
    }
}

/// Returns the fingerprint of a principal, its key and its delegate.
fn canonical(groups: &Groups, who: Who<'_>, id: &str, delegate: &str) -> Fingerprint {
    let (kind, name) = match who {
        Who::Account(name) => (0, name),
        Who::Federated(name) => (1, name),
        Who::Other(name) => (2, name),
    };
    let key = groups.key;
    key.start()
        .number(key, kind)
        .text(key, name)
        .text(key, id)
        .text(key, delegate)
}

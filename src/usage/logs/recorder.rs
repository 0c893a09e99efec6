//! One thread's way into the groups, with a cache in front.

use std::sync::PoisonError;

use super::address::classify;
use super::addresses::{Addresses, Lowest};
use super::caller::{CREDENTIALS, Who};
use super::entry::{Check, Entry};
use super::fingerprint::Fingerprint;
use super::groups::{Actor, CallerRow, Filter, Groups, PermissionRow};
use super::resource::cut;
use super::table::Slot;
use super::time::moment;
use super::user_agent::normalise;
use crate::model::call::AddressClass;
use crate::model::names::{Email, KeyId, ProjectId};
use crate::model::usage::Period;

/// How many groups each of the two caches holds. A power of two.
const CACHE: usize = 32 * 1024;

/// How many principals are remembered. A power of two.
const ACTORS: usize = 16 * 1024;

/// How many user agents are remembered. A power of two.
const AGENTS: usize = 1024;

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
    actors: Vec<CachedActor>,
    agents: Vec<CachedAgent>,
    callers: Vec<CachedCaller>,
    /// The addresses of the callers, apart: most calls are from none that counts.
    addresses: Vec<Lowest>,
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
}

/// A principal with its key and its delegate, by the texts of an entry.
#[derive(Clone, Copy, Default)]
struct CachedActor {
    raw: Fingerprint,
    /// The fingerprint of what they mean; `None`: nobody who counts.
    meaning: Option<Fingerprint>,
    /// Their numbers, once a row has needed them.
    numbers: Option<Actor>,
}

/// A principal of an entry: the fingerprints of its texts and of their meaning, and where it is remembered.
#[derive(Clone, Copy)]
struct Known {
    raw: Fingerprint,
    meaning: Fingerprint,
    place: usize,
}

#[derive(Clone, Copy, Default)]
struct CachedAgent {
    raw: Fingerprint,
    normalised: Fingerprint,
}

#[derive(Clone, Copy, Default)]
struct CachedCaller {
    raw: Fingerprint,
    outcome: Outcome,
    count: u64,
    first: i64,
    last: i64,
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
            actors: vec![CachedActor::default(); ACTORS],
            agents: vec![CachedAgent::default(); AGENTS],
            callers: vec![CachedCaller::default(); CACHE],
            addresses: vec![Lowest::default(); CACHE],
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
        let Some(actor) = self.actor(entry) else {
            self.tally.passed_over += 1;
            return;
        };
        match self.call(actor, entry, at) {
            Outcome::Group(_) | Outcome::Full => {
                self.tally.see(at);
                for check in &entry.checks {
                    self.check(actor, entry, at, check);
                }
            }
            // The window is what was looked at, not what was found there.
            Outcome::Filtered => self.tally.see(at),
        }
    }

    /// Returns who called, remembered by the entry's texts; `None` where that is nobody who counts.
    fn actor(&mut self, entry: &Entry<'_>) -> Option<Known> {
        let key = self.groups.key;
        let subject = if entry.principal_email.is_empty() {
            &*entry.principal_subject
        } else {
            ""
        };
        let raw = key
            .start()
            .text(key, &entry.principal_email)
            .text(key, subject)
            .text(key, &entry.key_name)
            .text(key, &entry.delegate)
            .number(key, u64::from(entry.takes_a_token()));
        let place = raw.low as usize % ACTORS;
        if self.actors[place].raw != raw {
            self.actors[place] = CachedActor {
                raw,
                meaning: entry.who().map(|who| {
                    let (kind, name) = match who {
                        Who::Account(name) => (0, name),
                        Who::Federated(name) => (1, name),
                        Who::Other(name) => (2, name),
                    };
                    let id = entry.key();
                    let id = id.as_ref().map_or("", KeyId::as_str);
                    key.start()
                        .number(key, kind)
                        .text(key, name)
                        .text(key, id)
                        .text(key, &entry.delegate)
                }),
                numbers: None,
            };
        }
        self.actors[place].meaning.map(|meaning| Known {
            raw,
            meaning,
            place,
        })
    }

    /// Returns the numbers of a principal, for a new row.
    fn numbers(&mut self, actor: Known, entry: &Entry<'_>) -> Option<Actor> {
        let cached = &mut self.actors[actor.place];
        if cached.numbers.is_none() {
            let id = entry.key();
            let id = id.as_ref().map_or("", KeyId::as_str);
            cached.numbers = Some(self.groups.actor(entry.who()?, id, &entry.delegate));
        }
        cached.numbers
    }

    /// Returns the fingerprint of the normalised user agent, remembered by its text.
    fn agent(&mut self, text: &str) -> Fingerprint {
        let key = self.groups.key;
        let raw = key.start().text(key, text);
        let cached = &mut self.agents[raw.low as usize % AGENTS];
        if cached.raw != raw {
            *cached = CachedAgent {
                raw,
                normalised: key.start().text(key, &normalise(text)),
            };
        }
        cached.normalised
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
    fn call(&mut self, actor: Known, entry: &Entry<'_>, at: i64) -> Outcome {
        let key = self.groups.key;
        let (class, address) = classify(&entry.address);
        let mut raw = actor
            .raw
            .text(key, &entry.user_agent)
            .text(key, &entry.network)
            .text(key, &entry.service)
            .text(key, told_project(entry))
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
                outcome: self.outcome(actor, entry, class),
                first: i64::MAX,
                last: i64::MIN,
                count: 0,
            };
        }
        let cached = &mut self.callers[place];
        cached.count += 1;
        cached.first = cached.first.min(at);
        cached.last = cached.last.max(at);
        let outcome = cached.outcome;
        if let Some(address) = address {
            self.addresses[place].insert(address);
        }
        outcome
    }

    /// Returns what becomes of the calls that are like `entry`.
    fn outcome(&mut self, actor: Known, entry: &Entry<'_>, class: AddressClass) -> Outcome {
        let groups = self.groups;
        let (target, project) = (entry.target(), entry.project());
        if !self.passes(entry, target.as_ref()) {
            return Outcome::Filtered;
        }
        let target = target.as_ref().map_or("", Email::as_str);
        let project = project.as_ref().map_or("", ProjectId::as_str);
        let agent = self.agent(&entry.user_agent);
        let key = groups.key;
        let fingerprint = actor
            .meaning
            .text(key, target)
            .absorb(key, agent)
            .text(key, &entry.network)
            .text(key, &entry.service)
            .text(key, project)
            .number(key, class as u64);
        let text = |text: &str| groups.pool.intern(text);
        let make = || {
            Some(CallerRow {
                actor: self.numbers(actor, entry)?,
                target: text(target),
                user_agent: text(&normalise(&entry.user_agent)),
                network: text(&entry.network),
                service: text(&entry.service),
                project: text(project),
                class,
                addresses: Addresses::default(),
                first: i64::MAX,
                last: i64::MIN,
                count: 0,
            })
        };
        groups
            .callers
            .find_or_insert(fingerprint, make)
            .map_or(Outcome::Full, Outcome::Group)
    }

    /// Returns whether the call is one that the user asked for.
    fn passes(&self, entry: &Entry<'_>, target: Option<&Email>) -> bool {
        let Filter { account, key, .. } = &self.groups.filter;
        account.as_ref().is_none_or(|account| {
            entry.principal_email == account.as_str() || target == Some(account)
        }) && key
            .as_ref()
            .is_none_or(|key| entry.key().as_ref() == Some(key))
    }

    /// Counts a check of a permission in its group.
    fn check(&mut self, actor: Known, entry: &Entry<'_>, at: i64, check: &Check<'_>) {
        let key = self.groups.key;
        let resource = cut(&check.permission, &check.resource);
        let raw = actor
            .raw
            .text(key, told_project(entry))
            .text(key, &check.permission)
            .text(key, resource)
            .number(key, u64::from(check.granted));
        let place = raw.low as usize % CACHE;
        if self.permissions[place].raw != raw {
            self.flush_permission(place);
            self.permissions[place] = CachedPermission {
                raw,
                outcome: self.permission(actor, entry, check, resource),
                count: 0,
                last: i64::MIN,
            };
        }
        let cached = &mut self.permissions[place];
        cached.count += 1;
        cached.last = cached.last.max(at);
    }

    /// Returns what becomes of the checks that are like this one.
    fn permission(
        &mut self,
        actor: Known,
        entry: &Entry<'_>,
        check: &Check<'_>,
        resource: &str,
    ) -> Outcome {
        let groups = self.groups;
        let key = groups.key;
        let project = entry.project();
        let project = project.as_ref().map_or("", ProjectId::as_str);
        let fingerprint = actor
            .meaning
            .text(key, project)
            .text(key, &check.permission)
            .text(key, resource)
            .number(key, u64::from(check.granted));
        let make = || {
            Some(PermissionRow {
                actor: self.numbers(actor, entry)?,
                project: groups.pool.intern(project),
                permission: groups.pool.intern(&check.permission),
                resource: groups.pool.intern(resource),
                granted: check.granted,
                last: i64::MIN,
                count: 0,
            })
        };
        groups
            .permissions
            .find_or_insert(fingerprint, make)
            .map_or(Outcome::Full, Outcome::Group)
    }

    fn flush_caller(&mut self, at: usize) {
        let cached = std::mem::take(&mut self.callers[at]);
        match cached.outcome {
            Outcome::Group(slot) => self.groups.callers.merge(slot, |row| {
                row.count += cached.count;
                row.first = row.first.min(cached.first);
                row.last = row.last.max(cached.last);
                row.addresses.absorb(&self.addresses[at]);
            }),
            Outcome::Full => self.groups.callers.refuse(cached.count),
            Outcome::Filtered => {}
        }
        self.addresses[at].clear();
    }

    fn flush_permission(&mut self, at: usize) {
        let cached = std::mem::take(&mut self.permissions[at]);
        match cached.outcome {
            Outcome::Group(slot) => self.groups.permissions.merge(slot, |row| {
                row.count += cached.count;
                row.last = row.last.max(cached.last);
            }),
            Outcome::Full => self.groups.permissions.refuse(cached.count),
            Outcome::Filtered => {}
        }
    }
}

/// Returns the text that tells an entry's project: its own label, else the name of its log.
fn told_project<'e>(entry: &'e Entry<'_>) -> &'e str {
    if entry.project.is_empty() {
        &entry.log_name
    } else {
        &entry.project
    }
}

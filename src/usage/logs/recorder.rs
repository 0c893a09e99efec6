//! One thread's way into the groups, with a cache in front.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::PoisonError;

use super::address::classify;
use super::addresses::{Addresses, Lowest};
use super::caller::{CREDENTIALS, Who};
use super::entry::{Check, Entry};
use super::fingerprint::Fingerprint;
use super::groups::{Actor, CallerRow, Filter, Groups, PermissionRow};
use super::pool::TextId;
use super::resource::cut;
use super::table::Slot;
use super::time::moment;
use super::user_agent::{around_run_id, normalise};
use crate::model::call::AddressClass;
use crate::model::names::{Email, KeyId, ProjectId};
use crate::model::usage::Period;

/// How many groups each of the two caches holds at first, and at most. Powers of two.
const CACHE: usize = 4 * 1024;
const LARGEST_CACHE: usize = 128 * 1024;

/// How many principals are remembered. A power of two.
const ACTORS: usize = 16 * 1024;

/// How many user agents are remembered. A power of two.
const AGENTS: usize = 1024;

/// How many entries are looked up side by side.
pub(super) const BATCH: usize = 16;

/// How many texts' numbers are remembered. A power of two.
const NAMES: usize = 4 * 1024;

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
    names: Vec<(Fingerprint, TextId)>,
    callers: Vec<CachedCaller>,
    /// The addresses of the callers, apart: most calls are from none that counts.
    addresses: Vec<Lowest>,
    permissions: Vec<CachedPermission>,
    /// How many groups were driven out of each cache since it last grew.
    driven_out: [usize; 2],
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
    /// It is by nobody who counts.
    Nobody,
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

/// A principal of an entry: the fingerprint of what its texts mean, and where it is remembered.
#[derive(Clone, Copy)]
struct Known {
    meaning: Fingerprint,
    place: usize,
}

/// What is looked up of an entry.
#[derive(Clone, Copy, Default)]
struct LookedAt {
    /// The texts that say who called.
    actor: Fingerprint,
    /// The normalised user agent.
    agent: Fingerprint,
    /// The texts of the call.
    call: Fingerprint,
    /// The texts of the first check; without one, any.
    check: Fingerprint,
    class: AddressClass,
    address: Option<IpAddr>,
}

#[derive(Clone, Copy, Default)]
struct CachedAgent {
    raw: Fingerprint,
    normalised: Fingerprint,
}

/// One line of the processor's cache.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct CachedCaller {
    raw: Fingerprint,
    outcome: Outcome,
    count: u64,
    first: i64,
    last: i64,
    /// One address, as most callers have no more: the others stand apart.
    address: Option<Ipv4Addr>,
}

/// One line of the processor's cache.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
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
            names: vec![(Fingerprint::default(), TextId::EMPTY); NAMES],
            callers: vec![CachedCaller::default(); CACHE],
            addresses: vec![Lowest::default(); CACHE],
            permissions: vec![CachedPermission::default(); CACHE],
            driven_out: [0; 2],
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
        let looked_at = self.look_at(entry);
        self.take_in(entry, looked_at);
    }

    /// Takes in several entries: quicker than one by one, since their places in the caches, which are far apart in memory,
    /// are fetched at the same time.
    pub(super) fn add_all(&mut self, entries: &[Entry<'_>]) {
        for entries in entries.chunks(BATCH) {
            let mut looked_at = [LookedAt::default(); BATCH];
            for (entry, looked_at) in entries.iter().zip(&mut looked_at) {
                *looked_at = self.look_at(entry);
            }
            let fetched = looked_at
                .iter()
                .fold(0, |fetched, LookedAt { call, check, .. }| {
                    let call = &self.callers[place(*call, &self.callers)];
                    let check = &self.permissions[place(*check, &self.permissions)];
                    fetched ^ call.count ^ check.count
                });
            // Nobody needs the sum, but it makes sure that the places are read here.
            std::hint::black_box(fetched);
            for (entry, looked_at) in entries.iter().zip(looked_at) {
                self.take_in(entry, looked_at);
            }
        }
    }

    fn take_in(&mut self, entry: &Entry<'_>, looked_at: LookedAt) {
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
        match self.call(looked_at, entry, at) {
            Outcome::Group(_) | Outcome::Full => {
                self.tally.see(at);
                let mut raw = looked_at.check;
                for (number, check) in entry.checks.iter().enumerate() {
                    if number > 0 {
                        raw = self.check_texts(looked_at.actor, told_project(entry), check);
                    }
                    self.check(looked_at.actor, raw, entry, at, check);
                }
            }
            // The window is what was looked at, not what was found there.
            Outcome::Filtered => self.tally.see(at),
            Outcome::Nobody => self.tally.passed_over += 1,
        }
    }

    /// Returns the fingerprint of the texts that say who called.
    fn texts(&self, entry: &Entry<'_>) -> Fingerprint {
        let key = self.groups.key;
        let subject = if entry.principal_email.is_empty() {
            &*entry.principal_subject
        } else {
            ""
        };
        key.start()
            .text(key, &entry.principal_email)
            .text(key, subject)
            .text(key, &entry.key_name)
            .text(key, &entry.delegate)
            .number(key, u64::from(entry.takes_a_token()))
    }

    /// Returns who called, remembered by the texts; `None` where that is nobody who counts.
    fn actor(&mut self, raw: Fingerprint, entry: &Entry<'_>) -> Option<Known> {
        let key = self.groups.key;
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
        let meaning = self.actors[place].meaning?;
        Some(Known { meaning, place })
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

    /// Returns the fingerprint of the normalised user agent, remembered by its text, without its run id where it has one:
    /// what is remembered by that would never come back.
    fn agent(&mut self, text: &str) -> Fingerprint {
        let key = self.groups.key;
        let raw = match around_run_id(text) {
            Some((before, behind)) => key.start().text(key, before).text(key, behind),
            None => key.start().text(key, text),
        };
        let cached = &mut self.agents[raw.low as usize % AGENTS];
        if cached.raw != raw {
            *cached = CachedAgent {
                raw,
                normalised: key.start().text(key, &normalise(text)),
            };
        }
        cached.normalised
    }

    /// Returns the number of a text, remembered by its fingerprint: most rows name what others named.
    fn name(&mut self, text: &str) -> TextId {
        let key = self.groups.key;
        let raw = key.start().text(key, text);
        let cached = &mut self.names[raw.low as usize % NAMES];
        if cached.0 != raw {
            *cached = (raw, self.groups.pool.intern(text));
        }
        cached.1
    }

    /// Hands over what is held back.
    pub fn finish(mut self) {
        for at in 0..self.callers.len() {
            self.flush_caller(at);
        }
        for at in 0..self.permissions.len() {
            self.flush_permission(at);
        }
        let mut tally = self
            .groups
            .tally
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        tally.absorb(self.tally);
    }

    /// Returns the fingerprints of an entry's texts.
    fn look_at(&mut self, entry: &Entry<'_>) -> LookedAt {
        let key = self.groups.key;
        let actor = self.texts(entry);
        let (class, address) = classify(&entry.address);
        let agent = self.agent(&entry.user_agent);
        let project = told_project(entry);
        let mut call = actor
            .absorb(key, agent)
            .text(key, &entry.network)
            .text(key, &entry.service)
            .text(key, project)
            .number(key, class as u64);
        if entry.service == CREDENTIALS {
            call = call
                .text(key, &entry.method)
                .text(key, &entry.label_email)
                .text(key, &entry.resource);
        }
        let check = entry.checks.first();
        LookedAt {
            actor,
            agent,
            call,
            check: check.map_or(actor, |check| self.check_texts(actor, project, check)),
            class,
            address,
        }
    }

    /// Returns the fingerprint of the texts of a check of something in a project.
    fn check_texts(&self, actor: Fingerprint, project: &str, check: &Check<'_>) -> Fingerprint {
        let key = self.groups.key;
        actor
            .text(key, project)
            .text(key, &check.permission)
            .text(key, cut(&check.permission, &check.resource))
            .number(key, u64::from(check.granted))
    }

    /// Counts a call in its group.
    fn call(&mut self, looked_at: LookedAt, entry: &Entry<'_>, at: i64) -> Outcome {
        let LookedAt {
            actor,
            agent,
            call: raw,
            class,
            address,
            ..
        } = looked_at;
        let mut place = place(raw, &self.callers);
        if self.callers[place].raw != raw {
            place = self.make_room_for_caller(raw, place);
            self.callers[place] = CachedCaller {
                raw,
                outcome: self.outcome(actor, agent, entry, class),
                first: i64::MAX,
                last: i64::MIN,
                count: 0,
                address: None,
            };
        }
        let cached = &mut self.callers[place];
        cached.count += 1;
        cached.first = cached.first.min(at);
        cached.last = cached.last.max(at);
        let outcome = cached.outcome;
        match (address, cached.address) {
            (None, _) => {}
            (Some(IpAddr::V4(address)), None) => cached.address = Some(address),
            (Some(IpAddr::V4(address)), Some(held)) if address == held => {}
            (Some(address), _) => self.addresses[place].insert(address),
        }
        outcome
    }

    /// Returns what becomes of the calls that are like `entry`.
    fn outcome(
        &mut self,
        texts: Fingerprint,
        agent: Fingerprint,
        entry: &Entry<'_>,
        class: AddressClass,
    ) -> Outcome {
        let groups = self.groups;
        let Some(actor) = self.actor(texts, entry) else {
            return Outcome::Nobody;
        };
        let (target, project) = (entry.target(), entry.project());
        if !self.passes(entry, target.as_ref()) {
            return Outcome::Filtered;
        }
        let target = target.as_ref().map_or("", Email::as_str);
        let project = project.as_ref().map_or("", ProjectId::as_str);
        let key = groups.key;
        let fingerprint = actor
            .meaning
            .text(key, target)
            .absorb(key, agent)
            .text(key, &entry.network)
            .text(key, &entry.service)
            .text(key, project)
            .number(key, class as u64);
        let make = || {
            Some(CallerRow {
                actor: self.numbers(actor, entry)?,
                target: self.name(target),
                user_agent: self.name(&normalise(&entry.user_agent)),
                network: self.name(&entry.network),
                service: self.name(&entry.service),
                project: self.name(project),
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
    fn check(
        &mut self,
        actor: Fingerprint,
        raw: Fingerprint,
        entry: &Entry<'_>,
        at: i64,
        check: &Check<'_>,
    ) {
        let mut place = place(raw, &self.permissions);
        if self.permissions[place].raw != raw {
            place = self.make_room_for_permission(raw, place);
            self.permissions[place] = CachedPermission {
                raw,
                outcome: self.permission(actor, entry, check),
                count: 0,
                last: i64::MIN,
            };
        }
        let cached = &mut self.permissions[place];
        cached.count += 1;
        cached.last = cached.last.max(at);
    }

    /// Returns what becomes of the checks that are like this one.
    fn permission(&mut self, texts: Fingerprint, entry: &Entry<'_>, check: &Check<'_>) -> Outcome {
        let groups = self.groups;
        let resource = cut(&check.permission, &check.resource);
        let Some(actor) = self.actor(texts, entry) else {
            return Outcome::Nobody;
        };
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
                project: self.name(project),
                permission: self.name(&check.permission),
                resource: self.name(resource),
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

    /// Frees the place of a caller that is not in the cache; returns it. A cache that many are driven out of grows.
    fn make_room_for_caller(&mut self, raw: Fingerprint, at: usize) -> usize {
        let size = self.callers.len();
        self.driven_out[0] += 1;
        if self.driven_out[0] <= size || size == LARGEST_CACHE {
            self.flush_caller(at);
            return at;
        }
        self.driven_out[0] = 0;
        self.callers.resize_with(2 * size, CachedCaller::default);
        self.addresses.resize_with(2 * size, Lowest::default);
        for at in 0..size {
            let to = place(self.callers[at].raw, &self.callers);
            self.callers.swap(at, to);
            self.addresses.swap(at, to);
        }
        let at = place(raw, &self.callers);
        self.flush_caller(at);
        at
    }

    /// Frees the place of a check that is not in the cache; returns it.
    fn make_room_for_permission(&mut self, raw: Fingerprint, at: usize) -> usize {
        let size = self.permissions.len();
        self.driven_out[1] += 1;
        if self.driven_out[1] <= size || size == LARGEST_CACHE {
            self.flush_permission(at);
            return at;
        }
        self.driven_out[1] = 0;
        self.permissions
            .resize_with(2 * size, CachedPermission::default);
        for at in 0..size {
            let to = place(self.permissions[at].raw, &self.permissions);
            self.permissions.swap(at, to);
        }
        let at = place(raw, &self.permissions);
        self.flush_permission(at);
        at
    }

    fn flush_caller(&mut self, at: usize) {
        let cached = std::mem::take(&mut self.callers[at]);
        if let Some(address) = cached.address {
            self.addresses[at].insert(IpAddr::V4(address));
        }
        match cached.outcome {
            Outcome::Group(slot) => self.groups.callers.merge(slot, |row| {
                row.count += cached.count;
                row.first = row.first.min(cached.first);
                row.last = row.last.max(cached.last);
                row.addresses.absorb(&self.addresses[at]);
            }),
            Outcome::Full => self.groups.callers.refuse(cached.count),
            Outcome::Filtered | Outcome::Nobody => {}
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
            Outcome::Filtered | Outcome::Nobody => {}
        }
    }
}

/// Returns where in a cache what has this fingerprint belongs. In one of twice the size it is the same place, or the one as
/// far behind it as the cache was long.
fn place<T>(raw: Fingerprint, cache: &[T]) -> usize {
    raw.low as usize & (cache.len() - 1)
}

/// Returns the text that tells an entry's project: its own label, else the name of its log.
fn told_project<'e>(entry: &'e Entry<'_>) -> &'e str {
    if entry.project.is_empty() {
        &entry.log_name
    } else {
        &entry.project
    }
}

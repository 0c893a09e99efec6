//! Accounts and keys: on, off, gone, silent, replaced.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::call::CredentialEventKind as Kind;
use crate::model::coverage::Dataset;
use crate::model::estate::Key;
use crate::model::idle::MAX_LAG;
use crate::model::names::{Email, KeyId};
use crate::model::plan::KeyRef;
use crate::model::scope::{AccountRef, Scope};
use crate::model::usage::LastUse;

use super::{Sight, World};

/// A key is not called silent before this: sources tell of a use days later, and jobs of working days rest at weekends.
const QUIET: TimeDelta = TimeDelta::days(7);

/// What is left of a key.
enum Found<'a> {
    There(&'a Key),
    Gone,
    Unread,
}

fn find<'a>(account: &AccountRef, key: &KeyId, world: &World<'a>) -> Found<'a> {
    let Some(held) = world.account(account) else {
        return if world.is_whole(&account.project, Dataset::ServiceAccounts) {
            Found::Gone
        } else {
            Found::Unread
        };
    };
    let whole = || world.is_all_read(&Scope::Account(account.clone()), Dataset::Keys);
    match held.keys.iter().find(|held| held.facts.id == *key) {
        Some(key) => Found::There(key),
        None if whole() => Found::Gone,
        None => Found::Unread,
    }
}

/// Returns the last time that something of the kind is told of the account, or of the key of it.
fn told(
    account: &AccountRef,
    key: Option<&KeyId>,
    kind: Kind,
    world: &World<'_>,
) -> Option<DateTime<Utc>> {
    let events = world.events(account).iter();
    let of_kind = events.filter(|event| event.kind == kind && event.key.as_ref() == key);
    of_kind.map(|event| event.at).max()
}

pub(super) fn key_off(key: &KeyRef, world: &World<'_>) -> Sight {
    match find(&key.account, &key.key, world) {
        Found::There(found) if found.facts.disabled => Sight::Done(
            told(&key.account, Some(&key.key), Kind::KeyDisabled, world).or(found.life.disabled),
        ),
        Found::There(_) => Sight::NotYet,
        Found::Gone => Sight::Done(None),
        Found::Unread => Sight::unread("the account's keys"),
    }
}

pub(super) fn key_on(key: &KeyRef, world: &World<'_>) -> Sight {
    match find(&key.account, &key.key, world) {
        Found::There(found) if !found.facts.disabled => Sight::Done(None),
        Found::There(_) | Found::Gone => Sight::NotYet,
        Found::Unread => Sight::unread("the account's keys"),
    }
}

pub(super) fn key_gone(key: &KeyRef, world: &World<'_>) -> Sight {
    match find(&key.account, &key.key, world) {
        Found::There(_) => Sight::NotYet,
        Found::Gone => Sight::Done(told(&key.account, Some(&key.key), Kind::KeyDeleted, world)),
        Found::Unread => Sight::unread("the account's keys"),
    }
}

/// Whoever used a key uses something else once the key was not seen for a week since the plan: since its last use.
pub(super) fn silent(
    account: &AccountRef,
    key: &KeyId,
    since: DateTime<Utc>,
    world: &World<'_>,
) -> Sight {
    let now = world.estate.observed_at;
    let found = match find(account, key, world) {
        Found::There(found) if found.facts.disabled => {
            let off = told(account, Some(key), Kind::KeyDisabled, world);
            return Sight::Done(off.or(found.life.disabled));
        }
        Found::There(found) => found,
        Found::Gone => return Sight::Done(told(account, Some(key), Kind::KeyDeleted, world)),
        Found::Unread => return Sight::unread("the account's keys"),
    };
    let begin = match &found.last_use {
        LastUse::Seen { latest, .. } if *latest > since => *latest,
        LastUse::Seen { .. } | LastUse::NotSeen { .. } => since,
        LastUse::Unknown { .. } => return Sight::unread("the key's last use"),
    };
    let watched = found.last_use.windows().iter();
    let watched = watched.filter(|window| window.from <= begin && window.to >= now - MAX_LAG);
    if now - begin < QUIET && begin > since {
        Sight::NotYet
    } else if watched.count() == 0 {
        Sight::Unseen("no source watched the key all the time since".into())
    } else if now - begin < QUIET {
        Sight::Unseen("the key was not seen since, and that is less than a week".into())
    } else {
        Sight::Done(Some(begin))
    }
}

pub(super) fn rotated(
    account: &Email,
    old: &KeyId,
    since: DateTime<Utc>,
    world: &World<'_>,
) -> Sight {
    let now = world.estate.observed_at;
    let Some(held) = world.of_address(account) else {
        return Sight::unread("the account");
    };
    let fresh = held
        .user_managed_keys()
        .filter(|key| key.facts.id != *old && key.is_enabled(now))
        .filter_map(|key| key.facts.valid_after.filter(|made| *made >= since));
    match fresh.min() {
        Some(made) => Sight::Done(Some(made)),
        None if world.is_all_read(&held.scope(), Dataset::Keys) => Sight::NotYet,
        None => Sight::unread("the account's keys"),
    }
}

pub(super) fn account_off(account: &AccountRef, world: &World<'_>) -> Sight {
    match world.account(account) {
        Some(held) if held.facts.disabled => {
            let off = told(account, None, Kind::AccountDisabled, world);
            Sight::Done(off.or(held.life.disabled))
        }
        Some(_) => Sight::NotYet,
        None => account_gone(account, world),
    }
}

pub(super) fn account_on(account: &AccountRef, world: &World<'_>) -> Sight {
    match world.account(account) {
        Some(held) if !held.facts.disabled => Sight::Done(None),
        Some(_) => Sight::NotYet,
        None if world.is_whole(&account.project, Dataset::ServiceAccounts) => Sight::NotYet,
        None => Sight::unread("the accounts of its project"),
    }
}

pub(super) fn account_gone(account: &AccountRef, world: &World<'_>) -> Sight {
    match world.account(account) {
        Some(_) => Sight::NotYet,
        None if world.is_whole(&account.project, Dataset::ServiceAccounts) => {
            Sight::Done(told(account, None, Kind::AccountDeleted, world))
        }
        None => Sight::unread("the accounts of its project"),
    }
}

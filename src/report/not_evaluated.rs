//! What could not be evaluated, grouped: one entry per place, dataset and reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::coverage::{Coverage, Dataset, Reading};
use crate::model::finding::Undecided;
use crate::model::message::Message;
use crate::model::names::KeyId;
use crate::model::scope::{AccountRef, Scope};
use crate::rules::NotEvaluated as Unread;

use super::hints;
use super::{Cause, NotEvaluated};

/// Returns one entry per place, dataset and reason, by scope, then dataset.
///
/// Every gap of the coverage has its entry, whether a rule needs it or not: what is missing is always said.
pub(super) fn group(
    coverage: &Coverage,
    unread: Vec<Unread>,
    undecided: Vec<Undecided>,
) -> Vec<NotEvaluated> {
    let said: BTreeSet<(Scope, Dataset, &str)> = unread
        .iter()
        .filter(|item| brought_nothing(&item.reading))
        .map(|item| (item.scope.clone(), item.dataset, item.rule))
        .collect();
    let is_said = |item: &Undecided| {
        let account = &item.subject.account;
        let scopes = [
            Scope::Account(account.clone()),
            Scope::Project(account.project.clone()),
        ];
        scopes
            .into_iter()
            .any(|scope| said.contains(&(scope, item.dataset, item.rule)))
    };
    let mut entries = undecided_entries(undecided.into_iter().filter(|item| !is_said(item)));
    entries.extend(unread_entries(coverage, unread));
    entries.sort_by(|a, b| {
        (&a.scope, a.dataset, a.cause, &a.keys, &a.reason, &a.rules)
            .cmp(&(&b.scope, b.dataset, b.cause, &b.keys, &b.reason, &b.rules))
    });
    entries
}

fn unread_entries(coverage: &Coverage, unread: Vec<Unread>) -> Vec<NotEvaluated> {
    let mut rules: BTreeMap<(Scope, Dataset, Reading), BTreeSet<&'static str>> = coverage
        .gaps()
        .map(|(scope, dataset, reading)| {
            ((scope.clone(), dataset, reading.clone()), BTreeSet::new())
        })
        .collect();
    for item in unread {
        rules
            .entry((item.scope, item.dataset, item.reading))
            .or_default()
            .insert(item.rule);
    }
    rules
        .into_iter()
        .map(|((scope, dataset, reading), rules)| NotEvaluated {
            reason: why(&reading, dataset, &scope),
            hint: hints::for_reading(&reading, dataset, &scope),
            cause: if reading.is_gap() {
                Cause::Gap
            } else {
                Cause::Skipped
            },
            scope,
            keys: Vec::new(),
            dataset,
            rules: rules.into_iter().collect(),
        })
        .collect()
}

/// Returns whether nothing at all was read, so that the entry over the whole scope says everything.
///
/// Of a read that was merely cut short, what it did not bring stays to be said, key by key.
fn brought_nothing(reading: &Reading) -> bool {
    match reading {
        Reading::Skipped
        | Reading::Denied { .. }
        | Reading::ApiDisabled { .. }
        | Reading::Quota { .. }
        | Reading::Perimeter { .. }
        | Reading::Failed { .. } => true,
        Reading::Read | Reading::Malformed { .. } | Reading::Truncated { .. } => false,
    }
}

/// Returns one entry for all keys of an account that the same rules could not decide for the same reason.
fn undecided_entries(undecided: impl Iterator<Item = Undecided>) -> Vec<NotEvaluated> {
    type Question = (AccountRef, Dataset, Message);
    let mut rules: BTreeMap<(Question, Option<KeyId>), BTreeSet<&'static str>> = BTreeMap::new();
    for item in undecided {
        let question = (item.subject.account, item.dataset, item.reason);
        rules
            .entry((question, item.subject.key))
            .or_default()
            .insert(item.rule);
    }
    let mut keys: BTreeMap<(Question, bool, BTreeSet<&'static str>), Vec<KeyId>> = BTreeMap::new();
    for ((question, key), rules) in rules {
        keys.entry((question, key.is_some(), rules))
            .or_default()
            .extend(key);
    }
    keys.into_iter()
        .map(
            |(((account, dataset, reason), _, rules), keys)| NotEvaluated {
                reason: about(&keys, &reason),
                hint: hints::for_undecided(dataset),
                cause: Cause::Undecided,
                scope: Scope::Account(account),
                keys,
                dataset,
                rules: rules.into_iter().collect(),
            },
        )
        .collect()
}

/// Returns the reason with the keys that it is about in front: one by its id, several by their number.
fn about(keys: &[KeyId], reason: &Message) -> Message {
    let subject = match keys {
        [] => Message::default(),
        [key] => Message::from("key ").key(key).text(": "),
        _ => Message::default().text(format!("{} keys: ", keys.len())),
    };
    subject.append(reason.clone())
}

/// Returns in one sentence why `dataset` is missing in `scope`.
fn why(reading: &Reading, dataset: Dataset, scope: &Scope) -> Message {
    let what = dataset_in_words(dataset);
    match reading {
        Reading::Read => Message::default().text(format!("{what} were read")),
        Reading::Skipped => Message::default().text(format!("{what} were not asked for")),
        Reading::Malformed { count } => Message::default().text(format!(
            "{count} elements of {what} could not be understood and were left out"
        )),
        Reading::Truncated { message } => Message::default()
            .text(format!("only a part of {what} was read: "))
            .name(message),
        Reading::Denied { permission: None } => Message::default()
            .text(format!("the caller may not read {what} of "))
            .append(scope_in_words(scope)),
        Reading::Denied {
            permission: Some(permission),
        } => Message::from("the caller lacks ")
            .name(permission)
            .text(" on ")
            .append(scope_in_words(scope)),
        Reading::ApiDisabled { service, consumer } => {
            let off = Message::default().name(service).text(" is switched off");
            match consumer {
                Some(consumer) => off.text(" in ").name(consumer),
                None => off,
            }
        }
        Reading::Quota { message } => {
            Message::from("Google's quota was used up for longer than the scan waits: ")
                .name(message)
        }
        Reading::Perimeter { uid } => {
            let refused = Message::from("a VPC Service Controls perimeter refused it");
            match uid {
                Some(uid) => refused.text(" (").name(uid).text(")"),
                None => refused,
            }
        }
        Reading::Failed { status, message } => {
            let failed = match status {
                Some(status) => format!("reading {what} ended in HTTP {status}: "),
                None => format!("reading {what} brought no answer: "),
            };
            Message::default().text(failed).name(message)
        }
    }
}

/// Returns the words for a dataset, in the plural.
fn dataset_in_words(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Projects => "the projects",
        Dataset::Folders => "the folders",
        Dataset::ServiceAccounts => "the service accounts",
        Dataset::Keys => "the keys",
        Dataset::AccountActivity => "the last authentications of accounts",
        Dataset::KeyActivity => "the last authentications of keys",
    }
}

/// Returns the words for a scope, names marked.
pub(super) fn scope_in_words(scope: &Scope) -> Message {
    match scope {
        Scope::Caller => Message::from("every project that the caller sees"),
        Scope::Organization(id) => Message::from("organization ").name(id.as_str()),
        Scope::Folder(id) => Message::from("folder ").name(id.as_str()),
        Scope::Project(id) => Message::from("project ").project(id),
        Scope::Account(account) => Message::from("account ").account(&account.email),
    }
}

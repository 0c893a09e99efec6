//! `key-old`: a key that can sign in and was not rotated in time.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::rule::{Cis, Confidence, RuleMeta, Severity};
use crate::model::usage::LastUse;

use super::words::reach::Reach;
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct KeyOld;

static META: RuleMeta = RuleMeta {
    id: "key-old",
    title: "an enabled key is older than it should be",
    severity: Severity::High,
    on_by_default: true,
    // Last use decides how bad it is, not whether it is: without activity the rule is still evaluated.
    needs: &[Dataset::Keys],
    docs: include_str!("key_old.md"),
    cis: Some(Cis {
        v2_to_v4: Some("1.7"),
        v5: "1.8",
    }),
    owasp: &["NHI7:2025"],
};

impl Rule for KeyOld {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.live_keys()
            .filter_map(|(account, key)| outcome(account, key, cx))
            .collect()
    }
}

fn outcome(account: &Account, key: &Key, cx: &Context<'_>) -> Option<Outcome> {
    let Some(age) = key.facts.age_days(cx.now()) else {
        let reason = words::why_no_age(key, cx.now());
        return Some(words::undecided(&META, account, key, Dataset::Keys, reason));
    };
    (age > cx.thresholds.max_key_age.into())
        .then(|| Outcome::Finding(finding(account, key, age, cx)))
}

fn finding(account: &Account, key: &Key, age: i64, cx: &Context<'_>) -> Finding {
    let own_age = key.facts.begins_with_creation();
    let is_seen = matches!(key.last_use, LastUse::Seen { .. });
    let message = message(key, words::age(key.facts.origin, age), cx);
    let rests_on = [
        if is_seen { "seen" } else { "not seen" },
        if own_age {
            "own age"
        } else {
            "certificate's age"
        },
    ];
    let finding = Finding::on_key(&META, account, key, message, &rests_on)
        .severity(if own_age && is_seen {
            Severity::High
        } else {
            Severity::Medium
        })
        .confidence(if own_age {
            Confidence::High
        } else {
            Confidence::Medium
        })
        .facts(words::begin(key))
        .facts(words::usage(&key.last_use));
    if own_age && is_seen {
        return words::replace_if_live(finding, account, key, Reach::Live);
    }
    finding
        .then(Action::FindOwner {
            account: account.reference(),
        })
        .then(Action::ReplaceKey {
            account: account.reference(),
            key: key.facts.id.clone(),
            before: None,
            with: words::callers::replacements(key),
        })
}

fn message(key: &Key, age: String, cx: &Context<'_>) -> Message {
    let message = Message::default().text(age);
    match &key.last_use {
        LastUse::Seen { .. }
            if key
                .last_use
                .seen_within(cx.now(), cx.thresholds.active_within) =>
        {
            message.text(if key.facts.begins_with_creation() {
                " and still in use"
            } else {
                ", and the key is still in use"
            })
        }
        LastUse::Seen { at, weak, .. } => message.text(", ").text(words::last_used(*at, *weak)),
        LastUse::NotSeen { windows } => message.text(", ").text(words::not_observed(windows)),
        LastUse::Unknown { .. } => message.text(", and whether it is in use is not known"),
    }
}

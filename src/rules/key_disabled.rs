//! `key-disabled`: a key that was switched off and never deleted.

use chrono::{DateTime, Utc};

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::Finding;
use crate::model::key::KeyState;
use crate::model::message::Message;
use crate::model::rule::{Confidence, RuleMeta, Severity};

use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct KeyDisabled;

static META: RuleMeta = RuleMeta {
    id: "key-disabled",
    title: "a disabled key is due for deletion",
    severity: Severity::Low,
    on_by_default: true,
    needs: &[Dataset::Keys],
    docs: include_str!("key_disabled.md"),
    cis: None,
    owasp: &["NHI1:2025"],
};

impl Rule for KeyDisabled {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        // A disabled account is told by `account-disabled`, an exposed key by `key-exposed`: one smell, one voice.
        cx.keys()
            .filter(|(account, key)| key.facts.disabled && !account.facts.disabled)
            .filter(|(_, key)| !key.facts.is_exposed())
            .filter_map(|(account, key)| outcome(account, key, cx))
            .collect()
    }
}

fn outcome(account: &Account, key: &Key, cx: &Context<'_>) -> Option<Outcome> {
    if key.facts.state(cx.now()) == KeyState::Expired {
        return Some(Outcome::Finding(dead(account, key)));
    }
    if let Some(since) = key.life.disabled {
        let days = (cx.now() - since).num_days();
        return (days > cx.thresholds.grace.into())
            .then(|| Outcome::Finding(overdue(account, key, since, days)));
    }
    let Some(age) = key.facts.age_days(cx.now()) else {
        let reason = words::why_no_age(key, cx.now());
        return Some(words::undecided(&META, account, key, Dataset::Keys, reason));
    };
    // A key cannot have been disabled for longer than it exists.
    (age > cx.thresholds.grace.into()).then(|| Outcome::Finding(disabled(account, key)))
}

/// Returns the finding for a key that has expired as well, so that enabling it would change nothing.
fn dead(account: &Account, key: &Key) -> Finding {
    let message = Message::from("is disabled and has expired: it can never sign in again");
    Finding::on_key(&META, account, key, message, &["disabled", "expired"])
        .facts(words::end(key))
        .then(Action::FindOwner {
            account: account.reference(),
        })
        .then(Action::DeleteKey {
            account: account.reference(),
            key: key.facts.id.clone(),
        })
}

/// Returns the finding for a key of which the activity log tells since when it is disabled.
fn overdue(account: &Account, key: &Key, since: DateTime<Utc>, days: i64) -> Finding {
    let message = Message::from(words::disabled_for(days, since));
    Finding::on_key(&META, account, key, message, &["disabled"])
        .confidence(words::disabled_confidence(&key.life, since))
        .facts(words::begin(key))
        .facts([words::disabled(since)])
        .then(Action::FindOwner {
            account: account.reference(),
        })
        .then(Action::DeleteKey {
            account: account.reference(),
            key: key.facts.id.clone(),
        })
}

fn disabled(account: &Account, key: &Key) -> Finding {
    let message = Message::from("is disabled, since when could not be seen");
    Finding::on_key(&META, account, key, message, &["disabled"])
        .confidence(Confidence::Low)
        .facts(words::begin(key))
        .then(Action::FindWhenDisabled {
            account: account.reference(),
            key: Some(key.facts.id.clone()),
        })
}

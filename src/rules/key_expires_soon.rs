//! `key-expires-soon`: a key that is in use and ends soon: an outage with a date.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::rule::{RuleMeta, Severity};
use crate::model::usage::LastUse;

use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct KeyExpiresSoon;

static META: RuleMeta = RuleMeta {
    id: "key-expires-soon",
    title: "a key in use expires soon",
    severity: Severity::High,
    on_by_default: true,
    needs: &[Dataset::Keys, Dataset::KeyActivity],
    docs: include_str!("key_expires_soon.md"),
    cis: None,
    owasp: &[],
};

impl Rule for KeyExpiresSoon {
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
    if key.facts.valid_before.is_none() {
        let reason = Message::from("Google did not say until when it is valid");
        return Some(words::undecided(&META, account, key, Dataset::Keys, reason));
    }
    let end = key.facts.expires()?;
    if end - cx.now() > TimeDelta::days(cx.thresholds.expires_within.into()) {
        return None;
    }
    let why = match &key.last_use {
        LastUse::Seen { at, weak, .. } => {
            let finding = finding(account, key, end, (*at, *weak), cx);
            return Some(Outcome::Finding(finding));
        }
        LastUse::NotSeen { .. } => {
            words::why_not_passed(key, cx.now(), cx.thresholds.active_within)?
        }
        LastUse::Unknown { why } => words::why_unknown(why),
    };
    let reason = Message::from(format!("expires on {}, but ", words::day(end))).append(why);
    let dataset = Dataset::KeyActivity;
    Some(words::undecided(&META, account, key, dataset, reason))
}

fn finding(
    account: &Account,
    key: &Key,
    end: DateTime<Utc>,
    (at, weak): (DateTime<Utc>, bool),
    cx: &Context<'_>,
) -> Finding {
    // Whoever comes once a quarter needs the key too, but to call it in use today would be too much.
    let active = key
        .last_use
        .seen_within(cx.now(), cx.thresholds.active_within);
    let message = Message::from(format!(
        "expires on {}, {}, and {} {}",
        words::day(end),
        match (end - cx.now()).num_days() {
            0 => "in less than a day".to_owned(),
            left => format!("in {}", words::days(left)),
        },
        if active { "is in use:" } else { "was" },
        words::last_used(at, weak)
    ));
    Finding::on_key(&META, account, key, message, &["seen"])
        .confidence(words::sighting_confidence(weak))
        .facts(words::end(key))
        .facts(words::usage(&key.last_use))
        .then(Action::ReplaceKey {
            account: account.reference(),
            key: key.facts.id.clone(),
            before: Some(end),
            with: words::callers::replacements(key),
        })
}

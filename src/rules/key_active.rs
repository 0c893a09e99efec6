//! `key-active`: a key that something signs in with today, and that could be replaced by an identity without a key.

use chrono::{DateTime, Utc};

use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::place::PlacedCaller;
use crate::model::rule::{Cis, RuleMeta, Severity};
use crate::model::usage::LastUse;

use super::words::reach::Reach;
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct KeyActive;

static META: RuleMeta = RuleMeta {
    id: "key-active",
    title: "a key is in use that could be replaced by an identity without a key",
    severity: Severity::Medium,
    on_by_default: true,
    needs: &[Dataset::Keys, Dataset::KeyActivity],
    docs: include_str!("key_active.md"),
    cis: Some(Cis {
        v2_to_v4: Some("1.4"),
        v5: "1.5",
    }),
    owasp: &["NHI7:2025"],
};

impl Rule for KeyActive {
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
    let reason = match &key.last_use {
        LastUse::Unknown { why } => words::why_unknown(why),
        LastUse::Seen { at, weak, .. }
            if key
                .last_use
                .seen_within(cx.now(), cx.thresholds.active_within) =>
        {
            let finding = finding(account, key, *at, *weak);
            return Some(Outcome::Finding(finding));
        }
        LastUse::Seen { .. } | LastUse::NotSeen { .. } => {
            words::why_not_passed(key, cx.now(), cx.thresholds.active_within)?
        }
    };
    let dataset = Dataset::KeyActivity;
    Some(words::undecided(&META, account, key, dataset, reason))
}

fn finding(account: &Account, key: &Key, at: DateTime<Utc>, weak: bool) -> Finding {
    let callers: Vec<&PlacedCaller> = key.callers.iter().collect();
    let message = Message::from("was ").text(words::last_used(at, weak));
    let message = if callers.is_empty() {
        message
    } else {
        message
            .text(", by callers in ")
            .append(words::callers::places(&callers))
    };
    let finding = Finding::on_key(&META, account, key, message, &["seen"])
        .confidence(words::sighting_confidence(weak))
        .facts(words::begin(key))
        .facts(words::usage(&key.last_use))
        .facts(words::callers::facts(&key.callers));
    words::replace_if_live(finding, account, key, Reach::Live)
}

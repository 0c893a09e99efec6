//! `key-unused`: a key that can sign in and that nothing signs in with.
//!
//! The one mistake that the program may not make is a wrong "unused". So the word is kept for keys on which both sources
//! agree; what one source says is "not observed", of confidence low, and its only step is to ask.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate, Key};
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::names::{AccountClass, ProjectId};
use crate::model::rule::{Cis, Confidence, RuleMeta, Severity};
use crate::model::usage::{Idle, LastUse, UsageSource, Window};

use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct KeyUnused;

static META: RuleMeta = RuleMeta {
    id: "key-unused",
    title: "an enabled key has not been used for a long time",
    severity: Severity::High,
    on_by_default: true,
    needs: &[Dataset::Keys, Dataset::KeyActivity],
    docs: include_str!("key_unused.md"),
    cis: Some(Cis {
        v2_to_v4: "1.4",
        v5: "1.5",
    }),
    owasp: &["NHI1:2025"],
};

impl Rule for KeyUnused {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let firebase = firebase_projects(cx.estate);
        cx.live_keys()
            .filter_map(|(account, key)| {
                let signs_offline = firebase.contains(&account.facts.project);
                outcome(account, key, signs_offline, cx)
            })
            .collect()
    }
}

/// Returns the projects that Firebase was added to: tokens that its accounts sign offline are seen by no source.
///
/// Firebase makes an account of its own in each, and labels the project.
fn firebase_projects(estate: &Estate) -> BTreeSet<&ProjectId> {
    let by_account = estate
        .accounts
        .iter()
        .filter(|account| account.facts.class() == AccountClass::Firebase)
        .map(|account| &account.facts.project);
    let by_label = estate
        .projects
        .iter()
        .filter(|project| {
            project
                .labels
                .get("firebase")
                .is_some_and(|v| v == "enabled")
        })
        .map(|project| &project.id);
    by_account.chain(by_label).collect()
}

fn outcome(account: &Account, key: &Key, signs_offline: bool, cx: &Context<'_>) -> Option<Outcome> {
    let threshold = cx.thresholds.max_key_idle;
    // A key without a begin is taken for old, and is not judged on that alone.
    let begin = key.facts.begin(cx.now());
    let created = begin.unwrap_or_default();
    let (dataset, reason) = match key.last_use.idle(created, cx.now(), threshold) {
        Idle::Recent | Idle::Young => return None,
        Idle::NotSeen { days, confirmed } if begin.is_some() => {
            let finding = if confirmed && !signs_offline && key.facts.begins_with_creation() {
                unused(account, key, days)
            } else {
                not_observed(account, key, signs_offline, confirmed)
            };
            return Some(Outcome::Finding(finding));
        }
        Idle::NotSeen { .. } => (Dataset::Keys, words::why_no_age(key, cx.now())),
        Idle::Inconclusive { observed_days } => (
            Dataset::KeyActivity,
            words::inconclusive(observed_days, threshold),
        ),
        Idle::Stale { to } => (Dataset::KeyActivity, words::stale(to, cx.now())),
        Idle::Unknown(why) => (Dataset::KeyActivity, words::why_unknown(&why)),
    };
    Some(words::undecided(&META, account, key, dataset, reason))
}

/// Returns the finding for a key on which both sources agree over the whole threshold.
fn unused(account: &Account, key: &Key, days: i64) -> Finding {
    let message = Message::from("has not been used for ")
        .text(words::days(days))
        .text(": ")
        .text(observation(&key.last_use));
    let (reference, id) = (account.reference(), key.facts.id.clone());
    Finding::on_key(&META, account, key, message, &["confirmed"])
        .facts(words::begin(key))
        .facts(words::usage(&key.last_use))
        .then(Action::FindOwner {
            account: reference.clone(),
        })
        .then(Action::DisableKey {
            account: reference.clone(),
            key: id.clone(),
        })
        .then(Action::DeleteKey {
            account: reference,
            key: id,
        })
}

/// Returns the finding for a key that was not seen by a source, where that proves too little to act on.
fn not_observed(account: &Account, key: &Key, signs_offline: bool, confirmed: bool) -> Finding {
    let doubts = [
        (!confirmed).then(|| unconfirmed(key.last_use.windows())),
        (!key.facts.begins_with_creation())
            .then_some("its age is its certificate's, not known from its upload"),
        signs_offline.then_some("tokens that it signs offline for Firebase are seen by no source"),
    ];
    let doubts: Vec<&str> = doubts.into_iter().flatten().collect();
    let message = Message::from("was ")
        .text(observation(&key.last_use))
        .text(format!(" ({})", doubts.join(", ")));
    Finding::on_key(&META, account, key, message, &["not confirmed"])
        .confidence(Confidence::Low)
        .facts(words::begin(key))
        .facts(words::usage(&key.last_use))
        .then(Action::FindOwner {
            account: account.reference(),
        })
}

/// Returns what was seen at last, and who looked since then.
fn observation(last_use: &LastUse) -> String {
    match last_use {
        LastUse::Seen {
            at,
            latest,
            weak,
            windows,
            ..
        } => format!(
            "{} and {}",
            words::last_used(*at, *weak),
            words::not_observed(&since(windows, *latest))
        ),
        LastUse::NotSeen { windows } => words::not_observed(windows),
        LastUse::Unknown { why } => words::why_unknown(why).to_string(),
    }
}

fn since(windows: &[Window], seen: DateTime<Utc>) -> Vec<Window> {
    let clipped = windows.iter().map(|window| Window {
        from: window.from.max(seen),
        ..*window
    });
    clipped.collect()
}

/// Returns what is missing for "unused".
fn unconfirmed(windows: &[Window]) -> &'static str {
    let looked = |source| windows.iter().any(|window| window.source == source);
    if !looked(UsageSource::Monitoring) {
        "not checked against Monitoring"
    } else if !looked(UsageSource::PolicyAnalyzer) {
        "not checked against Policy Analyzer"
    } else {
        "Monitoring did not cover its six weeks"
    }
}

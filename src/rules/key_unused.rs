//! `key-unused`: a key that can sign in and that nothing signs in with.
//!
//! The one mistake that the program may not make is a wrong "unused". So the word is kept for keys of which every doubt
//! is cleared; with any left it is "not observed", of confidence low, and its only step is to ask.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::Finding;
use crate::model::idle::{Doubt, Idle};
use crate::model::message::Message;
use crate::model::rule::{Cis, Confidence, RuleMeta, Severity};

use super::words::idle;
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
        v2_to_v4: Some("1.4"),
        v5: "1.5",
    }),
    owasp: &["NHI1:2025"],
};

impl Rule for KeyUnused {
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
    let threshold = cx.thresholds.max_key_idle;
    let (dataset, reason) = match key.last_use.idle(&key.life, cx.now(), threshold) {
        Idle::Recent | Idle::Young => return None,
        Idle::NotSeen { days, mut doubts } => {
            doubts.extend(idle::signs_offline(cx.estate, account));
            let finding = if doubts.is_empty() {
                unused(account, key, days)
            } else {
                not_observed(account, key, &doubts)
            };
            return Some(Outcome::Finding(finding));
        }
        Idle::AgeUnknown => (Dataset::Keys, words::why_no_age(key, cx.now())),
        Idle::Inconclusive { observed_days } => (
            Dataset::KeyActivity,
            words::inconclusive(observed_days, threshold),
        ),
        Idle::Stale { to } => (Dataset::KeyActivity, words::stale(to, cx.now())),
        Idle::Unknown(why) => (Dataset::KeyActivity, words::why_unknown(&why)),
    };
    Some(words::undecided(&META, account, key, dataset, reason))
}

/// Returns the finding for a key on which the sources agree over the whole threshold.
fn unused(account: &Account, key: &Key, days: i64) -> Finding {
    let message = Message::from("has not been used for ")
        .text(words::days(days))
        .text(": ")
        .text(idle::observation(&key.last_use));
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
fn not_observed(account: &Account, key: &Key, doubts: &[Doubt]) -> Finding {
    let message = Message::from("was ")
        .text(idle::observation(&key.last_use))
        .text(format!(" ({})", idle::doubts(doubts)));
    Finding::on_key(&META, account, key, message, &["not confirmed"])
        .confidence(Confidence::Low)
        .facts(words::begin(key))
        .facts(words::usage(&key.last_use))
        .then(Action::FindOwner {
            account: account.reference(),
        })
}

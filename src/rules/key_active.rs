//! `key-active`: a key that something signs in with today, and that could be replaced by an identity without a key.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::rule::{Cis, RuleMeta, Severity};
use crate::model::usage::{Idle, LastUse};

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
        v2_to_v4: "1.4",
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
    let within = cx.thresholds.active_within;
    if key.last_use.seen_within(cx.now(), within) {
        return finding(account, key).map(Outcome::Finding);
    }
    // A key that nobody saw lately is a pass only where somebody looked, all the time and until now. A key without a
    // begin is taken for older than the stretch, so that the stretch has to be covered.
    let created = key.facts.valid_after.unwrap_or_default();
    let reason = match key.last_use.idle(created, cx.now(), within) {
        Idle::Recent | Idle::Young | Idle::NotSeen { .. } => return None,
        Idle::Inconclusive { observed_days } => words::inconclusive(observed_days, within),
        Idle::Stale { to } => words::stale(to, cx.now()),
        Idle::Unknown(why) => words::why_unknown(&why),
    };
    Some(words::undecided(
        &META,
        account,
        key,
        Dataset::KeyActivity,
        reason,
    ))
}

fn finding(account: &Account, key: &Key) -> Option<Finding> {
    let LastUse::Seen {
        at, source, weak, ..
    } = key.last_use
    else {
        return None;
    };
    let mut message = Message::from("was ").text(words::seen(source, at, false));
    if weak {
        message = message.text(" (weak evidence: a system may merely have listed it)");
    }
    let (reference, id) = (account.reference(), key.facts.id.clone());
    Some(
        Finding::on_key(&META, account, key, message, &["seen"])
            .confidence(words::sighting_confidence(weak))
            .facts(words::begin(key))
            .facts(words::usage(&key.last_use))
            .then(Action::FindCaller {
                account: reference.clone(),
                key: id.clone(),
            })
            .then(Action::ReplaceKey {
                account: reference,
                key: id,
                before: None,
            }),
    )
}

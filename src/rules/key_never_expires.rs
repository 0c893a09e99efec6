//! `key-never-expires`: a key without an end. Off by default: in production, Google advises keys without one.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::rule::{RuleMeta, Severity};

use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct KeyNeverExpires;

static META: RuleMeta = RuleMeta {
    id: "key-never-expires",
    title: "an enabled key has no end",
    severity: Severity::Info,
    on_by_default: false,
    needs: &[Dataset::Keys],
    docs: include_str!("key_never_expires.md"),
    cis: None,
    owasp: &["NHI7:2025"],
};

impl Rule for KeyNeverExpires {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.live_keys()
            .filter_map(|(account, key)| outcome(account, key))
            .collect()
    }
}

fn outcome(account: &Account, key: &Key) -> Option<Outcome> {
    if key.facts.valid_before.is_none() {
        let reason = Message::from("Google did not say until when it is valid");
        return Some(words::undecided(&META, account, key, Dataset::Keys, reason));
    }
    key.facts.never_expires().then(|| {
        let finding = Finding::on_key(&META, account, key, Message::from("never expires"), &[])
            .facts(words::begin(key))
            .then(Action::FindOwner {
                account: account.reference(),
            });
        Outcome::Finding(finding)
    })
}

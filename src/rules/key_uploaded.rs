//! `key-uploaded`: a key pair that was made outside Google Cloud.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::Finding;
use crate::model::key::KeyOrigin;
use crate::model::message::Message;
use crate::model::rule::{Cis, RuleMeta, Severity};

use super::words::reach::Reach;
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct KeyUploaded;

static META: RuleMeta = RuleMeta {
    id: "key-uploaded",
    title: "a key pair was made outside Google Cloud",
    severity: Severity::Info,
    on_by_default: true,
    needs: &[Dataset::Keys],
    docs: include_str!("key_uploaded.md"),
    cis: Some(Cis {
        v2_to_v4: Some("1.4"),
        v5: "1.5",
    }),
    owasp: &["NHI7:2025"],
};

impl Rule for KeyUploaded {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.keys()
            .filter(|(account, key)| Reach::of(account, key, cx.now()) != Reach::Expired)
            .filter_map(|(account, key)| outcome(account, key))
            .collect()
    }
}

fn outcome(account: &Account, key: &Key) -> Option<Outcome> {
    match key.facts.origin {
        KeyOrigin::Google => None,
        KeyOrigin::Unknown => {
            let reason = Message::from("Google did not say who made it");
            Some(words::undecided(&META, account, key, Dataset::Keys, reason))
        }
        KeyOrigin::Uploaded => {
            let message = Message::from("was uploaded: its key pair was made outside Google Cloud");
            let finding = Finding::on_key(&META, account, key, message, &[])
                .facts(words::begin(key))
                .then(Action::FindOwner {
                    account: account.reference(),
                });
            Some(Outcome::Finding(finding))
        }
    }
}

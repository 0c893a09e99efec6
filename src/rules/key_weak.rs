//! `key-weak`: a key whose algorithm is too weak.

use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::{Evidence, Finding};
use crate::model::key::KeyAlgorithm;
use crate::model::message::Message;
use crate::model::rule::{RuleMeta, Severity};

use super::words::reach::Reach;
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct KeyWeak;

static META: RuleMeta = RuleMeta {
    id: "key-weak",
    title: "a key's algorithm is too weak",
    severity: Severity::High,
    on_by_default: true,
    needs: &[Dataset::Keys],
    docs: include_str!("key_weak.md"),
    cis: None,
    owasp: &["NHI4:2025"],
};

impl Rule for KeyWeak {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.keys()
            .filter_map(|(account, key)| outcome(account, key, Reach::of(account, key, cx.now())))
            .collect()
    }
}

fn outcome(account: &Account, key: &Key, reach: Reach) -> Option<Outcome> {
    let severity = match reach {
        Reach::Live => Severity::High,
        Reach::AccountDisabled | Reach::Disabled => Severity::Low,
        Reach::Expired => return None,
    };
    match key.facts.algorithm {
        KeyAlgorithm::Rsa2048 => None,
        KeyAlgorithm::Unknown => {
            let reason = Message::from(
                "Google did not say its algorithm, or named one newer than this program",
            );
            Some(words::undecided(&META, account, key, Dataset::Keys, reason))
        }
        KeyAlgorithm::Rsa1024 => {
            let finding = finding(account, key, reach).severity(severity);
            Some(Outcome::Finding(finding))
        }
    }
}

fn finding(account: &Account, key: &Key, reach: Reach) -> Finding {
    let message =
        Message::from("uses RSA of 1,024 bits, which is too short").text(reach.unless_live());
    let rests_on = [reach.words()];
    let finding = Finding::on_key(&META, account, key, message, &rests_on).facts([Evidence {
        fact: Message::from("algorithm KEY_ALG_RSA_1024"),
        source: words::KEYS_LIST,
        at: None,
    }]);
    words::replace_if_live(finding, account, key, reach)
}

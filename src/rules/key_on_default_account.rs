//! `key-on-default-account`: a key of an account that a whole project shares.

use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::names::AccountClass;
use crate::model::rule::{Cis, RuleMeta, Severity};

use super::words::reach::Reach;
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct KeyOnDefaultAccount;

static META: RuleMeta = RuleMeta {
    id: "key-on-default-account",
    title: "a default service account has a key",
    severity: Severity::Critical,
    on_by_default: true,
    needs: &[Dataset::Keys],
    docs: include_str!("key_on_default_account.md"),
    cis: Some(Cis {
        v2_to_v4: Some("1.4"),
        v5: "1.5",
    }),
    owasp: &["NHI7:2025", "NHI9:2025"],
};

impl Rule for KeyOnDefaultAccount {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.keys()
            .filter_map(|(account, key)| finding(account, key, Reach::of(account, key, cx.now())))
            .map(Outcome::Finding)
            .collect()
    }
}

fn finding(account: &Account, key: &Key, reach: Reach) -> Option<Finding> {
    let product = match account.facts.class() {
        AccountClass::DefaultCompute => "Compute Engine",
        AccountClass::DefaultAppEngine => "App Engine",
        AccountClass::UserManaged
        | AccountClass::Firebase
        | AccountClass::LegacyOauthClient
        | AccountClass::ServiceAgent
        | AccountClass::Unknown => return None,
    };
    let severity = match reach {
        Reach::Live => Severity::Critical,
        Reach::AccountDisabled | Reach::Disabled => Severity::Low,
        Reach::Expired => return None,
    };
    let message =
        Message::from(format!("is on {product}'s default account")).text(reach.unless_live());
    let finding = Finding::on_key(&META, account, key, message, &[reach.words()])
        .severity(severity)
        .facts(words::begin(key))
        .facts(words::usage(&key.last_use));
    Some(words::replace_if_live(finding, account, key, reach))
}

//! `account-disabled`: an account that was switched off and stayed.

use chrono::{DateTime, Utc};

use crate::model::action::Action;
use crate::model::coverage::{Dataset, Reading};
use crate::model::estate::{Account, Key};
use crate::model::finding::{Evidence, Finding};
use crate::model::message::Message;
use crate::model::rule::{Confidence, RuleMeta, Severity};

use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct AccountDisabled;

static META: RuleMeta = RuleMeta {
    id: "account-disabled",
    title: "a disabled account waits for its next step",
    severity: Severity::Low,
    on_by_default: true,
    // Its keys are counted where they are known; without them the account is disabled all the same.
    needs: &[Dataset::ServiceAccounts],
    docs: include_str!("account_disabled.md"),
    cis: None,
    owasp: &["NHI1:2025"],
};

impl Rule for AccountDisabled {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.accounts()
            .filter(|account| account.facts.disabled)
            // Whoever signs in is enabled: an account that was seen of late was disabled since.
            .filter(|account| !account.last_use.seen_within(cx.now(), cx.thresholds.grace))
            .filter(|account| {
                let since = account.life.disabled;
                since.is_none_or(|since| days(since, cx) > cx.thresholds.grace.into())
            })
            .map(|account| Outcome::Finding(finding(account, cx)))
            .collect()
    }
}

fn days(since: DateTime<Utc>, cx: &Context<'_>) -> i64 {
    (cx.now() - since).num_days()
}

fn finding(account: &Account, cx: &Context<'_>) -> Finding {
    let back: Vec<&Key> = account
        .user_managed_keys()
        .filter(|key| key.is_enabled(cx.now()))
        .collect();
    let keys_read = cx.estate.coverage.reading(&account.scope(), Dataset::Keys);
    let since = account.life.disabled;
    let how_long = match since {
        Some(since) => words::disabled_for(days(since, cx), since),
        None => "is disabled, since when could not be seen".to_owned(),
    };
    let message = Message::from(how_long)
        .text("; ")
        .text(coming_back(back.len(), keys_read));
    let ids: Vec<&str> = back.iter().map(|key| key.facts.id.as_str()).collect();
    let (confidence, fact, next) = match since {
        Some(since) => (
            words::disabled_confidence(&account.life, since),
            words::disabled(since),
            Action::FindOwner {
                account: account.reference(),
            },
        ),
        None => (
            Confidence::Low,
            Evidence {
                fact: Message::from("disabled"),
                source: words::ACCOUNTS_LIST,
                at: None,
            },
            Action::FindWhenDisabled {
                account: account.reference(),
                key: None,
            },
        ),
    };
    Finding::on_account(&META, account, message, &ids)
        .confidence(confidence)
        .facts([fact])
        .facts(words::usage(&account.last_use))
        .then(next)
}

fn coming_back(keys: usize, read: &Reading) -> String {
    let counted = words::counted(keys, "enabled key");
    match (keys, read.is_whole()) {
        (0, true) => "no key would come back with it".to_owned(),
        (0, false) if read.is_known() => "no key is known that would come back with it".to_owned(),
        (0, false) => "its keys could not be read".to_owned(),
        (_, true) => format!("{counted} would come back with it"),
        (_, false) => format!("{counted} and perhaps more would come back with it"),
    }
}

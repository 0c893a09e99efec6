//! `key-exposed`: a key that Google has found in public or seen in a compromise.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::{Evidence, Finding};
use crate::model::key::{DisableReason, ExtendedStatusKind, ServiceAccountKey};
use crate::model::message::Message;
use crate::model::rule::{RuleMeta, Severity};

use super::words::reach::Reach;
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct KeyExposed;

static META: RuleMeta = RuleMeta {
    id: "key-exposed",
    title: "Google has found a key in public or in a compromise",
    severity: Severity::Critical,
    on_by_default: true,
    needs: &[Dataset::Keys],
    docs: include_str!("key_exposed.md"),
    cis: None,
    owasp: &["NHI2:2025"],
};

impl Rule for KeyExposed {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.keys()
            .filter_map(|(account, key)| outcome(account, key, cx))
            .collect()
    }
}

fn outcome(account: &Account, key: &Key, cx: &Context<'_>) -> Option<Outcome> {
    if key.facts.is_exposed() {
        let reach = Reach::of(account, key, cx.now());
        return Some(Outcome::Finding(finding(account, key, reach)));
    }
    let reason = unknown_word(&key.facts)?;
    Some(words::undecided(&META, account, key, Dataset::Keys, reason))
}

fn finding(account: &Account, key: &Key, reach: Reach) -> Finding {
    let seen = seen(&key.facts);
    let message = Message::from(format!("was {seen} by Google"))
        .append(texts(&key.facts))
        .text(" and ")
        .text(reach.words());
    let values = key.facts.extended_status.iter().map(|s| s.value.as_str());
    let rests_on: Vec<&str> = [seen, reach.words()].into_iter().chain(values).collect();
    let finding = Finding::on_key(&META, account, key, message, &rests_on)
        .severity(severity(reach))
        .facts(facts(&key.facts));
    let with = words::callers::replacements(key);
    let (account, key) = (account.reference(), key.facts.id.clone());
    let delete = Action::DeleteKey {
        account: account.clone(),
        key: key.clone(),
    };
    match reach {
        // Somebody else holds the key: its own callers come second.
        Reach::Live => finding
            .then(Action::DisableKey {
                account: account.clone(),
                key: key.clone(),
            })
            .then(Action::ReplaceKey {
                account,
                key,
                before: None,
                with,
            })
            .then(delete),
        Reach::AccountDisabled | Reach::Disabled | Reach::Expired => {
            finding.then(Action::FindOwner { account }).then(delete)
        }
    }
}

fn severity(reach: Reach) -> Severity {
    match reach {
        Reach::Live => Severity::Critical,
        // Whoever enables the account again need not know that a stranger holds one of its keys.
        Reach::AccountDisabled => Severity::High,
        Reach::Disabled | Reach::Expired => Severity::Low,
    }
}

/// Returns what Google has seen of the key, by its status, which stays for life, and by the reason of its disabling.
fn seen(key: &ServiceAccountKey) -> &'static str {
    let says = |kind, reason| {
        key.disable_reason == Some(reason) || key.extended_status.iter().any(|s| s.kind == kind)
    };
    let exposed = says(ExtendedStatusKind::Exposed, DisableReason::Exposed);
    let compromised = says(ExtendedStatusKind::Compromised, DisableReason::Compromised);
    match (exposed, compromised) {
        (true, true) => "found in public and seen in a compromise",
        (false, true) => "seen in a compromise",
        (true | false, false) => "found in public",
    }
}

/// Returns what Google says of it, in brackets; nothing where it says nothing.
fn texts(key: &ServiceAccountKey) -> Message {
    let values = key.extended_status.iter().map(|status| &status.value);
    let mut message = Message::default();
    for value in values.filter(|value| !value.is_empty()) {
        let before = if message.parts().is_empty() {
            " ("
        } else {
            ", "
        };
        message = message.text(before).name(words::cut(value));
    }
    if message.parts().is_empty() {
        message
    } else {
        message.text(")")
    }
}

fn facts(key: &ServiceAccountKey) -> Vec<Evidence> {
    let statuses = key.extended_status.iter().map(|status| {
        let kind = match status.kind {
            ExtendedStatusKind::Exposed => "extended status says exposed: ",
            ExtendedStatusKind::Compromised => "extended status says compromised: ",
            ExtendedStatusKind::Unknown => "extended status says something unknown: ",
        };
        Message::from(kind).name(words::cut(&status.value))
    });
    let reason = key.disable_reason.map(|reason| {
        Message::from(match reason {
            DisableReason::UserInitiated => "disabled by a user",
            DisableReason::Exposed => "disabled by Google as exposed",
            DisableReason::Compromised => "disabled by Google as compromised",
            DisableReason::Unknown => "disabled for an unknown reason",
        })
    });
    let facts = statuses.chain(reason).map(|fact| Evidence {
        fact,
        source: words::KEYS_LIST,
        at: None,
    });
    facts.collect()
}

/// Returns that Google says something of the key that this program is too old to understand.
fn unknown_word(key: &ServiceAccountKey) -> Option<Message> {
    let newer = "that is newer than this program";
    let status = key
        .extended_status
        .iter()
        .find(|status| status.kind == ExtendedStatusKind::Unknown);
    match (status, key.disable_reason) {
        (Some(status), _) => Some(
            Message::from(format!("Google gives it a status {newer}: "))
                .name(words::cut(&status.value)),
        ),
        (None, Some(DisableReason::Unknown)) => Some(Message::from(format!(
            "Google disabled it for a reason {newer}"
        ))),
        (
            None,
            Some(
                DisableReason::UserInitiated | DisableReason::Exposed | DisableReason::Compromised,
            )
            | None,
        ) => None,
    }
}

//! `key-shared`: one key is used from several places, so it was copied.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Key};
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::place::{PlacedCaller, sites};
use crate::model::rule::{Cis, Confidence, RuleMeta, Severity};

use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct KeyShared;

static META: RuleMeta = RuleMeta {
    id: "key-shared",
    title: "one key is used from several places",
    severity: Severity::High,
    on_by_default: true,
    needs: &[Dataset::Keys, Dataset::AuditLogs],
    docs: include_str!("key_shared.md"),
    cis: Some(Cis {
        v2_to_v4: Some("1.4"),
        v5: "1.5",
    }),
    owasp: &["NHI9:2025"],
};

impl Rule for KeyShared {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.live_keys()
            .filter_map(|(account, key)| finding(account, key))
            .map(Outcome::Finding)
            .collect()
    }
}

fn finding(account: &Account, key: &Key) -> Option<Finding> {
    let sites = sites(&key.callers);
    if sites.len() < 2 {
        return None;
    }
    // One caller tells a place best: the surest.
    let shown: Vec<&PlacedCaller> = sites
        .iter()
        .filter_map(|site| site.iter().max_by_key(|caller| caller.place.confidence))
        .copied()
        .collect();
    let sure = shown
        .iter()
        .filter(|caller| caller.place.confidence == Confidence::High);
    let confidence = match sure.count() {
        0 | 1 => Confidence::Medium,
        _ => Confidence::High,
    };
    let message = Message::from(format!("is used from {} places: ", sites.len()))
        .append(words::callers::places(&shown));
    let mut rests_on: Vec<String> = shown
        .iter()
        .map(|caller| words::callers::place(&caller.place).to_string())
        .collect();
    rests_on.sort();
    let rests_on: Vec<&str> = rests_on.iter().map(String::as_str).collect();
    let steps = words::replace_if_live(
        Finding::on_key(&META, account, key, message, &rests_on)
            .confidence(confidence)
            .facts(words::callers::facts(shown)),
        account,
        key,
        words::reach::Reach::Live,
    );
    Some(steps.then(Action::SeparateWorkloads {
        account: account.reference(),
    }))
}

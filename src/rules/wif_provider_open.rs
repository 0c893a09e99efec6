//! `wif-provider-open`: a provider that takes the tokens of everybody who has an account with its issuer.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::finding::{Finding, Subject};
use crate::model::message::Message;
use crate::model::rule::{Confidence, RuleMeta, Severity};

use super::federation::condition::Lets;
use super::federation::{self, Open};
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct WifProviderOpen;

static META: RuleMeta = RuleMeta {
    id: "wif-provider-open",
    title: "a workload identity provider takes the tokens of every tenant of its issuer",
    severity: Severity::Critical,
    on_by_default: true,
    needs: &[Dataset::Federation],
    docs: include_str!("wif_provider_open.md"),
    cis: None,
    owasp: &["NHI4:2025", "NHI6:2025"],
};

impl Rule for WifProviderOpen {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        federation::many_tenants(cx.estate)
            .filter_map(|open| outcome(&open))
            .collect()
    }
}

fn outcome(open: &Open<'_>) -> Option<Outcome> {
    let (why, confidence) = match open.lets {
        Lets::Everything if open.provider.condition.trim().is_empty() => {
            (Message::from("without a condition"), Confidence::High)
        }
        Lets::Everything => (condition(open, ", which is always met"), Confidence::High),
        Lets::EveryTenant => (
            condition(open, ", which every tenant can meet"),
            Confidence::Medium,
        ),
        Lets::Names | Lets::Ids => return None,
    };
    if let Some(undecided) = open.unknown_state(&META) {
        return Some(undecided);
    }
    let message =
        Message::from(format!("takes the tokens of all of {} ", open.issuer.name)).append(why);
    let subject = Subject::Provider(open.reference());
    let finding = Finding::on(&META, subject, message, &[open.provider.condition.as_str()])
        .confidence(confidence)
        .facts([open.fact()])
        .then(Action::RestrictProvider(open.reference()));
    Some(Outcome::Finding(finding))
}

fn condition(open: &Open<'_>, why: &str) -> Message {
    Message::from("under the condition ")
        .name(words::cut(&open.provider.condition))
        .text(why)
}

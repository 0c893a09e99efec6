//! `wif-condition-mutable`: a provider that knows its tenants by names which somebody else can take.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::finding::{Finding, Subject};
use crate::model::message::Message;
use crate::model::rule::{RuleMeta, Severity};

use super::federation::condition::Lets;
use super::federation::{self, Open};
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct WifConditionMutable;

static META: RuleMeta = RuleMeta {
    id: "wif-condition-mutable",
    title: "a workload identity provider's condition rests on names, not on ids",
    severity: Severity::Medium,
    on_by_default: true,
    needs: &[Dataset::Federation],
    docs: include_str!("wif_condition_mutable.md"),
    cis: None,
    owasp: &["NHI4:2025", "NHI6:2025"],
};

impl Rule for WifConditionMutable {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        federation::many_tenants(cx.estate)
            .filter(|open| open.lets == Lets::Names)
            .map(|open| outcome(&open))
            .collect()
    }
}

fn outcome(open: &Open<'_>) -> Outcome {
    if let Some(undecided) = open.unknown_state(&META) {
        return undecided;
    }
    let id = open.issuer.ids.first().copied().unwrap_or_default();
    let message = Message::from(format!(
        "knows the tenants of {} by name, ",
        open.issuer.name
    ))
    .name(words::cut(&open.provider.condition))
    .text(format!(
        ", and a name that is given up can be taken by somebody else; an id such as {id} cannot"
    ));
    let subject = Subject::Provider(open.reference());
    let finding = Finding::on(&META, subject, message, &[open.provider.condition.as_str()])
        .facts([open.fact()])
        .then(Action::RestrictProvider(open.reference()));
    Outcome::Finding(finding)
}

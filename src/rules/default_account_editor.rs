//! `default-account-editor`: a default account that may change nearly everything in its project.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::Account;
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::rule::{Cis, RuleMeta, Severity};

use super::access::bindings::{self, Held};
use super::{Context, Outcome, Rule};

/// The rule.
pub(super) struct DefaultAccountEditor;

static META: RuleMeta = RuleMeta {
    id: "default-account-editor",
    title: "a default account holds owner or editor",
    severity: Severity::High,
    on_by_default: true,
    // The basic roles are Google's and never change: their names say what they give.
    needs: &[Dataset::Policies],
    docs: include_str!("default_account_editor.md"),
    cis: Some(Cis {
        v2_to_v4: Some("1.5"),
        v5: "1.6",
    }),
    owasp: &["NHI5:2025"],
};

const OWNER: &str = "roles/owner";
const EDITOR: &str = "roles/editor";

impl Rule for DefaultAccountEditor {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.accounts()
            .filter(|account| account.facts.class().is_default())
            .filter_map(|account| finding(account, cx))
            .map(Outcome::Finding)
            .collect()
    }
}

fn finding(account: &Account, cx: &Context<'_>) -> Option<Finding> {
    let mut held: Vec<Held<'_>> = account
        .grants
        .iter()
        .filter(|grant| grant.role == OWNER || grant.role == EDITOR)
        .filter(|grant| bindings::is_wide(&grant.on))
        .map(Held::by)
        .collect();
    // Owner before editor, the organization before the project, what surely holds before what may.
    held.sort_by_key(|held| (held.condition.is_some(), held.role != OWNER, held.on));
    let first = held.first()?;
    let message = Message::from("holds ")
        .append(first.words())
        .append(bindings::inherited(cx.estate, account, first.on));
    let finding = Finding::on_account(&META, account, message, &bindings::rests_on(&held))
        .severity(if cx.is_disabled_now(account) {
            Severity::Low
        } else {
            Severity::High
        })
        .confidence(bindings::confidence(held.iter().copied()))
        .facts(held.iter().map(|held| held.fact()));
    let steps = held.iter().map(|held| Action::NarrowRole(held.step()));
    Some(steps.fold(finding, Finding::then))
}

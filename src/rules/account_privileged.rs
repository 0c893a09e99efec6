//! `account-privileged`: an account whose power reaches past the task of any one workload.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::Account;
use crate::model::finding::{Finding, Subject};
use crate::model::message::Message;
use crate::model::rule::{Cis, Confidence, RuleMeta, Severity};

use super::access::bindings::{self, Held};
use super::access::powers::{self, Privilege};
use super::{Context, Outcome, Rule};

/// The rule.
pub(super) struct AccountPrivileged;

static META: RuleMeta = RuleMeta {
    id: "account-privileged",
    title: "an account may change policies, act as others or write nearly everywhere",
    severity: Severity::High,
    on_by_default: true,
    needs: &[Dataset::Policies, Dataset::Roles],
    docs: include_str!("account_privileged.md"),
    cis: Some(Cis {
        v2_to_v4: Some("1.5"),
        v5: "1.6",
    }),
    owasp: &["NHI5:2025"],
};

impl Rule for AccountPrivileged {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.accounts()
            .flat_map(|account| {
                let finding = finding(account, cx).map(Outcome::Finding);
                finding.into_iter().chain(unknown(account, cx))
            })
            .collect()
    }
}

fn finding(account: &Account, cx: &Context<'_>) -> Option<Finding> {
    let privileges = powers::of(cx.estate, account);
    let first = privileges.first()?;
    let held: Vec<Held<'_>> = privileges.iter().map(|p| Held::by(p.grant)).collect();
    let mut rests_on = bindings::rests_on(&held);
    rests_on.extend(privileges.iter().map(|privilege| privilege.permission));
    let finding = Finding::on_account(&META, account, message(account, first, cx), &rests_on)
        .severity(severity(account, first, cx))
        // The worst grant decides how bad it is, and so how sure it is.
        .confidence(if first.grant.condition.is_some() {
            Confidence::Medium
        } else {
            Confidence::High
        })
        .facts(held.iter().map(|held| held.fact()));
    let steps = held.iter().map(|held| Action::NarrowRole(held.step()));
    Some(steps.fold(finding, Finding::then))
}

fn message(account: &Account, first: &Privilege<'_>, cx: &Context<'_>) -> Message {
    let held = Held::by(first.grant);
    let message = Message::from(first.power.words())
        .text(" (")
        .name(first.permission)
        .text(") by ")
        .append(held.words())
        .append(bindings::inherited(cx.estate, account, held.on));
    if cx.is_disabled_now(account) {
        message.text("; it is disabled")
    } else if account.facts.disabled {
        message.text("; it was disabled a while ago, and may be enabled again")
    } else {
        message
    }
}

fn severity(account: &Account, first: &Privilege<'_>, cx: &Context<'_>) -> Severity {
    if cx.is_disabled_now(account) {
        Severity::Low
    } else if bindings::is_above_projects(&first.grant.on) {
        Severity::Critical
    } else {
        Severity::High
    }
}

/// Returns what cannot be told of the account's other roles.
fn unknown(account: &Account, cx: &Context<'_>) -> Vec<Outcome> {
    let mut roles: Vec<&str> = account
        .grants
        .iter()
        .filter(|grant| bindings::is_wide(&grant.on))
        .map(|grant| grant.role.as_str())
        .filter(|role| cx.estate.permissions(role).is_none())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles
        .into_iter()
        .map(|role| bindings::unknown_role(&META, Subject::Account(account.reference()), role))
        .collect()
}

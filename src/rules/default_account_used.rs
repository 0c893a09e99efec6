//! `default-account-used`: something runs as an account that nobody chose.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::Account;
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::names::AccountClass;
use crate::model::rule::{Cis, RuleMeta, Severity};
use crate::model::workload::Workload;

use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct DefaultAccountUsed;

static META: RuleMeta = RuleMeta {
    id: "default-account-used",
    title: "a workload runs as a default service account",
    severity: Severity::Medium,
    on_by_default: true,
    needs: &[Dataset::Attachments, Dataset::AccountPolicies],
    docs: include_str!("default_account_used.md"),
    cis: Some(Cis {
        v2_to_v4: Some("4.1"),
        v5: "4.1",
    }),
    owasp: &["NHI5:2025", "NHI9:2025"],
};

impl Rule for DefaultAccountUsed {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.accounts()
            .filter_map(finding)
            .map(Outcome::Finding)
            .collect()
    }
}

fn finding(account: &Account) -> Option<Finding> {
    let product = match account.facts.class() {
        AccountClass::DefaultCompute => "Compute Engine",
        AccountClass::DefaultAppEngine => "App Engine",
        AccountClass::UserManaged
        | AccountClass::Firebase
        | AccountClass::LegacyOauthClient
        | AccountClass::ServiceAgent
        | AccountClass::Unknown => return None,
    };
    let workloads: Vec<&Workload> = account.counted_workloads().collect();
    let confidence = workloads.iter().map(|workload| workload.confidence).max()?;
    let run = if workloads.len() == 1 { "runs" } else { "run" };
    let message = Message::from(format!(
        "is {product}'s default account, and {} {run} as it: ",
        words::counted(workloads.len(), "workload")
    ))
    .append(words::first_few(&words::workload_names(&workloads)));
    let ids: Vec<&str> = workloads
        .iter()
        .map(|workload| workload.id.as_str())
        .collect();
    Some(
        Finding::on_account(&META, account, message, &ids)
            .confidence(confidence)
            .facts(workloads.into_iter().map(words::workload))
            .then(Action::SeparateWorkloads {
                account: account.reference(),
            }),
    )
}

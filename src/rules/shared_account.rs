//! `shared-account`: several workloads run as one account, or sign in as it.

use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::Account;
use crate::model::finding::{Evidence, Finding};
use crate::model::message::Message;
use crate::model::rule::{Confidence, RuleMeta, Severity};
use crate::model::workload::{Workload, WorkloadKind};

use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct SharedAccount;

static META: RuleMeta = RuleMeta {
    id: "shared-account",
    title: "several workloads share one account",
    severity: Severity::High,
    on_by_default: true,
    needs: &[Dataset::Attachments, Dataset::AccountPolicies],
    docs: include_str!("shared_account.md"),
    cis: None,
    owasp: &["NHI9:2025"],
};

impl Rule for SharedAccount {
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
    let workloads: Vec<&Workload> = account.counted_workloads().collect();
    if workloads.len() < 2 {
        return None;
    }
    let sure = workloads
        .iter()
        .filter(|workload| workload.confidence == Confidence::High);
    let confidence = match sure.count() {
        0 | 1 => Confidence::Medium,
        _ => Confidence::High,
    };
    let message = Message::from(format!("is shared by {} workloads: ", workloads.len()))
        .append(words::first_few(&words::workload_names(&workloads)));
    let application = one_application(&workloads);
    let (severity, message) = match application {
        None => (Severity::High, message),
        Some(application) => (
            Severity::Medium,
            message
                .text("; all are labelled as application ")
                .name(application),
        ),
    };
    // A workload that joins or leaves makes it a changed finding, and so does the label that lowers it.
    let ids = workloads.iter().map(|workload| workload.id.as_str());
    let rests_on: Vec<&str> = ids.chain(application).collect();
    Some(
        Finding::on_account(&META, account, message, &rests_on)
            .severity(severity)
            .confidence(confidence)
            .facts(workloads.into_iter().map(counted_apart))
            .then(Action::SeparateWorkloads {
                account: account.reference(),
            }),
    )
}

/// Returns a workload as a fact, with why it is counted apart from the others.
fn counted_apart(workload: &Workload) -> Evidence {
    let apart = match &workload.kind {
        WorkloadKind::Attached(_) => "no owner, label or name joins it to another",
        WorkloadKind::GkeWorkloadIdentity => "a Kubernetes service account of its own",
        WorkloadKind::Federated => "a federated identity of its own",
        WorkloadKind::KeyCaller => "calls with a key, from a place of its own",
        WorkloadKind::Platform => "a platform to which nothing known is attached",
        WorkloadKind::Impersonator => "another account, which takes its tokens",
        WorkloadKind::Grouped => "grouped by the configuration",
    };
    let evidence = words::workload(workload);
    Evidence {
        fact: evidence.fact.text("; ").text(apart),
        ..evidence
    }
}

/// Returns the application that all workloads are labelled with.
fn one_application<'a>(workloads: &[&'a Workload]) -> Option<&'a str> {
    let (first, rest) = workloads.split_first()?;
    let application = first.application.as_deref()?;
    rest.iter()
        .all(|workload| workload.application.as_deref() == Some(application))
        .then_some(application)
}

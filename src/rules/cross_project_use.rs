//! `cross-project-use`: an account that is used outside the project that has it.

use std::collections::BTreeSet;

use crate::model::access::PolicyNode;
use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::Account;
use crate::model::finding::{Evidence, Finding};
use crate::model::grant::Grant;
use crate::model::message::Message;
use crate::model::names::ProjectId;
use crate::model::rule::{Confidence, RuleMeta, Severity};
use crate::model::workload::Workload;

use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct CrossProjectUse;

static META: RuleMeta = RuleMeta {
    id: "cross-project-use",
    title: "an account is used in another project than its own",
    severity: Severity::Low,
    on_by_default: true,
    needs: &[
        Dataset::Policies,
        Dataset::AccountPolicies,
        Dataset::Attachments,
    ],
    docs: include_str!("cross_project_use.md"),
    cis: None,
    owasp: &["NHI8:2025"],
};

impl Rule for CrossProjectUse {
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
    let workloads: Vec<(&ProjectId, &Workload)> = account
        .counted_workloads()
        .filter_map(|workload| Some((workload.project.as_ref()?, workload)))
        .filter(|(project, _)| **project != account.facts.project)
        .collect();
    let grants: Vec<(&ProjectId, &Grant)> = account
        .grants
        .iter()
        .filter(|grant| grant.through.account() == Some(&account.facts.email))
        .filter_map(|grant| Some((project(&grant.on)?, grant)))
        .filter(|(project, _)| **project != account.facts.project)
        .collect();
    let sure = workloads.iter().map(|(_, workload)| workload.confidence);
    let granted = grants.iter().map(|(_, grant)| match grant.condition {
        None => Confidence::High,
        Some(_) => Confidence::Medium,
    });
    let confidence = sure.chain(granted).max()?;
    let runs_in: BTreeSet<&ProjectId> = workloads.iter().map(|(project, _)| *project).collect();
    let holds_on: BTreeSet<&ProjectId> = grants.iter().map(|(project, _)| *project).collect();
    let message = match (runs_in.is_empty(), holds_on.is_empty()) {
        (false, true) => Message::from("is used by workloads in ").append(projects(&runs_in)),
        (true, _) => Message::from("has roles on ").append(projects(&holds_on)),
        (false, false) => Message::from("is used by workloads in ")
            .append(projects(&runs_in))
            .text(", and has roles on ")
            .append(projects(&holds_on)),
    };
    let rests_on: Vec<String> = runs_in
        .iter()
        .map(|project| format!("in {project}"))
        .chain(holds_on.iter().map(|project| format!("on {project}")))
        .collect();
    let rests_on: Vec<&str> = rests_on.iter().map(String::as_str).collect();
    Some(
        Finding::on_account(&META, account, message, &rests_on)
            .confidence(confidence)
            .facts(
                workloads
                    .iter()
                    .map(|(_, workload)| words::workload(workload)),
            )
            .facts(
                grants
                    .iter()
                    .map(|(project, grant)| granted_role(project, grant)),
            )
            .then(Action::FindOwner {
                account: account.reference(),
            }),
    )
}

/// Returns the project that a policy's node is, or lies in, where it is one.
fn project(on: &PolicyNode) -> Option<&ProjectId> {
    match on {
        PolicyNode::Project(project) => Some(project),
        PolicyNode::Account(account) => Some(&account.project),
        PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Resource(_) => None,
    }
}

fn projects(projects: &BTreeSet<&ProjectId>) -> Message {
    let names: Vec<Message> = projects
        .iter()
        .map(|project| Message::default().project(project))
        .collect();
    words::first_few(&names)
}

fn granted_role(project: &ProjectId, grant: &Grant) -> Evidence {
    let fact = Message::default().name(&grant.role).text(" on ");
    let (fact, source) = match &grant.on {
        PolicyNode::Account(account) => (
            fact.account(&account.email).text(" of ").project(project),
            words::ACCOUNT_POLICY,
        ),
        PolicyNode::Project(_)
        | PolicyNode::Organization(_)
        | PolicyNode::Folder(_)
        | PolicyNode::Resource(_) => (
            fact.project(project),
            "cloudresourcemanager.projects.getIamPolicy",
        ),
    };
    let fact = match &grant.condition {
        None => fact,
        Some(condition) => fact.text(", if ").name(&condition.expression),
    };
    Evidence {
        fact,
        source,
        at: None,
    }
}

//! The allow policies of organizations, folders, projects and service accounts, through Resource Manager and IAM.
//!
//! A policy without bindings is no fact: the coverage says that it was read.

use futures_util::stream::{self, StreamExt as _};
use google_iam1::api;

use crate::gcp::api::policies;
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::gcp::paging::Listed;
use crate::model::access::{Binding, Condition, Policy, PolicyNode};
use crate::model::account::ServiceAccount;
use crate::model::coverage::{Dataset, Reading};
use crate::model::names::Member;
use crate::model::project::{Parent, Project};
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;

use super::gap::Payer;
use super::inventory::record_by_account;

/// Policies asked for at once; the transport has the last word.
const ABREAST: usize = 32;

/// Returns the policies of organizations and folders, and how each of those reads ended.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn of_containers(
    google: &Google,
    payer: &Payer,
    containers: Vec<Parent>,
) -> Result<Facts, Error> {
    let mut answers = stream::iter(containers)
        .map(|container| async {
            let listed = match &container {
                Parent::Organization(id) => policies::of_organization(google, id.as_str()).await,
                Parent::Folder(id) => policies::of_folder(google, id.as_str()).await,
            };
            (container, listed)
        })
        .buffer_unordered(ABREAST);
    let mut facts = Facts::default();
    while let Some((container, listed)) = answers.next().await {
        let (on, scope) = match container {
            Parent::Organization(id) => (
                PolicyNode::Organization(id.clone()),
                Scope::Organization(id),
            ),
            Parent::Folder(id) => (PolicyNode::Folder(id.clone()), Scope::Folder(id)),
        };
        let reading = take(&mut facts, payer, None, on, listed)?;
        facts.coverage.record(scope, Dataset::Policies, reading);
    }
    Ok(facts)
}

/// Returns the policy of a project, and how that read ended.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn of_project(
    google: &Google,
    payer: &Payer,
    project: &Project,
) -> Result<Facts, Error> {
    let listed = policies::of_project(google, project.id.as_str()).await;
    let on = PolicyNode::Project(project.id.clone());
    let mut facts = Facts::default();
    let reading = take(&mut facts, payer, Some(project), on, listed)?;
    facts.coverage.record(
        Scope::Project(project.id.clone()),
        Dataset::Policies,
        reading,
    );
    Ok(facts)
}

/// Returns the policies of a project's accounts, and how each of those reads ended; `whole` says whether these are all
/// of its accounts.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn of_accounts(
    google: &Google,
    payer: &Payer,
    project: &Project,
    accounts: &[ServiceAccount],
    whole: bool,
) -> Result<Facts, Error> {
    let mut answers = stream::iter(accounts)
        .map(|account| async move {
            let (project, id) = (project.id.as_str(), account.unique_id.as_str());
            (account, policies::of_account(google, project, id).await)
        })
        .buffer_unordered(ABREAST);
    let mut facts = Facts::default();
    let mut readings = Vec::new();
    while let Some((account, listed)) = answers.next().await {
        let account = account.reference();
        let on = PolicyNode::Account(account.clone());
        let reading = take(&mut facts, payer, Some(project), on, listed)?;
        readings.push((account, reading));
    }
    record_by_account(
        &mut facts.coverage,
        &Scope::Project(project.id.clone()),
        Dataset::AccountPolicies,
        whole,
        readings,
    );
    Ok(facts)
}

/// Adds the policy to the facts, where it has bindings, and returns how its read ended.
fn take(
    facts: &mut Facts,
    payer: &Payer,
    project: Option<&Project>,
    on: PolicyNode,
    listed: Listed<api::Binding>,
) -> Result<Reading, Error> {
    let (bindings, reading) = payer.settle(listed, project, binding)?;
    if !bindings.is_empty() {
        facts.policies.push(Policy { on, bindings });
    }
    Ok(reading)
}

/// Returns the binding, `None` where it has no role.
fn binding(raw: api::Binding) -> Option<Binding> {
    Some(Binding {
        role: raw.role.filter(|role| !role.is_empty())?,
        members: raw
            .members
            .unwrap_or_default()
            .iter()
            .map(|member| Member::parse(member))
            .collect(),
        condition: raw.condition.map(|condition| Condition {
            title: condition.title.unwrap_or_default(),
            expression: condition.expression.unwrap_or_default(),
        }),
    })
}

//! The allow policies of organizations, folders, projects and service accounts, through Resource Manager and IAM.
//!
//! A policy without bindings and audit configurations is no fact: the coverage says that it was read.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use google_iam1::api;

use crate::gcp::api::policies::{self, Part};
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::gcp::paging::Listed;
use crate::model::access::{AuditConfig, AuditLogType, Binding, Condition, Policy, PolicyNode};
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

/// Adds the policy to the facts, where there is anything in it, and returns how its read ended.
fn take(
    facts: &mut Facts,
    payer: &Payer,
    project: Option<&Project>,
    on: PolicyNode,
    listed: Listed<Part>,
) -> Result<Reading, Error> {
    let (parts, reading) = payer.settle(listed, project, parsed)?;
    facts.policies.extend(policy(on, parts));
    Ok(reading)
}

/// One element of a policy, parsed.
pub(super) enum Parsed {
    Binding(Binding),
    Audit(Vec<AuditConfig>),
}

/// Returns the element, `None` for a binding without a role or an audit configuration without a service.
pub(super) fn parsed(part: Part) -> Option<Parsed> {
    Some(match part {
        Part::Binding(raw) => Parsed::Binding(binding(raw)?),
        Part::Audit(raw) => Parsed::Audit(audit(raw)?),
    })
}

/// Returns the policy with these elements; `None` where there are none.
pub(super) fn policy(on: PolicyNode, parts: Vec<Parsed>) -> Option<Policy> {
    let (mut bindings, mut audit) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Parsed::Binding(binding) => bindings.push(binding),
            Parsed::Audit(configs) => audit.extend(configs),
        }
    }
    audit.sort();
    audit.dedup();
    let is_something = !bindings.is_empty() || !audit.is_empty();
    is_something.then_some(Policy {
        on,
        bindings,
        audit,
    })
}

fn binding(raw: api::Binding) -> Option<Binding> {
    Some(Binding {
        role: raw.role.filter(|role| !role.is_empty())?,
        members: members(raw.members),
        condition: raw.condition.map(|condition| Condition {
            title: condition.title.unwrap_or_default(),
            expression: condition.expression.unwrap_or_default(),
        }),
    })
}

/// Returns what the configuration switches on, log types with equal exemptions together.
fn audit(raw: api::AuditConfig) -> Option<Vec<AuditConfig>> {
    let service = raw.service.filter(|service| !service.is_empty())?;
    let mut types: BTreeMap<Vec<Member>, BTreeSet<AuditLogType>> = BTreeMap::new();
    for log in raw.audit_log_configs.unwrap_or_default() {
        let mut exempted = members(log.exempted_members);
        exempted.sort();
        exempted.dedup();
        types
            .entry(exempted)
            .or_default()
            .insert(log_type(log.log_type.as_deref()));
    }
    let configs = types.into_iter().map(|(exempted, types)| AuditConfig {
        service: service.clone(),
        log_types: types.into_iter().collect(),
        exempted,
    });
    Some(configs.collect())
}

fn log_type(text: Option<&str>) -> AuditLogType {
    match text {
        Some("ADMIN_READ") => AuditLogType::AdminRead,
        Some("DATA_READ") => AuditLogType::DataRead,
        Some("DATA_WRITE") => AuditLogType::DataWrite,
        _ => AuditLogType::Unknown,
    }
}

fn members(raw: Option<Vec<String>>) -> Vec<Member> {
    let members = raw.unwrap_or_default();
    members.iter().map(|member| Member::parse(member)).collect()
}

//! Whether the use of a permission would have been seen: by audit logs, or by Recommender's insights about bindings.
//!
//! "Not seen" is worth something only where it would have been seen: the service logs the permission, its Data Access logs
//! were on for the account over the whole window, and the window was read. Each doubt says that it would not.
//! Source: <https://cloud.google.com/logging/docs/audit/services>.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::access::{AuditConfig, AuditLogType, Condition, PolicyNode};
use crate::model::call::LogWindow;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate};
use crate::model::names::{Email, Member, MemberKind, ProjectId};
use crate::model::scope::Scope;
use crate::model::usage::PolicyInsight;

/// Permissions whose checks are logged, by how they begin, with the service whose log it is. Sorted. What is not here is
/// taken for unlogged: messages of Pub/Sub, log entries and metrics that are written, quota, `actAs`, invocations.
const LOGGED: &[(&str, &str)] = &[
    ("bigquery.datasets.", BIGQUERY),
    ("bigquery.jobs.", BIGQUERY),
    ("bigquery.models.", BIGQUERY),
    ("bigquery.routines.", BIGQUERY),
    ("bigquery.tables.", BIGQUERY),
    ("cloudkms.cryptoKeyVersions.", "cloudkms.googleapis.com"),
    ("cloudkms.cryptoKeys.", "cloudkms.googleapis.com"),
    ("cloudkms.keyRings.", "cloudkms.googleapis.com"),
    ("pubsub.schemas.", "pubsub.googleapis.com"),
    (
        "resourcemanager.projects.get",
        "cloudresourcemanager.googleapis.com",
    ),
    (
        "resourcemanager.projects.list",
        "cloudresourcemanager.googleapis.com",
    ),
    ("run.jobs.", "run.googleapis.com"),
    ("run.services.", "run.googleapis.com"),
    ("secretmanager.secrets.", "secretmanager.googleapis.com"),
    ("secretmanager.versions.", "secretmanager.googleapis.com"),
    ("storage.buckets.", "storage.googleapis.com"),
    ("storage.folders.", "storage.googleapis.com"),
    ("storage.managedFolders.", "storage.googleapis.com"),
    ("storage.multipartUploads.", "storage.googleapis.com"),
    ("storage.objects.", "storage.googleapis.com"),
];

/// `BigQuery` writes its Data Access logs always; nobody can switch them off.
const BIGQUERY: &str = "bigquery.googleapis.com";

/// What a policy names that switches logs on for every service.
const ALL_SERVICES: &str = "allServices";

/// How the names of permissions end that only read: their log is a Data Access log.
const READS: [&str; 5] = [".access", ".get", ".getData", ".getIamPolicy", ".list"];

/// How long after the begin of a window the first entry may be, and how old the end may be.
const SLACK: TimeDelta = TimeDelta::days(7);

/// What was logged, and what insights tell.
#[derive(Debug)]
pub(in crate::plan) struct Logs<'a> {
    now: DateTime<Utc>,
    windows: &'a [LogWindow],
    /// Since when Data Access entries of a service are known in a project. A policy does not tell since when it has them.
    since: BTreeMap<(&'a ProjectId, &'a str), DateTime<Utc>>,
    insights: BTreeMap<&'a Email, Vec<&'a PolicyInsight>>,
    configs: BTreeMap<&'a PolicyNode, &'a [AuditConfig]>,
    /// The organizations, folders and projects whose policies were read.
    read: BTreeSet<PolicyNode>,
}

impl<'a> Logs<'a> {
    pub(in crate::plan) fn of(estate: &'a Estate) -> Self {
        let mut insights: BTreeMap<&Email, Vec<&PolicyInsight>> = BTreeMap::new();
        for insight in &estate.policy_insights {
            if let Some(email) = insight.member.address() {
                insights.entry(email).or_default().push(insight);
            }
        }
        let audited = estate
            .policies
            .iter()
            .filter(|policy| !policy.audit.is_empty());
        let read = estate
            .coverage
            .iter()
            .filter_map(|(scope, dataset, reading)| {
                let node = match scope {
                    Scope::Organization(id) => PolicyNode::Organization(id.clone()),
                    Scope::Folder(id) => PolicyNode::Folder(id.clone()),
                    Scope::Project(id) => PolicyNode::Project(id.clone()),
                    Scope::Caller | Scope::Account(_) => return None,
                };
                (dataset == Dataset::Policies && reading.is_known()).then_some(node)
            });
        Self {
            now: estate.observed_at,
            windows: &estate.log_windows,
            since: since(estate),
            insights,
            configs: audited
                .map(|policy| (&policy.on, policy.audit.as_slice()))
                .collect(),
            read: read.collect(),
        }
    }

    /// Returns whether the policy of an organization, a folder or a project was read.
    pub(in crate::plan) fn is_read(&self, node: &PolicyNode) -> bool {
        self.read.contains(node)
    }

    /// Returns whether every use of the permission by the account, on anything of the project, in the `window` up to now
    /// is known. `nodes` are the project and what stands above it.
    pub(super) fn tell(
        &self,
        account: &Account,
        permission: &str,
        project: &ProjectId,
        nodes: &[PolicyNode],
        window: TimeDelta,
    ) -> bool {
        let Some(service) = service_of(permission) else {
            return false;
        };
        let begin = self.now - window;
        let was_read = self.windows.iter().any(|read| {
            read.project.as_ref().is_none_or(|of| of == project)
                && read.period.from <= begin
                && self.now - read.period.to <= SLACK
        });
        let seen_from_begin = self
            .since
            .get(&(project, service))
            .is_some_and(|since| *since <= begin + SLACK);
        was_read && seen_from_begin && self.is_on(account, service, nodes)
    }

    /// Returns whether the service's logs are on for the account; any exemption that may be about it counts.
    fn is_on(&self, account: &Account, service: &str, nodes: &[PolicyNode]) -> bool {
        if !nodes.iter().all(|node| self.read.contains(node)) {
            return false;
        }
        let configs = nodes.iter().filter_map(|node| self.configs.get(node));
        let configs: Vec<&AuditConfig> = configs
            .flat_map(|configs| configs.iter())
            .filter(|config| config.service == service || config.service == ALL_SERVICES)
            .collect();
        let is_exempted = configs
            .iter()
            .flat_map(|config| &config.exempted)
            .any(|member| may_be(member, &account.facts.email));
        let kinds = [
            AuditLogType::AdminRead,
            AuditLogType::DataRead,
            AuditLogType::DataWrite,
        ];
        let is_logged = |kind| {
            configs
                .iter()
                .any(|config| config.log_types.contains(&kind))
        };
        !is_exempted && (service == BIGQUERY || kinds.into_iter().all(is_logged))
    }

    /// Returns the insight about a binding, where it looked at the whole window up to now.
    pub(super) fn insight(
        &self,
        account: &Account,
        role: &str,
        on: &PolicyNode,
        condition: Option<&Condition>,
        window: TimeDelta,
    ) -> Option<&'a PolicyInsight> {
        let of_account = self.insights.get(&account.facts.email)?;
        let is_about = |insight: &&&PolicyInsight| {
            let expression = condition.map(|condition| condition.expression.as_str());
            let looked = insight.period.is_some_and(|period| {
                period.to - period.from >= window && self.now - period.to <= SLACK
            });
            looked
                && insight.role == role
                && insight.on == *on
                && insight.condition.as_deref() == expression
        };
        of_account.iter().find(is_about).copied()
    }
}

/// Returns the service in whose log a permission's checks stand; `None` where they are not known to be logged.
fn service_of(permission: &str) -> Option<&'static str> {
    let begins = |(begin, _): &&(&str, &'static str)| {
        if begin.ends_with('.') {
            permission.starts_with(begin)
        } else {
            permission == *begin
        }
    };
    LOGGED.iter().find(begins).map(|(_, service)| *service)
}

/// Returns the service in whose log a call may stand that checks the permission: by its first word.
fn log_of(permission: &str) -> Option<&'static str> {
    let word = |text: &str| text.split('.').next().unwrap_or_default().to_owned();
    let of = word(permission);
    let row = LOGGED.iter().find(|(begin, _)| word(begin) == of);
    row.map(|(_, service)| *service)
}

/// Returns whether an exempted member is the account, or may have it in it.
fn may_be(member: &Member, account: &Email) -> bool {
    match member.kind() {
        MemberKind::User(_) | MemberKind::Agent(_) | MemberKind::Deleted { .. } => false,
        MemberKind::Account(email) => email == account,
        MemberKind::Group(_)
        | MemberKind::Domain(_)
        | MemberKind::AllUsers
        | MemberKind::AllAuthenticatedUsers
        | MemberKind::GkeWorkload(_)
        | MemberKind::Federated(_)
        | MemberKind::FederatedSet(_)
        | MemberKind::Workforce(_)
        | MemberKind::EveryAccountBelow { .. }
        | MemberKind::BasicRoleHolders { .. }
        | MemberKind::Unknown => true,
    }
}

/// Returns since when Data Access entries are known, by project and service: the first call of an account that used
/// nothing there but permissions that read, which no other log tells. `BigQuery`'s are always on.
fn since(estate: &Estate) -> BTreeMap<(&ProjectId, &str), DateTime<Utc>> {
    let mut since: BTreeMap<(&ProjectId, &str), DateTime<Utc>> = estate
        .projects
        .iter()
        .map(|project| ((&project.id, BIGQUERY), DateTime::<Utc>::MIN_UTC))
        .collect();
    for account in &estate.accounts {
        let mut only_reads: BTreeMap<(&ProjectId, &str), bool> = BTreeMap::new();
        let mut anywhere: BTreeSet<&str> = BTreeSet::new();
        for used in &account.exercised {
            let service = log_of(&used.permission);
            match (service, &used.project) {
                (Some(service), Some(project)) => {
                    let reads = READS.iter().any(|end| used.permission.ends_with(end));
                    *only_reads.entry((project, service)).or_insert(true) &= reads;
                }
                (Some(service), None) => {
                    anywhere.insert(service);
                }
                (None, _) => {}
            }
        }
        let by_keys = account.keys.iter().flat_map(|key| &key.callers);
        for placed in account.callers.iter().chain(by_keys) {
            let call = &placed.call;
            let Some(project) = &call.project else {
                continue;
            };
            let at = (project, call.service.as_str());
            let reads = only_reads.get(&at) == Some(&true) && !anywhere.contains(at.1);
            if reads {
                let first = since.entry(at).or_insert(call.seen.from);
                *first = (*first).min(call.seen.from);
            }
        }
    }
    since
}

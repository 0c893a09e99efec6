//! What the planner asks for every account, looked up once: no part of it walks all policies for one account.

use std::collections::{BTreeMap, BTreeSet};

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::model::access::{AuditConfig, AuditLogType, PolicyNode};
use crate::model::estate::Estate;
use crate::model::names::{Email, ProjectId};
use crate::model::settings::PlanSettings;

/// What a policy names that switches logs on for every service.
pub(super) const ALL_SERVICES: &str = "allServices";

/// Answers about projects and settings.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    rare: GlobSet,
    logs: BTreeMap<ProjectId, DataAccess>,
}

/// Which Data Access logs a project has of every service, with what it inherits.
#[derive(Debug, Clone, Default)]
struct DataAccess {
    on: BTreeSet<AuditLogType>,
    exempted: BTreeSet<Email>,
}

impl Lookup {
    /// Returns the answers for an estate.
    ///
    /// Globs are checked where the configuration is parsed: one that is none matches nothing here.
    #[must_use]
    pub fn of(estate: &Estate, settings: &PlanSettings) -> Self {
        let mut rare = GlobSetBuilder::new();
        for glob in settings.rare.iter().filter_map(|glob| Glob::new(glob).ok()) {
            rare.add(glob);
        }
        Self {
            rare: rare.build().unwrap_or_default(),
            logs: data_access(estate),
        }
    }

    /// Returns whether the user says that the account runs rarely.
    pub(super) fn is_rare(&self, email: &Email) -> bool {
        self.rare.is_match(email.as_str())
    }

    /// Returns the Data Access logs that are not known to be on for every service of a project, sorted.
    pub(super) fn missing_logs(&self, project: &ProjectId) -> Vec<AuditLogType> {
        let all = [
            AuditLogType::AdminRead,
            AuditLogType::DataRead,
            AuditLogType::DataWrite,
        ];
        let is_on = |kind: &AuditLogType| {
            self.logs
                .get(project)
                .is_some_and(|access| access.on.contains(kind))
        };
        all.into_iter().filter(|kind| !is_on(kind)).collect()
    }

    /// Returns whether the project's logs leave out what the account does.
    pub(super) fn is_exempted(&self, project: &ProjectId, email: &Email) -> bool {
        self.logs
            .get(project)
            .is_some_and(|access| access.exempted.contains(email))
    }
}

/// What one policy switches on no other takes back, and an exemption anywhere above counts: Google unites both.
/// Source: <https://cloud.google.com/logging/docs/audit/configure-data-access>.
fn data_access(estate: &Estate) -> BTreeMap<ProjectId, DataAccess> {
    let mut by_node: BTreeMap<&PolicyNode, Vec<&AuditConfig>> = BTreeMap::new();
    for policy in &estate.policies {
        let of_all = policy
            .audit
            .iter()
            .filter(|config| config.service == ALL_SERVICES);
        for config in of_all {
            by_node.entry(&policy.on).or_default().push(config);
        }
    }
    let of_project = |project: &ProjectId| {
        let mut nodes = vec![PolicyNode::Project(project.clone())];
        nodes.extend(estate.ancestors(project));
        let mut access = DataAccess::default();
        for config in nodes.iter().filter_map(|node| by_node.get(node)).flatten() {
            access.on.extend(&config.log_types);
            let accounts = config.exempted.iter().filter_map(|member| member.account());
            access.exempted.extend(accounts.cloned());
        }
        access
    };
    estate
        .projects
        .iter()
        .map(|project| (project.id.clone(), of_project(&project.id)))
        .collect()
}

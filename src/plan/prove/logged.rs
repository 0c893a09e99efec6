//! Which services' calls were logged, so that their absence from the replay means something.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::model::access::{AuditConfig, AuditLogType, Policy, PolicyNode};
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate};
use crate::model::idle::MAX_LAG;
use crate::model::names::{Email, Member, MemberKind, ProjectId};
use crate::model::scope::Scope;
use crate::model::settings::Thresholds;
use crate::model::usage::{Period, UsageSource};

/// What a policy names that switches logs on for every service.
const ALL_SERVICES: &str = "allServices";

/// The service whose Data Access logs are always on, and exempt nobody.
///
/// Source: <https://cloud.google.com/logging/docs/audit/configure-data-access#config-bigquery>.
const ALWAYS_LOGGED: &str = "bigquery.googleapis.com";

const TYPES: [AuditLogType; 3] = [
    AuditLogType::AdminRead,
    AuditLogType::DataRead,
    AuditLogType::DataWrite,
];

/// The audit configurations of an estate, and which of its logs were read.
pub(super) struct Logs<'a> {
    estate: &'a Estate,
    configs: BTreeMap<&'a PolicyNode, &'a [AuditConfig]>,
    /// Each project, with what stands above it; `None` where one of their policies was not read.
    nodes: BTreeMap<&'a ProjectId, Option<Vec<PolicyNode>>>,
    /// What the logs of each project were read over by a source; without a project, of whatever projects a sink has.
    windows: BTreeMap<(Option<&'a ProjectId>, UsageSource), Period>,
    /// The services that are on in every project; `None` where that of one project was not read.
    services: Option<BTreeSet<&'a str>>,
}

/// The services that an account was seen to call or may call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Services {
    pub(super) logged: Vec<String>,
    pub(super) unlogged: Vec<String>,
}

impl<'a> Logs<'a> {
    pub(super) fn of(estate: &'a Estate) -> Self {
        let configs = |policy: &'a Policy| (&policy.on, policy.audit.as_slice());
        let nodes = estate.projects.iter().map(|project| {
            let mut nodes = vec![PolicyNode::Project(project.id.clone())];
            nodes.extend(estate.ancestors(&project.id));
            let read = nodes.iter().all(|node| is_read(estate, node));
            (&project.id, read.then_some(nodes))
        });
        let of_projects = estate.projects.iter();
        let services: Option<Vec<_>> = of_projects
            .map(|project| estate.services.get(&project.id))
            .collect();
        Self {
            estate,
            configs: estate.policies.iter().map(configs).collect(),
            nodes: nodes.collect(),
            windows: windows(estate),
            services: services.map(|all| all.into_iter().flatten().map(String::as_str).collect()),
        }
    }

    /// Returns which of the services that an account was seen to call, or may call by its roles, were logged on every
    /// project where it may, over the time in which what runs at all has run.
    pub(super) fn services(&self, account: &Account, thresholds: &Thresholds) -> Services {
        let mut services = Services::default();
        let time = TimeDelta::days(thresholds.max_account_idle.into());
        for (service, projects) in self.places(account) {
            let logged = projects.is_some_and(|projects| {
                projects.iter().all(|project| {
                    self.was_read(project, time)
                        && self.is_logged(&service, project, &account.facts.email)
                })
            });
            if logged {
                services.logged.push(service);
            } else {
                services.unlogged.push(service);
            }
        }
        services
    }

    /// Returns whether a project's log was read, whole, for so long up to the scan.
    fn was_read(&self, project: &ProjectId, time: TimeDelta) -> bool {
        let now = self.estate.observed_at;
        let mut windows = self.windows.iter().filter(|((of, _), period)| {
            of.is_none_or(|of| of == project)
                && now - period.from >= time
                && now - period.to <= MAX_LAG
        });
        windows.any(|((of, _), _)| {
            let scope = of.map_or(Scope::Caller, |of| Scope::Project(of.clone()));
            let coverage = &self.estate.coverage;
            coverage.reading(&scope, Dataset::AuditLogs).is_known()
        })
    }

    /// Returns the services that an account was seen to call or may call, each with the projects where; `None`: anywhere
    /// below a folder or an organization, or nobody knows where.
    fn places(&self, account: &Account) -> BTreeMap<String, Option<BTreeSet<&'a ProjectId>>> {
        let mut found: BTreeMap<String, Option<BTreeSet<&'a ProjectId>>> = BTreeMap::new();
        let mut add = |service: String, project: Option<&ProjectId>| {
            let known = project.and_then(|project| self.nodes.get_key_value(project));
            let places = found
                .entry(service)
                .or_insert_with(|| Some(BTreeSet::new()));
            match (known, places.as_mut()) {
                (Some((project, _)), Some(places)) => drop(places.insert(project)),
                (None, _) => *places = None,
                (Some(_), None) => {}
            }
        };
        for used in &account.exercised {
            add(service(&used.permission), used.project.as_ref());
        }
        let by_keys = account.keys.iter().flat_map(|key| &key.callers);
        for caller in account.callers.iter().chain(by_keys) {
            add(caller.call.service.clone(), caller.call.project.as_ref());
        }
        for grant in &account.grants {
            let project = match &grant.on {
                PolicyNode::Project(project) => Some(project),
                PolicyNode::Account(account) => Some(&account.project),
                PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Resource(_) => {
                    None
                }
            };
            let permissions = self.estate.permissions(&grant.role).unwrap_or(&[]);
            let services: BTreeSet<&str> = permissions.iter().map(|of| first_word(of)).collect();
            let on = project.map_or(self.services.as_ref().map(Either::All), |project| {
                self.estate.services.get(project).map(Either::Of)
            });
            for word in services {
                let service = service(word);
                if on.as_ref().is_none_or(|on| on.has(&service)) {
                    add(service, project);
                }
            }
        }
        found
    }

    /// Returns whether every call of an account to a service on a project was logged, if the log was read: what one policy
    /// switches on no other takes back, and an exemption anywhere above counts.
    fn is_logged(&self, service: &str, project: &ProjectId, account: &Email) -> bool {
        if service == ALWAYS_LOGGED {
            return true;
        }
        let Some(Some(nodes)) = self.nodes.get(project) else {
            return false;
        };
        let configs = nodes.iter().filter_map(|node| self.configs.get(node));
        let configs: Vec<&AuditConfig> = configs
            .flat_map(|configs| configs.iter())
            .filter(|config| config.service == ALL_SERVICES || config.service == service)
            .collect();
        TYPES.iter().all(|kind| {
            let mut of_kind = configs.iter().filter(|of| of.log_types.contains(kind));
            let mut exempted = of_kind.clone().flat_map(|config| &config.exempted);
            of_kind.next().is_some() && !exempted.any(|member| may_be(member, account))
        })
    }
}

/// Returns what each project's log was read over by each source. Of two stretches the shorter counts: the Logging API is
/// asked for the events of accounts and keys over a longer one.
fn windows(estate: &Estate) -> BTreeMap<(Option<&ProjectId>, UsageSource), Period> {
    let mut windows: BTreeMap<_, Period> = BTreeMap::new();
    for read in &estate.log_windows {
        let of = (read.project.as_ref(), read.source);
        let held = windows.entry(of).or_insert(read.period);
        held.from = held.from.max(read.period.from);
        held.to = held.to.min(read.period.to);
    }
    windows
}

/// The services that are on, in one project or in all.
enum Either<'a> {
    All(&'a BTreeSet<&'a str>),
    Of(&'a BTreeSet<String>),
}

impl Either<'_> {
    fn has(&self, service: &str) -> bool {
        match self {
            Self::All(services) => services.contains(service),
            Self::Of(services) => services.contains(service),
        }
    }
}

/// Returns whether a member is an account, or a set that it may be in.
fn may_be(member: &Member, account: &Email) -> bool {
    match member.kind() {
        MemberKind::Account(email) | MemberKind::Agent(email) => email == account,
        MemberKind::User(_)
        | MemberKind::GkeWorkload(_)
        | MemberKind::Federated(_)
        | MemberKind::FederatedSet(_)
        | MemberKind::Workforce(_)
        | MemberKind::EveryAccountBelow { agents: true, .. }
        | MemberKind::Deleted { .. } => false,
        MemberKind::Group(_)
        | MemberKind::Domain(_)
        | MemberKind::AllUsers
        | MemberKind::AllAuthenticatedUsers
        | MemberKind::EveryAccountBelow { agents: false, .. }
        | MemberKind::BasicRoleHolders { .. }
        | MemberKind::Unknown => true,
    }
}

/// Returns the service that a permission is about: `storage.googleapis.com` of `storage.objects.get`.
fn service(permission: &str) -> String {
    match first_word(permission) {
        "resourcemanager" => "cloudresourcemanager.googleapis.com".to_owned(),
        word => format!("{word}.googleapis.com"),
    }
}

fn first_word(permission: &str) -> &str {
    permission.split('.').next().unwrap_or_default()
}

fn is_read(estate: &Estate, node: &PolicyNode) -> bool {
    let scope = match node {
        PolicyNode::Organization(id) => Scope::Organization(id.clone()),
        PolicyNode::Folder(id) => Scope::Folder(id.clone()),
        PolicyNode::Project(id) => Scope::Project(id.clone()),
        PolicyNode::Account(account) => Scope::Account(account.clone()),
        PolicyNode::Resource(_) => return true,
    };
    let reading = estate.coverage.reading(&scope, Dataset::Policies);
    reading.is_known()
}

//! Data Access logs as they are in force: what a project and everything above it switch on, service by service.
//!
//! What one policy switches on no other takes back, and an exemption anywhere above counts; what is said of `allServices`
//! adds to what is said of one: Google unites all of it.
//! Source: <https://cloud.google.com/logging/docs/audit/configure-data-access>.

use std::collections::BTreeSet;

use crate::model::access::{AuditLogType, PolicyNode};
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate};
use crate::model::names::Member;

/// What a policy names that switches logs on for every service.
const ALL_SERVICES: &str = "allServices";

/// The service whose Data Access logs cannot be switched off:
/// <https://cloud.google.com/logging/docs/audit#data-access>.
const ALWAYS_LOGGED: &str = "bigquery.googleapis.com";

/// With more services the question is one about all of them: a role that is this broad was made for no single task.
const MOST_SERVICES: usize = 12;

/// Services that audit logs name in another way than permissions do.
const NAMED_OTHERWISE: [(&str, &str); 1] =
    [("resourcemanager", "cloudresourcemanager.googleapis.com")];

/// The kinds of logs that a policy can switch on.
const KINDS: [AuditLogType; 3] = [
    AuditLogType::AdminRead,
    AuditLogType::DataRead,
    AuditLogType::DataWrite,
];

/// Returns the kinds of logs of a service, or of every service, that nothing among the nodes switches on; of an account,
/// also those that leave it out.
pub(in crate::rules) fn missing(
    estate: &Estate,
    nodes: &[PolicyNode],
    service: Option<&str>,
    account: Option<&Account>,
) -> BTreeSet<AuditLogType> {
    if service == Some(ALWAYS_LOGGED) {
        return BTreeSet::new();
    }
    let member = account.map(|account| format!("serviceAccount:{}", account.facts.email));
    let policies = estate
        .policies
        .iter()
        .filter(|policy| nodes.contains(&policy.on));
    let configs = || {
        let all = policies.clone().flat_map(|policy| &policy.audit);
        all.filter(|config| config.service == ALL_SERVICES || Some(&*config.service) == service)
    };
    let is_exempted = |kind| {
        let member = member.as_deref();
        configs().any(|config| {
            let is_named = |held: &Member| Some(held.as_str()) == member;
            config.log_types.contains(&kind) && config.exempted.iter().any(is_named)
        })
    };
    let is_on = |kind| configs().any(|config| config.log_types.contains(&kind));
    KINDS
        .into_iter()
        .filter(|kind| !is_on(*kind) || is_exempted(*kind))
        .collect()
}

/// Returns whether the policy of a node was read; no log is switched on by that of a resource.
pub(in crate::rules) fn is_read(estate: &Estate, node: &PolicyNode) -> bool {
    node.scope().is_none_or(|scope| {
        let reading = estate.coverage.reading(&scope, Dataset::Policies);
        reading.is_known()
    })
}

/// Returns the services that an account may call by the roles that it holds on the nodes; `None` where that is not known,
/// where it holds none there, and where there are so many that the question is about all.
pub(in crate::rules) fn services(
    estate: &Estate,
    nodes: &[PolicyNode],
    account: &Account,
) -> Option<BTreeSet<String>> {
    let mut services = BTreeSet::new();
    for grant in &account.grants {
        if !nodes.contains(&grant.on) {
            continue;
        }
        for permission in estate.permissions(&grant.role)? {
            let (prefix, _) = permission.split_once('.')?;
            let named = NAMED_OTHERWISE.iter().find(|(known, _)| *known == prefix);
            services.insert(match named {
                Some((_, service)) => (*service).to_owned(),
                None => format!("{prefix}.googleapis.com"),
            });
        }
    }
    let few = !services.is_empty() && services.len() <= MOST_SERVICES;
    few.then_some(services)
}

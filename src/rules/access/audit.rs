//! Which Data Access logs are on: for a node, and for one account whose calls may be left out of them.

use std::collections::BTreeSet;

use crate::model::access::{AuditLogType, PolicyNode};
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate};
use crate::model::names::Member;

/// What a policy names that switches logs on for every service.
const ALL_SERVICES: &str = "allServices";

/// Returns the kinds of logs that nothing switches on for every service, or that leave the account out wherever it does.
///
/// What one policy switches on no other takes back, and an exemption anywhere above counts: Google unites both.
/// Source: <https://cloud.google.com/logging/docs/audit/configure-data-access>.
pub(in crate::rules) fn missing(
    estate: &Estate,
    nodes: &[PolicyNode],
    account: Option<&Account>,
) -> BTreeSet<AuditLogType> {
    let member = account.map(|account| format!("serviceAccount:{}", account.facts.email));
    let policies = estate
        .policies
        .iter()
        .filter(|policy| !policy.audit.is_empty() && nodes.contains(&policy.on));
    let configs = || {
        let all = policies.clone().flat_map(|policy| &policy.audit);
        all.filter(|config| config.service == ALL_SERVICES)
    };
    let is_exempted = |kind| {
        let member = member.as_deref();
        configs().any(|config| {
            let is_named = |held: &Member| Some(held.as_str()) == member;
            config.log_types.contains(&kind) && config.exempted.iter().any(is_named)
        })
    };
    let kinds = [
        AuditLogType::AdminRead,
        AuditLogType::DataRead,
        AuditLogType::DataWrite,
    ];
    kinds
        .into_iter()
        .filter(|kind| {
            let is_on = configs().any(|config| config.log_types.contains(kind));
            !is_on || is_exempted(*kind)
        })
        .collect()
}

/// Returns whether the policy of a node was read; no log is switched on by that of a resource.
pub(in crate::rules) fn is_read(estate: &Estate, node: &PolicyNode) -> bool {
    node.scope().is_none_or(|scope| {
        let reading = estate.coverage.reading(&scope, Dataset::Policies);
        reading.is_known()
    })
}

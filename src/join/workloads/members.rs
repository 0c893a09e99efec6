//! Workloads that sign in as an account from outside: Kubernetes service accounts and federated identities.

use std::collections::BTreeMap;

use crate::model::access::{Binding, PolicyNode, Role};
use crate::model::coverage::{Dataset, Reading};
use crate::model::federation::{FederationState, Pool};
use crate::model::names::{Member, UniqueId};
use crate::model::project::Project;
use crate::model::rule::Confidence;
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;
use crate::model::workload::{EvidenceOf, WorkloadEvidence, WorkloadPart};

use super::merge::Fact;
use super::unit::Unit;

/// The role that lets a workload sign in as the account that it is bound on.
const WORKLOAD_IDENTITY_USER: &str = "roles/iam.workloadIdentityUser";

/// The permission by which it does so.
const GET_ACCESS_TOKEN: &str = "iam.serviceAccounts.getAccessToken";

/// Returns each account that the policies are on, with the workloads that may sign in as it.
///
/// A member counts where it is one identity or one value of an attribute; a whole pool is no workload. A binding with a
/// condition counts with confidence medium, since conditions are not evaluated. A member that matches nobody is none; one
/// whose pool was not there a while ago has confidence low: it may be new, and it may be dead.
pub(super) fn facts(facts: &Facts) -> Vec<(UniqueId, Fact)> {
    let (policies, pools) = (&facts.policies, Pools(facts));
    let roles: BTreeMap<&str, &Role> = facts
        .roles
        .iter()
        .map(|role| (role.name.as_str(), role))
        .collect();
    let on_accounts = policies.iter().filter_map(|policy| match &policy.on {
        PolicyNode::Account(account) => Some((&account.unique_id, policy)),
        PolicyNode::Organization(_)
        | PolicyNode::Folder(_)
        | PolicyNode::Project(_)
        | PolicyNode::Resource(_) => None,
    });
    let mut found = Vec::new();
    for (account, policy) in on_accounts {
        for binding in policy
            .bindings
            .iter()
            .filter(|binding| signs_in(binding, &roles))
        {
            let workloads = binding.members.iter().filter_map(|member| {
                let doubtful = match pools.of(member) {
                    Matches::Nobody => return None,
                    Matches::NotKnown => true,
                    Matches::Somebody => false,
                };
                let mut fact = fact(member, binding)?;
                if doubtful {
                    fact.confidence = Confidence::Low;
                }
                Some(fact)
            });
            found.extend(workloads.map(|fact| (account.clone(), fact)));
        }
    }
    found
}

/// The workload identity pools, as far as they were read.
struct Pools<'a>(&'a Facts);

/// Whom a federated member matches.
enum Matches {
    /// Never anybody.
    Nobody,
    /// Nobody a while ago; its pool may have been made since.
    NotKnown,
    /// Somebody, as far as is known.
    Somebody,
}

impl Pools<'_> {
    /// Returns whom a member matches: never anybody where its pool is named by the project's id in place of the number, is
    /// deleted, or is not there although the project's pools were read, as of now.
    fn of(&self, member: &Member) -> Matches {
        let Some(pool) = member.pool().filter(|pool| !pool.is_of_gke()) else {
            return Matches::Somebody;
        };
        if !pool.is_by_number() {
            return Matches::Nobody;
        }
        let by_number = |project: &&Project| project.number.as_str() == pool.project;
        let Some(project) = self.0.projects.iter().find(by_number) else {
            return Matches::Somebody;
        };
        let there = |known: &&Pool| known.project == project.id && known.id == pool.pool;
        match self.0.pools.iter().find(there) {
            Some(known) if known.state == FederationState::Deleted => Matches::Nobody,
            Some(_) => Matches::Somebody,
            None => {
                let scope = Scope::Project(project.id.clone());
                match self.0.coverage.reading(&scope, Dataset::Federation) {
                    Reading::Read => Matches::Nobody,
                    Reading::Stale { .. } => Matches::NotKnown,
                    Reading::Skipped
                    | Reading::NotCovered { .. }
                    | Reading::Malformed { .. }
                    | Reading::Truncated { .. }
                    | Reading::Denied { .. }
                    | Reading::ApiDisabled { .. }
                    | Reading::Quota { .. }
                    | Reading::Perimeter { .. }
                    | Reading::Failed { .. } => Matches::Somebody,
                }
            }
        }
    }
}

/// Returns whether a binding lets its members sign in: by the role's permissions where its definition is known.
fn signs_in(binding: &Binding, roles: &BTreeMap<&str, &Role>) -> bool {
    match roles.get(binding.role.as_str()) {
        Some(role) => {
            !role.deleted
                && role.stage != "DISABLED"
                && role
                    .permissions
                    .iter()
                    .any(|permission| permission == GET_ACCESS_TOKEN)
        }
        None => binding.role == WORKLOAD_IDENTITY_USER,
    }
}

fn fact(member: &Member, binding: &Binding) -> Option<Fact> {
    Some(Fact {
        units: vec![unit(member)?],
        called: None,
        target: None,
        location: None,
        application: None,
        confidence: match binding.condition {
            None => Confidence::High,
            Some(_) => Confidence::Medium,
        },
        evidence: WorkloadEvidence {
            resource: EvidenceOf::Member(member.to_string()),
            field: binding.role.clone(),
            state: None,
        },
        part: Some(WorkloadPart::Member(member.clone())),
    })
}

/// Returns the workload that a member is; `None` where it is none, or a set without bounds.
pub(super) fn unit(member: &Member) -> Option<Unit> {
    match member.gke_workload() {
        Some(workload) => Some(Unit::Kubernetes(workload.clone())),
        None => member
            .is_narrowly_federated()
            .then(|| Unit::Federated(member.clone())),
    }
}

//! The snapshot: raw facts as the sources told them, with their windows and gaps. The hinge of the program.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::{Folder, Policy, PolicyNode, Role};
use super::account::ServiceAccount;
use super::address::AddressSpace;
use super::attachment::Attachment;
use super::call::Calls;
use super::coverage::Coverage;
use super::credential::OtherCredential;
use super::federation::Pool;
use super::key::ServiceAccountKey;
use super::names::{ProjectId, UniqueId};
use super::org_policy::OrgPolicy;
use super::project::Project;
use super::reference::Reference;
use super::scope::{LeftOut, ScanScope};
use super::usage::{AccountInsight, Activity, Authentications, PolicyInsight, UsageSource};

/// What one scan has read. Nothing in it is joined, fused or judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// When and how it was made.
    pub header: Header,
    /// The facts.
    pub facts: Facts,
}

/// When and how a snapshot was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The program that made it: `sa-audit 0.1.0`.
    pub tool: String,
    /// When the scan began, UTC: "now" for everything that reads the snapshot.
    pub observed_at: DateTime<Utc>,
    /// What it was asked to look at.
    pub scope: ScanScope,
    /// The sources of last use that it was asked to read, sorted.
    pub sources: Vec<UsageSource>,
    /// What it saw and left out.
    pub left_out: LeftOut,
    /// What the scan cost; `None` where the clock was set by hand, so that equal estates give equal bytes.
    pub statistics: Option<Statistics>,
}

/// The facts of a snapshot, or of a part of it, such as one project.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The active projects in scope.
    pub projects: Vec<Project>,
    /// Their accounts.
    pub accounts: Vec<ServiceAccount>,
    /// Their keys.
    pub keys: Vec<ServiceAccountKey>,
    /// Their HMAC keys, and the API keys that are bound to them.
    pub credentials: Vec<OtherCredential>,
    /// What Policy Analyzer said of accounts and keys.
    pub activities: Vec<Activity>,
    /// What Monitoring counted, project by project.
    pub authentications: Vec<Authentications>,
    /// What Recommender says of idle accounts.
    pub account_insights: Vec<AccountInsight>,
    /// What Recommender says of the use of bindings.
    pub policy_insights: Vec<PolicyInsight>,
    /// What audit logs say.
    pub calls: Calls,
    /// The folders on the way to the projects, with those above the scope.
    pub folders: Vec<Folder>,
    /// The policies of organizations, folders, projects, accounts and other resources.
    pub policies: Vec<Policy>,
    /// What is in force of the constraints about service accounts, where it is set and at the top.
    pub org_policies: Vec<OrgPolicy>,
    /// The definitions of Google's own roles, and of the custom ones that the policies name.
    pub roles: Vec<Role>,
    /// The workload identity pools with their providers.
    pub pools: Vec<Pool>,
    /// The accounts that resources run as.
    pub attachments: Vec<Attachment>,
    /// The accounts that other resources name.
    pub references: Vec<Reference>,
    /// The addresses that subnetworks and VMs have.
    pub addresses: Vec<AddressSpace>,
    /// The services that are on, of each project of which that was read whole.
    pub services: Vec<EnabledServices>,
    /// How each read ended.
    pub coverage: Coverage,
}

/// The services that are on in a project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EnabledServices {
    /// The project.
    pub project: ProjectId,
    /// The services, sorted: `iap.googleapis.com`.
    pub services: Vec<String>,
}

/// What a scan cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Statistics {
    /// From begin to end, milliseconds.
    pub milliseconds: u64,
    /// Requests answered, without repetitions.
    pub calls: u64,
    /// Requests sent again.
    pub retries: u64,
}

impl Facts {
    /// Takes over the facts of `other`.
    pub fn absorb(&mut self, other: Self) {
        self.projects.extend(other.projects);
        self.accounts.extend(other.accounts);
        self.keys.extend(other.keys);
        self.credentials.extend(other.credentials);
        self.activities.extend(other.activities);
        self.authentications.extend(other.authentications);
        self.account_insights.extend(other.account_insights);
        self.policy_insights.extend(other.policy_insights);
        self.calls.absorb(other.calls);
        self.folders.extend(other.folders);
        self.policies.extend(other.policies);
        self.org_policies.extend(other.org_policies);
        self.roles.extend(other.roles);
        self.pools.extend(other.pools);
        self.attachments.extend(other.attachments);
        self.references.extend(other.references);
        self.addresses.extend(other.addresses);
        self.services.extend(other.services);
        self.coverage.absorb(other.coverage);
    }

    /// Drops the facts of every project that is not in `projects`.
    pub fn retain(&mut self, projects: &BTreeSet<&ProjectId>) {
        self.projects
            .retain(|project| projects.contains(&project.id));
        self.accounts
            .retain(|account| projects.contains(&account.project));
        let accounts: BTreeSet<&UniqueId> = self
            .accounts
            .iter()
            .map(|account| &account.unique_id)
            .collect();
        self.keys.retain(|key| accounts.contains(&key.account));
        self.credentials
            .retain(|credential| projects.contains(&credential.project));
        self.activities
            .retain(|row| accounts.contains(&row.account));
        self.authentications
            .retain(|of| projects.contains(&of.project));
        self.account_insights
            .retain(|insight| accounts.contains(&insight.account));
        self.policy_insights.retain(|insight| match &insight.on {
            PolicyNode::Project(project) => projects.contains(project),
            PolicyNode::Account(account) => projects.contains(&account.project),
            PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Resource(_) => true,
        });
        self.policies.retain(|policy| match &policy.on {
            PolicyNode::Project(project) => projects.contains(project),
            PolicyNode::Account(account) => projects.contains(&account.project),
            PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Resource(_) => true,
        });
        self.org_policies.retain(|policy| match &policy.on {
            PolicyNode::Project(project) => projects.contains(project),
            PolicyNode::Organization(_)
            | PolicyNode::Folder(_)
            | PolicyNode::Account(_)
            | PolicyNode::Resource(_) => true,
        });
        self.pools.retain(|pool| projects.contains(&pool.project));
        self.attachments
            .retain(|attachment| projects.contains(&attachment.project));
        self.references.retain(|reference| {
            let project = reference.project.as_ref();
            project.is_none_or(|project| projects.contains(project))
        });
        self.addresses
            .retain(|space| projects.contains(&space.project));
        self.services.retain(|of| projects.contains(&of.project));
        self.coverage.retain(|scope| {
            scope
                .project()
                .is_none_or(|project| projects.contains(project))
        });
    }

    /// Puts every list in its order and drops repetitions, so that paging and timing leave no trace.
    pub fn sort(&mut self) {
        self.projects.sort_by(|a, b| a.id.cmp(&b.id));
        self.projects.dedup_by(|a, b| a.id == b.id);
        self.accounts.sort_by(|a, b| {
            (&a.project, &a.email, &a.unique_id).cmp(&(&b.project, &b.email, &b.unique_id))
        });
        self.accounts.dedup_by(|a, b| a.unique_id == b.unique_id);
        self.keys
            .sort_by(|a, b| (&a.account, &a.id).cmp(&(&b.account, &b.id)));
        self.keys
            .dedup_by(|a, b| (&a.account, &a.id) == (&b.account, &b.id));
        self.credentials.sort();
        self.credentials.dedup();
        self.activities.sort();
        self.activities.dedup();
        self.authentications.sort();
        self.authentications.dedup();
        self.account_insights.sort();
        self.account_insights.dedup();
        self.policy_insights.sort();
        self.policy_insights.dedup();
        self.calls.sort();
        self.folders.sort();
        self.folders.dedup_by(|a, b| a.id == b.id);
        self.policies.sort_by(|a, b| a.on.cmp(&b.on));
        self.policies.dedup_by(|a, b| a.on == b.on);
        self.org_policies
            .sort_by(|a, b| (&a.on, a.constraint).cmp(&(&b.on, b.constraint)));
        self.org_policies
            .dedup_by(|a, b| (&a.on, a.constraint) == (&b.on, b.constraint));
        self.roles.sort_by(|a, b| a.name.cmp(&b.name));
        self.roles.dedup_by(|a, b| a.name == b.name);
        self.pools.sort();
        self.pools.dedup();
        self.services.sort();
        self.services.dedup();
        self.attachments.sort();
        self.attachments.dedup();
        self.references.sort();
        self.references.dedup();
        self.addresses.sort();
        self.addresses.dedup();
    }
}

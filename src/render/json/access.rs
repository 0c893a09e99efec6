//! Workloads, grants and who may act as an account, as the JSON report writes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::vocabulary::{ActAs, Confidence};
use crate::model;
use crate::model::access::PolicyNode;

/// A unit that is deployed and retired on its own, and runs as an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Workload {
    /// Its name for machines: equal from scan to scan while it is the same workload.
    pub id: String,
    /// What it is.
    pub kind: WorkloadKind,
    /// The type of the resource that it is, as Asset Inventory names it; null unless `attached`.
    pub asset_type: Option<String>,
    /// Its name for people.
    pub name: String,
    /// The id of the project that it runs in; null outside Google Cloud, and for a group that spans several.
    pub project: Option<String>,
    /// Where it runs.
    pub locations: Vec<String>,
    /// The application that its resources' labels name; null where they name none, or several.
    pub application: Option<String>,
    /// How sure it is that it is one, and runs as the account. Those of confidence low do not count for sharing.
    pub confidence: Confidence,
    /// What shows it, at most a few facts of many.
    pub evidence: Vec<WorkloadEvidence>,
    /// How many resources it was collapsed from.
    pub resources: u64,
}

/// The kinds of workloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadKind {
    /// The account is attached to a resource.
    Attached,
    /// A Kubernetes service account of GKE's Workload Identity.
    GkeWorkloadIdentity,
    /// A federated identity, bound narrowly on the account, or seen signing in as it.
    Federated,
    /// Whoever calls with a key of the account, from one place.
    KeyCaller,
    /// A platform that was seen calling as the account, where nothing is known to be attached.
    Platform,
    /// Another account that was seen taking tokens of it.
    Impersonator,
    /// What the user has grouped.
    Grouped,
}

/// A fact that shows a workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkloadEvidence {
    /// What it is about.
    pub kind: WorkloadEvidenceKind,
    /// The resource's full name, or the member as the policy writes it.
    pub name: String,
    /// The field of the resource, or the role of the member.
    pub field: String,
    /// The resource's state, as its service writes it; null where it has none.
    pub state: Option<String>,
}

/// What a fact that shows a workload is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadEvidenceKind {
    /// A resource.
    Resource,
    /// A member of a policy.
    Member,
    /// Calls in audit logs.
    Calls,
}

/// A role that an account holds somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Grant {
    /// The role's name.
    pub role: String,
    /// Where the binding stands; it holds there and everywhere below.
    pub on: Node,
    /// The member by which the account has it, as the policy writes it: itself, or a set that it is in.
    pub through: String,
    /// When it holds; null: always.
    pub condition: Option<Condition>,
}

/// Somebody who may act as an account, whether or not anybody ever did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Actor {
    /// Who, as the policy writes it.
    pub member: String,
    /// In which ways.
    pub ways: Vec<ActAs>,
    /// The role that gives it.
    pub role: String,
    /// Where the binding stands.
    pub on: Node,
    /// What lies between `on` and the account, from the top; empty where the binding is on the account itself.
    pub path: Vec<Node>,
    /// When it holds; null: always.
    pub condition: Option<Condition>,
}

/// When a binding holds. Shown, and not evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Condition {
    /// A stranger's text.
    pub title: String,
    /// The condition in CEL.
    pub expression: String,
}

/// What a policy is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The number of an organization or folder, a project's id, an account's address, another resource's full name.
    pub name: String,
}

/// The kinds of things that a policy is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// An organization.
    Organization,
    /// A folder.
    Folder,
    /// A project.
    Project,
    /// A service account.
    Account,
    /// Any other resource.
    Resource,
}

/// Whether lists about an account are all that there is; where they are not, `coverage` says what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Complete {
    /// Its workloads.
    pub workloads: bool,
    /// Its references.
    pub references: bool,
    /// Its HMAC keys and bound API keys.
    pub credentials: bool,
    /// Its grants in the policies of organizations, folders, projects and accounts.
    pub grants: bool,
    /// Who may act as it.
    pub actors: bool,
}

impl From<&model::workload::Workload> for Workload {
    fn from(workload: &model::workload::Workload) -> Self {
        use model::workload::WorkloadKind as Kind;
        let (kind, asset_type) = match &workload.kind {
            Kind::Attached(asset_type) => (WorkloadKind::Attached, Some(asset_type.clone())),
            Kind::GkeWorkloadIdentity => (WorkloadKind::GkeWorkloadIdentity, None),
            Kind::Federated => (WorkloadKind::Federated, None),
            Kind::KeyCaller => (WorkloadKind::KeyCaller, None),
            Kind::Platform => (WorkloadKind::Platform, None),
            Kind::Impersonator => (WorkloadKind::Impersonator, None),
            Kind::Grouped => (WorkloadKind::Grouped, None),
        };
        Self {
            id: workload.id.clone(),
            kind,
            asset_type,
            name: workload.name.clone(),
            project: workload.project.as_ref().map(ToString::to_string),
            locations: workload.locations.clone(),
            application: workload.application.clone(),
            confidence: workload.confidence.into(),
            evidence: workload
                .evidence
                .iter()
                .map(WorkloadEvidence::from)
                .collect(),
            resources: workload.resources,
        }
    }
}

impl From<&model::workload::WorkloadEvidence> for WorkloadEvidence {
    fn from(evidence: &model::workload::WorkloadEvidence) -> Self {
        use model::workload::EvidenceOf;
        let (kind, name) = match &evidence.resource {
            EvidenceOf::Resource(name) => (WorkloadEvidenceKind::Resource, name.to_string()),
            EvidenceOf::Calls(calls) => (WorkloadEvidenceKind::Calls, calls.clone()),
            EvidenceOf::Member(member) => (WorkloadEvidenceKind::Member, member.clone()),
        };
        Self {
            kind,
            name,
            field: evidence.field.clone(),
            state: evidence.state.clone(),
        }
    }
}

impl From<&model::grant::Grant> for Grant {
    fn from(grant: &model::grant::Grant) -> Self {
        Self {
            role: grant.role.clone(),
            on: Node::from(&grant.on),
            through: grant.through.to_string(),
            condition: grant.condition.as_ref().map(Condition::from),
        }
    }
}

impl From<&model::grant::Actor> for Actor {
    fn from(actor: &model::grant::Actor) -> Self {
        Self {
            member: actor.member.to_string(),
            ways: actor.ways.iter().copied().map(ActAs::from).collect(),
            role: actor.role.clone(),
            on: Node::from(&actor.on),
            path: actor.path.iter().map(Node::from).collect(),
            condition: actor.condition.as_ref().map(Condition::from),
        }
    }
}

impl From<&model::access::Condition> for Condition {
    fn from(condition: &model::access::Condition) -> Self {
        let model::access::Condition { title, expression } = condition;
        Self {
            title: title.clone(),
            expression: expression.clone(),
        }
    }
}

impl From<&PolicyNode> for Node {
    fn from(node: &PolicyNode) -> Self {
        let (kind, name) = match node {
            PolicyNode::Organization(id) => (NodeKind::Organization, id.to_string()),
            PolicyNode::Folder(id) => (NodeKind::Folder, id.to_string()),
            PolicyNode::Project(id) => (NodeKind::Project, id.to_string()),
            PolicyNode::Account(account) => (NodeKind::Account, account.email.to_string()),
            PolicyNode::Resource(name) => (NodeKind::Resource, name.to_string()),
        };
        Self { kind, name }
    }
}

impl From<crate::report::Completeness> for Complete {
    fn from(complete: crate::report::Completeness) -> Self {
        let crate::report::Completeness {
            workloads,
            references,
            credentials,
            grants,
            actors,
        } = complete;
        Self {
            workloads,
            references,
            credentials,
            grants,
            actors,
        }
    }
}

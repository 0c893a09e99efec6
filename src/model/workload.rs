//! A workload: a unit that is deployed and retired on its own, and runs as an account.

use super::attachment::AttachmentKind;
use super::names::{FullResourceName, Member, ProjectId};
use super::rule::Confidence;

/// A workload of one account, with what shows that it is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workload {
    /// Its name for machines: equal from scan to scan while it is the same workload.
    pub id: String,
    /// What it is.
    pub kind: WorkloadKind,
    /// Its name for people: `Cloud Run service catalog-feed`.
    pub name: String,
    /// The project that it runs in; `None` outside Google Cloud, and for a group that spans several.
    pub project: Option<ProjectId>,
    /// Where it runs; several regions of one service are one workload. Sorted.
    pub locations: Vec<String>,
    /// The application that its resources' labels name, where they agree on one: a stranger's text.
    pub application: Option<String>,
    /// How sure it is that it is one, and runs as the account.
    pub confidence: Confidence,
    /// What it was collapsed from, at most a few of many, and how many there are.
    pub evidence: Vec<WorkloadEvidence>,
    /// How many resources were collapsed into it.
    pub resources: u64,
    /// All that has to change for it to run as another account, sorted.
    pub parts: Vec<WorkloadPart>,
}

/// Something by which a workload is its account's: what a plan has to switch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkloadPart {
    /// A resource that the account is attached to.
    Resource {
        /// The resource.
        resource: FullResourceName,
        /// Its type as Asset Inventory names it.
        asset_type: String,
        /// The project that has it.
        project: ProjectId,
        /// Where it is; `None` for a global one.
        location: Option<String>,
        /// What the attachment is.
        kind: AttachmentKind,
    },
    /// A member of the account's own policy.
    Member(Member),
}

impl Workload {
    /// Returns whether the workload counts: an account is shared by those of confidence medium or better.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.confidence >= Confidence::Medium
    }
}

/// What a workload is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkloadKind {
    /// Attached to a resource of this type: `run.googleapis.com/Service`.
    Attached(String),
    /// A Kubernetes service account of GKE's Workload Identity.
    GkeWorkloadIdentity,
    /// A federated identity, bound narrowly on the account, or seen signing in as it.
    Federated,
    /// Whoever calls with a key of the account, from one place.
    KeyCaller,
    /// A platform of Google's that was seen calling as the account, where nothing is known to be attached there.
    Platform,
    /// Another account that was seen taking tokens of this one.
    Impersonator,
    /// What the user has grouped: `[[workload]]` or `workload_label`.
    Grouped,
}

/// A fact that shows a workload.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WorkloadEvidence {
    /// The resource, or the member of the policy.
    pub resource: EvidenceOf,
    /// The field or role: `template.serviceAccount`, `roles/iam.workloadIdentityUser`.
    pub field: String,
    /// Its state, where it has one.
    pub state: Option<String>,
}

/// What a [`WorkloadEvidence`] is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvidenceOf {
    /// A resource.
    Resource(FullResourceName),
    /// A member of a policy, as Google writes it.
    Member(String),
    /// Calls in audit logs, in a few words.
    Calls(String),
}

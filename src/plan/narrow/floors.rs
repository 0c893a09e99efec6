//! Silent floors: what a kind of workload needs, and no log and no insight shows.
//!
//! Source: <https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa>,
//! <https://cloud.google.com/dataflow/docs/concepts/security-and-permissions#worker-service-account>,
//! <https://cloud.google.com/composer/docs/how-to/access-control>,
//! <https://cloud.google.com/dataproc/docs/concepts/configuring-clusters/service-accounts>.

use crate::model::workload::{Workload, WorkloadKind, WorkloadPart};

/// A role that a kind of workload needs, and the permission by which it is known whether the workload had it.
#[derive(Debug)]
pub(super) struct Floor {
    /// Types of resources that need it; none: every workload does.
    types: &'static [&'static str],
    /// The role.
    pub(super) role: &'static str,
    /// The permission.
    pub(super) permission: &'static str,
}

/// What pulls an image as its account.
const PULLS: &[&str] = &[
    "compute.googleapis.com/Instance",
    "compute.googleapis.com/InstanceGroupManager",
    "container.googleapis.com/Cluster",
    "container.googleapis.com/NodePool",
    "composer.googleapis.com/Environment",
    "dataflow.googleapis.com/Job",
    "batch.googleapis.com/Job",
    "cloudbuild.googleapis.com/BuildTrigger",
];

const NODES: &[&str] = &[
    "container.googleapis.com/Cluster",
    "container.googleapis.com/NodePool",
];

const FLOORS: &[Floor] = &[
    Floor {
        types: &[],
        role: "roles/logging.logWriter",
        permission: "logging.logEntries.create",
    },
    Floor {
        types: &[],
        role: "roles/monitoring.metricWriter",
        permission: "monitoring.timeSeries.create",
    },
    Floor {
        types: &[],
        role: "roles/cloudtrace.agent",
        permission: "cloudtrace.traces.patch",
    },
    Floor {
        types: &[],
        role: "roles/serviceusage.serviceUsageConsumer",
        permission: "serviceusage.services.use",
    },
    Floor {
        types: &[],
        role: "roles/cloudsql.client",
        permission: "cloudsql.instances.connect",
    },
    Floor {
        types: PULLS,
        role: "roles/artifactregistry.reader",
        permission: "artifactregistry.repositories.downloadArtifacts",
    },
    Floor {
        types: NODES,
        role: "roles/container.defaultNodeServiceAccount",
        permission: "autoscaling.sites.writeMetrics",
    },
    Floor {
        types: &["dataflow.googleapis.com/Job"],
        role: "roles/dataflow.worker",
        permission: "dataflow.workItems.lease",
    },
    Floor {
        types: &["composer.googleapis.com/Environment"],
        role: "roles/composer.worker",
        permission: "composer.environments.get",
    },
    Floor {
        types: &[
            "dataproc.googleapis.com/Cluster",
            "dataproc.googleapis.com/Batch",
        ],
        role: "roles/dataproc.worker",
        permission: "dataproc.tasks.lease",
    },
];

/// Returns the floors of a workload: those of every type that it is or consists of. What is not known to be of one type,
/// such as a group of the user's without resources, has them all.
pub(super) fn of(workload: &Workload) -> Vec<&'static Floor> {
    let head = match &workload.kind {
        WorkloadKind::Attached(asset_type) => Some(asset_type.as_str()),
        WorkloadKind::GkeWorkloadIdentity
        | WorkloadKind::Federated
        | WorkloadKind::KeyCaller
        | WorkloadKind::Platform
        | WorkloadKind::Impersonator
        | WorkloadKind::Grouped => None,
    };
    let parts = workload.parts.iter().filter_map(|part| match part {
        WorkloadPart::Resource { asset_type, .. } => Some(asset_type.as_str()),
        WorkloadPart::Member(_) => None,
    });
    let types: Vec<&str> = parts.chain(head).collect();
    let needs = |floor: &&Floor| {
        floor.types.is_empty()
            || types.is_empty()
            || types.iter().any(|held| floor.types.contains(held))
    };
    FLOORS.iter().filter(needs).collect()
}

//! A unit: what a resource belongs to, and may share with other resources. Resources that share one are one workload.

use crate::model::names::{
    Email, FederatedSelector, FullResourceName, GkeWorkload, KeyId, Member, MemberKind, ProjectId,
    ProjectNumber,
};
use crate::model::workload::WorkloadKind;

use super::callers::key_prefix;

/// Something that is deployed and retired as one, by its name in its project. A place is no part of it: one name in
/// several regions of one project is one unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    /// A resource, or what the runs of one job have in common.
    Resource {
        /// As Asset Inventory names it.
        asset_type: String,
        /// The project that has it.
        project: ProjectId,
        /// Its last name; empty for runs without a name.
        name: String,
    },
    /// A Kubernetes service account.
    Kubernetes(GkeWorkload),
    /// A federated identity, or those with one value of an attribute.
    Federated(Member),
    /// Whoever calls with a key from one place.
    Key {
        /// The key.
        key: KeyId,
        /// The place in a few words; empty where nothing tells.
        place: String,
    },
    /// A platform that calls as the account, in one project.
    Platform {
        /// Its name for people.
        name: String,
        /// The project's number, where the log tells it.
        number: Option<ProjectNumber>,
        /// The project, where it is in scope.
        project: Option<ProjectId>,
    },
    /// Another account that takes tokens of this one.
    Impersonator(Email),
    /// What the user has grouped under this name.
    Group(String),
}

/// A type of resource: its name in Asset Inventory, its collection in resource names, its words, and how high it stands
/// over what it is joined with.
struct Type(&'static str, &'static str, &'static str, u8);

/// Stands for something else that is joined with it: a VM for its group, a trigger for its target.
const PART: u8 = 0;
/// Made from, and told by, a template.
const MADE: u8 = 1;
/// Deployed by itself.
const OWN: u8 = 2;
/// A product that makes resources of other services: functions, clusters, pipelines.
const MAKER: u8 = 3;
/// A product that makes clusters.
const MAKER_OF_CLUSTERS: u8 = 4;

/// The types that have words of their own, by name. Another type is told by its name in Asset Inventory.
const TYPES: &[Type] = &[
    Type(
        "aiplatform.googleapis.com/BatchPredictionJob",
        "batchPredictionJobs",
        "Vertex AI batch prediction",
        OWN,
    ),
    Type(
        "aiplatform.googleapis.com/CustomJob",
        "customJobs",
        "Vertex AI custom job",
        OWN,
    ),
    Type(
        "aiplatform.googleapis.com/Endpoint",
        "endpoints",
        "Vertex AI endpoint",
        OWN,
    ),
    Type(
        "aiplatform.googleapis.com/HyperparameterTuningJob",
        "hyperparameterTuningJobs",
        "Vertex AI tuning job",
        OWN,
    ),
    Type(
        "aiplatform.googleapis.com/NotebookExecutionJob",
        "notebookExecutionJobs",
        "Vertex AI notebook run",
        OWN,
    ),
    Type(
        "aiplatform.googleapis.com/PipelineJob",
        "pipelineJobs",
        "Vertex AI pipeline",
        OWN,
    ),
    Type(
        "aiplatform.googleapis.com/ReasoningEngine",
        "reasoningEngines",
        "Vertex AI agent",
        OWN,
    ),
    Type(
        "aiplatform.googleapis.com/Schedule",
        "schedules",
        "Vertex AI schedule",
        MAKER,
    ),
    Type("apigateway.googleapis.com/Api", "apis", "API Gateway", OWN),
    Type(
        "appengine.googleapis.com/Application",
        "apps",
        "App Engine application",
        OWN,
    ),
    Type(
        "appengine.googleapis.com/Service",
        "services",
        "App Engine service",
        OWN,
    ),
    Type("batch.googleapis.com/Job", "jobs", "Batch job", MAKER),
    Type(
        "cloudbuild.googleapis.com/Build",
        "builds",
        "Cloud Build build",
        OWN,
    ),
    Type(
        "cloudbuild.googleapis.com/BuildTrigger",
        "triggers",
        "Cloud Build trigger",
        MAKER,
    ),
    Type(
        "clouddeploy.googleapis.com/DeliveryPipeline",
        "deliveryPipelines",
        "Cloud Deploy pipeline",
        OWN,
    ),
    Type(
        "clouddeploy.googleapis.com/Target",
        "targets",
        "Cloud Deploy target",
        OWN,
    ),
    Type(
        "cloudfunctions.googleapis.com/Function",
        "functions",
        "Cloud Function",
        MAKER,
    ),
    Type(
        "cloudscheduler.googleapis.com/Job",
        "jobs",
        "Cloud Scheduler job",
        PART,
    ),
    Type(
        "cloudtasks.googleapis.com/Queue",
        "queues",
        "Cloud Tasks queue",
        PART,
    ),
    Type(
        "composer.googleapis.com/Environment",
        "environments",
        "Cloud Composer environment",
        MAKER_OF_CLUSTERS,
    ),
    Type("compute.googleapis.com/Instance", "instances", "VM", PART),
    Type(
        "compute.googleapis.com/InstanceGroupManager",
        "instanceGroupManagers",
        "managed instance group",
        OWN,
    ),
    Type(
        "compute.googleapis.com/InstanceTemplate",
        "instanceTemplates",
        "VMs of template",
        MADE,
    ),
    Type(
        "config.googleapis.com/Deployment",
        "deployments",
        "Infrastructure Manager deployment",
        OWN,
    ),
    Type(
        "container.googleapis.com/Cluster",
        "clusters",
        "nodes of GKE cluster",
        MAKER,
    ),
    Type("dataflow.googleapis.com/Job", "jobs", "Dataflow job", MAKER),
    Type(
        "dataform.googleapis.com/Repository",
        "repositories",
        "Dataform repository",
        OWN,
    ),
    Type(
        "datafusion.googleapis.com/Instance",
        "instances",
        "Data Fusion instance",
        MAKER_OF_CLUSTERS,
    ),
    Type(
        "dataplex.googleapis.com/DataScan",
        "dataScans",
        "Dataplex data scan",
        OWN,
    ),
    Type(
        "dataplex.googleapis.com/Task",
        "tasks",
        "Dataplex task",
        OWN,
    ),
    Type(
        "dataproc.googleapis.com/Batch",
        "batches",
        "Dataproc batch",
        OWN,
    ),
    Type(
        "dataproc.googleapis.com/Cluster",
        "clusters",
        "Dataproc cluster",
        MAKER,
    ),
    Type(
        "dataproc.googleapis.com/Session",
        "sessions",
        "Dataproc session",
        OWN,
    ),
    Type(
        "eventarc.googleapis.com/Pipeline",
        "pipelines",
        "Eventarc pipeline",
        PART,
    ),
    Type(
        "eventarc.googleapis.com/Trigger",
        "triggers",
        "Eventarc trigger",
        PART,
    ),
    Type(
        "notebooks.googleapis.com/Instance",
        "instances",
        "Workbench instance",
        MAKER,
    ),
    Type(
        "pubsub.googleapis.com/Subscription",
        "subscriptions",
        "Pub/Sub subscription",
        PART,
    ),
    Type(
        "pubsub.googleapis.com/Topic",
        "topics",
        "Pub/Sub topic",
        OWN,
    ),
    Type("run.googleapis.com/Job", "jobs", "Cloud Run job", OWN),
    Type(
        "run.googleapis.com/Service",
        "services",
        "Cloud Run service",
        OWN,
    ),
    Type(
        "run.googleapis.com/WorkerPool",
        "workerPools",
        "Cloud Run worker pool",
        OWN,
    ),
    Type(
        "storagetransfer.googleapis.com/TransferJob",
        "transferJobs",
        "Storage Transfer job",
        OWN,
    ),
    Type("tpu.googleapis.com/Node", "nodes", "Cloud TPU", OWN),
    Type(
        "workflows.googleapis.com/Workflow",
        "workflows",
        "workflow",
        OWN,
    ),
    Type(
        "workstations.googleapis.com/WorkstationConfig",
        "workstationConfigs",
        "Cloud Workstations configuration",
        OWN,
    ),
];

fn known(asset_type: &str) -> Option<&'static Type> {
    let at = TYPES.binary_search_by(|row| row.0.cmp(asset_type)).ok()?;
    TYPES.get(at)
}

impl Unit {
    /// Returns the unit of a resource of that type.
    pub(super) fn resource(asset_type: &str, project: &ProjectId, name: &str) -> Self {
        Self::Resource {
            asset_type: asset_type.to_owned(),
            project: project.clone(),
            name: name.to_owned(),
        }
    }

    /// Returns the unit of a resource by its full name, which has its type's collection before its last name where the
    /// type is known; `None` where it has not.
    pub(super) fn by_name(
        asset_type: &str,
        project: &ProjectId,
        resource: &FullResourceName,
    ) -> Option<Self> {
        let collection = known(asset_type)?.1;
        Some(Self::resource(
            asset_type,
            project,
            behind(resource.as_str(), collection)?,
        ))
    }

    /// Returns how high the unit stands among units that are joined: the highest names the workload.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Resource { asset_type, .. } => known(asset_type).map_or(OWN, |row| row.3),
            Self::Federated(_) => OWN,
            Self::Key { .. } | Self::Platform { .. } | Self::Impersonator(_) => PART,
            Self::Kubernetes(_) => MAKER,
            Self::Group(_) => u8::MAX,
        }
    }

    /// Returns the workload's name for machines.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Resource {
                asset_type,
                project,
                name,
            } => format!("{asset_type}/{project}/{name}"),
            Self::Kubernetes(GkeWorkload {
                project,
                namespace,
                account,
            }) => {
                format!("gke/{project}/{namespace}/{account}")
            }
            Self::Federated(member) => format!("federated/{member}"),
            Self::Key { key, place } => format!("{}{place}", key_prefix(key)),
            Self::Platform { name, number, .. } => {
                let number = number.as_ref().map_or("-", ProjectNumber::as_str);
                format!("platform/{number}/{name}")
            }
            Self::Impersonator(email) => format!("impersonator/{email}"),
            Self::Group(name) => format!("group/{name}"),
        }
    }

    /// Returns the workload's name for people, with what they call it in place of an id; names in it are strangers'
    /// texts.
    pub(super) fn name(&self, called: Option<&str>) -> String {
        let named = |words: &str, name: &str| match name {
            "" => format!("{words}s without a name"),
            name => format!("{words} {name}"),
        };
        match self {
            Self::Resource {
                asset_type, name, ..
            } => {
                let words = known(asset_type).map_or(asset_type.as_str(), |row| row.2);
                named(words, called.unwrap_or(name))
            }
            Self::Kubernetes(GkeWorkload {
                namespace, account, ..
            }) => {
                format!("Kubernetes service account {namespace}/{account}")
            }
            Self::Federated(member) => federated(member),
            Self::Key { key, place } if place.is_empty() => {
                format!("caller of key {}", key.short())
            }
            Self::Key { key, place } => format!("{place}, with key {}", key.short()),
            Self::Platform { name, .. } => name.clone(),
            Self::Impersonator(email) => format!("account {}", email.short()),
            Self::Group(name) => name.clone(),
        }
    }

    /// Returns what kind of workload it is.
    pub(super) fn kind(&self) -> WorkloadKind {
        match self {
            Self::Resource { asset_type, .. } => WorkloadKind::Attached(asset_type.clone()),
            Self::Kubernetes(_) => WorkloadKind::GkeWorkloadIdentity,
            Self::Federated(_) => WorkloadKind::Federated,
            Self::Key { .. } => WorkloadKind::KeyCaller,
            Self::Platform { .. } => WorkloadKind::Platform,
            Self::Impersonator(_) => WorkloadKind::Impersonator,
            Self::Group(_) => WorkloadKind::Grouped,
        }
    }

    /// Returns the project that the unit lies in, where it lies in one.
    pub(super) fn project(&self) -> Option<&ProjectId> {
        match self {
            Self::Resource { project, .. } | Self::Kubernetes(GkeWorkload { project, .. }) => {
                Some(project)
            }
            Self::Platform { project, .. } => project.as_ref(),
            Self::Federated(_) | Self::Key { .. } | Self::Impersonator(_) | Self::Group(_) => None,
        }
    }
}

fn federated(member: &Member) -> String {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "other members are no workloads; their text is their name"
    )]
    match member.kind() {
        MemberKind::Federated(subject) => {
            format!("identity {} of pool {}", subject.subject, subject.pool.pool)
        }
        MemberKind::FederatedSet(set) => match &set.of {
            FederatedSelector::Attribute { name, value } => {
                format!("identities with {name} {value} of pool {}", set.pool.pool)
            }
            FederatedSelector::All
            | FederatedSelector::Group(_)
            | FederatedSelector::Namespace(_)
            | FederatedSelector::Cluster(_) => member.to_string(),
        },
        _ => member.to_string(),
    }
}

/// Returns the segment of a path that stands behind `collection`: `api` behind `services` in `…/services/api/…`.
pub(super) fn behind<'a>(path: &'a str, collection: &str) -> Option<&'a str> {
    let mut segments = path.split('/');
    segments.by_ref().find(|segment| *segment == collection)?;
    segments.next().filter(|name| !name.is_empty())
}

/// Returns the last segment of a path.
pub(super) fn last(path: &str) -> &str {
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_sorted_so_that_they_are_found() {
        assert!(TYPES.is_sorted_by(|a, b| a.0 < b.0));
        for Type(asset_type, ..) in TYPES {
            assert!(known(asset_type).is_some(), "{asset_type}");
        }
        assert!(known("run.googleapis.com/Revision").is_none());
    }

    #[test]
    fn segments_are_found_behind_whole_names_only() {
        let table = [
            (
                "//run.googleapis.com/projects/p/locations/l/services/api",
                "services",
                Some("api"),
            ),
            (
                "//run.googleapis.com/projects/p/locations/l/services/",
                "services",
                None,
            ),
            (
                "//run.googleapis.com/projects/p/xservices/api",
                "services",
                None,
            ),
            ("api", "services", None),
        ];
        for (path, collection, expected) in table {
            assert_eq!(behind(path, collection), expected, "{path}");
        }
        assert_eq!(last("projects/1/zones/z/instanceGroupManagers/web"), "web");
        assert_eq!(last("web"), "web");
    }
}

//! The asset types of Asset Inventory, as far as the emulator goes: an unknown one is refused.
//!
//! Source: <https://cloud.google.com/asset-inventory/docs/asset-types>, as of 2026-04-10. Cloud Scheduler, for one, is not
//! on it.

/// An asset type, and the collection that holds its resources in an estate file: the last segment of the key. Empty where
/// no estate has them.
pub(super) const ASSET_TYPES: [(&str, &str); 89] = [
    (
        "aiplatform.googleapis.com/BatchPredictionJob",
        "batchPredictionJobs",
    ),
    ("aiplatform.googleapis.com/CustomJob", "customJobs"),
    ("aiplatform.googleapis.com/Endpoint", "endpoints"),
    (
        "aiplatform.googleapis.com/HyperparameterTuningJob",
        "hyperparameterTuningJobs",
    ),
    (
        "aiplatform.googleapis.com/NotebookExecutionJob",
        "notebookExecutionJobs",
    ),
    ("aiplatform.googleapis.com/PipelineJob", "pipelineJobs"),
    (
        "aiplatform.googleapis.com/ReasoningEngine",
        "reasoningEngines",
    ),
    ("aiplatform.googleapis.com/TuningJob", "tuningJobs"),
    ("apigateway.googleapis.com/ApiConfig", "configs"),
    ("apikeys.googleapis.com/Key", "keys"),
    ("appengine.googleapis.com/Application", "applications"),
    ("appengine.googleapis.com/Version", "versions"),
    ("apps.k8s.io/DaemonSet", "daemonsets"),
    ("apps.k8s.io/Deployment", "deployments"),
    ("apps.k8s.io/StatefulSet", "statefulsets"),
    ("batch.googleapis.com/Job", "jobs"),
    ("batch.k8s.io/CronJob", "cronjobs"),
    ("batch.k8s.io/Job", "jobs"),
    ("bigquery.googleapis.com/Dataset", "datasets"),
    (
        "bigquerydatatransfer.googleapis.com/TransferConfig",
        "transferConfigs",
    ),
    ("cloudbuild.googleapis.com/Build", "builds"),
    ("cloudbuild.googleapis.com/BuildTrigger", "triggers"),
    ("cloudbuild.googleapis.com/WorkerPool", "workerPools"),
    ("clouddeploy.googleapis.com/Automation", "automations"),
    ("clouddeploy.googleapis.com/Target", "targets"),
    ("cloudfunctions.googleapis.com/CloudFunction", ""),
    ("cloudfunctions.googleapis.com/Function", "functions"),
    ("cloudresourcemanager.googleapis.com/Folder", "folders"),
    (
        "cloudresourcemanager.googleapis.com/Organization",
        "organizations",
    ),
    ("cloudresourcemanager.googleapis.com/Project", "projects"),
    ("cloudtasks.googleapis.com/Queue", "queues"),
    ("composer.googleapis.com/Environment", "environments"),
    ("compute.googleapis.com/Disk", "disks"),
    ("compute.googleapis.com/Firewall", "firewalls"),
    ("compute.googleapis.com/Instance", "instances"),
    (
        "compute.googleapis.com/InstanceGroupManager",
        "instanceGroupManagers",
    ),
    (
        "compute.googleapis.com/InstanceTemplate",
        "instanceTemplates",
    ),
    ("compute.googleapis.com/MachineImage", "machineImages"),
    ("compute.googleapis.com/Project", ""),
    ("compute.googleapis.com/Subnetwork", "subnetworks"),
    ("config.googleapis.com/Deployment", "deployments"),
    ("config.googleapis.com/Preview", "previews"),
    ("connectors.googleapis.com/Connection", "connections"),
    ("container.googleapis.com/Cluster", "clusters"),
    ("container.googleapis.com/NodePool", "nodePools"),
    ("dataflow.googleapis.com/Job", "jobs"),
    ("dataform.googleapis.com/Repository", "repositories"),
    ("dataform.googleapis.com/WorkflowConfig", "workflowConfigs"),
    ("datafusion.googleapis.com/Instance", "instances"),
    ("dataplex.googleapis.com/DataScan", "dataScans"),
    ("dataplex.googleapis.com/Task", "tasks"),
    ("dataproc.googleapis.com/Batch", "batches"),
    ("dataproc.googleapis.com/Cluster", "clusters"),
    ("dataproc.googleapis.com/Session", "sessions"),
    (
        "dataproc.googleapis.com/WorkflowTemplate",
        "workflowTemplates",
    ),
    (
        "datastream.googleapis.com/ConnectionProfile",
        "connectionProfiles",
    ),
    ("eventarc.googleapis.com/Pipeline", "pipelines"),
    ("eventarc.googleapis.com/Trigger", "triggers"),
    ("iam.googleapis.com/Role", "roles"),
    ("iam.googleapis.com/ServiceAccount", "serviceAccounts"),
    ("iam.googleapis.com/ServiceAccountKey", "keys"),
    (
        "iam.googleapis.com/WorkloadIdentityPool",
        "workloadIdentityPools",
    ),
    (
        "iam.googleapis.com/WorkloadIdentityPoolProvider",
        "providers",
    ),
    (
        "identity.accesscontextmanager.googleapis.com/AccessLevel",
        "accessLevels",
    ),
    ("integrations.googleapis.com/IntegrationVersion", "versions"),
    ("k8s.io/Pod", "pods"),
    ("k8s.io/ServiceAccount", "serviceaccounts"),
    ("krmapihosting.googleapis.com/KrmApiHost", "krmApiHosts"),
    ("logging.googleapis.com/LogSink", "sinks"),
    ("looker.googleapis.com/Instance", "instances"),
    (
        "managedkafka.googleapis.com/ConnectCluster",
        "connectClusters",
    ),
    (
        "monitoring.googleapis.com/UptimeCheckConfig",
        "uptimeCheckConfigs",
    ),
    ("notebooks.googleapis.com/Instance", "instances"),
    ("orgpolicy.googleapis.com/Policy", "policies"),
    ("pubsub.googleapis.com/Subscription", "subscriptions"),
    ("pubsub.googleapis.com/Topic", "topics"),
    ("run.googleapis.com/Execution", "executions"),
    ("run.googleapis.com/Job", "jobs"),
    ("run.googleapis.com/Revision", "revisions"),
    ("run.googleapis.com/Service", "services"),
    ("run.googleapis.com/WorkerPool", "workerPools"),
    ("secretmanager.googleapis.com/Secret", "secrets"),
    ("sqladmin.googleapis.com/Instance", "instances"),
    ("storage.googleapis.com/Bucket", "buckets"),
    ("storagetransfer.googleapis.com/TransferJob", "transferJobs"),
    ("tpu.googleapis.com/Node", "nodes"),
    ("vmmigration.googleapis.com/MigratingVm", "migratingVms"),
    ("workflows.googleapis.com/Workflow", "workflows"),
    (
        "workstations.googleapis.com/WorkstationConfig",
        "workstationConfigs",
    ),
];

/// Returns the asset type of the resources in a service's collection.
pub(super) fn type_of(host: &str, collection: &str) -> Option<&'static str> {
    let found = ASSET_TYPES.iter().find(|(kind, known)| {
        // Objects of Kubernetes lie under their cluster.
        let at = if kind.starts_with("k8s.io/") {
            "container.googleapis.com"
        } else {
            kind.split('/').next().unwrap_or_default()
        };
        *known == collection && at == host
    });
    found.map(|(kind, _)| *kind)
}

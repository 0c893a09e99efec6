//! How each kind of resource is given another account: a data table over the types of resources that run as accounts.

use crate::model::plan::SwitchHow;

/// A type of resource, how it is given another account, and what makes it where something does: that is switched, and the
/// resource follows.
struct Row(&'static str, SwitchHow, &'static [&'static str]);

/// Every type that the table of attachments has as a runtime, a caller or a trigger, and the groups of VMs; sorted.
///
/// Source: the update methods of the services' discovery documents: `Update` where one takes the field that names the
/// account, `Recreate` where the field can be set only when the resource is made. `ByHand` where the field is not in a
/// public document, or a service of its own deploys the resource.
const ROWS: &[Row] = &[
    Row(
        "aiplatform.googleapis.com/BatchPredictionJob",
        SwitchHow::NextLaunch,
        &[],
    ),
    Row(
        "aiplatform.googleapis.com/CustomJob",
        SwitchHow::NextLaunch,
        &[],
    ),
    // The account is set where a model is deployed: it is deployed again beside the old one, and traffic moved.
    Row(
        "aiplatform.googleapis.com/Endpoint",
        SwitchHow::Recreate,
        &[],
    ),
    Row(
        "aiplatform.googleapis.com/HyperparameterTuningJob",
        SwitchHow::NextLaunch,
        &[],
    ),
    Row(
        "aiplatform.googleapis.com/NotebookExecutionJob",
        SwitchHow::NextLaunch,
        &["aiplatform.googleapis.com/Schedule"],
    ),
    Row(
        "aiplatform.googleapis.com/PersistentResource",
        SwitchHow::Recreate,
        &[],
    ),
    Row(
        "aiplatform.googleapis.com/PipelineJob",
        SwitchHow::NextLaunch,
        &["aiplatform.googleapis.com/Schedule"],
    ),
    Row(
        "aiplatform.googleapis.com/ReasoningEngine",
        SwitchHow::Update,
        &[],
    ),
    Row("aiplatform.googleapis.com/Schedule", SwitchHow::Update, &[]),
    Row(
        "aiplatform.googleapis.com/TuningJob",
        SwitchHow::NextLaunch,
        &[],
    ),
    // A configuration is immutable: a new one is made, and the gateway pointed at it.
    Row(
        "apigateway.googleapis.com/ApiConfig",
        SwitchHow::Recreate,
        &[],
    ),
    Row("apigee.googleapis.com/Deployment", SwitchHow::Recreate, &[]),
    Row("appengine.googleapis.com/Version", SwitchHow::Recreate, &[]),
    Row("batch.googleapis.com/Job", SwitchHow::NextLaunch, &[]),
    Row(
        "cloudbuild.googleapis.com/Build",
        SwitchHow::NextLaunch,
        &["cloudbuild.googleapis.com/BuildTrigger"],
    ),
    Row(
        "cloudbuild.googleapis.com/BuildTrigger",
        SwitchHow::Update,
        &[],
    ),
    Row(
        "clouddeploy.googleapis.com/Automation",
        SwitchHow::Update,
        &[],
    ),
    Row("clouddeploy.googleapis.com/Target", SwitchHow::Update, &[]),
    Row(
        "cloudfunctions.googleapis.com/CloudFunction",
        SwitchHow::Update,
        &[],
    ),
    Row(
        "cloudfunctions.googleapis.com/Function",
        SwitchHow::Update,
        &[],
    ),
    Row("cloudscheduler.googleapis.com/Job", SwitchHow::Update, &[]),
    Row("cloudtasks.googleapis.com/Queue", SwitchHow::Update, &[]),
    Row(
        "cloudtasks.googleapis.com/Task",
        SwitchHow::NextLaunch,
        &["cloudtasks.googleapis.com/Queue"],
    ),
    Row(
        "composer.googleapis.com/Environment",
        SwitchHow::Recreate,
        &[],
    ),
    Row(
        "compute.googleapis.com/Instance",
        SwitchHow::StopAndStart,
        VM_MAKERS,
    ),
    // Its template is immutable: a new template, and a rolling update to it.
    Row(GROUP, SwitchHow::Recreate, VM_MAKERS),
    Row("config.googleapis.com/Deployment", SwitchHow::Update, &[]),
    Row("config.googleapis.com/Preview", SwitchHow::NextLaunch, &[]),
    Row(
        "connectors.googleapis.com/Connection",
        SwitchHow::Update,
        &[],
    ),
    // A pool's account is immutable: new pools are made, and the nodes drained.
    Row(
        "container.googleapis.com/Cluster",
        SwitchHow::Recreate,
        CLUSTER_MAKERS,
    ),
    Row(
        "container.googleapis.com/NodePool",
        SwitchHow::Recreate,
        CLUSTER_MAKERS,
    ),
    Row(
        "dataflow.googleapis.com/Job",
        SwitchHow::NextLaunch,
        &["datapipelines.googleapis.com/Pipeline"],
    ),
    Row("dataform.googleapis.com/Repository", SwitchHow::Update, &[]),
    Row(
        "dataform.googleapis.com/WorkflowConfig",
        SwitchHow::Update,
        &[],
    ),
    Row(
        "datafusion.googleapis.com/Instance",
        SwitchHow::Recreate,
        &[],
    ),
    Row(
        "datapipelines.googleapis.com/Pipeline",
        SwitchHow::Update,
        &[],
    ),
    Row("dataplex.googleapis.com/DataScan", SwitchHow::Update, &[]),
    Row("dataplex.googleapis.com/Task", SwitchHow::Update, &[]),
    Row(
        "dataproc.googleapis.com/Batch",
        SwitchHow::NextLaunch,
        CLUSTER_MAKERS,
    ),
    Row(
        "dataproc.googleapis.com/Cluster",
        SwitchHow::Recreate,
        CLUSTER_MAKERS,
    ),
    Row(
        "dataproc.googleapis.com/Session",
        SwitchHow::NextLaunch,
        &[],
    ),
    Row("dialogflow.googleapis.com/Webhook", SwitchHow::Update, &[]),
    Row("eventarc.googleapis.com/Pipeline", SwitchHow::Update, &[]),
    Row(
        "eventarc.googleapis.com/Trigger",
        SwitchHow::Update,
        &["cloudfunctions.googleapis.com/Function"],
    ),
    Row(
        "firebaseapphosting.googleapis.com/Backend",
        SwitchHow::Update,
        &[],
    ),
    Row(
        "integrations.googleapis.com/IntegrationVersion",
        SwitchHow::Recreate,
        &[],
    ),
    Row("k8s.io/ServiceAccount", SwitchHow::Annotate, &[]),
    Row(
        "krmapihosting.googleapis.com/KrmApiHost",
        SwitchHow::ByHand,
        &[],
    ),
    Row("ml.googleapis.com/Job", SwitchHow::NextLaunch, &[]),
    Row("ml.googleapis.com/Version", SwitchHow::Recreate, &[]),
    // The VM behind it would be switched like any other, and its service would not know.
    Row("notebooks.googleapis.com/Instance", SwitchHow::ByHand, &[]),
    Row(
        "notebooks.googleapis.com/Schedule",
        SwitchHow::Recreate,
        &[],
    ),
    Row(
        "pubsub.googleapis.com/Subscription",
        SwitchHow::Update,
        &[
            "cloudfunctions.googleapis.com/Function",
            "eventarc.googleapis.com/Trigger",
        ],
    ),
    Row("pubsub.googleapis.com/Topic", SwitchHow::Update, &[]),
    Row(
        "run.googleapis.com/Execution",
        SwitchHow::NextLaunch,
        &["run.googleapis.com/Job"],
    ),
    Row("run.googleapis.com/Job", SwitchHow::Update, &[]),
    // It keeps the account of its time: traffic has to leave it.
    Row("run.googleapis.com/Revision", SwitchHow::ByHand, &[]),
    Row(
        "run.googleapis.com/Service",
        SwitchHow::Update,
        &[
            "cloudfunctions.googleapis.com/Function",
            "firebaseapphosting.googleapis.com/Backend",
        ],
    ),
    Row("run.googleapis.com/WorkerPool", SwitchHow::Update, &[]),
    Row(
        "storagetransfer.googleapis.com/TransferJob",
        SwitchHow::Update,
        &[],
    ),
    Row(
        "tpu.googleapis.com/Node",
        SwitchHow::Recreate,
        &["tpu.googleapis.com/QueuedResource"],
    ),
    Row(
        "tpu.googleapis.com/QueuedResource",
        SwitchHow::Recreate,
        &[],
    ),
    Row("workflows.googleapis.com/Workflow", SwitchHow::Update, &[]),
    Row(
        "workstations.googleapis.com/WorkstationConfig",
        SwitchHow::Update,
        &[],
    ),
];

/// A managed group of VMs.
pub(super) const GROUP: &str = "compute.googleapis.com/InstanceGroupManager";

const VM_MAKERS: &[&str] = &[
    "batch.googleapis.com/Job",
    "composer.googleapis.com/Environment",
    GROUP,
    "container.googleapis.com/Cluster",
    "dataflow.googleapis.com/Job",
    "datafusion.googleapis.com/Instance",
    "dataproc.googleapis.com/Cluster",
    "notebooks.googleapis.com/Instance",
    "workstations.googleapis.com/WorkstationConfig",
];

const CLUSTER_MAKERS: &[&str] = &[
    "composer.googleapis.com/Environment",
    "datafusion.googleapis.com/Instance",
];

/// Returns how a resource of that type is given another account; by hand where the type is newer than the table.
pub(super) fn how(asset_type: &str) -> SwitchHow {
    row(asset_type).map_or(SwitchHow::ByHand, |row| row.1)
}

/// Returns whether something of type `maker` makes resources of type `made`, a managed group its own VMs too.
pub(super) fn makes(maker: &str, made: &str) -> bool {
    maker != made && row(made).is_some_and(|row| row.2.contains(&maker))
}

/// Returns how the switch is done and what it does, in a few words.
pub(super) fn told(how: SwitchHow) -> &'static str {
    match how {
        SwitchHow::Update => "an update names the new account, from the next revision or run on",
        SwitchHow::StopAndStart => "the VM is stopped, given the new account and started again",
        SwitchHow::Recreate => {
            "its account cannot be changed: a new one is made beside it with the new account, and the old one deleted"
        }
        SwitchHow::NextLaunch => {
            "the next launch names the new account; what runs now ends as the old one"
        }
        SwitchHow::Annotate => {
            "the annotation of the Kubernetes service account names the new account, and its pods are started again"
        }
        SwitchHow::ByHand => "no command is known: its own documentation says how",
    }
}

fn row(asset_type: &str) -> Option<&'static Row> {
    let at = ROWS.binary_search_by(|row| row.0.cmp(asset_type)).ok()?;
    ROWS.get(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_runs_as_an_account_has_a_row() {
        assert!(ROWS.is_sorted_by(|a, b| a.0 < b.0));
        let table = include_str!("../../collect/attachments/table.tsv");
        let rows = table.lines().filter(|line| !line.starts_with('#')).skip(1);
        let running = rows.filter_map(|line| {
            let mut fields = line.split('\t').skip(1);
            let (asset_type, kind) = (fields.next()?, fields.nth(1)?);
            let kinds = ["runtime", "caller", "trigger"];
            kinds
                .iter()
                .any(|begin| kind.starts_with(begin))
                .then_some(asset_type)
        });
        let missing: Vec<&str> = running.filter(|name| row(name).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        for Row(_, _, makers) in ROWS {
            assert!(
                makers.iter().all(|maker| row(maker).is_some()),
                "{makers:?}"
            );
        }
    }

    #[test]
    fn what_is_made_follows_its_maker() {
        assert!(makes(
            "composer.googleapis.com/Environment",
            "compute.googleapis.com/Instance"
        ));
        assert!(makes(GROUP, "compute.googleapis.com/Instance"));
        assert!(!makes(
            "run.googleapis.com/Service",
            "cloudscheduler.googleapis.com/Job"
        ));
        assert_eq!(how("new.googleapis.com/Thing"), SwitchHow::ByHand);
    }
}

//! What belongs together is one workload; what does not is several.

use sa_audit::model::attachment::{AttachmentKind, OwnerHint};

use crate::support::attachments::{
    AttachmentBuilder, dataflow, named, resource, scheduler, service, vm,
};
use crate::{names, running};

const GROUP: &str = "compute.googleapis.com/InstanceGroupManager";
const FUNCTION: &str = "cloudfunctions.googleapis.com/Function";
const WORKFLOW: &str = "workflows.googleapis.com/Workflow";
const RUN_URL: &str = "https://orders-a1b2c3d4e5-ew.a.run.app/nightly";

fn function(name: &str) -> AttachmentBuilder {
    resource(
        FUNCTION,
        "acme-prod",
        &format!("locations/europe-west1/functions/{name}"),
    )
}

fn group(name: &str) -> AttachmentBuilder {
    let path = format!("zones/europe-west1-b/instanceGroupManagers/{name}");
    resource(GROUP, "acme-prod", &path).kind(AttachmentKind::Indirect)
}

fn cluster(name: &str) -> AttachmentBuilder {
    let path = format!("locations/europe-west1/clusters/{name}");
    resource("container.googleapis.com/Cluster", "acme-prod", &path)
}

fn subscription(name: &str, target: &str) -> AttachmentBuilder {
    resource(
        "pubsub.googleapis.com/Subscription",
        "acme-prod",
        &format!("subscriptions/{name}"),
    )
    .kind(AttachmentKind::Caller)
    .owner(OwnerHint::Target(target.to_owned()))
}

fn trigger(name: &str, target: &str) -> AttachmentBuilder {
    let path = format!("locations/europe-west1/triggers/{name}");
    resource("eventarc.googleapis.com/Trigger", "acme-prod", &path)
        .kind(AttachmentKind::Trigger)
        .owner(OwnerHint::Target(target.to_owned()))
}

#[test]
fn what_belongs_together_is_one_workload() {
    let at = |asset_type: &str, path: &str| resource(asset_type, "acme-prod", path);
    let table: Vec<(&str, Vec<AttachmentBuilder>, &str)> = vec![
        (
            "forty VMs of a managed group",
            (0..40)
                .map(|n| vm("acme-prod", &format!("web-{n}")).created_by("web"))
                .collect(),
            "managed instance group web",
        ),
        (
            "a blue/green pair of templates of one group",
            vec![
                vm("acme-prod", "web-1")
                    .created_by("web")
                    .template("web-blue"),
                vm("acme-prod", "web-2")
                    .created_by("web")
                    .template("web-green"),
            ],
            "managed instance group web",
        ),
        (
            "VMs that name no group, of a group's two templates",
            vec![
                vm("acme-prod", "web-1").template("web-blue"),
                vm("acme-prod", "web-2").template("web-green"),
                group("web").template("web-blue").template("web-green"),
            ],
            "managed instance group web",
        ),
        (
            "VMs of one template",
            vec![
                vm("acme-prod", "a").template("worker"),
                vm("acme-prod", "b").template("worker"),
            ],
            "VMs of template worker",
        ),
        (
            "a service in three regions",
            ["europe-west1", "us-east1", "asia-east1"]
                .map(|at| service("acme-prod", "api").at(at))
                .into(),
            "Cloud Run service api",
        ),
        (
            "a service and its revisions",
            vec![
                service("acme-prod", "api"),
                at(
                    "run.googleapis.com/Revision",
                    "locations/europe-west1/revisions/api-00042-abc",
                )
                .parent("api"),
                at(
                    "run.googleapis.com/Revision",
                    "locations/europe-west1/services/api/revisions/api-00041-xyz",
                ),
            ],
            "Cloud Run service api",
        ),
        (
            "a job and its runs",
            vec![
                at("run.googleapis.com/Job", "locations/europe-west1/jobs/bill"),
                at(
                    "run.googleapis.com/Execution",
                    "locations/europe-west1/jobs/bill/executions/bill-x1",
                )
                .kind(AttachmentKind::RuntimeEphemeral)
                .created_days_ago(1),
            ],
            "Cloud Run job bill",
        ),
        (
            "a 2nd gen function and the service behind it",
            vec![
                function("Send_Mail"),
                service("acme-prod", "send-mail").label("goog-managed-by", "cloudfunctions"),
            ],
            "Cloud Function Send_Mail",
        ),
        (
            "a function under both of its types",
            vec![
                function("thumb"),
                at(
                    "cloudfunctions.googleapis.com/CloudFunction",
                    "locations/europe-west1/functions/thumb",
                ),
            ],
            "Cloud Function thumb",
        ),
        (
            "versions of an App Engine service, and the application",
            vec![
                named(
                    "appengine.googleapis.com/Version",
                    "acme-prod",
                    "//appengine.googleapis.com/apps/acme-prod/services/default/versions/v1",
                ),
                named(
                    "appengine.googleapis.com/Version",
                    "acme-prod",
                    "//appengine.googleapis.com/apps/acme-prod/services/default/versions/v2",
                ),
                named(
                    "appengine.googleapis.com/Application",
                    "acme-prod",
                    "//appengine.googleapis.com/apps/acme-prod",
                ),
            ],
            "App Engine service default",
        ),
        (
            "a cluster, its node pools and their VMs",
            vec![
                cluster("main"),
                at(
                    "container.googleapis.com/NodePool",
                    "zones/europe-west1-b/clusters/main/nodePools/big",
                ),
                vm("acme-prod", "gke-main-1")
                    .label("goog-k8s-cluster-name", "main")
                    .created_by("gke-main-grp"),
            ],
            "nodes of GKE cluster main",
        ),
        (
            "a Composer environment, its cluster and its VMs",
            vec![
                at(
                    "composer.googleapis.com/Environment",
                    "locations/europe-west1/environments/airflow",
                ),
                cluster("europe-west1-airflow-gke").label("goog-composer-environment", "airflow"),
                vm("acme-prod", "gke-airflow-1")
                    .label("goog-k8s-cluster-name", "europe-west1-airflow-gke"),
            ],
            "Cloud Composer environment airflow",
        ),
        (
            "a Dataproc cluster's VMs, where the cluster cannot be read",
            ["m", "w-0"]
                .map(|n| vm("acme-prod", n).label("goog-dataproc-cluster-name", "spark"))
                .into(),
            "Dataproc cluster spark",
        ),
        (
            "200 finished Dataflow runs of one job, and a VM of the last",
            (0..200)
                .map(|n| {
                    dataflow(
                        "acme-prod",
                        &format!("id-{n}"),
                        &format!("load-20261120-{n:06}"),
                    )
                })
                .map(|run| run.state("JOB_STATE_DONE").created_days_ago(3))
                .chain([vm("acme-prod", "load-vm").label("goog-dataflow-job-id", "id-199")])
                .collect(),
            "Dataflow job load",
        ),
        (
            "a Dataflow VM whose job is told by name alone",
            vec![
                dataflow("acme-prod", "other", "load-20261119").state("JOB_STATE_RUNNING"),
                vm("acme-prod", "vm")
                    .label("dataflow_job_id", "x")
                    .label("dataflow_job_name", "load-20261120"),
            ],
            "Dataflow job load",
        ),
        (
            "a Batch job and its VM",
            vec![
                at(
                    "batch.googleapis.com/Job",
                    "locations/europe-west1/jobs/render-20261120",
                )
                .kind(AttachmentKind::RuntimeEphemeral)
                .state("RUNNING"),
                vm("acme-prod", "b-1").label("batch-job-id", "render-20261120"),
            ],
            "Batch job render",
        ),
        (
            "a Workbench instance and its VM",
            vec![
                at(
                    "notebooks.googleapis.com/Instance",
                    "locations/europe-west1-b/instances/lab",
                ),
                vm("acme-prod", "lab"),
            ],
            "Workbench instance lab",
        ),
        (
            "a build trigger and its builds",
            vec![
                at(
                    "cloudbuild.googleapis.com/BuildTrigger",
                    "locations/global/triggers/t-1",
                )
                .kind(AttachmentKind::RuntimeCi)
                .owner(OwnerHint::DisplayName("deploy-app".to_owned())),
                at(
                    "cloudbuild.googleapis.com/Build",
                    "locations/global/builds/b-1",
                )
                .kind(AttachmentKind::RuntimeEphemeral)
                .parent("projects/acme-prod/locations/global/triggers/t-1")
                .created_days_ago(2),
            ],
            "Cloud Build trigger deploy-app",
        ),
        (
            "a scheduler job that calls the service that runs as the same account",
            vec![
                service("acme-prod", "orders"),
                scheduler("acme-prod", "nightly", RUN_URL),
            ],
            "Cloud Run service orders",
        ),
        (
            "a subscription that pushes to it, by the project's number",
            vec![
                service("acme-prod", "orders"),
                subscription("paid", "https://orders-1001.europe-west1.run.app/paid"),
            ],
            "Cloud Run service orders",
        ),
        (
            "a trigger that names it",
            vec![service("acme-prod", "orders"), trigger("upload", "orders")],
            "Cloud Run service orders",
        ),
        (
            "a scheduler job that starts a workflow",
            vec![
                at(WORKFLOW, "locations/europe-west1/workflows/close"),
                scheduler(
                    "acme-prod",
                    "monthly",
                    "https://workflowexecutions.googleapis.com/v1/projects/acme-prod/locations/europe-west1/workflows/close/executions",
                ),
            ],
            "workflow close",
        ),
        (
            "a scheduler job that calls the URL of a function",
            vec![
                function("thumb"),
                scheduler(
                    "acme-prod",
                    "nightly",
                    "https://europe-west1-acme-prod.cloudfunctions.net/thumb",
                ),
            ],
            "Cloud Function thumb",
        ),
    ];
    for (what, attachments, expected) in table {
        assert_eq!(names(attachments), [expected], "{what}");
    }
}

#[test]
fn what_does_not_belong_together_is_counted_apart() {
    let table: Vec<(&str, Vec<AttachmentBuilder>, &[&str])> = vec![
        (
            "two services",
            vec![service("acme-prod", "api"), service("acme-prod", "web")],
            &["Cloud Run service api", "Cloud Run service web"],
        ),
        (
            "one name in two projects",
            vec![service("acme-prod", "api"), service("acme-test", "api")],
            &["Cloud Run service api", "Cloud Run service api"],
        ),
        (
            "a service and a job of one name",
            vec![
                service("acme-prod", "api"),
                resource(
                    "run.googleapis.com/Job",
                    "acme-prod",
                    "locations/europe-west1/jobs/api",
                ),
            ],
            &["Cloud Run job api", "Cloud Run service api"],
        ),
        (
            "two VMs and two groups",
            vec![
                vm("acme-prod", "a"),
                vm("acme-prod", "b"),
                vm("acme-prod", "c").created_by("web"),
                vm("acme-prod", "d").created_by("jobs"),
            ],
            &[
                "VM a",
                "VM b",
                "managed instance group jobs",
                "managed instance group web",
            ],
        ),
        (
            "a scheduler job whose target runs as another account",
            vec![
                scheduler("acme-prod", "nightly", RUN_URL),
                service("acme-prod", "web"),
            ],
            &["Cloud Run service web", "Cloud Scheduler job nightly"],
        ),
        (
            "a trigger of an address of the user's own",
            vec![
                service("acme-prod", "orders"),
                subscription("paid", "https://orders.acme.example/paid"),
            ],
            &["Cloud Run service orders", "Pub/Sub subscription paid"],
        ),
        (
            "two App Engine services",
            ["api", "web"]
                .map(|name| {
                    let name = format!(
                        "//appengine.googleapis.com/apps/acme-prod/services/{name}/versions/v1"
                    );
                    named("appengine.googleapis.com/Version", "acme-prod", &name)
                })
                .into(),
            &["App Engine service api", "App Engine service web"],
        ),
        (
            "a type without words",
            vec![
                resource(
                    "new.googleapis.com/Thing",
                    "acme-prod",
                    "locations/l/things/t",
                ),
                service("acme-prod", "api"),
            ],
            &["Cloud Run service api", "new.googleapis.com/Thing t"],
        ),
    ];
    for (what, attachments, expected) in table {
        let mut found = names(attachments);
        found.sort();
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn a_workload_is_told_in_full() {
    let world = running([
        service("acme-prod", "orders").label("app", "shop"),
        service("acme-prod", "orders")
            .at("us-east1")
            .label("app", "shop"),
        scheduler("acme-prod", "nightly", RUN_URL).state("PAUSED"),
    ])
    .with_all((0..7).map(|n| {
        let name = format!("web-{n}");
        vm("acme-prod", &name)
            .created_by("web")
            .runs_as(crate::APP)
            .state("RUNNING")
    }));
    insta::assert_snapshot!(world.workloads(), @"
    app@acme-prod
      managed instance group web | compute.googleapis.com/InstanceGroupManager/acme-prod/web | acme-prod | europe-west1-b | High | 7
        //compute.googleapis.com/projects/acme-prod/zones/europe-west1-b/instances/web-0 serviceAccount RUNNING
        //compute.googleapis.com/projects/acme-prod/zones/europe-west1-b/instances/web-1 serviceAccount RUNNING
        //compute.googleapis.com/projects/acme-prod/zones/europe-west1-b/instances/web-2 serviceAccount RUNNING
        //compute.googleapis.com/projects/acme-prod/zones/europe-west1-b/instances/web-3 serviceAccount RUNNING
        //compute.googleapis.com/projects/acme-prod/zones/europe-west1-b/instances/web-4 serviceAccount RUNNING
      Cloud Run service orders | run.googleapis.com/Service/acme-prod/orders | acme-prod | europe-west1 us-east1 | app shop | High | 3
        //run.googleapis.com/projects/acme-prod/locations/europe-west1/services/orders serviceAccount -
        //run.googleapis.com/projects/acme-prod/locations/us-east1/services/orders serviceAccount -
        //cloudscheduler.googleapis.com/projects/acme-prod/locations/europe-west1/jobs/nightly serviceAccount PAUSED
    ");
}

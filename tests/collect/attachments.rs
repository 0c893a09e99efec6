//! Which resources name which accounts: every row of the table, both routes over one estate, what each of them costs, and
//! what was not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use sa_audit::collect::assets::Via;
use sa_audit::collect::attachments::credentials::credential;
use sa_audit::collect::attachments::extract::{Resource, extract, full_name, references, resolve};
use sa_audit::collect::attachments::table::{DefaultAccount, Row, rows};
use sa_audit::emulator::{Estate, Fault, FaultKind};
use sa_audit::model::attachment::{AttachedAccount, Attachment, AttachmentKind, OwnerHint};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::names::{Email, ProjectId, ProjectNumber};
use sa_audit::model::project::Project;
use sa_audit::model::scope::Scope;
use sa_audit::model::snapshot::Snapshot;
use serde_json::{Value, json};

use crate::support::cloud::{CloudBuilder, cloud};
use crate::support::emulator::{Scan, project};
use crate::{ASSETS, SEARCH, SERVICES, gaps};

fn acme_prod() -> Project {
    Project {
        id: ProjectId::parse("acme-prod").expect("an id"),
        number: ProjectNumber::parse("1001").expect("a number"),
        parent: None,
        display_name: String::new(),
        labels: BTreeMap::new(),
        created: None,
    }
}

fn named(account: &AttachedAccount) -> String {
    match account {
        AttachedAccount::Email(email) | AttachedAccount::Default(email) => email.to_string(),
        AttachedAccount::UniqueId(id) => id.to_string(),
    }
}

/// Returns what a row finds in its fixture.
fn found(row: &Row, json: &Value, templates: &[Attachment]) -> (Vec<String>, u64) {
    let project = acme_prod();
    let name = ["selfLink", "name"]
        .iter()
        .find_map(|field| json[*field].as_str())
        .unwrap_or("projects/acme-prod/x/y");
    let name = full_name(row.service(), name, &project).expect("a name");
    let resource = Resource { name: &name, json };
    if row.kind == AttachmentKind::Reference {
        let (found, malformed) = references(row, resource, Some(&project.id));
        let accounts = found.iter().map(|found| named(&found.account));
        return (accounts.collect(), malformed);
    }
    if row.kind == AttachmentKind::Credential {
        return match credential(row, resource, &project) {
            Ok(found) => (
                found
                    .map(|found| found.account.to_string())
                    .into_iter()
                    .collect(),
                0,
            ),
            Err(_) => (Vec::new(), 1),
        };
    }
    if row.default == DefaultAccount::Revision {
        // The revision tells the account; the service names the revision.
        let values = row
            .accounts
            .iter()
            .flat_map(|path| path.find(json).expect("the shape"));
        let names = values.map(|value| value.as_str().expect("a text").to_owned());
        return (names.collect(), 0);
    }
    let extracted = if row.kind == AttachmentKind::Indirect {
        resolve(row, resource, &project, templates)
    } else {
        extract(row, resource, &project)
    };
    let accounts = extracted.attachments.iter();
    (
        accounts.map(|found| named(&found.account)).collect(),
        extracted.malformed,
    )
}

#[test]
fn every_row_finds_its_accounts_in_a_resource_of_its_service() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/attachments/rows.json");
    let text = fs::read_to_string(path).expect("the fixtures");
    let fixtures: BTreeMap<String, Value> = serde_json::from_str(&text).expect("JSON");
    let known: BTreeSet<&str> = rows().iter().map(|row| row.name).collect();
    let written: BTreeSet<&str> = fixtures.keys().map(String::as_str).collect();
    assert_eq!(known, written);

    let template = rows()
        .iter()
        .find(|row| row.name == "compute-instance-template")
        .expect("a row");
    let json = &fixtures[template.name]["resource"];
    let project = acme_prod();
    let link = json["selfLink"].as_str().expect("a link");
    let name = full_name(template.service(), link, &project).expect("a name");
    let resource = Resource { name: &name, json };
    let templates = extract(template, resource, &project).attachments;
    for row in rows() {
        let fixture = &fixtures[row.name];
        let accounts = fixture["accounts"].as_array().expect("the accounts");
        let accounts: Vec<String> = accounts
            .iter()
            .map(|account| account.as_str().expect("a text").to_owned())
            .collect();
        let expected = (accounts, 0);
        assert_eq!(
            found(row, &fixture["resource"], &templates),
            expected,
            "{}",
            row.name
        );
    }
}

const SA: &str = "acme-prod.iam.gserviceaccount.com";

/// A project in which every service that is listed per project has something, and is on.
fn busy() -> CloudBuilder {
    let mut cloud = cloud().project("acme-prod").account("etl");
    let hosts = [
        "apigateway",
        "apikeys",
        "appengine",
        "batch",
        "bigquery",
        "cloudbuild",
        "clouddeploy",
        "cloudfunctions",
        "cloudscheduler",
        "composer",
        "compute",
        "config",
        "connectors",
        "container",
        "dataflow",
        "datafusion",
        "dataproc",
        "eventarc",
        "firebaseapphosting",
        "ml",
        "notebooks",
        "pubsub",
        "run",
        "sqladmin",
        "storage",
        "storagetransfer",
        "tpu",
        "workflows",
    ];
    for host in hosts {
        cloud = on(
            cloud,
            "acme-prod",
            "1001",
            &format!("{host}.googleapis.com"),
        );
    }
    let text = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/attachments/rows.json"),
    )
    .expect("the fixtures");
    let fixtures: BTreeMap<String, Value> = serde_json::from_str(&text).expect("JSON");
    let at = [
        (
            "compute-instance",
            "compute.googleapis.com/projects/acme-prod/zones/europe-west1-b/instances",
        ),
        (
            "compute-instance-template",
            "compute.googleapis.com/projects/acme-prod/global/instanceTemplates",
        ),
        (
            "compute-instance-group",
            "compute.googleapis.com/projects/acme-prod/zones/europe-west1-b/instanceGroupManagers",
        ),
        (
            "gke-nodes",
            "container.googleapis.com/projects/acme-prod/locations/europe-west1/clusters",
        ),
        (
            "run-service",
            "run.googleapis.com/projects/acme-prod/locations/europe-west1/services",
        ),
        (
            "run-job",
            "run.googleapis.com/projects/acme-prod/locations/europe-west1/jobs",
        ),
        (
            "run-worker-pool",
            "run.googleapis.com/projects/acme-prod/locations/europe-west1/workerPools",
        ),
        (
            "function",
            "cloudfunctions.googleapis.com/projects/acme-prod/locations/europe-west1/functions",
        ),
        (
            "appengine-version",
            "appengine.googleapis.com/apps/acme-prod/services/default/versions",
        ),
        (
            "build-trigger",
            "cloudbuild.googleapis.com/projects/acme-prod/locations/europe-west1/triggers",
        ),
        (
            "composer-environment",
            "composer.googleapis.com/projects/acme-prod/locations/europe-west1/environments",
        ),
        (
            "dataflow-job",
            "dataflow.googleapis.com/projects/acme-prod/locations/europe-west1/jobs",
        ),
        (
            "dataproc-cluster",
            "dataproc.googleapis.com/projects/acme-prod/regions/europe-west1/clusters",
        ),
        (
            "scheduler-job",
            "cloudscheduler.googleapis.com/projects/acme-prod/locations/europe-west1/jobs",
        ),
        (
            "pubsub-subscription",
            "pubsub.googleapis.com/projects/acme-prod/subscriptions",
        ),
        (
            "pubsub-topic",
            "pubsub.googleapis.com/projects/acme-prod/topics",
        ),
        (
            "workflow",
            "workflows.googleapis.com/projects/acme-prod/locations/europe-west1/workflows",
        ),
        (
            "eventarc-trigger",
            "eventarc.googleapis.com/projects/acme-prod/locations/europe-west1/triggers",
        ),
        (
            "workbench-instance",
            "notebooks.googleapis.com/projects/acme-prod/locations/europe-west1-b/instances",
        ),
        (
            "run-service-pinned",
            "run.googleapis.com/projects/acme-prod/locations/europe-west1/services",
        ),
        (
            "run-revision",
            "run.googleapis.com/projects/acme-prod/locations/europe-west1/services/pinned/revisions",
        ),
        (
            "run-execution",
            "run.googleapis.com/projects/acme-prod/locations/europe-west1/jobs/nightly/executions",
        ),
        (
            "batch-job",
            "batch.googleapis.com/projects/acme-prod/locations/europe-west1/jobs",
        ),
        (
            "deploy-target",
            "clouddeploy.googleapis.com/projects/acme-prod/locations/europe-west1/targets",
        ),
        (
            "data-fusion-instance",
            "datafusion.googleapis.com/projects/acme-prod/locations/europe-west1/instances",
        ),
        (
            "api-gateway-config",
            "apigateway.googleapis.com/projects/acme-prod/locations/global/apis/a/configs",
        ),
        (
            "infrastructure-deployment",
            "config.googleapis.com/projects/acme-prod/locations/europe-west1/deployments",
        ),
        (
            "connector-connection",
            "connectors.googleapis.com/projects/acme-prod/locations/europe-west1/connections",
        ),
        (
            "tpu-node",
            "tpu.googleapis.com/projects/acme-prod/locations/europe-west1/nodes",
        ),
        (
            "tpu-queued-resource",
            "tpu.googleapis.com/projects/acme-prod/locations/europe-west1/queuedResources",
        ),
        (
            "app-hosting-backend",
            "firebaseapphosting.googleapis.com/projects/acme-prod/locations/europe-west1/backends",
        ),
        (
            "eventarc-pipeline",
            "eventarc.googleapis.com/projects/acme-prod/locations/europe-west1/pipelines",
        ),
        (
            "storage-transfer-job",
            "storagetransfer.googleapis.com/transferJobs",
        ),
        ("ml-job", "ml.googleapis.com/projects/acme-prod/jobs"),
        (
            "firewall-rule",
            "compute.googleapis.com/projects/acme-prod/global/firewalls",
        ),
        ("bucket-acl", "storage.googleapis.com/b"),
        (
            "hmac-key",
            "storage.googleapis.com/projects/acme-prod/hmacKeys",
        ),
        (
            "api-key",
            "apikeys.googleapis.com/projects/acme-prod/locations/global/keys",
        ),
        (
            "sql-instance",
            "sqladmin.googleapis.com/projects/acme-prod/instances",
        ),
        (
            "sql-user",
            "sqladmin.googleapis.com/projects/acme-prod/instances/db/users",
        ),
    ];
    for (row, collection) in at {
        cloud = cloud.element(collection, fixtures[row]["resource"].clone());
    }
    cloud
}

/// Switches a service on in a project.
fn on(cloud: CloudBuilder, project: &str, number: &str, host: &str) -> CloudBuilder {
    let service = json!({
        "name": format!("projects/{number}/services/{host}"), "config": { "name": host }, "state": "ENABLED",
    });
    cloud.element(
        &format!("serviceusage.googleapis.com/projects/{project}/services"),
        service,
    )
}

async fn taken(estate: &Estate, via: Via) -> Snapshot {
    Scan::of(estate).via(via).take().await.expect("a snapshot")
}

/// Returns how the attachments of acme-prod were read.
fn reading(snapshot: &Snapshot) -> Reading {
    let scope = Scope::Project("acme-prod".parse().expect("an id"));
    snapshot
        .facts
        .coverage
        .reading(&scope, Dataset::Attachments)
        .clone()
}

#[tokio::test(start_paused = true)]
async fn both_routes_give_the_same_attachments() {
    let estate = busy().build();
    let (listed, inventory) = (
        taken(&estate, Via::Iam).await,
        taken(&estate, Via::AssetInventory).await,
    );
    assert_eq!(listed.facts.attachments, inventory.facts.attachments);
    let lines: Vec<String> = listed
        .facts
        .attachments
        .iter()
        .map(|found| {
            let place = found.location.as_deref().unwrap_or("everywhere");
            format!(
                "{} {place} {:?} {}",
                found.asset_type,
                found.kind,
                named(&found.account).replace(SA, "P")
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    apigateway.googleapis.com/ApiConfig everywhere Caller gate@P
    appengine.googleapis.com/Version everywhere Runtime site@P
    batch.googleapis.com/Job europe-west1 RuntimeEphemeral batch@P
    cloudbuild.googleapis.com/BuildTrigger europe-west1 RuntimeCi 110000000000000000001
    clouddeploy.googleapis.com/Target europe-west1 RuntimeCi release@P
    cloudfunctions.googleapis.com/Function europe-west1 Runtime resize@P
    cloudscheduler.googleapis.com/Job europe-west1 Caller clock@P
    composer.googleapis.com/Environment europe-west1 Runtime flow@P
    compute.googleapis.com/InstanceTemplate everywhere Template web@P
    compute.googleapis.com/InstanceGroupManager europe-west1-b Indirect web@P
    compute.googleapis.com/Instance europe-west1-b Runtime web@P
    config.googleapis.com/Deployment europe-west1 RuntimeCi terraform@P
    connectors.googleapis.com/Connection europe-west1 Runtime glue@P
    container.googleapis.com/Cluster europe-west1 Runtime auto@P
    container.googleapis.com/Cluster europe-west1 Runtime nodes@P
    container.googleapis.com/Cluster europe-west1 Runtime 1001-compute@developer.gserviceaccount.com
    dataflow.googleapis.com/Job europe-west1 RuntimeEphemeral beam@P
    datafusion.googleapis.com/Instance europe-west1 Runtime fusion@P
    dataproc.googleapis.com/Cluster europe-west1 Runtime spark@P
    eventarc.googleapis.com/Pipeline europe-west1 Caller events@P
    eventarc.googleapis.com/Pipeline europe-west1 Caller oauth@P
    eventarc.googleapis.com/Trigger europe-west1 Trigger events@P
    firebaseapphosting.googleapis.com/Backend europe-west1 Runtime hosting@P
    ml.googleapis.com/Job everywhere RuntimeEphemeral ml@P
    notebooks.googleapis.com/Instance europe-west1-b Runtime lab@P
    pubsub.googleapis.com/Subscription everywhere Caller infer@P
    pubsub.googleapis.com/Subscription everywhere Caller push@P
    pubsub.googleapis.com/Topic everywhere Caller ingest@P
    run.googleapis.com/Job europe-west1 Runtime nightly@P
    run.googleapis.com/Execution europe-west1 RuntimeEphemeral nightly@P
    run.googleapis.com/Service europe-west1 Runtime web@P
    run.googleapis.com/Revision europe-west1 Runtime old@P
    run.googleapis.com/Service europe-west1 Runtime web@P
    run.googleapis.com/WorkerPool europe-west1 Runtime pull@P
    storagetransfer.googleapis.com/TransferJob everywhere Runtime move@P
    tpu.googleapis.com/Node europe-west1 Runtime tpu@P
    tpu.googleapis.com/QueuedResource europe-west1 Runtime tpu@P
    workflows.googleapis.com/Workflow europe-west1 Runtime flow@P
    ");
    let auto = taken(&estate, Via::Auto).await;
    assert_eq!(
        auto.facts.attachments, inventory.facts.attachments,
        "an organization goes by Asset Inventory"
    );
}

#[tokio::test(start_paused = true)]
async fn an_attachment_tells_its_state_its_labels_its_owner_and_its_time() {
    let snapshot = taken(&busy().build(), Via::Iam).await;
    let vm = snapshot
        .facts
        .attachments
        .iter()
        .find(|found| found.asset_type == "compute.googleapis.com/Instance")
        .expect("the VM");
    assert_eq!(
        vm,
        &Attachment {
            resource:
                "//compute.googleapis.com/projects/acme-prod/zones/europe-west1-b/instances/web-0"
                    .parse()
                    .expect("a name"),
            asset_type: "compute.googleapis.com/Instance".to_owned(),
            project: "acme-prod".parse().expect("an id"),
            location: Some("europe-west1-b".to_owned()),
            account: AttachedAccount::Email(
                Email::parse(&format!("web@{SA}")).expect("an address")
            ),
            field: "serviceAccounts[].email".to_owned(),
            kind: AttachmentKind::Runtime,
            state: Some("TERMINATED".to_owned()),
            labels: BTreeMap::from([("app".to_owned(), "web".to_owned())]),
            owners: vec![
                OwnerHint::CreatedBy(
                    "projects/1001/zones/europe-west1-b/instanceGroupManagers/web".to_owned()
                ),
                OwnerHint::InstanceTemplate(
                    "projects/1001/global/instanceTemplates/web-1".to_owned()
                ),
            ],
            created: Some("2025-03-01T16:00:00Z".parse().expect("a time")),
        }
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_route_does_not_look_at_stands_in_the_coverage_and_is_no_gap() {
    let host = |host: &str| format!("{host}.googleapis.com");
    let quiet = on(
        cloud().project("acme-prod"),
        "acme-prod",
        "1001",
        &host("pubsub"),
    )
    .build();
    for via in [Via::Iam, Via::AssetInventory] {
        assert_eq!(reading(&taken(&quiet, via).await), Reading::Read, "{via:?}");
    }
    let estate = on(busy(), "acme-prod", "1001", &host("cloudtasks")).build();
    let [listed, inventory] = [Via::Iam, Via::AssetInventory].map(|via| taken(&estate, via));
    let (listed, inventory) = (listed.await, inventory.await);
    assert_eq!((gaps(&listed), gaps(&inventory)), Default::default());
    let not_covered = |what: &str| Reading::NotCovered {
        what: what.to_owned(),
    };
    assert_eq!(
        reading(&listed),
        not_covered(
            "AI Platform version, Cloud Build build, Cloud Deploy automation, Cloud Tasks queue, Cloud Tasks task, Dataproc batch, Dataproc session, Infrastructure Manager preview, notebook schedule (v1)"
        )
    );
    assert_eq!(
        reading(&inventory),
        not_covered("AI Platform version, Cloud Tasks task, notebook schedule (v1)")
    );

    // A read that fails beside them is a gap all the same, and tells both.
    let denied = Fault::on(
        "workflows.*",
        FaultKind::PermissionDenied {
            permission: "workflows.workflows.list".to_owned(),
        },
    );
    let scan = Scan::of(&estate).via(Via::Iam).fault(denied);
    let snapshot = scan.take().await.expect("a snapshot");
    insta::assert_snapshot!(gaps(&snapshot), @r#"project acme-prod, Attachments: Truncated { message: "workflow: workflows.workflows.list denied; not looked at: AI Platform version, Cloud Build build, Cloud Deploy automation, Cloud Tasks queue, Cloud Tasks task, Dataproc batch, Dataproc session, Infrastructure Manager preview, notebook schedule (v1)" }"#);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_denied_is_one_gap_and_the_others_stand() {
    let fault = |method: &str, permission: &str| {
        let permission = permission.to_owned();
        Fault::on(method, FaultKind::PermissionDenied { permission })
    };
    let small = |hosts: &[&str]| {
        let cloud = busy();
        let key = "serviceusage.googleapis.com/projects/acme-prod/services";
        let mut estate = cloud.build();
        let services = estate.resources.get_mut(key).expect("the services");
        services.retain(|service| hosts.iter().any(|host| service.get().contains(host)));
        estate
    };
    let estate = small(&["run.g", "workflows.g", "cloudscheduler.g"]);
    let scan = Scan::of(&estate)
        .via(Via::Iam)
        .fault(fault("workflows.*", "workflows.workflows.list"));
    let snapshot = scan.take().await.expect("a snapshot");
    let types: BTreeSet<&str> = snapshot
        .facts
        .attachments
        .iter()
        .map(|found| found.asset_type.as_str())
        .collect();
    assert_eq!(types.len(), 6, "{types:?}");
    insta::assert_snapshot!(gaps(&snapshot), @r#"project acme-prod, Attachments: Truncated { message: "workflow: workflows.workflows.list denied" }"#);

    let scan = Scan::of(&estate)
        .via(Via::Auto)
        .fault(fault(ASSETS, "cloudasset.assets.listResource"));
    let snapshot = scan.take().await.expect("a snapshot");
    // Refused for the whole organization: the services are asked, and what refused is named once.
    let listed = Scan::of(&estate).take().await.expect("a snapshot");
    assert_eq!(snapshot.facts.attachments, listed.facts.attachments);
    insta::assert_snapshot!(gaps(&snapshot), @r#"
    organization 4711, Attachments: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, ResourcePolicies: Denied { permission: Some("cloudasset.assets.listResource") }
    "#);

    let scan = Scan::of(&estate)
        .via(Via::Iam)
        .fault(fault(SERVICES, "serviceusage.services.list"));
    let snapshot = scan.take().await.expect("a snapshot");
    insta::assert_snapshot!(gaps(&snapshot), @r#"
    project acme-prod, Attachments: Denied { permission: Some("serviceusage.services.list") }
    project acme-prod, References: Truncated { message: "which services are on: serviceusage.services.list denied; not looked at: access level" }
    project acme-prod, OtherCredentials: Denied { permission: Some("serviceusage.services.list") }
    project acme-prod, Addresses: Denied { permission: Some("serviceusage.services.list") }
    "#);
}

#[tokio::test(start_paused = true)]
async fn an_asset_of_an_unknown_type_or_shape_is_counted_and_not_fatal() {
    let element = |element: Value| {
        let element = serde_json::value::to_raw_value(&element)
            .expect("JSON")
            .into();
        Fault::on(ASSETS, FaultKind::MalformedElement { element })
    };
    let ancestors = json!(["projects/1001", "organizations/4711"]);
    let odd = [
        json!({ "name": "//new.googleapis.com/x", "assetType": "new.googleapis.com/Thing", "ancestors": ancestors, "resource": { "data": {} } }),
        json!({ "name": "//compute.googleapis.com/projects/acme-prod/zones/a/instances/b", "assetType": "compute.googleapis.com/Instance", "ancestors": ancestors,
                "resource": { "data": { "serviceAccounts": { "email": "x" } } } }),
        json!({ "assetType": "compute.googleapis.com/Instance", "ancestors": ancestors, "resource": { "data": {} } }),
    ];
    let estate = on(
        cloud().project("acme-prod"),
        "acme-prod",
        "1001",
        "compute.googleapis.com",
    )
    .build();
    for asset in odd {
        let snapshot = Scan::of(&estate)
            .via(Via::Auto)
            .fault(element(asset.clone()))
            .take()
            .await
            .expect("a snapshot");
        assert_eq!(
            reading(&snapshot),
            Reading::Malformed { count: 1 },
            "{asset}"
        );
    }
    for stray in [
        json!(7),
        json!({ "name": "//x", "assetType": "compute.googleapis.com/Instance" }),
    ] {
        let snapshot = Scan::of(&estate)
            .via(Via::Auto)
            .fault(element(stray))
            .take()
            .await
            .expect("a snapshot");
        assert_eq!(
            gaps(&snapshot),
            "organization 4711, ResourcePolicies: Malformed { count: 1 }\norganization 4711, Attachments: Malformed { count: 1 }",
            "in the list of resources, and in that of policies"
        );
        assert_eq!(reading(&snapshot), Reading::Read);
    }
    // An account that tells no project is missing among the accounts, and its policy among theirs.
    let account = json!({ "name": "//x", "assetType": "iam.googleapis.com/ServiceAccount" });
    let snapshot = Scan::of(&estate)
        .via(Via::Auto)
        .fault(element(account))
        .take()
        .await
        .expect("a snapshot");
    assert_eq!(
        gaps(&snapshot),
        "organization 4711, ServiceAccounts: Malformed { count: 1 }\norganization 4711, AccountPolicies: Malformed { count: 1 }"
    );
    // Something else in the place of a policy, or of its bindings, is no empty policy.
    for policy in [json!("none"), json!({ "bindings": {} })] {
        let snapshot = Scan::of(&estate)
            .via(Via::Auto)
            .fault(element(json!({
                "name": "//cloudresourcemanager.googleapis.com/projects/1001",
                "assetType": "cloudresourcemanager.googleapis.com/Project",
                "ancestors": ancestors, "iamPolicy": policy,
            })))
            .take()
            .await
            .expect("a snapshot");
        let project = Scope::Project(ProjectId::parse("acme-prod").expect("an id"));
        assert_eq!(
            *snapshot.facts.coverage.reading(&project, Dataset::Policies),
            Reading::Malformed { count: 1 },
            "{policy}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_organization_takes_the_calls_of_the_formula() {
    let mut cloud = cloud();
    for nth in 1..=7_u32 {
        let (id, number) = (format!("acme-{nth}"), (1000 + nth).to_string());
        cloud = cloud.project(&id);
        for host in ["run.googleapis.com", "pubsub.googleapis.com"] {
            cloud = on(cloud, &id, &number, host);
        }
        if nth % 2 == 0 {
            cloud = on(cloud, &id, &number, "cloudscheduler.googleapis.com");
        }
        for at in 0..400 {
            let name = format!("projects/{id}/subscriptions/s{at}");
            cloud = cloud.element(
                &format!("pubsub.googleapis.com/projects/{id}/subscriptions"),
                json!({ "name": name, "pushConfig": { "oidcToken": { "serviceAccountEmail": "push@acme-1.iam.gserviceaccount.com" } } }),
            );
        }
        for location in ["europe-west1", "us-central1"] {
            let key =
                format!("cloudscheduler.googleapis.com/projects/{id}/locations/{location}/jobs");
            cloud = cloud.element(
                &key,
                json!({ "name": format!("projects/{id}/locations/{location}/jobs/j") }),
            );
        }
    }
    let scan = Scan::of(&cloud.build()).via(Via::Auto).without_usage();
    let snapshot = scan.take().await.expect("a snapshot");
    assert_eq!(snapshot.facts.attachments.len(), 2_800);
    // Assets, a thousand a page, and one page of policies; each project once: which services are on; each project with Cloud Scheduler, which Asset
    // Inventory lacks: its locations, and the jobs in each of the two.
    let (assets, projects, scheduling, locations) = (2_800_u64, 7, 3, 2);
    let mut calls = scan.calls();
    calls.retain(|method, _| {
        !["iam.", "cloudresourcemanager.", "orgpolicy.", SEARCH]
            .iter()
            .any(|of| method.starts_with(of))
    });
    let expected = BTreeMap::from([
        (ASSETS.to_owned(), assets.div_ceil(1_000) + 1),
        (SERVICES.to_owned(), projects),
        (
            "cloudscheduler.projects.locations.list".to_owned(),
            scheduling,
        ),
        (
            "cloudscheduler.projects.locations.jobs.list".to_owned(),
            scheduling * locations,
        ),
    ]);
    assert_eq!(calls, expected);
}

#[tokio::test(start_paused = true)]
async fn a_single_project_goes_by_its_own_lists() {
    let scan = Scan::of(&busy().build()).roots([project("acme-prod")]);
    scan.take().await.expect("a snapshot");
    let calls = scan.calls();
    assert!(!calls.contains_key(ASSETS), "{calls:?}");
    assert_eq!(
        calls["dataflow.projects.locations.jobs.get"], 1,
        "its list leaves the account out"
    );
}

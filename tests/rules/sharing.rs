//! `shared-account`, `default-account-used`, `cross-project-use`: worlds of attachments, through the join, to findings.

use sa_audit::model::access::{Condition, PolicyNode};
use sa_audit::model::attachment::OwnerHint;
use sa_audit::model::estate::Estate;
use sa_audit::model::finding::Finding;
use sa_audit::model::grant::Grant;
use sa_audit::model::names::{Member, ProjectId};
use sa_audit::model::rule::Confidence;
use sa_audit::model::scope::AccountRef;

use crate::messages::draw;
use crate::support::attachments::{
    AttachmentBuilder, CloudBuilder, address, cloud, dataflow, resource, scheduler, service, vm,
};
use crate::{evaluate_all, verdict};

const APP: &str = "app@acme-prod";
const DEFAULT: &str = "1001-compute@developer.gserviceaccount.com";
const USER: &str = "roles/iam.workloadIdentityUser";

fn app(attachments: impl IntoIterator<Item = AttachmentBuilder>) -> CloudBuilder {
    let attached = attachments
        .into_iter()
        .map(|attachment| attachment.runs_as(APP));
    cloud().project("acme-prod").account(APP).with_all(attached)
}

fn findings(rule: &str, estate: &Estate) -> Vec<Finding> {
    let findings = evaluate_all(estate).findings.into_iter();
    findings.filter(|finding| finding.rule == rule).collect()
}

fn story(rule: &str, estate: &Estate) -> String {
    findings(rule, estate).iter().map(draw).collect()
}

fn shop(name: &str) -> AttachmentBuilder {
    service("acme-prod", name).label("app", "shop")
}

#[test]
fn a_shared_account_names_its_workloads_with_their_evidence() {
    let environment = resource(
        "composer.googleapis.com/Environment",
        "acme-prod",
        "locations/europe-west1/environments/airflow",
    );
    let pipeline = "principalSet://iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/ci/attribute.repository/acme/app";
    let estate = app([
        environment,
        service("acme-prod", "orders"),
        service("acme-prod", "orders").at("us-east1"),
        service("acme-prod", "mail"),
        scheduler("acme-prod", "nightly", "https://api.acme.example/run"),
    ])
    .bind(
        USER,
        &[pipeline, "serviceAccount:acme-prod.svc.id.goog[shop/api]"],
    )
    .join();
    insta::assert_snapshot!(story("shared-account", &estate), @"
    High, confidence High: is shared by 6 workloads: Cloud Scheduler job nightly, Cloud Composer environment airflow, identities with repository acme/app of pool ci and 3 more
      Cloud Scheduler job nightly in acme-prod (europe-west1): serviceAccount of //cloudscheduler.googleapis.com/projects/acme-prod/locations/europe-west1/jobs/nightly; no owner, label or name joins it to another [configuration of the resource]
      Cloud Composer environment airflow in acme-prod (europe-west1): serviceAccount of //composer.googleapis.com/projects/acme-prod/locations/europe-west1/environments/airflow; no owner, label or name joins it to another [configuration of the resource]
      identities with repository acme/app of pool ci: roles/iam.workloadIdentityUser for principalSet://iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/ci/attribute.repository/acme/app; a federated identity of its own [iam.projects.serviceAccounts.getIamPolicy]
      Kubernetes service account shop/api in acme-prod: roles/iam.workloadIdentityUser for serviceAccount:acme-prod.svc.id.goog[shop/api]; a Kubernetes service account of its own [iam.projects.serviceAccounts.getIamPolicy]
      Cloud Run service mail in acme-prod (europe-west1): serviceAccount of //run.googleapis.com/projects/acme-prod/locations/europe-west1/services/mail; no owner, label or name joins it to another [configuration of the resource]
      Cloud Run service orders in acme-prod (europe-west1, us-east1): serviceAccount of //run.googleapis.com/projects/acme-prod/locations/europe-west1/services/orders and 1 more; no owner, label or name joins it to another [configuration of the resource]
      → separate workloads
    ");
}

#[test]
fn one_application_lowers_the_severity_and_one_doubt_the_confidence() {
    let condition = Some("request.time < timestamp('2027-01-01T00:00:00Z')");
    let ksa = ["serviceAccount:acme-prod.svc.id.goog[shop/api]"];
    let table = [
        (
            "two",
            app([service("acme-prod", "a"), service("acme-prod", "b")]),
            "high/high",
        ),
        (
            "one application",
            app([shop("a"), shop("b")]),
            "medium/high",
        ),
        (
            "one label missing",
            app([shop("a"), shop("b"), service("acme-prod", "c")]),
            "high/high",
        ),
        (
            "two applications",
            app([shop("a"), shop("b").label("app", "mail")]),
            "high/high",
        ),
        (
            "another label",
            app([
                shop("a"),
                service("acme-prod", "b").label("application", "shop"),
            ]),
            "medium/high",
        ),
        (
            "one and a doubt",
            app([shop("a")]).bind_if(USER, &ksa, condition),
            "high/medium",
        ),
        (
            "two and a doubt",
            app([shop("a"), shop("b")]).bind_if(USER, &ksa, condition),
            "high/high",
        ),
    ];
    for (what, world, expected) in table {
        assert_eq!(verdict("shared-account", &world.join()), expected, "{what}");
    }
}

#[test]
fn look_alikes_are_not_shared() {
    let table: Vec<(&str, CloudBuilder)> = vec![
        ("one service", app([service("acme-prod", "api")])),
        (
            "a managed group of forty VMs",
            app((0..40).map(|n| vm("acme-prod", &format!("web-{n}")).created_by("web"))),
        ),
        (
            "a blue/green pair of templates of one group",
            app([
                vm("acme-prod", "web-1").created_by("web").template("blue"),
                vm("acme-prod", "web-2").created_by("web").template("green"),
            ]),
        ),
        (
            "a service in three regions",
            app(["europe-west1", "us-east1", "asia-east1"]
                .map(|at| service("acme-prod", "api").at(at))),
        ),
        (
            "a 2nd gen function with its service",
            app([
                resource(
                    "cloudfunctions.googleapis.com/Function",
                    "acme-prod",
                    "locations/l/functions/send_mail",
                ),
                service("acme-prod", "send-mail"),
            ]),
        ),
        (
            "200 finished Dataflow runs of one job",
            app((0..200).map(|n| {
                let run = dataflow(
                    "acme-prod",
                    &format!("id-{n}"),
                    &format!("load-202611{n:03}"),
                );
                run.state("JOB_STATE_DONE").created_days_ago(n % 30)
            })),
        ),
        (
            "a scheduler job that calls the service that runs as the same account",
            app([
                service("acme-prod", "api"),
                scheduler(
                    "acme-prod",
                    "nightly",
                    "https://api-1001.europe-west1.run.app/run",
                ),
            ]),
        ),
        (
            "what may act as it, and was never seen to",
            app([service("acme-prod", "api")]).bind(
                "roles/iam.serviceAccountTokenCreator",
                &[
                    "user:ana@acme.example",
                    "group:data@acme.example",
                    "serviceAccount:other@acme-prod.iam.gserviceaccount.com",
                    "serviceAccount:service-1001@compute-system.iam.gserviceaccount.com",
                ],
            ),
        ),
    ];
    for (what, world) in table {
        let estate = world.join();
        assert_eq!(estate.accounts[0].workloads.len(), 1, "{what}");
        assert_eq!(verdict("shared-account", &estate), "-", "{what}");
    }
}

#[test]
fn a_service_agent_in_the_inventory_is_never_shared() {
    let agent = "service-1001@gcp-sa-pubsub.iam.gserviceaccount.com";
    let world = cloud().project("acme-prod").account(agent);
    let world = world.with_all(["a", "b"].map(|name| service("acme-test", name).runs_as(agent)));
    for rule in ["shared-account", "cross-project-use"] {
        assert_eq!(verdict(rule, &world.join()), "-", "{rule}");
    }
}

#[test]
fn another_workload_changes_the_finding_and_another_vm_does_not() {
    let group =
        |vms: usize| (0..vms).map(|n| vm("acme-prod", &format!("web-{n}")).created_by("web"));
    let finding = |attachments: Vec<AttachmentBuilder>| {
        findings("shared-account", &app(attachments).join()).remove(0)
    };
    let two = finding(group(3).chain([service("acme-prod", "api")]).collect());
    let grown = finding(group(9).chain([service("acme-prod", "api")]).collect());
    let three = finding(
        group(3)
            .chain(["api", "mail"].map(|name| service("acme-prod", name)))
            .collect(),
    );
    assert_eq!(two.evidence_digest, grown.evidence_digest);
    assert_ne!(two.evidence_digest, three.evidence_digest);
    assert_eq!(
        (&two.fingerprint, &two.fingerprint),
        (&grown.fingerprint, &three.fingerprint)
    );
}

#[test]
fn a_default_account_that_something_runs_as() {
    let world = cloud()
        .project("acme-prod")
        .account(DEFAULT)
        .account("acme-prod@appspot.gserviceaccount.com")
        .account("app@acme-prod")
        .with(vm("acme-prod", "jump").runs_as_default(DEFAULT))
        .with(service("acme-prod", "api").runs_as("app@acme-prod"));
    insta::assert_snapshot!(story("default-account-used", &world.join()), @"
    Medium, confidence High: is Compute Engine's default account, and 1 workload runs as it: VM jump
      VM jump in acme-prod (europe-west1-b): serviceAccount of //compute.googleapis.com/projects/acme-prod/zones/europe-west1-b/instances/jump [configuration of the resource]
      → separate workloads
    ");
    let two = world
        .with(service("acme-prod", "web").runs_as(DEFAULT))
        .with(service("acme-prod", "old").runs_as("acme-prod@appspot.gserviceaccount.com"));
    let messages: Vec<String> = findings("default-account-used", &two.join())
        .iter()
        .map(|finding| finding.message.to_string())
        .collect();
    assert_eq!(
        messages,
        [
            "is Compute Engine's default account, and 2 workloads run as it: VM jump and Cloud Run service web",
            "is App Engine's default account, and 1 workload runs as it: Cloud Run service old",
        ]
    );
}

fn project(id: &str) -> PolicyNode {
    PolicyNode::Project(ProjectId::parse(id).expect("a project id"))
}

fn grant(on: PolicyNode, through: &str, condition: Option<&str>) -> Grant {
    Grant {
        role: "roles/bigquery.dataEditor".to_owned(),
        on,
        through: Member::parse(through),
        condition: condition.map(|expression| Condition {
            title: String::new(),
            expression: expression.to_owned(),
        }),
    }
}

fn holding(world: &CloudBuilder, grants: Vec<Grant>) -> Estate {
    let mut estate = world.join();
    estate.accounts[0].grants = grants;
    estate
}

#[test]
fn an_account_that_is_used_in_another_project() {
    let itself = format!("serviceAccount:{}", address(APP));
    let other = AccountRef {
        project: ProjectId::parse("acme-ops").expect("a project id"),
        email: address("deploy@acme-ops"),
        unique_id: "7".parse().expect("a unique id"),
    };
    let world = app([service("acme-prod", "api"), service("acme-test", "api")]);
    let estate = holding(
        &world,
        vec![
            grant(project("acme-prod"), &itself, None),
            grant(
                project("acme-data"),
                &itself,
                Some("resource.name.startsWith(\"x\")"),
            ),
            grant(PolicyNode::Account(other), &itself, None),
        ],
    );
    insta::assert_snapshot!(story("cross-project-use", &estate), @r#"
    Low, confidence High: is used by workloads in acme-test, and has roles on acme-data and acme-ops
      Cloud Run service api in acme-test (europe-west1): serviceAccount of //run.googleapis.com/projects/acme-test/locations/europe-west1/services/api [configuration of the resource]
      roles/bigquery.dataEditor on acme-data, if resource.name.startsWith("x") [cloudresourcemanager.projects.getIamPolicy]
      roles/bigquery.dataEditor on deploy@acme-ops.iam.gserviceaccount.com of acme-ops [iam.projects.serviceAccounts.getIamPolicy]
      → find owner
    "#);
}

#[test]
fn what_is_no_use_in_another_project_and_how_sure_the_rest_is() {
    let itself = format!("serviceAccount:{}", address(APP));
    let folder = PolicyNode::Folder("1".parse().expect("a folder"));
    let table = [
        (
            "at home",
            app([service("acme-prod", "api")]),
            vec![grant(project("acme-prod"), &itself, None)],
            "-",
        ),
        (
            "through a set",
            app([]),
            vec![grant(project("acme-data"), "allAuthenticatedUsers", None)],
            "-",
        ),
        (
            "on a folder",
            app([]),
            vec![grant(folder, &itself, None)],
            "-",
        ),
        (
            "granted",
            app([]),
            vec![grant(project("acme-data"), &itself, None)],
            "low/high",
        ),
        (
            "granted if",
            app([]),
            vec![grant(project("acme-data"), &itself, Some("false"))],
            "low/medium",
        ),
        (
            "attached",
            app([service("acme-test", "api")]),
            vec![],
            "low/high",
        ),
        (
            "attached, and granted if",
            app([service("acme-test", "api")]),
            vec![grant(project("acme-data"), &itself, Some("false"))],
            "low/high",
        ),
        (
            "called from another project, into the target at home",
            app([
                service("acme-prod", "api"),
                scheduler(
                    "acme-test",
                    "nightly",
                    "https://api-1001.europe-west1.run.app",
                ),
            ]),
            vec![],
            "-",
        ),
    ];
    for (what, world, grants, expected) in table {
        let estate = holding(&world, grants);
        assert_eq!(verdict("cross-project-use", &estate), expected, "{what}");
    }
}

#[test]
fn a_workload_of_low_confidence_is_shown_and_never_counted() {
    let mut estate = app([service("acme-prod", "a"), service("acme-prod", "b")]).join();
    assert_eq!(verdict("shared-account", &estate), "high/high");
    estate.accounts[0].workloads[0].confidence = Confidence::Low;
    assert_eq!(verdict("shared-account", &estate), "-");
    assert_eq!(estate.accounts[0].counted_workloads().count(), 1);
}

#[test]
fn names_of_strangers_are_marked_in_every_message() {
    let hostile = "$(id)";
    let odd = resource(
        "compute.googleapis.com/Instance",
        "acme-prod",
        &format!("zones/z/instances/{hostile}"),
    );
    let estate = app([
        odd.owner(OwnerHint::RunName(hostile.to_owned())),
        service("acme-test", "api"),
    ])
    .join();
    for finding in evaluate_all(&estate).findings {
        let facts = finding.evidence.iter().map(|evidence| &evidence.fact);
        for part in facts
            .chain([&finding.message])
            .flat_map(|message| message.parts())
        {
            if let sa_audit::model::message::Part::Text(text) = part {
                assert!(!text.contains(hostile), "{text:?}");
            }
        }
    }
}

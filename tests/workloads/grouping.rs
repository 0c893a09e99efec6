//! What the user groups is one workload, without a new scan.

use std::path::Path;

use sa_audit::config::{self, Overrides};

use crate::support::attachments::{service, vm};
use crate::{APP, running};

fn grouped(text: &str) -> String {
    let settings = config::parse(Path::new("sa-audit.toml"), text, &[], Overrides::default());
    running([
        service("acme-prod", "shop-api").label("workload", "shop"),
        service("acme-prod", "shop-web"),
        vm("acme-prod", "batch").label("workload", "shop"),
        service("acme-prod", "mail"),
    ])
    .with(service("acme-test", "shop-api").runs_as(APP))
    .bind(
        "roles/iam.workloadIdentityUser",
        &["serviceAccount:acme-prod.svc.id.goog[shop/api]"],
    )
    .settings(settings.expect("a configuration"))
    .join()
    .accounts[0]
        .workloads
        .iter()
        .map(|workload| {
            let project = workload
                .project
                .as_ref()
                .map_or("-", |project| project.as_str());
            format!(
                "{} | {} | {project} | {}\n",
                workload.name, workload.id, workload.resources
            )
        })
        .collect()
}

#[test]
fn without_a_grouping_each_is_a_workload() {
    insta::assert_snapshot!(grouped(""), @"
    VM batch | compute.googleapis.com/Instance/acme-prod/batch | acme-prod | 1
    Kubernetes service account shop/api | gke/acme-prod/shop/api | acme-prod | 1
    Cloud Run service mail | run.googleapis.com/Service/acme-prod/mail | acme-prod | 1
    Cloud Run service shop-api | run.googleapis.com/Service/acme-prod/shop-api | acme-prod | 1
    Cloud Run service shop-web | run.googleapis.com/Service/acme-prod/shop-web | acme-prod | 1
    Cloud Run service shop-api | run.googleapis.com/Service/acme-test/shop-api | acme-test | 1
    ");
}

#[test]
fn a_label_names_the_workload() {
    insta::assert_snapshot!(grouped("workload_label = \"workload\""), @"
    Kubernetes service account shop/api | gke/acme-prod/shop/api | acme-prod | 1
    shop | group/shop | acme-prod | 2
    Cloud Run service mail | run.googleapis.com/Service/acme-prod/mail | acme-prod | 1
    Cloud Run service shop-web | run.googleapis.com/Service/acme-prod/shop-web | acme-prod | 1
    Cloud Run service shop-api | run.googleapis.com/Service/acme-test/shop-api | acme-test | 1
    ");
}

#[test]
fn globs_name_the_workload_over_projects_and_members() {
    let text = "
        [[workload]]
        name = \"the shop\"
        match = [\"//run.googleapis.com/*/services/shop-*\", \"serviceAccount:*[[]shop/*]\"]
    ";
    insta::assert_snapshot!(grouped(text), @"
    VM batch | compute.googleapis.com/Instance/acme-prod/batch | acme-prod | 1
    the shop | group/the shop | - | 4
    Cloud Run service mail | run.googleapis.com/Service/acme-prod/mail | acme-prod | 1
    ");
}

#[test]
fn label_and_glob_together_join_what_they_share() {
    let text = "
        workload_label = \"workload\"

        [[workload]]
        name = \"mail\"
        match = [\"*/services/mail\"]

        [[workload]]
        name = \"front\"
        match = [\"*/services/shop-*\"]
    ";
    insta::assert_snapshot!(grouped(text), @"
    Kubernetes service account shop/api | gke/acme-prod/shop/api | acme-prod | 1
    front | group/front | - | 4
    mail | group/mail | acme-prod | 1
    ");
}

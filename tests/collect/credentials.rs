//! The HMAC keys and bound API keys of accounts: those of `retail`, by the table of `fixtures/README.md`, on both routes, and
//! what the coverage says where they were not read.

use sa_audit::collect::assets::Via;
use sa_audit::emulator::{Estate, Fault, FaultKind};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::scope::Scope;
use sa_audit::model::snapshot::Snapshot;
use serde_json::json;

use crate::cast::retail;
use crate::support::cloud::cloud;
use crate::support::emulator::{Scan, named};
use crate::tables::marked;

async fn taken(estate: &Estate, via: Via) -> Snapshot {
    let scan = Scan::of(estate).via(via).without_usage();
    scan.take().await.expect("a snapshot")
}

fn read<'s>(snapshot: &'s Snapshot, project: &str, dataset: Dataset) -> &'s Reading {
    let scope = Scope::Project(project.parse().expect("an id"));
    snapshot.facts.coverage.reading(&scope, dataset)
}

#[tokio::test(start_paused = true)]
async fn the_accounts_of_retail_have_the_credentials_of_their_table() {
    let mut seen = Vec::new();
    for account in &retail().await.accounts {
        seen.extend(account.credentials.iter().map(|found| {
            let made = found.created.expect("a time").format("%Y-%m-%d");
            let (email, kind, id) = (&account.facts.email, found.kind, &found.id);
            format!("{email} {kind:?} {id} {:?} {made}", found.state)
        }));
    }
    let mut told: Vec<String> = marked("credentials retail")
        .iter()
        .map(|row| row[..5].join(" ").replace('`', ""))
        .collect();
    seen.sort();
    told.sort();
    assert_eq!(seen, told);
}

#[tokio::test(start_paused = true)]
async fn both_routes_see_the_same_credentials_and_say_what_may_be_missing() {
    let estate = named("retail");
    let listed = taken(&estate, Via::Iam).await;
    let inventory = taken(&estate, Via::AssetInventory).await;
    assert_eq!(listed.facts.credentials, inventory.facts.credentials);
    assert_eq!(listed.facts.credentials.len(), 2);
    let of = |snapshot, project| read(snapshot, project, Dataset::OtherCredentials).clone();
    assert_eq!(of(&listed, "oddbasket-mobile-prod"), Reading::Read);
    let off = "API key bound to an account (apikeys.googleapis.com is off)";
    let not_covered = Reading::NotCovered {
        what: off.to_owned(),
    };
    assert_eq!(
        of(&listed, "oddbasket-bi-prod"),
        not_covered,
        "that an API is off does not say that no key of it was made before"
    );
    let as_of = "2026-11-15T09:00:00Z".parse().expect("a time");
    for project in ["oddbasket-mobile-prod", "oddbasket-bi-prod"] {
        assert_eq!(of(&inventory, project), Reading::Stale { as_of });
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_list_of_keys_leaves_everything_else_whole() {
    let estate = named("retail");
    let denied = |method: &str, permission: &str| {
        let permission = permission.to_owned();
        Fault::on(method, FaultKind::PermissionDenied { permission })
    };
    let hmac = denied("storage.projects.hmacKeys.list", "storage.hmacKeys.list");
    let scan = Scan::of(&estate).via(Via::Auto).without_usage();
    let snapshot = scan.fault(hmac).take().await.expect("a snapshot");
    let expected = Reading::Denied {
        permission: Some("storage.hmacKeys.list".to_owned()),
    };
    let project = "oddbasket-bi-prod";
    assert_eq!(
        read(&snapshot, project, Dataset::OtherCredentials),
        &expected
    );
    assert_eq!(
        read(&snapshot, project, Dataset::Attachments),
        &Reading::Read
    );

    let services = denied("serviceusage.services.list", "serviceusage.services.list");
    let scan = Scan::of(&estate).via(Via::Iam).without_usage();
    let snapshot = scan.fault(services).take().await.expect("a snapshot");
    let expected = Reading::Denied {
        permission: Some("serviceusage.services.list".to_owned()),
    };
    assert_eq!(
        read(&snapshot, project, Dataset::OtherCredentials),
        &expected,
        "where it is not known which services are on, nothing is known of their keys"
    );
}

/// Deleted keys and keys of nobody are left out, and no secret is kept, whatever an answer holds.
#[tokio::test(start_paused = true)]
async fn a_secret_in_an_answer_is_in_no_snapshot() {
    let etl = "etl@acme-prod.iam.gserviceaccount.com";
    let keys = "apikeys.googleapis.com/projects/acme-prod/locations/global/keys";
    let name = |id: &str| format!("projects/1001/locations/global/keys/{id}");
    let estate = cloud()
        .project("acme-prod")
        .account("etl")
        .element(keys, json!({ "name": name("bound"), "uid": "bound", "keyString": "AIzaNeverReal", "serviceAccountEmail": etl }))
        .element(keys, json!({ "name": name("maps"), "uid": "maps", "keyString": "AIzaNeverReal" }))
        .element(keys, json!({ "name": name("gone"), "uid": "gone", "serviceAccountEmail": etl, "deleteTime": "2026-11-01T00:00:00Z" }))
        .element(
            "storage.googleapis.com/projects/acme-prod/hmacKeys",
            json!({ "accessId": "GOOG1NEVERREAL", "secret": "AIzaNeverReal", "state": "INACTIVE", "serviceAccountEmail": etl }),
        )
        .element(
            "serviceusage.googleapis.com/projects/acme-prod/services",
            json!({ "config": { "name": "apikeys.googleapis.com" }, "state": "ENABLED" }),
        )
        .element(
            "serviceusage.googleapis.com/projects/acme-prod/services",
            json!({ "config": { "name": "storage.googleapis.com" }, "state": "ENABLED" }),
        )
        .build();
    for via in [Via::Iam, Via::AssetInventory] {
        let snapshot = taken(&estate, via).await;
        let facts = &snapshot.facts;
        let ids: Vec<&str> = facts.credentials.iter().map(|of| of.id.as_str()).collect();
        assert_eq!(ids, ["GOOG1NEVERREAL", "bound"], "{via:?}");
        assert!(!format!("{facts:?}").contains("AIzaNeverReal"), "{via:?}");
    }
}

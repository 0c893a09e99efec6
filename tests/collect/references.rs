//! What names accounts without running as them: the references of `retail`, by the table of `fixtures/README.md`, both
//! routes over one estate, and what each of them does not look at.

use sa_audit::collect::assets::Via;
use sa_audit::emulator::{Fault, FaultKind};
use sa_audit::model::coverage::{Coverage, Dataset, Reading};
use sa_audit::model::reference::{Reference, ReferenceKind};
use sa_audit::model::scope::Scope;
use sa_audit::model::snapshot::Snapshot;

use crate::cast::retail;
use crate::gaps;
use crate::support::emulator::{Scan, named};
use crate::tables::marked;

async fn taken(via: Via) -> Snapshot {
    let estate = named("retail");
    let scan = Scan::of(&estate).via(via).without_usage();
    scan.take().await.expect("a snapshot")
}

/// Returns a reference as the README writes it, without its quotes.
fn written(reference: &Reference) -> String {
    let Reference {
        kind,
        resource,
        asset_type: _,
        project: _,
        account: _,
        field,
    } = reference;
    format!("{kind:?} {resource} {field}")
}

#[tokio::test(start_paused = true)]
async fn the_accounts_of_retail_have_the_references_of_their_table() {
    let report = retail().await;
    let mut seen = Vec::new();
    for account in &report.accounts {
        let references = account.references.iter();
        seen.extend(
            references.map(|reference| format!("{} {}", account.facts.email, written(reference))),
        );
    }
    let mut told: Vec<String> = marked("references retail")
        .iter()
        .map(|row| row[..4].join(" ").replace('`', ""))
        .collect();
    seen.sort();
    told.sort();
    assert_eq!(seen, told);
}

fn reading<'c>(coverage: &'c Coverage, project: &str, dataset: Dataset) -> &'c Reading {
    let scope = Scope::Project(project.parse().expect("an id"));
    coverage.reading(&scope, dataset)
}

#[tokio::test(start_paused = true)]
async fn both_routes_see_the_same_references_but_for_what_the_coverage_says() {
    let (listed, inventory) = (taken(Via::Iam).await, taken(Via::AssetInventory).await);
    let address = |snapshot: &Snapshot, types: &[&str]| -> Vec<Reference> {
        let found = snapshot.facts.references.iter();
        found
            .filter(|found| found.kind == ReferenceKind::Address)
            .filter(|found| !types.contains(&found.asset_type.as_str()))
            .cloned()
            .collect()
    };
    let unlisted = [
        "bigquery.googleapis.com/Dataset",
        "identity.accesscontextmanager.googleapis.com/AccessLevel",
    ];
    assert_eq!(address(&listed, &[]), address(&inventory, &unlisted));
    assert!(!address(&listed, &[]).is_empty());
    let dwh = |snapshot| reading(snapshot, "oddbasket-dwh-prod", Dataset::References).clone();
    let not_covered = Reading::NotCovered {
        what: "BigQuery dataset, access level".to_owned(),
    };
    assert_eq!(dwh(&listed.facts.coverage), not_covered);
    assert_eq!(dwh(&inventory.facts.coverage), Reading::Read);
}

/// That a firewall rule could not be read says nothing about what runs.
#[tokio::test(start_paused = true)]
async fn a_denied_list_of_references_leaves_the_workloads_whole() {
    let estate = named("retail");
    let denied = Fault::on(
        "sql.users.list",
        FaultKind::PermissionDenied {
            permission: "cloudsql.users.list".to_owned(),
        },
    );
    let scan = Scan::of(&estate).via(Via::Auto);
    let scan = scan.without_usage().fault(denied);
    let snapshot = scan.take().await.expect("a snapshot");
    insta::assert_snapshot!(gaps(&snapshot), @r#"project oddbasket-shop-api-prod, References: Denied { permission: Some("cloudsql.users.list") }"#);
    let coverage = &snapshot.facts.coverage;
    let attachments = reading(coverage, "oddbasket-shop-api-prod", Dataset::Attachments);
    assert_eq!(attachments, &Reading::Read);
}

//! Monitoring's counts: raw series in an estate → what the snapshot holds of them.

use sa_audit::emulator::{Estate, Fault, FaultKind};
use sa_audit::model::snapshot::Snapshot;
use serde_json::{Value, json};

use crate::gaps;
use crate::support::cloud::{CloudBuilder, cloud, unique_id};
use crate::support::emulator::Scan;

const SERIES: &str = "monitoring.projects.timeSeries.list";

/// Returns a series as Monitoring stores it; each point is the end of a minute, and what was counted in it.
fn series(project: &str, account: u64, key: Option<&str>, points: &[(&str, u64)]) -> Value {
    let points = points.iter().map(|(end, count)| {
        json!({
            "interval": { "startTime": end, "endTime": end }, "value": { "int64Value": count.to_string() },
        })
    });
    let of_key = if key.is_some() { "key/" } else { "" };
    json!({
        "metric": {
            "type": format!("iam.googleapis.com/service_account/{of_key}authn_events_count"),
            "labels": key.map_or(json!({}), |key| json!({ "key_id": key })),
        },
        "resource": {
            "type": "iam_service_account",
            "labels": { "project_id": project, "unique_id": unique_id(account), "email_id": "etl" },
        },
        "metricKind": "DELTA", "valueType": "INT64", "points": points.collect::<Vec<_>>(),
    })
}

fn counted(cloud: CloudBuilder, seen_from: &str, series: Value) -> CloudBuilder {
    let collection = format!("monitoring.googleapis.com/projects/{seen_from}/timeSeries");
    cloud.element(&collection, series)
}

/// Two projects. In the first, an account with two keys, of which one was used, and an account that was not.
fn acme() -> CloudBuilder {
    let cloud = cloud()
        .project("acme-prod")
        .account("etl")
        .key("a1")
        .key("a2")
        .account("idle")
        .project("acme-data")
        .account("load");
    let used = [
        ("2026-11-22T11:59:00Z", 0),
        ("2026-11-20T12:00:00Z", 2),
        ("2026-11-20T11:03:00Z", 3),
        ("2026-11-01T00:00:00Z", 1),
        // Seven weeks back: Monitoring is not asked so far.
        ("2026-10-01T00:00:00Z", 9),
    ];
    let cloud = counted(cloud, "acme-prod", series("acme-prod", 1, None, &used));
    let of_key = series("acme-prod", 1, Some("a1"), &used[1..3]);
    let cloud = counted(cloud, "acme-prod", of_key);
    let silent = series("acme-prod", 1, Some("a2"), &used[..1]);
    counted(cloud, "acme-prod", silent)
}

/// Returns what was counted, a line for each credential, under the project and the stretch that was asked about.
fn told(snapshot: &Snapshot) -> String {
    let mut lines = Vec::new();
    for of in &snapshot.facts.authentications {
        lines.push(format!(
            "{}: {} to {}",
            of.project, of.period.from, of.period.to
        ));
        for count in &of.counts {
            let key = count.key.as_ref().map_or("account", |key| key.as_str());
            let last = count
                .last
                .map_or("never".to_owned(), |last| last.to_string());
            let digits = count.account.as_str().len() - 1;
            let account = &count.account.as_str()[digits..];
            lines.push(format!(
                "  {account} {key}: {} times, last {last}",
                count.count
            ));
        }
    }
    lines.join("\n")
}

async fn scan(estate: &Estate) -> Snapshot {
    let scan = Scan::of(estate).usage(&["monitoring"]);
    scan.take().await.expect("a snapshot")
}

async fn scan_with(kind: FaultKind) -> Snapshot {
    let fault = Fault::on(SERIES, kind).path("*/projects/acme-prod/*");
    let scan = Scan::of(&acme().build())
        .usage(&["monitoring"])
        .fault(fault);
    scan.take().await.expect("a snapshot")
}

#[tokio::test(start_paused = true)]
async fn counts_are_summed_by_the_day_over_six_weeks() {
    let snapshot = scan(&acme().build()).await;
    assert_eq!(gaps(&snapshot), "");
    insta::assert_snapshot!(told(&snapshot), @"
    acme-data: 2026-10-11 12:00:00 UTC to 2026-11-22 12:00:00 UTC
    acme-prod: 2026-10-11 12:00:00 UTC to 2026-11-22 12:00:00 UTC
      1 account: 6 times, last 2026-11-20 12:00:00 UTC
      1 a1: 5 times, last 2026-11-20 12:00:00 UTC
      1 a2: 0 times, last never
    ");
}

#[tokio::test(start_paused = true)]
async fn another_project_in_the_metrics_scope_counts_for_nothing() {
    let cloud = acme();
    let foreign = series("acme-prod", 1, None, &[("2026-11-20T12:00:00Z", 5)]);
    let snapshot = scan(&counted(cloud, "acme-data", foreign).build()).await;
    let of = &snapshot.facts.authentications;
    let empty = of.iter().find(|of| of.project.as_str() == "acme-data");
    assert_eq!(empty.expect("an answer").counts, Vec::new());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_where_there_is_nothing_to_ask_about() {
    let estate = cloud()
        .project("acme-lab")
        .project("acme-prod")
        .account("etl")
        .build();
    let scan = Scan::of(&estate).usage(&["monitoring"]);
    let snapshot = scan.take().await.expect("a snapshot");
    assert_eq!(scan.calls().get(SERIES), Some(&1));
    assert_eq!(snapshot.facts.authentications.len(), 1);
    assert_eq!(gaps(&snapshot), "");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_a_gap_and_no_empty_answer() {
    let denied = FaultKind::PermissionDenied {
        permission: "monitoring.timeSeries.list".to_owned(),
    };
    // The API is off in the project that pays: Monitoring is missing everywhere, and the scan goes on without.
    let disabled = FaultKind::ApiDisabled {
        service: "monitoring.googleapis.com".to_owned(),
        consumer: "projects/99".to_owned(),
    };
    let quota = FaultKind::Quota {
        retry_after: None,
        retry_info: None,
    };
    let odd = FaultKind::Status {
        code: 500,
        headers: Default::default(),
        body: None,
    };
    let mut told = Vec::new();
    for kind in [denied, disabled, quota, odd, FaultKind::VpcServiceControls] {
        let snapshot = scan_with(kind).await;
        let of = &snapshot.facts.authentications;
        let projects: Vec<&str> = of.iter().map(|of| of.project.as_str()).collect();
        assert_eq!(projects, ["acme-data"]);
        told.push(gaps(&snapshot));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    project acme-prod, Metrics: Denied { permission: Some("monitoring.timeSeries.list") }
    project acme-prod, Metrics: ApiDisabled { service: "monitoring.googleapis.com", consumer: Some("projects/99") }
    project acme-prod, Metrics: Quota { message: "reading the metrics of projects/acme-prod: quota exceeded: ReadRequestsPerMinutePerProject of projects/100200300400 (HTTP 429), after 6 attempts" }
    project acme-prod, Metrics: Failed { status: Some(500), message: "reading the metrics of projects/acme-prod: server error: Internal error encountered. (HTTP 500), after 6 attempts" }
    project acme-prod, Metrics: Perimeter { uid: Some("s2VqYyKZVfTHqzQ0bF3dW1hLr8nMcPx4") }
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_was_read_before_a_break_stands() {
    let snapshot = scan_with(FaultKind::EndlessPages { fresh: false }).await;
    assert!(
        told(&snapshot).contains("1 account: "),
        "{}",
        told(&snapshot)
    );
    insta::assert_snapshot!(gaps(&snapshot), @r#"project acme-prod, Metrics: Truncated { message: "reading the metrics of projects/acme-prod: the list does not end: a page token came twice" }"#);
    let element = json!({ "metric": {}, "points": [] }).to_string();
    let element = serde_json::value::RawValue::from_string(element).expect("JSON");
    let element = FaultKind::MalformedElement {
        element: element.into(),
    };
    let snapshot = scan_with(element).await;
    insta::assert_snapshot!(gaps(&snapshot), @"project acme-prod, Metrics: Malformed { count: 2 }");
}

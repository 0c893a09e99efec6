//! Where Policy Analyzer says nothing, nobody is unused, and the report says why.

use sa_audit::emulator::{Estate, Fault, FaultKind};
use sa_audit::report::Report;

use crate::support::cloud::cloud;
use crate::support::emulator::{Scan, asked, report};
use crate::{ACTIVITIES, gaps};

/// One project with a key that was idle for its whole window, and another like it.
fn idle() -> Estate {
    cloud()
        .project("acme-prod")
        .account("etl")
        .idle_key("a1")
        .project("acme-data")
        .account("load")
        .idle_key("b1")
        .build()
}

/// Returns the projects in which a rule fires.
fn fires(report: &Report, rule: &str) -> Vec<String> {
    let findings = report
        .findings()
        .map(|f| &f.finding)
        .filter(|f| f.rule == rule);
    findings
        .filter_map(|f| f.subject.scope().project().map(ToString::to_string))
        .collect()
}

fn hints(report: &Report) -> Vec<String> {
    let entries = asked(report).into_iter();
    let mut hints: Vec<String> = entries
        .map(|entry| {
            entry
                .hint
                .as_ref()
                .map_or_else(String::new, |hint| hint.here.to_string())
        })
        .collect();
    hints.dedup();
    hints
}

async fn scan_with(kind: FaultKind) -> (String, Report) {
    let fault = Fault::on(ACTIVITIES, kind).path("*/projects/acme-prod/*");
    let snapshot = Scan::of(&idle())
        .fault(fault)
        .take()
        .await
        .expect("a snapshot");
    (gaps(&snapshot), report(&snapshot))
}

#[tokio::test(start_paused = true)]
async fn read_it_is_not_observed() {
    let snapshot = Scan::of(&idle()).take().await.expect("a snapshot");
    let report = report(&snapshot);
    assert_eq!(fires(&report, "key-unused"), ["acme-data", "acme-prod"]);
    assert_eq!(gaps(&snapshot), "");
}

#[tokio::test(start_paused = true)]
async fn denied_it_is_a_gap_that_names_the_role() {
    let permission = "policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query";
    let (gaps, report) = scan_with(FaultKind::PermissionDenied {
        permission: permission.to_owned(),
    })
    .await;
    assert_eq!(
        gaps,
        format!(
            "project acme-prod, AccountActivity: Denied {{ permission: Some(\"{permission}\") }}\n\
             project acme-prod, KeyActivity: Denied {{ permission: Some(\"{permission}\") }}"
        )
    );
    assert_eq!(fires(&report, "key-unused"), ["acme-data"]);
    assert_eq!(
        hints(&report),
        [
            "grant the caller roles/policyanalyzer.activityAnalysisViewer on project acme-prod, then scan again"
        ]
    );
    // An old key whose use is unknown is old all the same.
    assert_eq!(fires(&report, "key-old"), ["acme-data", "acme-prod"]);
    assert_eq!(report.summary.exit_code, 3);
}

#[tokio::test(start_paused = true)]
async fn switched_off_in_the_scanned_project_it_is_a_gap_that_names_the_command() {
    for consumer in ["projects/1001", "projects/acme-prod"] {
        let (gaps, report) = scan_with(FaultKind::ApiDisabled {
            service: "policyanalyzer.googleapis.com".to_owned(),
            consumer: consumer.to_owned(),
        })
        .await;
        assert_eq!(gaps.lines().count(), 2, "{gaps}");
        assert!(
            gaps.lines()
                .all(|gap| gap.contains("ApiDisabled") && gap.contains("acme-prod")),
            "{gaps}"
        );
        assert_eq!(fires(&report, "key-unused"), ["acme-data"]);
        let project = consumer.trim_start_matches("projects/");
        let command =
            format!("gcloud services enable policyanalyzer.googleapis.com --project={project}");
        assert_eq!(hints(&report), [format!("run {command}, then scan again")]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_row_is_no_answer() {
    let mut estate = idle();
    for (path, rows) in &mut estate.resources {
        if path.contains("acme-prod/locations") {
            rows.clear();
        }
    }
    let snapshot = Scan::of(&estate).take().await.expect("a snapshot");
    let report = report(&snapshot);
    assert_eq!(gaps(&snapshot), "");
    assert_eq!(fires(&report, "key-unused"), ["acme-data"]);
    let told = asked(&report)
        .into_iter()
        .map(|entry| (entry.rules.join(" "), entry.reason.to_string()));
    let told: Vec<(String, String)> = told.collect();
    assert_eq!(
        told,
        ["account-unused", "key-active key-unused"].map(|rules| (
            rules.to_owned(),
            "Policy Analyzer has no row of it, which proves nothing".to_owned()
        ))
    );
}

#[tokio::test(start_paused = true)]
async fn not_asked_for_it_is_skipped_and_no_gap() {
    let scan = Scan::of(&idle()).without_usage();
    let snapshot = scan.take().await.expect("a snapshot");
    let report = report(&snapshot);
    assert_eq!(scan.calls().get(ACTIVITIES), None);
    assert_eq!(gaps(&snapshot), "");
    assert_eq!(fires(&report, "key-unused"), Vec::<String>::new());
    assert_eq!(hints(&report), ["scan again with --usage policy-analyzer"]);
    assert_eq!(report.summary.exit_code, 0);
}

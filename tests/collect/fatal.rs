//! What every further call would meet ends the scan, in one line that says what to do.

use sa_audit::emulator::{Estate, Fault, FaultKind};

use crate::support::emulator::Scan;
use crate::{ACCOUNTS, ACTIVITIES, KEYS, acme};

fn estate() -> Estate {
    acme().build()
}

/// Returns the one line in which a scan ends.
async fn line(scan: Scan) -> String {
    let error = scan
        .take()
        .await
        .expect_err("the scan cannot go on")
        .to_string();
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_off_in_the_quota_project_is_one_line() {
    let off = |consumer: &str| {
        Fault::on(
            ACTIVITIES,
            FaultKind::ApiDisabled {
                service: "policyanalyzer.googleapis.com".to_owned(),
                consumer: consumer.to_owned(),
            },
        )
    };
    // By its id, by its number where the user gave the id, and where the quota project is scanned itself.
    for (payer, consumer) in [
        ("acme-billing", "projects/acme-billing"),
        ("acme-billing", "projects/998877"),
        ("acme-prod", "projects/1002"),
        ("1002", "projects/1002"),
    ] {
        let scan = Scan::of(&estate()).paid_by(payer).fault(off(consumer));
        let error = line(scan).await;
        let number = consumer.trim_start_matches("projects/");
        let command = format!(
            "run `gcloud services enable policyanalyzer.googleapis.com --project {number}`"
        );
        assert!(error.ends_with(&command), "{error}");
    }
    // Nobody pays but the caller's own project, which is none of the scanned ones.
    let error = line(Scan::of(&estate()).fault(off("projects/100200300400"))).await;
    assert!(error.contains("--project 100200300400"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_missing_quota_project_is_one_line_with_the_command() {
    let scan = Scan::of(&estate()).fault(Fault::on("*", FaultKind::QuotaProjectMissing));
    let error = line(scan).await;
    assert!(
        error.contains("gcloud auth application-default set-quota-project PROJECT"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_token_that_expires_on_the_way_is_renewed() {
    let undisturbed = Scan::of(&estate()).take().await.expect("a snapshot");
    for method in [ACCOUNTS, KEYS, ACTIVITIES] {
        let expired = Fault::on(method, FaultKind::TokenExpired).times(1);
        let scan = Scan::of(&estate())
            .tokens(&["ya29.first", "ya29.second"])
            .fault(expired);
        assert_eq!(
            scan.take().await.expect("a snapshot"),
            undisturbed,
            "{method}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_refused_for_ever_is_one_line() {
    for method in [ACCOUNTS, KEYS, ACTIVITIES] {
        let scan = Scan::of(&estate()).fault(Fault::on(method, FaultKind::TokenExpired));
        let error = line(scan).await;
        assert!(
            error.contains("gcloud auth application-default login"),
            "{error}"
        );
    }
    let error = line(Scan::with_token(&estate(), "ya29.other")).await;
    assert!(
        error.contains("gcloud auth application-default login"),
        "{error}"
    );
    assert!(!error.contains("ya29."), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_login_that_dies_is_one_line() {
    let error = line(Scan::of(&estate()).tokens(&[])).await;
    assert!(error.contains("the login has expired"), "{error}");
}

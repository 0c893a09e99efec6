//! One failure never touches its neighbours: it is a gap where it happened, and everything else is complete.

use std::collections::BTreeMap;
use std::sync::Arc;

use sa_audit::emulator::generate::{Shape, generate};
use sa_audit::emulator::{Fault, FaultKind};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::scope::Scope;
use sa_audit::report::NotEvaluated;
use sa_audit::rules::RULES;
use serde_json::value::RawValue;

use crate::support::cloud::unique_id;
use crate::support::emulator::{Scan, asked, report};
use crate::{ACCOUNTS, ACTIVITIES, KEYS, acme, gaps, inventory};

/// Every way in which a read can fail for good, with how the coverage tells it.
pub(crate) fn failures(permission: &str) -> Vec<(FaultKind, &'static str)> {
    let status = |code| FaultKind::Status {
        code,
        headers: BTreeMap::new(),
        body: None,
    };
    let denied = FaultKind::PermissionDenied {
        permission: permission.to_owned(),
    };
    let quota = FaultKind::Quota {
        retry_after: None,
        retry_info: None,
    };
    let asks_too_long = FaultKind::Quota {
        retry_after: Some(3_600),
        retry_info: None,
    };
    let not_json = FaultKind::Status {
        code: 200,
        headers: BTreeMap::new(),
        body: Some("a portal's greeting".into()),
    };
    // Switched off in the project that is asked about, acme-prod, and nowhere else.
    let off = FaultKind::ApiDisabled {
        service: "iam.googleapis.com".to_owned(),
        consumer: "projects/1002".to_owned(),
    };
    vec![
        (denied, "Denied"),
        (off, "ApiDisabled"),
        (quota, "Quota"),
        (asks_too_long, "Quota"),
        (FaultKind::VpcServiceControls, "Perimeter"),
        (FaultKind::Cut { after: 20 }, "Failed"),
        (FaultKind::Stall { after: 20 }, "Failed"),
        (FaultKind::Html { code: 500 }, "Failed"),
        (FaultKind::Reset, "Failed"),
        (status(404), "Failed"),
        (status(503), "Failed"),
        (not_json, "Failed"),
    ]
}

pub(crate) fn state(reading: &Reading) -> &'static str {
    match reading {
        Reading::Read => "Read",
        Reading::Skipped => "Skipped",
        Reading::Stale { .. } => "Stale",
        Reading::NotCovered { .. } => "NotCovered",
        Reading::Malformed { .. } => "Malformed",
        Reading::Truncated { .. } => "Truncated",
        Reading::Denied { .. } => "Denied",
        Reading::ApiDisabled { .. } => "ApiDisabled",
        Reading::Quota { .. } => "Quota",
        Reading::Perimeter { .. } => "Perimeter",
        Reading::Failed { .. } => "Failed",
    }
}

fn entry(entry: &NotEvaluated) -> String {
    format!(
        "{}, {:?}: {}",
        entry.scope,
        entry.dataset,
        entry.rules.join(" ")
    )
}

const NEED_KEYS: &str = "audit-log-gap key-active key-disabled key-expires-soon key-exposed key-inside-google-cloud key-old key-on-default-account key-on-workstation key-shared key-unused \
                         key-uploaded key-weak";

/// Returns the ids of the rules that are on by default.
fn every_rule() -> String {
    let metas = RULES.iter().map(|rule| rule.meta());
    let on = metas.filter(|meta| meta.on_by_default);
    on.map(|meta| meta.id).collect::<Vec<_>>().join(" ")
}

#[tokio::test(start_paused = true)]
async fn an_account_whose_keys_cannot_be_read_is_the_only_gap() {
    for (kind, expected) in failures("iam.serviceAccountKeys.list") {
        let what = format!("{kind:?}");
        let web = format!("*/{}/keys", unique_id(3));
        let fault = Fault::on(KEYS, kind).path(&web);
        let snapshot = Scan::of(&acme().build())
            .fault(fault)
            .take()
            .await
            .expect("a snapshot");
        assert_eq!(
            inventory(&snapshot),
            "acme-data: load[d1]; acme-lab: lab[a1]; acme-prod: api[] etl[b1] web[]",
            "{what}"
        );
        let gaps: Vec<String> = snapshot
            .facts
            .coverage
            .gaps()
            .map(|(scope, dataset, reading)| format!("{scope}, {dataset:?}: {}", state(reading)))
            .collect();
        assert_eq!(
            gaps,
            [format!(
                "account web@acme-prod.iam.gserviceaccount.com, Keys: {expected}"
            )],
            "{what}"
        );
        let report = report(&snapshot);
        let not_evaluated: Vec<String> = asked(&report).into_iter().map(entry).collect();
        assert_eq!(
            not_evaluated,
            [format!(
                "account web@acme-prod.iam.gserviceaccount.com, Keys: {NEED_KEYS}"
            )],
            "{what}"
        );
        assert_eq!(report.summary.exit_code, 3, "{what}");
        assert!(!report.summary.inventory_complete, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_finding_that_fails_the_run_outranks_a_gap() {
    let estate = acme().old_key("d2").build();
    let fault = Fault::on(KEYS, FaultKind::Reset).path(&format!("*/{}/keys", unique_id(3)));
    let snapshot = Scan::of(&estate)
        .fault(fault)
        .take()
        .await
        .expect("a snapshot");
    let report = report(&snapshot);
    assert_eq!((report.summary.gaps, report.summary.exit_code), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_passes_leaves_no_trace() {
    let undisturbed = Scan::of(&acme().build()).take().await.expect("a snapshot");
    for (kind, expected) in failures("iam.serviceAccountKeys.list") {
        // What Google says for good is not asked again.
        let for_good = matches!(expected, "Denied" | "Perimeter" | "ApiDisabled");
        let for_good = for_good || matches!(kind, FaultKind::Status { code: 404, .. });
        if for_good
            || matches!(
                kind,
                FaultKind::Quota {
                    retry_after: Some(_),
                    ..
                }
            )
        {
            continue;
        }
        let what = format!("{kind:?}");
        let scan = Scan::of(&acme().build()).fault(Fault::on(KEYS, kind).times(3));
        assert_eq!(
            scan.take().await.expect("a snapshot"),
            undisturbed,
            "{what}"
        );
        assert_eq!(scan.calls()[KEYS], 5 + 3, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_project_whose_accounts_cannot_be_read_is_the_only_gap() {
    for (kind, expected) in failures("iam.serviceAccounts.list") {
        let what = format!("{kind:?}");
        let fault = Fault::on(ACCOUNTS, kind).path("*/projects/acme-prod/*");
        let scan = Scan::of(&acme().build()).fault(fault);
        let snapshot = scan.take().await.expect("a snapshot");
        assert_eq!(
            inventory(&snapshot),
            "acme-data: load[d1]; acme-lab: lab[a1]; acme-prod:",
            "{what}"
        );
        let prod = Scope::Project("acme-prod".parse().expect("an id"));
        let of_prod: Vec<(Dataset, &str)> = snapshot
            .facts
            .coverage
            .iter()
            .filter(|(scope, ..)| **scope == prod)
            .map(|(_, dataset, reading)| (dataset, state(reading)))
            .collect();
        // Of keys, their use and the accounts' policies nothing is claimed: nothing could be asked.
        assert_eq!(
            of_prod,
            [
                (Dataset::ServiceAccounts, expected),
                (Dataset::Policies, "Read"),
                (Dataset::ResourcePolicies, "NotCovered"),
                (Dataset::CreationTimes, "NotCovered"),
                (Dataset::Federation, "Read"),
                (Dataset::Attachments, "Read"),
                (Dataset::References, "NotCovered"),
                (Dataset::OtherCredentials, "NotCovered"),
                (Dataset::Addresses, "Read"),
                (Dataset::OrgPolicies, "Read")
            ],
            "{what}"
        );
        assert_eq!(snapshot.facts.coverage.gaps().count(), 1, "{what}");
        let report = report(&snapshot);
        assert_eq!(report.summary.exit_code, 3, "{what}");
        let [gap] = asked(&report)[..] else {
            panic!("{what}: {:?}", report.not_evaluated);
        };
        // Without the accounts no rule has anything to look at.
        assert_eq!(
            entry(gap),
            format!("project acme-prod, ServiceAccounts: {}", every_rule())
        );
        assert!(
            !scan
                .paths()
                .iter()
                .any(|path| path.contains("acme-prod/locations/global/activityTypes")),
            "{what}"
        );
    }
}

/// Lets the second page of the accounts fail: the first call meets a fault that does nothing.
fn second_page(scan: Scan, kind: FaultKind) -> Scan {
    scan.fault(Fault::on(ACCOUNTS, FaultKind::Delay { ms: 0 }).times(1))
        .fault(Fault::on(ACCOUNTS, kind))
}

#[tokio::test(start_paused = true)]
async fn accounts_of_the_pages_before_a_failure_stand_with_their_keys() {
    let shape = Shape {
        projects: 1,
        folders: 0,
        accounts: 250,
        keys: 1,
    };
    let denied = FaultKind::PermissionDenied {
        permission: "iam.serviceAccounts.list".to_owned(),
    };
    for kind in [
        FaultKind::Cut { after: 20 },
        denied,
        FaultKind::EndlessPages { fresh: false },
    ] {
        let what = format!("{kind:?}");
        let endless = matches!(kind, FaultKind::EndlessPages { .. });
        let snapshot = second_page(Scan::of(&generate(7, shape)), kind)
            .take()
            .await
            .expect("a snapshot");
        let pages = if endless { 2 } else { 1 };
        assert_eq!(snapshot.facts.accounts.len(), 100 * pages, "{what}");
        assert_eq!(snapshot.facts.keys.len(), 100 * pages, "{what}");
        let (_, dataset, reading) = snapshot.facts.coverage.gaps().next().expect("a gap");
        assert_eq!(
            (dataset, state(reading)),
            (Dataset::ServiceAccounts, "Truncated"),
            "{what}"
        );
        assert_eq!(snapshot.facts.coverage.gaps().count(), 1, "{what}");
        // The keys of the accounts that are there are known, those of the project are not.
        let project = Scope::Project(snapshot.facts.projects[0].id.clone());
        assert_eq!(
            snapshot.facts.coverage.reading(&project, Dataset::Keys),
            &Reading::Skipped,
            "{what}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_with_a_token_ends_nothing() {
    let undisturbed = Scan::of(&acme().build()).take().await.expect("a snapshot");
    let scan = Scan::of(&acme().build())
        .fault(Fault::on(ACCOUNTS, FaultKind::EmptyPage).times(3))
        .fault(Fault::on(ACTIVITIES, FaultKind::EmptyPage).times(3));
    assert_eq!(scan.take().await.expect("a snapshot"), undisturbed);
}

#[tokio::test(start_paused = true)]
async fn a_broken_element_costs_no_other() {
    let element = |text: &str| -> Arc<RawValue> {
        RawValue::from_string(text.to_owned()).expect("JSON").into()
    };
    let broken = |method: &str, text: &str| {
        Fault::on(
            method,
            FaultKind::MalformedElement {
                element: element(text),
            },
        )
        .path("*acme-prod*")
    };
    let scan = Scan::of(&acme().build())
        .fault(broken(ACCOUNTS, r#"{"email": 7}"#))
        .fault(
            broken(
                KEYS,
                r#"{"keyType": "USER_MANAGED", "validAfterTime": "soon"}"#,
            )
            .path(&format!("*/{}/keys", unique_id(2))),
        )
        .fault(broken(ACTIVITIES, "null"));
    let snapshot = scan.take().await.expect("a snapshot");
    assert_eq!(
        inventory(&snapshot),
        "acme-data: load[d1]; acme-lab: lab[a1]; acme-prod: api[] etl[b1] web[c1 c2]"
    );
    assert_eq!(
        gaps(&snapshot),
        "project acme-prod, ServiceAccounts: Malformed { count: 1 }\n\
         project acme-prod, AccountActivity: Malformed { count: 1 }\n\
         project acme-prod, KeyActivity: Malformed { count: 1 }\n\
         account etl@acme-prod.iam.gserviceaccount.com, Keys: Malformed { count: 1 }"
    );
    assert_eq!(report(&snapshot).summary.exit_code, 3);
}

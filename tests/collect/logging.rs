//! Audit logs through the Logging API: entries in an estate → callers, permissions, events, and what was read.
#![expect(clippy::use_debug, reason = "the test compares values as they are")]

use std::fmt::Write as _;

use sa_audit::commands::snapshot::Observer;
use sa_audit::emulator::{Estate, Fault, FaultKind};
use sa_audit::error::Result;
use sa_audit::model::names::ProjectId;
use sa_audit::model::snapshot::{Facts, Snapshot};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::gaps;
use crate::support::cloud::{CloudBuilder, cloud};
use crate::support::emulator::Scan;

const ENTRIES: &str = "logging.entries.list";
const ETL: &str = "etl@acme-prod.iam.gserviceaccount.com";

/// Returns an entry of a log of `home`, an `AuditLog` as Google writes it.
fn entry(home: &str, log: &str, at: &str, payload: Value) -> Value {
    let project = home.strip_prefix("projects/");
    json!({
        "logName": format!("{home}/logs/cloudaudit.googleapis.com%2F{log}"), "insertId": at, "timestamp": at,
        "resource": { "type": "gcs_bucket", "labels": project.map_or(json!({}), |id| json!({ "project_id": id })) },
        "protoPayload": payload,
    })
}

/// Returns the payload of a call as an account, with a key where it has one.
fn call(principal: &str, key: Option<&str>) -> Value {
    let mut who = json!({ "principalEmail": principal });
    if let Some(key) = key {
        who["serviceAccountKeyName"] = format!(
            "//iam.googleapis.com/projects/acme-prod/serviceAccounts/{principal}/keys/{key}"
        )
        .into();
    }
    json!({
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "authenticationInfo": who,
        "requestMetadata": { "callerIp": "203.0.113.7", "callerSuppliedUserAgent": "gsutil/5.30" },
        "serviceName": "storage.googleapis.com", "methodName": "storage.objects.get",
        "resourceName": "projects/_/buckets/acme-raw/objects/a",
        "authorizationInfo": [
            { "resource": "projects/_/buckets/acme-raw/objects/a", "permission": "storage.objects.get", "granted": true },
        ],
    })
}

/// Returns the payload of an event in the life of a key, by a person.
fn event(method: &str, key: &str) -> Value {
    json!({
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "authenticationInfo": { "principalEmail": "ana@acme.example" },
        "serviceName": "iam.googleapis.com", "methodName": format!("google.iam.admin.v1.{method}"),
        "resourceName": format!("projects/-/serviceAccounts/{ETL}/keys/{key}"),
    })
}

fn logged(cloud: CloudBuilder, entry: Value) -> CloudBuilder {
    let log = entry["logName"].as_str().expect("a log");
    let home = log.split_once("/logs/").expect("a home").0.to_owned();
    cloud.element(&format!("logging.googleapis.com/{home}/entries"), entry)
}

/// Two projects, one of them in a folder. The account of one calls in both and in the folder.
fn acme() -> CloudBuilder {
    let cloud = cloud()
        .project("acme-prod")
        .account("etl")
        .key("a1")
        .folder("11", "organizations/4711")
        .project("acme-data");
    let agent = "service-1@gcp-sa-pubsub.iam.gserviceaccount.com";
    let mut federated = call("", None);
    federated["authenticationInfo"] = json!({
        "principalSubject": "principal://iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/ci/subject/a",
    });
    let entries = [
        (
            "projects/acme-prod",
            "data_access",
            "2026-11-20T10:00:00Z",
            call(ETL, Some("a1")),
        ),
        (
            "projects/acme-prod",
            "data_access",
            "2026-11-21T10:00:00Z",
            call(ETL, Some("a1")),
        ),
        (
            "projects/acme-data",
            "data_access",
            "2026-11-19T10:00:00Z",
            call(ETL, Some("a1")),
        ),
        (
            "projects/acme-data",
            "data_access",
            "2026-11-18T10:00:00Z",
            federated,
        ),
        (
            "folders/11",
            "activity",
            "2026-11-17T10:00:00Z",
            call(ETL, None),
        ),
        // Before the 30 days, of a person, of Google, and of another log.
        (
            "projects/acme-prod",
            "data_access",
            "2026-10-01T10:00:00Z",
            call(ETL, None),
        ),
        (
            "projects/acme-prod",
            "data_access",
            "2026-11-20T10:00:00Z",
            call("ana@acme.example", None),
        ),
        (
            "projects/acme-prod",
            "data_access",
            "2026-11-20T10:00:00Z",
            call(agent, None),
        ),
        (
            "projects/acme-prod",
            "system_event",
            "2026-11-20T10:00:00Z",
            call(ETL, None),
        ),
        // Of the life of a key: 300 days back, and 401.
        (
            "projects/acme-prod",
            "activity",
            "2026-01-26T10:00:00Z",
            event("CreateServiceAccountKey", "a1"),
        ),
        (
            "projects/acme-prod",
            "activity",
            "2025-10-17T10:00:00Z",
            event("DeleteServiceAccountKey", "a0"),
        ),
    ];
    entries
        .into_iter()
        .fold(cloud, |cloud, (home, log, at, payload)| {
            logged(cloud, entry(home, log, at, payload))
        })
}

fn told(snapshot: &Snapshot) -> String {
    let calls = &snapshot.facts.calls;
    let mut text = String::new();
    for caller in &calls.callers {
        let key = caller.key.as_ref().map_or("no key", |key| key.as_str());
        let project = caller
            .project
            .as_ref()
            .map_or("no project", |id| id.as_str());
        let (from, to, count) = (caller.seen.from, caller.seen.to, caller.count);
        writeln!(
            text,
            "{:?}, {key}, in {project}: {count}, {from} to {to}",
            caller.principal
        )
        .expect("text");
    }
    for used in &calls.permissions {
        let project = used.project.as_ref().map_or("no project", |id| id.as_str());
        writeln!(
            text,
            "{:?}: {} on {} in {project}, {}",
            used.principal, used.permission, used.resource, used.count
        )
        .expect("text");
    }
    for event in &calls.events {
        writeln!(text, "{:?} {:?} by {}", event.kind, event.key, event.by).expect("text");
    }
    for window in &calls.windows {
        let project = window
            .project
            .as_ref()
            .map_or("no project", |id| id.as_str());
        writeln!(
            text,
            "{project}: {} entries from {}",
            window.entries, window.period.from
        )
        .expect("text");
    }
    text
}

fn scan(estate: &Estate) -> Scan {
    Scan::of(estate).usage(&["logging"])
}

async fn taken(scan: Scan) -> Snapshot {
    scan.take().await.expect("a snapshot")
}

#[tokio::test(start_paused = true)]
async fn calls_of_thirty_days_and_events_of_four_hundred() {
    let scan = scan(&acme().build());
    let snapshot = scan.take().await.expect("a snapshot");
    assert_eq!(gaps(&snapshot), "");
    insta::assert_snapshot!(told(&snapshot), @r#"
    Account(Email("etl@acme-prod.iam.gserviceaccount.com")), no key, in no project: 1, 2026-11-17 10:00:00 UTC to 2026-11-17 10:00:00 UTC
    Account(Email("etl@acme-prod.iam.gserviceaccount.com")), a1, in acme-data: 1, 2026-11-19 10:00:00 UTC to 2026-11-19 10:00:00 UTC
    Account(Email("etl@acme-prod.iam.gserviceaccount.com")), a1, in acme-prod: 2, 2026-11-20 10:00:00 UTC to 2026-11-21 10:00:00 UTC
    Federated("principal://iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/ci/subject/a"), no key, in acme-data: 1, 2026-11-18 10:00:00 UTC to 2026-11-18 10:00:00 UTC
    Account(Email("etl@acme-prod.iam.gserviceaccount.com")): storage.objects.get on projects/_/buckets/acme-raw in no project, 1
    Account(Email("etl@acme-prod.iam.gserviceaccount.com")): storage.objects.get on projects/_/buckets/acme-raw in acme-data, 1
    Account(Email("etl@acme-prod.iam.gserviceaccount.com")): storage.objects.get on projects/_/buckets/acme-raw in acme-prod, 2
    Federated("principal://iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/ci/subject/a"): storage.objects.get on projects/_/buckets/acme-raw in acme-data, 1
    KeyCreated Some(KeyId("a1")) by ana@acme.example
    acme-data: 0 entries from 2025-10-18 12:00:00 UTC
    acme-data: 2 entries from 2026-10-23 12:00:00 UTC
    acme-prod: 1 entries from 2025-10-18 12:00:00 UTC
    acme-prod: 2 entries from 2026-10-23 12:00:00 UTC
    "#);
    // The organization and its folder in one call, the projects in another, for each of the two questions.
    assert_eq!(scan.calls().get(ENTRIES), Some(&4));
}

#[tokio::test(start_paused = true)]
async fn since_says_how_far_back_calls_are_read() {
    let count = |snapshot: &Snapshot| {
        snapshot
            .facts
            .calls
            .callers
            .iter()
            .map(|of| of.count)
            .sum::<u64>()
    };
    assert_eq!(count(&taken(scan(&acme().build())).await), 5);
    assert_eq!(count(&taken(scan(&acme().build()).since("90d")).await), 6);
    let since = "2026-11-19T10:00:00Z";
    assert_eq!(count(&taken(scan(&acme().build()).since(since)).await), 3);
    // A time to come is now: nothing is read, and no window is turned round.
    let snapshot = taken(scan(&acme().build()).since("2027-01-01T00:00:00Z")).await;
    assert_eq!(count(&snapshot), 0);
    let windows = &snapshot.facts.calls.windows;
    assert!(
        windows
            .iter()
            .all(|window| window.period.from <= window.period.to)
    );
}

#[tokio::test(start_paused = true)]
async fn one_log_that_may_not_be_read_costs_no_other() {
    let denied = FaultKind::PermissionDenied {
        permission: "logging.logEntries.list".to_owned(),
    };
    let scan = scan(&acme().build()).fault(Fault::on(ENTRIES, denied).path("projects/acme-data"));
    let snapshot = scan.take().await.expect("a snapshot");
    insta::assert_snapshot!(gaps(&snapshot), @r#"project acme-data, AuditLogs: Denied { permission: Some("logging.logEntries.list") }"#);
    let windows = snapshot.facts.calls.windows.iter();
    let read: Vec<&str> = windows
        .filter_map(|window| Some(window.project.as_ref()?.as_str()))
        .collect();
    assert_eq!(read, ["acme-prod", "acme-prod"]);
    // Both projects, each of them; then the one that may be read.
    assert_eq!(scan.calls().get(ENTRIES), Some(&(2 + 3 + 1)));
}

#[tokio::test(start_paused = true)]
async fn who_may_read_none_does_not_wait_for_each_refusal() {
    let mut cloud = cloud();
    for nth in 0..250 {
        cloud = cloud.project(&format!("acme-{nth:03}"));
    }
    let denied = FaultKind::PermissionDenied {
        permission: "logging.logEntries.list".to_owned(),
    };
    let scan = scan(&cloud.build()).fault(Fault::on(ENTRIES, denied));
    let snapshot = scan.take().await.expect("a snapshot");
    assert_eq!(gaps(&snapshot).lines().count(), 251);
    let calls = scan.calls()[ENTRIES];
    assert!(calls < 40, "{calls}");
}

#[tokio::test(start_paused = true)]
async fn what_fails_as_a_whole_is_a_gap_of_all_that_it_names() {
    let disabled = FaultKind::ApiDisabled {
        service: "logging.googleapis.com".to_owned(),
        consumer: "projects/99".to_owned(),
    };
    let quota = FaultKind::Quota {
        retry_after: None,
        retry_info: None,
    };
    for (kind, state) in [(disabled, "ApiDisabled"), (quota, "Quota")] {
        let snapshot = taken(scan(&acme().build()).fault(Fault::on(ENTRIES, kind))).await;
        let gaps = gaps(&snapshot);
        assert_eq!(gaps.lines().count(), 4, "{gaps}");
        assert!(gaps.lines().all(|gap| gap.contains(state)), "{gaps}");
        assert_eq!(snapshot.facts.calls.windows, Vec::new());
    }
}

#[tokio::test(start_paused = true)]
async fn empty_pages_and_short_breaks_change_nothing() {
    let undisturbed = taken(scan(&acme().build())).await;
    let scan = scan(&acme().build())
        .fault(
            Fault::on(ENTRIES, FaultKind::EmptyPage)
                .path("projects/acme-prod")
                .times(1),
        )
        .fault(Fault::on(ENTRIES, FaultKind::Cut { after: 90 }).times(2));
    assert_eq!(taken(scan).await, undisturbed);
}

#[tokio::test(start_paused = true)]
async fn what_was_read_before_a_break_stands_and_is_not_all() {
    let endless = FaultKind::EndlessPages { fresh: false };
    let fault = Fault::on(ENTRIES, endless).path("projects/acme-prod");
    let snapshot = taken(scan(&acme().build()).fault(fault)).await;
    insta::assert_snapshot!(gaps(&snapshot), @r#"
    project acme-data, AuditLogs: Truncated { message: "listing the log entries of projects/acme-data and 1 more: the list does not end: a page token came twice" }
    project acme-prod, AuditLogs: Truncated { message: "listing the log entries of projects/acme-data and 1 more: the list does not end: a page token came twice" }
    "#);
    assert_eq!(snapshot.facts.calls.events.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_odd_entry_is_counted_where_it_lies_or_everywhere_it_may() {
    let put_in = |element: Value| {
        let element = RawValue::from_string(element.to_string()).expect("JSON");
        let kind = FaultKind::MalformedElement {
            element: element.into(),
        };
        let fault = Fault::on(ENTRIES, kind).path("projects/acme-prod").times(1);
        taken(scan(&acme().build()).fault(fault))
    };
    let at_home = put_in(json!({ "logName": "projects/1001/logs/x", "timestamp": 7 })).await;
    insta::assert_snapshot!(gaps(&at_home), @"project acme-prod, AuditLogs: Malformed { count: 1 }");
    let of_nobody = put_in(json!(7)).await;
    insta::assert_snapshot!(gaps(&of_nobody), @"
    project acme-data, AuditLogs: Malformed { count: 1 }
    project acme-prod, AuditLogs: Malformed { count: 1 }
    ");
}

/// Keeps what takes long.
#[derive(Default)]
struct Told(Vec<String>);

impl Observer for Told {
    fn begin(&mut self, _done: usize, _total: usize) {}

    fn project(&mut self, _project: &ProjectId, _facts: &Facts) -> Result<()> {
        Ok(())
    }

    fn takes_long(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }
}

#[tokio::test(start_paused = true)]
async fn a_busy_log_is_read_to_its_end_and_announced() {
    let mut cloud = cloud().project("acme-prod").account("etl");
    for nth in 0..2_500 {
        let at = format!(
            "2026-11-22T{:02}:{:02}:{:02}Z",
            11 - nth / 900,
            nth / 30 % 30,
            nth % 30
        );
        cloud = logged(
            cloud,
            entry("projects/acme-prod", "data_access", &at, call(ETL, None)),
        );
    }
    let mut told = Told::default();
    let scan = scan(&cloud.build());
    let snapshot = scan.watched(None, &mut told).await.expect("a snapshot");
    assert_eq!(gaps(&snapshot), "");
    let callers = &snapshot.facts.calls.callers;
    assert_eq!(callers.iter().map(|of| of.count).sum::<u64>(), 2_500);
    insta::assert_snapshot!(told.0.join("\n"), @"audit logs of projects/acme-prod: about 461000 entries, 9 min; --since takes less");
}

//! The whole way against the emulator: plan, limit, slow jobs, pages, gaps.

use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use sa_audit::collect::Payer;
use sa_audit::emulator::{Emulator, Estate, Fault};
use sa_audit::gcp::backend::{Backend, Body};
use sa_audit::gcp::google::Google;
use sa_audit::gcp::transport::{Settings, Transport};
use sa_audit::model::coverage::Reading;
use sa_audit::model::names::ProjectId;
use sa_audit::usage::Tables;
use sa_audit::usage::bigquery::{DatasetName, Error, Options, Read, scan};
use serde_json::{Value, json};

use crate::tokens::tokens;

const ACTIVITY: &str = "cloudaudit_googleapis_com_activity";
const SHARDS: &str = "cloudaudit_googleapis_com_data_access_*";

struct Memory {
    emulator: Emulator,
    bodies: Mutex<Vec<Value>>,
}

#[async_trait::async_trait]
impl Backend for Memory {
    async fn send(&self, request: Request<Bytes>) -> io::Result<Response<Body>> {
        if let Ok(body) = serde_json::from_slice(request.body()) {
            self.bodies.lock().expect("the bodies").push(body);
        }
        self.emulator.handle(request).await
    }
}

/// A dataset with a partitioned activity log of one GiB and two days of Data Access shards.
fn estate() -> Value {
    let table = |name: &str, bytes: u64| json!({ "tableReference": { "tableId": name }, "type": "TABLE", "numBytes": bytes.to_string() });
    let caller = |agent: String, calls: u64| {
        json!({
            "email": "etl@acme-prod.iam.gserviceaccount.com", "subject": "", "key_name": "", "delegate": "",
            "service": "storage.googleapis.com", "method": "", "target": "", "resource_name": "", "user_agent": agent,
            "network": "", "project": "acme-data", "addresses": ["192.0.2.7"],
            "first": "2026-11-01T10:00:00Z", "last": "2026-11-02T10:00:00Z", "calls": calls,
        })
    };
    let permission = json!({
        "email": "etl@acme-prod.iam.gserviceaccount.com", "subject": "", "key_name": "", "delegate": "", "service": "",
        "method": "", "project": "acme-data", "permission": "storage.objects.get",
        "resource": "projects/_/buckets/acme", "granted": true,
        "last": "2026-11-02T10:00:00Z", "calls": 250,
    });
    let event = json!({
        "seen_at": "2026-10-30T08:00:00Z", "method": "google.iam.admin.v1.DisableServiceAccount",
        "resource_name": "projects/-/serviceAccounts/100000000000000000001", "target": "etl@acme-prod.iam.gserviceaccount.com",
        "target_id": "100000000000000000001", "email": "ana@example.com", "subject": "", "request": null, "response": null,
    });
    let many: Vec<Value> = (0..250).map(|n| caller(format!("agent/{n}"), 1)).collect();
    let at = |table: &str, query: &str| {
        format!(
            "bigquery.googleapis.com/projects/acme-logs/datasets/audit/tables/{table}/queries/{query}"
        )
    };
    let mut resources = json!({
        "cloudresourcemanager.googleapis.com/projects": [{ "name": "projects/1", "projectId": "acme-logs", "state": "ACTIVE" }],
        "bigquery.googleapis.com/projects/acme-logs/datasets/audit/tables": [
            table(ACTIVITY, 1 << 30), table("cloudaudit_googleapis_com_data_access_20261101", 5_000),
            table("cloudaudit_googleapis_com_data_access_20261102", 6_000), table("export_errors_20261101", 7),
        ],
    });
    resources[at(ACTIVITY, "callers")] = many.into();
    resources[at(ACTIVITY, "permissions")] = json!([permission]);
    resources[at(ACTIVITY, "events")] = json!([event]);
    resources[at(SHARDS, "callers")] = json!([caller("agent/0,gzip(gfe)".to_owned(), 4)]);
    json!({ "estate": "logs", "now": "2026-11-22T09:00:00Z", "organization": "organizations/1", "resources": resources })
}

struct World {
    memory: Arc<Memory>,
    google: Google,
    told: Vec<String>,
    tables: Tables,
}

impl World {
    fn new(estate: &Value, faults: &[&str]) -> Self {
        let estate = Estate::parse(&estate.to_string()).expect("an estate");
        let emulator = Emulator::new(&estate);
        for fault in faults {
            emulator.fault(Fault::parse(fault).expect(fault));
        }
        let memory = Arc::new(Memory {
            emulator,
            bodies: Mutex::default(),
        });
        let backend: Arc<dyn Backend> = memory.clone();
        let transport = Transport::new(backend, tokens(&["ya29.test"]), Settings::default());
        Self {
            memory,
            google: Google::new(transport.expect("a transport")),
            told: Vec::new(),
            tables: Tables::All,
        }
    }

    async fn scan(&mut self, dataset: &str, max_bytes: u64) -> Result<Read, Error> {
        let dataset = DatasetName::parse(dataset).expect("a dataset");
        let options = Options {
            since: "2026-09-01T00:00:00Z".parse().expect("a time"),
            until: "2026-11-22T09:00:00Z".parse().expect("a time"),
            max_bytes,
            tables: self.tables,
        };
        let told = &mut self.told;
        let mut tell = |plan: &sa_audit::usage::bigquery::Plan| told.push(plan.to_string());
        scan(
            &self.google,
            &Payer::default(),
            &dataset,
            &options,
            &mut tell,
        )
        .await
    }

    /// Returns the bodies of the jobs that were no dry runs.
    fn jobs(&self) -> Vec<Value> {
        let bodies = self.memory.bodies.lock().expect("the bodies");
        bodies
            .iter()
            .filter(|body| body["dryRun"] == false)
            .cloned()
            .collect()
    }
}

#[tokio::test(start_paused = true)]
async fn slow_jobs_are_waited_for_and_all_pages_are_read() {
    let mut world = World::new(&estate(), &[]);
    let read = world.scan("acme-logs.audit", 1 << 40).await.expect("calls");
    assert_eq!(read.reading, Reading::Read);
    assert_eq!(read.calls.callers.len(), 250);
    let first = &read.calls.callers[0];
    assert_eq!((first.user_agent.as_str(), first.count), ("agent/0", 5));
    let projects = read.calls.permissions.iter();
    let projects: Vec<_> = projects.map(|used| used.project.as_ref()).collect();
    assert_eq!(projects, [ProjectId::parse("acme-data").ok().as_ref()]);
    assert_eq!(read.calls.events.len(), 1);
    assert_eq!(read.calls.windows[0].entries, 254);
    assert_eq!(
        world.told,
        [
            "BigQuery acme-logs.audit: 5 queries read 3.0 GiB, about 0.02 US dollars on demand (at most 1.0 TiB)"
        ]
    );
    let calls = world.memory.emulator.calls();
    assert_eq!(calls["bigquery.jobs.query"], 10);
    // Three jobs are not done at first; one has two more pages.
    assert_eq!(calls["bigquery.jobs.getQueryResults"], 5);
}

#[tokio::test(start_paused = true)]
async fn every_job_is_bounded_by_what_is_left() {
    let mut world = World::new(&estate(), &[]);
    world.scan("acme-logs.audit", 4 << 30).await.expect("calls");
    let limits: Vec<String> = world
        .jobs()
        .iter()
        .map(|job| {
            job["maximumBytesBilled"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    assert_eq!(
        limits,
        [
            "4294967296",
            "3221225472",
            "2147483648",
            "1073741824",
            "1073730824"
        ]
    );
}

/// Who asks for callers alone pays for nothing else.
#[tokio::test(start_paused = true)]
async fn callers_alone_are_one_job_for_each_table() {
    let mut world = World::new(&estate(), &[]);
    world.tables = Tables::Callers;
    let read = world.scan("acme-logs.audit", 4 << 30).await.expect("calls");
    assert_eq!(world.jobs().len(), 2);
    assert!(!read.calls.callers.is_empty());
    assert!(read.calls.permissions.is_empty() && read.calls.events.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_too_dear_is_not_run() {
    let mut world = World::new(&estate(), &[]);
    let error = world
        .scan("acme-logs.audit", 1 << 30)
        .await
        .expect_err("too much");
    insta::assert_snapshot!(error, @"the queries over acme-logs.audit need 3221247472 bytes, more than the 1073741824 that are allowed; give --max-bytes 3221247472 to allow it, or a later --since");
    assert_eq!((world.told.len(), world.jobs().len()), (0, 0));

    // Google bills ten MiB at least, which no dry run tells.
    let mut small = estate();
    small["resources"]["bigquery.googleapis.com/projects/acme-logs/datasets/audit/tables"][0]["numBytes"] =
        "1000".into();
    let error = World::new(&small, &[])
        .scan("acme-logs.audit", 1 << 20)
        .await;
    insta::assert_snapshot!(error.expect_err("too much"), @"the queries over acme-logs.audit need 52428800 bytes, more than the 1048576 that are allowed; give --max-bytes 52428800 to allow it, or a later --since");
}

#[tokio::test(start_paused = true)]
async fn a_dataset_without_audit_logs_is_an_error_and_one_that_is_not_there_a_gap() {
    let mut other = estate();
    other["resources"]["bigquery.googleapis.com/projects/acme-logs/datasets/audit/tables"] =
        json!([{ "tableReference": { "tableId": "sales" } }]);
    let error = World::new(&other, &[])
        .scan("acme-logs.audit", 1 << 40)
        .await;
    insta::assert_snapshot!(error.expect_err("no tables"), @"acme-logs.audit has no table of audit logs: neither cloudaudit_googleapis_com_activity or _data_access (of a sink), nor _AllLogs (of Log Analytics)");

    let read = World::new(&estate(), &[])
        .scan("acme-logs.audits", 1 << 40)
        .await;
    let Reading::Failed { status, message } = read.expect("a gap").reading else {
        panic!("the dataset is not there")
    };
    assert_eq!(status, Some(404));
    insta::assert_snapshot!(message, @"listing the tables of projects/acme-logs/datasets/audits: not found: Not found: Dataset acme-logs:audits (HTTP 404)");

    let read = World::new(&estate(), &[])
        .scan("acme-else.audit", 1 << 40)
        .await;
    let expected = Reading::Denied {
        permission: Some("bigquery.jobs.create".to_owned()),
    };
    assert_eq!(read.expect("a gap").reading, expected);
}

#[tokio::test(start_paused = true)]
async fn a_result_that_breaks_off_is_a_gap_and_what_came_before_stays() {
    let mut quick = estate();
    quick["resources"]["bigquery.googleapis.com/projects/acme-logs/datasets/audit/tables"][0]["numBytes"] =
        "1000".into();
    let faults = ["bigquery.jobs.getQueryResults=vpc-service-controls"];
    let read = World::new(&quick, &faults)
        .scan("acme-logs.audit", 1 << 40)
        .await;
    let read = read.expect("a gap");
    assert!(
        matches!(read.reading, Reading::Truncated { .. }),
        "{:?}",
        read.reading
    );
    assert_eq!(read.calls.callers.len(), 100);
    assert_eq!(read.calls.events.len(), 1);
}

//! The SQL, run by bqemulator: from the same entries the same rows as the reader of files makes.
//!
//! Needs Python with `bqemulator`: `SA_AUDIT_PYTHON` names the interpreter, else `python3`. Without it the test fails:
//! switched on, it must prove something.

use std::collections::BTreeMap;
use std::env;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;
use sa_audit::collect::Payer;
use sa_audit::gcp::backend::Backend as _;
use sa_audit::gcp::endpoints::Endpoints;
use sa_audit::gcp::google::Google;
use sa_audit::gcp::transport::{Settings, Transport};
use sa_audit::gcp::wire::{Proxy, Wire};
use sa_audit::model::call::Calls;
use sa_audit::model::coverage::Reading;
use sa_audit::model::usage::UsageSource;
use sa_audit::usage::Tables;
use sa_audit::usage::bigquery::{DatasetName, Options, scan};
use sa_audit::usage::logs::{self, PathSpec};
use serde_json::{Map, Value, json};

use crate::entries::entries;
use crate::tokens::tokens;

/// bqemulator on a port of its own; it ends with the test.
struct BigQuery {
    process: Child,
    base: String,
    wire: Wire,
}

impl Drop for BigQuery {
    fn drop(&mut self) {
        self.process.kill().expect("it runs until it is stopped");
        self.process.wait().expect("it has ended");
    }
}

impl BigQuery {
    async fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let python = env::var("SA_AUDIT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/support/bigquery_server.py"
        );
        let process = Command::new(&python)
            .args([script, &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{python} does not start: {error}; set SA_AUDIT_PYTHON")
            });
        let mut server = Self {
            process,
            base: format!("http://127.0.0.1:{port}"),
            wire: Wire::new(Proxy::default()),
        };
        loop {
            let ended = server.process.try_wait().expect("its state");
            assert!(
                ended.is_none(),
                "pip install bqemulator==1.4.0 duckdb==1.5.5 duckdb-extension-spatial==1.5.5 numpy for {python}"
            );
            let healthy = Request::get(format!("{}/healthz", server.base)).body(Bytes::new());
            if server.wire.send(healthy.expect("a request")).await.is_ok() {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    async fn post(&self, path: &str, body: &Value) {
        let request = Request::post(format!("{}/bigquery/v2/projects/audit/{path}", self.base))
            .header("content-type", "application/json")
            .header("content-length", body.to_string().len())
            .body(Bytes::from(body.to_string()));
        let response = self
            .wire
            .send(request.expect("a request"))
            .await
            .expect("an answer");
        let status = response.status();
        let said = response
            .into_body()
            .collect()
            .await
            .expect("a body")
            .to_bytes();
        let said = String::from_utf8_lossy(&said);
        let refused = said.contains("insertErrors")
            && !said.contains(r#""insertErrors":[]"#)
            && !said.contains(r#""insertErrors": []"#);
        assert!(status.is_success() && !refused, "{path}: {said}");
    }

    async fn dataset(&self, name: &str) {
        let body = json!({ "datasetReference": { "projectId": "audit", "datasetId": name } });
        self.post("datasets", &body).await;
    }

    async fn table(&self, dataset: &str, name: &str, schema: &Value, rows: &[Value]) {
        let reference = json!({ "projectId": "audit", "datasetId": dataset, "tableId": name });
        let body = json!({ "tableReference": reference, "schema": { "fields": schema } });
        self.post(&format!("datasets/{dataset}/tables"), &body)
            .await;
        let rows: Vec<Value> = rows.iter().map(|row| json!({ "json": row })).collect();
        let insert = format!("datasets/{dataset}/tables/{name}/insertAll");
        self.post(&insert, &json!({ "rows": rows })).await;
    }

    /// Returns what the program reads from the dataset.
    async fn read(&self, dataset: &str) -> Calls {
        let base = self.base.clone();
        let endpoints = Endpoints::from_variables(&|name| {
            (name == "CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGQUERY").then(|| base.clone())
        });
        let settings = Settings {
            endpoints: endpoints.expect("endpoints"),
            ..Settings::default()
        };
        let wire = Arc::new(Wire::new(Proxy::default()));
        let transport =
            Transport::new(wire, tokens(&["ya29.test"]), settings).expect("a transport");
        let options = Options {
            since: "2026-10-15T00:00:00Z".parse().expect("a time"),
            until: "2026-11-22T09:00:00Z".parse().expect("a time"),
            max_bytes: 1 << 40,
            tables: Tables::All,
        };
        let name = DatasetName::parse(&format!("audit.{dataset}")).expect("a dataset");
        let read = scan(
            &Google::new(transport),
            &Payer::default(),
            &name,
            &options,
            &mut |_| (),
        )
        .await;
        let read = read.expect("calls");
        assert_eq!(read.reading, Reading::Read, "{dataset}");
        let mut calls = read.calls;
        calls.windows.clear();
        calls
    }
}

/// Returns what the reader of files makes of the entries, as if `BigQuery` had told it.
fn expected(entries: &[Value]) -> Calls {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("logs.json");
    let lines: Vec<String> = entries.iter().map(Value::to_string).collect();
    std::fs::write(&path, lines.join("\n")).expect("a file");
    let read = logs::read(&[PathSpec::Path(path)], &logs::Options::default(), &|_| ());
    let mut calls = read.expect("logs").groups.into_calls();
    for caller in &mut calls.callers {
        caller.source = UsageSource::BigQuery;
    }
    for permission in &mut calls.permissions {
        permission.source = UsageSource::BigQuery;
    }
    calls.windows.clear();
    calls.sort();
    calls
}

fn field(name: &str, of: &str) -> Value {
    json!({ "name": name, "type": of, "mode": "NULLABLE" })
}

fn record(name: &str, fields: Vec<Value>) -> Value {
    json!({ "name": name, "type": "RECORD", "mode": "NULLABLE", "fields": fields })
}

fn repeated(name: &str, fields: Vec<Value>) -> Value {
    json!({ "name": name, "type": "RECORD", "mode": "REPEATED", "fields": fields })
}

/// Returns the columns of a table that hold an audit log; `name` turns a field's name into the table's.
fn columns(name: &dyn Fn(&str) -> String) -> Vec<Value> {
    let text = |field_name: &str| field(&name(field_name), "STRING");
    vec![
        text("serviceName"),
        text("methodName"),
        text("resourceName"),
        record(
            &name("authenticationInfo"),
            vec![
                text("principalEmail"),
                text("principalSubject"),
                text("serviceAccountKeyName"),
                repeated(
                    &name("serviceAccountDelegationInfo"),
                    vec![
                        record(&name("firstPartyPrincipal"), vec![text("principalEmail")]),
                        text("principalSubject"),
                    ],
                ),
            ],
        ),
        repeated(
            &name("authorizationInfo"),
            vec![
                text("permission"),
                text("resource"),
                field("granted", "BOOLEAN"),
            ],
        ),
        record(
            &name("requestMetadata"),
            vec![
                text("callerIp"),
                text("callerSuppliedUserAgent"),
                text("callerNetwork"),
            ],
        ),
        record("status", vec![field("code", "INTEGER"), text("message")]),
    ]
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Returns the value with the names of its fields in snake case.
fn in_snake_case(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (snake(name), in_snake_case(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(elements) => elements.iter().map(in_snake_case).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn labels() -> Value {
    let names = ["project_id", "email_id", "unique_id"];
    record("labels", names.map(|name| field(name, "STRING")).to_vec())
}

/// Returns the columns of a sink's table.
fn sink_schema() -> Value {
    let mut audit = columns(&str::to_owned);
    audit.extend([
        field("requestJson", "STRING"),
        field("responseJson", "STRING"),
    ]);
    json!([
        field("timestamp", "TIMESTAMP"),
        field("logName", "STRING"),
        record("resource", vec![field("type", "STRING"), labels()]),
        record("protopayload_auditlog", audit),
    ])
}

/// Returns the entry's audit log as a table holds it: what is repeated is there, if empty.
fn audit_log(entry: &Value) -> Map<String, Value> {
    let mut audit = entry["protoPayload"]
        .as_object()
        .expect("an object")
        .clone();
    audit.remove("@type");
    audit
        .entry("authorizationInfo")
        .or_insert_with(|| json!([]));
    let delegates = &mut audit["authenticationInfo"]["serviceAccountDelegationInfo"];
    if delegates.is_null() {
        *delegates = json!([]);
    }
    audit
}

/// Returns the row that a sink writes of an entry.
fn sink_row(entry: &Value) -> Value {
    let mut audit = audit_log(entry);
    for name in ["request", "response"] {
        if let Some(value) = audit.remove(name) {
            audit.insert(format!("{name}Json"), value.to_string().into());
        }
    }
    json!({
        "timestamp": entry["timestamp"], "logName": entry["logName"], "resource": entry["resource"],
        "protopayload_auditlog": audit,
    })
}

/// Returns the columns of Log Analytics' view.
fn analytics_schema() -> Value {
    let mut audit = columns(&snake);
    audit.extend([field("request", "JSON"), field("response", "JSON")]);
    json!([
        field("timestamp", "TIMESTAMP"),
        field("log_name", "STRING"),
        field("log_id", "STRING"),
        record("resource", vec![field("type", "STRING"), labels()]),
        record("proto_payload", vec![record("audit_log", audit)]),
    ])
}

/// Returns the row that Log Analytics shows of an entry.
fn analytics_row(entry: &Value) -> Value {
    let mut audit = audit_log(entry);
    let free = ["request", "response"].map(|name| (name, audit.remove(name)));
    let mut audit = in_snake_case(&audit.into());
    for (name, value) in free {
        if let Some(value) = value {
            audit[name] = value.to_string().into();
        }
    }
    json!({
        "timestamp": entry["timestamp"], "log_name": entry["logName"], "resource": entry["resource"],
        "log_id": format!("cloudaudit.googleapis.com/{}", log_of(entry)),
        "proto_payload": { "audit_log": audit },
    })
}

fn log_of(entry: &Value) -> &str {
    let name = entry["logName"].as_str().unwrap_or_default();
    name.rsplit("%2F").next().unwrap_or_default()
}

#[tokio::test]
async fn the_same_entries_give_the_same_rows_in_every_kind_of_table() {
    let entries = entries();
    let server = BigQuery::start().await;
    let (mut by_log, mut by_day) = (BTreeMap::new(), BTreeMap::new());
    for entry in &entries {
        let log = format!("cloudaudit_googleapis_com_{}", log_of(entry));
        let day = entry["timestamp"].as_str().expect("a time")[..10].replace('-', "");
        let row = sink_row(entry);
        by_day
            .entry(format!("{log}_{day}"))
            .or_insert_with(Vec::new)
            .push(row.clone());
        by_log.entry(log).or_insert_with(Vec::new).push(row);
    }
    for (dataset, tables) in [("partitioned", by_log), ("sharded", by_day)] {
        server.dataset(dataset).await;
        for (name, rows) in tables {
            server.table(dataset, &name, &sink_schema(), &rows).await;
        }
    }
    server.dataset("analytics").await;
    let rows: Vec<Value> = entries.iter().map(analytics_row).collect();
    server
        .table("analytics", "_AllLogs", &analytics_schema(), &rows)
        .await;

    let expected = expected(&entries);
    assert!(
        expected.callers.len() > 15 && expected.permissions.len() > 8 && expected.events.len() == 3
    );
    for dataset in ["partitioned", "sharded", "analytics"] {
        let calls = server.read(dataset).await;
        for (n, caller) in expected.callers.iter().enumerate() {
            assert_eq!(calls.callers.get(n), Some(caller), "{dataset}");
        }
        for (n, permission) in expected.permissions.iter().enumerate() {
            assert_eq!(calls.permissions.get(n), Some(permission), "{dataset}");
        }
        assert_eq!(calls, expected, "{dataset}");
    }
}

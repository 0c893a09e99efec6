//! `BigQuery`: tables, and recorded answers to queries, since no SQL runs here.
//!
//! A query is known by its first line, `-- NAME: …`, and by the table between backticks. The rows of its answer stand in
//! the estate under `bigquery.googleapis.com/projects/P/datasets/D/tables/T/queries/NAME`, as objects; each value's type
//! tells the column's, and text that is a time is a timestamp. A table's `numBytes` is what a query of it reads; shards
//! (`T_YYYYMMDD`) are read as one, by the wildcard `T_*`. A job that reads a GiB or more is not done with the first
//! answer.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{Call, Reply, without};
use crate::emulator::errors::Refusal;
use crate::emulator::index::{Element, Index};

const HOST: &str = "bigquery.googleapis.com";
/// Rows in a page, however many are asked for: `BigQuery` cuts at 20 MB.
const PAGE_ROWS: usize = 100;
/// A job that reads this many bytes takes longer than the first answer waits.
const SLOW_BYTES: u64 = 1 << 30;
/// The least that a query is billed for, and to what bytes are rounded up:
/// <https://cloud.google.com/bigquery/pricing#on_demand_pricing>.
const LEAST_BYTES: u64 = 10 << 20;
const MIB: u64 = 1 << 20;

/// Where the answer of a job stands.
#[derive(Debug, PartialEq, Eq)]
struct Job {
    project: String,
    dataset: String,
    table: String,
    query: String,
}

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let variable = |name: &str| call.route.variables.get(name).map_or("", String::as_str);
    let project = variable("projectId");
    if index.project_at(HOST, project).is_none() {
        let message = format!(
            "Access Denied: Project {project}: User does not have bigquery.jobs.create permission in project {project}."
        );
        return Err(refusal(403, "PERMISSION_DENIED", "accessDenied", &message));
    }
    match call.id() {
        "bigquery.tables.list" => {
            let tables = tables(index, project, variable("datasetId"))?;
            let shown = tables.iter().map(|table| without(table, &["numBytes"]));
            Ok(Reply::List(shown.collect()))
        }
        "bigquery.jobs.query" => query(index, call, project),
        _ => {
            let job = Job::of_id(variable("jobId")).ok_or_else(|| {
                let message = format!("Not found: Job {project}:{}", variable("jobId"));
                refusal(404, "NOT_FOUND", "notFound", &message)
            })?;
            results(index, project, &job, call.query.text("pageToken"))
        }
    }
}

/// Answers a job with its dry run, or with its first page, or with word that it is still running.
fn query(index: &Index, call: &Call<'_>, payer: &str) -> Result<Reply, Refusal> {
    let text = call.body["query"].as_str().unwrap_or_default();
    let job = Job::of_sql(text).ok_or_else(|| {
        let message = "No answer is recorded for this query.";
        refusal(400, "INVALID_ARGUMENT", "invalidQuery", message)
    })?;
    let bytes = bytes(index, &job)?;
    if call.body["dryRun"] == true {
        return Ok(one(json!({
            "kind": "bigquery#queryResponse", "jobComplete": true, "statementType": "SELECT",
            "totalBytesProcessed": bytes.to_string(), "schema": schema(&rows(index, &job)),
        })));
    }
    let billed = bytes.max(LEAST_BYTES).next_multiple_of(MIB);
    let limit = call.body["maximumBytesBilled"].as_str();
    if let Some(limit) = limit.filter(|limit| limit.parse().is_ok_and(|limit: u64| limit < billed))
    {
        let message =
            format!("Query exceeded limit for bytes billed: {limit}. {billed} or higher required.");
        return Err(refusal(
            400,
            "INVALID_ARGUMENT",
            "bytesBilledLimitExceeded",
            &message,
        ));
    }
    if bytes >= SLOW_BYTES {
        return Ok(one(json!({
            "kind": "bigquery#queryResponse", "jobComplete": false, "jobReference": job.reference(payer),
        })));
    }
    results(index, payer, &job, None)
}

/// Answers with a page of a job's result.
fn results(index: &Index, payer: &str, job: &Job, token: Option<&str>) -> Result<Reply, Refusal> {
    let rows = rows(index, job);
    let start = match token {
        None => 0,
        Some(token) => offset(token)
            .filter(|start| *start < rows.len())
            .ok_or_else(|| refusal(400, "INVALID_ARGUMENT", "invalid", "Invalid page token"))?,
    };
    let end = (start + PAGE_ROWS).min(rows.len());
    let schema = schema(&rows);
    let page: Vec<Value> = rows[start..end]
        .iter()
        .map(|row| cells(&schema, row))
        .collect();
    let mut said = json!({
        "kind": "bigquery#getQueryResultsResponse", "jobComplete": true, "jobReference": job.reference(payer),
        "schema": schema, "totalRows": rows.len().to_string(),
        "totalBytesProcessed": bytes(index, job)?.to_string(),
    });
    if !page.is_empty() {
        said["rows"] = page.into();
    }
    if end < rows.len() {
        said["pageToken"] = URL_SAFE_NO_PAD.encode(format!("rows from {end}")).into();
    }
    Ok(one(said))
}

fn offset(token: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix("rows from ")?.parse().ok()
}

impl Job {
    /// Returns the job that a query asks for; `None` where it names none.
    fn of_sql(text: &str) -> Option<Self> {
        let (query, _) = text.strip_prefix("-- ")?.split_once(':')?;
        let mut quoted = text.split('`').skip(1);
        let (table, more) = (quoted.next()?, quoted.nth(1));
        let (dataset, table) = table.rsplit_once('.').filter(|_| more.is_none())?;
        let (project, dataset) = dataset.rsplit_once('.')?;
        let owned = str::to_owned;
        Some(Self {
            project: owned(project),
            dataset: owned(dataset),
            table: owned(table),
            query: owned(query),
        })
    }

    fn of_id(id: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(id.strip_prefix("job_")?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let mut parts = text.split('/').map(str::to_owned);
        Some(Self {
            project: parts.next()?,
            dataset: parts.next()?,
            table: parts.next()?,
            query: parts.next()?,
        })
    }

    fn reference(&self, payer: &str) -> Value {
        let id = [&*self.project, &self.dataset, &self.table, &self.query].join("/");
        json!({ "projectId": payer, "jobId": format!("job_{}", URL_SAFE_NO_PAD.encode(id)), "location": "EU" })
    }

    fn is_of(&self, table: &Element) -> bool {
        let name = table.view()["tableReference"]["tableId"]
            .as_str()
            .unwrap_or_default();
        match self.table.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == self.table,
        }
    }
}

fn tables<'a>(
    index: &'a Index,
    project: &str,
    dataset: &str,
) -> Result<&'a [Arc<Element>], Refusal> {
    let tables = index.collection(&format!(
        "{HOST}/projects/{project}/datasets/{dataset}/tables"
    ));
    if tables.is_empty() {
        let message = format!("Not found: Dataset {project}:{dataset}");
        return Err(refusal(404, "NOT_FOUND", "notFound", &message));
    }
    Ok(tables)
}

/// Returns how much a job reads.
fn bytes(index: &Index, job: &Job) -> Result<u64, Refusal> {
    let tables = tables(index, &job.project, &job.dataset)?;
    let mut read = tables.iter().filter(|table| job.is_of(table)).peekable();
    if read.peek().is_none() {
        let message = format!(
            "Not found: Table {}:{}.{} was not found in location EU",
            job.project, job.dataset, job.table
        );
        return Err(refusal(404, "NOT_FOUND", "notFound", &message));
    }
    let sizes = read.filter_map(|table| table.text("numBytes")?.parse::<u64>().ok());
    Ok(sizes.sum())
}

fn rows(index: &Index, job: &Job) -> Vec<Map<String, Value>> {
    let key = format!(
        "{HOST}/projects/{}/datasets/{}/tables/{}/queries/{}",
        job.project, job.dataset, job.table, job.query
    );
    let rows = index.collection(&key).iter();
    rows.filter_map(|row| row.view().as_object().cloned())
        .collect()
}

/// Returns the schema of recorded rows: the columns of the first, each typed by its first value that is not null.
fn schema(rows: &[Map<String, Value>]) -> Value {
    let names = rows.first().into_iter().flat_map(Map::keys);
    let fields = names.map(|name| {
        let mut values = rows.iter().filter_map(|row| row.get(name));
        let value = values
            .find(|value| !value.is_null())
            .unwrap_or(&Value::Null);
        let (element, mode) = match value.as_array() {
            Some(elements) => (elements.first().unwrap_or(&Value::Null), "REPEATED"),
            None => (value, "NULLABLE"),
        };
        json!({ "name": name, "type": type_of(element), "mode": mode })
    });
    let fields: Vec<Value> = fields.collect();
    if fields.is_empty() {
        return json!({ "fields": [{ "name": "email", "type": "STRING", "mode": "NULLABLE" }] });
    }
    json!({ "fields": fields })
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "BOOLEAN",
        Value::Number(_) => "INTEGER",
        Value::String(text) if time(text).is_some() => "TIMESTAMP",
        Value::String(_) | Value::Null | Value::Array(_) | Value::Object(_) => "STRING",
    }
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    text.parse().ok()
}

/// Returns a row in `BigQuery`'s form, its cells in the order of the schema.
fn cells(schema: &Value, row: &Map<String, Value>) -> Value {
    let fields = schema["fields"].as_array().into_iter().flatten();
    let cells: Vec<Value> = fields
        .map(|field| {
            let name = field["name"].as_str().unwrap_or_default();
            let value = match row.get(name) {
                Some(Value::Array(elements)) => elements
                    .iter()
                    .map(|element| json!({ "v": cell(element) }))
                    .collect(),
                Some(value) => cell(value),
                None => Value::Null,
            };
            json!({ "v": value })
        })
        .collect();
    json!({ "f": cells })
}

/// Returns a value as `BigQuery` writes it: everything is text, a time is microseconds since 1970.
fn cell(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::String(text) => match time(text) {
            Some(at) => at.timestamp_micros().to_string().into(),
            None => text.as_str().into(),
        },
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string().into()
        }
    }
}

fn one(said: Value) -> Reply {
    Reply::One(Element::from_value(&said))
}

/// Returns an error with `BigQuery`'s own reason beside the canonical status.
///
/// Source: <https://cloud.google.com/bigquery/docs/error-messages>.
fn refusal(code: u16, status: &str, reason: &str, message: &str) -> Refusal {
    let error = json!({ "message": message, "domain": "global", "reason": reason });
    Refusal::json(
        code,
        json!({ "error": { "code": code, "message": message, "errors": [error], "status": status } }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_known_by_its_first_line_and_its_table() {
        let job = Job::of_sql("-- callers: who\nSELECT 1 FROM `example.com:a.d.t_*` AS t");
        let job = job.expect("a job");
        assert_eq!(
            (&*job.project, &*job.dataset, &*job.table, &*job.query),
            ("example.com:a", "d", "t_*", "callers")
        );
        let reference = job.reference("payer");
        let id = reference["jobId"].as_str().expect("an id");
        assert_eq!(Job::of_id(id), Some(job));
        for other in [
            "SELECT 1",
            "-- x: no table",
            "-- x: `t`",
            "-- x: `a.b.c` `d.e.f`",
        ] {
            assert_eq!(Job::of_sql(other), None, "{other}");
        }
    }

    #[test]
    fn rows_are_written_by_the_types_of_their_values() {
        let row = json!({ "n": 3, "at": "2026-11-01T10:00:00.5Z", "ok": true, "who": null, "ips": ["192.0.2.1"] });
        let rows = [row.as_object().expect("an object").clone()];
        let schema = schema(&rows);
        let types: Vec<&str> = schema["fields"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|field| field["type"].as_str())
            .collect();
        assert_eq!(
            types,
            ["TIMESTAMP", "STRING", "INTEGER", "BOOLEAN", "STRING"]
        );
        assert_eq!(
            cells(&schema, &rows[0]),
            json!({ "f": [
                { "v": "1793527200500000" }, { "v": [{ "v": "192.0.2.1" }] }, { "v": "3" }, { "v": "true" }, { "v": null },
            ] })
        );
    }
}

//! `BigQuery`: which tables of audit logs a dataset has, and the answers to questions about them.
//!
//! Nothing is written: there is no destination table, and a job runs a compiled statement or is refused before it is
//! sent. Source: <https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs>.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::Value;
use tokio::time::sleep;
use url::form_urlencoded;

use super::resources;
use crate::gcp::allow::checked_name;
use crate::gcp::apis::Api;
use crate::gcp::error::{Error, ErrorKind};
use crate::gcp::google::Google;
use crate::gcp::jobs::{self, QueryRequest};
use crate::gcp::paging::Listed;
use crate::gcp::rows::{self, Column};
use crate::gcp::statements::{self, DatasetName, Statement, Table};

/// Time between two questions whether a job has ended, beside the time that `BigQuery` itself waits.
const BETWEEN: Duration = Duration::from_secs(1);
/// How often is asked at most: longer than the job may run.
const MAX_POLLS: u32 = 7_200;
/// Pages read of one result at most.
const MAX_PAGES: usize = 10_000;
const RESULTS: &str = "bigquery.jobs.getQueryResults";

/// One statement over one table, for a stretch of time.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The project that pays for the job, by id.
    pub payer: &'a str,
    /// The dataset.
    pub dataset: &'a DatasetName,
    /// The table.
    pub table: Table,
    /// The statement.
    pub statement: Statement,
    /// From when on entries count.
    pub since: DateTime<Utc>,
    /// Before when.
    pub until: DateTime<Utc>,
}

/// What a dry run says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate {
    /// Bytes that the job would read.
    pub bytes: u64,
    /// What kind of statement `BigQuery` takes it for: `SELECT`.
    pub statement_type: String,
}

/// What was read of a job's result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// How many rows were understood.
    pub rows: u64,
    /// How many were not.
    pub malformed: u64,
    /// Bytes that were billed, or else read, where `BigQuery` says so.
    pub bytes: Option<u64>,
    /// Why the result is not whole.
    pub stopped: Option<Error>,
}

/// Returns the tables of audit logs in the dataset, each kind once, with how many tables it has.
///
/// Source: `bigquery.tables.list`; permission `bigquery.tables.list`.
pub async fn tables(google: &Google, dataset: &DatasetName) -> Listed<(Table, usize)> {
    let mut found: BTreeMap<Table, usize> = BTreeMap::new();
    let variables = [
        ("project", dataset.project()),
        ("dataset", dataset.dataset()),
    ];
    let read = resources::each(google, "bigquery.tables.list", &variables, &[], |table| {
        let name = table.pointer("/tableReference/tableId");
        if let Some(table) = name.and_then(Value::as_str).and_then(Table::of_name) {
            *found.entry(table).or_default() += 1;
        }
    })
    .await;
    Listed {
        items: found.into_iter().collect(),
        malformed: read.malformed,
        stopped: read.stopped,
    }
}

/// Returns what the job would read, and what kind of statement it is. Nothing runs, and nothing is billed.
///
/// Permissions: `bigquery.jobs.create` in the project that pays, `bigquery.tables.getData` on the table.
///
/// # Errors
/// Whatever `BigQuery` or the transport refuses.
pub async fn estimate(google: &Google, question: &Question<'_>) -> Result<Estimate, Error> {
    let said = post(google, question, None).await?;
    let text = |field: &str| said.get(field).and_then(Value::as_str);
    Ok(Estimate {
        bytes: number(&said, "totalBytesProcessed").unwrap_or_default(),
        statement_type: text("statementType").unwrap_or_default().to_owned(),
    })
}

/// Gives every row of the answer to `take` as its page arrives, an object by the names of the columns, until it returns
/// false; returns how the answer was read.
///
/// The job fails, and bills nothing, where it would bill more than `limit` bytes.
pub async fn run(
    google: &Google,
    question: &Question<'_>,
    limit: u64,
    mut take: impl FnMut(Value) -> bool + Send,
) -> Answer {
    let mut answer = Answer::default();
    if let Err(error) = read(google, question, limit, &mut answer, &mut take).await {
        answer.stopped = Some(error.on(jobs::QUERY, &target(question)));
    }
    answer
}

async fn read(
    google: &Google,
    question: &Question<'_>,
    limit: u64,
    answer: &mut Answer,
    take: &mut (impl FnMut(Value) -> bool + Send),
) -> Result<(), Error> {
    let mut said = post(google, question, Some(limit)).await?;
    let mut columns: Option<Vec<Column>> = None;
    let mut seen = HashSet::new();
    let mut polls = 0;
    loop {
        while said.get("jobComplete").and_then(Value::as_bool) != Some(true) {
            polls += 1;
            if polls > MAX_POLLS {
                return Err(Error::new(ErrorKind::Server, "the job does not end"));
            }
            sleep(BETWEEN).await;
            said = results(google, question, &said, None).await?;
        }
        answer.bytes = answer
            .bytes
            .or_else(|| number(&said, "totalBytesBilled"))
            .or_else(|| number(&said, "totalBytesProcessed"));
        if columns.is_none() {
            columns = Some(schema(&said)?);
        }
        for row in said
            .get("rows")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            match rows::object(columns.as_deref().unwrap_or_default(), row) {
                None => answer.malformed += 1,
                Some(row) => {
                    answer.rows += 1;
                    if !take(row) {
                        return Ok(());
                    }
                }
            }
        }
        let token = said.get("pageToken").and_then(Value::as_str);
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Ok(());
        };
        if !seen.insert(token.to_owned()) || seen.len() > MAX_PAGES {
            return Err(Error::new(
                ErrorKind::EndlessList,
                "a page token came twice",
            ));
        }
        let token = token.to_owned();
        said = results(google, question, &said, Some(&token)).await?;
    }
}

/// Returns the columns of an answer.
///
/// # Errors
/// [`ErrorKind::BadRequest`] where `BigQuery` has ended the job with an error, [`ErrorKind::Malformed`] where the schema
/// makes no sense.
fn schema(said: &Value) -> Result<Vec<Column>, Error> {
    let columns = said.get("schema").and_then(rows::columns);
    match columns {
        Some(columns) if !columns.is_empty() => Ok(columns),
        Some(_) | None => Err(
            match said.pointer("/errors/0/message").and_then(Value::as_str) {
                Some(message) => Error::new(ErrorKind::BadRequest, message),
                None => Error::new(ErrorKind::Malformed, "a result without columns"),
            },
        ),
    }
}

/// Returns `BigQuery`'s first answer to a job; without a limit it is a dry run.
async fn post(
    google: &Google,
    question: &Question<'_>,
    limit: Option<u64>,
) -> Result<Value, Error> {
    let at = target(question);
    let odd =
        || Error::new(ErrorKind::NotAllowed, "not the name of a project").on(jobs::QUERY, &at);
    let sql = statements::sql(question.statement, question.dataset, question.table);
    let stretch = (question.since, question.until);
    let body = QueryRequest::new(sql, stretch, question.table.is_sharded(), limit);
    let body = serde_json::to_vec(&body).map_err(|_| odd())?;
    checked_name(jobs::QUERY, question.payer)?;
    let uri = format!(
        "https://{}/bigquery/v2/projects/{}/queries",
        Api::BigQuery.host(),
        question.payer
    );
    let request = Request::post(uri)
        .header(CONTENT_TYPE, "application/json")
        .body(Bytes::from(body))
        .map_err(|_| odd())?;
    send(google, request)
        .await
        .map_err(|error| error.on(jobs::QUERY, &at))
}

/// Returns a page of a job's result, the first without a token; `said` is an answer that names the job.
async fn results(
    google: &Google,
    question: &Question<'_>,
    said: &Value,
    token: Option<&str>,
) -> Result<Value, Error> {
    let job = |field: &str| {
        said.pointer(&format!("/jobReference/{field}"))
            .and_then(Value::as_str)
    };
    let id = job("jobId").ok_or_else(|| Error::new(ErrorKind::Malformed, "a job without an id"))?;
    checked_name(RESULTS, id)?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("formatOptions.useInt64Timestamp", "true");
    query.append_pair("maxResults", &jobs::PAGE_ROWS.to_string());
    query.append_pair("timeoutMs", &jobs::WAIT_MILLISECONDS.to_string());
    for (name, value) in [("location", job("location")), ("pageToken", token)] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let uri = format!(
        "https://{}/bigquery/v2/projects/{}/queries/{id}?{}",
        Api::BigQuery.host(),
        question.payer,
        query.finish()
    );
    let request = Request::get(uri)
        .body(Bytes::new())
        .map_err(|_| Error::new(ErrorKind::Malformed, "a job's id that is none"))?;
    send(google, request).await
}

async fn send(google: &Google, request: Request<Bytes>) -> Result<Value, Error> {
    let answer = google.transport().send(request).await?;
    serde_json::from_slice(answer.body())
        .map_err(|_| Error::new(ErrorKind::Malformed, "JSON that no value can hold"))
}

/// Returns what a job asks, for messages: the table, and the project that pays.
fn target(question: &Question<'_>) -> String {
    format!(
        "{} of {}.{} (paid by {})",
        question.statement.name(),
        question.dataset,
        question.table.id(),
        question.payer
    )
}

fn number(said: &Value, field: &str) -> Option<u64> {
    said.get(field)?.as_str()?.parse().ok()
}

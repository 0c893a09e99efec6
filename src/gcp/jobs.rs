//! The body of a query job, and which bodies may be sent: part of the allow list (`allow.rs`).
//!
//! Source: <https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query#QueryRequest>.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::statements;

/// The method whose body is checked.
pub(super) const QUERY: &str = "bigquery.jobs.query";

/// How long `BigQuery` waits for a job's end before it answers that the job is still running, milliseconds. It must fit
/// into the time of one attempt.
pub(super) const WAIT_MILLISECONDS: u32 = 10_000;
/// When `BigQuery` ends a job that nobody waits for any more, milliseconds.
const JOB_MILLISECONDS: u32 = 2 * 60 * 60 * 1_000;
/// Rows in a page. `BigQuery`'s own limit is 20 MB.
pub(super) const PAGE_ROWS: u32 = 10_000;

/// A query job: only fields that write nothing.
///
/// There is no destination table, no session and no label in it, and a field that is not here is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct QueryRequest {
    query: String,
    use_legacy_sql: bool,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    maximum_bytes_billed: Option<String>,
    parameter_mode: String,
    query_parameters: Vec<QueryParameter>,
    format_options: FormatOptions,
    max_results: u32,
    timeout_ms: u32,
    job_timeout_ms: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QueryParameter {
    name: String,
    parameter_type: ParameterType,
    parameter_value: ParameterValue,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterType {
    r#type: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterValue {
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FormatOptions {
    use_int64_timestamp: bool,
}

impl QueryRequest {
    /// Returns the job that runs `sql` over the stretch from `since` until before `until`, and fails rather than bill
    /// more than that many bytes; without a limit, it is a dry run.
    ///
    /// The days of the shards go one further on each side, since a sink files late entries by its own clock.
    pub(super) fn new(
        sql: String,
        (since, until): (DateTime<Utc>, DateTime<Utc>),
        sharded: bool,
        limit: Option<u64>,
    ) -> Self {
        let moment = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M:%S%.6f+00:00").to_string();
        let day = |at: DateTime<Utc>| at.format("%Y%m%d").to_string();
        let one = chrono::TimeDelta::days(1);
        let mut query_parameters = vec![
            parameter("since", "TIMESTAMP", moment(since)),
            parameter("until", "TIMESTAMP", moment(until)),
        ];
        if sharded {
            let first = since.checked_sub_signed(one).unwrap_or(since);
            let last = until.checked_add_signed(one).unwrap_or(until);
            query_parameters.push(parameter("first_day", "STRING", day(first)));
            query_parameters.push(parameter("last_day", "STRING", day(last)));
        }
        Self {
            query: sql,
            use_legacy_sql: false,
            dry_run: limit.is_none(),
            maximum_bytes_billed: limit.map(|bytes| bytes.to_string()),
            parameter_mode: "NAMED".to_owned(),
            query_parameters,
            format_options: FormatOptions {
                use_int64_timestamp: true,
            },
            max_results: PAGE_ROWS,
            timeout_ms: WAIT_MILLISECONDS,
            job_timeout_ms: JOB_MILLISECONDS.to_string(),
        }
    }
}

fn parameter(name: &str, of: &str, value: String) -> QueryParameter {
    QueryParameter {
        name: name.to_owned(),
        parameter_type: ParameterType {
            r#type: of.to_owned(),
        },
        parameter_value: ParameterValue { value },
    }
}

/// Returns whether the body may be sent: a job of a compiled statement in standard SQL, which is a dry run or bounded.
pub(super) fn may_be_sent(body: &[u8]) -> bool {
    let bounded = |limit: &String| limit.parse::<u64>().is_ok_and(|bytes| bytes > 0);
    serde_json::from_slice::<QueryRequest>(body).is_ok_and(|job| {
        !job.use_legacy_sql
            && (job.dry_run || job.maximum_bytes_billed.as_ref().is_some_and(bounded))
            && statements::is_known(&job.query)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::gcp::statements::{DatasetName, Statement, Table, sql};

    fn job(limit: Option<u64>) -> Value {
        let dataset = DatasetName::parse("acme-logs.audit").expect("a dataset");
        let text = sql(Statement::Events, &dataset, Table::ActivityShards);
        let at = |text: &str| text.parse().expect("a time");
        let stretch = (at("2026-09-01T12:00:00.25Z"), at("2026-11-30T00:00:00Z"));
        serde_json::to_value(QueryRequest::new(text, stretch, true, limit)).expect("JSON")
    }

    fn sent(body: &Value) -> bool {
        may_be_sent(body.to_string().as_bytes())
    }

    #[test]
    fn a_job_is_bounded_by_bytes_and_days() {
        let mut body = job(Some(1 << 40));
        body["query"] = Value::Null;
        insta::assert_snapshot!(body, @r#"{"dryRun":false,"formatOptions":{"useInt64Timestamp":true},"jobTimeoutMs":"7200000","maxResults":10000,"maximumBytesBilled":"1099511627776","parameterMode":"NAMED","query":null,"queryParameters":[{"name":"since","parameterType":{"type":"TIMESTAMP"},"parameterValue":{"value":"2026-09-01 12:00:00.250000+00:00"}},{"name":"until","parameterType":{"type":"TIMESTAMP"},"parameterValue":{"value":"2026-11-30 00:00:00.000000+00:00"}},{"name":"first_day","parameterType":{"type":"STRING"},"parameterValue":{"value":"20260831"}},{"name":"last_day","parameterType":{"type":"STRING"},"parameterValue":{"value":"20261201"}}],"timeoutMs":10000,"useLegacySql":false}"#);
    }

    #[test]
    fn dry_runs_and_bounded_jobs_may_be_sent() {
        assert!(sent(&job(None)));
        assert!(sent(&job(Some(1))));
    }

    #[test]
    fn nothing_else_may_be_sent() {
        let changes: [(&str, Value); 9] = [
            ("query", json!("SELECT 1")),
            ("query", json!("DROP TABLE `acme-logs.audit.t`")),
            ("useLegacySql", json!(true)),
            ("maximumBytesBilled", json!("0")),
            ("maximumBytesBilled", json!("-1")),
            ("maximumBytesBilled", Value::Null),
            ("destinationTable", json!({ "tableId": "t" })),
            ("createSession", json!(true)),
            ("labels", json!({ "a": "b" })),
        ];
        for (field, value) in changes {
            let mut body = job(Some(1));
            body[field] = value.clone();
            assert!(!sent(&body), "{field}: {value}");
        }
        assert!(!may_be_sent(b""));
        assert!(!may_be_sent(b"{}"));
    }
}

//! Audit logs in `BigQuery` → who called, which permissions were used on what, what happened to accounts and keys.
//!
//! For any size of organization: the grouping runs in `BigQuery`, only groups come back, and become the same rows as those
//! that the reader of files (`usage/logs`) makes of the same entries. The SQL lies beside this file; `gcp/statements.rs`
//! puts it together and lets no other pass.
//!
//! Each statement runs dry first: `BigQuery` then says what it would read, and the caller is told before anything is
//! billed. Source: <https://cloud.google.com/logging/docs/export/bigquery>.

mod groups;
mod plan;
mod row;

use chrono::{DateTime, Utc};

use crate::collect::Payer;
use crate::gcp::api::bigquery::{self, Question};
use crate::gcp::error::{Error as GoogleError, ErrorKind};
use crate::gcp::google::Google;
pub use crate::gcp::statements::DatasetName;
use crate::gcp::statements::{Statement, Table};
use crate::model::call::{Calls, LogWindow};
use crate::model::coverage::Reading;
use crate::model::usage::{Period, UsageSource};
use crate::usage::Tables;

use groups::Groups;
pub use plan::{Plan, Step};

/// Bytes that are read at most unless the user says otherwise: 1 TiB, what Google gives away each month.
pub const DEFAULT_MAX_BYTES: u64 = 1 << 40;

/// What a query is billed for at least, which its dry run does not tell:
/// <https://cloud.google.com/bigquery/pricing#on_demand_pricing>.
const LEAST_BILLED: u64 = 10 << 20;

/// The most groups that are kept of all answers together: about 1 GB of them.
const MAX_GROUPS: usize = 2_000_000;

/// What to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// From when on entries count, UTC.
    pub since: DateTime<Utc>,
    /// Before when: the moment of the scan, UTC.
    pub until: DateTime<Utc>,
    /// Bytes that all queries together may bill, `--max-bytes`.
    pub max_bytes: u64,
    /// What is asked for.
    pub tables: Tables,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// What the logs say, sorted.
    pub calls: Calls,
    /// How the reading ended.
    pub reading: Reading,
}

/// Why nothing was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A text that names no dataset.
    #[error("bigquery:{name}: no such name of a dataset; it is bigquery:PROJECT.DATASET")]
    NotADataset {
        /// The text.
        name: String,
    },
    /// A failure with which every other call would end too.
    #[error(transparent)]
    Google(#[from] GoogleError),
    /// The dataset has no table of audit logs.
    #[error(
        "{dataset} has no table of audit logs: neither cloudaudit_googleapis_com_activity or _data_access (of a sink), nor _AllLogs (of Log Analytics)"
    )]
    NoTables {
        /// The dataset.
        dataset: DatasetName,
    },
    /// `BigQuery` would read more than is allowed.
    #[error(
        "the queries over {dataset} need {needed} bytes, more than the {allowed} that are allowed; give --max-bytes {needed} to allow it, or a later --since"
    )]
    TooManyBytes {
        /// The dataset.
        dataset: DatasetName,
        /// Bytes that would do.
        needed: u64,
        /// Bytes that were allowed.
        allowed: u64,
    },
    /// `BigQuery` takes a statement for something that is no question.
    #[error(
        "BigQuery takes the {statement} query for a statement of the kind {found}, not SELECT; it was not run"
    )]
    NotSelect {
        /// What the statement asks for.
        statement: &'static str,
        /// What `BigQuery` says that it is; empty where it does not say.
        found: String,
    },
}

/// Returns what the dataset's tables of audit logs say; `tell` is told what will be read before anything is billed.
///
/// Jobs run in the quota project, or else in the dataset's own. Permissions: `bigquery.jobs.create` there,
/// `bigquery.tables.list` and `bigquery.tables.getData` on the dataset. What `BigQuery` refuses is a gap in
/// [`Read::reading`], which then also tells of the worst of several.
///
/// # Errors
/// [`Error`]: nothing that was asked for can be read, or it costs more than is allowed.
pub async fn scan(
    google: &Google,
    payer: &Payer,
    dataset: &DatasetName,
    options: &Options,
    tell: &mut (dyn FnMut(&Plan) + Send),
) -> Result<Read, Error> {
    let listed = bigquery::tables(google, dataset).await;
    let mut reading = Reading::Read;
    let mut malformed = listed.malformed as u64;
    if let Some(error) = &listed.stopped {
        let gap = payer.gap(error, None)?;
        if listed.items.is_empty() {
            return Ok(nothing(gap));
        }
        reading = truncated(error);
    }
    let tables: Vec<Table> = listed.items.iter().map(|(table, _)| *table).collect();
    if tables.is_empty() {
        return Err(Error::NoTables {
            dataset: dataset.clone(),
        });
    }

    let asking = Asking {
        google,
        payer,
        paying: payer.quota_project.as_deref().unwrap_or(dataset.project()),
        dataset,
        options,
    };
    let mut plan = Plan::new(dataset, options.max_bytes);
    for (table, statement) in questions(&tables, options.tables) {
        match asking.estimate(table, statement).await? {
            Ok(step) => plan.steps.push(step),
            Err(gap) => reading = reading.max(gap),
        }
    }
    if plan.bytes() > options.max_bytes {
        return Err(Error::TooManyBytes {
            dataset: dataset.clone(),
            needed: plan.bytes(),
            allowed: options.max_bytes,
        });
    }
    tell(&plan);

    let mut groups = Groups::new(MAX_GROUPS);
    let mut left = options.max_bytes;
    for (at, step) in plan.steps.iter().enumerate() {
        let answer = asking.run(step, left, &mut groups).await;
        malformed += answer.malformed;
        match (&answer.stopped, answer.bytes) {
            (_, Some(bytes)) => left = left.saturating_sub(bytes),
            (None, None) => left = left.saturating_sub(step.bytes),
            // What fails before its first page is not billed.
            (Some(_), None) => {}
        }
        if let Some(error) = &answer.stopped {
            if let Some(needed) = bytes_needed(error) {
                let later = plan.steps[at + 1..].iter();
                let later = later.map(|step| step.bytes.max(LEAST_BILLED));
                let spent = options.max_bytes - left;
                return Err(Error::TooManyBytes {
                    dataset: dataset.clone(),
                    needed: later.fold(spent.saturating_add(needed), u64::saturating_add),
                    allowed: options.max_bytes,
                });
            }
            let gap = payer.gap(error, None)?;
            reading = reading.max(if answer.rows > 0 {
                truncated(error)
            } else {
                gap
            });
        }
    }
    malformed += groups.malformed;
    if malformed > 0 {
        reading = reading.max(Reading::Malformed { count: malformed });
    }
    if groups.is_full() {
        reading = reading.max(Reading::Truncated {
            message: format!("more than {MAX_GROUPS} groups; the rest was left out"),
        });
    }
    Ok(Read {
        calls: calls(groups, options),
        reading,
    })
}

/// Returns the statements to run over the tables. Keys and accounts come and go in the activity log alone.
fn questions(tables: &[Table], wanted: Tables) -> Vec<(Table, Statement)> {
    let of_one = |table: &Table| match table {
        _ if wanted == Tables::Callers => vec![Statement::Callers],
        Table::Activity | Table::ActivityShards | Table::AllLogs => {
            vec![
                Statement::Callers,
                Statement::Permissions,
                Statement::Events,
            ]
        }
        Table::DataAccess | Table::DataAccessShards => {
            vec![Statement::Callers, Statement::Permissions]
        }
    };
    // A linked dataset has nothing but views of the same bucket.
    let tables = match tables.contains(&Table::AllLogs) {
        true => &[Table::AllLogs],
        false => tables,
    };
    tables
        .iter()
        .flat_map(|table| {
            of_one(table)
                .into_iter()
                .map(|statement| (*table, statement))
        })
        .collect()
}

/// What all questions of one scan have in common.
struct Asking<'a> {
    google: &'a Google,
    payer: &'a Payer,
    paying: &'a str,
    dataset: &'a DatasetName,
    options: &'a Options,
}

impl<'a> Asking<'a> {
    fn question(&self, table: Table, statement: Statement) -> Question<'a> {
        Question {
            payer: self.paying,
            dataset: self.dataset,
            table,
            statement,
            since: self.options.since,
            until: self.options.until,
        }
    }

    /// Returns the step that the statement would be, or the gap that it leaves.
    async fn estimate(
        &self,
        table: Table,
        statement: Statement,
    ) -> Result<Result<Step, Reading>, Error> {
        let mut statement = statement;
        let mut dry = bigquery::estimate(self.google, &self.question(table, statement)).await;
        // The column comes with the first call that fails.
        if statement == Statement::Events && dry.as_ref().is_err_and(lacks_status) {
            statement = Statement::EventsWithoutStatus;
            dry = bigquery::estimate(self.google, &self.question(table, statement)).await;
        }
        let estimate = match dry {
            Ok(estimate) => estimate,
            Err(error) => return Ok(Err(self.payer.gap(&error, None)?)),
        };
        if estimate.statement_type != "SELECT" {
            return Err(Error::NotSelect {
                statement: statement.name(),
                found: estimate.statement_type,
            });
        }
        Ok(Ok(Step {
            table,
            statement,
            bytes: estimate.bytes,
        }))
    }

    /// Runs the step; its rows go to `groups`.
    async fn run(&self, step: &Step, limit: u64, groups: &mut Groups) -> bigquery::Answer {
        let question = self.question(step.table, step.statement);
        bigquery::run(self.google, &question, limit.max(1), |row| {
            match step.statement {
                Statement::Callers => groups.caller(row),
                Statement::Permissions => groups.permission(row),
                Statement::Events | Statement::EventsWithoutStatus => groups.event(row),
            }
        })
        .await
    }
}

/// Returns what the groups say, with the stretch that was asked about.
fn calls(groups: Groups, options: &Options) -> Calls {
    let entries = groups.entries;
    let mut calls = groups.into_calls();
    calls.windows.push(LogWindow {
        source: UsageSource::BigQuery,
        project: None,
        period: Period {
            from: options.since.min(options.until),
            to: options.until,
        },
        entries,
    });
    calls.sort();
    calls
}

fn nothing(reading: Reading) -> Read {
    Read {
        calls: Calls::default(),
        reading,
    }
}

fn truncated(error: &GoogleError) -> Reading {
    Reading::Truncated {
        message: error.to_string(),
    }
}

/// Returns whether the table has no column for the status of a call:
/// `Field name status does not exist in STRUCT<…>`.
fn lacks_status(error: &GoogleError) -> bool {
    *error.kind() == ErrorKind::BadRequest
        && error.message().contains("Field name status does not exist")
}

/// Returns the bytes that would do, of a job that would bill more than its limit:
/// `Query exceeded limit for bytes billed: 1000000. 10485760 or higher required.`
///
/// A dry run does not tell: what is billed is rounded up for each table.
fn bytes_needed(error: &GoogleError) -> Option<u64> {
    let (_, told) = error
        .message()
        .split_once("exceeded limit for bytes billed: ")?;
    let (_, needed) = told.split_once(". ")?;
    needed.split_once(" or higher")?.0.trim().parse().ok()
}

//! Sources of last use and of calls → facts and coverage, one file a source.
//!
//! Every source has one or both of two functions of one shape. What it says of a project it says project by project; what
//! it says of folders, organizations or of everything at once, it says of the scope:
//! ```text
//!  of_project(asking, project, inventory) → facts with their coverage
//!  of_scope(asking, extent, tell)         → facts with their coverage
//! ```
//! Exported logs need nobody to be asked: [`of_files`].
//!
//! That an API is off is a gap, wherever it is off, but for Policy Analyzer's: see [`Payer`].

pub mod bigquery;
mod logging;
pub mod logs;
mod monitoring;
mod policy_analyzer;
mod recommender;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join3;

use crate::collect::{InScope, Payer};
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::coverage::Dataset;
use crate::model::project::{Parent, Project};
use crate::model::scope::{Root, ScanScope, Scope};
use crate::model::snapshot::Facts;
use crate::model::source::SourceSpec;

use bigquery::DatasetName;
use logs::PathSpec;

/// For how long back a sink's tables are read where the user does not say: what the rules ask about, and no more, since it
/// is paid for by the byte.
const TABLES_WINDOW: TimeDelta = TimeDelta::days(90);

/// With what every source is asked.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// Google's APIs.
    pub google: &'a Google,
    /// The project that pays for the calls.
    pub payer: &'a Payer,
    /// "Now": nothing later is asked for.
    pub at: DateTime<Utc>,
    /// From when on calls are read through the Logging API.
    pub since: DateTime<Utc>,
    /// What of audit logs is asked for.
    pub tables: Tables,
}

/// What of audit logs is asked for, of the three tables that they give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tables {
    /// Callers, permissions, and what happened to accounts and keys.
    All,
    /// Callers alone: less to read, and less to pay.
    Callers,
}

/// For how long back the Logging API is read where the user does not say: as long as Data Access logs are kept by default.
const LOGGING_WINDOW: TimeDelta = TimeDelta::days(30);

impl<'a> Asking<'a> {
    /// Returns that with which every source is asked, of a scan at `at`; `since` is never later.
    #[must_use]
    pub fn new(
        google: &'a Google,
        payer: &'a Payer,
        at: DateTime<Utc>,
        since: Option<DateTime<Utc>>,
    ) -> Self {
        let since = since.unwrap_or_else(|| before(at, LOGGING_WINDOW)).min(at);
        Self {
            google,
            payer,
            at,
            since,
            tables: Tables::All,
        }
    }

    /// Returns the same for callers alone.
    #[must_use]
    pub fn for_callers(self) -> Self {
        Self {
            tables: Tables::Callers,
            ..self
        }
    }
}

/// Refuses the name of a dataset that is none. To be asked before anything else: it takes no credentials.
///
/// # Errors
/// The first such name.
pub fn check_names(sources: &[SourceSpec]) -> Result<(), bigquery::Error> {
    for source in sources {
        if let SourceSpec::BigQuery(name) = source {
            dataset_name(name)?;
        }
    }
    Ok(())
}

fn dataset_name(name: &str) -> Result<DatasetName, bigquery::Error> {
    DatasetName::parse(name).ok_or_else(|| bigquery::Error::NotADataset {
        name: name.to_owned(),
    })
}

/// What the sources are asked about that is more than one project.
#[derive(Debug, Clone)]
pub struct Extent<'a> {
    /// The projects in scope.
    pub projects: &'a [Project],
    /// The folders and organizations in scope: the roots, and the folders below them. What stands above is left out: what
    /// was not asked for is no gap.
    pub containers: Vec<Parent>,
}

impl<'a> Extent<'a> {
    /// Returns the extent of a scope whose projects and folders are listed.
    #[must_use]
    pub fn of(scope: &ScanScope, listed: &'a InScope) -> Self {
        let roots = scope.roots.iter().filter_map(|root| match root {
            Root::Organization(id) => Some(Parent::Organization(id.clone())),
            Root::Folder(id) => Some(Parent::Folder(id.clone())),
            Root::Project(_) => None,
        });
        let mut containers: Vec<Parent> = roots.collect();
        let mut at = 0;
        while let Some(above) = containers.get(at).cloned() {
            let below = listed
                .folders
                .iter()
                .filter(|folder| folder.parent.as_ref() == Some(&above))
                .map(|folder| Parent::Folder(folder.id.clone()));
            let new: Vec<Parent> = below.filter(|below| !containers.contains(below)).collect();
            containers.extend(new);
            at += 1;
        }
        containers.sort();
        Self {
            projects: &listed.projects,
            containers,
        }
    }
}

/// Returns what the sources say of one project, and how each read ended.
///
/// `inventory` holds the project's accounts and keys.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn of_project(
    asking: Asking<'_>,
    sources: &[SourceSpec],
    project: &Project,
    inventory: &Facts,
) -> Result<Facts, Error> {
    let (analyzed, counted, advised) = try_join3(
        async {
            if sources.contains(&SourceSpec::PolicyAnalyzer) {
                policy_analyzer::of_project(asking, project, inventory).await
            } else {
                Ok(policy_analyzer::skipped(project))
            }
        },
        async {
            if sources.contains(&SourceSpec::Monitoring) {
                monitoring::of_project(asking, project, inventory).await
            } else {
                Ok(Facts::default())
            }
        },
        async {
            if sources.contains(&SourceSpec::Recommender) {
                recommender::of_project(asking, project, inventory).await
            } else {
                Ok(Facts::default())
            }
        },
    )
    .await?;
    let mut facts = analyzed;
    facts.absorb(counted);
    facts.absorb(advised);
    Ok(facts)
}

/// Returns what the sources say of the scope beside its projects, and how each read ended; `tell` hears what takes long.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn of_scope(
    asking: Asking<'_>,
    sources: &[SourceSpec],
    extent: &Extent<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<Facts, Error> {
    let mut facts = Facts::default();
    if sources.contains(&SourceSpec::Recommender) {
        facts.absorb(recommender::of_scope(asking, extent).await?);
    }
    if sources.contains(&SourceSpec::Logging) {
        facts.absorb(logging::of_scope(asking, extent, tell).await?);
    }
    Ok(facts)
}

/// Returns what the exported logs among the sources say, and how they were read; without `since`, all of them. It blocks.
///
/// # Errors
/// Where there is nothing of a name, or a pattern fits nothing.
pub fn of_files(
    sources: &[SourceSpec],
    since: Option<DateTime<Utc>>,
) -> Result<Facts, logs::Error> {
    let paths: Vec<PathSpec> = sources
        .iter()
        .filter_map(|source| Some(source.exported()?.as_os_str().into()))
        .collect();
    if paths.is_empty() {
        return Ok(Facts::default());
    }
    let options = logs::Options {
        filter: logs::Filter {
            since,
            ..logs::Filter::default()
        },
        ..logs::Options::default()
    };
    let read = logs::read(&paths, &options, &|_| ())?;
    let coverage = read.coverage();
    Ok(Facts {
        calls: read.groups.into_calls(),
        coverage,
        ..Facts::default()
    })
}

/// Returns what the sinks' tables among the sources say, and how they were read; `max_bytes` are what each dataset's
/// queries may bill, and `tell` hears what they will read before they run.
///
/// # Errors
/// Where a name is none of a dataset's, where there is nothing in it, where it costs more than is allowed, and where every
/// further call would fail in the same way.
pub async fn of_tables(
    asking: Asking<'_>,
    sources: &[SourceSpec],
    since: Option<DateTime<Utc>>,
    max_bytes: u64,
    tell: &mut (dyn FnMut(&str) + Send),
) -> Result<Facts, bigquery::Error> {
    let mut facts = Facts::default();
    let options = bigquery::Options {
        since: since.unwrap_or_else(|| before(asking.at, TABLES_WINDOW)),
        until: asking.at,
        max_bytes,
        tables: asking.tables,
    };
    for source in sources {
        let SourceSpec::BigQuery(name) = source else {
            continue;
        };
        let dataset = dataset_name(name)?;
        let tell = &mut |plan: &bigquery::Plan| tell(&plan.to_string());
        let read = bigquery::scan(asking.google, asking.payer, &dataset, &options, tell).await?;
        facts.calls.absorb(read.calls);
        facts
            .coverage
            .record(Scope::Caller, Dataset::AuditLogs, read.reading);
    }
    Ok(facts)
}

/// Returns the moment so long before another; the begin of time where there is none.
fn before(at: DateTime<Utc>, length: TimeDelta) -> DateTime<Utc> {
    at.checked_sub_signed(length)
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

//! Takes a snapshot: everything in scope, project by project. `scan`, `demo`, tests and benchmarks all come through here.

use std::collections::BTreeSet;
use std::thread;
use std::time::Instant;

use chrono::{DateTime, SubsecRound as _, Utc};
use futures_util::future::{try_join, try_join3};
use futures_util::stream::{self, StreamExt as _};
use globset::{Glob, GlobSet, GlobSetBuilder};
use tokio::sync::oneshot;

use crate::collect::assets::{Assets, Via, assets};
use crate::collect::attachments::attachments;
use crate::collect::{InScope, Payer, access, inherited, inventory, projects, roles};
use crate::error::{Error, Result};
use crate::gcp;
use crate::gcp::google::Google;
use crate::model::coverage::{Coverage, Dataset};
use crate::model::names::ProjectId;
use crate::model::project::Project;
use crate::model::scope::{LeftOut, Root, ScanScope};
use crate::model::snapshot::{Facts, Header, Snapshot, Statistics};
use crate::model::source::{Since, SourceSpec};
use crate::store::Unfinished;
use crate::usage::bigquery::Error as TablesError;
use crate::usage::{self, Asking, Extent};

use super::TOOL;

/// Projects read at once; the transport has the last word on requests.
const ABREAST: usize = 32;

/// What a scan is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What to look at.
    pub scope: ScanScope,
    /// The route to accounts, policies and the resources that name accounts.
    pub via: Via,
    /// The sources of last use and of calls to read, sorted.
    pub sources: Vec<SourceSpec>,
    /// From when on calls are read in audit logs; `None`: 30 days through the Logging API, and exported logs whole.
    pub since: Option<Since>,
    /// Bytes that `BigQuery` may bill for each dataset.
    pub max_bytes: u64,
    /// "Now"; `None`: the clock's. With a "now" of the user's, equal estates give equal snapshots.
    pub now: Option<DateTime<Utc>>,
}

/// A connection to Google, and who pays for its calls.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Google's APIs.
    pub google: Google,
    /// The project that pays.
    pub payer: Payer,
}

/// Watches a scan.
pub trait Observer {
    /// Hears how many projects there are, and how many of them an earlier scan has read.
    fn begin(&mut self, done: usize, total: usize);

    /// Hears that a project is read.
    ///
    /// # Errors
    /// Whatever keeps the observer from going on; it ends the scan.
    fn project(&mut self, project: &ProjectId, facts: &Facts) -> Result<()>;

    /// Hears what takes long, and how long, before it begins.
    fn takes_long(&mut self, _text: &str) {}
}

/// Watches nothing.
impl Observer for () {
    fn begin(&mut self, _done: usize, _total: usize) {}

    fn project(&mut self, _project: &ProjectId, _facts: &Facts) -> Result<()> {
        Ok(())
    }
}

/// Returns the header of a scan that begins now.
#[must_use]
pub fn header(request: &Request) -> Header {
    Header {
        tool: TOOL.to_owned(),
        observed_at: request.now.unwrap_or_else(|| Utc::now().trunc_subsecs(0)),
        scope: request.scope.clone(),
        sources: SourceSpec::kinds(&request.sources),
        left_out: LeftOut::default(),
        statistics: None,
    }
}

/// Returns the snapshot of everything in scope; of a broken scan, what it has read is not read again.
///
/// # Errors
/// Where the scope itself cannot be listed, where every further call would fail, or where the observer gives up.
pub async fn take(
    connection: &Connection,
    request: &Request,
    begun: Header,
    unfinished: Option<Unfinished>,
    observer: &mut (dyn Observer + Send),
) -> Result<Snapshot> {
    let start = Instant::now();
    let exclude = globs(&request.scope.exclude)?;
    let Connection { google, payer } = connection;
    let now = unfinished
        .as_ref()
        .map_or(&begun, |unfinished| &unfinished.header);
    let since = request.since.map(|since| since.moment(now.observed_at));
    let mut filed = exported(request.sources.clone(), since).await?;
    let asking = Asking::new(google, payer, now.observed_at, since);
    filed.absorb(in_tables(asking, request, since, observer).await?);
    let in_scope = projects(google, payer, &request.scope, &exclude)
        .await
        .map_err(|error| told(&error))?;
    refuse_nothing(&in_scope, &request.scope)?;
    let projects = &in_scope.projects;
    let Unfinished {
        mut header,
        done,
        mut facts,
    } = unfinished.unwrap_or_else(|| Unfinished {
        header: begun,
        done: BTreeSet::new(),
        facts: Facts::default(),
    });
    if is_listed(&in_scope.coverage) {
        // A project that has left the scope since the scan broke off; where a folder cannot be listed now, it may not have.
        facts.retain(&projects.iter().map(|project| &project.id).collect());
    }
    let assets = assets(
        google,
        payer,
        request.via,
        &request.scope,
        projects,
        header.observed_at,
    )
    .await
    .map_err(|error| told(&error))?;
    let assets = assets.as_ref();
    observer.begin(done.len(), projects.len());
    let left = projects
        .iter()
        .filter(|project| !done.contains(&project.id));
    let (above, read) = try_join(
        async {
            let above = inherited(google, payer, &in_scope, assets).await;
            above.map_err(|error| told(&error))
        },
        read_all(asking, request, left.collect(), assets, observer),
    )
    .await?;
    facts.absorb(above);
    facts.absorb(read);
    if let Some(assets) = assets {
        facts.absorb(assets.beside(projects));
    }
    // Last, so that what takes longest costs no project that is read: a scan that is broken off here goes on here.
    let extent = Extent::of(&request.scope, &in_scope);
    let tell = &mut |text: &str| observer.takes_long(text);
    let of_scope = usage::of_scope(asking, &request.sources, &extent, tell).await;
    facts.absorb(of_scope.map_err(|error| told(&error))?);
    facts.absorb(filed);
    let named = roles(google, payer, projects, &facts.policies, assets).await;
    facts.absorb(named.map_err(|error| told(&error))?);
    facts.coverage.absorb(in_scope.coverage);
    facts.sort();
    header.left_out = in_scope.left_out;
    header.statistics = request.now.is_none().then(|| statistics(start, google));
    Ok(Snapshot { header, facts })
}

/// Returns what exported logs say. First of all: a wrong name is told before anything is asked. They are read on a thread
/// of their own, which an interrupted scan does not wait for.
async fn exported(sources: Vec<SourceSpec>, since: Option<DateTime<Utc>>) -> Result<Facts> {
    let (send, receive) = oneshot::channel();
    thread::spawn(move || {
        // Nobody may wait for it any more.
        let _ = send.send(usage::of_files(&sources, since));
    });
    receive
        .await
        .map_err(|_| Error::new("reading the exported logs: the reader has stopped"))?
        .map_err(|error| Error::new(error).hint("name the logs with --usage logs:PATH"))
}

/// Returns what sinks' tables say. Before the projects: what is not there, or costs too much, is told at once.
async fn in_tables(
    asking: Asking<'_>,
    request: &Request,
    since: Option<DateTime<Utc>>,
    observer: &mut (dyn Observer + Send),
) -> Result<Facts> {
    let tell = &mut |text: &str| observer.takes_long(text);
    let read = usage::of_tables(asking, &request.sources, since, request.max_bytes, tell).await;
    read.map_err(told_of_tables)
}

/// Returns an error of reading sinks' tables for the user, with what to do.
pub(super) fn told_of_tables(error: TablesError) -> Error {
    match error {
        TablesError::Google(error) => told(&error),
        error @ (TablesError::NotADataset { .. }
        | TablesError::NoTables { .. }
        | TablesError::TooManyBytes { .. }
        | TablesError::NotSelect { .. }) => Error::new(error),
    }
}

/// Returns whether every project in scope is known: a gap above the scope hides none.
fn is_listed(coverage: &Coverage) -> bool {
    coverage
        .gaps()
        .all(|(_, dataset, _)| dataset == Dataset::Policies)
}

/// Returns the facts of all the projects; the observer hears of each as it is read.
async fn read_all(
    asking: Asking<'_>,
    request: &Request,
    projects: Vec<&Project>,
    assets: Option<&Assets>,
    observer: &mut (dyn Observer + Send),
) -> Result<Facts> {
    let mut facts = Facts::default();
    let mut reads = stream::iter(projects)
        .map(|project| async move { (project, read(asking, request, project, assets).await) })
        .buffer_unordered(ABREAST);
    while let Some((project, read)) = reads.next().await {
        let read = read.map_err(|error| told(&error))?;
        observer.project(&project.id, &read)?;
        facts.absorb(read);
    }
    Ok(facts)
}

/// Refuses a scope in which nothing can be looked at: a caller without permissions sees no project, which is no error of
/// Google's, and a glob may match all of them; a run over nothing would pass.
pub(super) fn refuse_nothing(in_scope: &InScope, scope: &ScanScope) -> Result<()> {
    let InScope {
        projects,
        left_out,
        coverage,
        ..
    } = in_scope;
    if !projects.is_empty() || coverage.gaps().next().is_some() {
        return Ok(());
    }
    if left_out.excluded > 0 {
        let globs = scope.exclude.join(", ");
        return Err(Error::new(format!(
            "--exclude {globs}: no active project is left to scan"
        )));
    }
    match scope.roots.as_slice() {
        [] => Err(Error::new("the caller sees no active project")
            .hint("grant it roles/browser on the organization, or name what to scan with --organization, --folder or --project")),
        roots if roots.iter().all(|root| matches!(root, Root::Project(_))) => {
            let names: Vec<String> = roots.iter().map(ToString::to_string).collect();
            Err(Error::new(format!("{}: not active, nothing to scan", names.join(", "))))
        }
        // An organization or folder may well be empty, and a list of its children is refused where it may not be read.
        _ => Ok(()),
    }
}

async fn read(
    asking: Asking<'_>,
    request: &Request,
    project: &Project,
    assets: Option<&Assets>,
) -> std::result::Result<Facts, gcp::error::Error> {
    let Asking { google, payer, .. } = asking;
    let mut facts = inventory(google, payer, project, assets).await?;
    let (access, attached, used) = try_join3(
        access(google, payer, project, &facts, assets),
        attachments(google, payer, project, assets),
        usage::of_project(asking, &request.sources, project, &facts),
    )
    .await?;
    facts.absorb(access);
    facts.absorb(attached);
    facts.absorb(used);
    Ok(facts)
}

fn statistics(start: Instant, google: &Google) -> Statistics {
    let methods = google.statistics().methods;
    Statistics {
        milliseconds: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        calls: methods.values().map(|method| method.calls).sum(),
        retries: methods.values().map(|method| method.retries).sum(),
    }
}

/// Returns the globs of `--exclude` as one.
pub(super) fn globs(patterns: &[String]) -> Result<GlobSet> {
    let wrong = |error: globset::Error| Error::new(format!("--exclude: {error}"));
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(wrong)?);
    }
    set.build().map_err(wrong)
}

/// Returns an error of Google's for the user, with what to do.
pub(super) fn told(error: &gcp::error::Error) -> Error {
    let told = Error::new(error);
    match error.hint() {
        Some(hint) => told.hint(hint),
        None => told,
    }
}

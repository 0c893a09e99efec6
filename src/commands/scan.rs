//! `scan`: Google Cloud → snapshot → report.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use chrono::{DateTime, SubsecRound as _, Utc};
use futures_util::stream::{self, StreamExt as _};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::cli::{GlobalArgs, ScanArgs, ScopeArgs, Usage};
use crate::collect::{InScope, inventory, projects};
use crate::error::{Error, Result};
use crate::gcp;
use crate::model::names::{FolderId, NameError, OrganizationId, ProjectId};
use crate::model::project::Project;
use crate::model::scope::{LeftOut, Root, ScanScope};
use crate::model::snapshot::{Facts, Header, Snapshot, Statistics};
use crate::model::usage::UsageSource;
use crate::store::{self, Journal, Store, Unfinished};
use crate::usage::activity;

use super::google::{Connection, connect, told};
use super::output::Outputs;
use super::progress::Progress;
use super::report::{store_of, write};
use super::{TOOL, settings};

/// Projects read at once; the transport has the last word on requests.
const ABREAST: usize = 32;

/// What a scan was asked to do.
pub(super) struct Request {
    pub(super) scope: ScanScope,
    pub(super) sources: Vec<UsageSource>,
    /// "Now"; `None`: the clock's.
    pub(super) now: Option<DateTime<Utc>>,
}

/// Scans, keeps the snapshot, prints the report, and returns the exit code.
pub(super) fn run(args: ScanArgs, global: &GlobalArgs) -> Result<u8> {
    let settings = settings::settings(global, &args.output)?;
    let request = Request {
        scope: scope(&args.scope)?,
        sources: sources(&args.sources.usage)?,
        now: args.now,
    };
    let outputs = Outputs::open(&args.output, global)?;
    let progress = Progress::new(global);
    let runtime = tokio::runtime::Runtime::new().map_err(Error::new)?;
    let snapshot = runtime.block_on(async {
        tokio::select! {
            snapshot = keep(&args, &request, &progress) => snapshot,
            _ = tokio::signal::ctrl_c() => Err(Error::new("interrupted")
                .hint("`sa-audit scan --resume`, with the same scope, goes on where it stopped")),
        }
    });
    progress.end();
    write(&snapshot?, &settings, outputs)
}

/// Where a snapshot goes, and its journal with it.
enum Place {
    Store(Store),
    File(PathBuf),
}

impl Place {
    fn of(args: &ScanArgs) -> Result<Self> {
        Ok(match &args.snapshot {
            Some(path) => Self::File(path.clone()),
            None => Self::Store(store_of(&args.store)?),
        })
    }

    fn journal(&self, scope: &ScanScope) -> Result<PathBuf> {
        match self {
            Self::Store(store) => {
                store.create().map_err(Error::new)?;
                Ok(store.journal_of(scope))
            }
            Self::File(path) => {
                let mut name = path.as_os_str().to_owned();
                name.push(".journal");
                Ok(name.into())
            }
        }
    }

    fn snapshot(&self, header: &Header) -> PathBuf {
        match self {
            Self::Store(store) => store.path_of(header),
            Self::File(path) => path.clone(),
        }
    }
}

/// Scans with a journal, and keeps the snapshot where the user wants it.
async fn keep(args: &ScanArgs, request: &Request, progress: &Progress) -> Result<Snapshot> {
    let place = Place::of(args)?;
    let connection = connect(&args.credentials, &args.network).await?;
    let begun = header(request);
    let path = place.journal(&request.scope)?;
    let (mut journal, unfinished) = if args.resume {
        let (journal, unfinished) = Journal::resume(&path, &begun).map_err(Error::new)?;
        let (begun, done) = (unfinished.header.observed_at, unfinished.done.len());
        progress.say(&format!(
            "going on with the scan of {}: {done} projects are read",
            begun.format("%F %TZ")
        ));
        (journal, Some(unfinished))
    } else {
        (Journal::start(&path, &begun).map_err(Error::new)?, None)
    };
    let snapshot = read(
        &connection,
        request,
        begun,
        unfinished,
        Some(&mut journal),
        progress,
    )
    .await?;
    let path = place.snapshot(&snapshot.header);
    store::write(&path, &snapshot).map_err(Error::new)?;
    journal.finish().map_err(Error::new)?;
    progress.say(&format!("snapshot kept in {}", path.display()));
    Ok(snapshot)
}

/// Returns the header of a scan that begins now.
pub(super) fn header(request: &Request) -> Header {
    Header {
        tool: TOOL.to_owned(),
        observed_at: request.now.unwrap_or_else(|| Utc::now().trunc_subsecs(0)),
        scope: request.scope.clone(),
        sources: request.sources.clone(),
        left_out: LeftOut::default(),
        statistics: None,
    }
}

/// Reads everything in scope, project by project; each finished one goes into the journal.
pub(super) async fn read(
    connection: &Connection,
    request: &Request,
    begun: Header,
    unfinished: Option<Unfinished>,
    mut journal: Option<&mut Journal>,
    progress: &Progress,
) -> Result<Snapshot> {
    let start = Instant::now();
    let Connection { google, payer } = connection;
    let exclude = globs(&request.scope.exclude)?;
    let in_scope = projects(google, payer, &request.scope, &exclude)
        .await
        .map_err(told)?;
    let Unfinished {
        mut header,
        done,
        mut facts,
    } = unfinished.unwrap_or_else(|| Unfinished {
        header: begun,
        done: BTreeSet::new(),
        facts: Facts::default(),
    });
    let InScope {
        projects,
        left_out,
        coverage,
    } = in_scope;
    progress.begin(done.len(), projects.len());
    let mut reads = stream::iter(
        projects
            .iter()
            .filter(|project| !done.contains(&project.id)),
    )
    .map(|project| async move { (project, read_project(connection, request, project).await) })
    .buffer_unordered(ABREAST);
    while let Some((project, read)) = reads.next().await {
        let read = read.map_err(told)?;
        if let Some(journal) = &mut journal {
            journal.add(&project.id, &read).map_err(Error::new)?;
        }
        facts.absorb(read);
        progress.project_done();
    }
    facts.coverage.absorb(coverage);
    facts.sort();
    header.left_out = left_out;
    header.statistics = request.now.is_none().then(|| statistics(start, connection));
    Ok(Snapshot { header, facts })
}

async fn read_project(
    Connection { google, payer }: &Connection,
    request: &Request,
    project: &Project,
) -> std::result::Result<Facts, gcp::error::Error> {
    let mut facts = inventory(google, payer, project).await?;
    if request.sources.contains(&UsageSource::PolicyAnalyzer) {
        let activity = activity::activity(google, payer, project, &facts).await?;
        facts.absorb(activity);
    } else {
        facts.coverage.absorb(activity::skipped(project));
    }
    Ok(facts)
}

fn statistics(start: Instant, connection: &Connection) -> Statistics {
    let methods = connection.google.statistics().methods;
    Statistics {
        milliseconds: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        calls: methods.values().map(|method| method.calls).sum(),
        retries: methods.values().map(|method| method.retries).sum(),
    }
}

/// Returns the scope that the flags name, in one order whatever theirs.
fn scope(args: &ScopeArgs) -> Result<ScanScope> {
    fn named<T>(
        flag: &str,
        texts: &[String],
        parse: impl Fn(&str) -> std::result::Result<T, NameError>,
        root: impl Fn(T) -> Root,
    ) -> Result<Vec<Root>> {
        let one = |text: &String| match parse(text) {
            Ok(name) => Ok(root(name)),
            Err(error) => Err(Error::new(format!("{flag}: {error}"))),
        };
        texts.iter().map(one).collect()
    }
    let mut roots = named(
        "--organization",
        &args.organization,
        OrganizationId::parse,
        Root::Organization,
    )?;
    roots.extend(named(
        "--folder",
        &args.folder,
        FolderId::parse,
        Root::Folder,
    )?);
    roots.extend(named(
        "--project",
        &args.project,
        ProjectId::parse,
        Root::Project,
    )?);
    roots.sort();
    roots.dedup();
    let mut exclude = args.exclude.clone();
    exclude.sort();
    exclude.dedup();
    globs(&exclude)?;
    Ok(ScanScope { roots, exclude })
}

fn globs(patterns: &[String]) -> Result<GlobSet> {
    let wrong = |error: globset::Error| Error::new(format!("--exclude: {error}"));
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).map_err(wrong)?);
    }
    set.build().map_err(wrong)
}

fn sources(flags: &[Usage]) -> Result<Vec<UsageSource>> {
    if flags.contains(&Usage::None) && flags.iter().any(|flag| *flag != Usage::None) {
        return Err(Error::new("--usage none leaves no room for another source"));
    }
    let mut sources: Vec<UsageSource> = flags
        .iter()
        .filter_map(|flag| match flag {
            Usage::PolicyAnalyzer => Some(UsageSource::PolicyAnalyzer),
            Usage::None => None,
        })
        .collect();
    sources.sort();
    sources.dedup();
    Ok(sources)
}

//! `scan`: Google Cloud → snapshot → report.

use std::path::{Path, PathBuf};

use crate::cli::{GlobalArgs, Route, ScanArgs, ScopeArgs, Usage};
use crate::collect::assets::Via;
use crate::error::{Error, Result};
use crate::model::names::{FolderId, NameError, OrganizationId, ProjectId};
use crate::model::scope::{Root, ScanScope};
use crate::model::snapshot::{Facts, Header, Snapshot, Statistics};
use crate::model::source::SourceSpec;
use crate::report::{Past, Selection};
use crate::store::{self, Journal, Store};
use crate::usage::check_names;

use super::google::connect;
use super::history::{self, Compared};
use super::output::Outputs;
use super::progress::Progress;
use super::report::{evaluated, store_of, write};
use super::settings;
use super::snapshot::{Observer, Request, globs, header, take};

/// Scans, keeps the snapshot, prints the report, and returns the exit code.
pub(super) fn run(args: ScanArgs, global: &GlobalArgs) -> Result<u8> {
    let settings = settings::settings(global, &args.output, args.baseline.fail_on_known)?;
    let request = Request {
        scope: scope(&args.scope)?,
        via: via(args.sources.via),
        sources: sources(&args.sources.usage)?,
        since: args.sources.since,
        max_bytes: args.sources.max_bytes,
        now: args.now,
    };
    check_names(&request.sources).map_err(Error::new)?;
    let outputs = Outputs::open(&args.output, global)?;
    let progress = Progress::new(global);
    let runtime = tokio::runtime::Runtime::new().map_err(Error::new)?;
    let place = Place::of(&args)?;
    let store = place.store();
    // Before the work: a baseline that cannot be read costs nothing.
    let baseline = history::baseline(&args.baseline, store, &settings)?;
    let snapshot = runtime.block_on(async {
        tokio::select! {
            snapshot = keep(&args, &request, &place, &progress) => snapshot,
            () = interrupted() => Err(broken_off(&place.journal(&request.scope))),
        }
    });
    progress.end();
    let snapshot = snapshot?;
    let past = Past {
        baseline: match baseline {
            Some(Compared::With(old)) => Some(*old),
            Some(Compared::WithPrevious) => history::previous(&snapshot.header, store, &settings)?,
            None => None,
        },
        history: store
            .map(|store| history::of(store, &settings))
            .transpose()?,
    };
    if let (Some(store), Some(keep)) = (store, args.keep) {
        let deleted = store.keep(&snapshot.header.scope, keep as usize);
        for path in deleted.map_err(Error::new)? {
            progress.say(&format!("deleted {}", path.display()));
        }
    }
    let now = evaluated(&snapshot, &settings);
    write(now, &past, &Selection::default(), &settings, outputs)
}

/// Returns what an interrupted scan says; without a journal, there is nothing to go on with.
fn broken_off(journal: &Path) -> Error {
    let error = Error::new("interrupted");
    if journal.exists() {
        error.hint("the same command with --resume goes on where it stopped")
    } else {
        error
    }
}

/// Ends when the user, or the system that runs the program, wants it to stop. A signal that cannot be listened to ends
/// the process as it always does.
async fn interrupted() {
    let by_user = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                () = by_user => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    by_user.await;
}

/// Where a snapshot goes, and its journal with it.
enum Place {
    Store(Store),
    File(PathBuf),
}

impl Place {
    fn of(args: &ScanArgs) -> Result<Self> {
        Ok(match &args.snapshot {
            Some(path) => {
                store::check(path).map_err(Error::new)?;
                Self::File(path.clone())
            }
            None => Self::Store(store_of(&args.store)?),
        })
    }

    fn store(&self) -> Option<&Store> {
        match self {
            Self::Store(store) => Some(store),
            Self::File(_) => None,
        }
    }

    /// Makes the folder of the store.
    fn create(&self) -> Result<()> {
        match self {
            Self::Store(store) => store.create().map_err(Error::new),
            Self::File(_) => Ok(()),
        }
    }

    fn journal(&self, scope: &ScanScope) -> PathBuf {
        match self {
            Self::Store(store) => store.journal_of(scope),
            Self::File(path) => {
                let mut name = path.as_os_str().to_owned();
                name.push(".journal");
                name.into()
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
async fn keep(
    args: &ScanArgs,
    request: &Request,
    place: &Place,
    progress: &Progress,
) -> Result<Snapshot> {
    let connection = connect(&args.credentials, &args.network).await?;
    let begun = header(request);
    place.create()?;
    let path = place.journal(&request.scope);
    let (journal, unfinished) = if args.resume {
        let (journal, unfinished) = Journal::resume(&path, &begun).map_err(Error::new)?;
        let (begun, done) = (unfinished.header.observed_at, unfinished.done.len());
        progress.say(&format!(
            "going on with the scan of {}: projects read so far: {done}",
            begun.format("%F %TZ")
        ));
        (journal, Some(unfinished))
    } else {
        (Journal::start(&path, &begun).map_err(Error::new)?, None)
    };
    let mut kept = Kept { journal, progress };
    let snapshot = match take(&connection, request, begun, unfinished, &mut kept).await {
        Ok(snapshot) => snapshot,
        Err(error) => {
            kept.journal.drop_if_empty();
            return Err(error);
        }
    };
    let path = place.snapshot(&snapshot.header);
    store::write(&path, &snapshot).map_err(Error::new)?;
    kept.journal.finish().map_err(Error::new)?;
    if let Some(Statistics {
        milliseconds,
        calls,
        retries,
    }) = snapshot.header.statistics
    {
        let seconds = milliseconds.div_ceil(1_000);
        progress.say(&format!(
            "calls: {calls}, repetitions: {retries}, in {seconds} s"
        ));
    }
    progress.say(&format!("snapshot kept in {}", path.display()));
    Ok(snapshot)
}

/// Keeps each finished project in the journal, and counts it.
struct Kept<'a> {
    journal: Journal,
    progress: &'a Progress,
}

impl Observer for Kept<'_> {
    fn begin(&mut self, done: usize, total: usize) {
        self.progress.begin(done, total);
    }

    fn project(&mut self, project: &ProjectId, facts: &Facts) -> Result<()> {
        self.journal.add(project, facts).map_err(Error::new)?;
        self.progress.project_done();
        Ok(())
    }

    fn takes_long(&mut self, text: &str) {
        self.progress.say(text);
    }
}

/// Returns the scope that the flags name, in one order whatever theirs.
pub(super) fn scope(args: &ScopeArgs) -> Result<ScanScope> {
    let mut roots = named(
        ("--organization", "organizations/"),
        &args.organization,
        OrganizationId::parse,
        Root::Organization,
    )?;
    roots.extend(named(
        ("--folder", "folders/"),
        &args.folder,
        FolderId::parse,
        Root::Folder,
    )?);
    roots.extend(named(
        ("--project", "projects/"),
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

/// Returns the roots that a flag names, by their bare names or by Google's own: `12` or `folders/12`.
fn named<T>(
    (flag, collection): (&str, &str),
    texts: &[String],
    parse: fn(&str) -> std::result::Result<T, NameError>,
    root: fn(T) -> Root,
) -> Result<Vec<Root>> {
    let one = |text: &String| {
        parse(text.strip_prefix(collection).unwrap_or(text))
            .map(root)
            .map_err(|error| Error::new(format!("{flag}: {error}")))
    };
    texts.iter().map(one).collect()
}

fn via(route: Route) -> Via {
    match route {
        Route::Auto => Via::Auto,
        Route::Iam => Via::Iam,
        Route::AssetInventory => Via::AssetInventory,
    }
}

fn sources(flags: &[Usage]) -> Result<Vec<SourceSpec>> {
    let named = flags.iter().filter_map(|flag| match flag {
        Usage::Source(spec) => Some(spec.clone()),
        Usage::None => None,
    });
    let mut sources: Vec<SourceSpec> = named.collect();
    if flags.contains(&Usage::None) && !sources.is_empty() {
        return Err(Error::new("--usage none leaves no room for another source"));
    }
    sources.sort();
    sources.dedup();
    Ok(sources)
}

//! `usage`: who used which account and key, from any source of calls, without a scan.

use chrono::{DateTime, SubsecRound as _, Utc};
use globset::{Glob, GlobMatcher};
use indicatif::DecimalBytes;

use crate::cli::{GlobalArgs, ScopeArgs, UsageArgs, UsageFormat};
use crate::collect::projects;
use crate::error::{Error, Result};
use crate::join;
use crate::model::call::{Caller, LogWindow, Principal};
use crate::model::coverage::{Coverage, Dataset};
use crate::model::names::{Email, KeyId};
use crate::model::place::PlacedCaller;
use crate::model::snapshot::Facts;
use crate::model::source::SourceSpec;
use crate::model::usage::UsageSource;
use crate::render::{json, usage as render};
use crate::report::usage::{Asked, Gap, GapKind, UsageReport};
use crate::usage::logs::{self, Filter, Options, PathSpec};
use crate::usage::{self, Asking, Extent};

use super::TOOL;
use super::google::connect;
use super::output::{plain_style, to_stdout};
use super::progress::Progress;
use super::scan::scope;
use super::settings;
use super::snapshot::{Connection, globs, told, told_of_tables};

/// How many gaps are told one by one on standard error.
const TOLD: usize = 20;

/// The length of the ids of keys that Google gives, hexadecimal digits.
const KEY_DIGITS: usize = 40;

/// Reads the sources, prints the groups, and returns the exit code.
pub(super) fn run(args: &UsageArgs, global: &GlobalArgs) -> Result<u8> {
    let mut sources: Vec<SourceSpec> = args.sources.iter().map(|source| source.0.clone()).collect();
    sources.sort();
    sources.dedup();
    refuse_a_scope_without_an_api(&sources, &args.scope)?;
    usage::check_names(&sources).map_err(Error::new)?;
    let wanted = Wanted::of(args)?;
    let ranges = settings::of_file(global)?.ranges;
    let now = args.now.unwrap_or_else(|| Utc::now().trunc_subsecs(0));
    let since = args.since.map(|since| since.moment(now));
    let progress = Progress::new(global);

    let mut found = of_files(&sources, args, since, &wanted, &progress)?;
    if sources.contains(&SourceSpec::Logging) {
        found.absorb(of_logging(args, now, since, &wanted, &progress)?);
    }
    if sources
        .iter()
        .any(|source| matches!(source, SourceSpec::BigQuery(_)))
    {
        found.absorb(of_tables(&sources, args, now, since, &wanted, &progress)?);
    }
    progress.end();
    let report = UsageReport {
        tool: TOOL.to_owned(),
        sources: sources.iter().map(ToString::to_string).collect(),
        asked: Asked {
            account: args.account.clone(),
            key: args.key.clone(),
            since,
        },
        windows: found.windows,
        groups: found
            .groups
            .into_iter()
            .map(|call| PlacedCaller {
                place: join::place(&call, &ranges),
                call,
            })
            .collect(),
        gaps: found.gaps,
    }
    .in_order();
    tell(&report.gaps, &progress);
    to_stdout(|out| match args.format {
        UsageFormat::Table => render::table(&report, &plain_style(global), out),
        UsageFormat::Json => json::usage::render(&report, out),
        UsageFormat::Csv => render::csv(&report, out),
    })?;
    Ok(report.exit_code())
}

/// Exported logs hold what they hold: a scope beside them would seem to narrow them, and would not.
fn refuse_a_scope_without_an_api(sources: &[SourceSpec], scope: &ScopeArgs) -> Result<()> {
    let flags = [
        ("--organization", &scope.organization),
        ("--folder", &scope.folder),
        ("--project", &scope.project),
        ("--exclude", &scope.exclude),
    ];
    let given = flags.iter().find(|(_, values)| !values.is_empty());
    match given {
        Some((flag, _)) if !sources.contains(&SourceSpec::Logging) => Err(Error::new(format!(
            "{flag} says whose logs the source logging reads, and narrows no other source"
        ))
        .hint("leave it out")),
        _ => Ok(()),
    }
}

/// What was found.
#[derive(Default)]
struct Found {
    groups: Vec<Caller>,
    windows: Vec<LogWindow>,
    gaps: Vec<Gap>,
}

impl Found {
    fn absorb(&mut self, other: Self) {
        self.groups.extend(other.groups);
        self.windows.extend(other.windows);
        self.gaps.extend(other.gaps);
    }
}

/// Which calls the user wants to see.
struct Wanted {
    account: Option<GlobMatcher>,
    key: Option<(String, String)>,
    /// What the reader itself can tell apart.
    exact: Filter,
}

impl Wanted {
    fn of(args: &UsageArgs) -> Result<Self> {
        let account = args.account.as_deref();
        let pattern = |text: &str| {
            let glob = Glob::new(text);
            let glob = glob.map_err(|error| Error::new(format!("--account: {error}")))?;
            Ok(glob.compile_matcher())
        };
        let parts = |text: &str| {
            // A report shows `4f1c…e9a9`, and where there is only ASCII, `4f1c...e9a9`.
            let cut = text.split_once('…').or_else(|| text.split_once("..."));
            let (begin, end) = cut.unwrap_or((text, ""));
            (begin.to_owned(), end.to_owned())
        };
        // Of a key's full name, its id counts.
        let key = args.key.as_deref().map(|key| {
            let id = key.rsplit('/').next().unwrap_or_default();
            id.trim().to_ascii_lowercase()
        });
        let given = [("--account", account), ("--key", key.as_deref())];
        let is_empty = |text: &str| text.trim_matches(['…', '.']).is_empty();
        if let Some((flag, _)) = given.iter().find(|(_, text)| text.is_some_and(is_empty)) {
            let empty = format!("{flag}: it is empty, and names none");
            return Err(Error::new(empty).hint("leave it out to see all"));
        }
        let plain = account.filter(|text| !text.contains(['*', '?', '[', '{', '\\']));
        let whole = key.as_ref().filter(|key| key.len() == KEY_DIGITS);
        Ok(Self {
            account: account.map(pattern).transpose()?,
            key: key.as_deref().map(parts),
            exact: Filter {
                account: plain.and_then(|text| Email::parse(text).ok()),
                key: whole.and_then(|key| KeyId::parse(key).ok()),
                since: None,
            },
        })
    }

    fn takes(&self, caller: &Caller) -> bool {
        let account = self.account.as_ref().is_none_or(|glob| {
            let email =
                |email: &Email| glob.is_match(email.as_str()) || glob.is_match(email.short());
            let principal = match &caller.principal {
                Principal::Account(account) => email(account),
                Principal::Federated(name) | Principal::Other(name) => glob.is_match(name),
            };
            principal || caller.target.as_ref().is_some_and(email)
        });
        let key = self.key.as_ref().is_none_or(|(begin, end)| {
            let key = caller.key.as_ref().map(KeyId::as_str);
            key.is_some_and(|key| key.starts_with(begin.as_str()) && key.ends_with(end.as_str()))
        });
        account && key
    }

    /// Returns what of the facts is wanted.
    ///
    /// # Errors
    /// Where no log at all could be read.
    fn found(&self, mut facts: Facts) -> Result<Found> {
        let gaps = Gap::of_coverage(&facts.coverage);
        if !is_any_log_read(&facts.coverage) {
            let reasons = gaps.first().map(Gap::sentence);
            return Err(Error::new(format!(
                "no log could be read: {}",
                reasons.unwrap_or_default()
            )));
        }
        facts.calls.callers.retain(|caller| self.takes(caller));
        facts.calls.sort();
        Ok(Found {
            groups: facts.calls.callers,
            windows: facts.calls.windows,
            gaps,
        })
    }
}

/// Returns what exported logs say.
fn of_files(
    sources: &[SourceSpec],
    args: &UsageArgs,
    since: Option<DateTime<Utc>>,
    wanted: &Wanted,
    progress: &Progress,
) -> Result<Found> {
    let paths: Vec<PathSpec> = sources
        .iter()
        .filter_map(|source| Some(source.exported()?.as_os_str().into()))
        .collect();
    if paths.is_empty() {
        return Ok(Found::default());
    }
    let options = Options {
        filter: Filter {
            since,
            ..wanted.exact.clone()
        },
        strict: args.strict,
        threads: None,
    };
    progress.begin_bytes();
    let read = logs::read(&paths, &options, &|now| progress.bytes(now.read, now.total));
    let read = read.map_err(Error::new)?;
    if let (true, Some((path, reason))) = (read.files.is_empty(), read.unreadable.first()) {
        let path = path.display();
        return Err(Error::new(format!("reading {path}: {reason}")));
    }
    let tally = read.groups.tally();
    let mut groups = Vec::new();
    read.groups.each_caller(|caller| {
        if wanted.takes(&caller) {
            groups.push(caller);
        }
    });
    let other = match tally.other_logs {
        0 => String::new(),
        other => format!(", and {other} of other logs"),
    };
    progress.say(&format!(
        "read {} in files: {}, entries of audit logs: {}{other}",
        DecimalBytes(read.bytes),
        read.files.len(),
        tally.entries
    ));
    let window = tally.period().map(|period| LogWindow {
        source: UsageSource::Logs,
        project: None,
        period,
        entries: tally.entries,
    });
    Ok(Found {
        groups,
        windows: window.into_iter().collect(),
        gaps: gaps(&read),
    })
}

/// Returns what is missing of files.
fn gaps(read: &logs::Read) -> Vec<Gap> {
    let none = Gap {
        of: String::new(),
        kind: GapKind::Unreadable,
        line: None,
        count: None,
        reason: None,
    };
    let unreadable = read.unreadable.iter().map(|(path, reason)| Gap {
        of: path.display().to_string(),
        reason: Some(reason.clone()),
        ..none.clone()
    });
    let mut gaps: Vec<Gap> = unreadable.collect();
    for file in &read.files {
        let of = file.path.display().to_string();
        if let Some(reason) = &file.broke_off {
            gaps.push(Gap {
                of: of.clone(),
                kind: GapKind::BrokenOff,
                reason: Some(reason.clone()),
                ..none.clone()
            });
        }
        if file.malformed > 0 {
            gaps.push(Gap {
                of,
                kind: GapKind::Malformed,
                line: file.first_malformed,
                count: Some(file.malformed),
                ..none.clone()
            });
        }
    }
    let of_all = [
        (GapKind::Undated, read.groups.tally().undated),
        (GapKind::TooManyGroups, read.groups.refused()),
    ];
    gaps.extend(
        of_all
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| Gap {
                kind,
                count: Some(count),
                ..none.clone()
            }),
    );
    gaps
}

/// Returns what the Logging API says of everything in scope.
fn of_logging(
    args: &UsageArgs,
    now: DateTime<Utc>,
    since: Option<DateTime<Utc>>,
    wanted: &Wanted,
    progress: &Progress,
) -> Result<Found> {
    let scope = scope(&args.scope)?;
    let exclude = globs(&scope.exclude)?;
    let runtime = tokio::runtime::Runtime::new().map_err(Error::new)?;
    let (listed, mut facts) = runtime.block_on(async {
        let Connection { google, payer } = connect(&args.credentials, &args.network).await?;
        let listed = projects(&google, &payer, &scope, &exclude).await;
        let listed = listed.map_err(|error| told(&error))?;
        super::snapshot::refuse_nothing(&listed, &scope)?;
        let asking = Asking::new(&google, &payer, now, since).for_callers();
        let extent = Extent::of(&scope, &listed);
        let tell = &mut |text: &str| progress.say(text);
        let facts = usage::of_scope(asking, &[SourceSpec::Logging], &extent, tell).await;
        Ok::<_, Error>((listed, facts.map_err(|error| told(&error))?))
    })?;
    facts.coverage.absorb(listed.coverage);
    wanted.found(facts)
}

/// Returns what the tables of sinks say, whatever projects they hold.
fn of_tables(
    sources: &[SourceSpec],
    args: &UsageArgs,
    now: DateTime<Utc>,
    since: Option<DateTime<Utc>>,
    wanted: &Wanted,
    progress: &Progress,
) -> Result<Found> {
    let runtime = tokio::runtime::Runtime::new().map_err(Error::new)?;
    let facts = runtime.block_on(async {
        let Connection { google, payer } = connect(&args.credentials, &args.network).await?;
        let asking = Asking::new(&google, &payer, now, since).for_callers();
        let tell = &mut |text: &str| progress.say(text);
        let read = usage::of_tables(asking, sources, since, args.max_bytes, tell).await;
        read.map_err(told_of_tables)
    })?;
    wanted.found(facts)
}

/// Returns whether an answer came of anything that holds a log.
fn is_any_log_read(coverage: &Coverage) -> bool {
    coverage
        .iter()
        .any(|(_, dataset, reading)| dataset == Dataset::AuditLogs && reading.is_answered())
}

/// Says what is missing, the first of it one by one.
fn tell(gaps: &[Gap], progress: &Progress) {
    for gap in gaps.iter().take(TOLD) {
        progress.say(&format!("missing: {}", gap.sentence()));
    }
    if let Some(more) = gaps.len().checked_sub(TOLD).filter(|more| *more > 0) {
        progress.say(&format!(
            "missing: {more} more; --format json lists them all"
        ));
    }
}

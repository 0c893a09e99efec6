//! `report`: a snapshot → the report. `scan` and `demo` end here too.

use globset::Glob;

use crate::cli::{GlobalArgs, ReportArgs, StoreArgs};
use crate::error::{Error, Result};
use crate::join::join;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::report::{Evaluated, Past, Report, Selection, build_since, select};
use crate::rules::evaluate;
use crate::store::{self, Store};

use super::history::{self, Compared};
use super::output::Outputs;
use super::{TOOL, environment, settings};

/// Prints the report of a snapshot, and returns the exit code.
pub(super) fn run(args: ReportArgs, global: &GlobalArgs) -> Result<u8> {
    let settings = settings::settings(global, &args.output, args.baseline.fail_on_known)?;
    let selection = Selection {
        account: args.account.as_deref().map(glob).transpose()?,
        owner: args.owner,
    };
    let outputs = Outputs::open(&args.output, global)?;
    // A snapshot that is named needs no store.
    let (store, path) = match args.snapshot {
        Some(path) => (history::store_with(&args.store, &path), path),
        None => {
            let store = store_of(&args.store)?;
            let newest = store.newest().map_err(Error::new)?;
            (Some(store), newest)
        }
    };
    let store = store.as_ref();
    let baseline = history::baseline(&args.baseline, store, &settings)?;
    let snapshot = store::read(&path).map_err(Error::new)?;
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
    let now = evaluated(&snapshot, &settings);
    write(now, &past, &selection, &settings, outputs)
}

/// Returns what the rules say about a snapshot, joined under the settings.
pub(super) fn evaluated(snapshot: &Snapshot, settings: &Settings) -> Evaluated {
    let estate = join(snapshot, settings);
    let evaluation = evaluate(&estate, settings);
    Evaluated { estate, evaluation }
}

/// Writes the report on what is selected to every place; returns the exit code.
pub(super) fn write(
    now: Evaluated,
    past: &Past,
    selection: &Selection,
    settings: &Settings,
    outputs: Outputs,
) -> Result<u8> {
    let selected = select(now, selection, settings);
    // A name that nothing bears is a slip of the pen, and no clean bill.
    if !selection.is_all() && is_empty(&selected) {
        return Err(nothing(selection));
    }
    let report = build_since(past, selected, settings, TOOL);
    outputs.write(&Report {
        selection: selection.clone(),
        ..report
    })
}

fn is_empty(Evaluated { estate, evaluation }: &Evaluated) -> bool {
    estate.projects.is_empty() && evaluation.findings.is_empty()
}

/// Returns what is said where nothing is selected.
fn nothing(Selection { account, owner }: &Selection) -> Error {
    let account = account
        .iter()
        .map(|glob| format!("--account {:?}", glob.glob()));
    let owner = owner.iter().map(|name| format!("--owner {name:?}"));
    let flags: Vec<String> = account.chain(owner).collect();
    Error::new(format!(
        "{}: the snapshot has no such account",
        flags.join(" ")
    ))
    .hint("`sa-audit report --format json` names every account and its owner")
}

/// Returns the glob of `--account`.
fn glob(text: &str) -> Result<Glob> {
    Glob::new(text).map_err(|error| Error::new(format!("--account: {error}")))
}

/// Returns the store that the user named, or the usual one.
pub(super) fn store_of(args: &StoreArgs) -> Result<Store> {
    let named = || environment::path("SA_AUDIT_STORE");
    let folder = args.store.clone().or_else(named);
    let folder = folder.or_else(environment::default_store);
    folder.map(Store::new).ok_or_else(|| {
        Error::new("there is no home folder to keep snapshots in")
            .hint("name one with --store or SA_AUDIT_STORE")
    })
}

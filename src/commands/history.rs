//! What earlier scans know: the store's index of first sightings, and the scan that a report is compared with.

use std::path::Path;

use crate::cli::{Baseline, BaselineArgs, StoreArgs};
use crate::error::{Error, Result};
use crate::model::history::History;
use crate::model::settings::Settings;
use crate::model::snapshot::Header;
use crate::report::Evaluated;
use crate::store::{self, Store, StoreError};

use super::report::{evaluated, store_of};

/// What a report is compared with.
pub(super) enum Compared {
    /// A scan that the user named.
    With(Box<Evaluated>),
    /// The one before, of the same scope.
    WithPrevious,
}

/// Returns when each finding was seen first: the store's index, with every snapshot of the store in it.
///
/// What the index lacks is evaluated, under the settings in force; where it is lost, that is every snapshot.
pub(super) fn of(store: &Store, settings: &Settings) -> Result<History> {
    let mut history = store.history();
    let mut added = false;
    for path in store.snapshots().map_err(Error::new)? {
        let name = path.file_name().map(|name| name.to_string_lossy());
        let name = name.unwrap_or_default();
        if history.holds(&name) {
            continue;
        }
        // A snapshot that is damaged, or a newer program's, tells nothing; whoever asks for it is told.
        let Ok(snapshot) = store::read(&path) else {
            continue;
        };
        let scan = evaluated(&snapshot, settings);
        let findings = &scan.evaluation.findings;
        history.record(&name, snapshot.header.observed_at, findings);
        added = true;
    }
    if added {
        // It can be made again; a store that may only be read is no error.
        let _ = store.keep_history(&history);
    }
    Ok(history)
}

/// Returns the store in which a snapshot lies, if it is the one that the user named, or the usual one.
pub(super) fn store_with(args: &StoreArgs, snapshot: &Path) -> Option<Store> {
    store_of(args).ok().filter(|store| store.holds(snapshot))
}

/// Returns what the flags compare with, read; `None`: nothing.
pub(super) fn baseline(
    args: &BaselineArgs,
    store: Option<&Store>,
    settings: &Settings,
) -> Result<Option<Compared>> {
    match (&args.baseline, store) {
        (None, _) => Ok(None),
        (Some(Baseline::Snapshot(path)), _) => {
            let snapshot = store::read(path).map_err(|error| told(&error))?;
            let old = evaluated(&snapshot, settings);
            Ok(Some(Compared::With(Box::new(old))))
        }
        (Some(Baseline::Previous), Some(_)) => Ok(Some(Compared::WithPrevious)),
        (Some(Baseline::Previous), None) => Err(Error::new(
            "--baseline previous: the snapshot lies in no store",
        )
        .hint("name the older snapshot, or the store with --store")),
    }
}

fn told(error: &StoreError) -> Error {
    Error::new(format!("--baseline: {error}"))
}

/// Returns the newest scan of the same scope in the store that is older than this one; `None` where there is none: no
/// finding is known then, and each counts.
pub(super) fn previous(
    header: &Header,
    store: Option<&Store>,
    settings: &Settings,
) -> Result<Option<Evaluated>> {
    let Some(store) = store else {
        return Ok(None);
    };
    let own = store.path_of(header);
    let snapshots = store.snapshots_of(&header.scope).map_err(Error::new)?;
    let Some(path) = snapshots.into_iter().rev().find(|path| *path < own) else {
        return Ok(None);
    };
    let snapshot = store::read(&path).map_err(|error| told(&error))?;
    Ok(Some(evaluated(&snapshot, settings)))
}

//! `report`: a snapshot → the report. `scan` and `demo` end here too.

use crate::cli::{GlobalArgs, ReportArgs, StoreArgs};
use crate::error::{Error, Result};
use crate::join::join;
use crate::model::settings::Settings;
use crate::model::snapshot::Snapshot;
use crate::report::build;
use crate::rules::evaluate;
use crate::store::{self, Store};

use super::output::Outputs;
use super::{TOOL, environment, settings};

/// Prints the report of a snapshot, and returns the exit code.
pub(super) fn run(args: ReportArgs, global: &GlobalArgs) -> Result<u8> {
    let settings = settings::settings(global, &args.output)?;
    let outputs = Outputs::open(&args.output, global)?;
    let path = match args.snapshot {
        Some(path) => path,
        None => store_of(&args.store)?.newest().map_err(Error::new)?,
    };
    let snapshot = store::read(&path).map_err(Error::new)?;
    write(&snapshot, &settings, outputs)
}

/// Joins, evaluates, and writes the report to every place; returns the exit code.
pub(super) fn write(snapshot: &Snapshot, settings: &Settings, outputs: Outputs) -> Result<u8> {
    let estate = join(snapshot, settings);
    let evaluation = evaluate(&estate, settings);
    outputs.write(&build(&estate, evaluation, settings, TOOL))
}

/// Returns the store that the user named, or the usual one.
pub(super) fn store_of(args: &StoreArgs) -> Result<Store> {
    let folder = args.store.clone().or_else(environment::default_store);
    folder.map(Store::new).ok_or_else(|| {
        Error::new("there is no home folder to keep snapshots in")
            .hint("name one with --store or SA_AUDIT_STORE")
    })
}

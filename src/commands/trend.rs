//! `trend`: the snapshots of a store → how the counts develop.

use crate::cli::{Format, GlobalArgs, TrendArgs};
use crate::error::{Error, Result};
use crate::render::{json, terminal};
use crate::report::build;
use crate::report::trend::{TrendPoint, by_week};
use crate::store;

use super::output::{plain_style, to_stdout};
use super::report::{evaluated, store_of};
use super::{TOOL, settings};

/// Prints the counts of the last scan of each week, of the newest snapshot's scope.
pub(super) fn run(args: &TrendArgs, global: &GlobalArgs) -> Result<u8> {
    let settings = settings::of_file(global)?;
    let store = store_of(&args.store)?;
    let newest = store.newest().map_err(Error::new)?;
    let scope = store::read(&newest).map_err(Error::new)?.header.scope;
    let mut points = Vec::new();
    for path in store.snapshots_of(&scope).map_err(Error::new)? {
        let snapshot = store::read(&path).map_err(Error::new)?;
        let scan = evaluated(&snapshot, &settings);
        let report = build(&scan.estate, scan.evaluation, &settings, TOOL);
        points.push(TrendPoint::of(&report, &scan.estate));
    }
    let weeks = by_week(points);
    let style = plain_style(global);
    to_stdout(|out| match args.format {
        Format::Terminal => terminal::trend::render(&weeks, &style, out),
        Format::Json => json::trend::render(&scope, &weeks, out),
    })?;
    Ok(0)
}

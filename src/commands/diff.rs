//! `diff`: two snapshots → what changed.

use crate::cli::{DiffArgs, Format, GlobalArgs};
use crate::error::{Error, Result};
use crate::render::{json, terminal};
use crate::report::Past;
use crate::report::diff::diff;
use crate::store;

use super::output::{plain_style, to_stdout};
use super::report::evaluated;
use super::{TOOL, history, settings};

/// Prints what changed between two snapshots, and returns the exit code.
pub(super) fn run(args: &DiffArgs, global: &GlobalArgs) -> Result<u8> {
    let settings = settings::of_file(global)?;
    let read = |path| store::read(path).map_err(Error::new);
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    if old.header.observed_at > new.header.observed_at {
        let told = Error::new(format!(
            "{} is newer than {}",
            args.old.display(),
            args.new.display()
        ));
        return Err(told.hint("name the older snapshot first"));
    }
    let store = history::store_with(&args.store, &args.new);
    let history = store.map(|store| history::of(&store, &settings));
    let past = Past {
        baseline: Some(evaluated(&old, &settings)),
        history: history.transpose()?,
    };
    let diff = diff(&past, &evaluated(&new, &settings), &settings, TOOL);
    let style = plain_style(global);
    to_stdout(|out| match args.format {
        Format::Terminal => terminal::diff::render(&diff, &style, out),
        Format::Json => json::diff::render(&diff, out),
    })?;
    Ok(if args.exit_code { diff.exit_code() } else { 0 })
}

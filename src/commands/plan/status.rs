//! `plan --status`: how far the plans of a snapshot are done, by later ones.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::cli::{GlobalArgs, PlanArgs, PlanFormat};
use crate::commands::TOOL;
use crate::commands::output::{plain_style, to_stdout};
use crate::commands::report::store_of;
use crate::error::{Error, Result};
use crate::join::join;
use crate::model::plan::Plan;
use crate::model::progress::Progress;
use crate::model::settings::Settings;
use crate::model::snapshot::Header;
use crate::plan::progress::{World, progress};
use crate::render::plan::status::{json, terminal};
use crate::store;

/// Prints how far `plans` are done, which rest on the snapshot of that header: by the snapshot that the user named, else by
/// all of its scope in the store since.
pub(super) fn run(
    plans: Vec<Plan>,
    planned: &Header,
    named: Option<&Path>,
    args: &PlanArgs,
    settings: &Settings,
    global: &GlobalArgs,
) -> Result<u8> {
    let later = match named {
        Some(path) => vec![path.to_owned()],
        None => since(planned, args)?,
    };
    let mut followed: Vec<(Plan, Option<Progress>)> =
        plans.into_iter().map(|plan| (plan, None)).collect();
    let mut seen_at = planned.observed_at;
    // In order: what was done in one scan, and still is in the next, has been done since.
    for path in &later {
        seen_at = follow(&mut followed, path, planned, settings)?;
    }
    let followed: Vec<(Plan, Progress)> = followed
        .into_iter()
        .filter_map(|(plan, progress)| Some((plan, progress?)))
        .collect();
    to_stdout(|out| match args.format {
        PlanFormat::Json => json::render(&followed, planned.observed_at, seen_at, TOOL, out),
        PlanFormat::Terminal
        | PlanFormat::Markdown
        | PlanFormat::Terraform
        | PlanFormat::Gcloud => terminal::render(&followed, &plain_style(global), out),
    })?;
    Ok(0)
}

/// Refuses the forms that a status does not have.
pub(super) fn check(format: PlanFormat) -> Result<()> {
    match format {
        PlanFormat::Terminal | PlanFormat::Json => Ok(()),
        PlanFormat::Markdown | PlanFormat::Terraform | PlanFormat::Gcloud => {
            Err(Error::new("--status has the forms terminal and json")
                .hint("leave --format out, or name one of the two"))
        }
    }
}

/// Returns the store's snapshots of the same scope that are later, by time.
fn since(planned: &Header, args: &PlanArgs) -> Result<Vec<PathBuf>> {
    let store = store_of(&args.store)?;
    // Names of one scope sort by time.
    let own = store.path_of(planned);
    let mut later = store.snapshots_of(&planned.scope).map_err(Error::new)?;
    later.retain(|path| path.file_name() > own.file_name());
    if later.is_empty() {
        let none = Error::new(format!(
            "{} holds no snapshot of the same scope that is later than the plan's",
            store.folder().display()
        ));
        return Err(none.hint("scan again, or name a snapshot: --status SNAPSHOT"));
    }
    Ok(later)
}

/// Looks at one later snapshot, and returns its moment.
fn follow(
    followed: &mut [(Plan, Option<Progress>)],
    path: &Path,
    planned: &Header,
    settings: &Settings,
) -> Result<DateTime<Utc>> {
    let snapshot = store::read(path).map_err(Error::new)?;
    let seen_at = snapshot.header.observed_at;
    if seen_at <= planned.observed_at {
        let told = Error::new(format!(
            "{} is not later than the snapshot that the plan rests on",
            path.display()
        ));
        return Err(told.hint("name the older snapshot first: plan OLD --status NEW"));
    }
    let estate = join(&snapshot, settings);
    let world = World::of(&estate, &snapshot.facts.calls);
    for (plan, before) in followed {
        *before = Some(progress(plan, &world, before.as_ref()));
    }
    Ok(seen_at)
}

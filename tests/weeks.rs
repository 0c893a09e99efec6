//! Living with the program week after week: what is new, what is fixed, what is accepted, and what nobody can tell.

mod support;

#[path = "weeks/acceptance.rs"]
mod acceptance;
#[path = "weeks/owners.rs"]
mod owners;
#[path = "weeks/quarter.rs"]
mod quarter;
#[path = "weeks/stable.rs"]
mod stable;

use sa_audit::join::join;
use sa_audit::model::settings::Settings;
use sa_audit::model::snapshot::Snapshot;
use sa_audit::report::{Evaluated, Past, Report, build_since};
use sa_audit::rules::evaluate;

/// Returns what the rules say about a snapshot.
fn evaluated(snapshot: &Snapshot, settings: &Settings) -> Evaluated {
    let estate = join(snapshot, settings);
    let evaluation = evaluate(&estate, settings);
    Evaluated { estate, evaluation }
}

/// Returns the report on a snapshot.
fn report(snapshot: &Snapshot, settings: &Settings, past: &Past) -> Report {
    build_since(
        past,
        evaluated(snapshot, settings),
        settings,
        "sa-audit 0.0.0",
    )
}

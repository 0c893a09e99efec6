//! What the planner makes of an estate and its findings, told whole: the steps in order, what is not known, the notes.

mod support;

#[path = "plans/declared.rs"]
mod declared;
#[path = "plans/federate.rs"]
mod federate;
#[path = "plans/merge.rs"]
mod merge;
#[path = "plans/retire.rs"]
mod retire;
#[path = "plans/status.rs"]
mod status;
#[path = "plans/told.rs"]
mod told;

use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::estate::Estate;
use sa_audit::model::place::{PlaceKind, PlacedCaller};
use sa_audit::model::plan::{Plan, Proof};
use sa_audit::model::rule::Confidence;
use sa_audit::model::scope::Scope;
use sa_audit::model::settings::Settings;
use sa_audit::plan::plans_proved_by;
use sa_audit::rules::evaluate;

use support::callers::call;

/// The account of most tests.
const ETL: &str = "etl@acme-prod.iam.gserviceaccount.com";

/// Returns the plans of an estate by what the rules find in it; what they are worth is not asked here.
fn plans(estate: &Estate, settings: &Settings) -> Vec<Plan> {
    let findings = evaluate(estate, settings).findings;
    let estate = &read(estate);
    plans_proved_by(estate, &findings, settings, &|_, _| Proof::default())
}

/// Returns the estate with the policy of each project read, unless a test says how it was.
fn read(estate: &Estate) -> Estate {
    let mut estate = estate.clone();
    for project in &estate.projects {
        let scope = Scope::Project(project.id.clone());
        if *estate.coverage.reading(&scope, Dataset::Policies) == Reading::Skipped {
            estate
                .coverage
                .record(scope, Dataset::Policies, Reading::Read);
        }
    }
    estate
}

/// Returns the plans as text.
fn planned(estate: &Estate) -> String {
    planned_with(estate, &Settings::default())
}

fn planned_with(estate: &Estate, settings: &Settings) -> String {
    let plans = plans(estate, settings);
    plans.iter().map(told::plan).collect()
}

/// Returns calls of `BigQuery` as the account, from a place.
fn from(kind: PlaceKind, name: &str) -> PlacedCaller {
    let mut caller = call(ETL).at(kind, name, Confidence::High);
    caller.call.service = "bigquery.googleapis.com".to_owned();
    caller
}

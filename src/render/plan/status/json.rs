//! How far plans are done, as JSON: the contract of `sa-audit plan --status --format json`.

use std::io::{self, Write as _};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use crate::model::plan::Plan;
use crate::model::progress::{Progress, StepState, When};
use crate::render::plan::json::{PlanReadiness, PlanStage, PlanStepKind, kind};
use crate::render::plan::words;

/// How far the plans of a snapshot are done, as later snapshots show it.
///
/// The version in `schema` changes when a key is dropped or changes its meaning. New keys come without a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "sa-audit plan status")]
pub struct StatusDocument {
    /// The schema of this document.
    pub schema: StatusSchemaName,
    /// The program that made it, and its version.
    pub tool: String,
    /// The moment of the scan that the plans rest on.
    pub planned_at: DateTime<Utc>,
    /// The moment of the last scan that was looked at.
    pub seen_at: DateTime<Utc>,
    /// The plans, by project, then address, then unique id.
    pub plans: Vec<StatusOfPlan>,
}

/// The schema's name and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum StatusSchemaName {
    /// The first version.
    #[serde(rename = "sa-audit.plan-status/1")]
    PlanStatus1,
}

/// How far one plan is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusOfPlan {
    /// The account's address.
    pub email: String,
    /// The account's unique id.
    pub unique_id: String,
    /// The id of the account's project.
    pub project: String,
    /// What the plan is worth.
    pub readiness: PlanReadiness,
    /// How many of its steps are done.
    pub done: u64,
    /// The number of the first step that is seen not to be done; null: there is none.
    pub next: Option<u64>,
    /// Its steps, in order.
    pub steps: Vec<StatusOfStep>,
}

/// How far one step is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusOfStep {
    /// Its number, counted from 1.
    pub number: u64,
    /// The part of the way that it belongs to.
    pub stage: PlanStage,
    /// What is done.
    pub kind: PlanStepKind,
    /// What is done, as an instruction.
    pub title: String,
    /// What is seen of it.
    pub state: StatusState,
    /// Since when it is done, by the activity log, else by the first scan that showed it; null where it is not.
    pub since: Option<DateTime<Utc>>,
    /// Why it cannot be told whether it is done; null where it can.
    pub why: Option<String>,
    /// When it is due; null where it is done or cannot be seen.
    pub due: Option<StatusDue>,
}

/// What is seen of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatusState {
    /// It is done.
    Done,
    /// It is not.
    NotYet,
    /// Nothing that was read shows it.
    Unseen,
}

/// When a step is due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusDue {
    /// When.
    pub when: StatusWhen,
    /// From when on; null where it waits for nothing, or for another step.
    pub at: Option<DateTime<Utc>>,
    /// The number of the step that has to be done first; null where none is seen not to be.
    pub behind: Option<u64>,
    /// The numbers of the steps before it that no scan shows: a person has to see that they are done.
    pub look_first: Vec<u64>,
}

/// The ways to be due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StatusWhen {
    /// Nothing has to be waited for.
    Now,
    /// Another step comes first.
    Behind,
    /// Its wait has not elapsed.
    From,
    /// Its wait has elapsed.
    Overdue,
}

/// Writes how far each plan is done to `out`, indented, with a newline at the end.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(
    plans: &[(Plan, Progress)],
    planned_at: DateTime<Utc>,
    seen_at: DateTime<Utc>,
    tool: &str,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let document = StatusDocument {
        schema: StatusSchemaName::PlanStatus1,
        tool: tool.to_owned(),
        planned_at,
        seen_at,
        plans: plans.iter().map(one).collect(),
    };
    // The serialiser writes token by token.
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &document)?;
    writeln!(out)?;
    out.flush()
}

/// Returns the JSON Schema (draft 2020-12) of what [`render`] writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<StatusDocument>()
        .into()
}

fn one((plan, progress): &(Plan, Progress)) -> StatusOfPlan {
    let states = plan.steps.iter().zip(&progress.steps).enumerate();
    let steps = states.map(|(index, (step, state))| StatusOfStep {
        number: number(index),
        stage: step.stage.into(),
        kind: kind(&step.change),
        title: words::title(&step.change).to_string(),
        state: match state {
            StepState::Done { .. } => StatusState::Done,
            StepState::NotYet(_) => StatusState::NotYet,
            StepState::Unseen(_) => StatusState::Unseen,
        },
        since: match state {
            StepState::Done { since } => Some(*since),
            StepState::NotYet(_) | StepState::Unseen(_) => None,
        },
        why: match state {
            StepState::Unseen(why) => Some(why.to_string()),
            StepState::Done { .. } | StepState::NotYet(_) => None,
        },
        due: match state {
            StepState::NotYet(due) => Some(due.into()),
            StepState::Done { .. } | StepState::Unseen(_) => None,
        },
    });
    StatusOfPlan {
        email: plan.account.email.to_string(),
        unique_id: plan.account.unique_id.to_string(),
        project: plan.account.project.to_string(),
        readiness: plan.proof.readiness().into(),
        done: progress.done() as u64,
        next: progress.next().map(|(index, _)| number(index)),
        steps: steps.collect(),
    }
}

/// Returns a step's number as people count.
fn number(index: usize) -> u64 {
    index as u64 + 1
}

impl From<&crate::model::progress::Due> for StatusDue {
    fn from(due: &crate::model::progress::Due) -> Self {
        let (when, at, behind) = match due.when {
            When::Now => (StatusWhen::Now, None, None),
            When::Behind(step) => (StatusWhen::Behind, None, Some(number(step))),
            When::From(at) => (StatusWhen::From, Some(at), None),
            When::Overdue(at) => (StatusWhen::Overdue, Some(at), None),
        };
        Self {
            when,
            at,
            behind,
            look_first: due.look_first.iter().copied().map(number).collect(),
        }
    }
}

//! The report as JSON: an object whose first key names its schema and version.
//!
//! The types here are the contract with whoever reads the report, and are not the model's. Keys are in snake case, words
//! in kebab case, times RFC 3339 in UTC; what is not known is null; every array and every key is always there; lists are
//! sorted. `schema` is what the types derive, and `fixtures/golden/report.schema.json` is its committed copy.

mod access;
mod account;
mod caller;
mod coverage;
mod credential;
pub mod diff;
mod finding;
mod owner;
mod reference;
mod scan;
mod settings;
mod summary;
pub mod trend;
pub mod usage;
mod vocabulary;

use std::io::{self, Write as _};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use crate::report::Report;

pub use access::{
    Actor, Complete, Condition, Grant, Node, NodeKind, Workload, WorkloadEvidence,
    WorkloadEvidenceKind, WorkloadKind,
};
pub use account::{Account, ExtendedStatus, Key, LastUse, LastUseState, WhyUnknown};
pub use caller::{Caller, Place};
pub use coverage::{Coverage, NotEvaluated, ReadingState, Scope, ScopeKind};
pub use credential::Credential;
pub use finding::{Accepted, Evidence, Finding, Step, StepKind, Subject, SubjectKind};
pub use owner::Owner;
pub use scan::{LeftOut, Root, ScanScope, Window};
pub use settings::{AcceptedFinding, AcceptedGap, NamedOwner, Settings};
pub use summary::{BySeverity, ByStatus, Cis, Project, Rule, Summary, Thresholds};
pub use vocabulary::{
    AccountKind, ActAs, Cause, Confidence, CredentialKind, CredentialState, Dataset, DisableReason,
    ExtendedStatusKind, FailOn, KeyActivity, KeyAlgorithm, KeyOrigin, KeyState, OwnerSource,
    PlaceKind, Risk, Severity, Source, Status, Verdict,
};

/// The report of one evaluation.
///
/// The version in `schema` changes when a key is dropped or changes its meaning. New keys come without a new version,
/// so consumers must ignore keys that they do not know, at every level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "sa-audit report")]
pub struct Document {
    /// The schema of this document.
    pub schema: SchemaName,
    /// The program that made it, and its version.
    pub tool: String,
    /// The moment of the scan: "now" for every age in the report.
    pub observed_at: DateTime<Utc>,
    /// What the scan was asked to look at.
    pub scope: ScanScope,
    /// Projects that it saw and left out.
    pub left_out: LeftOut,
    /// The stretch that each source of last use looked at.
    pub windows: Vec<Window>,
    /// The thresholds in force.
    pub thresholds: Thresholds,
    /// The other settings in force.
    pub settings: Settings,
    /// The moment of the scan that the findings are compared with; null without one.
    pub baseline: Option<DateTime<Utc>>,
    /// Every count, the verdict and the exit code.
    pub summary: Summary,
    /// Every project, the one with the worst account first.
    pub projects: Vec<Project>,
    /// Every account, worst first: by severity, then number of findings, then project and address.
    pub accounts: Vec<Account>,
    /// Every finding, in the order of accounts, then those of places and providers; accepted ones last.
    pub findings: Vec<Finding>,
    /// How each read ended, by scope, then dataset.
    pub coverage: Vec<Coverage>,
    /// What could not be evaluated, by scope, then dataset.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Every rule, by id, switched on or off.
    pub rules: Vec<Rule>,
}

/// The schema's name and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SchemaName {
    /// The first version.
    #[serde(rename = "sa-audit.report/1")]
    Report1,
}

/// Writes the report to `out`, indented, with a newline at the end.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    // The serialiser writes token by token.
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &Document::from(report))?;
    writeln!(out)?;
    out.flush()
}

/// Returns the JSON Schema (draft 2020-12) of what [`render`] writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Document>()
        .into()
}

impl From<&Report> for Document {
    fn from(report: &Report) -> Self {
        let now = report.observed_at;
        let accounts = report.accounts.iter();
        let windows = report.windows.iter();
        Self {
            schema: SchemaName::Report1,
            tool: report.tool.clone(),
            observed_at: now,
            scope: ScanScope::from(&report.scope),
            left_out: LeftOut::from(report.left_out),
            windows: windows.copied().map(Window::from).collect(),
            thresholds: Thresholds::from(report.settings.thresholds),
            settings: Settings::of(report),
            baseline: report.baseline,
            summary: Summary::from(report.summary),
            projects: report.projects.iter().map(Project::from).collect(),
            accounts: accounts.map(|account| Account::new(account, now)).collect(),
            findings: report.findings().map(Finding::from).collect(),
            coverage: report.coverage.iter().map(Coverage::from).collect(),
            not_evaluated: report
                .not_evaluated
                .iter()
                .map(NotEvaluated::from)
                .collect(),
            rules: report.rules.iter().map(Rule::from).collect(),
        }
    }
}

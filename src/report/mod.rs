//! The report: everything that a renderer needs, already decided. Order, grouping, counts, verdict, exit code.
//!
//! Renderers draw and decide nothing: what two of them would decide twice, they would decide differently.

mod acceptance;
mod access;
mod accounts;
pub mod diff;
mod hints;
mod lines;
pub mod news;
mod not_evaluated;
mod owners;
mod past;
mod places;
mod rules;
mod selection;
mod sentences;
mod summary;
pub mod trend;
pub mod usage;

use chrono::{DateTime, Utc};

pub use acceptance::Expiring;
pub use access::{AtLeast, Completeness};
pub use accounts::{AccountReport, ProjectReport};
pub use lines::{Line, ReportedFinding, Status};
pub use not_evaluated::{Cause, Hint, NotEvaluated, NotEvaluatedGroup};
pub use past::{Evaluated, Past};
pub use places::PlaceReport;
pub use rules::RuleReport;
pub use selection::{Selection, select};
pub use summary::{BySeverity, ByStatus, Summary, Verdict};

use crate::model::coverage::{CoverageEntry, Dataset, Reading};
use crate::model::estate::Estate;
use crate::model::finding::Finding;
use crate::model::rule::RuleMeta;
use crate::model::scope::{LeftOut, ScanScope};
use crate::model::settings::Settings;
use crate::model::usage::Window;
use crate::rules::{Evaluation, RULES};

use acceptance::Decision;

/// What one evaluation has to say, in the order in which it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The program that made it: `sa-audit 0.1.0`.
    pub tool: String,
    /// The moment of the scan, UTC.
    pub observed_at: DateTime<Utc>,
    /// What the scan was asked to look at.
    pub scope: ScanScope,
    /// What it saw and left out.
    pub left_out: LeftOut,
    /// The stretch that each source of last use looked at.
    pub windows: Vec<Window>,
    /// The settings in force.
    pub settings: Settings,
    /// The moment of the scan that the findings are compared with, UTC; `None`: with none.
    pub baseline: Option<DateTime<Utc>>,
    /// What the report is cut to.
    pub selection: Selection,
    /// Every count, the verdict and the exit code.
    pub summary: Summary,
    /// Every project, the one with the worst account first, those without findings last, by id.
    pub projects: Vec<ProjectReport>,
    /// Every account, worst first: by severity, then number of findings, then project, address, unique id.
    pub accounts: Vec<AccountReport>,
    /// What was found about organizations, folders, projects and providers.
    pub places: PlaceReport,
    /// What could not be evaluated, by scope, then dataset.
    pub not_evaluated: Vec<NotEvaluated>,
    /// How each read ended, by scope, then dataset.
    pub coverage: Vec<CoverageEntry>,
    /// Every rule, by id, switched off or on.
    pub rules: Vec<RuleReport>,
}

/// The worst accounts of one project, to be drawn under its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section<'a> {
    /// The project.
    pub project: &'a ProjectReport,
    /// The accounts, worst first; at least one.
    pub accounts: Vec<&'a AccountReport>,
}

/// Returns the report on what every rule of the program said about the estate. `tool` is the program's name and version.
#[must_use]
pub fn build(estate: &Estate, evaluation: Evaluation, settings: &Settings, tool: &str) -> Report {
    build_with(estate, evaluation, settings, tool, &metas())
}

/// Returns the report on what `rules` said about the estate, as [`build`].
#[must_use]
pub fn build_with(
    estate: &Estate,
    evaluation: Evaluation,
    settings: &Settings,
    tool: &str,
    rules: &[&'static RuleMeta],
) -> Report {
    made(estate, evaluation, settings, tool, rules, &Past::default())
}

/// Returns the report, as [`build`], with what earlier scans know of each finding.
#[must_use]
pub fn build_since(past: &Past, now: Evaluated, settings: &Settings, tool: &str) -> Report {
    let Evaluated { estate, evaluation } = now;
    made(&estate, evaluation, settings, tool, &metas(), past)
}

fn made(
    estate: &Estate,
    evaluation: Evaluation,
    settings: &Settings,
    tool: &str,
    rules: &[&'static RuleMeta],
    past: &Past,
) -> Report {
    let Evaluation {
        findings,
        undecided,
        not_evaluated,
    } = evaluation;
    let now = estate.observed_at;
    let owners = owners::Owners::of(estate, &settings.owners);
    let findings = reported(findings, estate, settings, past, &owners);
    let rules = rules::in_force(rules, &findings, settings);
    let (of_accounts, of_places) = findings
        .into_iter()
        .partition(|reported| reported.finding.subject.account().is_some());
    let accounts = accounts::with_findings(estate, of_accounts, &owners);
    let places = places::report(of_places);
    let accepted = |scope: &_, dataset| acceptance::of_gap(scope, dataset, settings, now);
    let not_evaluated = not_evaluated::group(&estate.coverage, not_evaluated, undecided, accepted);
    let coverage = estate.coverage.iter();
    Report {
        tool: tool.to_owned(),
        observed_at: now,
        scope: estate.scope.clone(),
        left_out: estate.left_out,
        windows: estate.windows.clone(),
        settings: settings.clone(),
        selection: Selection::default(),
        baseline: past.baseline.as_ref().map(|old| old.estate.observed_at),
        summary: summary::of(
            estate,
            &accounts,
            &places,
            &not_evaluated,
            settings,
            past.baseline.is_some(),
        ),
        projects: accounts::by_project(estate, &accounts),
        accounts,
        places,
        not_evaluated,
        coverage: coverage
            .map(|(scope, dataset, reading)| CoverageEntry {
                scope: scope.clone(),
                dataset,
                reading: reading.clone(),
            })
            .collect(),
        rules,
    }
}

/// Returns the findings with what people and earlier scans know of them.
fn reported(
    findings: Vec<Finding>,
    estate: &Estate,
    settings: &Settings,
    past: &Past,
    owners: &owners::Owners<'_>,
) -> Vec<ReportedFinding> {
    let known = past::Known::of(past, estate);
    let one = |finding: Finding| {
        let decision = acceptance::decide(&finding, settings, estate.observed_at);
        ReportedFinding {
            status: known.status(&finding, &decision),
            first_seen: known.first_seen(&finding),
            owner: owners.of_subject(&finding.subject),
            accepted: match decision {
                Decision::Accepted(terms) => Some(terms),
                Decision::Open | Decision::Lapsed { .. } => None,
            },
            finding,
        }
    };
    findings.into_iter().map(one).collect()
}

/// Returns every rule of the program as it would run under the user's settings, by id, without findings.
#[must_use]
pub fn rules_in_force(settings: &Settings) -> Vec<RuleReport> {
    rules::in_force(&metas(), &[], settings)
}

fn metas() -> Vec<&'static RuleMeta> {
    RULES.iter().map(|rule| rule.meta()).collect()
}

impl Report {
    /// Returns the first `limit` accounts that have findings, under their projects; `None`: all of them.
    #[must_use]
    pub fn sections(&self, limit: Option<usize>) -> Vec<Section<'_>> {
        let found = self
            .accounts
            .iter()
            .filter(|account| !account.lines.is_empty());
        let shown: Vec<&AccountReport> = found.take(limit.unwrap_or(usize::MAX)).collect();
        let sections = self.projects.iter().map(|project| Section {
            project,
            accounts: shown
                .iter()
                .copied()
                .filter(|account| account.facts.project == project.id)
                .collect(),
        });
        sections
            .filter(|section| !section.accounts.is_empty())
            .collect()
    }

    /// Returns the accounts that have something to be found out, in the report's order.
    pub fn to_find_out(&self) -> impl Iterator<Item = &AccountReport> {
        self.accounts
            .iter()
            .filter(|account| !account.to_find_out.is_empty())
    }

    /// Returns what could not be evaluated, with entries that say the same of several places together: gaps first.
    #[must_use]
    pub fn not_evaluated_groups(&self) -> Vec<NotEvaluatedGroup<'_>> {
        not_evaluated::by_reason(&self.not_evaluated)
    }

    /// Returns whether any source was asked when something was last used; `None` where there was nothing to ask about.
    #[must_use]
    pub fn asked_for_last_use(&self) -> Option<bool> {
        self.coverage
            .iter()
            .filter(|entry| {
                [Dataset::AccountActivity, Dataset::KeyActivity].contains(&entry.dataset)
            })
            .map(|entry| entry.reading != Reading::Skipped)
            .reduce(|one, other| one || other)
    }

    /// Returns how many accounts have findings of confidence medium or better.
    #[must_use]
    pub fn accounts_with_findings(&self) -> u64 {
        self.projects
            .iter()
            .map(|project| project.with_findings)
            .sum()
    }

    /// Returns whether a finding is one of those that fail the run.
    #[must_use]
    pub fn fails(&self, reported: &ReportedFinding) -> bool {
        reported.accepted.is_none() && reported.counts() && summary::fails(reported, &self.settings)
    }

    /// Returns every finding, accepted ones last, in the order of accounts and lines; those of places behind those of
    /// accounts.
    pub fn findings(&self) -> impl Iterator<Item = &ReportedFinding> {
        let open = self.accounts.iter().flat_map(AccountReport::open_findings);
        let accepted = self.accounts.iter().flat_map(|account| &account.accepted);
        open.chain(self.places.open_findings())
            .chain(accepted)
            .chain(&self.places.accepted)
    }
}

//! The report: everything that a renderer needs, already decided. Order, grouping, counts, verdict, exit code.
//!
//! Renderers draw and decide nothing: what two of them would decide twice, they would decide differently.

mod access;
mod accounts;
mod hints;
mod lines;
mod not_evaluated;
mod places;
mod rules;
mod sentences;
mod summary;
pub mod usage;

use chrono::{DateTime, Utc};

pub use access::{AtLeast, Completeness};
pub use accounts::{AccountReport, ProjectReport};
pub use lines::{Accepted, Line, ReportedFinding, Status};
pub use not_evaluated::{Cause, Hint, NotEvaluated, NotEvaluatedGroup};
pub use places::PlaceReport;
pub use rules::RuleReport;
pub use summary::{BySeverity, Summary, Verdict};

use crate::model::coverage::{CoverageEntry, Dataset, Reading};
use crate::model::estate::Estate;
use crate::model::rule::RuleMeta;
use crate::model::scope::{LeftOut, ScanScope};
use crate::model::settings::{Settings, Thresholds};
use crate::model::usage::Window;
use crate::rules::{Evaluation, RULES};

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
    /// The thresholds in force, days.
    pub thresholds: Thresholds,
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
    let Evaluation {
        findings,
        undecided,
        not_evaluated,
    } = evaluation;
    let rules = rules::in_force(rules, &findings, settings);
    let (of_accounts, of_places) = findings
        .into_iter()
        .partition(|finding| finding.subject.account().is_some());
    let accounts = accounts::with_findings(estate, of_accounts);
    let places = places::report(of_places);
    let not_evaluated = not_evaluated::group(&estate.coverage, not_evaluated, undecided);
    let coverage = estate.coverage.iter();
    Report {
        tool: tool.to_owned(),
        observed_at: estate.observed_at,
        scope: estate.scope.clone(),
        left_out: estate.left_out,
        windows: estate.windows.clone(),
        thresholds: settings.thresholds,
        summary: summary::of(estate, &accounts, &places, &not_evaluated, settings),
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

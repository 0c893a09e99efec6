//! The report: everything that a renderer needs, already decided. Order, grouping, counts, verdict, exit code.
//!
//! Renderers draw and decide nothing: what two of them would decide twice, they would decide differently.

mod accounts;
mod hints;
mod not_evaluated;
mod rules;
mod sentences;
mod summary;

use chrono::{DateTime, Utc};

use crate::model::account::ServiceAccount;
use crate::model::coverage::{CoverageEntry, Dataset};
use crate::model::estate::{Estate, Key};
use crate::model::finding::{Finding, Subject};
use crate::model::message::Message;
use crate::model::names::{KeyId, ProjectId};
use crate::model::rule::{Cis, RuleMeta, Severity};
use crate::model::scope::{LeftOut, ScanScope, Scope};
use crate::model::settings::{FailOn, Settings, Thresholds};
use crate::model::usage::{LastUse, Window};
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
    /// What could not be evaluated, by scope, then dataset.
    pub not_evaluated: Vec<NotEvaluated>,
    /// How each read ended, by scope, then dataset.
    pub coverage: Vec<CoverageEntry>,
    /// Every rule, by id, switched off or on.
    pub rules: Vec<RuleReport>,
}

/// Every count of a report, its verdict and its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Projects that were looked at.
    pub projects: u64,
    /// Projects that were seen and left out, for whatever reason.
    pub left_out: u64,
    /// Service accounts.
    pub accounts: u64,
    /// User-managed keys in any state.
    pub keys: u64,
    /// Of `keys`, those that can sign in: neither they nor their account disabled, nor expired.
    pub keys_enabled: u64,
    /// Findings that are not accepted.
    pub findings: u64,
    /// `findings` by severity.
    pub by_severity: BySeverity,
    /// Findings that somebody has accepted; not part of `findings`.
    pub accepted: u64,
    /// Of `findings`, those of confidence low: to be found out first.
    pub to_find_out: u64,
    /// Of `findings`, those that fail the run; none of confidence low.
    pub failing: u64,
    /// Entries of [`Report::not_evaluated`].
    pub not_evaluated: u64,
    /// Reads that were asked for and did not end whole.
    pub gaps: u64,
    /// What it comes to.
    pub verdict: Verdict,
    /// From which severity on findings fail the run.
    pub fail_on: FailOn,
    /// Whether gaps leave the exit code alone.
    pub allow_incomplete: bool,
    /// The exit code of `scan`, `report` and `demo`: 0, 1 or 3.
    pub exit_code: u8,
}

/// A count for each severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BySeverity {
    /// Findings of severity critical.
    pub critical: u64,
    /// Findings of severity high.
    pub high: u64,
    /// Findings of severity medium.
    pub medium: u64,
    /// Findings of severity low.
    pub low: u64,
    /// Findings of severity info.
    pub info: u64,
}

/// What a report comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing fails the run, and nothing is missing, or the user allows it to be.
    Pass,
    /// At least one finding fails the run, whatever is missing.
    Fail,
    /// Nothing fails the run, but something could not be read.
    Incomplete,
}

/// A project and the counts that stand in its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectReport {
    /// The project.
    pub id: ProjectId,
    /// Its accounts.
    pub accounts: u64,
    /// Of `accounts`, those with at least one [`Line`] in [`AccountReport::lines`].
    pub with_findings: u64,
}

/// An account with everything that is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountReport {
    /// What IAM lists.
    pub facts: ServiceAccount,
    /// When it was last used.
    pub last_use: LastUse,
    /// Its user-managed keys, by id.
    pub keys: Vec<Key>,
    /// Whether `keys` are all of them; otherwise the coverage says what is missing.
    pub keys_complete: bool,
    /// The worst severity in `lines`.
    pub worst: Option<Severity>,
    /// What was found, one line per subject, worst first.
    pub lines: Vec<Line>,
    /// What is to be found out first: the findings of confidence low, one line per subject, worst first.
    pub to_find_out: Vec<Line>,
    /// What somebody has accepted, by subject, then rule.
    pub accepted: Vec<ReportedFinding>,
}

/// Everything found about one subject: an account, or a key. One key with six findings is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The account or key.
    pub subject: Subject,
    /// The worst severity of `findings`.
    pub worst: Severity,
    /// The findings, worst first, then by rule; at least one.
    pub findings: Vec<ReportedFinding>,
}

/// A finding and what people and earlier runs know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedFinding {
    /// What the rule says.
    pub finding: Finding,
    /// How it stands against the baseline; `None` without one.
    pub status: Option<Status>,
    /// The first run that had it, UTC; `None` without a baseline.
    pub first_seen: Option<DateTime<Utc>>,
    /// Who accepted it, and why.
    pub accepted: Option<Accepted>,
    /// The team that it belongs to.
    pub owner: Option<String>,
}

/// How a finding stands against the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The baseline does not have it.
    New,
    /// The baseline has it, with the same evidence.
    Known,
    /// The baseline has it as gone.
    Reopened,
    /// The baseline has it with other evidence.
    Changed,
}

/// A risk that somebody has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Why.
    pub reason: String,
    /// Who.
    pub owner: Option<String>,
    /// Until when, UTC.
    pub until: Option<DateTime<Utc>>,
}

/// Something that could not be evaluated, why, and what mends it. Never a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotEvaluated {
    /// Where.
    pub scope: Scope,
    /// The keys that it is about, sorted; none: everything in `scope`.
    pub keys: Vec<KeyId>,
    /// What is missing.
    pub dataset: Dataset,
    /// The rules that could not be evaluated, sorted; none where no rule that is switched on needs `dataset`.
    pub rules: Vec<&'static str>,
    /// What kind of lack it is.
    pub cause: Cause,
    /// Why, in one sentence that can stand alone.
    pub reason: Message,
    /// The one grant or act that mends it, where there is one.
    pub hint: Option<Message>,
}

/// Why something could not be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A read was asked for and did not end whole: the report is incomplete.
    Gap,
    /// The read was not asked for.
    Skipped,
    /// Everything was read, and does not decide it.
    Undecided,
}

/// A rule as it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleReport {
    /// The rule's id.
    pub id: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// Whether it ran.
    pub enabled: bool,
    /// The severity in force: the user's, else the rule's own.
    pub severity: Severity,
    /// Its findings that are not accepted.
    pub findings: u64,
    /// The recommendation of the CIS benchmark that it answers to.
    pub cis: Option<Cis>,
    /// The entries of the OWASP Non-Human Identities Top 10 that it answers to.
    pub owasp: &'static [&'static str],
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
    let accounts = accounts::with_findings(estate, findings);
    let not_evaluated = not_evaluated::group(&estate.coverage, not_evaluated, undecided);
    let coverage = estate.coverage.iter();
    Report {
        tool: tool.to_owned(),
        observed_at: estate.observed_at,
        scope: estate.scope.clone(),
        left_out: estate.left_out,
        windows: estate.windows.clone(),
        thresholds: settings.thresholds,
        summary: summary::of(estate, &accounts, &not_evaluated, settings),
        projects: accounts::by_project(estate, &accounts),
        accounts,
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

    /// Returns how many accounts have findings of confidence medium or better.
    #[must_use]
    pub fn accounts_with_findings(&self) -> u64 {
        self.projects
            .iter()
            .map(|project| project.with_findings)
            .sum()
    }

    /// Returns every finding, accepted ones last, in the order of accounts and lines.
    pub fn findings(&self) -> impl Iterator<Item = &ReportedFinding> {
        let open = self.accounts.iter().flat_map(AccountReport::open_findings);
        let accepted = self.accounts.iter().flat_map(|account| &account.accepted);
        open.chain(accepted)
    }
}

impl AccountReport {
    /// Returns the account's findings that are not accepted, in the order of its lines.
    pub fn open_findings(&self) -> impl Iterator<Item = &ReportedFinding> {
        self.lines
            .iter()
            .chain(&self.to_find_out)
            .flat_map(|line| &line.findings)
    }
}

impl BySeverity {
    /// Returns the counts, each with its severity, worst first.
    #[must_use]
    pub fn worst_first(&self) -> [(Severity, u64); 5] {
        [
            (Severity::Critical, self.critical),
            (Severity::High, self.high),
            (Severity::Medium, self.medium),
            (Severity::Low, self.low),
            (Severity::Info, self.info),
        ]
    }
}

impl NotEvaluated {
    /// Returns whether something was asked for and is missing.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        self.cause == Cause::Gap
    }
}

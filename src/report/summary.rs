//! The counts, the verdict and the exit code. Every number is counted here, once.

use crate::model::coverage::{Dataset, Reading};
use crate::model::estate::Estate;
use crate::model::rule::{Confidence, Severity};
use crate::model::settings::{FailOn, Settings};

use super::{AccountReport, NotEvaluated, PlaceReport, ReportedFinding, Status};

/// Every count of a report, its verdict and its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Projects that were looked at.
    pub projects: u64,
    /// Projects that were seen and left out, for whatever reason.
    pub left_out: u64,
    /// Service accounts.
    pub accounts: u64,
    /// Of `accounts`, those that two or more workloads run as, whatever may be missing.
    pub shared_accounts: u64,
    /// User-managed keys in any state.
    pub keys: u64,
    /// Of `keys`, those that can sign in: neither they nor their account disabled, nor expired.
    pub keys_enabled: u64,
    /// Whether every project, account and key in scope could be listed; otherwise the counts above are what was seen.
    pub inventory_complete: bool,
    /// Whether the lists of accounts and keys may be behind: what is younger than their source is in none.
    pub inventory_stale: bool,
    /// Findings of confidence medium or high that nobody has accepted.
    pub findings: u64,
    /// `findings` by severity.
    pub by_severity: BySeverity,
    /// Findings of confidence low, to be found out first; not part of `findings`.
    pub to_find_out: u64,
    /// Findings that somebody has accepted; not part of `findings`.
    pub accepted: u64,
    /// Of `findings`, those that fail the run.
    pub failing: u64,
    /// Entries of [`super::Report::not_evaluated`].
    pub not_evaluated: u64,
    /// Reads that were asked for and did not end whole.
    pub gaps: u64,
    /// Of `gaps`, those that somebody has accepted: they leave the exit code alone.
    pub gaps_accepted: u64,
    /// The findings by how they stand against the baseline; `None` without one.
    pub against_baseline: Option<ByStatus>,
    /// What it comes to.
    pub verdict: Verdict,
    /// From which severity on findings fail the run.
    pub fail_on: FailOn,
    /// Whether gaps leave the exit code alone.
    pub allow_incomplete: bool,
    /// Whether findings that the baseline knows fail the run as well.
    pub fail_on_known: bool,
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

/// A count for each status of a finding against the baseline, of those that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ByStatus {
    /// Findings that the baseline does not have.
    pub new: u64,
    /// Findings that it has with other evidence.
    pub changed: u64,
    /// Findings that were gone and are back.
    pub reopened: u64,
    /// Findings that it has.
    pub known: u64,
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

/// Returns the counts over `accounts` and `places`, and what they come to under the user's settings.
pub(super) fn of(
    estate: &Estate,
    accounts: &[AccountReport],
    places: &PlaceReport,
    not_evaluated: &[NotEvaluated],
    settings: &Settings,
    has_baseline: bool,
) -> Summary {
    let mut by_status = ByStatus::default();
    let mut by_severity = BySeverity::default();
    let (mut findings, mut to_find_out, mut failing) = (0, 0, 0);
    let of_accounts = accounts.iter().flat_map(AccountReport::open_findings);
    for reported in of_accounts.chain(places.open_findings()) {
        let finding = &reported.finding;
        match finding.confidence {
            Confidence::Low => to_find_out += 1,
            Confidence::Medium | Confidence::High => {
                findings += 1;
                *by_severity.count(finding.severity) += 1;
                by_status.count(reported.status);
                failing += u64::from(fails(reported, settings));
            }
        }
    }
    let gaps = estate.coverage.gaps().count() as u64;
    let accepted_gaps = not_evaluated
        .iter()
        .filter(|entry| entry.accepted.is_some());
    let gaps_accepted = accepted_gaps.count() as u64;
    let verdict = verdict(failing, gaps - gaps_accepted, settings.allow_incomplete);
    let left_out = &estate.left_out;
    Summary {
        projects: estate.projects.len() as u64,
        left_out: left_out.inactive + left_out.apps_script + left_out.excluded,
        accounts: accounts.len() as u64,
        shared_accounts: accounts
            .iter()
            .filter(|account| account.is_shared())
            .count() as u64,
        keys: accounts
            .iter()
            .map(|account| account.keys.len() as u64)
            .sum(),
        keys_enabled: estate.live_keys().count() as u64,
        inventory_complete: !estate
            .coverage
            .gaps()
            .any(|(_, dataset, _)| is_inventory(dataset)),
        inventory_stale: estate.coverage.iter().any(|(_, dataset, reading)| {
            is_inventory(dataset) && matches!(reading, Reading::Stale { .. })
        }),
        findings,
        by_severity,
        accepted: accounts
            .iter()
            .map(|account| account.accepted.len() as u64)
            .sum::<u64>()
            + places.accepted.len() as u64,
        to_find_out,
        failing,
        not_evaluated: not_evaluated.len() as u64,
        gaps,
        gaps_accepted,
        against_baseline: has_baseline.then_some(by_status),
        verdict,
        fail_on: settings.fail_on,
        allow_incomplete: settings.allow_incomplete,
        fail_on_known: settings.fail_on_known,
        exit_code: verdict.exit_code(),
    }
}

/// Returns whether a finding that counts fails the run. What the baseline knows does not, unless the user says so.
pub(super) fn fails(reported: &ReportedFinding, settings: &Settings) -> bool {
    let is_news = match reported.status {
        None | Some(Status::New | Status::Reopened | Status::Changed) => true,
        Some(Status::Known) => settings.fail_on_known,
    };
    is_news && settings.fail_on.fails(reported.finding.severity)
}

/// Returns whether a dataset is a list of what there is.
fn is_inventory(dataset: Dataset) -> bool {
    match dataset {
        Dataset::Projects | Dataset::Folders | Dataset::ServiceAccounts | Dataset::Keys => true,
        Dataset::AccountActivity
        | Dataset::KeyActivity
        | Dataset::Metrics
        | Dataset::AccountInsights
        | Dataset::PolicyInsights
        | Dataset::AuditLogs
        | Dataset::Policies
        | Dataset::AccountPolicies
        | Dataset::ResourcePolicies
        | Dataset::CreationTimes
        | Dataset::Roles
        | Dataset::Federation
        | Dataset::Attachments
        | Dataset::References
        | Dataset::OtherCredentials
        | Dataset::Addresses
        | Dataset::OrgPolicies => false,
    }
}

/// Returns the verdict: a finding that fails the run outranks what is missing.
fn verdict(failing: u64, gaps: u64, allow_incomplete: bool) -> Verdict {
    if failing > 0 {
        Verdict::Fail
    } else if gaps > 0 && !allow_incomplete {
        Verdict::Incomplete
    } else {
        Verdict::Pass
    }
}

impl Verdict {
    /// Returns the exit code of `scan`, `report` and `demo`.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Incomplete => 3,
        }
    }
}

impl ByStatus {
    fn count(&mut self, status: Option<Status>) {
        match status {
            Some(Status::New) => self.new += 1,
            Some(Status::Changed) => self.changed += 1,
            Some(Status::Reopened) => self.reopened += 1,
            Some(Status::Known) => self.known += 1,
            None => {}
        }
    }
}

impl BySeverity {
    fn count(&mut self, severity: Severity) -> &mut u64 {
        match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
            Severity::Info => &mut self.info,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failing_findings_outrank_gaps_and_gaps_outrank_a_pass() {
        let table = [
            (0, 0, false, Verdict::Pass, 0),
            (0, 0, true, Verdict::Pass, 0),
            (0, 2, false, Verdict::Incomplete, 3),
            (0, 2, true, Verdict::Pass, 0),
            (1, 0, false, Verdict::Fail, 1),
            (1, 2, false, Verdict::Fail, 1),
            (1, 2, true, Verdict::Fail, 1),
        ];
        for (failing, gaps, allowed, expected, code) in table {
            let got = verdict(failing, gaps, allowed);
            assert_eq!((got, got.exit_code()), (expected, code));
        }
    }
}

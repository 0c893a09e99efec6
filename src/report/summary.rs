//! The counts, the verdict and the exit code. Every number is counted here, once.

use crate::model::estate::Estate;
use crate::model::rule::{Confidence, Severity};
use crate::model::settings::Settings;

use super::{AccountReport, BySeverity, NotEvaluated, Summary, Verdict};

/// Returns the counts over `accounts`, and what they come to under the user's settings.
pub(super) fn of(
    estate: &Estate,
    accounts: &[AccountReport],
    not_evaluated: &[NotEvaluated],
    settings: &Settings,
) -> Summary {
    let mut by_severity = BySeverity::default();
    let (mut findings, mut to_find_out, mut failing) = (0, 0, 0);
    for reported in accounts.iter().flat_map(AccountReport::open_findings) {
        let finding = &reported.finding;
        findings += 1;
        *by_severity.count(finding.severity) += 1;
        match finding.confidence {
            Confidence::Low => to_find_out += 1,
            Confidence::Medium | Confidence::High => {
                failing += u64::from(settings.fail_on.fails(finding.severity));
            }
        }
    }
    let gaps = estate.coverage.gaps().count() as u64;
    let verdict = verdict(failing, gaps, settings.allow_incomplete);
    let left_out = &estate.left_out;
    Summary {
        projects: estate.projects.len() as u64,
        left_out: left_out.inactive + left_out.apps_script + left_out.excluded,
        accounts: accounts.len() as u64,
        keys: accounts
            .iter()
            .map(|account| account.keys.len() as u64)
            .sum(),
        keys_enabled: estate.live_keys().count() as u64,
        findings,
        by_severity,
        accepted: accounts
            .iter()
            .map(|account| account.accepted.len() as u64)
            .sum(),
        to_find_out,
        failing,
        not_evaluated: not_evaluated.len() as u64,
        gaps,
        verdict,
        fail_on: settings.fail_on,
        allow_incomplete: settings.allow_incomplete,
        exit_code: verdict.exit_code(),
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

//! What was found about organizations, folders, projects and providers: what belongs to no single account.

use super::lines::{self, Line, ReportedFinding, Sorted};

/// What was found about places of policies and about providers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceReport {
    /// What was found, one line per subject, worst first.
    pub lines: Vec<Line>,
    /// What is to be found out first: the findings of confidence low, one line per subject, worst first.
    pub to_find_out: Vec<Line>,
    /// What somebody has accepted, by subject, then rule.
    pub accepted: Vec<ReportedFinding>,
}

impl PlaceReport {
    /// Returns the findings that are not accepted, in the order of the lines.
    pub fn open_findings(&self) -> impl Iterator<Item = &ReportedFinding> {
        lines::open(&self.lines, &self.to_find_out)
    }
}

/// Returns what was found, of findings whose subject is no account and no key.
pub(super) fn report(findings: Vec<ReportedFinding>) -> PlaceReport {
    let Sorted {
        lines,
        to_find_out,
        accepted,
    } = lines::sorted(findings);
    PlaceReport {
        lines,
        to_find_out,
        accepted,
    }
}

//! The rules as they ran: on or off, with the severity in force and what they found.

use crate::model::rule::{Cis, RuleMeta, Severity};
use crate::model::settings::Settings;

use super::ReportedFinding;

/// A rule as it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleReport {
    /// The rule's id.
    pub id: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// Its document, in Markdown.
    pub docs: &'static str,
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

/// Returns every rule as it ran, by id.
pub(super) fn in_force(
    rules: &[&'static RuleMeta],
    findings: &[ReportedFinding],
    settings: &Settings,
) -> Vec<RuleReport> {
    let mut reports: Vec<RuleReport> = rules
        .iter()
        .map(|meta| {
            let setting = settings.rules.get(meta.id).copied().unwrap_or_default();
            let hits = findings
                .iter()
                .filter(|reported| reported.finding.rule == meta.id && reported.accepted.is_none());
            RuleReport {
                id: meta.id,
                title: meta.title,
                docs: meta.docs,
                enabled: setting.enabled.unwrap_or(meta.on_by_default),
                severity: setting.severity.unwrap_or(meta.severity),
                findings: hits.count() as u64,
                cis: meta.cis,
                owasp: meta.owasp,
            }
        })
        .collect();
    reports.sort_by_key(|report| report.id);
    reports
}

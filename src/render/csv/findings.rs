//! The table of findings.

use std::io;

use super::{cell, header, record};
use crate::render::json::{Accepted, Finding};
use crate::report::Report;

/// The columns; `first_step` is the first of the JSON's actions.
const COLUMNS: [&str; 18] = [
    "severity",
    "confidence",
    "rule",
    "status",
    "message",
    "subject",
    "project",
    "email",
    "unique_id",
    "key",
    "resource",
    "owner",
    "first_seen",
    "accepted_until",
    "accepted_by",
    "accepted_reason",
    "first_step",
    "fingerprint",
];

/// Writes a header and one line a finding, in the report's order; accepted ones last.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn findings(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    header(out, &COLUMNS)?;
    report
        .findings()
        .try_for_each(|reported| record(out, &line(Finding::from(reported))))
}

fn line(finding: Finding) -> [String; COLUMNS.len()] {
    let subject = finding.subject;
    let (until, by, reason) = match finding.accepted {
        None => Default::default(),
        Some(Accepted {
            reason,
            owner,
            until,
        }) => (cell(until), owner.unwrap_or_default(), reason),
    };
    let first = finding.actions.into_iter().next();
    [
        cell(finding.severity),
        cell(finding.confidence),
        finding.rule,
        cell(finding.status),
        finding.message,
        cell(subject.kind),
        subject.project.unwrap_or_default(),
        subject.email.unwrap_or_default(),
        subject.unique_id.unwrap_or_default(),
        subject.key.unwrap_or_default(),
        subject.name,
        finding.owner.unwrap_or_default(),
        cell(finding.first_seen),
        until,
        by,
        reason,
        first.map(|step| step.text).unwrap_or_default(),
        finding.fingerprint,
    ]
}

//! The sections of the document: what fails, what was not evaluated, and, folded, the rest.

use std::cmp::Reverse;
use std::fmt::{self, Write as _};

use super::cell::{name, sentence};
use crate::model::rule::Severity;
use crate::render::escape::Md;
use crate::render::terminal::{accepted, not_evaluated};
use crate::render::{actions, words};
use crate::report::{Report, ReportedFinding, Status};

/// Bytes kept back for the frame of each section.
const FRAME: usize = 400;

/// Writes the sections, so that the text is no longer than `most`. Of `most`, the failing findings get half; each
/// section's share that is not used is the next ones'.
pub(super) fn write(text: &mut String, report: &Report, most: usize) -> fmt::Result {
    let summary = &report.summary;
    let open = || {
        report
            .findings()
            .filter(|reported| reported.accepted.is_none())
    };
    let sure = || open().filter(|reported| reported.counts());
    let failing = sure().filter(|reported| report.fails(reported));
    let others = sure().filter(|reported| !report.fails(reported));
    let doubtful = open().filter(|reported| !reported.counts());
    let accepted = report
        .findings()
        .filter(|reported| reported.accepted.is_some());
    let share = |of_ten: usize| (most / 10 * of_ten).saturating_sub(FRAME);

    if summary.failing > 0 {
        writeln!(text)?;
        table(text, failing, summary.failing, share(5))?;
    }
    if summary.not_evaluated > 0 {
        not_evaluated_list(text, report, share(6))?;
    }
    let folded = summary.findings - summary.failing;
    let noun = if summary.failing > 0 {
        "more finding"
    } else {
        "finding"
    };
    fold(text, folded, noun, |text| {
        table(text, others, folded, share(8))
    })?;
    fold(
        text,
        summary.to_find_out,
        "finding to find out first",
        |text| table(text, doubtful, summary.to_find_out, share(9)),
    )?;
    fold(text, summary.accepted, "accepted finding", |text| {
        accepted_list(text, accepted, summary.accepted, share(10))
    })
}

/// Writes a section that is folded until somebody opens it; nothing where there is nothing.
fn fold(
    text: &mut String,
    all: u64,
    noun: &str,
    body: impl FnOnce(&mut String) -> fmt::Result,
) -> fmt::Result {
    if all == 0 {
        return Ok(());
    }
    let summary = match noun.split_once(' ') {
        Some(("finding", rest)) => format!("{} {rest}", words::count(all, "finding")),
        Some(_) | None => words::count(all, noun),
    };
    writeln!(text, "\n<details><summary>{summary}</summary>\n")?;
    body(text)?;
    writeln!(text, "\n</details>")
}

/// Writes a table of findings, the worst first, one row each, as long as the text is no longer than `end`.
fn table<'a>(
    text: &mut String,
    findings: impl Iterator<Item = &'a ReportedFinding>,
    all: u64,
    end: usize,
) -> fmt::Result {
    writeln!(text, "| | finding | rule | owner | since | do first |")?;
    writeln!(text, "|---|---|---|---|---|---|")?;
    // The worst first, whatever account they are of. Stable: those of one severity stay in the report's order.
    let mut findings: Vec<&ReportedFinding> = findings.collect();
    findings.sort_by_key(|reported| Reverse(reported.finding.severity));
    entries(text, findings.into_iter().map(row), all, end, "finding")
}

fn row(reported: &ReportedFinding) -> String {
    let finding = &reported.finding;
    let owner = reported.owner.as_ref().map(|owner| name(&owner.name));
    let step = finding.actions.first().map(actions::sentence);
    format!(
        "| {} | {} | {}{} | {} | {} | {} |",
        severity(finding.severity),
        sentence(&reported.sentence()),
        finding.rule,
        status(reported.status),
        owner.unwrap_or_default(),
        reported.first_seen.map(words::date).unwrap_or_default(),
        step.map(|step| sentence(&step)).unwrap_or_default(),
    )
}

fn severity(severity: Severity) -> String {
    match severity {
        Severity::Critical | Severity::High => format!("**{}**", severity.name()),
        Severity::Medium | Severity::Low | Severity::Info => severity.name().to_owned(),
    }
}

fn status(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::New) => " **new**",
        Some(Status::Reopened) => " **back again**",
        Some(Status::Changed) => " **changed**",
        Some(Status::Known) | None => "",
    }
}

/// Writes what could not be evaluated, the same of several places once.
fn not_evaluated_list(text: &mut String, report: &Report, end: usize) -> fmt::Result {
    let summary = &report.summary;
    let gaps = match summary.gaps {
        0 => String::new(),
        gaps => format!(", {} incomplete", words::count(gaps, "read")),
    };
    writeln!(
        text,
        "\n**{} not evaluated{gaps}**\n",
        summary.not_evaluated
    )?;
    let groups = report.not_evaluated_groups();
    let all = groups.len() as u64;
    let rows = groups
        .iter()
        .map(|group| format!("- {}", sentence(&not_evaluated::told(group))));
    entries(text, rows, all, end, "reason")
}

fn accepted_list<'a>(
    text: &mut String,
    findings: impl Iterator<Item = &'a ReportedFinding>,
    all: u64,
    end: usize,
) -> fmt::Result {
    let row = |reported: &'a ReportedFinding| {
        let terms = reported.accepted.as_ref()?;
        let told = sentence(&reported.sentence());
        let rule = reported.finding.rule;
        Some(format!("- {told} ({rule}), {}", name(&accepted::on(terms))))
    };
    entries(text, findings.filter_map(row), all, end, "finding")
}

/// Writes rows as long as the text is no longer than `end`, and how many are left out.
fn entries(
    text: &mut String,
    rows: impl Iterator<Item = String>,
    all: u64,
    end: usize,
    noun: &str,
) -> fmt::Result {
    let mut shown = 0;
    for row in rows {
        if text.len() + row.len() >= end {
            break;
        }
        writeln!(text, "{row}")?;
        shown += 1;
    }
    match all.saturating_sub(shown) {
        0 => Ok(()),
        left => {
            let more = words::count(left, &format!("more {noun}"));
            writeln!(
                text,
                "\n{}",
                Md(&format!("… and {more}: the JSON report has all"))
            )
        }
    }
}

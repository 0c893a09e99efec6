//! The footer: what was looked at and since when, the counts, the verdict.

use std::io;

use crate::model::coverage::Reading;
use crate::model::scope::{LeftOut, ScanScope};
use crate::model::settings::FailOn;
use crate::model::usage::LastUse;
use crate::render::words;
use crate::report::{ByStatus, Report, Summary, Verdict};

use super::style::Look;
use super::text::Text;
use super::{Sheet, in_force};

/// Writes the footer. A clean run is three lines.
pub(super) fn render(sheet: &mut Sheet<'_>, report: &Report) -> io::Result<()> {
    let summary = &report.summary;
    sheet.ends(
        Text::plain(&looked_at(summary)),
        Text::plain(&since(report)),
    )?;
    if is_weak(report) {
        sheet.paragraph(0, Text::new(Look::Dim, WEAK_EVIDENCE))?;
    }
    if let Some(behind) = behind(report) {
        sheet.paragraph(0, Text::new(Look::Dim, &behind))?;
    }
    if let Some(left_out) = left_out(&report.left_out) {
        sheet.paragraph(0, Text::new(Look::Dim, &left_out))?;
    }
    let decided = [in_force::selection(report), in_force::line(report)];
    for line in decided.into_iter().flatten() {
        sheet.paragraph(0, Text::new(Look::Dim, &line))?;
    }
    if summary.projects == 0 {
        let nothing = nothing_there(&report.scope, &report.left_out);
        sheet.paragraph(0, Text::plain(&nothing))?;
    } else {
        sheet.ends(
            Text::plain(&found(report)),
            Text::new(Look::Dim, &besides(summary)),
        )?;
    }
    if let Some(compared) = compared(report) {
        sheet.paragraph(0, Text::plain(&compared))?;
    }
    if !is_clean(summary) {
        if summary.findings + summary.to_find_out > 0 && !sheet.style().details {
            sheet.paragraph(0, Text::new(Look::Dim, READ_ON))?;
        }
        sheet.blank()?;
    }
    verdict(sheet, report)
}

/// Returns what is news against the baseline; nothing without one.
pub(in crate::render) fn compared(report: &Report) -> Option<String> {
    let baseline = report.baseline?;
    let ByStatus {
        new,
        changed,
        reopened,
        known,
    } = report.summary.against_baseline?;
    Some(format!(
        "against the scan of {}: {new} new, {changed} changed, {reopened} back again, {known} known",
        words::date(baseline)
    ))
}

/// Where the evidence and the next steps are.
const READ_ON: &str =
    "next: --details shows evidence and steps under each line, `sa-audit rules ID` explains a rule";

/// What "weak evidence" means; audit logs would turn it into strong evidence.
/// Source: <https://cloud.google.com/iam/docs/service-account-usage-tools>.
const WEAK_EVIDENCE: &str =
    "weak evidence: a key also looks used when a system merely listed its account's keys";

/// Returns whether the last use of any key rests on weak evidence.
fn is_weak(report: &Report) -> bool {
    let mut keys = report.accounts.iter().flat_map(|account| &account.keys);
    keys.any(|key| matches!(key.last_use, LastUse::Seen { weak: true, .. }))
}

/// Returns from when on Asset Inventory may lack what happened; nothing where it was not asked.
pub(in crate::render) fn behind(report: &Report) -> Option<String> {
    let as_of = report
        .coverage
        .iter()
        .filter_map(|entry| match entry.reading {
            Reading::Stale { as_of } => Some(as_of),
            Reading::Read
            | Reading::Skipped
            | Reading::NotCovered { .. }
            | Reading::Malformed { .. }
            | Reading::Truncated { .. }
            | Reading::Denied { .. }
            | Reading::ApiDisabled { .. }
            | Reading::Quota { .. }
            | Reading::Perimeter { .. }
            | Reading::Failed { .. } => None,
        })
        .min()?;
    let day = as_of.format("%Y-%m-%d");
    Some(format!(
        "through Asset Inventory, which may not yet know what changed after {day}; keys are as of now, but for an account's first"
    ))
}

/// Returns whether nothing at all was found or missed.
fn is_clean(summary: &Summary) -> bool {
    summary.findings + summary.to_find_out + summary.accepted + summary.not_evaluated == 0
}

/// Returns what was looked at.
pub(in crate::render) fn looked_at(summary: &Summary) -> String {
    let Summary {
        projects,
        accounts,
        shared_accounts,
        keys,
        keys_enabled,
        inventory_complete,
        ..
    } = *summary;
    let shared = if shared_accounts > 0 {
        format!(" ({shared_accounts} shared)")
    } else {
        String::new()
    };
    let enabled = if keys > 0 {
        format!(" ({keys_enabled} enabled)")
    } else {
        String::new()
    };
    let mut facts = vec![
        format!(
            "{}{shared} in {}",
            words::count(accounts, "account"),
            words::count(projects, "project")
        ),
        format!("{}{enabled}", words::count(keys, "user-managed key")),
    ];
    if !inventory_complete {
        facts.push("not all could be listed".to_owned());
    }
    facts.join(" · ")
}

/// Returns by whom, and since when, uses were looked for; where nothing came of it, whether it was asked for.
pub(in crate::render) fn since(report: &Report) -> String {
    if report.windows.is_empty() {
        return match report.asked_for_last_use() {
            None => "no source of last use",
            Some(false) => "last use not asked for",
            Some(true) => "last use asked for, nothing came",
        }
        .to_owned();
    }
    let windows: Vec<String> = report
        .windows
        .iter()
        .map(|window| format!("{} {}", words::source(window.source), words::window(window)))
        .collect();
    windows.join(" · ")
}

/// Returns which projects were seen and left out, if any.
pub(in crate::render) fn left_out(left_out: &LeftOut) -> Option<String> {
    let LeftOut {
        inactive,
        apps_script,
        excluded,
    } = *left_out;
    let reasons = [
        (inactive, "inactive"),
        (apps_script, "of Apps Script"),
        (excluded, "excluded"),
    ];
    let all = inactive + apps_script + excluded;
    let reasons = reasons.iter().filter(|(number, _)| *number > 0);
    let reasons: Vec<String> = reasons
        .map(|(number, reason)| format!("{number} {reason}"))
        .collect();
    (all > 0).then(|| {
        format!(
            "{} left out: {}",
            words::count(all, "project"),
            reasons.join(", ")
        )
    })
}

/// Returns that there was nothing to look at, and where.
pub(in crate::render) fn nothing_there(scope: &ScanScope, left_out: &LeftOut) -> String {
    let roots: Vec<String> = scope.roots.iter().map(ToString::to_string).collect();
    let roots = roots.join(", ");
    let why = match (
        left_out.excluded + left_out.apps_script > 0,
        scope.roots.is_empty(),
    ) {
        (true, true) => "every active project that the caller sees is left out".to_owned(),
        (true, false) => format!("every active project in {roots} is left out"),
        (false, true) => "the caller sees no active project".to_owned(),
        (false, false) => format!("no active project in {roots}"),
    };
    format!("nothing to audit: {why}")
}

/// Returns how much was found, by severity.
pub(in crate::render) fn found(report: &Report) -> String {
    let summary = &report.summary;
    let rules = report.rules.iter().filter(|rule| rule.enabled).count() as u64;
    let rules = words::count(rules, "rule");
    if summary.findings + summary.to_find_out + summary.not_evaluated == 0 {
        return format!("{rules}, all evaluated, no findings");
    }
    if summary.findings == 0 {
        return format!("{rules}, no findings where they could be evaluated");
    }
    let by_severity = summary.by_severity.worst_first();
    let by_severity: Vec<String> = by_severity
        .iter()
        .map(|(severity, number)| format!("{number} {}", severity.name()))
        .collect();
    format!(
        "{}: {}",
        words::count(summary.findings, "finding"),
        by_severity.join(", ")
    )
}

/// Returns what the counts by severity leave open: what is not sure, what is accepted, what was not evaluated.
pub(in crate::render) fn besides(summary: &Summary) -> String {
    let parts = [
        (summary.to_find_out, "to find out"),
        (summary.accepted, "accepted"),
        (summary.not_evaluated, "not evaluated"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!("besides: {}", parts.join(", "))
}

/// Writes the verdict with its reason, which a clean pass does not need, and of when it is.
fn verdict(sheet: &mut Sheet<'_>, report: &Report) -> io::Result<()> {
    let summary = &report.summary;
    let gaps = match (summary.gaps, summary.allow_incomplete) {
        (0, _) => String::new(),
        (gaps, allowed) => {
            let accepted = match summary.gaps_accepted {
                0 => String::new(),
                all if all == gaps => ", accepted".to_owned(),
                some => format!(", {some} accepted"),
            };
            let allowed = if allowed { ", allowed" } else { "" };
            let gaps = words::count(gaps, "read");
            format!("{gaps} incomplete{accepted}{allowed} · ")
        }
    };
    let observed = format!("{gaps}observed {}", words::date(report.observed_at));
    let (word, look, reason) = decided(summary);
    let verdict = Text::new(look, word);
    let verdict = if reason.is_empty() {
        verdict
    } else {
        verdict.with(Look::Plain, "  ").with(Look::Plain, &reason)
    };
    sheet.ends(verdict, Text::new(Look::Dim, &observed))
}

/// Returns the verdict's word, its look, and its reason, which a clean pass does not need.
pub(in crate::render) fn decided(summary: &Summary) -> (&'static str, Look, String) {
    match summary.verdict {
        Verdict::Pass if is_clean(summary) => ("PASS", Look::Good, String::new()),
        // Where nothing can fail, "pass" would praise what was not asked about.
        Verdict::Pass if summary.fail_on == FailOn::Never => {
            ("DONE", Look::Strong, nothing_fails(summary.fail_on))
        }
        Verdict::Pass => ("PASS", Look::Good, nothing_fails(summary.fail_on)),
        Verdict::Fail => ("FAIL", Look::Bad, failing(summary)),
        Verdict::Incomplete => (
            "INCOMPLETE",
            Look::Warning,
            nothing_fails_so_far(summary.fail_on),
        ),
    }
}

fn nothing_fails(fail_on: FailOn) -> String {
    match fail_on {
        FailOn::Never => "no finding fails this run (--fail-on never)".to_owned(),
        FailOn::AtLeast(severity) => {
            format!("nothing at or above {}", severity.name())
        }
    }
}

fn nothing_fails_so_far(fail_on: FailOn) -> String {
    match fail_on {
        FailOn::Never => "not everything could be read".to_owned(),
        FailOn::AtLeast(_) => format!("{} in what was read", nothing_fails(fail_on)),
    }
}

fn failing(summary: &Summary) -> String {
    let number = words::count(summary.failing, "finding");
    let news = if summary.against_baseline.is_some() && !summary.fail_on_known {
        ", not known before,"
    } else {
        ""
    };
    match summary.fail_on {
        FailOn::Never => number,
        FailOn::AtLeast(severity) => format!("{number}{news} at or above {}", severity.name()),
    }
}

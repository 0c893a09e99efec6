//! Groups of calls for people: the latest first, what was called from where under each.

use std::io;

use chrono::{DateTime, Utc};

use super::place;
use crate::model::call::Caller;
use crate::render::terminal::{Look, Sheet, Style, Text};
use crate::render::words::{count, date};
use crate::report::usage::UsageReport;

/// The least width of the column of counts.
const COUNTS: usize = "calls".len();

/// The width of a moment.
const MOMENT: usize = "2026-11-20 08:05".len();

/// Writes each group as the account and the key with the last call and how many there were, and under it from where,
/// with what, and what was called; at the end what it comes to.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn table(report: &UsageReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = Sheet::new(out, style);
    let digits = report
        .groups
        .iter()
        .map(|group| group.count.to_string().len());
    let counts = digits.max().unwrap_or(0).max(COUNTS);
    let indent = MOMENT + 2 + counts + 2;
    if !report.groups.is_empty() {
        let left = format!("{:MOMENT$}  {:>counts$}", "last call (UTC)", "calls");
        let heading = Text::new(Look::Dim, &left);
        sheet.hanging(indent, heading, Text::new(Look::Dim, "account and key"))?;
    }
    for group in &report.groups {
        let last = moment(group.seen.to);
        let left = format!("{last:MOMENT$}  {:>counts$}", group.count);
        sheet.hanging(indent, Text::plain(&left), name(group))?;
        sheet.paragraph(indent, Text::plain(&details(group)))?;
    }
    if !report.groups.is_empty() {
        sheet.blank()?;
    }
    sheet.paragraph(0, Text::plain(&sum(report)))
}

fn name(group: &Caller) -> Text {
    let name = Text::new(Look::Strong, group.account());
    match &group.key {
        Some(key) => name.with(Look::Plain, &format!("  key {}", key.short())),
        None => name.with(Look::Dim, "  no key"),
    }
}

fn details(group: &Caller) -> String {
    let mut parts = Vec::new();
    match place(group) {
        place if place.is_empty() => parts.push("from an unknown address".to_owned()),
        place => parts.push(format!("from {place}")),
    }
    if !group.user_agent.is_empty() {
        parts.push(group.user_agent.clone());
    }
    if let Some(taker) = group.taken_by() {
        parts.push(format!("by {taker}"));
    }
    let project = group.project.as_ref();
    let project = project.map_or_else(String::new, |project| format!(" in {project}"));
    parts.push(format!("{}{project}", group.service));
    parts.join(" · ")
}

/// Returns what it comes to, in one line.
fn sum(report: &UsageReport) -> String {
    let entries: u64 = report.windows.iter().map(|window| window.entries).sum();
    let groups = report.groups.len() as u64;
    let from = report.windows.iter().map(|window| window.period.from).min();
    let to = report.windows.iter().map(|window| window.period.to).max();
    let period = match (from, to) {
        (Some(from), Some(to)) => format!(", from {} to {}", date(from), date(to)),
        _ => String::new(),
    };
    format!(
        "{} in {}, of {} of audit logs{period}",
        count(report.calls(), "call"),
        count(groups, "group"),
        if entries == 1 {
            "1 entry".to_owned()
        } else {
            format!("{entries} entries")
        },
    )
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

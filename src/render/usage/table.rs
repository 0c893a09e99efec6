//! Groups of calls for people: the latest first, what was called from where under each.

use std::io;

use chrono::{DateTime, Utc};

use super::{address, site};
use crate::model::call::Caller;
use crate::model::place::PlacedCaller;
use crate::render::terminal::{Look, Sheet, Style, Text};
use crate::render::words::{count, date};
use crate::report::usage::UsageReport;

/// The least width of the column of counts.
const COUNTS: usize = "calls".len();

/// The width of a moment.
const MOMENT: usize = "2026-11-20 08:05".len();

/// What is said where there is no call.
const NOTHING: &str = "no such call is in what was read, which proves nothing: most calls are logged only where Data Access logs are on";

/// What stands before a user agent.
const WITH: &str = "with ";

/// Writes each group as the account and the key with the last call and how many there were, and under it what was
/// called from where, who took the identity, and both ends of the user agent; at the end what it comes to.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn table(report: &UsageReport, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = Sheet::new(out, style);
    let digits = report
        .groups
        .iter()
        .map(|group| group.call.count.to_string().len());
    let counts = digits.max().unwrap_or(0).max(COUNTS);
    let indent = MOMENT + 2 + counts + 2;
    if !report.groups.is_empty() {
        let left = format!("{:MOMENT$}  {:>counts$}", "last call (UTC)", "calls");
        let heading = Text::new(Look::Dim, &left);
        sheet.hanging(indent, heading, Text::new(Look::Dim, "account and key"))?;
    }
    for PlacedCaller { call: group, place } in &report.groups {
        let last = moment(group.seen.to);
        let left = format!("{last:MOMENT$}  {:>counts$}", group.count);
        sheet.hanging(indent, Text::plain(&left), name(group))?;
        sheet.paragraph(indent, Text::plain(&call(group)))?;
        if let Some(site) = site(place) {
            let reason = place.reasons.first();
            let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            sheet.paragraph(indent, Text::plain(&format!("{site}{reason}")))?;
        }
        if let Some(taker) = group.taken_by() {
            sheet.paragraph(indent, Text::plain(&format!("taken by {taker}")))?;
        }
        if !group.user_agent.is_empty() {
            let room = style.width.saturating_sub(indent + WITH.len());
            let user_agent = cut(&group.user_agent, room);
            sheet.paragraph(indent, Text::new(Look::Dim, &format!("{WITH}{user_agent}")))?;
        }
    }
    if !report.groups.is_empty() {
        sheet.blank()?;
    }
    sheet.paragraph(0, Text::plain(&sum(report)))?;
    if report.groups.is_empty() {
        sheet.paragraph(0, Text::plain(NOTHING))?;
    }
    Ok(())
}

fn name(group: &Caller) -> Text {
    let name = Text::new(Look::Strong, group.account());
    match &group.key {
        Some(key) => name.with(Look::Plain, &format!(", key {}", key.short())),
        None => name.with(Look::Dim, ", no key"),
    }
}

/// Returns what was called from where.
fn call(group: &Caller) -> String {
    let project = group.project.as_ref();
    let project = project.map_or_else(String::new, |project| format!(" in {project}"));
    let address = match address(group) {
        address if address.is_empty() => "an unknown address".to_owned(),
        address => address,
    };
    format!("{}{project}, from {address}", group.service)
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

/// Returns a text of at most `most` characters: of a longer one both ends. A user agent begins with the tool, and often
/// ends with the operating system.
fn cut(text: &str, most: usize) -> String {
    const GAP: &str = " … ";
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    // Without Unicode the gap takes two columns more.
    let kept = most.saturating_sub(GAP.chars().count() + 2);
    let begin: String = text.chars().take(kept / 2).collect();
    let end: String = text.chars().skip(length - kept.div_ceil(2)).collect();
    format!("{}{GAP}{}", begin.trim_end(), end.trim_start())
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {

    #[test]
    fn a_long_text_keeps_both_ends() {
        let table = [
            ("gcloud/545.0.0", 14, "gcloud/545.0.0"),
            ("gcloud/545.0.0 x (Mac)", 17, "gcloud … (Mac)"),
            ("ééééééééééé", 9, "éé … éé"),
            ("ééééééééééé", 3, " … "),
        ];
        for (text, most, cut) in table {
            assert_eq!(super::cut(text, most), cut);
        }
    }
}

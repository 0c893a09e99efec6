//! The report as Markdown: a job's summary, a comment, the text of a ticket.
//!
//! What fails the run is open, the rest is folded. The whole is shorter than an issue on GitHub may be, so that it fits
//! wherever it is pasted: each section has its share, and says how many entries are left out.

mod cell;
mod sections;

use std::fmt::Write as _;
use std::io;

use super::escape::Md;
use super::terminal::summary::{
    behind, besides, compared, decided, found, left_out, looked_at, nothing_there, since,
};
use super::words;
use crate::report::Report;

/// Bytes of a whole document, at most. GitHub takes 65,536 characters in an issue or a comment, 1 MiB in a job's summary.
/// Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.
pub const MOST: usize = 60_000;

/// Writes the report to `out`.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(document(report).as_bytes())
}

/// Returns the report as one document, of at most [`MOST`] bytes.
#[must_use]
pub fn document(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = head(&mut text, report);
    let tail = tail(report);
    let _ = sections::write(&mut text, report, MOST - tail.len());
    text + &tail
}

/// Writes the verdict, which is what a notification shows, and the counts.
fn head(text: &mut String, report: &Report) -> std::fmt::Result {
    let summary = &report.summary;
    let (word, _, reason) = decided(summary);
    let reason = if reason.is_empty() {
        reason
    } else {
        format!(": {reason}")
    };
    writeln!(text, "### sa-audit: {word}{}\n", Md(&reason))?;
    writeln!(text, "{}  ", Md(&looked_at(summary)))?;
    let counts = if summary.projects == 0 {
        nothing_there(&report.scope, &report.left_out)
    } else {
        let besides = besides(summary);
        let comma = if besides.is_empty() { "" } else { " · " };
        format!("{}{comma}{besides}", found(report))
    };
    let counts = words::clipped(&counts, LINE);
    let lines = [
        Some(counts),
        compared(report),
        Some(words::clipped(&since(report), LINE)),
        behind(report),
        left_out(&report.left_out),
    ];
    let lines: Vec<String> = lines
        .iter()
        .flatten()
        .map(|line| Md(line).to_string())
        .collect();
    writeln!(text, "{}", lines.join("  \n"))
}

/// Characters of one line of the head, at most: a scope may have a thousand roots.
const LINE: usize = 500;

/// Returns what made the report, and of when it is.
fn tail(report: &Report) -> String {
    let observed = report.observed_at.format("%Y-%m-%d %H:%M UTC");
    format!(
        "\nMade by {} from the scan of {observed}.\n",
        Md(&report.tool)
    )
}

//! The report as SARIF 2.1.0, for code scanning: one run, every rule that ran, every finding as a result.
//!
//! Written for GitHub's ingestion, which is narrower than the format: each result has an address relative to the
//! repository, though no file stands there, and the file keeps to the caps of
//! <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.
//! GitHub takes a result's severity from its rule; the finding's own stands in the result's level and properties.

mod document;
mod place;
mod results;
mod rules;

use std::io::{self, Write as _};

use crate::report::Report;

/// Results in one run, at most: GitHub refuses a file with more.
const MOST_RESULTS: usize = 25_000;

/// Writes the report to `out`, indented, with a newline at the end.
///
/// Of more than 25,000 findings the worst are told, and a notification says how many are not.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    render_at_most(report, MOST_RESULTS, out)
}

/// Writes the report as [`render`], with at most so many results.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render_at_most(report: &Report, most: usize, out: &mut dyn io::Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &document::Log::of(report, most))?;
    writeln!(out)?;
    out.flush()
}

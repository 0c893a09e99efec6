//! The report on a terminal: what was found, what is to be found out, what was not looked at, what it comes to.
//!
//! Findings are sentences, not boxes: blanks and one indent carry the structure. Every severity is a word, so that the
//! text is understood without colour.

mod accounts;
mod details;
mod not_evaluated;
mod sheet;
mod style;
mod summary;
mod text;

use std::io;

use crate::report::Report;

pub(super) use sheet::Sheet;
pub(super) use style::Look;
pub use style::Style;
pub(super) use text::Text;

/// How many accounts and entries a section shows, unless the user wants all.
const WORST: usize = 20;

/// Writes the report to `out`.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(report: &Report, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = Sheet::new(out, style);
    accounts::findings(&mut sheet, report)?;
    accounts::to_find_out(&mut sheet, report)?;
    not_evaluated::render(&mut sheet, report)?;
    summary::render(&mut sheet, report)
}

/// Returns how many entries of a section are shown; `None`: all.
fn limit(style: &Style) -> Option<usize> {
    (!style.all).then_some(WORST)
}

/// Returns where a rule's document is read: the file of this very version in the repository.
pub(super) fn rule_link(id: &str) -> String {
    let file = id.replace('-', "_");
    format!(
        "{}/blob/v{}/src/rules/{file}.md",
        env!("CARGO_PKG_REPOSITORY"),
        env!("CARGO_PKG_VERSION")
    )
}

//! The report on a terminal: what was found, what is to be found out, what is accepted, what was
//! not looked at, what it comes to.
//!
//! Findings are sentences, not boxes: blanks and one indent carry the structure. Every severity is a word, so that the
//! text is understood without colour.

pub(super) mod accepted;
mod access;
mod accounts;
mod details;
pub mod diff;
mod in_force;
mod lines;
pub(super) mod not_evaluated;
mod places;
mod sheet;
mod style;
pub(super) mod summary;
mod text;
mod to_find_out;
pub mod trend;

use std::io;

use crate::model::account::ServiceAccount;
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
    places::findings(&mut sheet, report)?;
    to_find_out::render(&mut sheet, report)?;
    accepted::render(&mut sheet, report)?;
    not_evaluated::render(&mut sheet, report)?;
    summary::render(&mut sheet, report)
}

/// Returns how many entries of a section are shown; `None`: all.
fn limit(style: &Style) -> Option<usize> {
    (!style.all).then_some(WORST)
}

/// Returns the page of an account in the Google Cloud console.
pub(super) fn console_link(account: &ServiceAccount) -> String {
    let ServiceAccount {
        project, unique_id, ..
    } = account;
    format!(
        "https://console.cloud.google.com/iam-admin/serviceaccounts/details/{unique_id}?project={project}"
    )
}

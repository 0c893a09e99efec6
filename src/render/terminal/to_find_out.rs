//! What is to be found out first: the findings of confidence low, apart from those that count.

use std::io;

use crate::report::Report;

use super::style::Look;
use super::text::Text;
use super::{Sheet, access, accounts, limit, lines};

/// Writes the section, if there is anything to say: accounts first, then places and providers.
pub(super) fn render(sheet: &mut Sheet<'_>, report: &Report) -> io::Result<()> {
    let all = report.to_find_out().count();
    let places = &report.places.to_find_out;
    if all + places.len() == 0 {
        return Ok(());
    }
    sheet.paragraph(0, Text::new(Look::Strong, "to find out"))?;
    let why = "not sure enough to count: each takes an answer first";
    sheet.paragraph(0, Text::new(Look::Dim, why))?;
    sheet.blank()?;
    let limit = limit(sheet.style()).unwrap_or(usize::MAX);
    for account in report.to_find_out().take(limit) {
        accounts::entry(sheet, account, &account.to_find_out)?;
        // Said already where the account stands among the findings.
        if account.lines.is_empty() {
            access::render(sheet, account)?;
        }
        sheet.blank()?;
    }
    more(sheet, all, limit, "account")?;
    if places.is_empty() {
        return Ok(());
    }
    for line in places.iter().take(limit) {
        lines::render(sheet, line)?;
    }
    sheet.blank()?;
    more(sheet, places.len(), limit, "place")
}

fn more(sheet: &mut Sheet<'_>, all: usize, limit: usize, noun: &str) -> io::Result<()> {
    let shown = all.min(limit) as u64;
    lines::more(sheet, all as u64, shown, noun, "to find out about")
}

//! What was found about organizations, folders, projects and providers, behind the accounts.

use std::io;

use crate::report::Report;

use super::style::Look;
use super::text::Text;
use super::{Sheet, limit, lines};

/// Writes the worst places and providers, if anything was found about any.
pub(super) fn findings(sheet: &mut Sheet<'_>, report: &Report) -> io::Result<()> {
    let found = &report.places.lines;
    if found.is_empty() {
        return Ok(());
    }
    sheet.paragraph(0, Text::new(Look::Strong, "policies and federation"))?;
    sheet.blank()?;
    let shown = limit(sheet.style()).unwrap_or(found.len()).min(found.len());
    for line in found.iter().take(shown) {
        lines::render(sheet, line)?;
    }
    sheet.blank()?;
    let (all, shown) = (found.len() as u64, shown as u64);
    lines::more(sheet, all, shown, "place", "with findings")
}

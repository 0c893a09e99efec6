//! What somebody has accepted: still there, counted apart, each with its reason and its last day.

use std::io;

use crate::model::acceptance::Terms;
use crate::report::{Report, ReportedFinding};

use super::style::Look;
use super::text::Text;
use super::{Sheet, limit, lines};

const INDENT: usize = 2;
const BODY: usize = 4;

/// Writes the section, if there is anything to say.
pub(super) fn render(sheet: &mut Sheet<'_>, report: &Report) -> io::Result<()> {
    let accepted: Vec<(&ReportedFinding, &Terms)> = report
        .findings()
        .filter_map(|reported| Some((reported, reported.accepted.as_ref()?)))
        .collect();
    if accepted.is_empty() {
        return Ok(());
    }
    sheet.paragraph(0, Text::new(Look::Strong, "accepted"))?;
    let all = accepted.len();
    let shown = limit(sheet.style()).unwrap_or(all).min(all);
    for (reported, terms) in accepted.iter().take(shown) {
        let rule = format!("  [{}]", reported.finding.rule);
        let sentence = Text::message(&reported.sentence());
        sheet.paragraph(INDENT, sentence.with(Look::Dim, &rule))?;
        sheet.paragraph(BODY, Text::new(Look::Dim, &on(terms)))?;
    }
    sheet.blank()?;
    lines::more(sheet, all as u64, shown as u64, "finding", "accepted")
}

/// Returns the terms in words: `until 2027-03-31, by data platform: the appliance takes no token`.
pub(in crate::render) fn on(terms: &Terms) -> String {
    let Terms {
        reason,
        owner,
        until,
    } = terms;
    match owner {
        None => format!("until {until}: {reason}"),
        Some(owner) => format!("until {until}, by {owner}: {reason}"),
    }
}

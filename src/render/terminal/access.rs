//! What stands under an account: what runs as it, what it holds, who may act as it.

use std::io;

use crate::model::message::Message;
use crate::render::access;
use crate::report::AccountReport;

use super::Sheet;
use super::style::Look;
use super::text::Text;

const INDENT: usize = 2;
/// Where the phrases begin: behind `may act as it`.
const BODY: usize = INDENT + 13 + 2;

const DASH: &str = "- ";

/// How many entries of each list are shown, unless the user wants all.
const FIRST: usize = 5;

/// Writes the lists that the user wants to see. The workloads of a shared account are always shown: without them,
/// nobody believes that it is shared.
pub(super) fn render(sheet: &mut Sheet<'_>, account: &AccountReport) -> io::Result<()> {
    let details = sheet.style().details;
    if details || account.is_shared() {
        let workloads = account.workloads.iter().map(access::workload);
        rows(sheet, "runs as it", workloads)?;
    }
    if details {
        let credentials = account.credentials.iter().map(access::credential);
        rows(sheet, "signs in by", credentials)?;
        let references = account.references.iter().map(access::reference);
        rows(sheet, "named by", references)?;
        let facts = &account.facts;
        let grants = account.grants.iter();
        rows(
            sheet,
            "holds",
            grants.map(|grant| access::grant(grant, facts)),
        )?;
        let actors = account.actors.iter();
        rows(
            sheet,
            "may act as it",
            actors.map(|actor| access::actor(actor, facts)),
        )?;
    }
    Ok(())
}

/// Writes the first few phrases, the label beside the first of them, and how many are left out.
fn rows(
    sheet: &mut Sheet<'_>,
    label: &str,
    phrases: impl ExactSizeIterator<Item = Message>,
) -> io::Result<()> {
    let all = phrases.len();
    let shown = if sheet.style().all { all } else { FIRST };
    for (index, phrase) in phrases.take(shown).enumerate() {
        let label = if index == 0 { label } else { "" };
        let mark = Text::plain(&" ".repeat(INDENT)).with(Look::Dim, label);
        // Most phrases take two lines: the dash shows where one begins.
        let mark = mark.padded(BODY).with(Look::Dim, DASH);
        sheet.hanging(BODY + DASH.len(), mark, Text::message(&phrase))?;
    }
    match all.saturating_sub(shown) {
        0 => Ok(()),
        left => {
            let more = format!("… and {left} more (--all)");
            sheet.paragraph(BODY, Text::new(Look::Dim, &more))
        }
    }
}

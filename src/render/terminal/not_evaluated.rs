//! What could not be evaluated, beside what was found: where, which rules, why, and what mends it.

use std::io;

use crate::model::scope::Scope;
use crate::render::words;
use crate::report::{NotEvaluated, Report};

use super::style::Look;
use super::text::Text;
use super::{Sheet, accounts, limit};

const INDENT: usize = 2;
const BODY: usize = 4;

/// Writes the section, if there is anything to say.
pub(super) fn render(sheet: &mut Sheet<'_>, report: &Report) -> io::Result<()> {
    let all = &report.not_evaluated;
    if all.is_empty() {
        return Ok(());
    }
    sheet.paragraph(0, Text::new(Look::Strong, "not evaluated"))?;
    let shown = limit(sheet.style()).unwrap_or(all.len()).min(all.len());
    for item in all.iter().take(shown) {
        entry(sheet, item)?;
    }
    sheet.blank()?;
    accounts::more(
        sheet,
        all.len() as u64,
        shown as u64,
        "place",
        "not evaluated",
    )
}

fn entry(sheet: &mut Sheet<'_>, item: &NotEvaluated) -> io::Result<()> {
    let place = Text::plain(&place(&item.scope))
        .with(Look::Dim, &format!(" · {}", words::dataset(item.dataset)));
    sheet.paragraph(INDENT, place)?;
    sheet.paragraph(BODY, rules(item))?;
    sheet.paragraph(BODY, Text::message(&item.reason))?;
    match &item.hint {
        Some(hint) => sheet.paragraph(BODY, Text::message(hint)),
        None => Ok(()),
    }
}

/// Returns the name of a place; a project's stands for itself.
fn place(scope: &Scope) -> String {
    match scope {
        Scope::Project(id) => id.as_str().to_owned(),
        Scope::Account(account) => account.email.as_str().to_owned(),
        Scope::Caller | Scope::Organization(_) | Scope::Folder(_) => scope.to_string(),
    }
}

fn rules(item: &NotEvaluated) -> Text {
    if item.rules.is_empty() {
        Text::new(Look::Dim, "no rule that is switched on needs it")
    } else {
        Text::plain(&item.rules.join(", "))
    }
}

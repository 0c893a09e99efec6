//! What was found about one subject, as one entry; and how many entries are left out.

use std::io;

use crate::model::finding::Subject;
use crate::model::message::Message;
use crate::render::words;
use crate::report::{Line, Status};

use super::style::Look;
use super::text::Text;
use super::{Sheet, details};

/// Where a severity's word begins.
const INDENT: usize = 2;
/// Where what stands behind a severity's word begins: behind `critical`.
const BODY: usize = INDENT + 8 + 2;

/// Writes everything found about one subject: its worst severity, one sentence, the rules that say it; with `--details`
/// what it rests on and what to do.
pub(super) fn render(sheet: &mut Sheet<'_>, line: &Line) -> io::Result<()> {
    let mark = Text::plain(&" ".repeat(INDENT)).with(Look::Severity(line.worst), line.worst.name());
    sheet.hanging(BODY, mark.padded(BODY), sentence(line).join(rules(line)))?;
    if sheet.style().details {
        details::render(sheet, BODY, line)?;
    }
    Ok(())
}

/// Writes how many entries of a section are left out, if any.
pub(super) fn more(
    sheet: &mut Sheet<'_>,
    all: u64,
    shown: u64,
    noun: &str,
    what: &str,
) -> io::Result<()> {
    let left = all.saturating_sub(shown);
    if left == 0 {
        return Ok(());
    }
    let more = words::count(left, &format!("more {noun}"));
    sheet.paragraph(
        0,
        Text::new(Look::Dim, &format!("… and {more} {what} (--all)")),
    )?;
    sheet.blank()
}

/// Returns the ids of a line's rules, each once, in brackets, with what is news about it.
fn rules(line: &Line) -> Text {
    let mut rules = Text::new(Look::Dim, "  [");
    let ids = line
        .findings
        .iter()
        .map(|reported| (reported.finding.rule, reported.status));
    let mut ids: Vec<_> = ids.collect();
    // They stand in order; one rule may say two things of one subject.
    ids.dedup();
    for (index, (rule, news)) in ids.into_iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        rules = rules
            .with(Look::Dim, comma)
            .with(Look::Dim, rule)
            .with(Look::Plain, status(news));
    }
    rules.with(Look::Dim, "]")
}

/// Returns the word for what is news about a finding; of what is known, nothing.
fn status(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::New) => " (new)",
        Some(Status::Reopened) => " (back again)",
        Some(Status::Changed) => " (changed)",
        Some(Status::Known) | None => "",
    }
}

/// Returns what a line says, as one sentence; an account's own name stands above it.
fn sentence(line: &Line) -> Text {
    let mut sentence = match &line.subject {
        Subject::Account(_) => Text::default(),
        Subject::Key { key, .. } => Text::message(&Message::from("key ").key(key).text(" ")),
        Subject::Organization(_)
        | Subject::Folder(_)
        | Subject::Project(_)
        | Subject::Provider(_)
        | Subject::Acceptance(_) => Text::message(&line.name().text(" ")),
    };
    for (index, message) in line.told().into_iter().enumerate() {
        let semicolon = if index == 0 { "" } else { "; " };
        sentence = sentence
            .with(Look::Plain, semicolon)
            .join(Text::message(message));
    }
    sentence
}

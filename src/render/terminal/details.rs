//! What stands under a finding with `--details`: the facts with their sources, the steps, where to read on.

use std::io;

use crate::model::action::Action;
use crate::model::finding::Finding;
use crate::render::{actions, words};
use crate::report::Line;

use super::Sheet;
use super::style::Look;
use super::text::Text;

/// The width of the labels: `confidence`, and two blanks.
const LABEL: usize = 12;

/// Writes the facts and steps of each finding of a line, from column `indent` on.
pub(super) fn render(sheet: &mut Sheet<'_>, indent: usize, line: &Line) -> io::Result<()> {
    for reported in &line.findings {
        let finding = &reported.finding;
        if line.findings.len() > 1 {
            sheet.paragraph(indent, Text::new(Look::Strong, finding.rule))?;
        }
        facts(sheet, indent, finding)?;
        steps(sheet, indent, finding)?;
        let command = format!("sa-audit rules {}", finding.rule);
        row(sheet, indent, "more", Text::plain(&command))?;
    }
    Ok(())
}

fn facts(sheet: &mut Sheet<'_>, indent: usize, finding: &Finding) -> io::Result<()> {
    for (index, evidence) in finding.evidence.iter().enumerate() {
        let label = if index == 0 { "evidence" } else { "" };
        let source = format!(" · {}", evidence.source);
        let fact = Text::message(&evidence.fact).with(Look::Dim, &source);
        row(sheet, indent, label, fact)?;
    }
    let confidence = words::confidence(finding.confidence);
    row(sheet, indent, "confidence", Text::plain(confidence))
}

fn steps(sheet: &mut Sheet<'_>, indent: usize, finding: &Finding) -> io::Result<()> {
    for (index, action) in finding.actions.iter().enumerate() {
        let label = if index == 0 { "do first" } else { "then" };
        row(sheet, indent, label, step(action))?;
    }
    Ok(())
}

/// Returns a step with what it can break and what takes it back.
fn step(action: &Action) -> Text {
    let mut step = Text::message(&actions::sentence(action));
    let notes = [
        actions::risk(action.risk()).map(Text::plain),
        action
            .undo()
            .map(|undo| Text::plain("undo: ").join(Text::message(&actions::sentence(&undo)))),
    ];
    for note in notes.into_iter().flatten() {
        step = step.with(Look::Plain, "; ").join(note);
    }
    step
}

fn row(sheet: &mut Sheet<'_>, indent: usize, label: &str, text: Text) -> io::Result<()> {
    let mark = Text::plain(&" ".repeat(indent)).with(Look::Dim, label);
    sheet.hanging(indent + LABEL, mark, text)
}

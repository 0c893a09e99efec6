//! What stands under a line with `--details`: the facts with their sources, the steps, where to read on.

use std::io;

use crate::model::action::Action;
use crate::render::{actions, words};
use crate::report::Line;

use super::Sheet;
use super::style::Look;
use super::text::Text;

/// The width of the labels: `confidence`, and two blanks.
const LABEL: usize = 12;

/// Writes the facts and steps of a line, from column `indent` on.
pub(super) fn render(sheet: &mut Sheet<'_>, indent: usize, line: &Line) -> io::Result<()> {
    for (index, evidence) in line.evidence.iter().enumerate() {
        let label = if index == 0 { "evidence" } else { "" };
        let source = format!(" · {}", words::call(evidence.source));
        let fact = Text::message(&evidence.fact).with(Look::Dim, &source);
        row(sheet, indent, label, fact)?;
    }
    row(sheet, indent, "confidence", Text::plain(&confidences(line)))?;
    for (index, action) in line.steps.iter().enumerate() {
        let label = if index == 0 { "do first" } else { "then" };
        row(sheet, indent, label, step(action))?;
    }
    let rules = line.findings.iter().map(|reported| reported.finding.rule);
    let mut rules: Vec<&str> = rules.collect();
    rules.dedup();
    // One command a rule, so that the line can be pasted into a shell.
    let commands: Vec<String> = rules
        .iter()
        .map(|rule| format!("sa-audit rules {rule}"))
        .collect();
    row(sheet, indent, "more", Text::plain(&commands.join("; ")))
}

/// Returns how sure each finding is; of several that are equally sure, once.
fn confidences(line: &Line) -> String {
    let each = line.findings.iter().map(|reported| {
        let finding = &reported.finding;
        (finding.rule, words::confidence(finding.confidence))
    });
    let mut distinct: Vec<&str> = each.clone().map(|(_, confidence)| confidence).collect();
    distinct.dedup();
    match distinct.as_slice() {
        [one] => (*one).to_owned(),
        _ => {
            let each: Vec<String> = each
                .map(|(rule, confidence)| format!("{rule} {confidence}"))
                .collect();
            each.join(", ")
        }
    }
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

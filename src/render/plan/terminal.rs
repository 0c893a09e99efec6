//! Plans on a terminal: per account what the way out is worth, then its steps.

use std::io;

use crate::model::message::Message;
use crate::model::plan::{Plan, Readiness, Step};
use crate::render::actions::risk;
use crate::render::terminal::{Look, Sheet, Style, Text};
use crate::render::words::count;

use super::{proof, words};

/// The columns that a step's number takes.
const NUMBER: usize = 6;

/// Writes the plans to `out`, and behind them what they come to.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(plans: &[Plan], style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = Sheet::new(out, style);
    for plan in plans {
        one(&mut sheet, plan)?;
        sheet.blank()?;
    }
    sheet.paragraph(0, Text::plain(&sum(plans)))
}

/// Returns what the plans come to: "3 plans: 2 proved, 1 not ready".
fn sum(plans: &[Plan]) -> String {
    if plans.is_empty() {
        return "no plan: there is nothing that a plan would change".to_owned();
    }
    let of = |readiness| {
        let number = plans
            .iter()
            .filter(|plan| plan.proof.readiness() == readiness)
            .count();
        (number > 0).then(|| format!("{number} {}", words::readiness(readiness)))
    };
    let kinds = [Readiness::Proved, Readiness::Manual, Readiness::Failed];
    let kinds: Vec<String> = kinds.into_iter().filter_map(of).collect();
    format!(
        "{}: {}",
        count(plans.len() as u64, "plan"),
        kinds.join("; ")
    )
}

fn one(sheet: &mut Sheet<'_>, plan: &Plan) -> io::Result<()> {
    let readiness = plan.proof.readiness();
    let look = match readiness {
        Readiness::Proved => Look::Good,
        Readiness::Manual => Look::Warning,
        Readiness::Failed => Look::Bad,
    };
    sheet.ends(
        Text::new(Look::Strong, &plan.account.email.short()),
        Text::new(look, words::readiness(readiness)),
    )?;
    let about = format!(
        "in {}, unique id {}, as of {}",
        plan.account.project,
        plan.account.unique_id,
        plan.observed_at.format("%Y-%m-%d %H:%M UTC")
    );
    sheet.paragraph(2, Text::new(Look::Dim, &about))?;
    sheet.paragraph(2, Text::plain(&proof::sentence(&plan.proof)))?;
    for reason in proof::reasons(plan) {
        sheet.hanging(4, Text::plain("  -"), Text::message(&reason))?;
    }
    for reason in proof::unanswered(plan) {
        sheet.hanging(4, Text::plain("  -"), Text::message(&reason))?;
    }
    let answers: Vec<String> = plan
        .reasons
        .iter()
        .map(|reason| reason.rule.to_owned())
        .collect();
    if !answers.is_empty() {
        told(sheet, 2, "answers", Text::plain(&answers.join(", ")))?;
    }
    for note in &plan.notes {
        told(sheet, 2, "note", Text::message(note))?;
    }
    for variable in &plan.variables {
        let text = Text::new(Look::Strong, &variable.name).with(
            Look::Plain,
            &format!(": {}; it matches {}", variable.meaning, variable.pattern),
        );
        told(sheet, 2, "fill in", text)?;
    }
    let mut stage = None;
    for (index, step) in plan.steps.iter().enumerate() {
        if stage != Some(step.stage) {
            stage = Some(step.stage);
            sheet.blank()?;
            sheet.paragraph(2, Text::new(Look::Strong, words::stage(step.stage)))?;
        }
        one_step(sheet, index + 1, step)?;
    }
    Ok(())
}

fn one_step(sheet: &mut Sheet<'_>, number: usize, step: &Step) -> io::Result<()> {
    if let Some(wait) = step.wait {
        let wait = format!("wait {}", words::wait(wait));
        sheet.paragraph(NUMBER, Text::new(Look::Warning, &wait))?;
    }
    let mark = Text::plain(&format!("{number:>4}"));
    sheet.hanging(NUMBER, mark, Text::message(&words::title(&step.change)))?;
    let why = Text::message(&step.why);
    told(sheet, NUMBER, "why", why)?;
    if let Some(kept) = words::kept(&step.change) {
        sheet.paragraph(NUMBER, Text::new(Look::Dim, kept))?;
    }
    if let Some(risk) = risk(step.change.risk()) {
        told(sheet, NUMBER, "risk", Text::plain(risk))?;
    }
    for check in &step.checks {
        told(sheet, NUMBER, "first", Text::message(&words::check(check)))?;
    }
    for verification in &step.verify {
        let sign = words::verification(verification);
        told(sheet, NUMBER, "then see", Text::message(&sign))?;
    }
    if let Some(undo) = step.change.undo() {
        let undo: Message = words::title(&undo);
        told(sheet, NUMBER, "undo", Text::message(&undo))?;
    }
    Ok(())
}

/// Writes a word and what it is about, the word dimmed.
fn told(sheet: &mut Sheet<'_>, indent: usize, word: &str, text: Text) -> io::Result<()> {
    let line = Text::new(Look::Dim, &format!("{word} ")).join(text);
    sheet.paragraph(indent, line)
}

//! Plans on a terminal: per account what the way out is worth, then its steps.

use std::io;

use crate::model::action::Risk;
use crate::model::plan::{Plan, Readiness};
use crate::render::actions::risk;
use crate::render::terminal::{Look, Sheet, Style, Text};
use crate::render::words::count;

use super::blocks::{Block, blocks};
use super::{proof, words};

/// The columns that a step's number takes.
const NUMBER: usize = 8;

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
            .filter(|plan| plan.readiness() == readiness)
            .count();
        (number > 0).then(|| format!("{number} {}", words::readiness(readiness)))
    };
    let kinds = [
        Readiness::Proved,
        Readiness::NotContradicted,
        Readiness::FindOut,
        Readiness::Manual,
        Readiness::Failed,
    ];
    let kinds: Vec<String> = kinds.into_iter().filter_map(of).collect();
    format!(
        "{}: {}",
        count(plans.len() as u64, "plan"),
        kinds.join("; ")
    )
}

fn one(sheet: &mut Sheet<'_>, plan: &Plan) -> io::Result<()> {
    let readiness = plan.readiness();
    let look = match readiness {
        Readiness::FindOut | Readiness::NotContradicted => Look::Plain,
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
    sheet.paragraph(2, Text::plain(&proof::sentence(plan)))?;
    for reason in proof::reasons(plan) {
        sheet.hanging(4, Text::plain("  -"), Text::message(&reason))?;
    }
    for reason in proof::unanswered(plan) {
        sheet.hanging(4, Text::plain("  -"), Text::message(&reason))?;
    }
    if !plan.reasons.is_empty() {
        told(
            sheet,
            2,
            "answers",
            Text::plain(&words::rules(&plan.reasons)),
        )?;
    }
    for note in &plan.notes {
        told(sheet, 2, "note", Text::message(&words::prose(note)))?;
    }
    for variable in &plan.variables {
        let text = Text::new(Look::Strong, &variable.name).with(
            Look::Plain,
            &format!(": {}; it matches {}", variable.meaning, variable.pattern),
        );
        told(sheet, 2, "fill in", text)?;
    }
    let mut stage = None;
    for block in blocks(&plan.steps) {
        let of_block = block.steps.first().map(|step| step.stage);
        if stage != of_block {
            stage = of_block;
            sheet.blank()?;
            if let Some(stage) = stage {
                sheet.paragraph(2, Text::new(Look::Strong, words::stage(stage)))?;
            }
        }
        one_block(sheet, &block)?;
    }
    Ok(())
}

fn one_block(sheet: &mut Sheet<'_>, block: &Block<'_>) -> io::Result<()> {
    let Some(first) = block.steps.first() else {
        return Ok(());
    };
    if let Some(wait) = first.wait {
        let wait = format!("wait {}", words::wait(wait));
        sheet.paragraph(NUMBER, Text::new(Look::Warning, &wait))?;
    }
    let mark = Text::plain(&format!("{:>6}", block.numbers()));
    sheet.hanging(NUMBER, mark, Text::message(&words::block_title(block)))?;
    for line in words::block_lines(block) {
        sheet.hanging(
            NUMBER + 2,
            Text::plain(&format!("{:>1$}", "-", NUMBER + 1)),
            Text::message(&line),
        )?;
    }
    told(sheet, NUMBER, "why", Text::message(&words::why(block)))?;
    if let Some(risk) = risk(first.change.risk())
        && first.change.risk() > Risk::Reversible
    {
        told(sheet, NUMBER, "risk", Text::plain(risk))?;
    }
    for check in &first.checks {
        told(sheet, NUMBER, "first", Text::message(&words::check(check)))?;
    }
    for sign in block.signs() {
        let sign = words::verification(sign);
        told(sheet, NUMBER, "then see", Text::message(&sign))?;
    }
    if let Some(undo) = words::undo(block) {
        told(sheet, NUMBER, "undo", Text::message(&undo))?;
    }
    Ok(())
}

/// Writes a word and what it is about, the word dimmed.
fn told(sheet: &mut Sheet<'_>, indent: usize, word: &str, text: Text) -> io::Result<()> {
    let line = Text::new(Look::Dim, &format!("{word} ")).join(text);
    sheet.paragraph(indent, line)
}

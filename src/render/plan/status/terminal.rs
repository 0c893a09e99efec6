//! How far plans are done, on a terminal: what is next and when, then each step.

use std::io;

use chrono::{DateTime, Utc};

use crate::model::message::Message;
use crate::model::plan::{Plan, Readiness};
use crate::model::progress::{Due, Progress, StepState, When};
use crate::render::plan::words;
use crate::render::terminal::{Look, Sheet, Style, Text};
use crate::render::words::count;

/// The columns that a step's number and its state take.
const STATE: usize = 15;

/// Writes how far each plan is done to `out`.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(
    plans: &[(Plan, Progress)],
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut sheet = Sheet::new(out, style);
    for (plan, progress) in plans {
        one(&mut sheet, plan, progress)?;
        sheet.blank()?;
    }
    let whole = |(plan, progress): &&(Plan, Progress)| progress.done() == plan.steps.len();
    let sum = if plans.is_empty() {
        "no plan: there is nothing to follow".to_owned()
    } else {
        let done = plans.iter().filter(whole).count();
        format!("{}, {done} done", count(plans.len() as u64, "plan"))
    };
    sheet.paragraph(0, Text::plain(&sum))
}

fn one(sheet: &mut Sheet<'_>, plan: &Plan, progress: &Progress) -> io::Result<()> {
    let (done, all) = (progress.done(), plan.steps.len());
    let look = if done == all {
        Look::Good
    } else {
        Look::Strong
    };
    sheet.ends(
        Text::new(Look::Strong, &plan.account.email.short()),
        Text::new(
            look,
            &format!("{done} of {} done", count(all as u64, "step")),
        ),
    )?;
    let about = format!(
        "in {}, unique id {}, planned as of {}, seen as of {}",
        plan.account.project,
        plan.account.unique_id,
        plan.observed_at.format("%Y-%m-%d %H:%M UTC"),
        progress.seen_at.format("%Y-%m-%d %H:%M UTC")
    );
    sheet.paragraph(2, Text::new(Look::Dim, &about))?;
    match plan.readiness() {
        Readiness::Proved | Readiness::NotContradicted | Readiness::FindOut => {}
        readiness @ (Readiness::Manual | Readiness::Failed) => {
            let worth = format!("the plan: {}", words::readiness(readiness));
            sheet.paragraph(2, Text::new(Look::Warning, &worth))?;
        }
    }
    if let Some(line) = next(plan, progress) {
        let mark = Text::new(Look::Dim, "  next ");
        sheet.hanging(7, mark, Text::message(&line))?;
    }
    for (index, (step, state)) in plan.steps.iter().zip(&progress.steps).enumerate() {
        let (word, look) = match state {
            StepState::Done { .. } => ("done", Look::Good),
            StepState::NotYet(_) => ("not yet", Look::Plain),
            StepState::Unseen(_) => ("unseen", Look::Warning),
        };
        let mark = Text::plain(&format!("{:>4}  ", index + 1)).with(look, word);
        let title = words::title(&step.change);
        let line = match state {
            StepState::Done { since } => title.text(format!(": since {}", moment(*since))),
            StepState::NotYet(_) => title,
            StepState::Unseen(why) => title.text(": ").append(why.clone()),
        };
        sheet.hanging(STATE, mark, Text::message(&line))?;
    }
    Ok(())
}

/// Returns what is next, and when; `None` where nothing is left.
fn next(plan: &Plan, progress: &Progress) -> Option<Message> {
    let Some((index, due)) = progress.next() else {
        let unseen: Vec<usize> = progress.unseen().collect();
        let line = format!("see that {}: no scan shows it", are_done(&unseen));
        return (!unseen.is_empty()).then(|| line.into());
    };
    let step = plan.steps.get(index)?;
    let begin = Message::from(format!("{}, ", index + 1)).append(words::title(&step.change));
    Some(begin.text(": ").text(when(due)))
}

/// Returns when a step is due, in words.
fn when(due: &Due) -> String {
    let when = match due.when {
        When::Now => "now".to_owned(),
        When::Behind(step) => format!("once step {} is done", step + 1),
        When::From(at) => format!("from {} on", moment(at)),
        When::Overdue(at) => format!("overdue since {}", moment(at)),
    };
    if due.look_first.is_empty() {
        when
    } else {
        let first = are_done(&due.look_first);
        format!("{when}; see first that {first}, which no scan shows")
    }
}

/// Returns "step 3 is done", "steps 1, 3 are done".
fn are_done(steps: &[usize]) -> String {
    let numbers: Vec<String> = steps.iter().map(|step| (step + 1).to_string()).collect();
    match steps.len() {
        1 => format!("step {} is done", numbers.join(", ")),
        _ => format!("steps {} are done", numbers.join(", ")),
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

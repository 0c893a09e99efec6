//! A plan as Markdown: a ticket that can be pasted, its steps a check-list.

use std::fmt::Write as _;

use crate::model::message::{Message, Part};
use crate::model::plan::{Plan, Step};
use crate::render::actions::risk;
use crate::render::escape::{Md, MdCode};
use crate::render::words::count;

use super::gcloud::refused_from;
use super::gcloud::steps::{Doing, doing};
use super::{proof, words};

/// Returns the plans as one document.
#[must_use]
pub fn document(plans: &[Plan], tool: &str) -> String {
    if plans.is_empty() {
        return "No plan: there is nothing that a plan would change.\n".to_owned();
    }
    let tickets: Vec<String> = plans.iter().map(|plan| ticket(plan, tool)).collect();
    tickets.join("\n")
}

/// Returns one plan as a ticket.
#[must_use]
pub fn ticket(plan: &Plan, tool: &str) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = head(&mut text, plan, tool);
    let _ = body(&mut text, plan);
    text
}

fn head(text: &mut String, plan: &Plan, tool: &str) -> std::fmt::Result {
    let account = &plan.account;
    writeln!(
        text,
        "# The way out for {}\n",
        MdCode(account.email.as_str())
    )?;
    writeln!(
        text,
        "**{}**: {}.\n",
        words::readiness(plan.proof.readiness()),
        Md(&proof::sentence(&plan.proof))
    )?;
    let told = proof::reasons(plan)
        .into_iter()
        .chain(proof::unanswered(plan));
    list(text, told)?;
    writeln!(
        text,
        "- Unique id {}, project {}",
        MdCode(account.unique_id.as_str()),
        MdCode(account.project.as_str())
    )?;
    writeln!(
        text,
        "- Rests on the scan of {}; make a new plan from {} on",
        plan.observed_at.format("%Y-%m-%d %H:%M UTC"),
        refused_from(plan)
    )?;
    writeln!(text, "- Made by {}", Md(tool))?;
    for reason in &plan.reasons {
        writeln!(
            text,
            "- Answers {} {}",
            MdCode(reason.rule),
            MdCode(&reason.fingerprint.to_string())
        )?;
    }
    if !plan.proof.unlogged.is_empty() {
        let services: Vec<String> = plan
            .proof
            .unlogged
            .iter()
            .map(|service| MdCode(service).to_string())
            .collect();
        writeln!(
            text,
            "- Not logged over the whole window: {}",
            services.join(", ")
        )?;
    }
    writeln!(text)
}

fn body(text: &mut String, plan: &Plan) -> std::fmt::Result {
    if !plan.notes.is_empty() {
        writeln!(text, "## To know\n")?;
        list(text, plan.notes.iter().cloned())?;
    }
    if !plan.variables.is_empty() {
        writeln!(text, "## To fill in\n")?;
        for variable in &plan.variables {
            writeln!(
                text,
                "- [ ] {}: {} (matches {})",
                MdCode(&variable.name),
                Md(variable.meaning),
                MdCode(variable.pattern)
            )?;
        }
        writeln!(text)?;
    }
    writeln!(text, "## {}\n", count(plan.steps.len() as u64, "step"))?;
    let mut stage = None;
    for (index, step) in plan.steps.iter().enumerate() {
        if stage != Some(step.stage) {
            let gap = if stage.is_some() { "\n" } else { "" };
            stage = Some(step.stage);
            writeln!(text, "{gap}### {}\n", words::stage(step.stage))?;
        }
        one_step(text, index + 1, step)?;
    }
    Ok(())
}

fn one_step(text: &mut String, number: usize, step: &Step) -> std::fmt::Result {
    if let Some(wait) = step.wait {
        writeln!(text, "- [ ] Wait {}", Md(&words::wait(wait)))?;
    }
    let title = sentence(&words::title(&step.change));
    writeln!(text, "- [ ] **{number}.** {title}")?;
    writeln!(text, "  - Why: {}", sentence(&step.why))?;
    if let Some(kept) = words::kept(&step.change) {
        writeln!(text, "  - {}", Md(kept))?;
    }
    if let Some(risk) = risk(step.change.risk()) {
        writeln!(text, "  - Risk: {}", Md(risk))?;
    }
    for check in &step.checks {
        writeln!(text, "  - [ ] First: {}", sentence(&words::check(check)))?;
    }
    match doing(&step.change) {
        Doing::Run(commands) => {
            for command in commands {
                code(text, &command.shown())?;
            }
        }
        Doing::ByHand(how) if how == Message::default() => {}
        Doing::ByHand(how) => writeln!(text, "  - By hand: {}", sentence(&how))?,
    }
    for verification in &step.verify {
        let sign = sentence(&words::verification(verification));
        writeln!(text, "  - [ ] Then see: {sign}")?;
    }
    if let Some(undo) = step.change.undo() {
        writeln!(text, "  - Undo: {}", sentence(&words::title(&undo)))?;
        if let Doing::Run(commands) = doing(&undo) {
            for command in commands {
                code(text, &command.shown())?;
            }
        }
    }
    Ok(())
}

/// Writes a command as a block of code under an entry. A command is one line, and begins with a word of ours, so that
/// nothing in it ends the block.
fn code(text: &mut String, command: &str) -> std::fmt::Result {
    writeln!(text, "\n    ```sh\n    {command}\n    ```\n")
}

fn list(text: &mut String, entries: impl Iterator<Item = Message>) -> std::fmt::Result {
    let mut any = false;
    for entry in entries {
        any = true;
        writeln!(text, "- {}", sentence(&entry))?;
    }
    if any { writeln!(text) } else { Ok(()) }
}

/// Returns a sentence, with every name in it as code.
fn sentence(message: &Message) -> String {
    let parts = message.parts().iter().map(|part| match part {
        Part::Text(text) => Md(text).to_string(),
        Part::Account(email) => MdCode(email.as_str()).to_string(),
        Part::Key(key) => MdCode(key.as_str()).to_string(),
        Part::Project(project) => MdCode(project.as_str()).to_string(),
        Part::Member(member) => MdCode(member.as_str()).to_string(),
        Part::Name(name) => MdCode(name).to_string(),
    });
    parts.collect()
}

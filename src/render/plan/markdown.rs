//! A plan as Markdown: a ticket that can be pasted, its steps a check-list.

use std::fmt::Write as _;

use crate::model::action::Risk;
use crate::model::message::{Message, Part};
use crate::model::plan::{Change, Plan};
use crate::render::actions::risk;
use crate::render::escape::{Md, MdCode};
use crate::render::words::count;

use super::blocks::{Block, blocks};
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
        words::readiness(plan.readiness()),
        Md(&proof::sentence(plan))
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
            MdCode(&reason.fingerprint.short())
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
    for block in blocks(&plan.steps) {
        let of_block = block.steps.first().map(|step| step.stage);
        if stage != of_block {
            let gap = if stage.is_some() { "\n" } else { "" };
            stage = of_block;
            if let Some(stage) = stage {
                writeln!(text, "{gap}### {}\n", words::stage(stage))?;
            }
        }
        one_block(text, &block)?;
    }
    Ok(())
}

fn one_block(text: &mut String, block: &Block<'_>) -> std::fmt::Result {
    let Some(first) = block.steps.first() else {
        return Ok(());
    };
    if let Some(wait) = first.wait {
        writeln!(text, "- [ ] Wait {}", Md(&words::wait(wait)))?;
    }
    let title = sentence(&words::block_title(block));
    writeln!(text, "- [ ] **{}.** {title}", block.numbers())?;
    for line in words::block_lines(block) {
        writeln!(text, "  - {}", sentence(&line))?;
    }
    writeln!(text, "  - Why: {}", sentence(&words::why(block)))?;
    if let Some(risk) = risk(first.change.risk())
        && first.change.risk() > Risk::Reversible
    {
        writeln!(text, "  - Risk: {}", Md(risk))?;
    }
    for check in &first.checks {
        writeln!(text, "  - [ ] First: {}", sentence(&words::check(check)))?;
    }
    let mut commands = Vec::new();
    for step in block.steps {
        match doing(&step.change) {
            Doing::Run(run) => commands.extend(run.iter().map(|command| command.shown())),
            Doing::ByHand(how) if how == Message::default() => {}
            Doing::ByHand(how) => writeln!(text, "  - By hand: {}", sentence(&how))?,
        }
    }
    code(text, &commands)?;
    for sign in block.signs() {
        let sign = sentence(&words::verification(sign));
        writeln!(text, "  - [ ] Then see: {sign}")?;
    }
    if let Some(undo) = words::undo(block) {
        writeln!(text, "  - Undo: {}", sentence(&undo))?;
    }
    // Of a block the commands that take it back are those that made it, the other way round.
    if let ([step], Some(undo)) = (block.steps, first.change.undo())
        && !matches!(step.change, Change::Grant(_) | Change::Revoke(_))
        && let Doing::Run(run) = doing(&undo)
    {
        let commands: Vec<String> = run.iter().map(|command| command.shown()).collect();
        code(text, &commands)?;
    }
    Ok(())
}

/// Writes commands as a block of code under an entry. A command is one line, and begins with a word of ours, so that
/// nothing in it ends the block.
fn code(text: &mut String, commands: &[String]) -> std::fmt::Result {
    if commands.is_empty() {
        return Ok(());
    }
    writeln!(
        text,
        "\n    ```sh\n    {}\n    ```\n",
        commands.join("\n    ")
    )
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
    let message = words::prose(message);
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

//! A plan as Terraform: what can stand as a resource is one, and what cannot is a comment that says what to do.
//!
//! Roles are given by `*_iam_member` alone: a `_binding` or `_policy` takes away what it does not name. What a later step
//! switches off hangs on a variable, so that applying the file does nothing before its time. What the scan could not see is
//! a variable with a description and a validation. Labels follow from what a resource is, never from its place in the
//! plan: a new plan of the same account moves no resource.

mod hcl;
mod resources;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::SecondsFormat;

use crate::model::message::Message;
use crate::model::plan::{Plan, Readiness, Variable};
use crate::render::words::date;

use super::{proof, words};
use hcl::{Block, Expression, comment};
use resources::{Drawn, Made};

/// Returns the plans as one text.
#[must_use]
pub fn document(plans: &[Plan], tool: &str) -> String {
    if plans.is_empty() {
        return "# No plan: there is nothing that a plan would change.\n".to_owned();
    }
    let files = plans.iter().map(|plan| {
        let Files { main, variables } = files(plan, tool);
        if variables.is_empty() {
            main
        } else {
            format!("{main}\n{variables}")
        }
    });
    files.collect::<Vec<_>>().join("\n")
}

/// The files of one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// `main.tf`: the resources, in the order of the steps.
    pub main: String,
    /// `variables.tf`; empty where there are none.
    pub variables: String,
}

/// Returns one plan as the files of a Terraform configuration.
#[must_use]
pub fn files(plan: &Plan, tool: &str) -> Files {
    let made = Made::of(plan);
    let mut main = head(plan, tool);
    let mut used = BTreeSet::new();
    let mut switches: Vec<Block> = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        main.push('\n');
        let title = words::title(&step.change);
        comment(
            &format!("{} {}  {title}", words::stage(step.stage), index + 1),
            &mut main,
        );
        comment(&format!("  why: {}", step.why), &mut main);
        if let Some(kept) = words::kept(&step.change) {
            comment(&format!("  {kept}"), &mut main);
        }
        if let Some(wait) = step.wait {
            comment(&format!("  before: wait {}", words::wait(wait)), &mut main);
        }
        for check in &step.checks {
            comment(&format!("  before: {}", words::check(check)), &mut main);
        }
        match resources::draw(&step.change, &made, index + 1) {
            Drawn::Resources {
                blocks,
                variables,
                switch,
            } => {
                for block in &blocks {
                    main.push('\n');
                    block.write(0, &mut main);
                }
                used.extend(variables);
                switches.extend(switch);
            }
            Drawn::Comment(told) => tell(&told, &mut main),
        }
    }
    let known = plan.variables.iter();
    let mut blocks: Vec<Block> = known
        .filter(|variable| used.contains(&variable.name))
        .map(variable)
        .collect();
    blocks.extend(switches);
    blocks.extend(unready(plan));
    let mut variables = String::new();
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            variables.push('\n');
        }
        block.write(0, &mut variables);
    }
    Files { main, variables }
}

fn tell(told: &[Message], main: &mut String) {
    for line in told {
        comment(&format!("  {line}"), main);
    }
}

fn head(plan: &Plan, tool: &str) -> String {
    let account = &plan.account;
    let mut head = String::new();
    let mut say = |text: String| comment(&text, &mut head);
    say(format!(
        "The way out for {} (unique id {}), by {tool}.",
        account.email, account.unique_id
    ));
    say(format!(
        "It rests on the scan of {}. Read it before you apply it; make a new plan from {} on.",
        plan.observed_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        date(plan.observed_at + chrono::TimeDelta::days(7))
    ));
    say(format!(
        "Proof: {}: {}.",
        words::readiness(plan.readiness()),
        proof::sentence(plan)
    ));
    for reason in proof::reasons(plan) {
        say(format!("  {reason}"));
    }
    say(
        "Needs Terraform 1.5 and the Google provider. Where something is declared elsewhere, change it there instead: an \
         authoritative _binding or _policy takes away what stands here."
            .to_owned(),
    );
    for note in &plan.notes {
        say(format!("Note: {note}"));
    }
    head
}

/// Returns what somebody has to fill in, as a variable without a default: Terraform asks for it, and refuses what cannot
/// be right.
fn variable(variable: &Variable) -> Block {
    let name = &variable.name;
    let mut condition = String::from("can(regex(");
    let _ = write!(
        condition,
        "\"{}\"",
        crate::render::escape::Hcl(variable.pattern)
    );
    let _ = write!(condition, ", var.{name}))");
    Block {
        labels: vec![name.clone()],
        ..Block::new("variable")
    }
    .set("type", Expression::Ours("string".to_owned()))
    .text("description", variable.meaning)
    .with(
        Block::new("validation")
            .set("condition", Expression::Ours(condition))
            .text(
                "error_message",
                format!("{name} is of the form {}.", variable.pattern),
            ),
    )
}

/// Returns the variable that keeps a plan whose proof fails from being applied: its own default is refused.
fn unready(plan: &Plan) -> Option<Block> {
    match plan.readiness() {
        Readiness::FindOut | Readiness::NotContradicted | Readiness::Proved | Readiness::Manual => {
            return None;
        }
        Readiness::Failed => {}
    }
    let account = resources::label(&[plan.account.email.as_str()]);
    let name = format!("proof_of_{account}");
    let mut told = proof::sentence(plan);
    for reason in proof::reasons(plan) {
        let _ = write!(told, "; {reason}");
    }
    let told = crate::render::escape::Term(&told).to_string();
    Some(
        Block {
            labels: vec![name.clone()],
            ..Block::new("variable")
        }
        .set("type", Expression::Ours("string".to_owned()))
        .text(
            "description",
            "The proof of this plan fails. While it does, nothing of it is applied.",
        )
        .text("default", "failed")
        .with(
            Block::new("validation")
                .set(
                    "condition",
                    Expression::Ours(format!("var.{name} == \"proved\"")),
                )
                .text("error_message", format!("Not ready: {told}.")),
        ),
    )
}

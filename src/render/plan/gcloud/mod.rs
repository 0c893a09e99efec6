//! A plan as scripts for bash: one for what can be taken back, one for what cannot.
//!
//! Nothing is changed, and nothing is asked of Google, without `APPLY=1`. Each step is shown as it is run, with its undo
//! beside it. A script stops where the last use of what it retires is newer than the scan, where a person has not said
//! that the part of a step that only a person can do is done, and where the scan is older than seven days.

mod command;
mod prelude;
pub(super) mod steps;
mod switch;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use chrono::{SecondsFormat, TimeDelta};

use crate::model::action::Risk;
use crate::model::message::Message;
use crate::model::plan::{Check, Plan, Readiness, Step};
use crate::render::actions::risk;
use crate::render::escape::{Sh, ShMessage, Term};
use crate::render::words::date;

use super::filled::shell_name;
use super::{proof, words};
pub(super) use command::Line;
use steps::{Command, Doing, doing, last_use};

/// What a script waits for itself; behind a longer wait a new part begins.
const PATIENCE: TimeDelta = TimeDelta::hours(1);

/// Google tells the last use by the day that it lies in, which begins up to a day before it.
const DAY: TimeDelta = TimeDelta::days(1);

/// Which steps a script holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Those that can be taken back, or mended.
    Reversible,
    /// Those that cannot.
    Irreversible,
}

/// Returns a script of a plan; `None` where it would hold no step.
#[must_use]
pub fn script(plan: &Plan, which: Script, tool: &str) -> Option<String> {
    let parts = parts(plan, which);
    if parts.is_empty() {
        return None;
    }
    let mut body = String::new();
    let mut used = BTreeSet::new();
    for (index, part) in parts.iter().enumerate() {
        let mut lines = Lines::default();
        for (place, (number, step)) in part.iter().enumerate() {
            let begins = place == 0 && (index > 0 || which == Script::Irreversible);
            lines.step(plan, *number, step, begins);
        }
        let _ = write!(body, "\npart_{}() {{\n{}}}\n", index + 1, lines.text);
        used.extend(lines.used);
    }
    body.push('\n');
    body.push_str(&choice(&parts));
    let guards = guards(plan, &used);
    let called = format!("{guards}{body}");
    let head = head(plan, which, &parts, tool);
    Some(format!("{head}\n{}\n{called}", prelude::of(&called)))
}

/// A part of a script: what is done in one go. Steps with their index in the plan.
type Part<'a> = Vec<(usize, &'a Step)>;

/// Returns the parts of a script: a new one begins behind a long wait, and where the other script comes between.
fn parts(plan: &Plan, which: Script) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut joined = false;
    for (index, step) in plan.steps.iter().enumerate() {
        if is_of(step, which) {
            let waits = step.wait.is_some_and(|wait| wait.at_least > PATIENCE);
            match parts.last_mut() {
                Some(part) if joined && !waits => part.push((index, step)),
                Some(_) | None => parts.push(vec![(index, step)]),
            }
            joined = true;
        } else {
            joined = false;
        }
    }
    parts
}

fn is_of(step: &Step, which: Script) -> bool {
    let irreversible = match step.change.risk() {
        Risk::None | Risk::Reversible | Risk::Disruptive => false,
        Risk::Irreversible => true,
    };
    irreversible == (which == Script::Irreversible)
}

fn head(plan: &Plan, which: Script, parts: &[Part<'_>], tool: &str) -> String {
    let account = &plan.account;
    let mut head = String::from("#!/usr/bin/env bash\n");
    let mut say = |text: String| {
        let _ = writeln!(head, "# {}", Term(&text));
    };
    say(format!(
        "The way out for {} (unique id {}), by {tool}.",
        account.email, account.unique_id
    ));
    say(format!(
        "It rests on the scan of {}, and is refused seven days later.",
        plan.observed_at.to_rfc3339_opts(SecondsFormat::Secs, true)
    ));
    say(match which {
        Script::Reversible => {
            "Read it before you run it. Nothing is changed without APPLY=1; the undo stands beside each step.".to_owned()
        }
        Script::Irreversible => {
            "NONE OF THIS CAN BE TAKEN BACK for good. Read it before you run it. Nothing is changed without APPLY=1.".to_owned()
        }
    });
    say(
        "What only a person can do is told; DONE='3 7' says that it is done in steps 3 and 7."
            .to_owned(),
    );
    if parts.len() > 1 {
        say(format!(
            "It has {} parts, with waits between them: PART=2 is the second. A part behind a wait is best run from a new plan.",
            parts.len()
        ));
    }
    say(format!(
        "Proof: {}: {}.",
        words::readiness(plan.readiness()),
        proof::sentence(plan)
    ));
    // Names are quoted, and nothing in them is meant to be expanded. What a refused plan holds is never reached.
    head.push_str("# shellcheck disable=SC1003,SC2016");
    let refused = plan.readiness() == Readiness::Failed;
    head.push_str(if refused { ",SC2317,SC2329\n" } else { "\n" });
    head.push_str("set -euo pipefail\nexport LC_ALL=C\n");
    if refused {
        head.push_str(&refusal(plan));
    }
    head
}

/// Returns the end of a plan whose proof fails, above everything that it would do.
fn refusal(plan: &Plan) -> String {
    let mut text = String::from("\n# This plan is not ready: its proof fails.\n");
    let reasons = proof::reasons(plan);
    let reasons = std::iter::once(Message::from(proof::sentence(plan))).chain(reasons);
    for reason in reasons {
        let reason = format!("not ready: {reason}");
        let _ = writeln!(
            text,
            "printf '%s\\n' {} >&2",
            Sh(&Term(&reason).to_string())
        );
    }
    text.push_str("exit 1\n");
    text
}

/// Returns what stands before the first step: the age of the plan, and the variables.
fn guards(plan: &Plan, used: &BTreeSet<String>) -> String {
    let mut text = format!("fresh {}\n", plan.observed_at.timestamp());
    for name in used {
        let variable = plan.variables.iter().find(|known| known.name == *name);
        let shell = shell_name(name);
        let meaning = variable.map_or("a value that the scan could not see", |known| known.meaning);
        let _ = writeln!(text, ": \"${{{shell}:?{}}}\"", ShMessage(meaning));
        if let Some(variable) = variable {
            let _ = writeln!(
                text,
                "matches {shell} \"${{{shell}}}\" {}",
                Sh(variable.pattern)
            );
        }
    }
    text
}

fn choice(parts: &[Part<'_>]) -> String {
    if parts.len() == 1 {
        return "part_1\n".to_owned();
    }
    let mut text = String::from("case \"${PART:-1}\" in\n");
    for number in 1..=parts.len() {
        let _ = writeln!(text, "{number}) part_{number} ;;");
    }
    let _ = writeln!(
        text,
        "*) stop \"PART is a number from 1 to {}\" ;;\nesac",
        parts.len()
    );
    text
}

/// The lines of a part, with the variables that they need.
#[derive(Debug, Default)]
struct Lines {
    text: String,
    used: BTreeSet<String>,
}

impl Lines {
    fn comment(&mut self, text: &str) {
        let _ = writeln!(self.text, "  # {}", Term(text));
    }

    fn line(&mut self, text: &str) {
        let _ = writeln!(self.text, "  {text}");
    }

    /// Writes one step. `begins` says that a wait, or the other script, lies before it.
    fn step(&mut self, plan: &Plan, index: usize, step: &Step, begins: bool) {
        let number = index + 1;
        let title = words::title(&step.change).to_string();
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.told(number, step, &title);
        self.line(&format!("step {number} {}", quoted(&title)));
        self.waited(number, step, begins);
        if plan.readiness() == Readiness::Manual && step.change.risk() >= Risk::Disruptive {
            self.ask(
                number,
                "what is known of the account's access does not explain what was seen: look by hand whether this step is right",
            );
        }
        for check in &step.checks {
            self.check(number, check);
        }
        match doing(&step.change) {
            Doing::Run(commands) => {
                for command in &commands {
                    self.command(command);
                }
            }
            Doing::ByHand(how) => {
                let how = how.to_string();
                let told = if how.is_empty() {
                    title
                } else {
                    format!("{title}: {how}")
                };
                self.ask(number, &told);
            }
        }
    }

    /// Writes what a reader wants to know of a step, as comments.
    fn told(&mut self, number: usize, step: &Step, title: &str) {
        self.comment(&format!("{number}  {title}"));
        self.comment(&format!("   why: {}", step.why));
        for reason in &step.reasons {
            self.comment(&format!(
                "   finding: {} {}",
                reason.rule, reason.fingerprint
            ));
        }
        if let Some(kept) = words::kept(&step.change) {
            self.comment(&format!("   {kept}"));
        }
        if let Some(risk) = risk(step.change.risk()) {
            self.comment(&format!("   risk: {risk}"));
        }
        if let Some(undo) = step.change.undo() {
            match doing(&undo) {
                Doing::Run(commands) => {
                    for command in commands {
                        let _ = writeln!(self.text, "  #    undo: {}", command.shown());
                    }
                }
                Doing::ByHand(_) => {
                    self.comment(&format!("   undo: {}", words::title(&undo)));
                }
            }
        }
        for verification in &step.verify {
            self.comment(&format!("   see: {}", words::verification(verification)));
        }
    }

    fn waited(&mut self, number: usize, step: &Step, begins: bool) {
        let Some(wait) = step.wait else { return };
        let words = words::wait(wait);
        if wait.at_least > PATIENCE || begins {
            if begins {
                self.ask(number, &format!("behind the step before, wait {words}"));
            } else {
                self.comment(&format!("   wait: {words}"));
            }
        } else {
            let seconds = wait.at_least.num_seconds();
            self.line(&format!("pause {seconds} {}", quoted(&words)));
        }
    }

    fn ask(&mut self, number: usize, question: &str) {
        self.line(&format!("by_hand {number} {}", quoted(question)));
    }

    fn check(&mut self, number: usize, check: &Check) {
        let told = words::check(check).to_string();
        match check {
            Check::NotUsedSince {
                account,
                key,
                since,
            } => {
                let since = (*since - DAY).to_rfc3339_opts(SecondsFormat::Secs, true);
                let what = key.as_ref().map_or_else(
                    || account.email.to_string(),
                    |key| format!("key {key} of {}", account.email),
                );
                let look = last_use(&account.project, &account.email, key.as_ref());
                self.line(&format!("unused {} {} {look}", quoted(&what), Sh(&since)));
            }
            Check::Disabled { account, key } => {
                let group = ["gcloud", "iam", "service-accounts"];
                let (what, look) = match key {
                    None => (
                        account.email.to_string(),
                        Line::of(&group)
                            .word("describe")
                            .value(account.email.as_str())
                            .flag("project", account.project.as_str())
                            .flag("format", "value(disabled)"),
                    ),
                    Some(key) => (
                        format!("key {key} of {}", account.email),
                        Line::of(&group)
                            .word("keys")
                            .word("list")
                            .flag("iam-account", account.email.as_str())
                            .flag("project", account.project.as_str())
                            .flag("filter", format!("name:{key}"))
                            .flag("format", "value(disabled)"),
                    ),
                };
                self.line(&format!("disabled {} {look}", quoted(&what)));
            }
            Check::FreeKeySlot(email) => {
                let look = Line::of(&["gcloud", "iam", "service-accounts", "keys", "list"])
                    .flag("iam-account", email.as_str())
                    .flag("managed-by", "user")
                    .flag("format", "value(name)");
                let what = format!("keys of {email}");
                self.line(&format!("fewer_than 10 {} {look}", quoted(&what)));
            }
            Check::NoDomainWideDelegation(_)
            | Check::NoReferences(_)
            | Check::NoDisks(_)
            | Check::Switched(_) => self.ask(number, &told),
        }
    }

    fn command(&mut self, command: &Command) {
        for line in command.lines() {
            self.used.extend(line.variables().map(str::to_owned));
        }
        let text = match command {
            Command::Once(line) => format!("run {line}"),
            Command::Persist(line) => format!("persist {line}"),
            Command::Unless(look, make) => format!("have {look} || run {make}"),
            Command::WithFile(line, text) => format!("with_file {} {line}", Sh(text)),
            Command::AuditLogs(project, service, types) => format!(
                "audit_logs {} {} {}",
                project.shell(),
                service.shell(),
                types.join(" ")
            ),
        };
        self.line(&text);
    }
}

/// Returns a text for people as one word of bash, inert on the terminal that it is printed on.
fn quoted(text: &str) -> String {
    Sh(&Term(text).to_string()).to_string()
}

/// Returns the day from which on a plan's scripts are refused.
#[must_use]
pub fn refused_from(plan: &Plan) -> String {
    date(plan.observed_at + TimeDelta::days(7))
}

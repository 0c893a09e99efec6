//! Accounts under their projects, each with its facts and one entry per subject.

use std::io;

use crate::model::message::Message;
use crate::render::words;
use crate::report::{AccountReport, Line, ProjectReport, Report};

use super::style::Look;
use super::text::Text;
use super::{Sheet, access, console_link, details, limit};

/// Where a severity's word begins.
const INDENT: usize = 2;
/// Where what stands behind a severity's word begins: behind `critical`.
const BODY: usize = INDENT + 8 + 2;

/// Writes the worst accounts, each under its project's header.
pub(super) fn findings(sheet: &mut Sheet<'_>, report: &Report) -> io::Result<()> {
    let sections = report.sections(limit(sheet.style()));
    let mut shown = 0;
    for section in &sections {
        let project = section.project;
        sheet.ends(
            Text::plain(project.id.as_str()),
            Text::new(Look::Dim, &tally(project)),
        )?;
        sheet.blank()?;
        for account in &section.accounts {
            shown += 1;
            entry(sheet, account, &account.lines)?;
            access::render(sheet, account)?;
            sheet.blank()?;
        }
    }
    more(
        sheet,
        report.accounts_with_findings(),
        shown,
        "account",
        "with findings",
    )
}

/// Writes what is to be found out first.
pub(super) fn to_find_out(sheet: &mut Sheet<'_>, report: &Report) -> io::Result<()> {
    let all = report.to_find_out().count();
    if all == 0 {
        return Ok(());
    }
    sheet.paragraph(0, Text::new(Look::Strong, "to find out"))?;
    let why = "not sure enough to count: each takes an answer first";
    sheet.paragraph(0, Text::new(Look::Dim, why))?;
    sheet.blank()?;
    let shown = limit(sheet.style()).unwrap_or(all).min(all);
    for account in report.to_find_out().take(shown) {
        entry(sheet, account, &account.to_find_out)?;
        // Said already where the account stands among the findings.
        if account.lines.is_empty() {
            access::render(sheet, account)?;
        }
        sheet.blank()?;
    }
    more(
        sheet,
        all as u64,
        shown as u64,
        "account",
        "to find out about",
    )
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

/// Returns the counts of a project's header.
fn tally(project: &ProjectReport) -> String {
    format!(
        "{} · {} with findings",
        words::count(project.accounts, "account"),
        project.with_findings
    )
}

/// Writes an account with its facts, and `lines` under it.
fn entry(sheet: &mut Sheet<'_>, account: &AccountReport, lines: &[Line]) -> io::Result<()> {
    let name = Text::default().linked(
        Look::Strong,
        account.facts.email.as_str(),
        Some(console_link(&account.facts)),
    );
    sheet.ends(name, Text::new(Look::Dim, &facts(account)))?;
    for line in lines {
        subject(sheet, line)?;
        if sheet.style().details {
            details::render(sheet, BODY, line)?;
        }
    }
    Ok(())
}

/// Returns an account's secondary facts; of what was not read in every place, behind `at least`, what was seen.
fn facts(account: &AccountReport) -> String {
    let (mut facts, mut seen) = (Vec::new(), Vec::new());
    if account.facts.disabled {
        facts.push("disabled".to_owned());
    }
    facts.push(words::last_use(&account.last_use));
    let keys = account.keys.len() as u64;
    match (account.keys_complete, keys) {
        (true, _) => facts.push(words::count(keys, "key")),
        (false, 0) => facts.push("keys unknown".to_owned()),
        (false, _) => seen.push(words::count(keys, "key")),
    }
    let complete = account.complete;
    let counts = [
        (account.counting_workloads(), "workload", complete.workloads),
        (account.roles(), "role", complete.grants),
    ];
    for (number, noun, is_all) in counts {
        let list = if is_all { &mut facts } else { &mut seen };
        if number > 0 {
            list.push(words::count(number, noun));
        }
    }
    if !seen.is_empty() {
        facts.push(format!("at least {}", seen.join(", ")));
    }
    facts.join(" · ")
}

/// Writes everything found about one subject: its worst severity, one sentence, the rules that say it.
fn subject(sheet: &mut Sheet<'_>, line: &Line) -> io::Result<()> {
    let mark = Text::plain(&" ".repeat(INDENT))
        .with(Look::Severity(line.worst), words::severity(line.worst));
    sheet.hanging(BODY, mark.padded(BODY), sentence(line).join(rules(line)))
}

/// Returns the ids of a line's rules, in brackets.
fn rules(line: &Line) -> Text {
    let mut rules = Text::new(Look::Dim, "  [");
    for (index, reported) in line.findings.iter().enumerate() {
        let rule = reported.finding.rule;
        let comma = if index == 0 { "" } else { ", " };
        rules = rules.with(Look::Dim, comma).with(Look::Dim, rule);
    }
    rules.with(Look::Dim, "]")
}

/// Returns what a line says, as one sentence; the account's own name stands above it.
fn sentence(line: &Line) -> Text {
    let mut sentence = match line.subject.key() {
        Some(key) => Text::message(&Message::from("key ").key(key).text(" ")),
        None => Text::default(),
    };
    for (index, reported) in line.findings.iter().enumerate() {
        let finding = &reported.finding;
        let semicolon = if index == 0 { "" } else { "; " };
        sentence = sentence
            .with(Look::Plain, semicolon)
            .join(Text::message(&finding.message));
    }
    sentence
}

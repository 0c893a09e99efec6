//! Accounts under their projects, each with its facts and one entry per subject.

use std::io;

use crate::render::words;
use crate::report::{AccountReport, Line, ProjectReport, Report};

use super::style::Look;
use super::text::Text;
use super::{Sheet, access, console_link, limit, lines};

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
    lines::more(
        sheet,
        report.accounts_with_findings(),
        shown,
        "account",
        "with findings",
    )
}

/// Returns the counts of a project's header.
fn tally(project: &ProjectReport) -> String {
    format!(
        "{} · {} with findings",
        words::count(project.accounts, "account"),
        project.with_findings
    )
}

/// Writes an account with its facts, and `found` under it.
pub(super) fn entry(
    sheet: &mut Sheet<'_>,
    account: &AccountReport,
    found: &[Line],
) -> io::Result<()> {
    let name = Text::default().linked(
        Look::Strong,
        account.facts.email.as_str(),
        Some(console_link(&account.facts)),
    );
    sheet.ends(name, Text::new(Look::Dim, &facts(account)))?;
    found.iter().try_for_each(|line| lines::render(sheet, line))
}

/// Returns an account's secondary facts; of what a gap near it may hide more of, behind `at least`, what was
/// seen.
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
    let at_least = account.at_least;
    let counts = [
        (account.counting_workloads(), "workload", at_least.workloads),
        (account.roles(), "role", at_least.grants),
    ];
    for (number, noun, is_at_least) in counts {
        let list = if is_at_least { &mut seen } else { &mut facts };
        if number > 0 {
            list.push(words::count(number, noun));
        }
    }
    if let Some(owner) = &account.owner {
        facts.push(words::owner(owner));
    }
    if !seen.is_empty() {
        facts.push(format!("at least {}", seen.join(", ")));
    }
    facts.join(" · ")
}

//! What changed between two scans, on a terminal: what is worse first, what is better last, what nobody can tell apart.

use std::io;

use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::rule::Confidence;
use crate::render::words;
use crate::report::ReportedFinding;
use crate::report::diff::{Activity, Diff};
use crate::words::reading;

use super::style::{Look, Style};
use super::text::Text;
use super::{Sheet, accepted};

/// Where a severity's word begins.
const INDENT: usize = 2;
/// Where what stands behind a severity's word begins.
const BODY: usize = INDENT + 8 + 2;

/// Writes what changed to `out`.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(diff: &Diff, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let sheet = &mut Sheet::new(out, style);
    let lists = [
        ("new", &diff.new),
        ("changed", &diff.changed),
        ("back again", &diff.reopened),
        ("fixed", &diff.fixed),
        ("no longer visible: a gap is not a fix", &diff.hidden),
    ];
    for (heading, list) in lists {
        findings(sheet, heading, list)?;
    }
    entries(sheet, "newly unreadable", gaps(&diff.unreadable))?;
    entries(sheet, "readable again", gaps(&diff.readable_again))?;
    entries(sheet, "keys active again", keys(diff))?;
    entries(sheet, "deleted and created again", recreated(diff))?;
    entries(sheet, "acceptances that end soon", expiring(diff))?;
    summary(sheet, diff)
}

fn findings(sheet: &mut Sheet<'_>, heading: &str, list: &[ReportedFinding]) -> io::Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    sheet.paragraph(0, Text::new(Look::Strong, heading))?;
    for reported in list {
        let Finding {
            severity,
            rule,
            confidence,
            ..
        } = &reported.finding;
        let mark = Text::plain(&" ".repeat(INDENT))
            .with(Look::Severity(*severity), severity.name())
            .padded(BODY);
        let besides = match (confidence, &reported.accepted) {
            (_, Some(_)) => ", accepted",
            (Confidence::Low, None) => ", to find out",
            (Confidence::Medium | Confidence::High, None) => "",
        };
        let behind = format!("  [{rule}{besides}]");
        let sentence = Text::message(&reported.sentence());
        sheet.hanging(BODY, mark, sentence.with(Look::Dim, &behind))?;
    }
    sheet.blank()
}

fn entries(sheet: &mut Sheet<'_>, heading: &str, list: Vec<Text>) -> io::Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    sheet.paragraph(0, Text::new(Look::Strong, heading))?;
    for entry in list {
        sheet.paragraph(INDENT, entry)?;
    }
    sheet.blank()
}

fn gaps(list: &[crate::model::coverage::CoverageEntry]) -> Vec<Text> {
    let one = |gap: &crate::model::coverage::CoverageEntry| {
        let place = format!("{}: {}", gap.scope, words::dataset(gap.dataset));
        let why = format!(" · {}", reading::in_short(&gap.reading));
        Text::plain(&place).with(Look::Dim, &why)
    };
    list.iter().map(one).collect()
}

fn keys(diff: &Diff) -> Vec<Text> {
    let one = |active: &crate::report::diff::ActiveAgain| {
        let how = match active.how {
            Activity::Enabled => " was disabled and can sign in again",
            Activity::Used => " was idle and is used again",
        };
        let message = Message::from("key ").key(&active.key).text(" of ");
        Text::message(&message.account(&active.account.email).text(how))
    };
    diff.active_again.iter().map(one).collect()
}

fn recreated(diff: &Diff) -> Vec<Text> {
    let one = |again: &crate::report::diff::Recreated| {
        let ids = format!(" · was {}, is {}", again.before, again.now);
        let name = Message::default().account(&again.email);
        Text::message(&name).with(Look::Dim, &ids)
    };
    diff.recreated.iter().map(one).collect()
}

fn expiring(diff: &Diff) -> Vec<Text> {
    let one = |expiring: &crate::report::Expiring| {
        let terms = format!(" · {}", accepted::on(&expiring.terms));
        Text::message(&expiring.of).with(Look::Dim, &terms)
    };
    diff.expiring.iter().map(one).collect()
}

fn summary(sheet: &mut Sheet<'_>, diff: &Diff) -> io::Result<()> {
    let counts = [
        (diff.new.len(), "new"),
        (diff.changed.len(), "changed"),
        (diff.reopened.len(), "back again"),
        (diff.fixed.len(), "fixed"),
        (diff.hidden.len(), "no longer visible"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    let counts = if counts.is_empty() {
        "no finding has changed".to_owned()
    } else {
        counts.join(", ")
    };
    let scope = if diff.other_scope.is_some() {
        " · of another scope"
    } else {
        ""
    };
    sheet.ends(
        Text::plain(&format!("{counts}, {} known", diff.known)),
        Text::new(
            Look::Dim,
            &format!(
                "from {} to {}{scope}",
                words::date(diff.from),
                words::date(diff.to)
            ),
        ),
    )
}

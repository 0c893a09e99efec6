//! News as a message for Slack: Block Kit, at most six blocks, each inside Slack's documented limits.
//!
//! What is new stands first; what was there before is a number. A quiet week is one line without blocks.

mod blocks;
mod lists;

use crate::model::finding::Subject;
use crate::report::Summary;
use crate::report::news::{News, Step};

use super::escape::{Mrkdwn, MrkdwnCode};
use super::{actions, words};

use blocks::Block;
pub use blocks::Payload;
use lists::{Group, bullet, grouped, sentence};

/// Returns the message for one audience. `link` is the address of the whole report, where there is one: `https`, without
/// characters that a URL must escape.
#[must_use]
pub fn payload(news: &News, link: Option<&str>) -> Payload {
    let headline = headline(news);
    if news.is_quiet() {
        return Payload::line(format!("{headline} · {}", standing(&news.summary)));
    }
    let blocks = [
        Some(Block::header(&headline)),
        Some(Block::fields(&fields(news))),
        grouped(&lists::worse(news)).map(|text| Block::section(&text)),
        grouped(&lists::rest(news)).map(|text| Block::section(&text)),
        grouped(&[steps(&news.steps)]).map(|text| Block::section(&text)),
        Some(Block::context(&context(news, link))),
    ];
    Payload::with_blocks(headline, blocks.into_iter().flatten().collect())
}

/// Returns the line that a notification shows: numbers and words of ours, no name.
fn headline(news: &News) -> String {
    let diff = &news.diff;
    let counts = [
        (diff.new.len(), "new"),
        (diff.reopened.len(), "back again"),
        (diff.changed.len(), "changed"),
        (diff.fixed.len(), "fixed"),
        (diff.hidden.len(), "no longer visible"),
        (news.overdue.len(), "overdue"),
        (diff.unreadable.len(), "newly unreadable"),
        (diff.active_again.len(), "active again"),
        (diff.recreated.len(), "created again"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{number} {what}"))
        .collect();
    match (news.is_first, counts.is_empty()) {
        (true, true) => "sa-audit: nothing found by the first scan".to_owned(),
        (true, false) => format!("sa-audit, first scan: {}", counts.join(", ")),
        (false, true) => format!(
            "sa-audit: nothing has changed since {}",
            words::date(diff.from)
        ),
        (false, false) => format!("sa-audit: {}", counts.join(", ")),
    }
}

/// Returns what stands, in one line.
fn standing(summary: &Summary) -> String {
    let Summary {
        findings,
        accounts,
        projects,
        gaps,
        ..
    } = summary;
    let mut line = format!(
        "{}, {} in {}",
        words::count(*findings, "finding"),
        words::count(*accounts, "account"),
        words::count(*projects, "project")
    );
    if *gaps > 0 {
        line.push_str(&format!(", {} not readable", words::count(*gaps, "read")));
    }
    line
}

/// Returns the numbers of the report as it is now.
fn fields(news: &News) -> Vec<String> {
    let summary = &news.summary;
    let by_severity = summary.by_severity.worst_first();
    let by_severity: Vec<String> = by_severity
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(severity, number)| format!("{number} {}", severity.name()))
        .collect();
    let findings = match by_severity.is_empty() {
        true => "0".to_owned(),
        false => format!("{}: {}", summary.findings, by_severity.join(", ")),
    };
    let mut fields = vec![
        format!("*Findings now*\n{findings}"),
        format!(
            "*Accounts*\n{} in {}",
            summary.accounts,
            words::count(summary.projects, "project")
        ),
        format!(
            "*To find out, accepted*\n{}, {}",
            summary.to_find_out, summary.accepted
        ),
        format!(
            "*Not evaluated, not readable*\n{}, {}",
            summary.not_evaluated, summary.gaps
        ),
    ];
    if let Some(audience) = &news.audience {
        let owner = words::clipped(&audience.owner, 60);
        fields.push(format!("*Owner*\n{}", MrkdwnCode(&owner)));
    }
    fields
}

fn steps(steps: &[Step]) -> Group {
    let one = |step: &Step| {
        let of = match &step.subject {
            Subject::Account(account) | Subject::Key { account, .. } => {
                MrkdwnCode(&words::clipped(&account.email.short(), lists::NAME)).to_string()
            }
            Subject::Organization(_)
            | Subject::Folder(_)
            | Subject::Project(_)
            | Subject::Provider(_)
            | Subject::Acceptance(_) => sentence(&step.name()),
        };
        bullet(&format!(
            "{of}: {}",
            sentence(&actions::sentence(&step.action))
        ))
    };
    Group {
        title: "Next steps",
        lines: steps.iter().map(one).collect(),
    }
}

/// Returns where the news comes from.
fn context(news: &News, link: Option<&str>) -> String {
    let diff = &news.diff;
    let mut told = format!("{} · ", Mrkdwn(&diff.tool));
    if !news.is_first {
        told.push_str(&format!("{} … ", words::date(diff.from)));
    }
    told.push_str(&words::date(diff.to));
    if diff.other_scope.is_some() {
        told.push_str(" · the older scan looked at another scope");
    }
    if let Some(link) = link {
        told.push_str(&format!(" · <{}|the whole report>", Mrkdwn(link)));
    }
    told
}

//! The lists of a message: cut by whole lines, and never in the middle of a name.

use crate::model::coverage::CoverageEntry;
use crate::model::message::{Message, Part};
use crate::model::rule::Confidence;
use crate::render::escape::{Mrkdwn, MrkdwnCode};
use crate::render::words;
use crate::report::diff::{ActiveAgain, Activity, Recreated};
use crate::report::news::News;
use crate::report::{Expiring, ReportedFinding};
use crate::words::reading;

use super::blocks::SECTION;

/// Most lines under one heading.
const LINES: usize = 5;
/// Most characters of one line. What is escaped may take five times as many as what is shown.
const LINE: usize = 450;
/// Most characters of one name.
pub(super) const NAME: usize = 100;
/// Characters kept free for one heading, with its count and what is left out.
const HEADING: usize = 80;

/// A heading and what stands under it, line by line, in mrkdwn.
pub(super) struct Group {
    /// Words of ours, at most 40 characters.
    pub(super) title: &'static str,
    /// All there is; the first are shown.
    pub(super) lines: Vec<String>,
}

/// Returns what got worse: findings, keys that are active again, accounts that were created again.
pub(super) fn worse(news: &News) -> Vec<Group> {
    let diff = &news.diff;
    vec![
        findings("New", &diff.new),
        findings("Back again", &diff.reopened),
        findings("Changed", &diff.changed),
        Group {
            title: "Keys active again",
            lines: diff.active_again.iter().map(active).collect(),
        },
        Group {
            title: "Deleted and created again",
            lines: diff.recreated.iter().map(recreated).collect(),
        },
    ]
}

/// Returns what else there is: what is overdue, what is out of sight, what is fixed.
pub(super) fn rest(news: &News) -> Vec<Group> {
    let diff = &news.diff;
    vec![
        Group {
            title: "Overdue",
            lines: news.overdue.iter().map(overdue).collect(),
        },
        Group {
            title: "Newly unreadable",
            lines: diff.unreadable.iter().map(gap).collect(),
        },
        findings("No longer visible: a gap is not a fix", &diff.hidden),
        findings("Fixed", &diff.fixed),
    ]
}

/// Returns the groups that have lines as the text of one section: every heading with its count, and as many lines as there
/// is room for; `None` where no group has any.
pub(super) fn grouped(groups: &[Group]) -> Option<String> {
    let groups: Vec<&Group> = groups
        .iter()
        .filter(|group| !group.lines.is_empty())
        .collect();
    let mut room = SECTION.saturating_sub(groups.len() * HEADING);
    let mut text = String::new();
    for group in &groups {
        let total = group.lines.len();
        text.push_str(&format!("*{}* ({total})\n", group.title));
        let mut shown = 0;
        for line in group.lines.iter().take(LINES) {
            let length = units(line) + 1;
            if length > room {
                break;
            }
            room -= length;
            shown += 1;
            text.push_str(line);
            text.push('\n');
        }
        if shown < total {
            text.push_str(&format!("… and {} more\n", total - shown));
        }
    }
    let text = text.trim_end();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Returns a line of a list.
pub(super) fn bullet(text: &str) -> String {
    format!("• {text}")
}

/// Returns a sentence in mrkdwn: names as code, cut behind a whole piece where it is long.
pub(super) fn sentence(message: &Message) -> String {
    let mut told = String::new();
    for part in message.parts() {
        let piece = match part {
            Part::Text(text) => Mrkdwn(text).to_string(),
            Part::Account(email) => code(email.as_str()),
            Part::Key(key) => code(key.as_str()),
            Part::Project(project) => code(project.as_str()),
            Part::Member(member) => code(&member.to_string()),
            Part::Name(name) => code(name),
        };
        if units(&told) + units(&piece) > LINE {
            told.push('…');
            break;
        }
        // Slack sees no code span where its backtick touches a letter or another span.
        let touches = |c: char| c.is_alphanumeric() || c == '`';
        if piece.starts_with('`') && told.ends_with(touches)
            || told.ends_with('`') && piece.starts_with(touches)
        {
            told.push(' ');
        }
        told.push_str(&piece);
    }
    told
}

/// Returns a stranger's text as code, its begin where it is long.
fn code(text: &str) -> String {
    let escaped = MrkdwnCode(&words::clipped(text, NAME)).to_string();
    if units(&escaped) <= LINE {
        return escaped;
    }
    // A name made of what must be escaped: less of it is shown.
    MrkdwnCode(&words::clipped(text, NAME / 10)).to_string()
}

/// Returns how long Slack takes a text to be, at the most: UTF-16, as JavaScript counts.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn findings(title: &'static str, list: &[ReportedFinding]) -> Group {
    Group {
        title,
        lines: list.iter().map(finding).collect(),
    }
}

fn finding(reported: &ReportedFinding) -> String {
    let finding = &reported.finding;
    let besides = match finding.confidence {
        Confidence::Low => ", to find out",
        Confidence::Medium | Confidence::High => "",
    };
    bullet(&format!(
        "*{}* {} [{}{besides}]",
        finding.severity.name(),
        sentence(&reported.sentence()),
        finding.rule
    ))
}

fn active(again: &ActiveAgain) -> String {
    let how = match again.how {
        Activity::Enabled => " was disabled and can sign in again",
        Activity::Used => " was idle and is used again",
    };
    let key = Message::from("key ").key(&again.key).text(" of ");
    bullet(&sentence(&key.account(&again.account.email).text(how)))
}

fn recreated(again: &Recreated) -> String {
    let name = sentence(&Message::default().account(&again.email));
    bullet(&format!(
        "{name} was {}, is {}",
        code(again.before.as_str()),
        code(again.now.as_str())
    ))
}

fn overdue(ended: &Expiring) -> String {
    let terms = &ended.terms;
    let by = terms
        .owner
        .as_deref()
        .map(|owner| format!(", by {}", code(owner)));
    bullet(&format!(
        "{} was accepted until {}{}",
        sentence(&ended.of),
        terms.until,
        by.unwrap_or_default()
    ))
}

fn gap(gap: &CoverageEntry) -> String {
    bullet(&format!(
        "{}: {}, {}",
        code(&gap.scope.to_string()),
        words::dataset(gap.dataset),
        reading::in_short(&gap.reading)
    ))
}

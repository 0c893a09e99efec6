//! What could not be evaluated, beside what was found: where, which rules, why, and what mends it.

use std::io;

use crate::model::message::Message;
use crate::model::scope::Scope;
use crate::render::words;
use crate::report::{NotEvaluated, NotEvaluatedGroup, Report};

use super::style::Look;
use super::text::Text;
use super::{Sheet, accepted, limit, lines};

const INDENT: usize = 2;
const BODY: usize = 4;

/// How many places of one reason are named, unless the user wants all.
const PLACES: usize = 10;

/// Writes the section, if there is anything to say.
pub(super) fn render(sheet: &mut Sheet<'_>, report: &Report) -> io::Result<()> {
    let groups = report.not_evaluated_groups();
    if groups.is_empty() {
        return Ok(());
    }
    sheet.paragraph(0, Text::new(Look::Strong, "not evaluated"))?;
    let all = groups.len();
    let shown = limit(sheet.style()).unwrap_or(all).min(all);
    for group in groups.iter().take(shown) {
        entry(sheet, group)?;
    }
    sheet.blank()?;
    lines::more(
        sheet,
        all as u64,
        shown as u64,
        "reason",
        "for what was not evaluated",
    )
}

fn entry(sheet: &mut Sheet<'_>, group: &NotEvaluatedGroup<'_>) -> io::Result<()> {
    let Some(first) = group.entries.first() else {
        return Ok(());
    };
    let dataset = dataset(first);
    if group.entries.len() == 1 {
        let place = Text::plain(&place(&first.scope)).with(Look::Plain, &keys(first));
        sheet.paragraph(INDENT, place.with(Look::Dim, &dataset))?;
    } else {
        let places = Text::plain(&number_of_places(&group.entries));
        sheet.paragraph(INDENT, places.with(Look::Dim, &dataset))?;
        let shown = if sheet.style().all {
            usize::MAX
        } else {
            PLACES
        };
        let names = names(&group.entries, shown);
        let how = if group.entries.len() > shown {
            " (--all)"
        } else {
            ""
        };
        sheet.paragraph(BODY, Text::plain(&format!("{names}{how}")))?;
    }
    sheet.paragraph(BODY, rules(first))?;
    sheet.paragraph(BODY, Text::message(&first.reason))?;
    if let Some(terms) = &first.accepted {
        let accepted = format!("accepted {}", accepted::on(terms));
        return sheet.paragraph(BODY, Text::new(Look::Dim, &accepted));
    }
    match group.hint {
        Some(hint) => sheet.paragraph(BODY, Text::message(hint)),
        None => Ok(()),
    }
}

/// Returns an entry as one line: where, what is missing, which rules, why, and what mends it.
pub(in crate::render) fn told(group: &NotEvaluatedGroup<'_>) -> Message {
    let Some(first) = group.entries.first() else {
        return Message::default();
    };
    let places = match group.entries.as_slice() {
        [_] => Message::default()
            .name(place(&first.scope))
            .text(keys(first)),
        entries => Message::from(number_of_places(entries))
            .text(" (")
            .append(listed(entries))
            .text(")"),
    };
    let rules = if first.rules.is_empty() {
        String::new()
    } else {
        format!(" ({})", first.rules.join(", "))
    };
    let told = places
        .text(dataset(first))
        .text(rules)
        .text(": ")
        .append(first.reason.clone());
    match (&first.accepted, group.hint) {
        (Some(terms), _) => told.text("; accepted ").name(accepted::on(terms)),
        (None, Some(hint)) => told.text("; ").append(hint.clone()),
        (None, None) => told,
    }
}

/// Returns the names of the places, the first ten of them, and how many more there are.
fn listed(entries: &[&NotEvaluated]) -> Message {
    let names = entries.iter().take(PLACES).enumerate();
    let listed = names.fold(Message::default(), |listed, (index, entry)| {
        let comma = if index == 0 { "" } else { ", " };
        listed.text(comma).name(short(&entry.scope))
    });
    match entries.len().saturating_sub(PLACES) {
        0 => listed,
        left => listed.text(format!(" and {left} more")),
    }
}

/// Returns what is missing in a whole place; of single keys the reason says it.
fn dataset(entry: &NotEvaluated) -> String {
    if entry.keys.is_empty() {
        format!(" · {}", words::dataset(entry.dataset))
    } else {
        String::new()
    }
}

/// Returns the name of a place; a project's stands for itself.
fn place(scope: &Scope) -> String {
    match scope {
        Scope::Project(id) => id.as_str().to_owned(),
        Scope::Account(account) => account.email.as_str().to_owned(),
        Scope::Caller | Scope::Organization(_) | Scope::Folder(_) => scope.to_string(),
    }
}

/// Returns the short name of a place, for a list of them.
fn short(scope: &Scope) -> String {
    match scope {
        Scope::Account(account) => account.email.short(),
        Scope::Caller | Scope::Organization(_) | Scope::Folder(_) | Scope::Project(_) => {
            place(scope)
        }
    }
}

/// Returns which keys of its account an entry is about: one by its id, several by their number.
fn keys(entry: &NotEvaluated) -> String {
    match entry.keys.as_slice() {
        [] => String::new(),
        [key] => format!(" · key {}", key.short()),
        keys => format!(" · {}", words::count(keys.len() as u64, "key")),
    }
}

/// Returns how many places there are, and how many keys in them: `3 accounts · 7 keys`.
fn number_of_places(entries: &[&NotEvaluated]) -> String {
    let noun = |scope: &Scope| match scope {
        Scope::Project(_) => "project",
        Scope::Account(_) => "account",
        Scope::Folder(_) => "folder",
        Scope::Caller | Scope::Organization(_) => "place",
    };
    let mut nouns: Vec<&str> = entries.iter().map(|entry| noun(&entry.scope)).collect();
    nouns.dedup();
    let noun = match nouns.as_slice() {
        [noun] => noun,
        _ => "place",
    };
    let keys: usize = entries.iter().map(|entry| entry.keys.len()).sum();
    let places = words::count(entries.len() as u64, noun);
    if keys == 0 {
        places
    } else {
        format!("{places} · {}", words::count(keys as u64, "key"))
    }
}

/// Returns the names of the places, of at most so many, and how many more there are.
fn names(entries: &[&NotEvaluated], shown: usize) -> String {
    let names = entries.iter().take(shown).map(|entry| short(&entry.scope));
    let names = names.collect::<Vec<_>>().join(", ");
    match entries.len().saturating_sub(shown) {
        0 => names,
        left => format!("{names} and {left} more"),
    }
}

fn rules(item: &NotEvaluated) -> Text {
    if item.rules.is_empty() {
        Text::new(
            Look::Dim,
            "every rule is evaluated without it; some say less",
        )
    } else {
        Text::plain(&item.rules.join(", "))
    }
}

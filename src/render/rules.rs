//! The rules on a terminal: all of them as a table, one of them as its document.

use std::io;

use comfy_table::{Attribute, Cell, ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::model::rule::{RuleMeta, Severity};
use crate::report::RuleReport;

use super::terminal::{Look, Sheet, Style, Text};
use super::words;

/// Writes every rule with its severity, whether it runs, and what it finds.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn table(rules: &[RuleReport], style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let width = u16::try_from(style.width).unwrap_or(u16::MAX);
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width)
        .set_header(["rule", "severity", "state", "finds"]);
    if style.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    for rule in rules {
        let id = Cell::new(rule.id).add_attribute(Attribute::Bold);
        let on = if rule.enabled { "on" } else { "off" };
        table.add_row([
            id,
            severity(rule.severity),
            Cell::new(on),
            Cell::new(rule.title),
        ]);
    }
    // An id is there to be copied: it is never broken.
    let longest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    if let (Some(column), Ok(longest)) = (table.column_mut(0), u16::try_from(longest + 2)) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(longest)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn severity(severity: Severity) -> Cell {
    use comfy_table::Color;
    let cell = Cell::new(words::severity(severity));
    match severity {
        Severity::Critical => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
        Severity::High => cell.fg(Color::DarkRed),
        Severity::Medium => cell.fg(Color::DarkYellow),
        Severity::Low => cell.fg(Color::DarkBlue),
        Severity::Info => cell.add_attribute(Attribute::Dim),
    }
}

/// Writes a rule's document: its Markdown, wrapped to the width, headings bold where there is colour.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn document(meta: &RuleMeta, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = Sheet::new(out, style);
    let mut paragraph = Paragraph::default();
    let mut code = false;
    for line in meta.docs.lines() {
        let fence = line.trim_start().starts_with("```");
        if code || fence {
            paragraph.flush(&mut sheet)?;
            code ^= fence;
            if !fence {
                sheet.verbatim(4, line)?;
            }
        } else if line.starts_with('|') {
            // A table is aligned by hand.
            paragraph.flush(&mut sheet)?;
            sheet.verbatim(0, line)?;
        } else if let Some(heading) = heading(line, style) {
            paragraph.flush(&mut sheet)?;
            sheet.paragraph(0, Text::new(Look::Strong, heading))?;
        } else if line.trim().is_empty() {
            paragraph.flush(&mut sheet)?;
            sheet.blank()?;
        } else if let Some((mark, words)) = item(line) {
            paragraph.flush(&mut sheet)?;
            paragraph = Paragraph {
                mark: mark.to_owned(),
                words: words.trim().to_owned(),
            };
        } else {
            paragraph.add(line);
        }
    }
    paragraph.flush(&mut sheet)?;
    sheet.blank()?;
    for line in mapping(meta) {
        sheet.paragraph(0, Text::new(Look::Dim, &line))?;
    }
    Ok(())
}

/// Returns a heading: without its marks where it is bold, whole where the marks are all that tells it.
fn heading<'a>(line: &'a str, style: &Style) -> Option<&'a str> {
    let words = line.trim_start_matches('#').strip_prefix(' ')?;
    let is_heading = line.starts_with('#');
    is_heading.then_some(if style.colour { words } else { line })
}

/// Returns a list item's mark, with the blanks around it, and its words: `- one`, `  - one`, `12. one`.
fn item(line: &str) -> Option<(&str, &str)> {
    let indent = line.len() - line.trim_start().len();
    let bare = line.trim_start();
    let digits = bare.len() - bare.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mark = if digits > 0 && bare[digits..].starts_with(". ") {
        digits + 2
    } else if bare.starts_with("- ") {
        2
    } else {
        return None;
    };
    Some(line.split_at(indent + mark))
}

/// Returns the recommendations of others that the rule answers to.
fn mapping(meta: &RuleMeta) -> Vec<String> {
    let cis = meta.cis.map(|cis| {
        format!(
            "CIS Google Cloud Foundations {} (2.0 to 4.0), {} (5.0)",
            cis.v2_to_v4, cis.v5
        )
    });
    let owasp = (!meta.owasp.is_empty()).then(|| {
        let entries = meta.owasp.join(", ");
        format!("OWASP Non-Human Identities Top 10: {entries}")
    });
    cis.into_iter().chain(owasp).collect()
}

/// Lines that belong together, until an empty line or another block ends them.
#[derive(Default)]
struct Paragraph {
    /// What stands before the first line: a list item's mark.
    mark: String,
    words: String,
}

impl Paragraph {
    fn add(&mut self, line: &str) {
        if !self.words.is_empty() {
            self.words.push(' ');
        }
        self.words.push_str(line.trim());
    }

    fn flush(&mut self, sheet: &mut Sheet<'_>) -> io::Result<()> {
        let Self { mark, words } = std::mem::take(self);
        if words.is_empty() {
            return Ok(());
        }
        sheet.hanging(mark.len(), Text::plain(&mark), inline(&words))
    }
}

/// Returns a paragraph with `**strong**` words bold and `[links](…)` followed by their address.
fn inline(words: &str) -> Text {
    let mut text = Text::default();
    for (index, piece) in words.split("**").enumerate() {
        let look = if index % 2 == 1 {
            Look::Strong
        } else {
            Look::Plain
        };
        text = text.with(look, &links(piece));
    }
    text
}

fn links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, words, address, after)) = next_link(rest) {
        out.push_str(&format!("{before}{words} <{address}>"));
        rest = after;
    }
    out + rest
}

fn next_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (head, tail) = text.split_once("](")?;
    let (before, words) = head.rsplit_once('[')?;
    let (address, after) = tail.split_once(')')?;
    Some((before, words, address, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_items_have_their_marks() {
        let table = [
            ("- one", Some(("- ", "one"))),
            ("  - one", Some(("  - ", "one"))),
            ("12. one", Some(("12. ", "one"))),
            ("12 one", None),
            ("-one", None),
            ("", None),
        ];
        for (line, expected) in table {
            assert_eq!(item(line), expected, "{line}");
        }
    }

    #[test]
    fn a_link_keeps_its_address() {
        let text = "see [the guide](https://a.example/b), or `x[0]` and <https://c.example>";
        assert_eq!(
            links(text),
            "see the guide <https://a.example/b>, or `x[0]` and <https://c.example>"
        );
    }
}

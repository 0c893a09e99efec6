//! A rule's document on a terminal: its Markdown, wrapped to the width.

use std::io;

use comfy_table::{Attribute, Cell};

use crate::model::rule::RuleMeta;
use crate::render::terminal::{Look, Sheet, Style, Text};

use super::table::borderless;

/// Writes a rule's document, headings bold where there is colour, and what it answers to in the benchmarks of others.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn document(meta: &RuleMeta, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut sheet = Sheet::new(out, style);
    for block in blocks(meta.docs) {
        draw(&mut sheet, block)?;
    }
    sheet.blank()?;
    for line in mapping(meta) {
        sheet.paragraph(0, Text::new(Look::Dim, &line))?;
    }
    Ok(())
}

/// A piece of Markdown, of the kinds that the documents use.
#[derive(Debug, PartialEq, Eq)]
enum Block<'a> {
    /// A heading with its marks.
    Heading(&'a str),
    /// A paragraph, or a list item behind its mark.
    Prose { mark: &'a str, words: String },
    /// A line of code.
    Code(&'a str),
    /// A table's rows, the header first.
    Table(Vec<Vec<&'a str>>),
    /// An empty line.
    Blank,
}

/// Returns the pieces of a document in order.
fn blocks(docs: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut is_code = false;
    for line in docs.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if is_code {
            blocks.push(Block::Code(line));
        } else if line.starts_with('#') {
            blocks.push(Block::Heading(line));
        } else if line.trim().is_empty() {
            blocks.push(Block::Blank);
        } else if line.starts_with('|') {
            match blocks.last_mut() {
                Some(Block::Table(rows)) => rows.extend(row(line)),
                Some(_) | None => blocks.push(Block::Table(row(line).into_iter().collect())),
            }
        } else if let Some((mark, words)) = item(line) {
            let words = words.trim().to_owned();
            blocks.push(Block::Prose { mark, words });
        } else if let Some(Block::Prose { words, .. }) = blocks.last_mut() {
            words.push(' ');
            words.push_str(line.trim());
        } else {
            let words = line.trim().to_owned();
            blocks.push(Block::Prose { mark: "", words });
        }
    }
    blocks
}

fn draw(sheet: &mut Sheet<'_>, block: Block<'_>) -> io::Result<()> {
    match block {
        Block::Heading(line) => {
            // Where nothing is bold, the marks are all that tells a heading.
            let bare = line.trim_start_matches('#').trim_start();
            let shown = if sheet.style().colour { bare } else { line };
            sheet.paragraph(0, Text::new(Look::Strong, shown))
        }
        Block::Prose { mark, words } => {
            sheet.hanging(mark.len(), Text::plain(mark), inline(&words))
        }
        Block::Code(line) => sheet.verbatim(4, line),
        Block::Table(rows) => {
            let mut rows = rows.into_iter();
            let header = rows.next().unwrap_or_default().into_iter();
            let header = header.map(|cell| Cell::new(cell).add_attribute(Attribute::Bold));
            let rows = rows.map(|row| row.into_iter().map(Cell::new).collect());
            let table = borderless(header.collect(), rows, sheet.style());
            sheet.table(&table)
        }
        Block::Blank => sheet.blank(),
    }
}

/// Returns the cells of a table's row; nothing for the line under the header.
fn row(line: &str) -> Option<Vec<&str>> {
    let is_rule = line.chars().all(|c| "|-: ".contains(c));
    let cells = line.trim().trim_matches('|').split('|').map(str::trim);
    (!is_rule).then(|| cells.collect())
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
        let before = cis
            .v2_to_v4
            .map_or(String::new(), |number| format!("{number} (2.0 to 4.0), "));
        format!("CIS Google Cloud Foundations {before}{} (5.0)", cis.v5)
    });
    let owasp = (!meta.owasp.is_empty()).then(|| {
        let entries = meta.owasp.join(", ");
        format!("OWASP Non-Human Identities Top 10: {entries}")
    });
    cis.into_iter().chain(owasp).collect()
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
    fn a_document_falls_into_its_blocks() {
        let docs = "# a\n\nb\nc\n- d\n  e\n| f | g |\n|---|---|\n| h | i j |\n```sh\n  k\n```\n";
        let prose = |mark, words: &str| Block::Prose {
            mark,
            words: words.to_owned(),
        };
        assert_eq!(
            blocks(docs),
            [
                Block::Heading("# a"),
                Block::Blank,
                prose("", "b c"),
                prose("- ", "d e"),
                Block::Table(vec![vec!["f", "g"], vec!["h", "i j"]]),
                Block::Code("  k"),
            ]
        );
    }

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

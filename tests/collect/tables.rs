//! The tables of `fixtures/README.md`: what is written there is what is tested.

use std::fs;
use std::path::Path;

/// A table of Markdown: the cells of its heading, then those of each row.
pub(crate) struct Table {
    pub(crate) heading: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

pub(crate) fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/README.md");
    fs::read_to_string(path).expect("the fixtures' README")
}

/// Returns the rows of the table between `<!-- NAME -->` and `<!-- /… -->`.
pub(crate) fn marked(name: &str) -> Vec<Vec<String>> {
    let readme = readme();
    let (_, text) = readme
        .split_once(&format!("<!-- {name} -->\n"))
        .expect("the table's begin");
    let (text, _) = text.split_once("<!-- /").expect("the table's end");
    tables(text).remove(0).rows
}

/// Returns the text under a heading, up to the next one of its level or above; `heading` comes with its hashes.
pub(crate) fn section(heading: &str) -> String {
    let level = heading.split(' ').next().expect("hashes").len();
    let ends = |line: &&str| {
        let hashes = line.bytes().take_while(|b| *b == b'#').count();
        (1..=level).contains(&hashes)
    };
    let readme = readme();
    let mut lines = readme.lines().skip_while(|line| *line != heading);
    assert_eq!(lines.next(), Some(heading), "a heading of the README");
    let text: Vec<&str> = lines.take_while(|line| !ends(line)).collect();
    text.join("\n")
}

/// Returns the sections one level below, each with its heading's words.
pub(crate) fn subsections(text: &str, hashes: &str) -> Vec<(String, String)> {
    let text = format!("\n{text}");
    let mark = format!("\n{hashes} ");
    text.split(&mark)
        .skip(1)
        .map(|part| {
            let (heading, text) = part.split_once('\n').unwrap_or((part, ""));
            (heading.to_owned(), text.to_owned())
        })
        .collect()
}

/// Returns every table of the text.
pub(crate) fn tables(text: &str) -> Vec<Table> {
    let mut tables = Vec::new();
    let mut open: Option<Table> = None;
    for line in text.lines() {
        match (line.starts_with('|'), open.as_mut()) {
            (false, _) => tables.extend(open.take()),
            (true, Some(table)) if line.starts_with("|--") => assert!(table.rows.is_empty()),
            (true, Some(table)) => table.rows.push(cells(line)),
            (true, None) => {
                open = Some(Table {
                    heading: cells(line),
                    rows: Vec::new(),
                });
            }
        }
    }
    tables.extend(open);
    tables
}

fn cells(line: &str) -> Vec<String> {
    let line = line.trim_matches('|');
    line.split(" | ")
        .map(|cell| cell.trim().to_owned())
        .collect()
}

/// Returns the texts in backticks, in order.
pub(crate) fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Fails with one line for each row that is wrong.
pub(crate) fn all_right(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "of fixtures/README.md is wrong:\n{}",
        wrong.join("\n")
    );
}

/// Returns a row of numbers behind a name, as a table has it.
pub(crate) fn numbers(name: &str, numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let numbers = numbers.into_iter().map(|number| number.to_string());
    std::iter::once(name.to_owned()).chain(numbers).collect()
}

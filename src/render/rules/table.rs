//! Tables without borders, and the one that lists the rules.

use std::io;

use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, Width, presets,
};

use crate::model::rule::Severity;
use crate::render::terminal::{Sheet, Style};
use crate::report::RuleReport;

/// Writes every rule with its severity, whether it runs, and what it finds.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn table(rules: &[RuleReport], style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let rows = rules.iter().map(|rule| {
        let state = if rule.enabled { "on" } else { "off" };
        vec![
            Cell::new(rule.id).add_attribute(Attribute::Bold),
            severity(rule.severity),
            Cell::new(state),
            Cell::new(rule.title),
        ]
    });
    let header = ["rule", "severity", "state", "finds"].map(Cell::new);
    let mut table = borderless(header.to_vec(), rows, style);
    // An id is there to be copied: it is never broken.
    let longest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    if let (Some(column), Ok(longest)) = (table.column_mut(0), u16::try_from(longest)) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(longest + GAP)));
    }
    Sheet::new(out, style).table(&table)
}

/// How many blanks stand between two columns.
const GAP: u16 = 2;

/// Returns a table without borders, as wide as the text at most; what does not fit is wrapped within its column.
pub(super) fn borderless(
    header: Vec<Cell>,
    rows: impl Iterator<Item = Vec<Cell>>,
    style: &Style,
) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(style.width).unwrap_or(u16::MAX))
        .set_header(header)
        .add_rows(rows);
    if style.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    table
}

fn severity(severity: Severity) -> Cell {
    let cell = Cell::new(severity.name());
    match severity {
        Severity::Critical => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
        Severity::High => cell.fg(Color::DarkRed),
        Severity::Medium => cell.fg(Color::DarkYellow),
        Severity::Low => cell.fg(Color::DarkBlue),
        Severity::Info => cell.add_attribute(Attribute::Dim),
    }
}

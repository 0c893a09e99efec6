//! How an estate develops, on a terminal: a line a week, with a bar for what is high or critical.

use std::io;

use crate::render::words;
use crate::report::trend::TrendPoint;

use super::Sheet;
use super::style::{Look, Style};
use super::text::Text;

/// The longest bar, in columns.
const BAR: u64 = 24;

/// Writes the trend to `out`.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(weeks: &[TrendPoint], style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let sheet = &mut Sheet::new(out, style);
    let head = row([
        "scan", "crit", "high", "med", "low", "info", "shared", "oldest",
    ]
    .map(str::to_owned));
    sheet.verbatim(0, &format!("{head}  critical and high"))?;
    let most = weeks.iter().map(urgent).max().unwrap_or(0).max(1);
    for week in weeks {
        let by_severity = week.by_severity;
        let oldest = match week.oldest_key {
            None => "-".to_owned(),
            Some(days) => format!("{days} d"),
        };
        let cells = [
            words::date(week.observed_at),
            by_severity.critical.to_string(),
            by_severity.high.to_string(),
            by_severity.medium.to_string(),
            by_severity.low.to_string(),
            by_severity.info.to_string(),
            week.shared_accounts.to_string(),
            oldest,
        ];
        let bar = bar(urgent(week), most, style.unicode);
        let gaps = match week.gaps {
            0 => String::new(),
            gaps => format!("  {} incomplete", words::count(gaps, "read")),
        };
        sheet.verbatim(0, &format!("{}  {bar}{gaps}", row(cells)))?;
    }
    if weeks.iter().any(|week| week.gaps > 0) {
        sheet.blank()?;
        let note = "where reads are incomplete, the counts are what was seen";
        sheet.paragraph(0, Text::new(Look::Dim, note))?;
    }
    Ok(())
}

fn urgent(week: &TrendPoint) -> u64 {
    week.by_severity.critical + week.by_severity.high
}

/// Returns a bar for a number of at most `most`; of what is not nothing, at least one column.
fn bar(number: u64, most: u64, unicode: bool) -> String {
    let columns = (number * BAR).div_ceil(most);
    let block = if unicode { "█" } else { "#" };
    block.repeat(usize::try_from(columns).unwrap_or(0))
}

fn row(cells: [String; 8]) -> String {
    let [scan, critical, high, medium, low, info, shared, oldest] = cells;
    format!(
        "{scan:<10} {critical:>5} {high:>5} {medium:>5} {low:>5} {info:>5} {shared:>7} {oldest:>7}"
    )
}

//! How the terminal's text looks: what the terminal can show, and how much the user wants to see.

use std::ops::RangeInclusive;

use anstyle::AnsiColor;

use crate::model::rule::Severity;

/// What the terminal can show, and how much the user wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The width of the text in columns: what [`Style::width`] returns.
    pub width: usize,
    /// Whether to colour; everything is said in words too.
    pub colour: bool,
    /// Whether accounts are links to their pages in the Google Cloud console (OSC 8).
    pub links: bool,
    /// Whether the terminal shows more than ASCII.
    pub unicode: bool,
    /// Whether to show everything, and not the worst twenty.
    pub all: bool,
    /// Whether to show evidence and steps under each finding.
    pub details: bool,
}

/// The look of a piece of text. Sixteen colours, no backgrounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) enum Look {
    /// As the terminal writes.
    Plain,
    /// An account's name, a heading.
    Strong,
    /// A secondary fact.
    Dim,
    /// A severity's word.
    Severity(Severity),
    /// The verdict's word where all is well.
    Good,
    /// The verdict's word where something fails.
    Bad,
    /// The verdict's word where something is missing.
    Warning,
}

const WIDTHS: RangeInclusive<usize> = 60..=100;

impl Style {
    /// Returns the width of the text for a terminal of that many columns; `None`: there is no terminal.
    #[must_use]
    pub fn width(columns: Option<usize>) -> usize {
        let widest = *WIDTHS.end();
        columns.map_or(widest, |columns| columns.clamp(*WIDTHS.start(), widest))
    }
}

impl Look {
    /// Returns the look as escape sequences write it.
    pub(super) fn ansi(self) -> anstyle::Style {
        let plain = anstyle::Style::new();
        let colour = |colour: AnsiColor| plain.fg_color(Some(colour.into()));
        match self {
            Self::Plain => plain,
            Self::Strong => plain.bold(),
            Self::Dim | Self::Severity(Severity::Info) => plain.dimmed(),
            Self::Severity(Severity::Critical) => colour(AnsiColor::Red).bold(),
            Self::Severity(Severity::High) | Self::Bad => colour(AnsiColor::Red),
            Self::Severity(Severity::Medium) | Self::Warning => colour(AnsiColor::Yellow),
            Self::Severity(Severity::Low) => colour(AnsiColor::Blue),
            Self::Good => colour(AnsiColor::Green),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_width_is_the_terminals_within_what_can_be_read() {
        let table = [
            (None, 100),
            (Some(20), 60),
            (Some(72), 72),
            (Some(300), 100),
        ];
        for (columns, width) in table {
            assert_eq!(Style::width(columns), width);
        }
    }
}

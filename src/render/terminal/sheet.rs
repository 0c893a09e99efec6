//! What the terminal's text is written on: lines, paragraphs with a hanging indent, blank lines.

use std::io;

use crate::render::escape::Ascii;

use super::style::{Look, Style};
use super::text::Text;

/// A writer with a width and a look.
pub(in crate::render) struct Sheet<'a> {
    out: &'a mut dyn io::Write,
    style: &'a Style,
}

impl<'a> Sheet<'a> {
    /// Returns a sheet that writes to `out`.
    pub(in crate::render) fn new(out: &'a mut dyn io::Write, style: &'a Style) -> Self {
        Self { out, style }
    }

    /// Returns how the sheet looks.
    pub(in crate::render) fn style(&self) -> &Style {
        self.style
    }

    /// Writes an empty line.
    pub(in crate::render) fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// Writes a text, wrapped, each line behind `indent` blanks.
    pub(in crate::render) fn paragraph(&mut self, indent: usize, text: Text) -> io::Result<()> {
        self.hanging(indent, Text::default(), text)
    }

    /// Writes `mark` at the line's begin and a text behind it, wrapped, each line from column `indent` on.
    pub(in crate::render) fn hanging(
        &mut self,
        indent: usize,
        mark: Text,
        text: Text,
    ) -> io::Result<()> {
        let mark = self.shown(mark).padded(indent);
        let width = self.style.width.saturating_sub(indent);
        let margin = Text::plain(&" ".repeat(indent));
        for (index, line) in self.shown(text).wrapped(width).into_iter().enumerate() {
            let begin = if index == 0 { &mark } else { &margin };
            self.line(begin.clone().join(line))?;
        }
        Ok(())
    }

    /// Writes a line of ours as it is, its blanks kept, behind `indent` blanks.
    pub(in crate::render) fn verbatim(&mut self, indent: usize, line: &str) -> io::Result<()> {
        let line = Text::plain(&" ".repeat(indent)).with(Look::Plain, line);
        let line = self.shown(line);
        self.line(line)
    }

    /// Writes a table of ours, in its own colours.
    pub(in crate::render) fn table(&mut self, table: &comfy_table::Table) -> io::Result<()> {
        for line in table.lines() {
            let line = line.trim_end();
            if self.style.unicode {
                writeln!(self.out, "{line}")?;
            } else {
                writeln!(self.out, "{}", Ascii(line))?;
            }
        }
        Ok(())
    }

    /// Writes one text at the left edge and one at the right; where both do not fit, the second on its own lines, two
    /// blanks in.
    pub(in crate::render) fn ends(&mut self, left: Text, right: Text) -> io::Result<()> {
        let (left, right) = (self.shown(left), self.shown(right));
        let (wide, room) = (left.width(), self.style.width);
        if right.width() == 0 {
            self.hanging(0, Text::default(), left)
        } else if wide + 2 + right.width() <= room {
            let gap = room - right.width();
            self.line(left.padded(gap).join(right))
        } else {
            self.hanging(0, Text::default(), left)?;
            self.hanging(2, Text::default(), right)
        }
    }

    fn shown(&self, text: Text) -> Text {
        if self.style.unicode {
            text
        } else {
            text.into_ascii()
        }
    }

    fn line(&mut self, text: Text) -> io::Result<()> {
        let spans = text.spans();
        // Blanks at a line's end would show where the line is marked or copied.
        let end = spans
            .iter()
            .rposition(|span| !span.text.trim_end().is_empty());
        for (index, span) in spans.iter().enumerate().take(end.map_or(0, |end| end + 1)) {
            let last = Some(index) == end;
            let shown = if last {
                span.text.trim_end()
            } else {
                &span.text
            };
            let link = span.link.as_ref().filter(|_| self.style.links);
            if let Some(address) = link {
                write!(self.out, "\u{1b}]8;;{address}\u{1b}\\")?;
            }
            if self.style.colour && span.look != Look::Plain {
                let look = span.look.ansi();
                write!(self.out, "{look}{shown}{look:#}")?;
            } else {
                write!(self.out, "{shown}")?;
            }
            if link.is_some() {
                write!(self.out, "\u{1b}]8;;\u{1b}\\")?;
            }
        }
        writeln!(self.out)
    }
}

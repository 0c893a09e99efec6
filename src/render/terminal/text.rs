//! Text with looks, and how it is broken into lines. Everything that enters it is escaped here, once.

use unicode_width::UnicodeWidthStr as _;

use crate::model::message::{Message, Part};
use crate::render::escape::{Ascii, Term};

use super::style::Look;

/// A text whose pieces have looks and links. It holds nothing that a terminal would obey, and no line break.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::render) struct Text(Vec<Span>);

/// A piece of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) look: Look,
    /// The address that the piece leads to.
    pub(super) link: Option<String>,
}

impl Text {
    /// Returns a text of one look.
    pub(in crate::render) fn new(look: Look, text: &str) -> Self {
        Self::default().with(look, text)
    }

    /// Returns a plain text.
    pub(in crate::render) fn plain(text: &str) -> Self {
        Self::new(Look::Plain, text)
    }

    /// Returns a sentence, addresses and members in their short form and key ids cut in the middle.
    pub(in crate::render) fn message(message: &Message) -> Self {
        let parts = message.parts().iter().map(|part| match part {
            Part::Text(text) | Part::Name(text) => text.clone(),
            Part::Account(email) => email.short(),
            Part::Key(key) => key.short(),
            Part::Project(project) => project.as_str().to_owned(),
            Part::Member(member) => member.short(),
        });
        Self::plain(&parts.collect::<String>())
    }

    /// Returns the text with a piece behind it.
    pub(in crate::render) fn with(self, look: Look, text: &str) -> Self {
        self.linked(look, text, None)
    }

    /// Returns the text with a piece behind it that leads to an address of ours.
    pub(in crate::render) fn linked(
        mut self,
        look: Look,
        text: &str,
        link: Option<String>,
    ) -> Self {
        let text = Term(text).to_string();
        self.0.push(Span { text, look, link });
        self
    }

    /// Returns the text with another one behind it.
    pub(in crate::render) fn join(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Returns the text in ASCII.
    pub(super) fn into_ascii(mut self) -> Self {
        for span in &mut self.0 {
            span.text = Ascii(&span.text).to_string();
        }
        self
    }

    /// Returns the text with blanks behind it, up to `width` columns.
    pub(super) fn padded(self, width: usize) -> Self {
        let blanks = width.saturating_sub(self.width());
        self.with(Look::Plain, &" ".repeat(blanks))
    }

    /// Returns how many columns the text takes.
    pub(in crate::render) fn width(&self) -> usize {
        self.0.iter().map(|span| span.text.width()).sum()
    }

    /// Returns the pieces in order.
    pub(super) fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Returns the text in lines of at most `width` columns, broken at blanks; at least one line.
    ///
    /// A word wider than that stands alone on its line and is not cut: names are there to be copied.
    pub(super) fn wrapped(&self, width: usize) -> Vec<Self> {
        let mut lines = vec![Self::default()];
        let mut used = 0;
        for word in self.words() {
            let wide = word.width();
            let blank = usize::from(used > 0);
            if used > 0 && used + blank + wide > width {
                lines.push(word);
                used = wide;
                continue;
            }
            if let Some(line) = lines.pop() {
                let gap = if blank == 1 { " " } else { "" };
                lines.push(line.with(Look::Plain, gap).join(word));
            }
            used += blank + wide;
        }
        lines
    }

    /// Returns the words, each with the looks of its pieces.
    fn words(&self) -> Vec<Self> {
        let mut words: Vec<Self> = Vec::new();
        let mut open = false;
        for span in &self.0 {
            for (index, piece) in span.text.split(' ').enumerate() {
                open &= index == 0;
                if piece.is_empty() {
                    continue;
                }
                let piece = Span {
                    text: piece.to_owned(),
                    ..span.clone()
                };
                match words.last_mut() {
                    Some(word) if open => word.0.push(piece),
                    Some(_) | None => words.push(Self(vec![piece])),
                }
                open = true;
            }
            open &= !span.text.ends_with(' ');
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrap(text: &str, width: usize) -> Vec<String> {
        plain(&Text::plain(text).wrapped(width))
    }

    fn plain(lines: &[Text]) -> Vec<String> {
        let text = |line: &Text| line.0.iter().map(|span| span.text.as_str()).collect();
        lines.iter().map(text).collect()
    }

    #[test]
    fn lines_break_at_blanks_by_display_width() {
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("one two three", 100), ["one two three"]);
        assert_eq!(wrap("名前 名前 x", 9), ["名前 名前", "x"]);
        assert_eq!(
            wrap("see etl@acme-prod.iam.gserviceaccount.com now", 10),
            ["see", "etl@acme-prod.iam.gserviceaccount.com", "now"]
        );
    }

    #[test]
    fn a_word_of_two_looks_is_one_word() {
        let text = Text::plain("say ")
            .with(Look::Strong, "key-old")
            .with(Look::Plain, ", key-new ")
            .with(Look::Dim, "end");
        assert_eq!(plain(&text.wrapped(12)), ["say key-old,", "key-new end"]);
    }

    proptest! {
        #[test]
        fn wrapping_loses_no_word_and_keeps_to_the_width(words in proptest::collection::vec("[a-zé名]{1,9}", 0..30), width in 18usize..40) {
            let text = words.join(" ");
            let lines = wrap(&text, width);
            prop_assert_eq!(lines.join(" "), text);
            prop_assert!(lines.iter().all(|line| line.width() <= width));
        }
    }
}

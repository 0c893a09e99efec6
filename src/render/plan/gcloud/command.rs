//! A command line, word by word, quoted where it is written.

use std::fmt;

use crate::render::plan::filled::Filled;

/// A command line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::render::plan) struct Line(Vec<Word>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    /// A word of ours, that needs no quoting.
    Ours(&'static str),
    /// A value where it stands, between words.
    Value(Filled),
    /// A flag with a value behind `=`.
    Flag(&'static str, Filled),
}

impl Line {
    /// Returns a command line that begins with words of ours.
    pub(in crate::render::plan) fn of(words: &[&'static str]) -> Self {
        Self(words.iter().map(|word| Word::Ours(word)).collect())
    }

    /// Returns the line with a word of ours behind it.
    pub(in crate::render::plan) fn word(mut self, word: &'static str) -> Self {
        self.0.push(Word::Ours(word));
        self
    }

    /// Returns the line with a value behind it.
    pub(in crate::render::plan) fn value(mut self, value: impl Into<Filled>) -> Self {
        self.0.push(Word::Value(value.into()));
        self
    }

    /// Returns the line with a flag behind it: `--name=value`.
    pub(in crate::render::plan) fn flag(
        mut self,
        name: &'static str,
        value: impl Into<Filled>,
    ) -> Self {
        self.0.push(Word::Flag(name, value.into()));
        self
    }

    /// Returns whether every value is read as one: what begins like a flag, and stands alone, is read as a flag.
    pub(super) fn is_read_as_meant(&self) -> bool {
        self.0.iter().all(|word| match word {
            Word::Ours(_) | Word::Flag(..) => true,
            Word::Value(value) => !value.shown().starts_with('-') && !value.shown().is_empty(),
        })
    }

    /// Returns the names of the variables in it.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|word| {
            let value = match word {
                Word::Ours(_) => None,
                Word::Value(value) | Word::Flag(_, value) => Some(value),
            };
            value.into_iter().flat_map(Filled::variables)
        })
    }
}

impl fmt::Display for Line {
    /// Writes the line for bash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            match word {
                Word::Ours(word) => f.write_str(word)?,
                Word::Value(value) => f.write_str(&value.shell())?,
                Word::Flag(name, value) => write!(f, "--{name}={}", value.shell())?,
            }
        }
        Ok(())
    }
}

/// Returns `key=value` pairs as one value of gcloud. Where a comma, or what would be read as another delimiter, stands in
/// one of them, they are told apart by a text that stands in none.
///
/// Source: <https://cloud.google.com/sdk/gcloud/reference/topic/escaping>.
pub(super) fn pairs(pairs: &[(&str, Filled)]) -> Filled {
    let joined = |delimiter: &str| {
        pairs
            .iter()
            .enumerate()
            .fold(Filled::default(), |text, (index, (key, value))| {
                let between = if index == 0 { "" } else { delimiter };
                text.text(between).text(key).text("=").append(value)
            })
    };
    let all = joined("");
    let shown = all.shown();
    // A variable's value is not known here, and may hold a comma.
    let plain = !shown.contains([',', '^', '"', '\\']) && all.variables().next().is_none();
    if plain {
        return joined(",");
    }
    let apart = |delimiter: &str| {
        let read = joined(delimiter).shown();
        let meant = pairs
            .iter()
            .map(|(key, value)| format!("{key}={}", value.shown()));
        read.split(delimiter).eq(meant)
    };
    let single = ["|", ";", "~"].map(str::to_owned);
    let longer = (0..=shown.len()).map(|number| format!("|{number}|"));
    let delimiter = single
        .into_iter()
        .chain(longer)
        .find(|delimiter| apart(delimiter))
        .expect("a text has fewer pieces of that form than bytes");
    Filled::from(format!("^{delimiter}^")).append(&joined(&delimiter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_told_apart_by_what_stands_in_none_of_them() {
        let pair = |title: &str| {
            pairs(&[
                ("expression", Filled::from("a == 'b'")),
                ("title", Filled::from(title)),
            ])
            .shown()
        };
        assert_eq!(pair("x"), "expression=a == 'b',title=x");
        assert_eq!(pair("x,y"), "^|^expression=a == 'b'|title=x,y");
        assert_eq!(pair("x,|"), "^;^expression=a == 'b';title=x,|");
        assert_eq!(pair("|0|;~,"), "^|1|^expression=a == 'b'|1|title=|0|;~,");
    }

    #[test]
    fn a_value_that_begins_like_a_flag_is_not_read_as_meant() {
        let line = |name: &str| Line::of(&["gcloud", "x"]).value(name).flag("y", "-z");
        assert!(line("name").is_read_as_meant());
        assert!(!line("--impersonate-service-account=x").is_read_as_meant());
        assert_eq!(line("a b").to_string(), "gcloud x 'a b' --y=-z");
    }
}

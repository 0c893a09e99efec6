//! Text in a bash script.

use std::fmt::{self, Write as _};

use unicode_width::UnicodeWidthChar as _;

use super::is_hidden;

/// A text as one word of bash: nothing in it is expanded, it never breaks a line, and bash reads exactly the text.
///
/// A text with characters that cannot be seen stands in `$'…'`, with those spelled by their bytes, so that a reader of the
/// script sees them and the locale does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sh<'a>(pub &'a str);

/// A text behind `:?` in `"${NAME:?…}"`: read as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShMessage<'a>(pub &'a str);

impl fmt::Display for Sh<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |b: u8| b.is_ascii_alphanumeric() || b"_./:@=,+-".contains(&b);
        if !self.0.is_empty() && self.0.bytes().all(bare) {
            f.write_str(self.0)
        } else if !self.0.chars().any(is_unseen) {
            write!(f, "'{}'", self.0.replace('\'', r"'\''"))
        } else {
            f.write_str("$'")?;
            self.0.chars().try_for_each(|c| spelled(c, f))?;
            f.write_char('\'')
        }
    }
}

impl fmt::Display for ShMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Even there `~` in front is a home, and `<(` and `>(` begin a substitution; an empty string does not show.
        if self.0.starts_with('~') {
            f.write_str("\"\"")?;
        }
        let mut before = ' ';
        self.0.chars().try_for_each(|c| {
            if c == '(' && matches!(before, '<' | '>') {
                f.write_str("\"\"")?;
            }
            before = c;
            match c {
                '\\' | '"' | '$' | '`' | '}' => write!(f, "\\{c}"),
                // Behind `:?` a single quote would begin a string of its own.
                '\'' => f.write_str("\"'\""),
                c if is_unseen(c) => f.write_char(' '),
                c => f.write_char(c),
            }
        })
    }
}

fn is_unseen(c: char) -> bool {
    is_hidden(c) || c.width().is_none_or(|width| width == 0)
}

fn spelled(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match c {
        '\\' | '\'' => write!(f, "\\{c}"),
        c if is_unseen(c) => {
            let mut bytes = [0; 4];
            let bytes = c.encode_utf8(&mut bytes).as_bytes();
            bytes.iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))
        }
        c => f.write_char(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_bare_quoted_or_spelled() {
        let table = [
            ("", "''"),
            ("acme-prod", "acme-prod"),
            ("a b", "'a b'"),
            ("it's $(id)", r"'it'\''s $(id)'"),
            ("~", "'~'"),
            ("a\nb", r"$'a\x0ab'"),
            ("\u{202e}'\\", r"$'\xe2\x80\xae\'\\'"),
        ];
        for (text, word) in table {
            assert_eq!(Sh(text).to_string(), word, "{text:?}");
        }
        assert_eq!(
            ShMessage("it's `a` ${b}\n\"").to_string(),
            r#"it"'"s \`a\` \${b\} \""#
        );
        assert_eq!(
            ShMessage("~/a <(b) >(c)").to_string(),
            r#"""~/a <""(b) >""(c)"#
        );
    }
}

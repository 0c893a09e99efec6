//! Text in SARIF: messages, and addresses of artifacts.

use std::fmt::{self, Write as _};

use super::Term;

/// A text as a message of SARIF may show it: no link, and as inert as [`Term`].
///
/// Even plain messages have links, `[text](target)`. Placeholders, `{0}`, stand for nothing where a message has no
/// arguments. Source: SARIF 2.1.0, sections 3.11.5 and 3.11.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sarif<'a>(pub &'a str);

/// A text as one segment of a relative address, percent-encoded: it neither goes up nor begins a scheme.
///
/// Source: RFC 3986, section 3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a>(pub &'a str);

impl fmt::Display for Sarif<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Term(self.0).to_string().chars().try_for_each(|c| match c {
            '\\' | '[' | ']' => write!(f, "\\{c}"),
            c => f.write_char(c),
        })
    }
}

impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let goes_up = self.0.chars().all(|c| c == '.');
        self.0.bytes().try_for_each(|byte| match byte {
            b'.' if goes_up => f.write_str("%2E"),
            b'-' | b'.' | b'_' | b'~' | b'@' => f.write_char(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => f.write_char(char::from(byte)),
            byte => write!(f, "%{byte:02X}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_no_link() {
        let table = [
            ("etl@acme", "etl@acme"),
            ("[x](https://evil.example)", r"\[x\](https://evil.example)"),
            ("a\\[b](1)", r"a\\\[b\](1)"),
            ("a\u{1b}[31m\n", r"a\\u{1b}\[31m\\u{a}"),
        ];
        for (text, shown) in table {
            assert_eq!(Sarif(text).to_string(), shown, "{text:?}");
        }
    }

    #[test]
    fn a_segment_is_one_segment() {
        let table = [
            ("etl@acme.example", "etl@acme.example"),
            ("acme.example:prod", "acme.example%3Aprod"),
            ("..", "%2E%2E"),
            ("../a b", "..%2Fa%20b"),
            ("é\\?#", "%C3%A9%5C%3F%23"),
        ];
        for (text, segment) in table {
            assert_eq!(Segment(text).to_string(), segment, "{text:?}");
        }
    }
}

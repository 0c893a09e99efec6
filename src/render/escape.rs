//! Escaping, by sink: a stranger's text is wrapped in the type of the place where it is shown.
//!
//! JSON needs no wrapper: its serialiser escapes every string.

mod cel;
mod hcl;
mod markdown;
mod mrkdwn;
mod sarif;
mod shell;
mod yaml;

use std::fmt::{self, Write as _};

use unicode_width::UnicodeWidthChar as _;

pub use cel::Cel;
pub use hcl::Hcl;
pub use markdown::{Md, MdCell, MdCode};
pub use mrkdwn::{Mrkdwn, MrkdwnCode};
pub use sarif::{Sarif, Segment};
pub use shell::{Sh, ShMessage};
pub use yaml::Yaml;

/// A text as a terminal may show it: nothing in it moves the cursor, changes a colour, hides, or turns the reading
/// direction, and it never breaks a line.
///
/// Such characters are shown as `\u{1b}`, and so is every blank but the plain space. Accents and vowel signs stay, up to
/// two on one character: more of them would paint over the lines around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term<'a>(pub &'a str);

/// A text for a terminal that shows ASCII only: the signs that this program writes are spelled, all others are shown
/// as `\u{e9}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ascii<'a>(pub &'a str);

/// A text as a field of CSV: between quotes where it must be, as inert as [`Term`], and nothing that a spreadsheet would
/// compute.
///
/// A text that begins like a formula gets `'` in front, which spreadsheets take for "text":
/// <https://owasp.org/www-community/attacks/CSV_Injection>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Csv<'a>(pub &'a str);

/// How many marks without a width of their own a character may carry.
const MARKS: usize = 2;

impl fmt::Display for Term<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A mark in front of everything would join the text before it.
        let mut marks = MARKS;
        for c in self.0.chars() {
            if c.width() == Some(0) && !is_hidden(c) && marks < MARKS {
                marks += 1;
                f.write_char(c)?;
            } else if c.width().is_none_or(|width| width == 0) || is_hidden(c) {
                marks = MARKS;
                spelled(c, f)?;
            } else {
                marks = 0;
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Ascii<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '·' => f.write_char('-')?,
                '…' => f.write_str("...")?,
                _ if c.is_ascii() => f.write_char(c)?,
                _ => spelled(c, f)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Csv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Term(self.0).to_string();
        let first = text.trim_start().chars().next();
        // The last four are the wide forms that spreadsheets in East Asian languages take too.
        let computes = first.is_some_and(|c| "=+-@＝＋－＠".contains(c));
        let guard = if computes { "'" } else { "" };
        if text.contains([',', ';', '"']) || text.starts_with(' ') || text.ends_with(' ') {
            write!(f, "\"{guard}{}\"", text.replace('"', "\"\""))
        } else {
            write!(f, "{guard}{text}")
        }
    }
}

fn spelled(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}", c.escape_unicode())
}

/// Returns whether a character cannot be seen, or changes how others are seen.
///
/// Source: Unicode's `Default_Ignorable_Code_Point`, the format characters (Cf), all blanks but the plain space, and
/// the two letters that look like a blank. <https://www.unicode.org/reports/tr36/>.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
            | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        let table = [
            ("etl@acme", "etl@acme"),
            ("Zoë · 名前", "Zoë · 名前"),
            ("\u{1b}[31mred\u{1b}[0m", r"\u{1b}[31mred\u{1b}[0m"),
            ("\u{1b}]8;;http://x\u{7}y", r"\u{1b}]8;;http://x\u{7}y"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("a\r\nb\tc", r"a\u{d}\u{a}b\u{9}c"),
            (
                "a\u{202e}b\u{2066}c\u{200f}",
                r"a\u{202e}b\u{2066}c\u{200f}",
            ),
            (
                "a\u{200b}\u{feff}\u{ad}\u{2060}",
                r"a\u{200b}\u{feff}\u{ad}\u{2060}",
            ),
            ("a\u{a0}\u{3000}\u{2028}", r"a\u{a0}\u{3000}\u{2028}"),
            ("\u{e0041}\u{fe0f}\u{3164}", r"\u{e0041}\u{fe0f}\u{3164}"),
            ("e\u{301}", "e\u{301}"),
            ("\u{301}e", "\\u{301}e"),
            ("e\u{301}\u{302}\u{303}", "e\u{301}\u{302}\\u{303}"),
        ];
        for (text, expected) in table {
            assert_eq!(Term(text).to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_field_of_csv_is_text_and_one_field() {
        let table = [
            ("", ""),
            ("gcloud/496.0", "gcloud/496.0"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=1+1", "'=1+1"),
            (
                "=HYPERLINK(\"http://x\",\"y\")",
                "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"",
            ),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "\"' =1\""),
            ("＝1", "'＝1"),
            ("\t=1", r"\u{9}=1"),
            ("a\r\n=1", r"a\u{d}\u{a}=1"),
            ("\u{1b}[31m", r"\u{1b}[31m"),
        ];
        for (text, field) in table {
            assert_eq!(Csv(text).to_string(), field, "{text:?}");
        }
    }

    #[test]
    fn without_unicode_everything_is_ascii() {
        assert_eq!(Ascii("a · b…é").to_string(), r"a - b...\u{e9}");
    }

    /// Characters of the kinds that matter, far more often than chance would bring them.
    fn nasty() -> impl Strategy<Value = String> {
        let range = |from: u32, to: u32| (from..=to).prop_filter_map("a surrogate", char::from_u32);
        let any = prop_oneof![
            range(0, 0x2ff),
            range(0x300, 0x36f),
            range(0x2000, 0x206f),
            range(0xfe00, 0xffff),
            range(0xe0000, 0xe01ef),
            any::<char>(),
        ];
        proptest::collection::vec(any, 0..40).prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #[test]
        fn nothing_in_the_output_is_obeyed_or_hidden(text in nasty()) {
            let shown = Term(&text).to_string();
            prop_assert!(!shown.chars().any(is_hidden), "{shown:?}");
            let mut marks = MARKS;
            for c in shown.chars() {
                marks = match c.width() {
                    Some(0) => marks + 1,
                    _ => 0,
                };
                prop_assert!(marks <= MARKS, "{shown:?}");
            }
            prop_assert!(Ascii(&shown).to_string().is_ascii());
            prop_assert!(text.is_empty() == (shown.width() == 0));
        }
    }
}

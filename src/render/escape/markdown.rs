//! Text in Markdown, as GitHub and trackers of issues read it.

use std::fmt::{self, Write as _};

use super::Term;

/// A text of ours in a Markdown paragraph: nothing in it is markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Md<'a>(pub &'a str);

/// A stranger's text in Markdown: a code span, in which nothing is markup, a link, a mention or a reference to an issue, as
/// inert as [`Term`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MdCode<'a>(pub &'a str);

/// As [`MdCode`], in a cell of a table, which a bar in a code span would end too.
///
/// GitHub's tables take `\|` for a bar; behind a backslash, which could turn that around, it is shown as `\u{7c}`.
/// Source: <https://github.github.com/gfm/#tables-extension->.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MdCell<'a>(pub &'a str);

impl fmt::Display for Md<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Term(self.0).to_string().chars().try_for_each(|c| match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' => {
                write!(f, "\\{c}")
            }
            c => f.write_char(c),
        })
    }
}

impl fmt::Display for MdCode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Term(self.0).to_string();
        let longest = text
            .split(|c| c != '`')
            .map(str::len)
            .max()
            .unwrap_or_default();
        let fence = "`".repeat(longest + 1);
        // A blank at both ends is taken away by the reader, so that a span may begin with a backtick or a blank, or hold
        // nothing else.
        let edge = |c: char| c == '`' || c == ' ';
        let pad = if text.is_empty() || text.starts_with(edge) || text.ends_with(edge) {
            " "
        } else {
            ""
        };
        write!(f, "{fence}{pad}{text}{pad}{fence}")
    }
}

impl fmt::Display for MdCell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = None;
        for c in MdCode(self.0).to_string().chars() {
            match (before, c) {
                (Some('\\'), '|') => f.write_str("u{7c}")?,
                (_, '|') => f.write_str(r"\|")?,
                (_, c) => f.write_char(c)?,
            }
            before = Some(c);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_is_code_and_nothing_else() {
        let table = [
            ("etl", "`etl`"),
            ("a`b", "``a`b``"),
            ("`", "`` ` ``"),
            ("", "`  `"),
            ("@octocat #1 <img src=x>", "`@octocat #1 <img src=x>`"),
            ("a\n```\nb", r"````a\u{a}```\u{a}b````"),
        ];
        for (text, code) in table {
            assert_eq!(MdCode(text).to_string(), code, "{text:?}");
        }
        assert_eq!(Md("*a* <b>_c_").to_string(), r"\*a\* \<b\>\_c\_");
    }

    #[test]
    fn a_cell_stays_one_cell() {
        let table = [
            ("a || b", r"`a \|\| b`"),
            (r"a\|b", r"`a\u{7c}b`"),
            ("a|\n|b", r"`a\|\u{a}\|b`"),
        ];
        for (text, cell) in table {
            assert_eq!(MdCell(text).to_string(), cell, "{text:?}");
        }
    }
}

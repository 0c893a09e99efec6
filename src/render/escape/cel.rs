//! Text in Google's Common Expression Language.

use std::fmt::{self, Write as _};

use super::is_hidden;

/// A text as the inside of a single-quoted CEL string.
///
/// Source: <https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cel<'a>(pub &'a str);

impl fmt::Display for Cel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '\\' | '\'' => write!(f, "\\{c}"),
            c if is_hidden(c) && u32::from(c) > 0xffff => write!(f, "\\U{:08x}", u32::from(c)),
            c if is_hidden(c) => write!(f, "\\u{:04x}", u32::from(c)),
            c => f.write_char(c),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_does_not_end_its_string() {
        let text = "x' || true || 'a\\\n";
        assert_eq!(Cel(text).to_string(), r"x\' || true || \'a\\\u000a");
    }
}

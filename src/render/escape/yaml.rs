//! Text in YAML.

use std::fmt::{self, Write as _};

use super::is_hidden;

/// A text as a double-quoted scalar of YAML: one line, and exactly the text once it is read.
///
/// Source: <https://yaml.org/spec/1.2.2/#731-double-quoted-style>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Yaml<'a>(pub &'a str);

impl fmt::Display for Yaml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                c if is_hidden(c) && u32::from(c) > 0xffff => {
                    write!(f, "\\U{:08x}", u32::from(c))?;
                }
                c if is_hidden(c) => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_read_is_the_text(text in "[^\u{0}\u{fffe}\u{ffff}]{0,20}") {
            let line = Yaml(&text).to_string();
            prop_assert!(!line.contains('\n'));
            let read: String = serde_saphyr::from_str(&line).expect("YAML");
            prop_assert_eq!(read, text);
        }
    }
}

//! Text in Terraform's language.

use std::fmt::{self, Write as _};

use super::is_hidden;

/// A text as the inside of a quoted HCL string: no interpolation, no directive, no end of the string, and exactly the text
/// once it is read. Characters that cannot be seen are spelled.
///
/// Source: <https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hcl<'a>(pub &'a str);

impl fmt::Display for Hcl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.chars().peekable();
        let mut before = None;
        while let Some(c) = rest.next() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                // A marker behind a marker would be read as another escape, so that it is spelled.
                '$' | '%' if before == Some(c) || rest.peek() == Some(&c) => {
                    write!(f, "\\u{:04x}", u32::from(c))?;
                }
                '$' | '%' if rest.peek() == Some(&'{') => write!(f, "{c}{c}")?,
                c if is_hidden(c) && u32::from(c) > 0xffff => {
                    write!(f, "\\U{:08x}", u32::from(c))?;
                }
                c if is_hidden(c) => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
            before = Some(c);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        let body = hcl::parse(&format!("x = \"{}\"\n", Hcl(text))).expect("HCL");
        let value = body.attributes().next().expect("an attribute").expr.clone();
        // A string without a template in it is read as it is; one with an escaped marker is a template.
        use hcl::eval::Evaluate as _;
        let value = value.evaluate(&hcl::eval::Context::new()).expect("a value");
        value.as_str().expect("a string").to_owned()
    }

    #[test]
    fn markers_quotes_and_unseen_characters_are_text() {
        let table = [
            ("plain", "plain"),
            ("${path.module}", "$${path.module}"),
            ("%{ if x }", "%%{ if x }"),
            ("$${x}", r"\u0024\u0024{x}"),
            ("a\"b\\c\nd", r#"a\"b\\c\nd"#),
            ("\u{202e}\u{e0041}", r"\u202e\U000e0041"),
            ("$ 5 %", "$ 5 %"),
        ];
        for (text, written) in table {
            assert_eq!(Hcl(text).to_string(), written, "{text:?}");
            assert_eq!(read(text), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_the_text(text in "[$%{}\"\\\\a-c\n\u{1b}\u{202e}é]{0,12}") {
            prop_assert_eq!(read(&text), text);
        }
    }
}

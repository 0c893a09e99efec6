//! Text in Slack's mrkdwn.

use std::fmt::{self, Write as _};

use super::Term;

/// A text of ours in mrkdwn: Slack's three control characters are written as entities, so that nothing in it is a link, a
/// mention or a ping. Source: <https://docs.slack.dev/messaging/formatting-message-text#escaping>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mrkdwn<'a>(pub &'a str);

/// A stranger's text in mrkdwn: a code span, in which nothing is bold, an emoji, a link, a mention or a ping, as inert as
/// [`Term`]. Mrkdwn cannot say a backtick in a span, so that one is shown as `'`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MrkdwnCode<'a>(pub &'a str);

impl fmt::Display for Mrkdwn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Term(self.0)
            .to_string()
            .chars()
            .try_for_each(|c| entity(c, f))
    }
}

impl fmt::Display for MrkdwnCode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Term(self.0).to_string();
        // Slack takes a span with nothing in it, or with a blank at its edge, for the backticks themselves.
        let text = match text.trim() {
            "" => "(empty)",
            text => text,
        };
        f.write_char('`')?;
        text.chars().try_for_each(|c| match c {
            '`' => f.write_char('\''),
            c => entity(c, f),
        })?;
        f.write_char('`')
    }
}

fn entity(c: char, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match c {
        '&' => f.write_str("&amp;"),
        '<' => f.write_str("&lt;"),
        '>' => f.write_str("&gt;"),
        c => f.write_char(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_neither_pings_nor_formats() {
        let table = [
            ("etl", "`etl`"),
            ("<!channel> <!here>", "`&lt;!channel&gt; &lt;!here&gt;`"),
            ("<@U012AB3CD>", "`&lt;@U012AB3CD&gt;`"),
            (
                "<https://evil.example|Google>",
                "`&lt;https://evil.example|Google&gt;`",
            ),
            ("&lt;!channel&gt;", "`&amp;lt;!channel&amp;gt;`"),
            ("`*a* ```b```", "`'*a* '''b'''`"),
            ("a\n> b", r"`a\u{a}&gt; b`"),
            ("", "`(empty)`"),
            (" a ", "`a`"),
        ];
        for (text, span) in table {
            assert_eq!(MrkdwnCode(text).to_string(), span, "{text:?}");
        }
        assert_eq!(Mrkdwn("a & <!here>").to_string(), "a &amp; &lt;!here&gt;");
    }
}

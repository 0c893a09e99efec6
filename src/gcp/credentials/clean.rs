//! Makes text from elsewhere fit for an error message: one line, short, no control characters, no secret.

use super::secret::Secret;

/// Words this long that mix letters and digits are taken for a token or a key, whoever wrote them.
const TOKEN_LIKE: usize = 40;

/// Returns at most `limit` characters of the text on one line, without control and direction characters.
///
/// The given secrets, plain or percent-encoded, and whatever looks like a token become `[redacted]`: a server may echo
/// what it was sent.
pub(super) fn clean(text: &str, secrets: &[&Secret], limit: usize) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.expose().is_empty()) {
        let encoded: String =
            url::form_urlencoded::byte_serialize(secret.expose().as_bytes()).collect();
        text = text
            .replace(secret.expose(), "[redacted]")
            .replace(&encoded, "[redacted]");
    }
    let printable: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .collect();
    let words: Vec<String> = printable
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(hide_tokens)
        .collect();
    let line = words.join(" ");
    match line.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// Zero-width characters and those that turn the direction of the text around them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn hide_tokens(word: &str) -> String {
    let part_of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '=');
    let mut shown = String::with_capacity(word.len());
    let mut rest = word;
    while !rest.is_empty() {
        let run = rest.find(|c| !part_of_token(c)).unwrap_or(rest.len());
        let (candidate, after) = rest.split_at(run);
        let mixed = candidate.contains(|c: char| c.is_ascii_digit())
            && candidate.contains(|c: char| c.is_ascii_alphabetic());
        shown.push_str(if candidate.len() >= TOKEN_LIKE && mixed {
            "[redacted]"
        } else {
            candidate
        });
        let mut tail = after.chars();
        shown.extend(tail.next());
        rest = tail.as_str();
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_one_short_line_without_secrets() {
        let refresh = Secret::new("1//0never-real");
        let cases = [
            (
                "Token has been expired or revoked.",
                "Token has been expired or revoked.",
            ),
            (
                "two\r\n lines\tand \u{1b}[31mred\u{202e}",
                "two lines and [31mred",
            ),
            ("bad token 1//0never-real here", "bad token [redacted] here"),
            (
                "refresh_token=1%2F%2F0never-real&x",
                "refresh_token=[redacted]&x",
            ),
            (
                "assertion=eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJldGxAYWNtZS1wcm9kLmlhbS5nc2VydmljZWFjY291bnQuY29tIn0.x",
                "[redacted].[redacted].x",
            ),
            (
                "denied on etl-2@acme-prod-1234567890123.iam.gserviceaccount.com",
                "denied on etl-2@acme-prod-1234567890123.iam.gserviceaccount.com",
            ),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(clean(text, &[&refresh, &Secret::new("")], 120), expected);
        }
        assert_eq!(clean("äöü and more", &[], 3), "äöü…");
    }
}

//! Text that came over the network, made fit to be shown.

/// Characters of a message that are kept.
const MESSAGE_LIMIT: usize = 500;

/// Returns the text on one line, without control characters, cut to 500 characters.
pub(crate) fn clean(text: &str) -> String {
    let words = text
        .split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty());
    // Bidirectional controls are no `char::is_control`, and turn a line of a terminal around.
    let line = words.collect::<Vec<_>>().join(" ").replace(
        |c| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'),
        "",
    );
    match line.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Returns the text with the access token blacked out.
pub(crate) fn without(secret: &str, text: &str) -> String {
    if secret.is_empty() {
        text.to_owned()
    } else {
        text.replace(secret, "[token]")
    }
}

/// Returns the title of an HTML page, otherwise the text itself.
pub(crate) fn page_title(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let end = start + lower[start..].find('<')?;
        Some(text[start..end].to_owned())
    });
    match title {
        Some(title) => title,
        None if lower.trim_start().starts_with('<') => "an HTML page".to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_one_short_harmless_line() {
        assert_eq!(clean("a\u{1b}[31m\r\n\tb\u{202e}c\u{0}"), "a [31m bc");
        assert_eq!(clean(&"ä".repeat(501)), format!("{}…", "ä".repeat(500)));
    }

    #[test]
    fn a_token_is_blacked_out() {
        assert_eq!(without("ya29.x", "Bearer ya29.x!"), "Bearer [token]!");
        assert_eq!(without("", "text"), "text");
    }

    #[test]
    fn an_html_page_is_its_title() {
        assert_eq!(
            page_title("<html><head><TITLE>502 Bad Gateway</TITLE>"),
            "502 Bad Gateway"
        );
        assert_eq!(page_title("\n<html>"), "an HTML page");
        assert_eq!(page_title("busy"), "busy");
    }
}

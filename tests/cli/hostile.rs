//! An estate whose names attack every sink, through the real program.

use crate::estates::NOW;
use crate::support::desk::Desk;
use crate::support::loopback::Loopback;

/// Returns whether a link leads to the Google Cloud console, and holds nothing that has to be escaped in an address.
fn is_to_the_console(url: &str) -> bool {
    url.starts_with("https://console.cloud.google.com/")
        && url
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._~:/?#@%=&;".contains(c))
}

/// Returns the text without this program's own sequences: SGR, and OSC 8 links to the Google Cloud console.
fn without_our_own(text: &str) -> String {
    let mut rest = text;
    let mut left = String::new();
    while let Some(at) = rest.find('\u{1b}') {
        left.push_str(&rest[..at]);
        let sequence = &rest[at + 1..];
        let end = match sequence.strip_prefix("]8;;") {
            Some(link) => link.find("\u{1b}\\").map(|end| {
                let url = &link[..end];
                assert!(url.is_empty() || is_to_the_console(url), "{url:?}");
                4 + end + 2
            }),
            None => sequence.strip_prefix('[').and_then(|sgr| {
                let end = sgr.find(|c: char| !c.is_ascii_digit() && c != ';')?;
                sgr[end..].starts_with('m').then_some(1 + end + 1)
            }),
        };
        rest = &sequence[end.unwrap_or_else(|| panic!("not ours: {:?}", sequence.get(..20)))..];
    }
    left + rest
}

#[test]
fn the_terminal_gets_no_control_but_the_programs_own() {
    let (desk, google) = (Desk::new(), Loopback::of("hostile"));
    for flags in [
        "",
        "--all --details",
        "--all --details --color always --links always",
    ] {
        for locale in ["C", "C.UTF-8"] {
            let scan = format!("scan --now {NOW} -vv {flags}");
            let output = desk
                .at(&google, &scan)
                .env("LC_ALL", locale)
                .output()
                .expect_code(1);
            let log: String = output
                .stderr
                .lines()
                .map(|line| format!("{line}\n"))
                .collect();
            for (stream, text) in [("stdout", output.stdout), ("stderr", log)] {
                let text = if flags.contains("color") {
                    without_our_own(&text)
                } else {
                    text
                };
                let wrong = text.char_indices().find(|(_, c)| {
                    c.is_control() && *c != '\n'
                        || ('\u{202a}'..='\u{202e}').contains(c)
                        || ('\u{2066}'..='\u{2069}').contains(c)
                });
                if let Some((at, c)) = wrong {
                    let near: String = text[at..].chars().take(60).collect();
                    panic!("{stream} {flags} {locale}: {c:?} in {near:?}");
                }
            }
        }
    }
}

#[test]
fn the_json_is_valid_and_says_the_same_again() {
    let (desk, google) = (Desk::new(), Loopback::of("hostile"));
    let scanned = desk
        .at(&google, &format!("scan --now {NOW} --format json"))
        .output()
        .expect_code(1);
    let schema = desk.sa_audit("schema report").output().json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(&scanned.json())
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(
        desk.sa_audit("report --format json").output().stdout,
        scanned.stdout
    );
}

//! What the documents say is true: outputs, commands, tables, paths.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use clap::Parser as _;
use sa_audit::cli::Cli;
use sa_audit::config::{self, Overrides};
use sa_audit::gcp::apis::Api;
use sa_audit::model::rule::Severity;
use sa_audit::rules::RULES;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the fenced blocks of a language, each with the line before it.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<(&'a str, Vec<&'a str>)> {
    let fence = format!("```{language}");
    let lines: Vec<&str> = text.lines().collect();
    let starts = lines.iter().enumerate().filter(|(_, line)| **line == fence);
    starts
        .map(|(at, _)| {
            let body = lines[at + 1..].iter().take_while(|line| **line != "```");
            (
                if at == 0 { "" } else { lines[at - 1] },
                body.copied().collect(),
            )
        })
        .collect()
}

/// Returns the lines between two marks.
fn between<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<!-- {mark} -->"), format!("<!-- /{mark} -->"));
    let lines = text.lines().skip_while(|line| *line != open).skip(1);
    let found: Vec<&str> = lines.take_while(|line| *line != close).collect();
    assert!(!found.is_empty(), "nothing between {open} and {close}");
    found
}

#[test]
fn the_outputs_in_the_readme_are_the_programs() {
    let readme = read("README.md");
    let mut shown = 0;
    for (mark, lines) in blocks(&readme, "text") {
        let told = |before| mark.strip_prefix(before)?.strip_suffix(" -->");
        let (source, output) = match (told("<!-- output: sa-audit "), told("<!-- golden: ")) {
            (Some(command), _) => (command, printed(command)),
            // Another test holds the golden document to be what the program prints.
            (None, Some(path)) => (path, read(&format!("fixtures/golden/{path}"))),
            (None, None) => panic!("a text block without what prints it: {lines:?}"),
        };
        let mut rest: &str = &output;
        for part in lines
            .split(|line| *line == "[…]")
            .map(|part| part.join("\n"))
        {
            let at = rest
                .find(&part)
                .unwrap_or_else(|| panic!("not in the output of {source}, in this order:\n{part}"));
            rest = &rest[at + part.len()..];
        }
        shown += 1;
    }
    assert_eq!(shown, 3);
}

/// Returns what the program prints.
fn printed(command: &str) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_sa-audit"))
        .args(command.split(' '))
        .env_clear()
        .env("LANG", "C.UTF-8")
        .output()
        .expect("the program runs");
    String::from_utf8(run.stdout).expect("text")
}

/// Returns the words of a command as a shell would: a blank in quotes ends none.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().expect("a word").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn the_commands_in_the_readme_parse() {
    let readme = read("README.md");
    let lines: Vec<&str> = blocks(&readme, "sh")
        .into_iter()
        .flat_map(|(_, lines)| lines)
        .collect();
    let commands = lines.iter().filter(|line| line.starts_with("sa-audit "));
    let mut parsed = 0;
    for command in commands {
        let words = words(command.split(" #").next().unwrap_or_default());
        Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{command}: {error}"));
        parsed += 1;
    }
    assert!(parsed >= 6, "{parsed}");
    let gate = read(".ci/run");
    assert!(lines.contains(&"cargo test                     # passes the tests"));
    assert!(
        gate.lines().any(|line| line.starts_with("cargo test ")),
        "the gate runs the README's tests"
    );
    assert!(read(".github/workflows/ci.yml").contains("bash .ci/run"));
}

#[test]
fn the_table_of_rules_is_the_programs() {
    let rows = RULES.iter().map(|rule| {
        let meta = rule.meta();
        let severity = match meta.severity {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        };
        let on = if meta.on_by_default { "yes" } else { "no" };
        format!("| `{}` | {severity} | {on} | {} |", meta.id, meta.title)
    });
    let expected: Vec<String> = rows.collect();
    assert_eq!(between(&read("README.md"), "rules")[2..], expected);
}

#[test]
fn the_configuration_in_the_readme_is_one() {
    let readme = read("README.md");
    let rules: Vec<_> = RULES.iter().map(|rule| rule.meta()).collect();
    for (_, lines) in blocks(&readme, "toml") {
        let parsed = config::parse(
            Path::new("README.md"),
            &lines.join("\n"),
            &rules,
            Overrides::default(),
        );
        assert_eq!(
            parsed.map(|settings| settings.thresholds.max_key_age),
            Ok(180)
        );
    }
}

#[test]
fn the_readme_names_every_api_that_is_called() {
    let readme = read("README.md");
    for api in Api::ALL {
        assert!(readme.contains(api.host()), "{}", api.host());
    }
}

/// Returns the paths that a document links to or names in backticks, as far as they look like the project's.
fn paths(text: &str) -> BTreeSet<String> {
    let linked = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let named = text.split('`').skip(1).step_by(2).filter(|name| {
        [
            "src/",
            "tests/",
            "fixtures/",
            "benches/",
            "examples/",
            ".ci/",
            ".github/",
        ]
        .iter()
        .any(|top| name.starts_with(top))
    });
    linked
        .chain(named)
        .filter(|path| {
            !path.contains("://") && !path.starts_with('#') && !path.contains([' ', '*', '<', '…'])
        })
        .map(|path| path.split('#').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn every_path_in_the_documents_exists() {
    let mut missing = Vec::new();
    for (document, folder) in [
        ("README.md", ""),
        ("SECURITY.md", ""),
        ("fixtures/README.md", "fixtures"),
    ] {
        for path in paths(&read(document)) {
            let root = Path::new(ROOT);
            if !root.join(folder).join(&path).exists() && !root.join(&path).exists() {
                missing.push(format!("{document}: {path}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

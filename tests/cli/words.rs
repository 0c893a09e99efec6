//! What the program says of itself: help, rules, schema, completions, manual pages.

use std::fmt::Write as _;

use sa_audit::rules::RULES;

use crate::support::desk::Desk;
use crate::support::golden::assert_golden;

const COMMANDS: [&str; 15] = [
    "scan",
    "report",
    "plan",
    "usage",
    "demo",
    "diff",
    "notify",
    "trend",
    "merge",
    "accept",
    "rules",
    "schema",
    "init",
    "completions",
    "man",
];

/// Every help text, in one document: whoever changes a word of it reads it here.
#[test]
fn every_help_text() {
    let desk = Desk::new();
    let mut text = String::new();
    for command in [""].iter().chain(&COMMANDS).chain(&["notify slack"]) {
        let help = desk
            .sa_audit(&format!("{command} --help"))
            .output()
            .expect_code(0);
        assert_eq!(help.stderr, "");
        let _ = writeln!(text, "$ sa-audit {command} --help\n{}", help.stdout);
    }
    let text = text.replace("sa-audit  --help", "sa-audit --help");
    let tidy: Vec<&str> = text.lines().map(str::trim_end).collect();
    assert_golden("help.txt", &(tidy.join("\n") + "\n"));
}

#[test]
fn the_help_lists_every_command_of_the_test() {
    let help = Desk::new().sa_audit("-h").output().expect_code(0).stdout;
    let commands = help
        .split("Commands:\n")
        .nth(1)
        .expect("commands")
        .split("\n\n")
        .next()
        .expect("a list");
    let names = commands
        .lines()
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next());
    let names: Vec<&str> = names.filter(|name| *name != "help").collect();
    assert_eq!(names, COMMANDS);
}

#[test]
fn the_version() {
    let output = Desk::new().sa_audit("--version").output().expect_code(0);
    assert_eq!(
        output.stdout,
        format!("sa-audit {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn the_rules_are_listed_and_explained() {
    let desk = Desk::new();
    let list = desk.sa_audit("rules").output().expect_code(0).stdout;
    let listed: Vec<&str> = list
        .lines()
        .skip(1)
        .filter_map(|line| line.split(' ').next())
        .filter(|id| !id.is_empty())
        .collect();
    let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.meta().id).collect();
    ids.sort_unstable();
    assert_eq!(listed, ids);
    for id in ids {
        let document = desk
            .sa_audit(&format!("rules {id}"))
            .output()
            .expect_code(0)
            .stdout;
        assert!(document.starts_with(&format!("# {id}\n")), "{document}");
        for heading in [
            "What it finds",
            "Why it matters",
            "How to fix",
            "When it is wrong",
            "References",
        ] {
            assert!(
                document.contains(&format!("## {heading}\n")),
                "{id}: {heading}"
            );
        }
    }
}

#[test]
fn the_schemas_are_the_committed_ones() {
    let schema = Desk::new()
        .sa_audit("schema report")
        .output()
        .expect_code(0)
        .stdout;
    assert_golden("report.schema.json", &schema);
    let desk = Desk::new();
    let usage = desk.sa_audit("schema usage").output().expect_code(0).stdout;
    assert_golden("usage.schema.json", &usage);
    for name in ["diff", "trend", "plan", "plan-status"] {
        let schema = desk.sa_audit(&format!("schema {name}")).output();
        assert_golden(
            &format!("{name}.schema.json"),
            &schema.expect_code(0).stdout,
        );
    }
}

#[test]
fn a_completion_script_for_every_shell() {
    let desk = Desk::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = desk
            .sa_audit(&format!("completions {shell}"))
            .output()
            .expect_code(0)
            .stdout;
        for word in COMMANDS.iter().chain(&["organization"]) {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn a_manual_page_for_every_command() {
    let desk = Desk::new();
    let top = desk.sa_audit("man").output().expect_code(0).stdout;
    for command in COMMANDS {
        assert!(top.contains(&format!("sa\\-audit\\-{command}(1)")), "{top}");
        let page = desk
            .sa_audit(&format!("man {command}"))
            .output()
            .expect_code(0)
            .stdout;
        assert!(
            page.contains(&format!(".TH sa-audit-{command} 1 ")),
            "{page}"
        );
        assert!(
            page.contains(&format!("\\fBsa\\-audit {command}\\fR")),
            "{page}"
        );
    }
    assert_eq!(
        desk.sa_audit("man scna").output().refusal(),
        "error: there is no command \"scna\"; did you mean \"scan\"?"
    );
}

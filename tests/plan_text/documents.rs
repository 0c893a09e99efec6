//! For people and for programs: the terminal, tickets, JSON.

use sa_audit::model::plan::Plan;
use sa_audit::render::plan::{folder, json, markdown, terminal};
use sa_audit::render::terminal::Style;

use crate::TOOL;
use crate::golden::assert_golden;
use crate::sample::{all, at, failed, honest, hostile, plan};

fn style(width: usize) -> Style {
    Style {
        width,
        colour: false,
        links: false,
        unicode: true,
        all: true,
        details: true,
    }
}

fn on_a_terminal(plans: &[Plan], style: &Style) -> String {
    let mut out = Vec::new();
    terminal::render(plans, style, &mut out).expect("written");
    String::from_utf8(out).expect("text")
}

fn as_json(plans: &[Plan]) -> String {
    let mut out = Vec::new();
    json::render(plans, at("2026-11-22T09:00:00Z"), TOOL, &mut out).expect("written");
    String::from_utf8(out).expect("text")
}

#[test]
fn the_golden_documents() {
    let plans = [plan(honest)];
    assert_golden("plan-sample/plan.txt", &on_a_terminal(&plans, &style(100)));
    assert_golden("plan-sample/plan.json", &as_json(&plans));
    for file in folder::files(&plans, TOOL) {
        assert_golden(&format!("plan-sample/{}", file.path), &file.text);
    }
}

#[test]
fn a_plan_whose_proof_fails_says_which_step_denies_which_call_and_is_not_ready() {
    let plans = [failed(honest)];
    let text = on_a_terminal(&plans, &style(100));
    let head: Vec<&str> = text.lines().take(11).collect();
    assert_golden("plan-sample/not-ready.txt", &(head.join("\n") + "\n"));
    let ticket = markdown::document(&plans, TOOL);
    assert!(
        ticket.contains("**not ready**: 1 kind of logged calls, seen 412 times, would be denied")
    );
    assert!(
        ticket.contains("step 25 denies `bigquery.tables.getData`"),
        "{ticket}"
    );
}

#[test]
fn no_plan_is_said_to_be_none() {
    assert_eq!(
        on_a_terminal(&[], &style(100)),
        "no plan: there is nothing that a plan would change\n"
    );
    assert_eq!(
        markdown::document(&[], TOOL),
        "No plan: there is nothing that a plan would change.\n"
    );
}

#[test]
fn the_json_is_what_its_schema_says_and_reads_back() {
    let schema = json::schema();
    let text = serde_json::to_string_pretty(&schema).expect("a schema") + "\n";
    assert_golden("plan.schema.json", &text);
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for (name, plan) in all() {
        let text = as_json(&[plan]);
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let wrong: Vec<String> = validator
            .iter_errors(&value)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(wrong, Vec::<String>::new(), "{name}");
        let document: json::PlanDocument = serde_json::from_str(&text).expect("a document");
        let again = serde_json::to_value(&document).expect("JSON");
        assert_eq!(again, value, "{name}");
    }
}

#[test]
fn a_strangers_text_is_inert_on_a_terminal_and_in_a_ticket() {
    for (name, plan) in all() {
        let plans = [plan];
        let drawn = on_a_terminal(&plans, &style(60));
        let ticket = markdown::document(&plans, TOOL);
        for (kind, text) in [("terminal", &drawn), ("ticket", &ticket)] {
            let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(obeyed), "{kind} of {name}");
            assert!(
                !text
                    .lines()
                    .any(|line| line.trim_start().starts_with("- pwned")),
                "{kind} of {name}"
            );
        }
        // What stands outside of code, where markup would be markup.
        let outside = without_code(&ticket);
        for markup in ["<img", "[l](", "rm -rf"] {
            assert!(!outside.contains(markup), "{name}: {outside}");
        }
    }
}

/// Returns what of a ticket stands in no code: neither in a block nor in a span.
fn without_code(ticket: &str) -> String {
    let mut outside = String::new();
    let mut block = false;
    for line in ticket.lines() {
        if line.trim_start().starts_with("```") {
            block = !block;
            continue;
        }
        if block {
            continue;
        }
        let mut rest = line;
        while let Some(begin) = rest.find('`') {
            outside.push_str(&rest[..begin]);
            let fence = rest[begin..].chars().take_while(|c| *c == '`').count();
            let inside = &rest[begin + fence..];
            let end =
                ends(inside, fence).unwrap_or_else(|| panic!("a span that does not end: {line}"));
            rest = &inside[end + fence..];
        }
        outside.push_str(rest);
        outside.push('\n');
    }
    assert!(!block, "a block that does not end");
    outside
}

/// Returns where a run of exactly `fence` backticks begins.
fn ends(text: &str, fence: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        let run = bytes[index..]
            .iter()
            .take_while(|byte| **byte == b'`')
            .count();
        if run == fence {
            return Some(index);
        }
        index += run.max(1);
    }
    None
}

#[test]
fn the_folders_hold_the_files_of_their_plans_under_plain_names() {
    let mut other = plan(hostile);
    other.account.unique_id = sa_audit::model::names::UniqueId::parse("7").expect("an id");
    let files = folder::files(&[plan(honest), other], TOOL);
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let first = "etl-runner@acme-prod-104857600000000000001";
    let expected = [
        "README.md",
        "ci/step-25-gitlab-ci.yml",
        "ci/step-26-hcp-terraform.env",
        "ci/step-27-aws-credentials.sh",
        "ci/step-28-azure-credentials.sh",
        "ci/step-29-kubernetes-credentials.sh",
        "ci/step-29-kubernetes-pod.yml",
        "scripts/1-apply.sh",
        "scripts/2-delete.sh",
        "terraform/main.tf",
        "terraform/variables.tf",
        "workflows/step-24-github-actions.yml",
    ]
    .map(|path| format!("{first}/{path}"));
    let of_first: Vec<&str> = paths
        .iter()
        .copied()
        .filter(|path| path.starts_with(first))
        .collect();
    assert_eq!(of_first, expected);
    assert_eq!(paths.len(), 2 * expected.len());
    assert!(
        paths
            .iter()
            .all(|path| path.starts_with("etl-runner@acme-prod-"))
    );
    let scripts = files.iter().filter(|file| file.is_script).count();
    assert_eq!(scripts, 2 * 5);
}

//! The bundled estates as messages: golden documents, in which nothing that a stranger wrote pings or formats.

use serde_json::Value;

use crate::support::desk::Desk;
use crate::support::golden::assert_golden;
use crate::support::loopback::Loopback;
use crate::support::slack::refused;

const NOW: &str = "2026-11-22T09:00:00Z";

/// Scans an estate into the desk's store, and returns what `notify slack` would post, as text.
fn message(desk: &Desk, estate: &str) -> String {
    let google = Loopback::of(estate);
    let scan = format!("scan --now {NOW} --store store --fail-on never --allow-incomplete -q");
    desk.at(&google, &scan).output().expect_code(0);
    let dry = "notify slack --store store --dry-run";
    desk.sa_audit(dry).output().expect_code(0).stdout
}

/// Returns every text in a payload that is shown.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(texts).collect(),
        Value::Object(object) => {
            let said = object.iter().filter(|(key, _)| *key != "type");
            said.flat_map(|(_, value)| texts(value)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

#[test]
fn the_golden_messages() {
    for estate in ["retail", "clean", "hostile"] {
        let text = message(&Desk::new(), estate);
        assert_golden(&format!("slack-{estate}.json"), &text);
        let messages: Vec<Value> = serde_json::from_str(&text).expect("JSON");
        for message in &messages {
            let payload = &message["payload"];
            assert_eq!(refused(payload), None, "{estate}");
            let blocks = payload["blocks"].as_array().map_or(0, Vec::len);
            assert!(blocks <= 6, "{estate}: {blocks} blocks");
        }
    }
}

/// Outside code spans stand only our own words: no entity, no stranger's name, nothing that Slack would follow.
#[test]
fn nothing_that_a_stranger_wrote_pings_or_formats() {
    let text = message(&Desk::new(), "hostile");
    let messages: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    for text in texts(&messages[0]["payload"]) {
        assert!(!text.contains(['<', '>']), "{text}");
        assert!(
            !text.chars().any(|c| c.is_control() && c != '\n'),
            "{text:?}"
        );
        for line in text.lines() {
            assert_eq!(line.matches('`').count() % 2, 0, "an open span: {line}");
            let ours: String = line.split('`').step_by(2).collect();
            for sign in ["@", "&", "~", "_", "://", ":skull:", "](", "\\"] {
                assert!(!ours.contains(sign), "{sign} outside a span: {line}");
            }
        }
    }
}

/// Every number of a first message is the report's.
#[test]
fn every_number_is_the_reports() {
    for estate in ["retail", "clean", "hostile"] {
        let desk = Desk::new();
        let text = message(&desk, estate);
        let report = "report --store store --format json --fail-on never --allow-incomplete";
        let report = desk.sa_audit(report).output().expect_code(0).json();
        let summary = &report["summary"];
        let number = |key: &str| summary[key].as_u64().expect(key);
        let projects = match number("projects") {
            1 => "1 project".to_owned(),
            many => format!("{many} projects"),
        };
        let counted = [
            format!("*Accounts*\\n{} in {projects}", number("accounts")),
            format!(
                "accepted*\\n{}, {}",
                number("to_find_out"),
                number("accepted")
            ),
            format!(
                "readable*\\n{}, {}",
                number("not_evaluated"),
                number("gaps")
            ),
            format!("*Findings now*\\n{}", number("findings")),
            format!("*New* ({})", number("findings") + number("to_find_out")),
        ];
        if number("findings") + number("to_find_out") == 0 {
            assert!(text.contains("nothing found by the first scan"), "{text}");
            continue;
        }
        for counted in counted {
            assert!(text.contains(&counted), "{estate}: {counted}\n{text}");
        }
        let by_severity = ["critical", "high", "medium", "low", "info"];
        for severity in by_severity {
            let found = summary["by_severity"][severity].as_u64().expect(severity);
            if found > 0 {
                assert!(text.contains(&format!("{found} {severity}")), "{severity}");
            }
        }
    }
}

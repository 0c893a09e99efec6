//! The report as JSON, and its schema.

use proptest::prelude::*;
use sa_audit::model::message::Message;
use sa_audit::render::json::schema;
use serde_json::Value;

use crate::support::golden::assert_golden;
use crate::support::report::{as_json, folder, found, only_if, project, workload, world};
use crate::{numbers::worlds, terminal::acme};

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema()).expect("the schema is one")
}

fn errors(text: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(text).expect("JSON");
    let validator = validator();
    let errors = validator.iter_errors(&value);
    errors.map(|error| error.to_string()).collect()
}

#[test]
fn of_two_projects() {
    let text = as_json(&acme().report());
    assert!(text.starts_with("{\n  \"schema\": \"sa-audit.report/1\",\n"));
    assert!(text.ends_with("}\n"));
    assert_eq!(errors(&text), Vec::<String>::new());
    assert_golden("report.json", &text);
}

#[test]
fn of_nothing() {
    let text = as_json(&world().report());
    assert_eq!(errors(&text), Vec::<String>::new());
}

#[test]
fn the_committed_schema_is_the_one_that_the_types_derive() {
    let mut text = serde_json::to_string_pretty(&schema()).expect("JSON");
    text.push('\n');
    assert_golden("report.schema.json", &text);
}

/// Consumers may rely on every key: absent and unknown are told apart by null.
#[test]
fn the_schema_refuses_a_report_that_lacks_a_key() {
    let mut value: Value = serde_json::from_str(&as_json(&acme().report())).expect("JSON");
    let finding = value["findings"][0].as_object_mut().expect("a finding");
    finding.remove("first_seen");
    let errors = errors(&value.to_string());
    assert_eq!(errors, ["\"first_seen\" is a required property"]);
}

#[test]
fn hostile_text_stays_inside_its_string() {
    let hostile = "\"},{\u{1b}[0m\u{0}\r\n</script>";
    let world = world()
        .project("acme-prod")
        .account("etl")
        .key("4f1c")
        .finding(found(
            "key-old",
            Message::from("was seen at ").name(hostile),
        ));
    let text = as_json(&world.report());
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let message = "key 4f1c of etl@acme-prod.iam.gserviceaccount.com was seen at ".to_owned();
    assert_eq!(value["findings"][0]["message"], message + hostile);
    assert!(!text.contains('\u{1b}') && !text.contains('\r'));
}

#[test]
fn hostile_access_stays_inside_its_strings() {
    let hostile = "\"},{\u{1b}[0m\u{0}\r\n</script>";
    let world = world()
        .project("acme-prod")
        .account("etl")
        .workload(workload(hostile))
        .grant_through(hostile, hostile, project("acme-prod"), only_if(hostile))
        .actor(hostile, &[folder("12"), project("acme-prod")], None);
    let text = as_json(&world.report());
    assert_eq!(errors(&text), Vec::<String>::new());
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let account = &value["accounts"][0];
    assert_eq!(account["workloads"][0]["name"], hostile);
    assert_eq!(
        account["grants"][0],
        serde_json::json!({
            "role": hostile,
            "on": {"kind": "project", "name": "acme-prod"},
            "through": hostile,
            "condition": {"title": "for now", "expression": hostile},
        })
    );
    assert_eq!(
        account["actors"][0],
        serde_json::json!({
            "member": hostile,
            "ways": ["access-token", "id-token", "sign-blob", "sign-jwt"],
            "role": "roles/iam.serviceAccountTokenCreator",
            "on": {"kind": "folder", "name": "12"},
            "path": [{"kind": "project", "name": "acme-prod"}],
            "condition": null,
        })
    );
    assert!(!text.contains('\u{1b}') && !text.contains('\r'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn every_report_keeps_to_the_schema(world in worlds()) {
        prop_assert_eq!(errors(&as_json(&world.report())), Vec::<String>::new());
    }
}

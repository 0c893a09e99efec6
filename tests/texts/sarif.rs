//! The log for code scanning.

use std::collections::BTreeSet;

use sa_audit::model::acceptance::Terms;
use sa_audit::model::rule::Confidence;
use sa_audit::render::sarif;
use sa_audit::report::{Evaluated, Past, Report, build_since};
use serde_json::{Value, json};

use crate::support::golden::assert_golden;
use crate::support::report::{found, world};
use crate::{ESTATES, of, text};

/// What SARIF 2.1.0 says of the part of it that is written, and what GitHub demands besides.
const SCHEMA: &str = include_str!("sarif.schema.json");

/// Returns the log; it keeps to the schema and to what a schema cannot say.
fn log(report: &Report) -> Value {
    let log: Value = serde_json::from_str(&text(|out| sarif::render(report, out))).expect("JSON");
    let schema: Value = serde_json::from_str(SCHEMA).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    let errors: Vec<String> = validator
        .iter_errors(&log)
        .map(|error| format!("{error} at {}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());

    let rules = list(&log, "/tool/driver/rules");
    for result in list(&log, "/results") {
        let index = result["ruleIndex"].as_u64().expect("a number");
        let rule = &rules[usize::try_from(index).expect("small")];
        assert_eq!(result["ruleId"], rule["id"]);
        let location = &result["locations"][0]["physicalLocation"]["artifactLocation"];
        let uri = location["uri"].as_str().expect("an address");
        assert!(
            uri.split('/').all(|part| !part.is_empty() && part != ".."),
            "{uri}"
        );
    }
    let prints = list(&log, "/results");
    let prints: BTreeSet<&str> = prints.iter().map(fingerprint).collect();
    assert_eq!(
        prints.len(),
        list(&log, "/results").len(),
        "alerts that are one"
    );
    log
}

fn list<'a>(log: &'a Value, path: &str) -> &'a Vec<Value> {
    let run = &log["runs"][0];
    run.pointer(path).and_then(Value::as_array).expect("a list")
}

fn fingerprint(result: &Value) -> &str {
    let prints = &result["partialFingerprints"];
    prints["primaryLocationLineHash"].as_str().expect("a text")
}

#[tokio::test(start_paused = true)]
async fn of_the_estates() {
    for estate in ESTATES {
        let report = of(estate).await;
        log(&report);
        assert_golden(
            &format!("{estate}.sarif"),
            &text(|out| sarif::render(&report, out)),
        );
    }
}

#[tokio::test(start_paused = true)]
async fn every_number_is_the_jsons() {
    for estate in ESTATES {
        let report = of(estate).await;
        let (log, json) = (log(&report), crate::json(&report));
        let summary = serde_json::to_value(&json.summary).expect("JSON");
        assert_eq!(log["runs"][0]["properties"]["summary"], summary);
        let told: BTreeSet<&str> = list(&log, "/results").iter().map(fingerprint).collect();
        let all = json
            .findings
            .iter()
            .map(|finding| finding.fingerprint.as_str());
        assert_eq!(told, all.collect());
    }
}

#[test]
fn what_is_accepted_is_suppressed_and_what_is_not_sure_is_a_note() {
    let mut report = world()
        .project("acme-prod")
        .account("etl")
        .finding(found("key-old", "is odd"))
        .finding(found("key-unused", "is [odd](https://evil.example)"))
        .account("feed")
        .finding(found("key-old", "may be odd").confidence(Confidence::Low))
        .report();
    let account = report.accounts.first_mut().expect("an account");
    let line = account.lines.first_mut().expect("a line");
    let mut accepted = line.findings.pop().expect("a finding");
    accepted.accepted = Some(Terms {
        reason: "the appliance takes no token".to_owned(),
        owner: Some("data platform".to_owned()),
        until: "2027-03-31".parse().expect("a day"),
    });
    account.accepted.push(accepted);
    let log = log(&report);
    let told: Vec<(&Value, &Value, &Value)> = list(&log, "/results")
        .iter()
        .map(|result| {
            (
                &result["message"]["text"],
                &result["level"],
                &result["suppressions"],
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                &json!(
                    "etl@acme-prod.iam.gserviceaccount.com is odd. Do first: ask who owns etl@acme-prod.iam.gserviceaccount.com and whether it is still needed."
                ),
                &json!("error"),
                &json!([])
            ),
            (
                &json!(
                    "feed@acme-prod.iam.gserviceaccount.com may be odd. Do first: ask who owns feed@acme-prod.iam.gserviceaccount.com and whether it is still needed."
                ),
                &json!("note"),
                &json!([])
            ),
            (
                &json!(
                    r"etl@acme-prod.iam.gserviceaccount.com is \[odd\](https://evil.example). Do first: ask who owns etl@acme-prod.iam.gserviceaccount.com and whether it is still needed."
                ),
                &json!("error"),
                &json!([{
                    "kind": "external",
                    "status": "accepted",
                    "justification": "until 2027-03-31, by data platform: the appliance takes no token",
                }])
            ),
        ]
    );
}

#[test]
fn against_a_baseline_every_result_has_a_state() {
    let before = || {
        world()
            .project("acme-prod")
            .account("etl")
            .finding(found("key-old", "is odd"))
    };
    let (old, new) = (before(), before().finding(found("key-unused", "is odd")));
    let past = Past {
        baseline: Some(Evaluated {
            estate: old.estate,
            evaluation: old.evaluation,
        }),
        history: None,
    };
    let now = Evaluated {
        estate: new.estate,
        evaluation: new.evaluation,
    };
    let log = log(&build_since(&past, now, &new.settings, "sa-audit 0.1.0"));
    let states: Vec<(&Value, &Value)> = list(&log, "/results")
        .iter()
        .map(|result| (&result["ruleId"], &result["baselineState"]))
        .collect();
    assert_eq!(
        states,
        [
            (&json!("key-old"), &json!("unchanged")),
            (&json!("key-unused"), &json!("new")),
        ]
    );
}

#[test]
fn of_more_than_fit_the_worst_are_told_and_the_rest_is_counted() {
    use sa_audit::model::rule::Severity::{Critical, Low, Medium};
    let report = world()
        .project("acme-prod")
        .account("etl")
        .finding(found("key-old", "is odd").severity(Critical))
        .finding(found("key-unused", "is odd").severity(Low))
        .account("feed")
        .finding(found("key-old", "is odd").severity(Medium))
        .report();
    let log: Value =
        serde_json::from_str(&text(|out| sarif::render_at_most(&report, 2, out))).expect("JSON");
    let levels: Vec<&Value> = list(&log, "/results").iter().map(|r| &r["level"]).collect();
    assert_eq!(levels, ["error", "warning"]);
    assert_eq!(
        list(&log, "/invocations/0/toolExecutionNotifications")[0],
        json!({
            "level": "warning",
            "message": {"text": "1 finding left out, the least severe: code scanning takes 2 results; the JSON report has all"},
        })
    );
}

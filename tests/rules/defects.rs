//! What other auditors get wrong, and the test here that holds us to better: a row a defect.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sa_audit::model::settings::{RuleSetting, Settings};
use sa_audit::report;
use sa_audit::rules::evaluate;
use serde_json::json;

use crate::evaluate_all;
use crate::support::cloud::cloud;
use crate::support::emulator::{self, Scan};
use crate::support::estate::{KeyBuilder, estate, key};

/// The defect, the file and the test.
const DEFECTS: [(&str, &str, &str); 21] = [
    (
        "one failing keys.list empties the inventory of later accounts",
        "tests/collect/isolation.rs",
        "an_account_whose_keys_cannot_be_read_is_the_only_gap",
    ),
    (
        "an empty metric answer taken for unused",
        "tests/verdicts/keys.rs",
        "a_key_is_called_unused_only_where_the_domain_allows_it_and_there_always",
    ),
    (
        "90 or 180 days asked of a metric kept for six weeks",
        "tests/collect/monitoring.rs",
        "counts_are_summed_by_the_day_over_six_weeks",
    ),
    (
        "only page one read",
        "tests/collect/equality.rs",
        "the_order_of_elements_and_the_bounds_of_pages_leave_no_trace",
    ),
    (
        "disabled, expired or system-managed keys counted as live",
        "tests/rules/matrix.rs",
        "every_rule_says_of_every_key_and_account_what_the_matrix_says",
    ),
    (
        "keys on default accounts dropped",
        "tests/rules/messages.rs",
        "key_on_default_account",
    ),
    (
        "domain-scoped addresses mis-parsed",
        "src/model/names/email.rs",
        "every_form_has_its_class_its_project_and_its_short_form",
    ),
    (
        "oauth2ClientId read as domain-wide delegation",
        "tests/rules/defects.rs",
        "a_client_id_says_nothing_of_delegation",
    ),
    (
        "a well-bound workloadIdentityUser punished",
        "tests/rules/federation.rs",
        "a_whole_pool_is_too_much_and_one_workload_is_the_cure",
    ),
    (
        "admin as a substring",
        "tests/rules/access.rs",
        "an_account_is_privileged_by_permissions_and_level",
    ),
    (
        "bindings on folder, organization or resource ignored",
        "tests/collect/access.rs",
        "whatever_the_root_what_a_project_inherits_is_known",
    ),
    (
        "a disabled API taken for an empty one",
        "tests/collect/usage.rs",
        "switched_off_in_the_scanned_project_it_is_a_gap_that_names_the_command",
    ),
    (
        "never-used keys missing because the inventory is driven by activity rows",
        "tests/rules/defects.rs",
        "a_key_that_no_source_has_a_row_of_is_a_key",
    ),
    (
        "uniqueId and e-mail names not joined",
        "tests/collect/assets.rs",
        "both_routes_give_the_same_estate",
    ),
    (
        "organization scope silently narrowed to the home project",
        "tests/collect/scope.rs",
        "a_root_that_cannot_be_listed_ends_the_scan",
    ),
    (
        "fractional seconds refused",
        "src/usage/logs/time.rs",
        "zero_to_nine_digits_and_every_zone_are_numbers",
    ),
    (
        "a re-created account inheriting its namesake's past",
        "tests/verdicts/fusion.rs",
        "a_line_older_than_the_account_is_its_dead_namesakes",
    ),
    (
        "new keys called unused",
        "tests/rules/edges.rs",
        "thresholds_are_kept_to_the_day",
    ),
    (
        "a fix that only silences the check",
        "tests/rules/defects.rs",
        "what_changes_a_key_and_not_its_use_silences_no_more_than_one_rule",
    ),
    (
        "totals that don't add up",
        "tests/reports/numbers.rs",
        "numbers_add_up",
    ),
    (
        "a suppressed finding that vanishes without a trace",
        "tests/weeks/acceptance.rs",
        "an_accepted_finding_stays_and_no_longer_counts",
    ),
];

#[test]
fn every_defect_has_a_test_and_that_test_is_there() {
    let mut seen = BTreeSet::new();
    for (defect, file, test) in DEFECTS {
        assert!(seen.insert(defect), "{defect}");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let source = fs::read_to_string(source).expect(file);
        // A property's arguments stand between the parentheses.
        let (before, _) = source
            .split_once(&format!("fn {test}("))
            .unwrap_or_else(|| panic!("{defect}: {file} has no {test}"));
        let attributes: Vec<&str> = before.lines().rev().take(4).collect();
        let is_test = |line: &&str| line.trim().starts_with("#[") && line.contains("test");
        let is_property = before.contains("proptest! {");
        assert!(
            attributes.iter().any(is_test) || is_property,
            "{defect}: {test}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_id_says_nothing_of_delegation() {
    let accounts = "iam.googleapis.com/projects/acme-prod/serviceAccounts";
    let account = |client: serde_json::Value| {
        let email = "etl@acme-prod.iam.gserviceaccount.com";
        let estate = cloud().project("acme-prod").element(
            accounts,
            json!({
                "name": format!("projects/acme-prod/serviceAccounts/{email}"), "projectId": "acme-prod",
                "uniqueId": "110000000000000000001", "email": email, "oauth2ClientId": client,
            }),
        );
        estate.build()
    };
    let mut facts = Vec::new();
    for client in [json!("110000000000000000001"), json!("99"), json!(null)] {
        let snapshot = Scan::of(&account(client)).take().await.expect("a snapshot");
        let report = emulator::report(&snapshot);
        assert_eq!(report.accounts.len(), 1);
        for finding in report.findings() {
            let told = finding.finding.message.to_string();
            assert!(!told.contains("delegat"), "{told}");
        }
        facts.push(snapshot.facts);
    }
    assert!(facts.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_no_source_has_a_row_of_is_a_key() {
    let name = "projects/acme-prod/serviceAccounts/etl@acme-prod.iam.gserviceaccount.com/keys/4f1c";
    let estate = cloud().project("acme-prod").account("etl").element(
        "iam.googleapis.com/projects/acme-prod/serviceAccounts/etl@acme-prod.iam.gserviceaccount.com/keys",
        json!({
            "name": name, "keyType": "USER_MANAGED", "keyOrigin": "GOOGLE_PROVIDED", "keyAlgorithm": "KEY_ALG_RSA_2048",
            "validAfterTime": "2025-01-01T00:00:00Z", "validBeforeTime": "9999-12-31T23:59:59Z",
        }),
    );
    let snapshot = Scan::of(&estate.build()).take().await.expect("a snapshot");
    let of_keys = |row: &&sa_audit::model::usage::Activity| row.key.is_some();
    assert_eq!(snapshot.facts.activities.iter().find(of_keys), None);
    let report = emulator::report(&snapshot);
    assert_eq!(report.summary.keys, 1);
    let rules: Vec<&str> = report.findings().map(|f| f.finding.rule).collect();
    assert!(rules.contains(&"key-old"), "{rules:?}");
}

/// Rotation, an end, or an upload in place of a download makes one rule silent; that the key is there and used stays told.
#[test]
fn what_changes_a_key_and_not_its_use_silences_no_more_than_one_rule() {
    let rules = |key: KeyBuilder| -> Vec<&'static str> {
        let estate = estate()
            .project("acme-prod")
            .account("etl")
            .key(key)
            .build();
        let findings = evaluate_all(&estate).findings;
        findings.iter().map(|finding| finding.rule).collect()
    };
    let old = || key().age_days(400).seen_days_ago(2);
    assert_eq!(rules(old()), ["key-active", "key-never-expires", "key-old"]);
    let rotated = key().age_days(1).seen_days_ago(0);
    assert_eq!(rules(rotated), ["key-active", "key-never-expires"]);
    let with_an_end = old().expires_in_days(400);
    assert_eq!(rules(with_an_end), ["key-active", "key-old"]);
    let uploaded = rules(old().uploaded());
    assert!(
        uploaded.contains(&"key-active") && uploaded.contains(&"key-uploaded"),
        "{uploaded:?}"
    );
    let disabled = old().disabled();
    assert_eq!(
        rules(disabled),
        ["key-disabled"],
        "it can be switched on again"
    );
}

#[test]
fn a_rule_that_is_switched_off_is_told_as_switched_off() {
    let estate = estate()
        .project("acme-prod")
        .account("etl")
        .key(key().age_days(400).seen_days_ago(2))
        .build();
    let off = RuleSetting {
        enabled: Some(false),
        severity: None,
    };
    let settings = Settings {
        rules: [("key-old".to_owned(), off)].into(),
        ..Settings::default()
    };
    let report = report::build(
        &estate,
        evaluate(&estate, &settings),
        &settings,
        "sa-audit 0.1.0",
    );
    assert!(report.findings().all(|f| f.finding.rule != "key-old"));
    let told = report.rules.iter().find(|rule| rule.id == "key-old");
    let told = told.expect("every rule is in the report");
    assert_eq!((told.enabled, told.findings), (false, 0));
}

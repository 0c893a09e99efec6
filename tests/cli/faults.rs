//! What could not be read is named, leaves everything else whole, and decides nothing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::estates::{NOW, RETAIL};
use crate::support::desk::Desk;
use crate::support::loopback::Loopback;

const BROKEN: &str = "etl-runner@oddbasket-etl-prod.iam.gserviceaccount.com";
/// The path of the account's keys, by its unique id.
const KEYS: &str = "iam.projects.serviceAccounts.keys.list,*UNIQUE_ID/keys";

fn list<'a>(report: &'a Value, name: &str) -> &'a [Value] {
    report[name].as_array().expect(name)
}

/// Returns the report of the whole estate, and the exit code with `--fail-on never`.
fn scan(google: &Loopback) -> (Value, i32) {
    let scan = format!(
        "scan --organization {RETAIL} --now {NOW} --format json --fail-on never --max-attempts 2"
    );
    let output = Desk::new().at(google, &scan).output();
    (output.json(), output.code)
}

fn of_account<'a>(report: &'a Value, email: &str) -> &'a Value {
    list(report, "accounts")
        .iter()
        .find(|account| account["email"] == email)
        .expect("the account")
}

/// Returns the gaps: what was asked of the source and not wholly read.
fn gaps(report: &Value) -> BTreeSet<String> {
    list(report, "coverage")
        .iter()
        .filter(|entry| entry["state"] != "read")
        .map(|entry| {
            format!(
                "{} {} {}",
                entry["scope"]["name"], entry["dataset"], entry["state"]
            )
            .replace('"', "")
        })
        .collect()
}

#[test]
fn one_accounts_unreadable_keys_leave_every_other_account_whole() {
    let (whole, _) = scan(&Loopback::of("retail"));
    let unique_id = of_account(&whole, BROKEN)["unique_id"]
        .as_str()
        .expect("an id");
    for (fault, state, told) in [
        (
            "permission-denied:iam.serviceAccountKeys.list",
            "denied",
            "the caller lacks iam.serviceAccountKeys.list",
        ),
        ("quota", "quota", ""),
        ("cut:20", "failed", ""),
        ("html:502", "failed", ""),
    ] {
        let fault = format!("{}={fault}", KEYS.replace("UNIQUE_ID", unique_id));
        let (report, code) = scan(&Loopback::with_faults("retail", &[&fault]));
        assert_eq!(code, 3, "{fault}");

        let mut expected = gaps(&whole);
        let project = format!("projects/oddbasket-etl-prod/serviceAccounts/{unique_id}");
        let gap = gaps(&report)
            .difference(&expected)
            .cloned()
            .collect::<Vec<_>>();
        assert_eq!(gap.len(), 1, "{gap:?}");
        assert!(
            gap[0].ends_with(&format!("keys {state}")),
            "{gap:?} {project}"
        );
        expected.extend(gap);
        assert_eq!(gaps(&report), expected);

        let unread = list(&report, "not_evaluated")
            .iter()
            .find(|entry| entry["scope"]["email"] == BROKEN)
            .expect("named by its address");
        assert_eq!(unread["dataset"], "keys");
        assert!(!list(unread, "rules").is_empty());
        assert!(
            unread["reason"].as_str().expect("a reason").contains(told),
            "{unread}"
        );

        let others = |report: &Value, name: &str, email: fn(&Value) -> &Value| -> Vec<Value> {
            list(report, name)
                .iter()
                .filter(|item| email(item) != BROKEN)
                .cloned()
                .collect()
        };
        assert_eq!(
            others(&report, "accounts", |item| &item["email"]),
            others(&whole, "accounts", |item| &item["email"])
        );
        let of_finding = |item: &Value| item["subject"]["email"].clone();
        // A project's missing logs are told with how many keys they leave unexplained, and a missing constraint with whose
        // keys it would meet: those that could be read.
        let counts_keys =
            |item: &Value| item["rule"] == "audit-log-gap" || item["rule"] == "org-policy-gap";
        let findings = |report: &Value| {
            list(report, "findings")
                .iter()
                .filter(|item| of_finding(item) != BROKEN && !counts_keys(item))
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(findings(&report), findings(&whole));
        assert_eq!(list(of_account(&report, BROKEN), "keys"), [] as [Value; 0]);
    }
}

/// Policy Analyzer, refused in one project or in all: nothing there is called unused, and the report says what mends it.
#[test]
fn where_last_use_was_not_read_nothing_is_called_unused() {
    let keys = "policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query";
    for (fault, state, reason, hint) in [
        (
            format!("policyanalyzer.*,*serviceAccountKeyLastAuthentication*=permission-denied:{keys}"),
            "denied",
            format!("the caller lacks {keys}"),
            "roles/policyanalyzer.activityAnalysisViewer",
        ),
        (
            "policyanalyzer.*,*serviceAccountKeyLastAuthentication*=api-disabled:policyanalyzer.googleapis.com:projects/205097928755".to_owned(),
            "api-disabled",
            "policyanalyzer.googleapis.com".to_owned(),
            "gcloud services enable policyanalyzer.googleapis.com",
        ),
    ] {
        let google = Loopback::with_faults("retail", &[&fault]);
        let scan = format!("scan --project oddbasket-etl-dev --now {NOW} --format json --fail-on never");
        let output = Desk::new().at(&google, &scan).output().expect_code(3);
        let report = output.json();
        assert!(list(&report, "findings").iter().all(|finding| finding["rule"] != "key-unused"));
        let not_evaluated = list(&report, "not_evaluated");
        let entry = not_evaluated.iter().find(|entry| entry["dataset"] == "key-activity").expect("an entry");
        assert!(list(entry, "rules").contains(&json!("key-unused")), "{entry}");
        assert!(entry["reason"].as_str().expect("a reason").contains(&reason), "{entry}");
        assert!(entry["hint"].as_str().expect("a hint").contains(hint), "{entry}");
        assert!(gaps(&report).iter().any(|gap| gap.ends_with(&format!("key-activity {state}"))), "{:?}", gaps(&report));
    }
}

#[test]
fn without_a_source_of_last_use_nothing_is_called_unused_or_active() {
    let (desk, google) = (Desk::new(), Loopback::of("retail"));
    let scan = format!(
        "scan --organization {RETAIL} --now {NOW} --format json --fail-on never --usage none"
    );
    let report = desk.at(&google, &scan).output().json();
    let rules: BTreeSet<&str> = list(&report, "findings")
        .iter()
        .map(|finding| finding["rule"].as_str().expect("a rule"))
        .collect();
    for rule in ["key-unused", "key-active", "key-expires-soon"] {
        assert!(!rules.contains(rule), "{rule}");
    }
    assert!(
        google
            .calls()
            .keys()
            .all(|method| !method.starts_with("policyanalyzer"))
    );
}

/// An API that is off in the project that pays is off for every call: one line, not a gap for each project.
#[test]
fn an_api_that_is_off_in_the_quota_project_ends_the_scan() {
    let (desk, google) = (
        Desk::new(),
        Loopback::with_faults(
            "retail",
            &["iam.*=api-disabled:iam.googleapis.com:projects/oddbasket-security"],
        ),
    );
    let scan = format!("scan --organization {RETAIL} --quota-project oddbasket-security");
    let refusal = desk.at(&google, &scan).output().refusal();
    assert!(
        refusal.contains("gcloud services enable iam.googleapis.com --project"),
        "{refusal}"
    );
    assert_eq!(desk.files(), Vec::<String>::new());
}

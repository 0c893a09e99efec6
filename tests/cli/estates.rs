//! A scan gives the whole estate, whatever names it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::desk::Desk;
use crate::support::loopback::{Loopback, bundled};

/// The moment of the estates.
pub(crate) const NOW: &str = "2026-11-22T09:00:00Z";
/// The organization of the estate `retail`.
pub(crate) const RETAIL: &str = "482913075566";

/// What the estate file itself says, read without any code of the program.
struct Facts(BTreeMap<String, Vec<Value>>);

impl Facts {
    fn of(estate: &str) -> Self {
        let parsed = |text: &str| serde_json::from_str(text).expect("JSON");
        let resources = bundled(estate).resources;
        Self(
            resources
                .into_iter()
                .map(|(path, elements)| (path, elements.iter().map(|e| parsed(e.get())).collect()))
                .collect(),
        )
    }

    fn of_type(&self, path: &str) -> &[Value] {
        self.0.get(path).map_or(&[], Vec::as_slice)
    }

    /// Returns the ids of active projects that are not Apps Script's, below `parent`; of all without one.
    fn projects(&self, parent: Option<&str>) -> BTreeSet<String> {
        let folders = self.of_type("cloudresourcemanager.googleapis.com/folders");
        let mut within: BTreeSet<&str> = parent.into_iter().collect();
        for _ in folders {
            for folder in folders {
                if within.contains(text(&folder["parent"])) {
                    within.insert(text(&folder["name"]));
                }
            }
        }
        self.of_type("cloudresourcemanager.googleapis.com/projects")
            .iter()
            .filter(|project| parent.is_none() || within.contains(text(&project["parent"])))
            .filter(|project| project["state"] == "ACTIVE")
            .map(|project| text(&project["projectId"]).to_owned())
            .filter(|id| !id.starts_with("sys-"))
            .collect()
    }

    /// Returns the addresses of the projects' accounts.
    fn accounts(&self, projects: &BTreeSet<String>) -> BTreeSet<String> {
        let of = |project| {
            let path = format!("iam.googleapis.com/projects/{project}/serviceAccounts");
            self.of_type(&path)
                .iter()
                .map(|account| text(&account["email"]).to_owned())
                .collect::<Vec<_>>()
        };
        projects.iter().flat_map(of).collect()
    }

    /// Returns the ids of the user-managed keys of the projects.
    fn keys(&self, projects: &BTreeSet<String>) -> BTreeSet<String> {
        let id = |key: &Value| {
            text(&key["name"])
                .rsplit('/')
                .next()
                .expect("an id")
                .to_owned()
        };
        self.0
            .iter()
            .filter(|(path, _)| path.ends_with("/keys"))
            .filter(|(path, _)| {
                projects
                    .iter()
                    .any(|project| path.contains(&format!("/{project}/")))
            })
            .flat_map(|(_, keys)| keys)
            .filter(|key| key["keyType"] == "USER_MANAGED")
            .map(id)
            .collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// Scans, checks the report against its schema, and returns it.
fn report(desk: &Desk, google: &Loopback, scope: &str) -> Value {
    let scan = format!(
        "scan {scope} --via iam --usage policy-analyzer --format json --now {NOW} --fail-on never --allow-incomplete"
    );
    let report = desk.at(google, &scan).output().expect_code(0).json();
    let schema = desk
        .sa_audit("schema report")
        .output()
        .expect_code(0)
        .json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator
        .iter_errors(&report)
        .map(|e| e.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    report
}

/// Asserts that the report holds exactly the projects' accounts and user-managed keys, in its lists and in its numbers.
fn assert_holds(report: &Value, facts: &Facts, projects: &BTreeSet<String>) {
    let accounts = report["accounts"].as_array().expect("accounts");
    let emails: BTreeSet<String> = accounts
        .iter()
        .map(|a| text(&a["email"]).to_owned())
        .collect();
    assert_eq!(emails, facts.accounts(projects));
    let keys: BTreeSet<String> = accounts
        .iter()
        .flat_map(|account| account["keys"].as_array().expect("keys"))
        .map(|key| text(&key["id"]).to_owned())
        .collect();
    assert_eq!(keys, facts.keys(projects));
    let summary = &report["summary"];
    assert_eq!(summary["projects"], projects.len(), "{summary}");
    assert_eq!(summary["accounts"], emails.len(), "{summary}");
    assert_eq!(summary["keys"], keys.len(), "{summary}");
}

#[test]
fn every_way_to_name_the_retail_estate_gives_all_of_it() {
    let (desk, google, facts) = (Desk::new(), Loopback::of("retail"), Facts::of("retail"));
    let all = facts.projects(None);
    let by_id: Vec<String> = all.iter().map(|id| format!("--project {id}")).collect();
    let mut inventories = Vec::new();
    for scope in [
        format!("--organization {RETAIL}"),
        format!("--organization organizations/{RETAIL}"),
        String::new(),
        by_id.join(" "),
    ] {
        let report = report(&desk, &google, &scope);
        assert_holds(&report, &facts, &all);
        inventories.push((report["accounts"].clone(), report["findings"].clone()));
    }
    assert!(inventories.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_folder_gives_what_lies_below_it_at_any_depth() {
    let (desk, google, facts) = (Desk::new(), Loopback::of("retail"), Facts::of("retail"));
    let projects = facts.projects(Some("folders/781986555531"));
    assert!(
        projects.contains("oddbasket-etl-prod"),
        "two folders further down"
    );
    let report = report(&desk, &google, "--folder folders/781986555531");
    assert_holds(&report, &facts, &projects);
}

#[test]
fn a_project_may_be_named_by_its_number_and_twice() {
    let (desk, google, facts) = (Desk::new(), Loopback::of("retail"), Facts::of("retail"));
    let scope = "--project projects/693877075714 --project oddbasket-etl-prod --project example.com:legacy-billing";
    let projects = ["oddbasket-etl-prod", "example.com:legacy-billing"].map(str::to_owned);
    assert_holds(&report(&desk, &google, scope), &facts, &projects.into());
}

#[test]
fn an_excluded_project_is_left_out_and_counted() {
    let (desk, google, facts) = (Desk::new(), Loopback::of("retail"), Facts::of("retail"));
    let mut projects = facts.projects(None);
    let all = projects.len();
    projects.retain(|id| !id.ends_with("-dev") && !id.starts_with("tillwick-"));
    let scope = format!("--organization {RETAIL} --exclude *-dev --exclude tillwick-*");
    let report = report(&desk, &google, &scope);
    assert_holds(&report, &facts, &projects);
    let left_out = &report["left_out"];
    assert_eq!(left_out["excluded"], all - projects.len(), "{report}");
}

#[test]
fn the_clean_estate_has_nothing_to_report() {
    let (desk, google, facts) = (Desk::new(), Loopback::of("clean"), Facts::of("clean"));
    let report = report(&desk, &google, "");
    assert_holds(&report, &facts, &facts.projects(None));
    assert_eq!(report["findings"], Value::Array(Vec::new()));
    // Project by project, some services have no list that is read.
    let not_evaluated = report["not_evaluated"].as_array().expect("a list");
    assert!(
        not_evaluated
            .iter()
            .all(|entry| entry["cause"] == "not-covered"),
        "{not_evaluated:?}"
    );
}

//! A small estate in Google's own JSON: `cloud().project("acme-prod").account("etl").key("4f1c").build()`.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sa_audit::emulator::Estate;
use serde_json::value::RawValue;
use serde_json::{Value, json};

const MANAGER: &str = "cloudresourcemanager.googleapis.com";
const FROM: &str = "2025-10-18T07:00:00Z";
const TO: &str = "2026-11-21T07:00:00Z";

/// Returns an organization, 4711, with nothing in it, at noon of 2026-11-22.
pub fn cloud() -> CloudBuilder {
    CloudBuilder {
        resources: BTreeMap::new(),
        parent: "organizations/4711".to_owned(),
        project: String::new(),
        account: (String::new(), String::new()),
        projects: 0,
        accounts: 0,
    }
    .element(
        &format!("{MANAGER}/organizations"),
        json!({ "name": "organizations/4711", "displayName": "acme.example", "state": "ACTIVE" }),
    )
}

/// Returns the unique id of the n-th account of a cloud, from 1.
pub fn unique_id(nth: u64) -> String {
    (110_000_000_000_000_000_000_u128 + u128::from(nth)).to_string()
}

/// Builds an estate; each call adds to what the last one added.
#[derive(Clone)]
pub struct CloudBuilder {
    resources: BTreeMap<String, Vec<Arc<RawValue>>>,
    parent: String,
    project: String,
    /// Unique id and address.
    account: (String, String),
    projects: u64,
    accounts: u64,
}

impl CloudBuilder {
    /// Adds an element to a collection, `HOST/PATH` without the version, whatever it is.
    pub fn element(mut self, collection: &str, element: impl Into<Value>) -> Self {
        let raw = RawValue::from_string(element.into().to_string()).expect("a value writes JSON");
        let elements = self.resources.entry(collection.to_owned()).or_default();
        elements.push(raw.into());
        self
    }

    /// Adds a folder below `parent`, `folders/…` or `organizations/4711`; the projects that follow go into it.
    pub fn folder(mut self, number: &str, parent: &str) -> Self {
        self.parent = format!("folders/{number}");
        let folder = json!({ "name": self.parent, "parent": parent, "displayName": number, "state": "ACTIVE" });
        self.element(&format!("{MANAGER}/folders"), folder)
    }

    /// Adds an active project; its number is 1001 for the first, 1002 for the second, and so on.
    pub fn project(self, id: &str) -> Self {
        self.project_in_state(id, "ACTIVE")
    }

    /// Adds a project in a state of Resource Manager's.
    pub fn project_in_state(mut self, id: &str, state: &str) -> Self {
        self.projects += 1;
        self.project = id.to_owned();
        let project = json!({
            "name": format!("projects/{}", 1000 + self.projects), "projectId": id, "displayName": id,
            "parent": self.parent, "state": state,
        });
        self.element(&format!("{MANAGER}/projects"), project)
            .element_of_none(&format!("iam.googleapis.com/projects/{id}/serviceAccounts"))
    }

    /// Adds an account to the last project, seen the day before the scan.
    pub fn account(mut self, name: &str) -> Self {
        self.accounts += 1;
        let (project, id) = (self.project.clone(), unique_id(self.accounts));
        let email = format!("{name}@{project}.iam.gserviceaccount.com");
        self.account = (id.clone(), email.clone());
        let account = json!({
            "name": format!("projects/{project}/serviceAccounts/{email}"), "projectId": project, "uniqueId": id,
            "email": email, "displayName": name, "oauth2ClientId": id,
        });
        self.element(
            &format!("iam.googleapis.com/projects/{project}/serviceAccounts"),
            account,
        )
        .activity("serviceAccount", None, Some(TO))
    }

    /// Adds a key to the last account: made by Google ten days ago, without an end, seen the day before the scan.
    pub fn key(self, id: &str) -> Self {
        self.key_of_age(id, 10)
            .activity("serviceAccountKey", Some(id), Some(TO))
    }

    /// Adds a key that is 400 days old and was seen the day before the scan.
    pub fn old_key(self, id: &str) -> Self {
        self.key_of_age(id, 400)
            .activity("serviceAccountKey", Some(id), Some(TO))
    }

    /// Adds a key that is 400 days old and was not seen in the window of its row.
    pub fn idle_key(self, id: &str) -> Self {
        self.key_of_age(id, 400)
            .activity("serviceAccountKey", Some(id), None)
    }

    /// Gives a member a role on `organizations/4711`, a folder, a project or `projects/P/serviceAccounts/EMAIL`.
    pub fn policy(self, on: &str, role: &str, member: &str) -> Self {
        self.binding(on, json!({ "role": role, "members": [member] }))
    }

    /// Adds a binding to a policy, whatever it is.
    pub fn binding(mut self, on: &str, binding: impl Into<Value>) -> Self {
        let host = if on.contains("/serviceAccounts/") {
            "iam.googleapis.com"
        } else {
            MANAGER
        };
        let key = format!("{host}/{on}:getIamPolicy");
        let before = self
            .resources
            .remove(&key)
            .and_then(|mut set| set.pop())
            .map_or_else(
                || json!({ "version": 3, "etag": "BwYZ8dO5xQE=", "bindings": [] }),
                |raw| serde_json::from_str(raw.get()).expect("a policy"),
            );
        let mut policy: Value = before;
        let bindings = policy["bindings"].as_array_mut().expect("bindings");
        bindings.push(binding.into());
        self.element(&key, policy)
    }

    /// Adds a role: `roles/R`, `projects/P/roles/R` or `organizations/4711/roles/R`.
    pub fn role(self, name: &str, permissions: &[&str]) -> Self {
        let (collection, id) = name.rsplit_once('/').expect("a role's name");
        let role = json!({
            "name": name, "title": id, "stage": "GA", "etag": "AA==", "includedPermissions": permissions,
        });
        self.element(&format!("iam.googleapis.com/{collection}"), role)
    }

    /// Adds an active workload identity pool to the last project.
    pub fn pool(self, id: &str) -> Self {
        let pools = self.pools();
        let name = format!("{pools}/{id}");
        let pool = json!({ "name": name, "displayName": id, "state": "ACTIVE", "mode": "FEDERATION_ONLY" });
        self.element(&format!("iam.googleapis.com/{pools}"), pool)
    }

    /// Adds an active provider of GitHub's tokens to a pool of the last project.
    pub fn provider(self, pool: &str, id: &str, condition: &str) -> Self {
        let providers = format!("{}/{pool}/providers", self.pools());
        let provider = json!({
            "name": format!("{providers}/{id}"), "displayName": id, "state": "ACTIVE",
            "oidc": { "issuerUri": "https://token.actions.githubusercontent.com" },
            "attributeMapping": { "google.subject": "assertion.sub" }, "attributeCondition": condition,
        });
        self.element(&format!("iam.googleapis.com/{providers}"), provider)
    }

    fn pools(&self) -> String {
        format!(
            "projects/{}/locations/global/workloadIdentityPools",
            self.project
        )
    }

    /// Returns the estate.
    pub fn build(self) -> Estate {
        Estate {
            estate: "small".to_owned(),
            about: String::new(),
            now: now(),
            organization: "organizations/4711".to_owned(),
            resources: self.resources,
            faults: Vec::new(),
        }
    }

    fn element_of_none(mut self, collection: &str) -> Self {
        self.resources.entry(collection.to_owned()).or_default();
        self
    }

    fn key_of_age(self, id: &str, days: i64) -> Self {
        let made = (now() - TimeDelta::days(days)).to_rfc3339_opts(SecondsFormat::Secs, true);
        let path = format!(
            "projects/{}/serviceAccounts/{}/keys",
            self.project, self.account.1
        );
        let key = json!({
            "name": format!("{path}/{id}"), "keyAlgorithm": "KEY_ALG_RSA_2048", "keyOrigin": "GOOGLE_PROVIDED",
            "keyType": "USER_MANAGED", "validAfterTime": made, "validBeforeTime": "9999-12-31T23:59:59Z",
        });
        self.element(&format!("iam.googleapis.com/{path}"), key)
    }

    /// Adds Policy Analyzer's row about the last account or one of its keys.
    fn activity(self, kind: &str, key: Option<&str>, seen: Option<&str>) -> Self {
        let project = self.project.clone();
        let (id, email) = self.account.clone();
        let key = key.map(|key| format!("/keys/{key}")).unwrap_or_default();
        let name = format!("//iam.googleapis.com/projects/{project}/serviceAccounts/{email}{key}");
        let number = (1000 + self.projects).to_string();
        let mut activity = json!({
            kind: { "fullResourceName": name, "projectNumber": number, "serviceAccountId": id }
        });
        if let Some(day) = seen {
            activity["lastAuthenticatedTime"] = day.into();
        }
        let types = format!(
            "policyanalyzer.googleapis.com/projects/{project}/locations/global/activityTypes"
        );
        self.element(
            &format!("{types}/{kind}LastAuthentication/activities"),
            json!({
                "fullResourceName": name, "activityType": format!("{kind}LastAuthentication"),
                "observationPeriod": { "startTime": FROM, "endTime": TO }, "activity": activity,
            }),
        )
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

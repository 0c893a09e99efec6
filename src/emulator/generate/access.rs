//! Roles, and who holds them: on the organization, in each project, on accounts.

use serde_json::{Value, json};

use super::{Account, Generator, ORGANIZATION, Project};

/// The predefined roles that the policies name, and what they give, as far as it matters here.
const ROLES: [(&str, &[&str]); 6] = [
    (
        "roles/editor",
        &[
            "bigquery.datasets.create",
            "compute.instances.create",
            "iam.serviceAccountKeys.create",
            "iam.serviceAccounts.actAs",
            "iam.serviceAccounts.list",
            "pubsub.topics.create",
            "storage.buckets.create",
        ],
    ),
    (
        "roles/iam.serviceAccountUser",
        &["iam.serviceAccounts.actAs", "iam.serviceAccounts.list"],
    ),
    (
        "roles/iam.workloadIdentityUser",
        &[
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
        ],
    ),
    (
        "roles/run.serviceAgent",
        &["iam.serviceAccounts.getAccessToken"],
    ),
    (
        "roles/storage.objectViewer",
        &["storage.objects.get", "storage.objects.list"],
    ),
    ("roles/viewer", &["iam.serviceAccounts.list"]),
];

impl Generator {
    pub(super) fn roles(&mut self) {
        for (name, permissions) in ROLES {
            let title = name.trim_start_matches("roles/");
            self.add(
                "iam.googleapis.com/roles",
                &json!({
                    "name": name, "title": title, "includedPermissions": permissions, "stage": "GA",
                    "etag": "AA==",
                }),
            );
        }
        self.policy(
            &format!("cloudresourcemanager.googleapis.com/{ORGANIZATION}"),
            &json!([
                { "role": "roles/viewer", "members": ["group:security@generated.example"] },
            ]),
        );
    }

    /// Adds the policies of a project and of its accounts.
    pub(super) fn policies(&mut self, project: &Project, accounts: &[Account]) {
        let member = |account: &Account| format!("serviceAccount:{}", account.email);
        let mut bindings = vec![
            json!({ "role": "roles/run.serviceAgent", "members": [format!(
                "serviceAccount:service-{}@serverless-robot-prod.iam.gserviceaccount.com", project.number
            )] }),
        ];
        if !accounts.is_empty() {
            let all: Vec<String> = accounts.iter().map(member).collect();
            bindings.push(json!({ "role": "roles/storage.objectViewer", "members": all }));
        }
        if let (0, Some(first)) = (project.at % 10, accounts.first()) {
            bindings.push(json!({ "role": "roles/editor", "members": [member(first)] }));
            self.counts.editors += 1;
        }
        let id = &project.id;
        self.policy(
            &format!("cloudresourcemanager.googleapis.com/projects/{id}"),
            &Value::Array(bindings),
        );
        for account in accounts {
            let (role, member) = match account.at % 10 {
                5 => (
                    "roles/iam.workloadIdentityUser",
                    format!("serviceAccount:{id}.svc.id.goog[jobs/{}]", account.name),
                ),
                2 | 7 => (
                    "roles/iam.serviceAccountUser",
                    format!("group:{}-team@generated.example", account.name),
                ),
                _ => continue,
            };
            let on = format!(
                "iam.googleapis.com/projects/{id}/serviceAccounts/{}",
                account.email
            );
            self.policy(&on, &json!([{ "role": role, "members": [member] }]));
        }
    }

    fn policy(&mut self, on: &str, bindings: &Value) {
        self.add(
            &format!("{on}:getIamPolicy"),
            &json!({ "version": 1, "bindings": bindings, "etag": "BwX=" }),
        );
        self.counts.policies += 1;
    }
}

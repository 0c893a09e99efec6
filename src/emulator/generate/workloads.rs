//! Services that are on, and what runs as whom.

use serde_json::json;

use super::{Account, Generator, Project, time};

const REGION: &str = "europe-west1";
const ZONE: &str = "europe-west1-b";

/// What is on in every project.
const SERVICES: [&str; 8] = [
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "run.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
];

/// What is on in every fifth project besides.
const KUBERNETES: &str = "container.googleapis.com";

impl Generator {
    /// Adds the services of a project and the resources that run as its accounts.
    pub(super) fn workloads(&mut self, project: &Project, accounts: &[Account]) {
        let has_cluster = project.at.is_multiple_of(5);
        let services = SERVICES
            .into_iter()
            .chain(has_cluster.then_some(KUBERNETES));
        for service in services {
            self.add(
                &format!(
                    "serviceusage.googleapis.com/projects/{}/services",
                    project.id
                ),
                &json!({
                    "name": format!("projects/{}/services/{service}", project.number),
                    "config": { "name": service }, "state": "ENABLED",
                }),
            );
        }
        for account in accounts {
            let workloads = match account.at % 10 {
                0 => {
                    self.service(project, account);
                    self.instance(project, account);
                    self.schedule(project, account);
                    3
                }
                1 | 6 => self.service(project, account),
                2 | 7 => self.instance(project, account),
                3 | 8 => self.schedule(project, account),
                4 if has_cluster => self.cluster(project, account),
                // A Kubernetes service account signs in as it: its policy says so.
                5 => 1,
                _ => 0,
            };
            self.counts.workloads += workloads;
            self.counts.shared_accounts += usize::from(workloads > 1);
        }
    }

    fn service(&mut self, project: &Project, account: &Account) -> usize {
        let collection = located(project, "services");
        let (created, uid) = (time(self.past(600)), self.key_id());
        self.add(
            &format!("run.googleapis.com/{collection}"),
            &json!({
                "name": format!("{collection}/{}-service", account.name), "generation": "3",
                "uid": uid, "createTime": created, "updateTime": created, "launchStage": "GA",
                "template": {
                    "serviceAccount": account.email,
                    "containers": [{ "image": format!("europe-docker.pkg.dev/{}/images/app", project.id) }],
                },
                "terminalCondition": { "type": "Ready", "state": "CONDITION_SUCCEEDED" }, "etag": "\"AA\"",
            }),
        );
        1
    }

    fn instance(&mut self, project: &Project, account: &Account) -> usize {
        let zone = format!("projects/{}/zones/{ZONE}", project.id);
        let link = |rest: &str| format!("https://www.googleapis.com/compute/v1/{zone}{rest}");
        let name = format!("{}-vm", account.name);
        let (created, id) = (time(self.past(600)), self.random.u64(1..).to_string());
        self.add(
            &format!("compute.googleapis.com/{zone}/instances"),
            &json!({
                "kind": "compute#instance", "id": id, "name": name,
                "creationTimestamp": created, "status": "RUNNING", "zone": link(""),
                "machineType": link("/machineTypes/e2-standard-2"),
                "serviceAccounts": [{
                    "email": account.email, "scopes": ["https://www.googleapis.com/auth/cloud-platform"],
                }],
                "selfLink": link(&format!("/instances/{name}")),
            }),
        );
        1
    }

    fn schedule(&mut self, project: &Project, account: &Account) -> usize {
        let (collection, updated) = (located(project, "jobs"), time(self.past(600)));
        self.add(
            &format!("cloudscheduler.googleapis.com/{collection}"),
            &json!({
                "name": format!("{collection}/{}-nightly", account.name), "state": "ENABLED",
                "httpTarget": {
                    "uri": format!("https://{}.generated.example/run", account.name), "httpMethod": "POST",
                    "oidcToken": { "serviceAccountEmail": account.email },
                },
                "schedule": "15 3 * * *", "timeZone": "Etc/UTC", "userUpdateTime": updated,
            }),
        );
        1
    }

    fn cluster(&mut self, project: &Project, account: &Account) -> usize {
        let collection = located(project, "clusters");
        let name = format!("{}-cluster", account.name);
        let (created, id) = (time(self.past(600)), self.key_id());
        let nodes = json!({ "machineType": "e2-standard-4", "serviceAccount": account.email });
        self.add(
            &format!("container.googleapis.com/{collection}"),
            &json!({
                "name": name, "id": id, "location": REGION, "status": "RUNNING",
                "createTime": created, "nodeConfig": nodes,
                "nodePools": [{ "name": "default-pool", "config": nodes, "status": "RUNNING" }],
                "workloadIdentityConfig": { "workloadPool": format!("{}.svc.id.goog", project.id) },
                "selfLink": format!("https://container.googleapis.com/v1/{collection}/{name}"),
            }),
        );
        1
    }
}

/// Returns a collection in the one region where everything runs.
fn located(project: &Project, collection: &str) -> String {
    format!("projects/{}/locations/{REGION}/{collection}", project.id)
}

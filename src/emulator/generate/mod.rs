//! Estates by the number: for benchmarks and property tests.

mod access;
mod workloads;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Duration, SecondsFormat, TimeZone as _, Utc};
use fastrand::Rng;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Estate;

/// How large a generated estate is.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// Projects, spread over the folders.
    pub projects: usize,
    /// Folders, three to a level; none puts every project under the organization.
    pub folders: usize,
    /// Service accounts in each project.
    pub accounts: usize,
    /// User-managed keys of each account; each has one system-managed key besides.
    pub keys: usize,
}

impl FromStr for Shape {
    type Err = String;

    /// Reads `PROJECTSxACCOUNTSxKEYS`, such as `50x20x2`; there is a folder for every ten projects.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers: Result<Vec<usize>, _> = text.split('x').map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[projects, accounts, keys]) => Ok(Self {
                projects,
                folders: projects / 10,
                accounts,
                keys,
            }),
            _ => Err("expected PROJECTSxACCOUNTSxKEYS, such as 50x20x2".to_owned()),
        }
    }
}

const ORGANIZATION: &str = "organizations/600700800900";

/// An estate, and what there is to be found in it.
#[derive(Debug, Clone)]
pub struct Generated {
    /// The estate.
    pub estate: Estate,
    /// What a scan of all of it has to find.
    pub counts: Counts,
}

/// What there is in a generated estate, counted where it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Projects.
    pub projects: usize,
    /// Folders.
    pub folders: usize,
    /// Service accounts.
    pub accounts: usize,
    /// User-managed keys, disabled and expired ones too.
    pub user_keys: usize,
    /// Pairs of an account and a workload that runs as it, or signs in as it.
    pub workloads: usize,
    /// Accounts with two workloads or more.
    pub shared_accounts: usize,
    /// Accounts that hold `roles/editor` on their project.
    pub editors: usize,
    /// Policies with a binding in them: of the organization, of projects, of accounts.
    pub policies: usize,
}

/// Returns an estate of that shape: the same seed and shape give the same estate.
#[must_use]
pub fn generate(seed: u64, shape: Shape) -> Estate {
    Generated::new(seed, shape).estate
}

impl Generated {
    /// Returns an estate of that shape, with its counts: the same seed and shape give the same estate.
    ///
    /// Its now is 2026-11-22 09:00 UTC. Keys are up to four years old. Of the credentials, about three in five were seen
    /// in the last 90 days, one in five longer ago, one in eight never, and the rest have no activity row at all. Of ten
    /// accounts of a project, one is shared by three workloads, one is a Kubernetes workload's, six have one workload of
    /// their own, and two have none; every tenth project's first account is an editor.
    #[must_use]
    pub fn new(seed: u64, shape: Shape) -> Self {
        let now = Utc
            .with_ymd_and_hms(2026, 11, 22, 9, 0, 0)
            .single()
            .expect("a valid date");
        let mut generator = Generator {
            random: Rng::with_seed(seed),
            now,
            resources: BTreeMap::new(),
            counts: Counts::default(),
        };
        generator.roles();
        generator.hierarchy(shape);
        Self {
            estate: Estate {
                estate: format!("generated-{seed}"),
                about: format!(
                    "{} projects of {} accounts of {} user-managed keys in {} folders, seed {seed}",
                    shape.projects, shape.accounts, shape.keys, shape.folders
                ),
                now,
                organization: ORGANIZATION.to_owned(),
                resources: generator.resources,
                faults: Vec::new(),
            },
            counts: generator.counts,
        }
    }
}

struct Generator {
    random: Rng,
    now: DateTime<Utc>,
    resources: BTreeMap<String, Vec<Arc<RawValue>>>,
    counts: Counts,
}

/// A project's names.
struct Project {
    at: usize,
    id: String,
    number: u64,
}

/// An account's names.
struct Account {
    /// Its place in its project.
    at: usize,
    /// What stands before the `@`.
    name: String,
    email: String,
}

const TEAMS: [&str; 8] = [
    "billing",
    "catalog",
    "checkout",
    "fraud",
    "insight",
    "pricing",
    "search",
    "warehouse",
];
const JOBS: [&str; 8] = [
    "api", "backup", "deploy", "etl", "export", "ingest", "report", "worker",
];

impl Generator {
    fn hierarchy(&mut self, shape: Shape) {
        self.add(
            "cloudresourcemanager.googleapis.com/organizations",
            &json!({
                "name": ORGANIZATION, "displayName": "generated.example", "directoryCustomerId": "C00generated",
                "state": "ACTIVE", "createTime": "2019-03-04T10:00:00Z", "updateTime": "2019-03-04T10:00:00Z",
            }),
        );
        let folder_name = |at: usize| format!("folders/{}", 700_000_000_000 + at as u64);
        for at in 0..shape.folders {
            // Three folders under the organization, then three under each folder: depth grows with the logarithm.
            let parent = if at < 3 {
                ORGANIZATION.to_owned()
            } else {
                folder_name(at / 3 - 1)
            };
            let created = self.past(2_000);
            self.add(
                "cloudresourcemanager.googleapis.com/folders",
                &json!({
                    "name": folder_name(at), "parent": parent, "displayName": format!("folder-{at:04}"),
                    "state": "ACTIVE", "createTime": time(created), "updateTime": time(created),
                }),
            );
            self.counts.folders += 1;
        }
        for at in 0..shape.projects {
            let team = TEAMS[at % TEAMS.len()];
            let project = Project {
                at,
                id: format!("{team}-{at:05}"),
                number: 800_000_000_000 + at as u64,
            };
            let parent = match shape.folders {
                0 => ORGANIZATION.to_owned(),
                folders => folder_name(self.random.usize(..folders)),
            };
            let created = self.past(1_800);
            self.add(
                "cloudresourcemanager.googleapis.com/projects",
                &json!({
                    "name": format!("projects/{}", project.number), "parent": parent, "projectId": project.id,
                    "displayName": project.id, "state": "ACTIVE", "createTime": time(created),
                    "updateTime": time(created), "labels": { "team": team },
                }),
            );
            self.counts.projects += 1;
            let accounts = self.accounts(&project, shape);
            self.workloads(&project, &accounts);
            self.policies(&project, &accounts);
        }
    }

    fn accounts(&mut self, project: &Project, shape: Shape) -> Vec<Account> {
        let mut accounts = Vec::new();
        for at in 0..shape.accounts {
            let id = &project.id;
            let job = JOBS[at % JOBS.len()];
            let local = format!("{job}-{at:03}");
            let email = format!("{local}@{id}.iam.gserviceaccount.com");
            let unique_id = format!("1{:020}", self.random.u64(..));
            let mut account = json!({
                "name": format!("projects/{id}/serviceAccounts/{email}"), "projectId": id, "uniqueId": unique_id,
                "email": email, "displayName": format!("{job} {at}"), "etag": "MDEwMjE5MjA=",
                "oauth2ClientId": unique_id,
            });
            if self.random.u8(..20) == 0 {
                account["disabled"] = true.into();
            }
            self.add(
                &format!("iam.googleapis.com/projects/{id}/serviceAccounts"),
                &account,
            );
            let name = format!("//iam.googleapis.com/projects/{id}/serviceAccounts/{email}");
            self.activity(project, "serviceAccount", &name, &unique_id, 1_500);
            for _ in 0..shape.keys {
                self.user_key(project, &email, &unique_id);
            }
            self.system_key(project, &email);
            self.counts.accounts += 1;
            self.counts.user_keys += shape.keys;
            accounts.push(Account {
                at,
                name: local,
                email,
            });
        }
        accounts
    }

    fn user_key(&mut self, project: &Project, email: &str, unique_id: &str) {
        let id = &project.id;
        let key_id = self.key_id();
        let created = self.past(1_460);
        let uploaded = self.random.u8(..20) == 0;
        let ends = if self.random.u8(..10) == 0 {
            time(created + Duration::days(730))
        } else {
            "9999-12-31T23:59:59Z".to_owned()
        };
        let mut key = json!({
            "name": format!("projects/{id}/serviceAccounts/{email}/keys/{key_id}"),
            "keyAlgorithm": if uploaded && self.random.bool() { "KEY_ALG_RSA_1024" } else { "KEY_ALG_RSA_2048" },
            "keyOrigin": if uploaded { "USER_PROVIDED" } else { "GOOGLE_PROVIDED" },
            "keyType": "USER_MANAGED", "validAfterTime": time(created), "validBeforeTime": ends,
        });
        if self.random.u8(..12) == 0 {
            key["disabled"] = true.into();
            key["disableReason"] = "SERVICE_ACCOUNT_KEY_DISABLE_REASON_USER_INITIATED".into();
        }
        let disabled = key.get("disabled").is_some();
        self.add(
            &format!("iam.googleapis.com/projects/{id}/serviceAccounts/{email}/keys"),
            &key,
        );
        // Policy Analyzer leaves disabled keys out.
        if !disabled {
            let name =
                format!("//iam.googleapis.com/projects/{id}/serviceAccounts/{email}/keys/{key_id}");
            let age = (self.now - created).num_days();
            self.activity(project, "serviceAccountKey", &name, unique_id, age);
        }
    }

    fn system_key(&mut self, project: &Project, email: &str) {
        let id = &project.id;
        let (key_id, created) = (self.key_id(), self.past(14));
        self.add(
            &format!("iam.googleapis.com/projects/{id}/serviceAccounts/{email}/keys"),
            &json!({
                "name": format!("projects/{id}/serviceAccounts/{email}/keys/{key_id}"),
                "keyAlgorithm": "KEY_ALG_RSA_2048", "keyOrigin": "GOOGLE_PROVIDED", "keyType": "SYSTEM_MANAGED",
                "validAfterTime": time(created), "validBeforeTime": time(created + Duration::days(16)),
            }),
        );
    }

    /// Adds what Policy Analyzer knows of a credential that is `age` days old.
    fn activity(
        &mut self,
        project: &Project,
        kind: &str,
        full_name: &str,
        unique_id: &str,
        age: i64,
    ) {
        let last_seen_days_ago = match self.random.u8(..40) {
            0 => return,
            1..=5 => None,
            6..=13 => Some(self.random.i64(91..400)),
            _ => Some(self.random.i64(3..91)),
        };
        let day = |days_ago: i64| {
            let date = (self.now - Duration::days(days_ago)).date_naive();
            format!("{date}T07:00:00Z")
        };
        let mut what = json!({
            kind: {
                "fullResourceName": full_name, "projectNumber": project.number.to_string(),
                "serviceAccountId": unique_id,
            }
        });
        if let Some(days_ago) = last_seen_days_ago {
            what["lastAuthenticatedTime"] = day(days_ago.min(age)).into();
        }
        let row = json!({
            "fullResourceName": full_name, "activityType": format!("{kind}LastAuthentication"),
            "observationPeriod": { "startTime": day(age.clamp(2, 450)), "endTime": day(2) },
            "activity": what,
        });
        let id = &project.id;
        self.add(
            &format!(
                "policyanalyzer.googleapis.com/projects/{id}/locations/global/activityTypes/{kind}LastAuthentication/activities"
            ),
            &row,
        );
    }

    fn add(&mut self, collection: &str, element: &Value) {
        let raw = RawValue::from_string(element.to_string()).expect("a value writes JSON");
        self.resources
            .entry(collection.to_owned())
            .or_default()
            .push(raw.into());
    }

    /// Returns a moment up to so many days ago, in whole seconds.
    fn past(&mut self, days: i64) -> DateTime<Utc> {
        self.now - Duration::seconds(self.random.i64(0..days * 86_400))
    }

    /// Returns forty hexadecimal digits.
    fn key_id(&mut self) -> String {
        format!("{:08x}{:032x}", self.random.u32(..), self.random.u128(..))
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

//! A company that is scanned every Monday for thirteen weeks, and what happens to it in between.
//!
//! `Company::new()` is how it begins; `company.week(n)` lets the n-th week's events happen; `company.scan(n)` is what a
//! scan of that Monday reads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use sa_audit::model::account::ServiceAccount;
use sa_audit::model::attachment::{AttachedAccount, Attachment, AttachmentKind};
use sa_audit::model::call::{CredentialEvent, CredentialEventKind};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::key::{KeyAlgorithm, KeyManagement, KeyOrigin, ServiceAccountKey};
use sa_audit::model::names::{Email, FullResourceName, KeyId, ProjectId, ProjectNumber, UniqueId};
use sa_audit::model::project::Project;
use sa_audit::model::scope::{LeftOut, Root, ScanScope, Scope};
use sa_audit::model::settings::{RuleSetting, Settings};
use sa_audit::model::snapshot::{Facts, Header, Snapshot};
use sa_audit::model::usage::{Activity, Period, UsageSource};
use sa_audit::rules::RULES;

/// The weeks of a quarter.
pub const WEEKS: u32 = 13;

/// The account of `acme-data` whose keys come and go; re-created in week 10 with another unique id.
pub const ETL: &str = "etl@acme-data.iam.gserviceaccount.com";
/// Its unique id up to week 9.
pub const ETL_ID: &str = "201";
/// Its unique id from week 10 on.
pub const ETL_NEW_ID: &str = "202";
/// The account of `acme-prod` that is shared; a fifth workload joins in week 9.
pub const APP_ID: &str = "301";

/// The rules that the quarter is about: rules that come later change nothing in its table.
const RULES_ON: [&str; 6] = [
    "acceptance-stale",
    "key-active",
    "key-disabled",
    "key-old",
    "key-weak",
    "shared-account",
];

/// Returns settings in which only the quarter's rules are on.
pub fn settings() -> Settings {
    let rules = RULES.iter().map(|rule| {
        let id = rule.meta().id;
        let setting = RuleSetting {
            enabled: Some(RULES_ON.contains(&id)),
            severity: None,
        };
        (id.to_owned(), setting)
    });
    Settings {
        rules: rules.collect(),
        ..Settings::default()
    }
}

/// Returns the moment of a week's scan: Monday, 09:00 UTC, the first on 2026-09-07.
pub fn monday(week: u32) -> DateTime<Utc> {
    let first: DateTime<Utc> = "2026-09-07T09:00:00Z".parse().expect("a time");
    first + TimeDelta::weeks(i64::from(week) - 1)
}

#[derive(Clone)]
struct Key {
    id: &'static str,
    account: &'static str,
    made: DateTime<Utc>,
    weak: bool,
    disabled: bool,
    used: bool,
}

/// The company at one moment.
#[derive(Clone)]
pub struct Company {
    accounts: Vec<(&'static str, &'static str, &'static str)>,
    keys: Vec<Key>,
    services: Vec<&'static str>,
    unreadable: BTreeSet<&'static str>,
}

impl Default for Company {
    fn default() -> Self {
        Self::new()
    }
}

impl Company {
    /// Returns the company before its first week.
    pub fn new() -> Self {
        let made: DateTime<Utc> = "2025-03-03T09:00:00Z".parse().expect("a time");
        let key = |id, account, used| Key {
            id,
            account,
            made,
            weak: false,
            disabled: false,
            used,
        };
        Self {
            accounts: vec![
                (ETL_ID, ETL, "acme-data"),
                (APP_ID, "app@acme-prod.iam.gserviceaccount.com", "acme-prod"),
                (
                    "401",
                    "vault@acme-vault.iam.gserviceaccount.com",
                    "acme-vault",
                ),
            ],
            keys: vec![key("k1", ETL_ID, true), key("v1", "401", false)],
            services: vec!["web", "api", "jobs", "mail"],
            unreadable: BTreeSet::new(),
        }
    }

    /// Returns the company as it is in a week, after all that has happened up to then.
    pub fn in_week(week: u32) -> Self {
        let mut company = Self::new();
        (1..=week).for_each(|week| company.week(week));
        company
    }

    /// Lets a week's events happen.
    pub fn week(&mut self, week: u32) {
        match week {
            3 => self.add_weak_key("k2", ETL_ID, week),
            4 => self.key("k1").disabled = true,
            6 => self.key("k1").disabled = false,
            7 => {
                self.unreadable.insert("acme-vault");
            }
            8 => self.unreadable.clear(),
            9 => self.services.push("search"),
            // Deleted and created again under the same address, with a key as weak as the old one's.
            10 => {
                self.accounts[0].0 = ETL_NEW_ID;
                self.keys.retain(|key| key.account != ETL_ID);
                self.add_weak_key("k3", ETL_NEW_ID, week);
            }
            11 => self.key("v1").used = true,
            12 => self.keys.retain(|key| key.id != "k3"),
            _ => {}
        }
    }

    fn add_weak_key(&mut self, id: &'static str, account: &'static str, week: u32) {
        self.keys.push(Key {
            id,
            account,
            made: monday(week) - TimeDelta::days(2),
            weak: true,
            disabled: false,
            used: false,
        });
    }

    fn key(&mut self, id: &str) -> &mut Key {
        self.keys.iter_mut().find(|key| key.id == id).expect(id)
    }

    /// Returns what a scan of the three projects reads on a week's Monday.
    pub fn scan(&self, week: u32) -> Snapshot {
        self.scan_of(week, &["acme-data", "acme-prod", "acme-vault"])
    }

    /// Returns what a scan of some of the projects reads.
    pub fn scan_of(&self, week: u32, projects: &[&str]) -> Snapshot {
        let mut facts = Facts::default();
        for project in projects {
            facts.absorb(self.project(week, project));
        }
        facts.sort();
        Snapshot {
            header: Header {
                tool: "sa-audit 0.0.0".to_owned(),
                observed_at: monday(week),
                scope: ScanScope {
                    roots: projects.iter().map(|id| Root::Project(id_of(id))).collect(),
                    exclude: Vec::new(),
                },
                sources: vec![UsageSource::PolicyAnalyzer],
                left_out: LeftOut::default(),
                statistics: None,
            },
            facts,
        }
    }

    fn project(&self, week: u32, id: &str) -> Facts {
        let mut facts = Facts::default();
        let team = (id == "acme-prod").then(|| ("team".to_owned(), "shop".to_owned()));
        let number = format!("{}", 1_000 + id.len());
        facts.projects.push(Project {
            id: id_of(id),
            number: ProjectNumber::parse(&number).expect("a number"),
            parent: None,
            display_name: String::new(),
            labels: BTreeMap::from_iter(team),
            created: None,
        });
        let scope = Scope::Project(id_of(id));
        if self.unreadable.contains(id) {
            let denied = Reading::Denied {
                permission: Some("iam.serviceAccounts.list".to_owned()),
            };
            facts
                .coverage
                .record(scope, Dataset::ServiceAccounts, denied);
            return facts;
        }
        for dataset in [
            Dataset::ServiceAccounts,
            Dataset::AccountActivity,
            Dataset::KeyActivity,
            Dataset::Attachments,
            Dataset::AccountPolicies,
        ] {
            facts.coverage.record(scope.clone(), dataset, Reading::Read);
        }
        for (unique_id, email, _) in self.accounts.iter().filter(|(.., project)| *project == id) {
            self.account(week, unique_id, email, id, &mut facts);
        }
        facts
    }

    fn account(&self, week: u32, unique_id: &str, email: &str, project: &str, facts: &mut Facts) {
        let account = ServiceAccount {
            unique_id: UniqueId::parse(unique_id).expect("an id"),
            email: Email::parse(email).expect("an address"),
            project: id_of(project),
            display_name: String::new(),
            description: String::new(),
            disabled: false,
            created: None,
        };
        let scope = Scope::Account(account.reference());
        facts.coverage.record(scope, Dataset::Keys, Reading::Read);
        facts.calls.events.push(CredentialEvent {
            kind: CredentialEventKind::AccountCreated,
            email: Some(account.email.clone()),
            unique_id: Some(account.unique_id.clone()),
            key: None,
            at: "2025-03-03T08:00:00Z".parse().expect("a time"),
            by: "robin@acme.example".to_owned(),
        });
        for key in self.keys.iter().filter(|key| key.account == unique_id) {
            facts.keys.push(listed(key));
            facts.activities.push(Activity {
                account: account.unique_id.clone(),
                key: Some(KeyId::parse(key.id).expect("an id")),
                period: Some(Period {
                    from: monday(week) - TimeDelta::days(400),
                    to: monday(week) - TimeDelta::days(1),
                }),
                last_authenticated: key.used.then(|| monday(week) - TimeDelta::days(3)),
            });
        }
        if unique_id == APP_ID {
            facts
                .attachments
                .extend(self.services.iter().map(|name| service(name, &account)));
        }
        facts.accounts.push(account);
    }
}

fn id_of(project: &str) -> ProjectId {
    ProjectId::parse(project).expect("a project id")
}

fn listed(key: &Key) -> ServiceAccountKey {
    ServiceAccountKey {
        id: KeyId::parse(key.id).expect("an id"),
        account: UniqueId::parse(key.account).expect("an id"),
        management: KeyManagement::User,
        origin: KeyOrigin::Google,
        algorithm: if key.weak {
            KeyAlgorithm::Rsa1024
        } else {
            KeyAlgorithm::Rsa2048
        },
        valid_after: Some(key.made),
        valid_before: Some("9999-12-31T23:59:59Z".parse().expect("a time")),
        disabled: key.disabled,
        disable_reason: None,
        extended_status: Vec::new(),
    }
}

fn service(name: &str, account: &ServiceAccount) -> Attachment {
    let project = &account.project;
    let resource =
        format!("//run.googleapis.com/projects/{project}/locations/europe-west1/services/{name}");
    Attachment {
        resource: FullResourceName::parse(&resource).expect("a name"),
        asset_type: "run.googleapis.com/Service".to_owned(),
        project: project.clone(),
        location: Some("europe-west1".to_owned()),
        account: AttachedAccount::Email(account.email.clone()),
        field: "template.serviceAccount".to_owned(),
        kind: AttachmentKind::Runtime,
        state: None,
        labels: BTreeMap::new(),
        owners: Vec::new(),
        created: None,
    }
}

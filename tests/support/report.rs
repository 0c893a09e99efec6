//! A report in a few lines: `world().project("acme-prod").account("etl").key("4f1c").finding(found("key-old", "is 611 days old"))`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use sa_audit::model::access::{Condition, PolicyNode};
use sa_audit::model::account::ServiceAccount;
use sa_audit::model::action::Action;
use sa_audit::model::coverage::{Coverage, Dataset, Reading};
use sa_audit::model::credential::{CredentialKind, CredentialState, OtherCredential};
use sa_audit::model::estate::{Account, Estate, Key};
use sa_audit::model::finding::{Evidence, Finding, Subject, Undecided};
use sa_audit::model::grant::{ActAs, Actor, Grant};
use sa_audit::model::idle::{Creation, Life};
use sa_audit::model::key::{KeyAlgorithm, KeyManagement, KeyOrigin, ServiceAccountKey};
use sa_audit::model::message::Message;
use sa_audit::model::names::{
    Email, FolderId, FullResourceName, KeyId, Member, ProjectId, ProjectNumber, UniqueId,
};
use sa_audit::model::project::Project;
use sa_audit::model::rule::{Cis, Confidence, RuleMeta, Severity};
use sa_audit::model::scope::{LeftOut, ScanScope, Scope};
use sa_audit::model::settings::Settings;
use sa_audit::model::usage::{LastUse, UsageSource, Window};
use sa_audit::model::workload::{EvidenceOf, Workload, WorkloadEvidence, WorkloadKind};
use sa_audit::render::{json, terminal};
use sa_audit::report::{self, Report};
use sa_audit::rules::{Evaluation, NotEvaluated};

/// Six rules of the tests' own, so that no report here changes when a rule of the program does.
pub static RULES: [&RuleMeta; 6] = [
    &rule(
        "account-disabled",
        "a disabled account is due for its next step",
        Severity::Low,
        true,
    ),
    &rule(
        "impersonation-broad",
        "many may act as the accounts of a place",
        Severity::High,
        true,
    ),
    &rule(
        "key-never-expires",
        "a key has no end",
        Severity::Info,
        false,
    ),
    &rule(
        "key-old",
        "an enabled key is older than it should be",
        Severity::High,
        true,
    ),
    &rule(
        "key-unused",
        "an enabled key is not used",
        Severity::High,
        true,
    ),
    &rule(
        "shared-account",
        "several workloads run as one account",
        Severity::High,
        true,
    ),
];

const fn rule(
    id: &'static str,
    title: &'static str,
    severity: Severity,
    on_by_default: bool,
) -> RuleMeta {
    RuleMeta {
        id,
        title,
        severity,
        on_by_default,
        needs: &[Dataset::Keys],
        docs: "# a rule of the tests\n",
        cis: Some(Cis {
            v2_to_v4: "1.7",
            v5: "1.8",
        }),
        owasp: &["NHI7:2025"],
    }
}

/// An estate and what rules said about it. Each call adds to what the last one added.
#[derive(Debug)]
pub struct World {
    pub estate: Estate,
    pub evaluation: Evaluation,
    pub settings: Settings,
}

/// Returns an empty world, scanned on 2026-11-22 at noon UTC, with activity up to the day before.
pub fn world() -> World {
    World {
        estate: Estate {
            folders: Vec::new(),
            roles: BTreeMap::new(),
            policies: Vec::new(),
            pools: Vec::new(),
            observed_at: at("2026-11-22T12:00:00Z"),
            scope: ScanScope::default(),
            left_out: LeftOut::default(),
            projects: Vec::new(),
            accounts: Vec::new(),
            services: BTreeMap::new(),
            windows: vec![window()],
            log_windows: Vec::new(),
            policy_insights: Vec::new(),
            coverage: Coverage::default(),
        },
        evaluation: Evaluation::default(),
        settings: Settings::default(),
    }
}

/// Returns the life of a credential that was made long ago.
fn life() -> Life {
    Life {
        created: Creation::At(at("2025-03-21T09:00:00Z")),
        enabled: None,
        log_since: None,
    }
}

/// Returns a moment.
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// Returns the stretch that Policy Analyzer looked at in every world.
pub fn window() -> Window {
    Window {
        source: UsageSource::PolicyAnalyzer,
        from: at("2025-10-18T08:00:00Z"),
        to: at("2026-11-21T08:00:00Z"),
    }
}

/// Returns that Policy Analyzer saw a credential on a day: `2026-11-20`.
pub fn seen(day: &str) -> LastUse {
    LastUse::Seen {
        at: at(&format!("{day}T08:00:00Z")),
        latest: at(&format!("{day}T08:00:00Z")) + chrono::TimeDelta::days(1),
        source: UsageSource::PolicyAnalyzer,
        weak: false,
        windows: vec![window()],
    }
}

/// Returns that Policy Analyzer looked and saw nothing.
pub fn not_seen() -> LastUse {
    LastUse::NotSeen {
        windows: vec![window()],
    }
}

/// Returns a workload of one resource in `acme-prod`, of confidence high.
pub fn workload(name: &str) -> Workload {
    let resource = "//run.googleapis.com/projects/acme-prod/locations/europe-west1/services/shop";
    Workload {
        id: format!("acme-prod/{name}"),
        kind: WorkloadKind::Attached("run.googleapis.com/Service".to_owned()),
        name: name.to_owned(),
        project: ProjectId::parse("acme-prod").ok(),
        locations: vec!["europe-west1".to_owned()],
        application: None,
        confidence: Confidence::High,
        evidence: vec![WorkloadEvidence {
            resource: EvidenceOf::Resource(FullResourceName::parse(resource).expect("a name")),
            field: "template.serviceAccount".to_owned(),
            state: Some("READY".to_owned()),
        }],
        resources: 1,
        parts: Vec::new(),
    }
}

/// Returns a project as a place of policies.
pub fn project(id: &str) -> PolicyNode {
    PolicyNode::Project(ProjectId::parse(id).expect("a project id"))
}

/// Returns a folder as a place of policies.
pub fn folder(number: &str) -> PolicyNode {
    PolicyNode::Folder(FolderId::parse(number).expect("a folder number"))
}

/// Returns a condition.
pub fn only_if(expression: &str) -> Option<Condition> {
    Some(Condition {
        title: "for now".to_owned(),
        expression: expression.to_owned(),
    })
}

/// What a rule says: the finding without its subject.
pub struct Found {
    rule: &'static str,
    message: Message,
    pub severity: Severity,
    pub confidence: Confidence,
}

/// Returns what a rule of [`RULES`] says, with the rule's severity and confidence high.
pub fn found(rule: &'static str, message: impl Into<Message>) -> Found {
    Found {
        rule,
        message: message.into(),
        severity: meta(rule).severity,
        confidence: Confidence::High,
    }
}

fn meta(id: &str) -> &'static RuleMeta {
    RULES
        .iter()
        .find(|meta| meta.id == id)
        .expect("a rule of the tests")
}

impl Found {
    pub fn severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    pub fn confidence(self, confidence: Confidence) -> Self {
        Self { confidence, ..self }
    }
}

impl World {
    /// Adds a project, into which the accounts that follow go.
    pub fn project(mut self, id: &str) -> Self {
        let number = (100_000_000_001 + self.estate.projects.len()).to_string();
        self.estate.projects.push(Project {
            id: ProjectId::parse(id).expect("a project id"),
            number: ProjectNumber::parse(&number).expect("a project number"),
            parent: None,
            display_name: String::new(),
            labels: BTreeMap::new(),
            created: None,
        });
        self
    }

    /// Adds an account to the last project, seen on 2026-11-20.
    pub fn account(mut self, local: &str) -> Self {
        let project = self
            .estate
            .projects
            .last()
            .expect("a project first")
            .id
            .clone();
        let number =
            (110_000_000_000_000_000_001_u128 + self.estate.accounts.len() as u128).to_string();
        let email = format!("{local}@{project}.iam.gserviceaccount.com");
        self.estate.accounts.push(Account {
            grants: Vec::new(),
            actors: Vec::new(),
            workloads: Vec::new(),
            references: Vec::new(),
            other_credentials: Vec::new(),
            facts: ServiceAccount {
                unique_id: UniqueId::parse(&number).expect("a unique id"),
                email: Email::parse(&email).expect("an address"),
                project,
                display_name: String::new(),
                description: String::new(),
                disabled: false,
                created: None,
            },
            keys: Vec::new(),
            last_use: seen("2026-11-20"),
            life: life(),
            callers: Vec::new(),
            exercised: Vec::new(),
        });
        self
    }

    /// Disables the last account.
    pub fn disabled(mut self) -> Self {
        self.last_account().facts.disabled = true;
        self
    }

    /// Sets the last use of the last account.
    pub fn last_use(mut self, last_use: LastUse) -> Self {
        self.last_account().last_use = last_use;
        self
    }

    /// Adds an enabled key that Google made 611 days ago, seen on 2026-11-20, to the last account.
    pub fn key(mut self, id: &str) -> Self {
        let account = self.last_account().facts.unique_id.clone();
        self.last_account().keys.push(Key {
            facts: ServiceAccountKey {
                id: KeyId::parse(id).expect("a key id"),
                account,
                management: KeyManagement::User,
                origin: KeyOrigin::Google,
                algorithm: KeyAlgorithm::Rsa2048,
                valid_after: Some(at("2025-03-21T09:00:00Z")),
                valid_before: Some(at("9999-12-31T23:59:59Z")),
                disabled: false,
                disable_reason: None,
                extended_status: Vec::new(),
            },
            last_use: seen("2026-11-20"),
            life: life(),
            callers: Vec::new(),
        });
        self
    }

    /// Adds a finding about a place of policies or a provider, of which somebody's role is to be reviewed.
    pub fn finding_on(mut self, subject: Subject, found: Found) -> Self {
        let finding = Finding::on(meta(found.rule), subject, found.message, &["somebody"])
            .severity(found.severity)
            .confidence(found.confidence)
            .facts([Evidence {
                fact: Message::from("somebody holds it"),
                source: "cloudresourcemanager.projects.getIamPolicy",
                at: None,
            }]);
        self.evaluation.findings.push(finding);
        self
    }

    /// Adds an inactive HMAC key to the last account, made on 2024-05-06.
    pub fn hmac_key(mut self, id: &str) -> Self {
        let account = self.last_account();
        account.other_credentials.push(OtherCredential {
            account: account.facts.email.clone(),
            kind: CredentialKind::HmacKey,
            project: account.facts.project.clone(),
            id: KeyId::parse(id).expect("an id"),
            state: CredentialState::Inactive,
            created: Some(at("2024-05-06T07:08:09Z")),
        });
        self
    }

    /// Adds a workload to the last account.
    pub fn workload(mut self, workload: Workload) -> Self {
        self.last_account().workloads.push(workload);
        self
    }

    /// Adds a role that the last account holds in its own name.
    pub fn grant(self, role: &str, on: PolicyNode, condition: Option<Condition>) -> Self {
        let email = self.estate.accounts.last().expect("an account first");
        let through = format!("serviceAccount:{}", email.facts.email);
        self.grant_through(&through, role, on, condition)
    }

    /// Adds a role that the last account holds through a member.
    pub fn grant_through(
        mut self,
        member: &str,
        role: &str,
        on: PolicyNode,
        condition: Option<Condition>,
    ) -> Self {
        self.last_account().grants.push(Grant {
            role: role.to_owned(),
            on,
            through: Member::parse(member),
            condition,
        });
        self
    }

    /// Adds somebody who may mint tokens of the last account and sign as it, by the binding on the first of `path`,
    /// inherited by the others; without a path, by one on the account itself.
    pub fn actor(
        mut self,
        member: &str,
        path: &[PolicyNode],
        condition: Option<Condition>,
    ) -> Self {
        let account = self.last_account().reference();
        let (on, path) = match path.split_first() {
            None => (PolicyNode::Account(account), Vec::new()),
            Some((on, path)) => (on.clone(), path.to_vec()),
        };
        self.last_account().actors.push(Actor {
            member: Member::parse(member),
            ways: vec![
                ActAs::AccessToken,
                ActAs::IdToken,
                ActAs::SignBlob,
                ActAs::SignJwt,
            ],
            role: "roles/iam.serviceAccountTokenCreator".to_owned(),
            on,
            path,
            condition,
        });
        self
    }

    /// Adds a finding about the last key of the last account, or about the account where it has none.
    ///
    /// A key is to be replaced, disabled and deleted; of an account the owner is to be found.
    pub fn finding(mut self, found: Found) -> Self {
        let account = self.last_account().clone();
        let meta = meta(found.rule);
        let finding = match account.keys.last() {
            None => {
                Finding::on_account(meta, &account, found.message, &[]).then(Action::FindOwner {
                    account: account.reference(),
                })
            }
            Some(key) => {
                let (account_ref, id) = (account.reference(), key.facts.id.clone());
                let mut finding = Finding::on_key(meta, &account, key, found.message, &["seen"]);
                finding.evidence.push(Evidence {
                    fact: Message::from("created on 2025-03-21"),
                    source: "iam.projects.serviceAccounts.keys.list",
                    at: key.facts.valid_after,
                });
                finding
                    .then(Action::ReplaceKey {
                        account: account_ref.clone(),
                        key: id.clone(),
                        before: Some(at("2026-12-04T00:00:00Z")),
                        with: None,
                    })
                    .then(Action::DisableKey {
                        account: account_ref.clone(),
                        key: id.clone(),
                    })
                    .then(Action::DeleteKey {
                        account: account_ref,
                        key: id,
                    })
            }
        };
        let finding = finding
            .severity(found.severity)
            .confidence(found.confidence);
        self.evaluation.findings.push(finding);
        self
    }

    /// Adds that `rule` could not decide about the last key of the last account.
    pub fn undecided(mut self, rule: &'static str, dataset: Dataset, reason: &str) -> Self {
        let account = self.last_account().clone();
        self.evaluation.undecided.push(Undecided {
            rule,
            subject: match account.keys.last() {
                None => Subject::Account(account.reference()),
                Some(key) => Subject::Key {
                    account: account.reference(),
                    key: key.facts.id.clone(),
                },
            },
            dataset,
            reason: Message::from(reason),
        });
        self
    }

    /// Records how the read of `dataset` in the last project ended, and that `rules` need it.
    pub fn project_reading(
        self,
        dataset: Dataset,
        reading: Reading,
        rules: &[&'static str],
    ) -> Self {
        let project = self
            .estate
            .projects
            .last()
            .expect("a project first")
            .id
            .clone();
        self.reading(Scope::Project(project), dataset, reading, rules)
    }

    /// Records how the read of `dataset` in `scope` ended, and that `rules` need it.
    pub fn reading(
        mut self,
        scope: Scope,
        dataset: Dataset,
        reading: Reading,
        rules: &[&'static str],
    ) -> Self {
        for rule in rules {
            self.evaluation.not_evaluated.push(NotEvaluated {
                scope: scope.clone(),
                dataset,
                reading: reading.clone(),
                rule,
            });
        }
        self.estate.coverage.record(scope, dataset, reading);
        self
    }

    /// Returns the scope of the last account.
    pub fn last_scope(&self) -> Scope {
        self.estate
            .accounts
            .last()
            .expect("an account first")
            .scope()
    }

    /// Returns the report on the world.
    pub fn report(&self) -> Report {
        let evaluation = self.evaluation.clone();
        report::build_with(
            &self.estate,
            evaluation,
            &self.settings,
            "sa-audit 0.1.0",
            &RULES,
        )
    }

    fn last_account(&mut self) -> &mut Account {
        self.estate.accounts.last_mut().expect("an account first")
    }
}

/// Returns a look without colour and links, as wide as it gets.
pub fn plain() -> terminal::Style {
    terminal::Style {
        width: terminal::Style::width(None),
        colour: false,
        links: false,
        unicode: true,
        all: false,
        details: false,
    }
}

/// Returns the report as a terminal shows it.
pub fn on_terminal(report: &Report, style: &terminal::Style) -> String {
    let mut out = Vec::new();
    terminal::render(report, style, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

/// Returns the report as JSON text.
pub fn as_json(report: &Report) -> String {
    let mut out = Vec::new();
    json::render(report, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

//! A small estate in a few lines: `estate().project("acme-prod").account("etl").key(key().age_days(611))`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, TimeDelta, Utc};

use sa_audit::join;
use sa_audit::model::access::{Binding, Condition, Folder, Policy, PolicyNode, Role};
use sa_audit::model::account::ServiceAccount;
use sa_audit::model::coverage::{Coverage, Dataset, Reading};
use sa_audit::model::estate::{Account, Estate, Key};
use sa_audit::model::federation::{FederationState, Issuer, Pool, Provider};
use sa_audit::model::idle::{Creation, Life};
use sa_audit::model::key::{
    DisableReason, ExtendedStatus, ExtendedStatusKind, KeyAlgorithm, KeyManagement, KeyOrigin,
    ServiceAccountKey,
};
use sa_audit::model::names::{
    Email, FolderId, KeyId, Member, OrganizationId, ProjectId, ProjectNumber, UniqueId,
};
use sa_audit::model::place::PlacedCaller;
use sa_audit::model::project::{Parent, Project};
use sa_audit::model::scope::{LeftOut, ScanScope, Scope};
use sa_audit::model::usage::{Activity, LastUse, UsageSource, WhyUnknown, Window};

/// Returns the moment of every test's scan: 2026-11-22, noon UTC.
pub fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

/// Returns the moment `days` before the scan.
pub fn days_ago(days: i64) -> DateTime<Utc> {
    now() - TimeDelta::days(days)
}

/// Returns an empty estate. Every read of what is added to it ended well, unless [`EstateBuilder::reading`] says else.
pub fn estate() -> EstateBuilder {
    EstateBuilder(Estate {
        folders: Vec::new(),
        roles: BTreeMap::new(),
        policies: Vec::new(),
        pools: Vec::new(),
        observed_at: now(),
        scope: ScanScope::default(),
        left_out: LeftOut::default(),
        projects: Vec::new(),
        accounts: Vec::new(),
        windows: Vec::new(),
        log_windows: Vec::new(),
        policy_insights: Vec::new(),
        services: BTreeMap::new(),
        coverage: Coverage::default(),
    })
}

/// Returns a key that Google made 10 days ago, enabled, without an end, and that Policy Analyzer has not seen in the
/// 400 days up to yesterday.
pub fn key() -> KeyBuilder {
    KeyBuilder {
        facts: ServiceAccountKey {
            id: KeyId::parse("unnamed").expect("a key id"),
            account: UniqueId::parse("1").expect("a unique id"),
            management: KeyManagement::User,
            origin: KeyOrigin::Google,
            algorithm: KeyAlgorithm::Rsa2048,
            valid_after: Some(days_ago(10)),
            valid_before: Some(never()),
            disabled: false,
            disable_reason: None,
            extended_status: Vec::new(),
        },
        id: None,
        windows: vec![window(UsageSource::PolicyAnalyzer, 400, 1)],
        seen: None,
        unknown: None,
        enabled: None,
        log_since: Some(days_ago(400)),
        callers: Vec::new(),
    }
}

/// Returns the stretch between two days before the scan.
pub fn window(source: UsageSource, from_days_ago: i64, to_days_ago: i64) -> Window {
    Window {
        source,
        from: days_ago(from_days_ago),
        to: days_ago(to_days_ago),
    }
}

/// Returns the life of an account that was made 500 days ago, and that the activity log of 400 days tells nothing of.
fn life() -> Life {
    Life {
        created: Creation::At(days_ago(500)),
        enabled: None,
        log_since: Some(days_ago(400)),
    }
}

fn never() -> DateTime<Utc> {
    "9999-12-31T23:59:59Z".parse().expect("a time")
}

fn parent_named(name: &str) -> Parent {
    match name.split_once('/') {
        Some(("folders", id)) => Parent::Folder(FolderId::parse(id).expect("a folder number")),
        Some(("organizations", id)) => {
            Parent::Organization(OrganizationId::parse(id).expect("an organization number"))
        }
        _ => panic!("{name} is neither folders/N nor organizations/N"),
    }
}

/// Builds an estate; each call adds to what the last one added.
pub struct EstateBuilder(Estate);

impl EstateBuilder {
    /// Adds a project, into which the accounts that follow go.
    pub fn project(mut self, id: &str) -> Self {
        let project = ProjectId::parse(id).expect("a project id");
        let number = (100_000_000_001 + self.0.projects.len()).to_string();
        for dataset in [
            Dataset::ServiceAccounts,
            Dataset::AccountActivity,
            Dataset::KeyActivity,
        ] {
            let scope = Scope::Project(project.clone());
            self.0.coverage.record(scope, dataset, Reading::Read);
        }
        // Its services were read: none is on.
        self.0.services.insert(project.clone(), BTreeSet::new());
        self.0.projects.push(Project {
            id: project,
            number: ProjectNumber::parse(&number).expect("a project number"),
            parent: None,
            display_name: id.to_owned(),
            labels: BTreeMap::new(),
            created: None,
        });
        self
    }

    /// Labels the last project.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        let project = self.0.projects.last_mut().expect("a project first");
        project.labels.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Adds an account to the last project: by its whole address, or by what stands before the `@`.
    pub fn account(mut self, name: &str) -> Self {
        let project = &self.0.projects.last().expect("a project first").id;
        let host = match project.as_str().split_once(':') {
            Some((domain, id)) => format!("{id}.{domain}"),
            None => project.to_string(),
        };
        let address = if name.contains('@') {
            name.to_owned()
        } else {
            format!("{name}@{host}.iam.gserviceaccount.com")
        };
        let number = (110_000_000_000_000_000_001_u128 + self.0.accounts.len() as u128).to_string();
        let account = Account {
            grants: Vec::new(),
            actors: Vec::new(),
            workloads: Vec::new(),
            exercised: Vec::new(),
            references: Vec::new(),
            callers: Vec::new(),
            life: life(),
            other_credentials: Vec::new(),
            facts: ServiceAccount {
                unique_id: UniqueId::parse(&number).expect("a unique id"),
                email: Email::parse(&address).expect("an address"),
                project: project.clone(),
                display_name: String::new(),
                description: String::new(),
                disabled: false,
                created: None,
            },
            keys: Vec::new(),
            last_use: LastUse::NotSeen {
                windows: vec![window(UsageSource::PolicyAnalyzer, 400, 1)],
            },
        };
        self.0
            .coverage
            .record(account.scope(), Dataset::Keys, Reading::Read);
        self.0.accounts.push(account);
        self
    }

    /// Moves an account, by its place among all, to the end: what follows is about it.
    pub fn account_of(mut self, nth: usize) -> Self {
        let account = self.0.accounts.remove(nth);
        self.0.accounts.push(account);
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

    /// Lets Policy Analyzer see the last account three days before the scan.
    pub fn in_use(self) -> Self {
        self.last_use(LastUse::Seen {
            at: days_ago(3),
            latest: days_ago(2),
            source: UsageSource::PolicyAnalyzer,
            weak: false,
            windows: vec![window(UsageSource::PolicyAnalyzer, 400, 1)],
        })
    }

    /// Adds a key to the last account.
    pub fn key(mut self, key: KeyBuilder) -> Self {
        let nth = self.0.accounts.iter().map(|a| a.keys.len()).sum::<usize>() as u64 + 1;
        let account = self.last_account();
        let key = key.build(nth, &account.facts.unique_id);
        account.keys.push(key);
        account.keys.sort_by(|a, b| a.facts.id.cmp(&b.facts.id));
        self
    }

    /// Records how a read of the last account's keys ended.
    pub fn keys_reading(mut self, reading: Reading) -> Self {
        let scope = self.last_account().scope();
        self.0.coverage.record(scope, Dataset::Keys, reading);
        self
    }

    /// Records how a read in the last project ended.
    pub fn reading(mut self, dataset: Dataset, reading: Reading) -> Self {
        let project = self.0.projects.last().expect("a project first").id.clone();
        let scope = Scope::Project(project);
        self.0.coverage.record(scope, dataset, reading);
        self
    }

    /// Puts the last project below `folders/N` or `organizations/N`.
    pub fn below(mut self, parent: &str) -> Self {
        self.0.projects.last_mut().expect("a project first").parent = Some(parent_named(parent));
        self
    }

    /// Adds a folder below `folders/N` or `organizations/N`.
    pub fn folder(mut self, number: &str, parent: &str) -> Self {
        self.0.folders.push(Folder {
            id: FolderId::parse(number).expect("a folder number"),
            parent: Some(parent_named(parent)),
            display_name: String::new(),
        });
        self
    }

    /// Adds a role with its permissions.
    pub fn role(mut self, name: &str, permissions: &[&str]) -> Self {
        let mut permissions: Vec<String> = permissions.iter().map(|&p| p.to_owned()).collect();
        permissions.sort();
        let role = Role {
            name: name.to_owned(),
            title: name.to_owned(),
            stage: "GA".to_owned(),
            deleted: false,
            permissions,
        };
        self.0.roles.insert(name.to_owned(), role);
        self
    }

    /// Gives a member a role on the last project.
    pub fn project_grant(self, role: &str, member: &str) -> Self {
        let project = self.0.projects.last().expect("a project first").id.clone();
        self.bind(PolicyNode::Project(project), role, member)
    }

    /// Gives a member a role on the last account.
    pub fn account_grant(mut self, role: &str, member: &str) -> Self {
        let account = self.last_account().reference();
        self.bind(PolicyNode::Account(account), role, member)
    }

    /// Gives a member a role on `folders/N` or `organizations/N`.
    pub fn grant(self, on: &str, role: &str, member: &str) -> Self {
        let node = match parent_named(on) {
            Parent::Folder(id) => PolicyNode::Folder(id),
            Parent::Organization(id) => PolicyNode::Organization(id),
        };
        self.bind(node, role, member)
    }

    /// Puts the last grant under a condition.
    pub fn condition(mut self, expression: &str) -> Self {
        let policy = self.0.policies.last_mut().expect("a grant first");
        let binding = policy.bindings.last_mut().expect("a grant first");
        binding.condition = Some(Condition {
            title: "a condition".to_owned(),
            expression: expression.to_owned(),
        });
        self
    }

    /// Adds a binding to the policy of a node.
    fn bind(mut self, on: PolicyNode, role: &str, member: &str) -> Self {
        let binding = Binding {
            role: role.to_owned(),
            members: vec![Member::parse(member)],
            condition: None,
        };
        let known = self.0.policies.iter().position(|policy| policy.on == on);
        // The policy that was last added to stands last.
        let mut policy = known.map_or_else(
            || Policy {
                on,
                bindings: Vec::new(),
                audit: Vec::new(),
            },
            |at| self.0.policies.remove(at),
        );
        policy.bindings.push(binding);
        self.0.policies.push(policy);
        self
    }

    /// Adds a pool without providers to the last project, whose pools were all read.
    pub fn pool(mut self, id: &str, state: FederationState) -> Self {
        let project = self.0.projects.last().expect("a project first").id.clone();
        self.0.pools.push(Pool {
            project,
            id: id.to_owned(),
            display_name: String::new(),
            state,
            providers: Vec::new(),
        });
        self.reading(Dataset::Federation, Reading::Read)
    }

    /// Adds an active provider of an `OpenID` Connect issuer to the last pool.
    pub fn provider(mut self, id: &str, issuer: &str, condition: &str) -> Self {
        let pool = self.0.pools.last_mut().expect("a pool first");
        pool.providers.push(Provider {
            id: id.to_owned(),
            display_name: String::new(),
            state: FederationState::Active,
            issuer: Issuer::Oidc {
                uri: issuer.to_owned(),
                audiences: Vec::new(),
            },
            mapping: BTreeMap::from([("google.subject".to_owned(), "assertion.sub".to_owned())]),
            condition: condition.to_owned(),
        });
        self
    }

    /// Sets the state of the last provider.
    pub fn provider_state(mut self, state: FederationState) -> Self {
        let pool = self.0.pools.last_mut().expect("a pool first");
        pool.providers.last_mut().expect("a provider first").state = state;
        self
    }

    /// Returns the estate, with what its policies give to its accounts.
    pub fn build(mut self) -> Estate {
        join::access::fill(&mut self.0);
        self.0
    }

    fn last_account(&mut self) -> &mut Account {
        self.0.accounts.last_mut().expect("an account first")
    }
}

/// Builds a key.
#[derive(Clone)]
pub struct KeyBuilder {
    facts: ServiceAccountKey,
    id: Option<KeyId>,
    windows: Vec<Window>,
    seen: Option<(DateTime<Utc>, UsageSource, bool)>,
    unknown: Option<WhyUnknown>,
    enabled: Option<DateTime<Utc>>,
    log_since: Option<DateTime<Utc>>,
    callers: Vec<PlacedCaller>,
}

impl KeyBuilder {
    /// Names the key; without a name it gets the next of a fixed row of ids.
    pub fn id(mut self, id: &str) -> Self {
        self.id = Some(KeyId::parse(id).expect("a key id"));
        self
    }

    /// Makes the key as old as that, or its certificate.
    pub fn age_days(mut self, days: i64) -> Self {
        self.facts.valid_after = Some(days_ago(days));
        self
    }

    /// Leaves the key's begin out.
    pub fn age_unknown(mut self) -> Self {
        self.facts.valid_after = None;
        self
    }

    /// Lets the key's validity end so many days after the scan; before it, where negative.
    pub fn expires_in_days(mut self, days: i64) -> Self {
        self.facts.valid_before = Some(days_ago(-days));
        self
    }

    /// Leaves the key's end out.
    pub fn expiry_unknown(mut self) -> Self {
        self.facts.valid_before = None;
        self
    }

    /// Sets who made the key pair.
    pub fn origin(mut self, origin: KeyOrigin) -> Self {
        self.facts.origin = origin;
        self
    }

    /// Makes it a key whose public half a user uploaded.
    pub fn uploaded(self) -> Self {
        self.origin(KeyOrigin::Uploaded)
    }

    /// Sets the algorithm.
    pub fn algorithm(mut self, algorithm: KeyAlgorithm) -> Self {
        self.facts.algorithm = algorithm;
        self
    }

    /// Makes it a key that Google keeps.
    pub fn system_managed(mut self) -> Self {
        self.facts.management = KeyManagement::System;
        self
    }

    /// Disables the key.
    pub fn disabled(mut self) -> Self {
        self.facts.disabled = true;
        self
    }

    /// Sets why the key was disabled; it stays as enabled or disabled as it is.
    pub fn disable_reason(mut self, reason: DisableReason) -> Self {
        self.facts.disable_reason = Some(reason);
        self
    }

    /// Adds what Google has seen of the key.
    pub fn status(mut self, kind: ExtendedStatusKind, value: &str) -> Self {
        self.facts.extended_status.push(ExtendedStatus {
            kind,
            value: value.to_owned(),
        });
        self
    }

    /// Lets Policy Analyzer see the key on the day so many days before the scan.
    pub fn seen_days_ago(mut self, days: i64) -> Self {
        let day = now().date_naive() - Days::new(days.try_into().expect("days in the past"));
        let stamp = day.and_hms_opt(7, 0, 0).expect("an hour").and_utc();
        self.seen = Some((stamp, UsageSource::PolicyAnalyzer, true));
        self
    }

    /// Lets a log line agree with what was seen.
    pub fn logged(mut self) -> Self {
        let seen = self.seen.as_mut().expect("seen first");
        seen.2 = false;
        self
    }

    /// Sets the stretch that a source looked at.
    pub fn window(mut self, window: Window) -> Self {
        self.windows.retain(|held| held.source != window.source);
        self.windows.push(window);
        self
    }

    /// Takes away what a source looked at.
    pub fn without(mut self, source: UsageSource) -> Self {
        self.windows.retain(|held| held.source != source);
        self
    }

    /// Lets Monitoring have looked at its six weeks, up to an hour before the scan, and have seen nothing.
    pub fn monitored(self) -> Self {
        let to = now() - TimeDelta::hours(1);
        self.window(Window {
            source: UsageSource::Monitoring,
            from: to - TimeDelta::days(42),
            to,
        })
    }

    /// Lets an event tell that the key was switched on so many days before the scan.
    pub fn enabled_days_ago(mut self, days: i64) -> Self {
        self.enabled = Some(days_ago(days));
        self
    }

    /// Lets the activity log reach back so many days.
    pub fn log_days(mut self, days: i64) -> Self {
        self.log_since = Some(days_ago(days));
        self
    }

    /// Leaves the activity log unread.
    pub fn log_unread(mut self) -> Self {
        self.log_since = None;
        self
    }

    /// Adds calls that the key made.
    pub fn caller(mut self, caller: PlacedCaller) -> Self {
        self.callers.push(caller);
        self
    }

    /// Lets nobody know of the key's last use.
    pub fn unknown(mut self, why: WhyUnknown) -> Self {
        self.unknown = Some(why);
        self
    }

    /// Lets nobody know of the key's last use, since the read of its activity ended so.
    pub fn unread(self, reading: Reading) -> Self {
        self.unknown(WhyUnknown::NotRead(reading))
    }

    fn build(mut self, nth: u64, account: &UniqueId) -> Key {
        self.facts.id = self.id.clone().unwrap_or_else(|| {
            let digits = nth.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            KeyId::parse(&format!("{digits:016x}{nth:024x}")).expect("a key id")
        });
        self.facts.account = account.clone();
        let last_use = self.last_use();
        let begin = self.facts.begin(now());
        let created = match begin {
            Some(begin) if self.facts.begins_with_creation() => Creation::At(begin),
            after => Creation::Between { after, by: None },
        };
        self.callers.sort();
        Key {
            life: Life {
                created,
                enabled: self.enabled,
                log_since: self.log_since,
            },
            callers: self.callers,
            facts: self.facts,
            last_use,
        }
    }

    fn last_use(&self) -> LastUse {
        let windows = self.windows.clone();
        match (&self.unknown, self.seen) {
            (Some(why), _) => LastUse::Unknown { why: why.clone() },
            (None, Some((at, source, weak))) => LastUse::Seen {
                at,
                latest: self.latest(at),
                source,
                weak,
                windows,
            },
            (None, None) => LastUse::NotSeen { windows },
        }
    }

    /// Policy Analyzer's stamps are days: the model knows what the latest moment of one is.
    fn latest(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let row = Activity {
            account: self.facts.account.clone(),
            key: None,
            period: None,
            last_authenticated: Some(at),
        };
        row.latest_authentication().expect("a day with a next one")
    }
}

//! The truth table of `account-unused`.

use std::collections::BTreeMap;

use sa_audit::model::access::{Binding, Policy, PolicyNode, Role};
use sa_audit::model::attachment::{AttachedAccount, Attachment, AttachmentKind};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::credential::{CredentialKind, CredentialState, OtherCredential};
use sa_audit::model::names::{Email, FolderId, FullResourceName, KeyId, Member, ProjectId};
use sa_audit::model::scope::Scope;
use sa_audit::model::snapshot::{EnabledServices, Facts};

use super::sources::{
    ACTIVITY_LOG, ANALYZER, ActivityLog, Analyzer, CALLS, Calls, Credential, EMAIL, MONITORING,
    Monitoring, RECOMMENDER, Recommender,
};
use super::support::estate::{days_ago, estate, key};
use super::{Verdict, only, verdict};

/// What is known of the account's creation.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Age {
    Exactly(i64),
    /// Nothing but that Google made a key for it so many days ago.
    NoLaterThan(i64),
    Unknown,
}

const AGES: [Age; 6] = [
    Age::Exactly(10),
    Age::Exactly(91),
    Age::Exactly(400),
    Age::NoLaterThan(10),
    Age::NoLaterThan(400),
    Age::Unknown,
];

/// What names the account, or may.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ties {
    None,
    StoppedVm,
    TriggerInAnotherProject,
    Template,
    HmacKey,
    KubernetesAccount,
    WholePool,
    AttachmentsUnreadElsewhere,
    AttachmentsNotCoveredHere,
    ReferencesUnread,
    CredentialsUnread,
    PolicyUnread,
    /// As Asset Inventory has policies, a day and a half ago: nothing that Policy Analyzer would not miss either.
    PolicyBehindByHours,
    PolicyBehindByDays,
    /// A folder whose projects nobody has seen: what runs there may run as it.
    FolderUnlisted,
    ProjectUnlisted,
    /// A pool that may sign in as every account of the project.
    PoolOnTheProject,
}

const TIES: [Ties; 17] = [
    Ties::None,
    Ties::StoppedVm,
    Ties::TriggerInAnotherProject,
    Ties::Template,
    Ties::HmacKey,
    Ties::KubernetesAccount,
    Ties::WholePool,
    Ties::AttachmentsUnreadElsewhere,
    Ties::AttachmentsNotCoveredHere,
    Ties::ReferencesUnread,
    Ties::CredentialsUnread,
    Ties::PolicyUnread,
    Ties::PolicyBehindByHours,
    Ties::PolicyBehindByDays,
    Ties::FolderUnlisted,
    Ties::ProjectUnlisted,
    Ties::PoolOnTheProject,
];

#[derive(Debug, Clone, Copy)]
struct Case {
    analyzer: Analyzer,
    monitoring: Monitoring,
    recommender: Recommender,
    calls: Calls,
    log: ActivityLog,
    age: Age,
    ties: Ties,
    disabled: bool,
    has_iap: bool,
}

const CALM: Case = Case {
    analyzer: Analyzer::NotSeen,
    monitoring: Monitoring::Silent,
    recommender: Recommender::Skipped,
    calls: Calls::None,
    log: ActivityLog::Quiet,
    age: Age::Exactly(400),
    ties: Ties::None,
    disabled: false,
    has_iap: false,
};

/// Returns every combination of two families: the sources with each other, and the world with each source in turn.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for analyzer in ANALYZER {
        for monitoring in MONITORING {
            for recommender in RECOMMENDER {
                for log in ACTIVITY_LOG {
                    for age in AGES {
                        cases.push(Case {
                            analyzer,
                            monitoring,
                            recommender,
                            log,
                            age,
                            ..CALM
                        });
                    }
                }
            }
        }
    }
    for analyzer in ANALYZER {
        for calls in CALLS {
            for age in AGES {
                for ties in TIES {
                    for (disabled, has_iap) in [(false, false), (true, false), (false, true)] {
                        cases.push(Case {
                            analyzer,
                            calls,
                            age,
                            ties,
                            disabled,
                            has_iap,
                            ..CALM
                        });
                    }
                }
            }
        }
    }
    cases
}

/// Returns what may be said, by the nine rules of the domain and by nothing of the code.
fn oracle(case: Case) -> Verdict {
    if case.disabled {
        return Verdict::Silent;
    }
    // Rule 1.
    if case.analyzer == Analyzer::SeenRecently
        || case.monitoring == Monitoring::SeenRecently
        || case.calls == Calls::SeenRecently
    {
        return Verdict::Silent;
    }
    // Rule 6: younger, or on again for a few days only.
    if case.age == Age::Exactly(10) || case.log.tells_of_recent_enabling() {
        return Verdict::Silent;
    }
    // Rule 7: what is named is not unused; what may be named is not judged.
    let readable = match case.ties {
        Ties::None | Ties::PolicyBehindByHours | Ties::PoolOnTheProject => true,
        Ties::StoppedVm
        | Ties::TriggerInAnotherProject
        | Ties::Template
        | Ties::HmacKey
        | Ties::KubernetesAccount
        | Ties::WholePool => return Verdict::Silent,
        Ties::AttachmentsUnreadElsewhere
        | Ties::AttachmentsNotCoveredHere
        | Ties::ReferencesUnread
        | Ties::CredentialsUnread
        | Ties::PolicyUnread
        | Ties::PolicyBehindByDays
        | Ties::FolderUnlisted
        | Ties::ProjectUnlisted => false,
    };
    // Rules 2 to 5.
    let observed = case.analyzer.proves_silence() || case.recommender.proves_silence();
    // Rule 6: without a creation, a use or an event that names the unique id long ago bounds the age.
    let old = match case.age {
        Age::Exactly(days) | Age::NoLaterThan(days) if days >= 90 => true,
        Age::Exactly(_) | Age::NoLaterThan(_) | Age::Unknown => {
            case.analyzer == Analyzer::SeenLongAgo
                || case.recommender == Recommender::SeenLongAgo
                || case.log == ActivityLog::EnabledLongAgo
        }
    };
    if !readable || !observed || !old {
        return Verdict::Undecided;
    }
    // Rules 3, 6, 7 and 8.
    let sure = case.analyzer.proves_silence()
        && case.monitoring.is_silent()
        && case.log.proves_enabled()
        && case.ties != Ties::PoolOnTheProject
        && !case.has_iap;
    if sure {
        Verdict::Unused
    } else {
        Verdict::NotObserved
    }
}

fn world(case: Case) -> Facts {
    let mut inventory = estate()
        .project("acme-lab")
        .project("acme-prod")
        .account("etl");
    if case.disabled {
        inventory = inventory.disabled();
    }
    if let Age::NoLaterThan(days) = case.age {
        // A key that is gone idle with it: disabled, so that it is no use of its own.
        inventory = inventory.key(key().age_days(days).disabled());
    }
    let estate = inventory.build();
    let account = &estate.accounts[0];
    let of = Credential {
        account: account.facts.unique_id.clone(),
        key: None,
        project: account.facts.project.clone(),
    };
    let mut facts = Facts {
        projects: estate.projects.clone(),
        accounts: vec![account.facts.clone()],
        keys: account.keys.iter().map(|key| key.facts.clone()).collect(),
        ..Facts::default()
    };
    if let Age::Exactly(days) = case.age {
        facts.accounts[0].created = Some(days_ago(days));
    }
    case.analyzer.add(&mut facts, &of);
    case.monitoring.add(&mut facts, &of);
    case.recommender.add(&mut facts, &of);
    case.calls.add(&mut facts, &of);
    case.log.add(&mut facts, &of);
    let iap = case.has_iap.then(|| "iap.googleapis.com".to_owned());
    facts.services.push(EnabledServices {
        project: of.project.clone(),
        services: iap.into_iter().collect(),
    });
    facts
        .coverage
        .record(account.scope(), Dataset::Keys, Reading::Read);
    read_everywhere(&mut facts, account.scope());
    tie(case.ties, &mut facts, account.scope());
    facts
}

fn read_everywhere(facts: &mut Facts, account: Scope) {
    for project in &facts.projects {
        for dataset in [
            Dataset::Attachments,
            Dataset::References,
            Dataset::OtherCredentials,
        ] {
            let scope = Scope::Project(project.id.clone());
            facts.coverage.record(scope, dataset, Reading::Read);
        }
    }
    facts
        .coverage
        .record(account, Dataset::AccountPolicies, Reading::Read);
}

fn tie(ties: Ties, facts: &mut Facts, account: Scope) {
    let project = |id: &str| ProjectId::parse(id).expect("an id");
    let denied = Reading::Denied { permission: None };
    let unread = |facts: &mut Facts, id: &str, dataset, reading| {
        facts
            .coverage
            .record(Scope::Project(project(id)), dataset, reading);
    };
    let attached = |kind, id: &str, resource: &str, asset_type: &str| Attachment {
        resource: FullResourceName::parse(resource).expect("a name"),
        asset_type: asset_type.to_owned(),
        project: project(id),
        location: None,
        account: AttachedAccount::Email(Email::parse(EMAIL).expect("an address")),
        field: "serviceAccounts[]".to_owned(),
        kind,
        state: Some("TERMINATED".to_owned()),
        labels: BTreeMap::new(),
        owners: Vec::new(),
        created: Some(days_ago(700)),
    };
    let bound = |member: &str| {
        let Scope::Account(account) = &account else {
            panic!("the scope of an account");
        };
        Policy {
            on: PolicyNode::Account(account.clone()),
            bindings: vec![Binding {
                role: "roles/iam.workloadIdentityUser".to_owned(),
                members: vec![Member::parse(member)],
                condition: None,
            }],
            audit: Vec::new(),
        }
    };
    match ties {
        Ties::None => {}
        Ties::StoppedVm => facts.attachments.push(attached(
            AttachmentKind::Runtime,
            "acme-prod",
            "//compute.googleapis.com/projects/acme-prod/zones/z/instances/dr",
            "compute.googleapis.com/Instance",
        )),
        Ties::TriggerInAnotherProject => facts.attachments.push(attached(
            AttachmentKind::Trigger,
            "acme-lab",
            "//pubsub.googleapis.com/projects/acme-lab/subscriptions/push",
            "pubsub.googleapis.com/Subscription",
        )),
        Ties::Template => facts.attachments.push(attached(
            AttachmentKind::Template,
            "acme-prod",
            "//compute.googleapis.com/projects/acme-prod/global/instanceTemplates/t",
            "compute.googleapis.com/InstanceTemplate",
        )),
        Ties::HmacKey => facts.credentials.push(OtherCredential {
            account: Email::parse(EMAIL).expect("an address"),
            kind: CredentialKind::HmacKey,
            project: project("acme-lab"),
            id: KeyId::parse("GOOG1NEVERREAL").expect("an id"),
            state: CredentialState::Active,
            created: None,
        }),
        Ties::KubernetesAccount => facts.policies.push(bound(
            "serviceAccount:acme-prod.svc.id.goog[shop/api]",
        )),
        Ties::WholePool => facts.policies.push(bound(
            "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*",
        )),
        Ties::AttachmentsUnreadElsewhere => {
            unread(facts, "acme-lab", Dataset::Attachments, denied);
        }
        Ties::AttachmentsNotCoveredHere => {
            let what = "Batch job".to_owned();
            let reading = Reading::NotCovered { what };
            unread(facts, "acme-prod", Dataset::Attachments, reading);
        }
        Ties::ReferencesUnread => unread(facts, "acme-prod", Dataset::References, denied),
        Ties::CredentialsUnread => unread(facts, "acme-lab", Dataset::OtherCredentials, denied),
        Ties::PolicyUnread => {
            facts
                .coverage
                .record(account, Dataset::AccountPolicies, denied);
        }
        Ties::PolicyBehindByHours | Ties::PolicyBehindByDays => {
            let behind = if ties == Ties::PolicyBehindByHours { 2 } else { 7 };
            let as_of = days_ago(behind);
            let reading = Reading::Stale { as_of };
            facts
                .coverage
                .record(account, Dataset::AccountPolicies, reading);
        }
        Ties::FolderUnlisted => {
            let folder = Scope::Folder(FolderId::parse("77").expect("a number"));
            facts.coverage.record(folder, Dataset::Folders, denied);
        }
        Ties::ProjectUnlisted => unread(facts, "acme-dr", Dataset::Projects, denied),
        Ties::PoolOnTheProject => {
            let pool = bound(
                "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*",
            );
            facts.policies.push(Policy {
                on: PolicyNode::Project(project("acme-prod")),
                ..pool
            });
            facts.roles.push(Role {
                name: "roles/iam.workloadIdentityUser".to_owned(),
                title: String::new(),
                stage: "GA".to_owned(),
                deleted: false,
                permissions: vec!["iam.serviceAccounts.getAccessToken".to_owned()],
            });
        }
    }
}

#[test]
fn an_account_is_called_unused_only_where_the_domain_allows_it_and_there_always() {
    let settings = only("account-unused");
    let mut reached = BTreeMap::new();
    for case in cases() {
        let said = verdict(&settings, world(case));
        assert_eq!(said, oracle(case), "{case:?}");
        *reached.entry(said).or_insert(0) += 1;
    }
    // Every verdict is reached, and each more than once.
    assert!(reached.len() == 4 && reached.values().all(|count| *count > 50));
}

//! A plan that holds every kind of change, check, wait and sign at least once. No planner would make it: it is what the
//! renderers have to be able to say.

use chrono::{DateTime, TimeDelta, Utc};
use sa_audit::model::access::{AuditLogType, Condition, PolicyNode};
use sa_audit::model::attachment::AttachedAccount;
use sa_audit::model::finding::Fingerprint;
use sa_audit::model::message::Message;
use sa_audit::model::names::{
    Email, FolderId, FullResourceName, KeyId, Member, OrganizationId, ProjectId, UniqueId,
};
use sa_audit::model::plan::{
    Alert, AuditLogs, Becomes, ByHand, Change, Check, Claim, ClaimTest, Constraint, Denial,
    Federate, Holder, Identities, Kept, KeyRef, NewAccount, Plan, PlannedGrant, PlannedIssuer,
    PlannedPool, PlannedProvider, Platform, Proof, Reason, Stage, Step, Switch, SwitchHow, Value,
    Variable, Verification, Wait, WaitFor, WhyDenied,
};
use sa_audit::model::reference::{Reference, ReferenceKind};
use sa_audit::model::scope::AccountRef;

/// How a stranger's text is made from what it would honestly be.
pub(crate) type Text = fn(&str) -> String;

/// Honest names.
pub(crate) fn honest(text: &str) -> String {
    text.to_owned()
}

/// What an attacker would call things: the end of a string, a command, an expression, a line, a comment, in every language
/// that plans are written in.
pub(crate) const ATTACK: &str = "x'\"`$(touch owned)`${{ secrets.A }}${path.module}%{ if true }\n- pwned: 1\nrm -rf ~ #*/<img src=x>[l](http://e.example) \u{1b}[31m\u{202e}|,;^\\";

/// Hostile names.
pub(crate) fn hostile(text: &str) -> String {
    format!("{text}{ATTACK}")
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

pub(crate) fn project(text: &str) -> ProjectId {
    ProjectId::parse(text).expect("a project id")
}

pub(crate) fn email(text: &str) -> Email {
    Email::parse(&format!("{text}@acme-prod.iam.gserviceaccount.com")).expect("an address")
}

pub(crate) fn key(text: &str) -> KeyId {
    KeyId::parse(text).expect("a key id")
}

pub(crate) fn name(text: &str) -> FullResourceName {
    FullResourceName::parse(text).expect("a full resource name")
}

/// Returns the account that the plan is about.
pub(crate) fn account() -> AccountRef {
    AccountRef {
        project: project("acme-prod"),
        email: email("etl-runner"),
        unique_id: UniqueId::parse("104857600000000000001").expect("a unique id"),
    }
}

fn key_ref() -> KeyRef {
    KeyRef {
        account: account(),
        key: key("709c775c03a27a1de9a94f1c03a27a1de9a94f1c"),
    }
}

fn reason(rule: &'static str) -> Reason {
    Reason {
        rule,
        fingerprint: Fingerprint::of(&[rule]),
    }
}

/// Returns a step without anything beside its change.
pub(crate) fn step(stage: Stage, change: Change) -> Step {
    Step {
        stage,
        change,
        why: Message::from("four workloads run as ").account(&account().email),
        reasons: vec![reason("shared-account")],
        checks: Vec::new(),
        wait: None,
        verify: Vec::new(),
    }
}

pub(crate) fn grant(role: &str, on: PolicyNode) -> PlannedGrant {
    PlannedGrant {
        member: Holder::Member(Member::parse(&format!(
            "serviceAccount:{}",
            email("nightly")
        ))),
        role: role.to_owned(),
        on,
        condition: None,
        kept: None,
    }
}

pub(crate) fn resource(text: &str) -> PolicyNode {
    PolicyNode::Resource(name(text))
}

fn wait(at_least: TimeDelta, until: WaitFor) -> Option<Wait> {
    Some(Wait { at_least, until })
}

fn variable(name: &str) -> Value {
    Value::Variable(name.to_owned())
}

fn known(text: String) -> Value {
    Value::Known(text)
}

fn holder(t: Text) -> Holder {
    Holder::Federated {
        project_number: variable("project_number"),
        pool: t("github"),
        identities: Identities::Attribute {
            name: "repository_id".into(),
            value: variable("repository_id"),
        },
    }
}

/// Returns the plan.
pub(crate) fn plan(t: Text) -> Plan {
    let steps = [
        prepare(t),
        replace(t),
        switches(t),
        federate(t),
        narrow(t),
        retire(t),
        guard(t),
    ];
    Plan {
        account: account(),
        observed_at: at("2026-11-22T09:00:00Z"),
        reasons: vec![reason("key-old"), reason("shared-account")],
        steps: steps.into_iter().flatten().collect(),
        variables: vec![
            Variable {
                name: "project_number".into(),
                meaning: "the number of the project that has the pool: gcloud projects describe acme-prod \
                          --format='value(projectNumber)'",
                pattern: "^[0-9]+$",
            },
            Variable {
                name: "repository_id".into(),
                meaning: "the id of the repository: gh api repos/OWNER/NAME --jq .id",
                pattern: "^[0-9]+$",
            },
            Variable {
                name: "owner_id".into(),
                meaning: "the id of the repository's owner: gh api users/OWNER --jq .id",
                pattern: "^[0-9]+$",
            },
        ],
        notes: vec![
            Message::from("the policy of ")
                .project(&project("acme-prod"))
                .text(" was last written by ")
                .name(t("terraform")),
        ],
        proof: Proof {
            calls: 12_408,
            groups: 31,
            logged: ["bigquery", "iam", "storage"]
                .map(|name| t(&format!("{name}.googleapis.com")))
                .to_vec(),
            unlogged: ["compute", "dataflow", "logging", "pubsub"]
                .map(|name| t(&format!("{name}.googleapis.com")))
                .to_vec(),
            not_read: vec!["deny policies", "principal access boundaries"],
            ..Proof::default()
        },
    }
}

fn prepare(t: Text) -> Vec<Step> {
    let by_hand = |change| step(Stage::Prepare, Change::ByHand(change));
    vec![
        by_hand(ByHand::FindOwner(account())),
        by_hand(ByHand::FindCaller {
            key: key_ref(),
            again: at("2026-12-22T09:00:00Z"),
        }),
        step(
            Stage::Prepare,
            Change::EnableAuditLogs(AuditLogs {
                project: project("acme-prod"),
                service: t("storage.googleapis.com"),
                types: vec![AuditLogType::DataRead, AuditLogType::DataWrite],
            }),
        ),
    ]
}

fn replace(t: Text) -> Vec<Step> {
    let give = |grant| step(Stage::Replace, Change::Grant(grant));
    let kept = |role: &str, on, kept| PlannedGrant {
        kept: Some(kept),
        ..grant(role, on)
    };
    let new = Change::CreateAccount(NewAccount {
        project: project("acme-prod"),
        id: "nightly".into(),
        email: email("nightly"),
        workload: t("composer/nightly"),
        workload_name: t("nightly"),
    });
    let mut steps = vec![
        step(Stage::Replace, new),
        give(kept(
            &t("roles/bigquery.jobUser"),
            PolicyNode::Project(project("acme-prod")),
            Kept::Copied,
        )),
        give(PlannedGrant {
            condition: Some(Condition {
                title: t("until June"),
                expression: t("request.time < timestamp('2027-06-01T00:00:00Z')"),
            }),
            ..kept(
                "roles/storage.objectViewer",
                resource(&t("//storage.googleapis.com/acme-raw")),
                Kept::Conditional,
            )
        }),
        give(kept(
            "roles/logging.logWriter",
            PolicyNode::Folder(FolderId::parse("42").expect("a number")),
            Kept::Floor,
        )),
        give(kept(
            "organizations/7/roles/odd",
            PolicyNode::Organization(OrganizationId::parse("7").expect("a number")),
            Kept::UnknownRole,
        )),
        give(kept(
            "roles/bigquery.dataEditor",
            resource(&t(
                "//bigquery.googleapis.com/projects/acme-prod/datasets/mart",
            )),
            Kept::Unseen,
        )),
        give(grant(
            "roles/iam.serviceAccountTokenCreator",
            PolicyNode::Account(AccountRef {
                email: email("nightly"),
                ..account()
            }),
        )),
        // A type that no row knows, and one whose resource takes no condition.
        give(grant(
            "roles/newthing.user",
            resource(&t(
                "//newthing.googleapis.com/projects/acme-prod/things/one",
            )),
        )),
        give(PlannedGrant {
            condition: Some(Condition {
                title: "always".into(),
                expression: "true".into(),
            }),
            ..grant(
                "roles/pubsub.publisher",
                resource("//pubsub.googleapis.com/projects/acme-prod/topics/clicks"),
            )
        }),
    ];
    for step in &mut steps {
        if let Change::Grant(grant) = &step.change {
            step.verify.push(Verification::BindingStands(grant.clone()));
        }
    }
    steps
}

fn switches(t: Text) -> Vec<Step> {
    let of = |how, asset_type: &str, resource: String| {
        let change = Change::Switch(Switch {
            workload: t("run/backfill"),
            resource: name(&resource),
            asset_type: asset_type.to_owned(),
            location: Some("europe-west1".into()),
            from: email("etl-runner"),
            to: email("nightly"),
            how,
        });
        let mut step = step(Stage::Switch, change);
        step.verify = vec![
            Verification::ResourceNames {
                resource: name(&resource),
                account: email("nightly"),
            },
            Verification::AccountSeen(email("nightly")),
        ];
        step
    };
    let cluster =
        "//container.googleapis.com/projects/acme-prod/locations/europe-west1/clusters/main";
    let mut steps = vec![
        of(
            SwitchHow::Update,
            "run.googleapis.com/Job",
            t("//run.googleapis.com/projects/acme-prod/locations/europe-west1/jobs/backfill"),
        ),
        of(
            SwitchHow::StopAndStart,
            "compute.googleapis.com/Instance",
            t("//compute.googleapis.com/projects/acme-prod/zones/europe-west1-b/instances/cron-1"),
        ),
        of(
            SwitchHow::Recreate,
            "composer.googleapis.com/Environment",
            t(
                "//composer.googleapis.com/projects/acme-prod/locations/europe-west1/environments/nightly",
            ),
        ),
        of(
            SwitchHow::NextLaunch,
            "dataflow.googleapis.com/Job",
            t("//dataflow.googleapis.com/projects/acme-prod/locations/europe-west1/jobs/1"),
        ),
        of(
            SwitchHow::Annotate,
            "k8s.io/ServiceAccount",
            t(&format!(
                "{cluster}/k8s/namespaces/etl/serviceaccounts/runner"
            )),
        ),
        of(
            SwitchHow::ByHand,
            &t("newthing.googleapis.com/Thing"),
            t("//newthing.googleapis.com/projects/acme-prod/things/one"),
        ),
    ];
    steps[0].wait = wait(TimeDelta::minutes(10), WaitFor::Propagation);
    steps
}

fn federate(t: Text) -> Vec<Step> {
    let pool = PlannedPool {
        project: project("acme-prod"),
        id: t("github"),
    };
    let provider = |id: &str, issuer, condition| {
        Change::CreateProvider(PlannedProvider {
            project: project("acme-prod"),
            pool: t("github"),
            id: t(id),
            issuer,
            audiences: Vec::new(),
            mapping: vec![
                ("google.subject".into(), "assertion.sub".into()),
                (t("attribute.repository_id"), t("assertion.repository_id")),
            ],
            condition,
        })
    };
    let claim = |claim: &str, test, value| Claim {
        claim: claim.to_owned(),
        test,
        value,
    };
    let platform = |platform, becomes| {
        step(
            Stage::Switch,
            Change::Federate(Federate {
                workload: t("github/acme/etl"),
                platform,
                key: key_ref(),
                project_number: variable("project_number"),
                pool: t("github"),
                provider: t("actions"),
                becomes,
            }),
        )
    };
    let as_account = || Becomes::Account {
        email: email("etl-runner"),
        holder: holder(t),
        why: Message::from("buckets without uniform access take no federated identity: ")
            .name(t("acme-raw")),
    };
    let itself = || Becomes::Itself(holder(t));
    vec![
        step(Stage::Replace, Change::CreatePool(pool)),
        step(
            Stage::Replace,
            provider(
                "actions",
                PlannedIssuer::Oidc(known("https://token.actions.githubusercontent.com".into())),
                vec![
                    claim(
                        "assertion.repository_owner_id",
                        ClaimTest::Equals,
                        variable("owner_id"),
                    ),
                    claim(
                        "assertion.ref",
                        ClaimTest::StartsWith,
                        known(t("refs/heads/main")),
                    ),
                ],
            ),
        ),
        step(
            Stage::Replace,
            provider(
                "aws",
                PlannedIssuer::Aws(known("123456789012".into())),
                vec![claim(
                    "assertion.account",
                    ClaimTest::Equals,
                    known(t("123456789012")),
                )],
            ),
        ),
        step(
            Stage::Replace,
            Change::Grant(PlannedGrant {
                member: holder(t),
                ..grant(
                    "roles/iam.workloadIdentityUser",
                    PolicyNode::Account(account()),
                )
            }),
        ),
        step(
            Stage::Replace,
            Change::Grant(PlannedGrant {
                member: Holder::Federated {
                    project_number: known("693877075714".into()),
                    pool: "elsewhere".into(),
                    identities: Identities::Subject(known(t("repo:acme/etl"))),
                },
                ..grant(
                    "roles/secretmanager.secretAccessor",
                    resource("//secretmanager.googleapis.com/projects/acme-prod/secrets/token"),
                )
            }),
        ),
        platform(Platform::GitHubActions, as_account()),
        platform(Platform::GitLab, itself()),
        platform(Platform::HcpTerraform, as_account()),
        platform(Platform::Aws, itself()),
        platform(Platform::Azure, as_account()),
        platform(Platform::Kubernetes, itself()),
        step(
            Stage::Switch,
            Change::UsePersonalLogin {
                account: account(),
                key: key_ref().key,
                to: account().email,
            },
        ),
        step(
            Stage::Switch,
            Change::UseAttachedAccount {
                account: account(),
                key: key_ref().key,
                workload: t("gce/cron-1"),
                to: account().email,
            },
        ),
        Step {
            checks: vec![Check::FreeKeySlot(email("etl-runner"))],
            ..step(
                Stage::Switch,
                Change::RotateKey {
                    account: email("etl-runner"),
                    key: key_ref().key,
                },
            )
        },
        step(
            Stage::Switch,
            Change::ByHand(ByHand::Federate {
                key: key_ref(),
                platform: t("Jenkins"),
            }),
        ),
    ]
}

fn narrow(t: Text) -> Vec<Step> {
    let copied = PlannedGrant {
        kept: Some(Kept::Copied),
        ..grant(
            &t("roles/bigquery.jobUser"),
            PolicyNode::Project(project("acme-prod")),
        )
    };
    vec![
        Step {
            wait: wait(TimeDelta::days(30), WaitFor::Window),
            ..step(Stage::Narrow, Change::Revoke(copied))
        },
        step(
            Stage::Narrow,
            Change::Revoke(PlannedGrant {
                member: Holder::Member(Member::parse(&t(
                    "serviceAccount:old@acme-prod.iam.gserviceaccount.com",
                ))),
                ..grant("roles/editor", PolicyNode::Project(project("acme-prod")))
            }),
        ),
        step(
            Stage::Narrow,
            Change::ByHand(ByHand::ReplaceReference {
                reference: Reference {
                    kind: ReferenceKind::Address,
                    resource: name(&t(
                        "//compute.googleapis.com/projects/acme-prod/global/firewalls/etl",
                    )),
                    asset_type: "compute.googleapis.com/Firewall".into(),
                    project: Some(project("acme-prod")),
                    account: AttachedAccount::Email(email("etl-runner")),
                    field: t("sourceServiceAccounts[]"),
                },
                to: vec![email("cron-1"), email("nightly")],
            }),
        ),
        step(
            Stage::Narrow,
            Change::ByHand(ByHand::Other(
                Message::from("make the next version of ")
                    .name(t("template-1"))
                    .text(" name ")
                    .account(&email("nightly")),
            )),
        ),
    ]
}

fn retire(t: Text) -> Vec<Step> {
    let since = at("2026-11-22T09:00:00Z");
    let unused = |key| Check::NotUsedSince {
        account: account(),
        key,
        since,
    };
    let the_key = || Some(key_ref().key);
    vec![
        step(
            Stage::Disable,
            Change::CreateAlert(Alert {
                account: account(),
                key: the_key(),
            }),
        ),
        step(
            Stage::Disable,
            Change::CreateAlert(Alert {
                account: account(),
                key: None,
            }),
        ),
        Step {
            checks: vec![unused(the_key())],
            verify: vec![Verification::KeySilent(key_ref())],
            ..step(Stage::Disable, Change::DisableKey(key_ref()))
        },
        Step {
            checks: vec![
                unused(None),
                Check::Switched(vec![t("composer/nightly"), t("run/backfill")]),
            ],
            wait: wait(TimeDelta::hours(12), WaitFor::Tokens),
            verify: vec![Verification::AccountSilent(account())],
            ..step(Stage::Disable, Change::DisableAccount(account()))
        },
        step(Stage::Disable, Change::EnableKey(key_ref())),
        step(Stage::Disable, Change::EnableAccount(account())),
        step(Stage::Disable, Change::UndeleteAccount(account())),
        Step {
            checks: vec![
                Check::Disabled {
                    account: account(),
                    key: the_key(),
                },
                unused(the_key()),
            ],
            wait: wait(TimeDelta::days(30), WaitFor::BusinessCycle),
            ..step(Stage::Delete, Change::DeleteKey(key_ref()))
        },
        Step {
            checks: vec![
                Check::Disabled {
                    account: account(),
                    key: None,
                },
                unused(None),
                Check::NoDomainWideDelegation(account()),
                Check::NoReferences(account()),
                Check::NoDisks(account()),
            ],
            wait: wait(TimeDelta::days(90), WaitFor::Quiet),
            ..step(Stage::Delete, Change::DeleteAccount(account()))
        },
    ]
}

fn guard(t: Text) -> Vec<Step> {
    let enforce = |on| {
        Change::EnforceConstraint(Constraint {
            constraint: t("iam.disableServiceAccountKeyCreation"),
            on,
        })
    };
    vec![
        Step {
            wait: wait(TimeDelta::days(31), WaitFor::Undelete),
            ..step(
                Stage::Guard,
                enforce(PolicyNode::Project(project("acme-prod"))),
            )
        },
        step(Stage::Guard, enforce(PolicyNode::Account(account()))),
    ]
}

/// Returns the plan with a proof that fails.
pub(crate) fn failed(t: Text) -> Plan {
    let plan = plan(t);
    Plan {
        proof: Proof {
            denied: vec![denial(t, Some(24))],
            worse: vec![reason("account-privileged")],
            unanswered: vec![reason("key-old")],
            ..plan.proof.clone()
        },
        ..plan
    }
}

/// Returns the plan for an account whose access is not understood.
pub(crate) fn blind(t: Text) -> Plan {
    let plan = plan(t);
    Plan {
        proof: Proof {
            blind: vec![denial(t, None)],
            ..plan.proof.clone()
        },
        ..plan
    }
}

fn denial(t: Text, after: Option<usize>) -> Denial {
    Denial {
        after,
        workload: t("run/backfill"),
        identity: t("serviceAccount:nightly@acme-prod.iam.gserviceaccount.com"),
        permission: t("bigquery.tables.getData"),
        resource: t("//bigquery.googleapis.com/projects/acme-prod/datasets/mart"),
        count: 412,
        why: WhyDenied::NotGranted,
    }
}

/// What makes a plan of names.
type Make = fn(Text) -> Plan;

/// Every plan of the sample, with what it is called.
pub(crate) fn all() -> Vec<(&'static str, Plan)> {
    let kinds: [(&'static str, Make); 3] =
        [("proved", plan), ("not ready", failed), ("blind", blind)];
    let mut plans = Vec::new();
    for (name, make) in kinds {
        plans.push((name, make(honest)));
        plans.push((name, make(hostile)));
    }
    plans
}

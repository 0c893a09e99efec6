//! Plans that take keys away: who signs in by them, and what they sign in by afterwards.

use sa_audit::model::access::PolicyNode;
use sa_audit::model::estate::Estate;
use sa_audit::model::federation::FederationState;
use sa_audit::model::key::ExtendedStatusKind;
use sa_audit::model::message::Message;
use sa_audit::model::names::{KeyId, Member};
use sa_audit::model::place::PlaceKind;
use sa_audit::model::plan::{
    Becomes, ByHand, Change, Check, Federate, Holder, Identities, KeyRef, PlannedGrant,
    PlannedIssuer, PlannedPool, PlannedProvider, Platform, Readiness, Step, Value,
};
use sa_audit::model::rule::Confidence;
use sa_audit::model::usage::{LastUse, UsageSource};
use sa_audit::model::workload::{Workload, WorkloadKind, WorkloadPart};

use crate::support::callers::call;
use crate::support::estate::{days_ago, key};
use crate::world::*;

const CI: &str = "key/4f1c/GitHub Actions";
const IDENTITY_USER: &str = "roles/iam.workloadIdentityUser";

/// Returns `acme-prod` where GitHub Actions call as `app`, with the key `4f1c`.
fn pipeline() -> Estate {
    let by_github = call(APP)
        .key("4f1c")
        .at(PlaceKind::Ci, "GitHub Actions", Confidence::Medium);
    let mut estate = acme()
        .key(key().id("4f1c").caller(by_github))
        .project_grant(VIEWER, &member("app"))
        .build();
    app(&mut estate).workloads = vec![caller(CI)];
    app(&mut estate).exercised = vec![used("storage.objects.get", LAKE, &[CI])];
    estate
}

fn caller(id: &str) -> Workload {
    workload(id, WorkloadKind::KeyCaller, Vec::new())
}

fn key_of(estate: &Estate, id: &str) -> KeyRef {
    KeyRef {
        account: estate.accounts[0].reference(),
        key: KeyId::parse(id).expect("a key id"),
    }
}

fn disable_key(estate: &Estate, id: &str) -> Step {
    after(60, step(Change::DisableKey(key_of(estate, id))))
}

fn holder() -> Holder {
    Holder::Federated {
        project_number: Value::Variable("pool_project_number".to_owned()),
        pool: "github".to_owned(),
        identities: Identities::Attribute {
            name: "repository_id".to_owned(),
            value: Value::Variable("repository_id".to_owned()),
        },
    }
}

fn give(holder: Holder, role: &str, on: PolicyNode) -> Step {
    step(Change::Grant(PlannedGrant {
        member: holder,
        role: role.to_owned(),
        on,
        condition: None,
        kept: None,
    }))
}

fn provider() -> [Step; 2] {
    let project = new("x", "x").project;
    [
        step(Change::CreatePool(PlannedPool {
            project: project.clone(),
            id: "github".to_owned(),
        })),
        step(Change::CreateProvider(PlannedProvider {
            project,
            pool: "github".to_owned(),
            id: "actions".to_owned(),
            issuer: PlannedIssuer::Oidc(Value::Known(
                "https://token.actions.githubusercontent.com".to_owned(),
            )),
            audiences: Vec::new(),
            mapping: vec![("google.subject".to_owned(), "assertion.sub".to_owned())],
            condition: Vec::new(),
        })),
    ]
}

fn federate(estate: &Estate, becomes: Becomes) -> Step {
    after(
        10,
        step(Change::Federate(Federate {
            workload: CI.to_owned(),
            platform: Platform::GitHubActions,
            key: key_of(estate, "4f1c"),
            project_number: Value::Variable("pool_project_number".to_owned()),
            pool: "github".to_owned(),
            provider: "actions".to_owned(),
            becomes,
        })),
    )
}

fn by_impersonation(estate: &Estate) -> Vec<Step> {
    let [pool, provider] = provider();
    vec![
        pool,
        provider,
        give(
            holder(),
            IDENTITY_USER,
            PolicyNode::Account(estate.accounts[0].reference()),
        ),
        federate(
            estate,
            Becomes::Account {
                email: address("app"),
                holder: holder(),
                why: Message::default(),
            },
        ),
        disable_key(estate, "4f1c"),
    ]
}

fn directly(estate: &Estate) -> Vec<Step> {
    let [pool, provider] = provider();
    vec![
        pool,
        provider,
        give(holder(), VIEWER, on_project()),
        federate(estate, Becomes::Itself(holder())),
        disable_key(estate, "4f1c"),
    ]
}

fn without(mut steps: Vec<Step>, nth: usize) -> Vec<Step> {
    steps.remove(nth);
    steps
}

#[test]
fn a_caller_that_is_federated_needs_no_key() {
    let estate = pipeline();
    for steps in [by_impersonation(&estate), directly(&estate)] {
        let proof = prove(&estate, &steps);
        assert_eq!(told(&proof.denied), Vec::<String>::new());
        assert_eq!((proof.calls, proof.blind), (7, Vec::new()));
    }
}

#[test]
fn without_its_binding_its_provider_or_the_step_itself_it_is_locked_out() {
    let estate = pipeline();
    let (impersonation, direct) = (by_impersonation(&estate), directly(&estate));
    let broken = [
        (
            "no binding on the account",
            without(impersonation.clone(), 2),
        ),
        ("no role of its own", without(direct.clone(), 2)),
        ("no provider", without(direct.clone(), 1)),
        ("not federated", without(direct, 3)),
        ("the account off", {
            let mut steps = impersonation;
            steps.push(disable(&estate));
            steps
        }),
    ];
    let denied = broken.map(|(what, steps)| (what, told(&prove(&estate, &steps).denied)));
    insta::assert_debug_snapshot!(denied, @r#"
    [
        (
            "no binding on the account",
            [
                "step 2: key/4f1c/GitHub Actions as app: storage.objects.get on projects/_/buckets/lake: not granted",
            ],
        ),
        (
            "no role of its own",
            [
                "step 2: key/4f1c/GitHub Actions as principalSet://iam.googleapis.com/projects/pool_project_number/locations/global/workloadIdentityPools/github/attribute.repository_id/repository_id: storage.objects.get on projects/_/buckets/lake: not granted",
            ],
        ),
        (
            "no provider",
            [
                "step 2: key/4f1c/GitHub Actions as : storage.objects.get on projects/_/buckets/lake: no identity",
            ],
        ),
        (
            "not federated",
            [
                "step 3: key/4f1c/GitHub Actions as app: storage.objects.get on projects/_/buckets/lake: no identity",
            ],
        ),
        (
            "the account off",
            [
                "step 5: key/4f1c/GitHub Actions as app: storage.objects.get on projects/_/buckets/lake: no identity",
            ],
        ),
    ]
    "#);
}

#[test]
fn who_is_federated_is_everybody_and_no_authenticated_user() {
    let proof = |set: &str| {
        let mut estate = pipeline();
        bind(&mut estate, on_project(), VIEWER, &[set]);
        told(&prove(&estate, &without(directly(&estate), 2)).denied).len()
    };
    assert_eq!(proof("allUsers"), 0);
    assert_eq!(proof("allAuthenticatedUsers"), 1);
}

#[test]
fn a_key_that_is_seen_and_nobody_is_known_behind_it_stays() {
    let seen = |days: i64| {
        let mut estate = acme()
            .key(key().id("4f1c"))
            .project_grant(VIEWER, &member("app"))
            .build();
        app(&mut estate).keys[0].last_use = LastUse::Seen {
            at: days_ago(days),
            latest: days_ago(days),
            source: UsageSource::PolicyAnalyzer,
            weak: false,
            windows: Vec::new(),
        };
        let disable = disable_key(&estate, "4f1c");
        told(&prove(&estate, &[disable]).denied)
    };
    assert_eq!(seen(3), ["step 0:  as app:  on : no identity"]);
    assert_eq!(seen(40), Vec::<String>::new());
}

#[test]
fn a_key_used_from_two_places_goes_when_both_have_left_it() {
    const LAPTOP: &str = "key/4f1c/workstation (macOS)";
    let mut estate = pipeline();
    app(&mut estate).workloads.push(caller(LAPTOP));
    let exercised = used("storage.objects.list", LAKE, &[LAPTOP]);
    app(&mut estate).exercised.push(exercised);
    let login = step(Change::UsePersonalLogin {
        account: estate.accounts[0].reference(),
        key: key_of(&estate, "4f1c").key,
        to: address("app"),
    });
    let one_left = prove(&estate, &by_impersonation(&estate));
    assert_eq!(
        told(&one_left.denied),
        [format!(
            "step 4: {LAPTOP} as app: storage.objects.list on {LAKE}: no identity"
        )]
    );
    let mut both = by_impersonation(&estate);
    both.insert(0, login.clone());
    assert_eq!(told(&prove(&estate, &both).denied), Vec::<String>::new());
    // A person's login takes no pipeline along.
    let only_people = [login, disable_key(&estate, "4f1c")];
    assert_eq!(
        told(&prove(&estate, &only_people).denied),
        [format!(
            "step 1: {CI} as app: storage.objects.get on {LAKE}: no identity"
        )]
    );
}

#[test]
fn other_ways_to_be_without_a_key() {
    let estate = pipeline();
    let key = || key_of(&estate, "4f1c").key;
    let attach = step(Change::UseAttachedAccount {
        account: estate.accounts[0].reference(),
        key: key(),
        workload: CI.to_owned(),
        to: address("app"),
    });
    let rotate = step(Change::RotateKey {
        account: address("app"),
        key: key(),
    });
    let by_hand = step(Change::ByHand(ByHand::Federate {
        key: key_of(&estate, "4f1c"),
        platform: "Jenkins".to_owned(),
    }));
    let proofs = [attach, rotate, by_hand].map(|way| {
        let proof = prove(&estate, &[way, disable_key(&estate, "4f1c")]);
        (told(&proof.denied), told(&proof.blind), proof.readiness())
    });
    let none = Vec::<String>::new;
    let blind = format!("step 0: {CI} as : storage.objects.get on {LAKE}: by hand");
    assert_eq!(
        proofs,
        [
            (none(), none(), Readiness::Proved),
            (none(), none(), Readiness::Proved),
            (none(), vec![blind], Readiness::Manual),
        ]
    );
}

#[test]
fn a_rotated_key_is_used_by_nobody_and_its_successor_is() {
    let mut estate = acme()
        .key(
            key()
                .id("01d")
                .caller(call(APP).key("01d").between(60, 40).at(
                    PlaceKind::Ci,
                    "GitHub Actions",
                    Confidence::Medium,
                )),
        )
        .key(
            key()
                .id("2e5")
                .caller(call(APP).key("2e5").between(39, 1).at(
                    PlaceKind::Ci,
                    "GitHub Actions",
                    Confidence::Medium,
                )),
        )
        .project_grant(VIEWER, &member("app"))
        .build();
    let mut rotated = caller("key/01d/GitHub Actions");
    rotated.evidence = ["key 01d from GitHub Actions", "key 2e5 from GitHub Actions"]
        .map(|text| sa_audit::model::workload::WorkloadEvidence {
            resource: sa_audit::model::workload::EvidenceOf::Calls(text.to_owned()),
            field: "serviceAccountKeyName".to_owned(),
            state: None,
        })
        .to_vec();
    app(&mut estate).workloads = vec![rotated];
    let denied = |id: &str| told(&prove(&estate, &[disable_key(&estate, id)]).denied).len();
    assert_eq!((denied("01d"), denied("2e5")), (0, 1));
}

/// A Kubernetes service account signs in by a binding on the account: with another account, by one on that.
#[test]
fn who_takes_the_accounts_tokens_needs_a_binding_on_the_account_that_it_moves_to() {
    const PODS: &str = "serviceAccount:acme-prod.svc.id.goog[shop/api]";
    let mut estate = acme()
        .account_grant(IDENTITY_USER, PODS)
        .project_grant(VIEWER, &member("app"))
        .build();
    app(&mut estate).workloads = vec![
        workload(
            "pods",
            WorkloadKind::GkeWorkloadIdentity,
            vec![WorkloadPart::Member(Member::parse(PODS))],
        ),
        service("web"),
    ];
    app(&mut estate).exercised = vec![used("storage.objects.get", LAKE, &["pods"])];
    let as_principal = Member::parse(
        "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/acme-prod.svc.id.goog/subject/ns/shop/sa/api",
    );
    let steps = vec![
        create("pods-app", "pods"),
        grant(&member("pods-app"), VIEWER),
        give(
            Holder::Member(as_principal),
            IDENTITY_USER,
            new("pods-app", "pods").node(),
        ),
        after(10, switch("pods", "pods-app")),
    ];
    assert_eq!(told(&prove(&estate, &steps).denied), Vec::<String>::new());
    assert_eq!(
        told(&prove(&estate, &without(steps, 2)).denied),
        [format!(
            "step 2: pods as pods-app: storage.objects.get on {LAKE}: not granted"
        )]
    );
    let own = PolicyNode::Account(estate.accounts[0].reference());
    let early = step(Change::Revoke(role(PODS, IDENTITY_USER, own)));
    assert_eq!(
        told(&prove(&estate, &[early]).denied),
        [format!(
            "step 0: pods as app: storage.objects.get on {LAKE}: not granted"
        )]
    );
}

/// An annotation in a cluster is set by hand: the account is switched off only once somebody has seen to it.
#[test]
fn who_is_moved_by_hand_has_moved_where_a_step_waits_for_it() {
    const PODS: &str = "serviceAccount:acme-prod.svc.id.goog[shop/api]";
    let mut estate = acme()
        .account_grant(IDENTITY_USER, PODS)
        .project_grant(VIEWER, &member("app"))
        .build();
    let part = WorkloadPart::Member(Member::parse(PODS));
    app(&mut estate).workloads = vec![
        workload("pods", WorkloadKind::GkeWorkloadIdentity, vec![part]),
        service("web"),
    ];
    app(&mut estate).exercised = vec![used("storage.objects.get", LAKE, &["pods"])];
    let checked = |step: Step| Step {
        checks: vec![Check::Switched(vec!["pods".to_owned(), "web".to_owned()])],
        ..step
    };
    let steps = vec![
        create("pods-app", "pods"),
        create("web-app", "web"),
        grant(&member("pods-app"), VIEWER),
        give(
            Holder::Member(Member::parse(PODS)),
            IDENTITY_USER,
            new("pods-app", "pods").node(),
        ),
        after(10, switch("web", "web-app")),
        after(60, checked(disable(&estate))),
    ];
    assert_eq!(told(&prove(&estate, &steps).denied), Vec::<String>::new());
    let lake = format!("storage.objects.get on {LAKE}");
    let mut unchecked = steps.clone();
    unchecked[5].checks.clear();
    assert_eq!(
        told(&prove(&estate, &unchecked).denied),
        [format!("step 5: pods as app: {lake}: no identity")]
    );
    assert_eq!(
        told(&prove(&estate, &without(steps.clone(), 3)).denied),
        [format!("step 4: pods as pods-app: {lake}: not granted")]
    );
    // What a step could have switched is not believed to be.
    assert_eq!(
        told(&prove(&estate, &without(steps, 4)).denied),
        ["step 4: web as app:  on : no identity"]
    );
}

#[test]
fn what_is_off_already_no_plan_takes_away() {
    let mut estate = pipeline();
    app(&mut estate).facts.disabled = true;
    let steps = [disable_key(&estate, "4f1c"), delete(&estate)];
    let proof = prove(&estate, &steps);
    assert_eq!((told(&proof.denied), proof.calls), (Vec::new(), 7));
}

/// What the user calls one workload is a service and a pipeline: the pipeline leaves its key, the service stays.
#[test]
fn a_grouped_workload_leaves_its_key_and_not_its_account() {
    let mut estate = pipeline();
    let service = workload(CI, WorkloadKind::Grouped, vec![part("web", "europe-west1")]);
    app(&mut estate).workloads = vec![service];
    app(&mut estate).keys[0].last_use = LastUse::Seen {
        at: days_ago(3),
        latest: days_ago(3),
        source: UsageSource::Logs,
        weak: false,
        windows: Vec::new(),
    };
    let mut steps = directly(&estate);
    assert_eq!(told(&prove(&estate, &steps).denied), Vec::<String>::new());
    steps.push(disable(&estate));
    assert_eq!(
        told(&prove(&estate, &steps).denied),
        [format!(
            "step 5: {CI} as app: storage.objects.get on {LAKE}: no identity"
        )]
    );
}

#[test]
fn an_existing_provider_serves_if_it_is_active() {
    let with = |state: FederationState| {
        let mut estate = pipeline();
        let project = estate.projects[0].id.clone();
        estate.pools = vec![sa_audit::model::federation::Pool {
            project,
            id: "github".to_owned(),
            display_name: String::new(),
            state: FederationState::Active,
            providers: vec![sa_audit::model::federation::Provider {
                id: "actions".to_owned(),
                display_name: String::new(),
                state,
                issuer: sa_audit::model::federation::Issuer::Unknown,
                mapping: std::collections::BTreeMap::new(),
                condition: String::new(),
            }],
        }];
        let steps = directly(&estate).split_off(2);
        told(&prove(&estate, &steps).denied).len()
    };
    assert_eq!(with(FederationState::Active), 0);
    assert_eq!(with(FederationState::Disabled), 1);
}

/// Strangers hold the key: who uses it is denied on purpose, and that is for people to weigh, not a mistake of the plan's.
#[test]
fn a_key_that_strangers_hold_is_switched_off_on_purpose() {
    let exposed = |is_exposed: bool| {
        let held = key().id("4f1c").seen_days_ago(2);
        let held = if is_exposed {
            held.status(ExtendedStatusKind::Exposed, "https://example.com/key.json")
        } else {
            held
        };
        let estate = acme().key(held).build();
        let proof = prove(&estate, &[disable_key(&estate, "4f1c")]);
        (proof.readiness(), told(&proof.blind), told(&proof.denied))
    };
    let denied = vec!["step 0:  as app:  on : no identity".to_owned()];
    assert_eq!(
        exposed(true),
        (Readiness::Manual, denied.clone(), Vec::new())
    );
    assert_eq!(exposed(false), (Readiness::Failed, Vec::new(), denied));
}

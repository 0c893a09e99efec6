//! Plans that hold, and the same plans with one thing wrong.

use sa_audit::model::plan::{Change, Readiness, Step};

use crate::world::*;

#[test]
fn a_plan_that_gives_before_it_switches_and_switches_before_it_disables_is_proved() {
    let estate = shared();
    let proof = prove(&estate, &split(&estate));
    assert_eq!((proof.calls, proof.groups), (14, 3));
    assert_eq!(told(&proof.denied), Vec::<String>::new());
    assert_eq!((proof.blind, proof.worse), (Vec::new(), Vec::new()));
    assert_eq!(
        prove(&estate, &[]).readiness(),
        Readiness::Proved,
        "a plan without steps denies nothing"
    );
}

#[test]
fn without_any_one_of_its_bindings_a_call_is_denied() {
    let estate = shared();
    let steps = split(&estate);
    let without = |nth: usize| {
        let mut steps = steps.clone();
        steps.remove(nth);
        let proof = prove(&estate, &steps);
        assert_eq!(proof.readiness(), Readiness::Failed);
        told(&proof.denied)
    };
    let grants = steps.iter().enumerate();
    let grants = grants.filter(|(_, step)| matches!(step.change, Change::Grant(_)));
    let denied: Vec<Vec<String>> = grants.map(|(nth, _)| without(nth)).collect();
    insta::assert_debug_snapshot!(denied, @r#"
    [
        [
            "step 4: web as web-app: storage.objects.get on projects/_/buckets/lake: not granted",
        ],
        [
            "step 5: worker as worker-app: storage.objects.get on projects/_/buckets/lake: not granted",
        ],
        [
            "step 5: worker as worker-app: pubsub.topics.publish on projects/acme-prod/topics/clicks: not granted",
        ],
    ]
    "#);
}

#[test]
fn bindings_hold_ten_minutes_after_they_were_given_and_not_before() {
    let estate = shared();
    let mut hasty = split(&estate);
    hasty[5] = after(9, switch("web", "web-app"));
    let mut late = split(&estate);
    let grant = late.remove(2);
    late.insert(6, grant);
    let mut never_made = split(&estate);
    never_made.remove(0);
    let mut made_last = split(&estate);
    let create = made_last.remove(0);
    made_last.insert(5, create);
    let denied =
        [hasty, late, never_made, made_last].map(|steps| told(&prove(&estate, &steps).denied));
    insta::assert_debug_snapshot!(denied, @r#"
    [
        [
            "step 5: web as web-app: storage.objects.get on projects/_/buckets/lake: not propagated",
            "step 6: worker as worker-app: pubsub.topics.publish on projects/acme-prod/topics/clicks: not propagated",
            "step 6: worker as worker-app: storage.objects.get on projects/_/buckets/lake: not propagated",
        ],
        [
            "step 4: web as web-app: storage.objects.get on projects/_/buckets/lake: not granted",
        ],
        [
            "step 4: web as web-app: storage.objects.get on projects/_/buckets/lake: no identity",
        ],
        [
            "step 4: web as web-app: storage.objects.get on projects/_/buckets/lake: no identity",
        ],
    ]
    "#);
}

#[test]
fn the_old_account_keeps_everything_until_the_last_workload_has_left_it() {
    let estate = shared();
    let swap = |a: usize, b: usize| {
        let mut steps = split(&estate);
        steps.swap(a, b);
        steps
    };
    let early = |step: Step| {
        let mut steps = split(&estate);
        steps.insert(6, step);
        steps
    };
    let plans = [
        swap(6, 7),
        early(revoke(&member("app"), PUBLISHER)),
        early(delete(&estate)),
        // Behind the last switch nothing of the old account is needed.
        {
            let mut steps = split(&estate);
            steps.insert(7, revoke(&member("app"), PUBLISHER));
            steps
        },
    ];
    let denied = plans.map(|steps| told(&prove(&estate, &steps).denied));
    insta::assert_debug_snapshot!(denied, @r#"
    [
        [
            "step 6: worker as app: pubsub.topics.publish on projects/acme-prod/topics/clicks: no identity",
            "step 6: worker as app: storage.objects.get on projects/_/buckets/lake: no identity",
        ],
        [
            "step 6: worker as app: pubsub.topics.publish on projects/acme-prod/topics/clicks: not granted",
        ],
        [
            "step 6: worker as app: pubsub.topics.publish on projects/acme-prod/topics/clicks: no identity",
            "step 6: worker as app: storage.objects.get on projects/_/buckets/lake: no identity",
        ],
        [],
    ]
    "#);
}

#[test]
fn a_service_has_left_its_account_when_it_has_in_every_region() {
    let mut estate = shared();
    app(&mut estate).workloads[0].parts =
        vec![part("web", "europe-west1"), part("web", "us-east1")];
    let one_region = prove(&estate, &split(&estate));
    let mut steps = split(&estate);
    steps.insert(6, switch_in("web", "us-east1", "web-app"));
    let both = prove(&estate, &steps);
    assert_eq!(
        told(&one_region.denied),
        ["step 7: web as app: storage.objects.get on projects/_/buckets/lake: no identity"]
    );
    assert_eq!(told(&both.denied), Vec::<String>::new());
}

#[test]
fn a_workload_without_logged_calls_still_needs_its_account() {
    let mut estate = shared();
    app(&mut estate).workloads.push(service("silent"));
    let proof = prove(&estate, &split(&estate));
    assert_eq!(
        told(&proof.denied),
        ["step 7: silent as app:  on : no identity"]
    );
}

#[test]
fn an_account_that_is_seen_has_somebody_behind_it_and_one_that_is_not_has_nobody() {
    let used_long_ago = {
        let mut used = used("storage.objects.get", LAKE, &[]);
        used.last = crate::support::estate::days_ago(200);
        used
    };
    let denied = |in_use: bool, exercised: Vec<_>| {
        let builder = acme().project_grant(VIEWER, &member("app"));
        let builder = if in_use { builder.in_use() } else { builder };
        let mut estate = builder.build();
        app(&mut estate).exercised = exercised;
        told(&prove(&estate, &[disable(&estate)]).denied)
    };
    assert_eq!(denied(false, Vec::new()), Vec::<String>::new());
    assert_eq!(denied(false, vec![used_long_ago]), Vec::<String>::new());
    assert_eq!(
        denied(true, Vec::new()),
        ["step 0:  as app:  on : no identity"]
    );
    assert_eq!(
        denied(false, vec![used("storage.objects.get", LAKE, &[])]),
        ["step 0:  as app: storage.objects.get on projects/_/buckets/lake: no identity"]
    );
}

#[test]
fn what_others_do_with_the_account_holds_for_as_long_as_it_is_used() {
    let mut estate = acme()
        .project_grant(VIEWER, &member("app"))
        .account_grant("roles/iam.serviceAccountUser", &member("deploy"))
        .account("deploy")
        .build();
    let target = format!(
        "projects/-/serviceAccounts/{}",
        estate.accounts[0].facts.unique_id
    );
    estate.accounts[1].exercised = vec![used("iam.serviceAccounts.actAs", &target, &[])];
    app(&mut estate).workloads = vec![service("web")];
    let on = PolicyNode::Account(estate.accounts[0].reference());
    let take = step(Change::Revoke(role(
        &member("deploy"),
        "roles/iam.serviceAccountUser",
        on,
    )));
    let steps = [
        create("web-app", "web"),
        after(10, switch("web", "web-app")),
        take.clone(),
    ];
    assert_eq!(told(&prove(&estate, &steps).denied), Vec::<String>::new());
    let early = told(&prove(&estate, &[take]).denied);
    assert_eq!(
        early,
        [format!(
            "step 0:  as deploy: iam.serviceAccounts.actAs on {target}: not granted"
        )]
    );
}

use sa_audit::model::access::PolicyNode;

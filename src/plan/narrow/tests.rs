use std::collections::BTreeSet;

use crate::model::access::{AuditConfig, AuditLogType, PolicyNode};
use crate::model::call::{AddressClass, Caller, LogWindow, Principal};
use crate::model::estate::Estate;
use crate::model::names::Member;
use crate::model::place::{Attribution, Place, PlacedCaller};
use crate::model::plan::PlannedGrant;
use crate::model::usage::{Period, PolicyInsight, UsageSource};
use crate::plan::testing::{
    asked, attached, days_ago, drawn, email, estate, on_project, on_resource, policy, project,
    role, shared, used,
};

const OWN: &str = "serviceAccount:etl@acme.iam.gserviceaccount.com";
const FEED: &str = "run.googleapis.com/Service/acme/catalog-feed";
const SYNC: &str = "run.googleapis.com/Service/acme/order-sync";

/// An account that two services run as, with a broad role of Cloud Storage, one of `BigQuery` and the writer of logs.
fn world() -> Estate {
    let mut world = estate();
    let roles = [
        role(
            "roles/storage.admin",
            &[
                "storage.buckets.delete",
                "storage.buckets.get",
                "storage.objects.create",
                "storage.objects.delete",
                "storage.objects.get",
                "storage.objects.list",
            ],
        ),
        role(
            "roles/storage.objectViewer",
            &["storage.objects.get", "storage.objects.list"],
        ),
        role("roles/storage.objectCreator", &["storage.objects.create"]),
        role(
            "roles/storage.objectAdmin",
            &[
                "storage.objects.create",
                "storage.objects.delete",
                "storage.objects.get",
                "storage.objects.list",
            ],
        ),
        role(
            "roles/bigquery.dataViewer",
            &[
                "bigquery.datasets.get",
                "bigquery.tables.get",
                "bigquery.tables.getData",
            ],
        ),
        role("roles/logging.logWriter", &["logging.logEntries.create"]),
        role("roles/pubsub.publisher", &["pubsub.topics.publish"]),
        role(
            "roles/editor",
            &[
                "logging.logEntries.create",
                "pubsub.topics.publish",
                "storage.buckets.delete",
                "storage.objects.create",
                "storage.objects.get",
                "storage.objects.list",
            ],
        ),
    ];
    world.roles = roles
        .into_iter()
        .map(|role| (role.name.clone(), role))
        .collect();
    world.policies = vec![policy(
        on_project("acme"),
        &[
            ("roles/storage.admin", OWN),
            ("roles/bigquery.dataViewer", OWN),
            ("roles/logging.logWriter", OWN),
        ],
    )];
    world.accounts = vec![shared(
        "etl",
        "101",
        vec![
            attached("catalog-feed", "run.googleapis.com/Service"),
            attached("order-sync", "run.googleapis.com/Service"),
        ],
    )];
    world
}

/// Every service of `acme` is logged, was logged a month ago, and the logs of 40 days were read.
fn logged(mut world: Estate) -> Estate {
    world.policies[0].audit = vec![AuditConfig {
        service: "allServices".to_owned(),
        log_types: vec![
            AuditLogType::AdminRead,
            AuditLogType::DataRead,
            AuditLogType::DataWrite,
        ],
        exempted: Vec::new(),
    }];
    let period = Period {
        from: days_ago(40),
        to: days_ago(0),
    };
    world.log_windows = vec![LogWindow {
        source: UsageSource::Logging,
        project: Some(project("acme")),
        period,
        entries: 9,
    }];
    let mut reader = shared("reader", "102", Vec::new());
    reader.exercised = vec![used(
        "storage.objects.get",
        "projects/_/buckets/raw",
        Attribution::AnyOf(Vec::new()),
    )];
    reader.callers = vec![PlacedCaller {
        call: Caller {
            source: UsageSource::Logging,
            principal: Principal::Account(email("reader")),
            key: None,
            delegate: None,
            target: None,
            user_agent: String::new(),
            address: AddressClass::Private,
            addresses: Vec::new(),
            more_addresses: false,
            network: None,
            service: "storage.googleapis.com".to_owned(),
            project: Some(project("acme")),
            seen: period,
            count: 40,
        },
        place: Place::unknown(),
    }];
    world.accounts.push(reader);
    world
}

fn exact(workload: &str) -> Attribution {
    Attribution::Exact(workload.to_owned())
}

fn either() -> Attribution {
    Attribution::AnyOf(vec![FEED.to_owned(), SYNC.to_owned()])
}

#[test]
fn without_logs_everything_is_kept() {
    let mut world = world();
    world.accounts[0].exercised = vec![used(
        "storage.objects.get",
        "projects/_/buckets/raw",
        either(),
    )];
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create catalog-feed@acme
    [Replace] create order-sync@acme
    [Replace] grant roles/bigquery.dataViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/logging.logWriter to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/storage.admin to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/bigquery.dataViewer to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/logging.logWriter to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/storage.admin to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/catalog-feed to catalog-feed@acme (Update)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/order-sync to order-sync@acme (Update)
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases

    note: kept: roles/bigquery.dataViewer on projects/acme: its use would not have been logged, or not over the whole window
    note: kept: roles/logging.logWriter on projects/acme: this kind of workload needs it and never shows it
    note: kept: roles/storage.admin on projects/acme: its use would not have been logged, or not over the whole window
    note: 30 days after the last switch each account's own calls tell what it needs: plan again from a scan of then
    ");
}

#[test]
fn what_any_of_two_used_both_keep_and_what_nobody_used_goes_after_a_window() {
    let mut world = logged(world());
    world.accounts[0].exercised = vec![
        used("storage.objects.get", "projects/_/buckets/raw", either()),
        used("storage.objects.create", "projects/_/buckets/out", either()),
    ];
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create catalog-feed@acme
    [Replace] create order-sync@acme
    [Replace] grant roles/bigquery.dataViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/logging.logWriter to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/storage.admin to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/bigquery.dataViewer to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/logging.logWriter to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/storage.admin to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/catalog-feed to catalog-feed@acme (Update)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/order-sync to order-sync@acme (Update)
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases

    [Narrow Window 43200 min] grant roles/storage.objectCreator to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme
    [Narrow] grant roles/storage.objectViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme
    [Narrow Propagation 10 min] revoke roles/bigquery.dataViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Narrow] revoke roles/storage.admin to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Narrow Window 43200 min] grant roles/storage.objectCreator to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme
    [Narrow] grant roles/storage.objectViewer to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme
    [Narrow Propagation 10 min] revoke roles/bigquery.dataViewer to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Narrow] revoke roles/storage.admin to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    note: kept: roles/logging.logWriter on projects/acme: this kind of workload needs it and never shows it
    note: 30 days after the last switch each account's own calls tell what it needs: plan again from a scan of then
    ");
}

#[test]
fn what_is_known_of_each_is_given_at_once() {
    let mut world = logged(world());
    world.accounts[0].exercised = vec![
        used("storage.objects.get", "projects/_/buckets/raw", exact(FEED)),
        used(
            "storage.objects.create",
            "projects/_/buckets/out",
            exact(SYNC),
        ),
        used(
            "bigquery.tables.getData",
            "projects/acme/datasets/sales",
            exact(SYNC),
        ),
        used(
            "bigquery.tables.get",
            "projects/acme/datasets/sales",
            exact(SYNC),
        ),
    ];
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create catalog-feed@acme
    [Replace] create order-sync@acme
    [Replace] grant roles/logging.logWriter to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Floor)
    [Replace] grant roles/storage.objectViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme
    [Replace] grant roles/bigquery.dataViewer to serviceAccount:order-sync@acme on //bigquery.googleapis.com/projects/acme/datasets/sales
    [Replace] grant roles/logging.logWriter to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Floor)
    [Replace] grant roles/storage.objectCreator to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/catalog-feed to catalog-feed@acme (Update)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/order-sync to order-sync@acme (Update)
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases
    ");
}

#[test]
fn a_use_that_no_binding_explains_leaves_all_as_it_is() {
    let mut world = logged(world());
    world.accounts[0].exercised = vec![used(
        "storage.objects.get",
        "projects/acme-data/buckets/x",
        either(),
    )];
    world.accounts[0].exercised[0].project = Some(project("acme-data"));
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create catalog-feed@acme
    [Replace] create order-sync@acme
    [Replace] grant roles/bigquery.dataViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/logging.logWriter to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/storage.admin to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/bigquery.dataViewer to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/logging.logWriter to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/storage.admin to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/catalog-feed to catalog-feed@acme (Update)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/order-sync to order-sync@acme (Update)
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases

    note: what Service catalog-feed was seen to use is not explained by the bindings that are known: all of them are kept
    note: what Service order-sync was seen to use is not explained by the bindings that are known: all of them are kept
    note: 30 days after the last switch each account's own calls tell what it needs: plan again from a scan of then
    ");
}

#[test]
fn a_use_nobody_knows_where_keeps_all_that_gives_it() {
    let mut world = logged(world());
    let mut nowhere = used("storage.objects.get", "", either());
    nowhere.project = None;
    world.accounts[0].exercised = vec![nowhere];
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create catalog-feed@acme
    [Replace] create order-sync@acme
    [Replace] grant roles/bigquery.dataViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/logging.logWriter to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/storage.admin to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/bigquery.dataViewer to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/logging.logWriter to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/storage.admin to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/catalog-feed to catalog-feed@acme (Update)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/order-sync to order-sync@acme (Update)
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases

    [Narrow Window 43200 min] revoke roles/bigquery.dataViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Narrow Window 43200 min] revoke roles/bigquery.dataViewer to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    note: kept: roles/logging.logWriter on projects/acme: this kind of workload needs it and never shows it
    note: 30 days after the last switch each account's own calls tell what it needs: plan again from a scan of then
    ");
}

/// Makes one thing about the logs of a world doubtful.
type Doubt = fn(&mut Estate);

#[test]
fn one_doubt_about_the_logs_is_enough_to_keep() {
    let doubts: [(&str, Doubt); 6] = [
        ("exempted", |world| {
            world.policies[0].audit[0].exempted = vec![Member::parse(OWN)];
        }),
        ("a group is exempted", |world| {
            world.policies[0].audit[0].exempted = vec![Member::parse("group:bots@acme.example")];
        }),
        ("writes are not logged", |world| {
            world.policies[0].audit[0].log_types.pop();
        }),
        ("a short window", |world| {
            world.log_windows[0].period.from = days_ago(20);
        }),
        ("switched on ten days ago", |world| {
            world.accounts[1].callers[0].call.seen.from = days_ago(10);
        }),
        ("the organization's policy is not read", |world| {
            world.coverage.retain(|scope| scope.project().is_some());
        }),
    ];
    let narrowed = |world: Estate| drawn(world).contains("revoke roles/storage.admin");
    let certain = || {
        let mut world = logged(world());
        world.accounts[0].exercised = vec![used(
            "storage.objects.get",
            "projects/_/buckets/raw",
            either(),
        )];
        world
    };
    assert!(narrowed(certain()));
    for (doubt, make) in doubts {
        let mut world = certain();
        make(&mut world);
        assert!(!narrowed(world), "{doubt}");
    }
}

#[test]
fn an_insight_narrows_a_basic_role_and_its_silent_floor_stays() {
    let mut world = world();
    world.policies = vec![policy(on_project("acme"), &[("roles/editor", OWN)])];
    world.policy_insights = vec![PolicyInsight {
        on: PolicyNode::Project(project("acme")),
        member: Member::parse(OWN),
        role: "roles/editor".to_owned(),
        condition: None,
        exercised: vec!["storage.objects.get".to_owned()],
        inferred: vec!["storage.objects.list".to_owned()],
        period: Some(Period {
            from: days_ago(91),
            to: days_ago(1),
        }),
    }];
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create catalog-feed@acme
    [Replace] create order-sync@acme
    [Replace] grant roles/editor to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/editor to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/catalog-feed to catalog-feed@acme (Update)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/order-sync to order-sync@acme (Update)
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases

    [Narrow Window 43200 min] grant roles/logging.logWriter to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Floor)
    [Narrow] grant roles/storage.objectViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme
    [Narrow Propagation 10 min] revoke roles/editor to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Narrow Window 43200 min] grant roles/logging.logWriter to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Floor)
    [Narrow] grant roles/storage.objectViewer to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme
    [Narrow Propagation 10 min] revoke roles/editor to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    note: 30 days after the last switch each account's own calls tell what it needs: plan again from a scan of then
    ");
}

#[test]
fn a_conditional_binding_that_may_have_let_a_call_pass_stays_as_it_is() {
    let mut world = logged(world());
    world.policies[0].bindings = policy(
        on_project("acme"),
        &[
            ("roles/storage.admin", OWN),
            (
                "roles/storage.objectViewer",
                &format!("{OWN} if request.time < timestamp('2027-01-01T00:00:00Z')"),
            ),
            (
                "roles/bigquery.dataViewer",
                &format!("{OWN} if resource.name == 'x'"),
            ),
        ],
    )
    .bindings;
    world.policies.push(policy(
        on_resource("//storage.googleapis.com/raw"),
        &[("roles/storage.objectViewer", OWN)],
    ));
    world.accounts[0].exercised = vec![used(
        "storage.objects.get",
        "projects/_/buckets/raw",
        either(),
    )];
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create catalog-feed@acme
    [Replace] create order-sync@acme
    [Replace] grant roles/bigquery.dataViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme if resource.name == 'x' (Copied)
    [Replace] grant roles/storage.admin to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/storage.objectViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme if request.time < timestamp('2027-01-01T00:00:00Z') (Copied)
    [Replace] grant roles/storage.objectViewer to serviceAccount:catalog-feed@acme on //storage.googleapis.com/raw (Copied)
    [Replace] grant roles/bigquery.dataViewer to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme if resource.name == 'x' (Copied)
    [Replace] grant roles/storage.admin to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/storage.objectViewer to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme if request.time < timestamp('2027-01-01T00:00:00Z') (Copied)
    [Replace] grant roles/storage.objectViewer to serviceAccount:order-sync@acme on //storage.googleapis.com/raw (Copied)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/catalog-feed to catalog-feed@acme (Update)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/order-sync to order-sync@acme (Update)
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases

    [Narrow Window 43200 min] revoke roles/bigquery.dataViewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme if resource.name == 'x' (Copied)
    [Narrow] revoke roles/storage.admin to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Narrow Window 43200 min] revoke roles/bigquery.dataViewer to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme if resource.name == 'x' (Copied)
    [Narrow] revoke roles/storage.admin to serviceAccount:order-sync@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    note: kept: roles/storage.objectViewer on projects/_/buckets/raw: its use would not have been logged, or not over the whole window
    note: kept: roles/storage.objectViewer on projects/acme: it holds under a condition, which is not evaluated
    note: 30 days after the last switch each account's own calls tell what it needs: plan again from a scan of then
    ");
}

/// The roles of the generated worlds, in the order in which they are picked.
const ROLES: [&str; 6] = [
    "roles/storage.admin",
    "roles/storage.objectAdmin",
    "roles/storage.objectViewer",
    "roles/bigquery.dataViewer",
    "roles/logging.logWriter",
    "roles/editor",
];

/// Returns a world in which the account holds the picked roles, on the project or on the bucket `raw`, and both workloads
/// may have used each permission of the picked ones of them.
fn generated(picked: &[(usize, bool)], seen: &[usize]) -> Estate {
    let mut world = logged(world());
    let on_raw = on_resource("//storage.googleapis.com/raw");
    let of = |raw: bool| -> Vec<(&str, &str)> {
        let picked = picked.iter().filter(|(_, on_raw)| *on_raw == raw);
        picked
            .map(|(nth, _)| (ROLES[nth % ROLES.len()], OWN))
            .collect()
    };
    world.policies[0].bindings = policy(on_project("acme"), &of(false)).bindings;
    world.policies.push(policy(on_raw, &of(true)));
    let permissions: Vec<String> = picked
        .iter()
        .flat_map(|(nth, _)| world.roles[ROLES[nth % ROLES.len()]].permissions.clone())
        .collect();
    let seen = seen.iter().filter_map(|nth| permissions.get(*nth));
    world.accounts[0].exercised = seen
        .map(|permission| used(permission, "projects/_/buckets/raw", either()))
        .collect();
    world
}

proptest::proptest! {
    #[test]
    fn a_verdict_gives_no_more_than_there_was_and_meets_every_need(
        picked in proptest::collection::vec((0..6_usize, proptest::bool::ANY), 1..6),
        seen in proptest::collection::vec(0..20_usize, 0..6),
    ) {
        let world = generated(&picked, &seen);
        asked(world, |cx, account| {
            let workload = account.counted_workloads().next().expect("a workload");
            let held = super::own(account);
            let verdict = super::weigh::verdict(cx, account, workload, &held).expect("all is explained");
            let at = |grants: &[&PlannedGrant], raw: bool| -> BTreeSet<String> {
                let there = grants.iter().filter(|grant| raw || matches!(grant.on, PolicyNode::Project(_)));
                let roles = there.filter_map(|grant| cx.estate.permissions(&grant.role));
                roles.flatten().cloned().collect()
            };
            let before: Vec<&PlannedGrant> = held.iter().collect();
            let kept = verdict.kept.iter().map(|(grant, _)| grant);
            let after: Vec<&PlannedGrant> = kept.chain(&verdict.given).collect();
            for raw in [false, true] {
                assert!(at(&after, raw).is_subset(&at(&before, raw)), "{verdict:?}");
            }
            let needed = account.exercised.iter().map(|used| &used.permission);
            let has = at(&after, true);
            assert!(needed.clone().all(|permission| has.contains(permission)), "{verdict:?}");
            // What was there and is neither kept nor gone would be forgotten.
            assert_eq!(verdict.kept.len() + verdict.gone.len(), held.len());
        });
    }

    #[test]
    fn the_order_of_the_estate_leaves_no_trace(
        picked in proptest::collection::vec((0..6_usize, proptest::bool::ANY), 1..6),
        seen in proptest::collection::vec(0..20_usize, 0..6),
    ) {
        let world = generated(&picked, &seen);
        let mut turned = world.clone();
        turned.policies.reverse();
        turned.accounts[0].workloads.reverse();
        turned.accounts[0].exercised.reverse();
        for policy in &mut turned.policies {
            policy.bindings.reverse();
        }
        proptest::prop_assert_eq!(drawn(world), drawn(turned));
    }
}

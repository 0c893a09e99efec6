//! The two routes: what Asset Inventory tells, what only one of the routes can see, and what mends old assets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sa_audit::collect::assets::Via;
use sa_audit::emulator::generate::{Shape, generate};
use sa_audit::emulator::{Estate, Fault, FaultKind};
use sa_audit::join::join;
use sa_audit::model::access::{AuditConfig, AuditLogType, PolicyNode};
use sa_audit::model::coverage::{Coverage, Dataset, Reading};
use sa_audit::model::estate::Estate as Joined;
use sa_audit::model::idle::Creation;
use sa_audit::model::names::Member;
use sa_audit::model::scope::Scope;
use sa_audit::model::settings::Settings;
use sa_audit::model::snapshot::Snapshot;
use sa_audit::rules::evaluate;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::isolation::state;
use crate::support::cloud::{CloudBuilder, unique_id};
use crate::support::emulator::{Scan, folder, named, report};
use crate::{ACCOUNTS, ASSETS, KEYS, SEARCH, acme, gaps, inventory};

async fn taken(scan: Scan) -> Snapshot {
    scan.take().await.expect("a snapshot")
}

/// Returns both routes' snapshots: through IAM, then through Asset Inventory.
async fn both(estate: &Estate) -> [Snapshot; 2] {
    [
        taken(Scan::of(estate).via(Via::Iam)).await,
        taken(Scan::of(estate).via(Via::AssetInventory)).await,
    ]
}

fn joined(snapshot: &Snapshot) -> Joined {
    join(snapshot, &Settings::default())
}

/// Returns the estate without what only one route tells: workloads are compared apart.
fn common(mut estate: Joined) -> Joined {
    estate.coverage = Coverage::default();
    estate
        .policies
        .retain(|policy| !matches!(policy.on, PolicyNode::Resource(_)));
    for account in &mut estate.accounts {
        account.facts.created = None;
        // When an account was made, Asset Inventory alone tells.
        account.life.created = Creation::Between {
            after: None,
            by: None,
        };
        account.workloads.clear();
        account.references.clear();
        account
            .grants
            .retain(|grant| !matches!(grant.on, PolicyNode::Resource(_)));
    }
    estate
}

/// Returns every workload, one a line: its account and its name.
fn workloads(estate: &Joined) -> BTreeSet<String> {
    let lines = estate.accounts.iter().flat_map(|account| {
        account.workloads.iter().map(move |workload| {
            let email = account.facts.email.short();
            format!("{email}: {:?} {}", workload.kind, workload.name)
        })
    });
    lines.collect()
}

/// Returns every reference, one a line: its account and the resource.
fn references(estate: &Joined) -> BTreeSet<String> {
    let lines = estate.accounts.iter().flat_map(|account| {
        account.references.iter().map(move |reference| {
            let email = account.facts.email.short();
            format!("{email}: {:?} {}", reference.kind, reference.resource)
        })
    });
    lines.collect()
}

/// Returns every finding, one a line.
fn findings(estate: &Joined) -> BTreeSet<String> {
    let found = evaluate(estate, &Settings::default()).findings;
    let lines = found.iter().map(|finding| {
        format!(
            "{} {:?}: {}",
            finding.rule, finding.confidence, finding.message
        )
    });
    lines.collect()
}

/// Returns the lines that only one of the sets has: `-` those of the first, `+` those of the second.
fn difference(one: &BTreeSet<String>, other: &BTreeSet<String>) -> String {
    let gone = one.difference(other).map(|line| format!("- {line}"));
    let new = other.difference(one).map(|line| format!("+ {line}"));
    gone.chain(new).collect::<Vec<_>>().join("\n")
}

/// Returns how each dataset was read, all places together.
fn coverage(snapshot: &Snapshot) -> BTreeSet<String> {
    let mut states: BTreeMap<Dataset, BTreeSet<&str>> = BTreeMap::new();
    for (_, dataset, reading) in snapshot.facts.coverage.iter() {
        states.entry(dataset).or_default().insert(state(reading));
    }
    let lines = states.iter().map(|(dataset, states)| {
        let states: Vec<&str> = states.iter().copied().collect();
        format!("{dataset:?}: {}", states.join(", "))
    });
    lines.collect()
}

#[tokio::test(start_paused = true)]
async fn both_routes_give_the_same_estate() {
    let shape = Shape {
        projects: 3,
        folders: 5,
        accounts: 40,
        keys: 1,
    };
    for estate in [named("retail"), named("clean"), generate(5, shape)] {
        let [iam, assets] = both(&estate).await.map(|snapshot| joined(&snapshot));
        assert_eq!(common(iam), common(assets), "{}", estate.estate);
    }
}

#[tokio::test(start_paused = true)]
async fn what_only_one_route_sees_is_named() {
    let [iam, assets] = both(&named("retail")).await;
    insta::assert_snapshot!(difference(&coverage(&iam), &coverage(&assets)), @"
    - AccountPolicies: Read
    - CreationTimes: NotCovered
    - Federation: Read
    - Keys: Read
    - OrgPolicies: Read
    - OtherCredentials: NotCovered, Read
    - Policies: Read
    - References: NotCovered
    - ResourcePolicies: NotCovered
    - Roles: Read
    - ServiceAccounts: Read
    + AccountPolicies: Stale
    + CreationTimes: Stale
    + Federation: Stale
    + Keys: Read, Stale
    + OrgPolicies: Stale
    + OtherCredentials: Stale
    + Policies: Stale
    + References: Read
    + ResourcePolicies: Stale
    + Roles: Read, Stale
    + ServiceAccounts: Stale
    ");
    let (iam, assets) = (joined(&iam), joined(&assets));
    insta::assert_snapshot!(difference(&workloads(&iam), &workloads(&assets)), @r#"+ vertex-train@oddbasket-ml-prod: Attached("aiplatform.googleapis.com/PipelineJob") Vertex AI pipeline train-recs"#);
    insta::assert_snapshot!(difference(&references(&iam), &references(&assets)), @"
    + bi-chartmoor@oddbasket-bi-prod: Address //bigquery.googleapis.com/projects/oddbasket-dwh-prod/datasets/marts
    + export-finance@oddbasket-dwh-prod: Address //bigquery.googleapis.com/projects/oddbasket-dwh-prod/datasets/finance
    + siem-pull@oddbasket-logs: Address //accesscontextmanager.googleapis.com/accessPolicies/402938475610/accessLevels/log_readers
    + year-end@oddbasket-dwh-prod: Address //bigquery.googleapis.com/projects/oddbasket-dwh-prod/datasets/finance
    ");
    insta::assert_snapshot!(difference(&findings(&iam), &findings(&assets)), @"
    - account-disabled Low: is disabled, since when could not be seen; no key would come back with it
    + account-disabled Low: is disabled, since when could not be seen; no key is known that would come back with it
    ");
    let [iam, assets] = both(&named("clean"))
        .await
        .map(|snapshot| joined(&snapshot));
    insta::assert_snapshot!(difference(&findings(&iam), &findings(&assets)), @"");
}

/// Two accounts with keys, one without.
fn shop() -> CloudBuilder {
    crate::support::cloud::cloud()
        .project("acme-prod")
        .account("etl")
        .key("b1")
        .account("web")
        .account("api")
        .key("c1")
}

/// Returns the estate with one element of a collection changed.
fn changed(mut estate: Estate, collection: &str, id: &str, change: impl Fn(&mut Value)) -> Estate {
    let elements = estate.resources.get_mut(collection).expect("a collection");
    for element in elements {
        let mut value: Value = serde_json::from_str(element.get()).expect("JSON");
        if value["name"]
            .as_str()
            .is_some_and(|name| name.ends_with(id))
        {
            change(&mut value);
            let text = RawValue::from_string(value.to_string()).expect("JSON");
            *element = Arc::from(text);
        }
    }
    estate
}

#[tokio::test(start_paused = true)]
async fn what_the_assets_do_not_know_yet_the_confirmation_mends() {
    let keys = format!(
        "iam.googleapis.com/projects/acme-prod/serviceAccounts/{}/keys",
        "etl@acme-prod.iam.gserviceaccount.com"
    );
    // A week ago etl had one key, which was on; by now it is off, and there is another. The account api is gone.
    let earlier = shop().build();
    let now = crate::support::cloud::cloud()
        .project("acme-prod")
        .account("etl")
        .key("b1")
        .key("b2")
        .account("web")
        .build();
    let now = changed(now, &keys, "/b1", |key| key["disabled"] = true.into());
    let scan = Scan::behind(&now, &earlier);
    let snapshot = taken(scan).await;
    assert_eq!(inventory(&snapshot), "acme-prod: etl[b1 b2] web[]");
    let disabled: Vec<bool> = snapshot.facts.keys.iter().map(|key| key.disabled).collect();
    assert_eq!(disabled, [true, false]);
    assert_eq!(gaps(&snapshot), "");
    // Of the account that no key was known of, it is only known that it had none a week ago.
    let facts = &snapshot.facts;
    let of = |nth: u64| {
        let id = unique_id(nth);
        let mut accounts = facts.accounts.iter();
        let account = accounts.find(|account| account.unique_id.as_str() == id);
        let scope = Scope::Account(account.expect("an account").reference());
        facts.coverage.reading(&scope, Dataset::Keys).clone()
    };
    let as_of = "2026-11-15T12:00:00Z".parse().expect("a time");
    assert_eq!((of(1), of(2)), (Reading::Read, Reading::Stale { as_of }));
    assert_eq!(report(&snapshot).summary.gaps, 0);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_cannot_be_confirmed_is_a_gap_of_its_account_alone() {
    let denied = FaultKind::PermissionDenied {
        permission: "iam.serviceAccountKeys.list".to_owned(),
    };
    let mut fault = Fault::on(KEYS, denied);
    fault.path = Some(format!("*{}/keys*", unique_id(1)));
    let scan = Scan::of(&shop().build()).via(Via::Auto).fault(fault);
    let snapshot = taken(scan).await;
    assert_eq!(inventory(&snapshot), "acme-prod: api[c1] etl[] web[]");
    insta::assert_snapshot!(gaps(&snapshot), @r#"account etl@acme-prod.iam.gserviceaccount.com, Keys: Denied { permission: Some("iam.serviceAccountKeys.list") }"#);
}

#[tokio::test(start_paused = true)]
async fn an_account_comes_with_its_creation_time_where_the_search_tells_it() {
    let estate = changed(
        shop().build(),
        "iam.googleapis.com/projects/acme-prod/serviceAccounts",
        "etl@acme-prod.iam.gserviceaccount.com",
        |account| account["createTime"] = "2021-03-04T05:06:07Z".into(),
    );
    let created = |snapshot: &Snapshot| {
        let accounts = snapshot.facts.accounts.iter();
        let times = accounts.filter_map(|account| account.created);
        times.map(|time| time.to_string()).collect::<Vec<_>>()
    };
    let [iam, assets] = both(&estate).await;
    assert_eq!(created(&iam), Vec::<String>::new());
    assert_eq!(created(&assets), ["2021-03-04 05:06:07 UTC"]);
}

#[tokio::test(start_paused = true)]
async fn the_policies_of_other_resources_come_with_the_assets() {
    let account = "serviceAccount:etl@acme-prod.iam.gserviceaccount.com";
    let policy = |members: &[&str]| json!({ "version": 1, "bindings": [{ "role": "roles/storage.admin", "members": members }] });
    let estate = shop()
        .element(
            "storage.googleapis.com/projects/acme-prod/buckets/acme-lake:getIamPolicy",
            policy(&[account, "projectEditor:acme-prod"]),
        )
        .element(
            "pubsub.googleapis.com/projects/acme-prod/topics/orders:getIamPolicy",
            policy(&["user:eve@acme.example"]),
        )
        .build();
    let [iam, assets] = both(&estate).await.map(|snapshot| joined(&snapshot));
    let held = |estate: &Joined| {
        let grants = estate.accounts.iter().flat_map(|account| &account.grants);
        let names = grants.map(|grant| format!("{} on {}", grant.role, grant.on.full_name()));
        names.collect::<Vec<_>>()
    };
    assert_eq!(held(&iam), Vec::<String>::new());
    // What is about people alone is left out.
    assert_eq!(
        held(&assets),
        ["roles/storage.admin on //storage.googleapis.com/acme-lake"]
    );
    assert_eq!(assets.policies.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn both_routes_tell_which_data_access_logs_are_on() {
    let project = "cloudresourcemanager.googleapis.com/projects/acme-prod:getIamPolicy";
    let exempted = "serviceAccount:etl@acme-prod.iam.gserviceaccount.com";
    let estate = shop()
        .element(
            project,
            json!({ "version": 1, "etag": "BwYZ8dO5xQE=", "auditConfigs": [
                { "service": "allServices", "auditLogConfigs": [
                    { "logType": "ADMIN_READ" },
                    { "logType": "DATA_READ", "exemptedMembers": [exempted] },
                    { "logType": "DATA_WRITE" },
                ] },
            ] }),
        )
        .build();
    let config = |log_types: &[AuditLogType], exempted: Vec<Member>| AuditConfig {
        service: "allServices".to_owned(),
        log_types: log_types.to_vec(),
        exempted,
    };
    let expected = [
        config(&[AuditLogType::AdminRead, AuditLogType::DataWrite], vec![]),
        config(&[AuditLogType::DataRead], vec![Member::parse(exempted)]),
    ];
    for snapshot in both(&estate).await {
        let [policy] = snapshot.facts.policies.as_slice() else {
            panic!("the project's policy alone: {:?}", snapshot.facts.policies);
        };
        assert_eq!(policy.audit, expected);
        assert_eq!(gaps(&snapshot), "");
    }
}

#[tokio::test(start_paused = true)]
async fn where_asset_inventory_is_refused_iam_is_asked_and_the_refusal_is_named() {
    let fault = |method: &str, permission: &str| {
        let permission = permission.to_owned();
        Fault::on(method, FaultKind::PermissionDenied { permission })
    };
    let scan = Scan::of(&acme().build())
        .via(Via::Auto)
        .fault(fault(ASSETS, "cloudasset.assets.listResource"))
        .fault(fault(SEARCH, "cloudasset.assets.searchAllResources"));
    let snapshot = taken(scan).await;
    assert_eq!(
        inventory(&snapshot),
        inventory(&taken(Scan::of(&acme().build())).await)
    );
    insta::assert_snapshot!(gaps(&snapshot), @r#"
    organization 4711, Attachments: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-data, ResourcePolicies: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-data, CreationTimes: Denied { permission: Some("cloudasset.assets.searchAllResources") }
    project acme-lab, ResourcePolicies: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-lab, CreationTimes: Denied { permission: Some("cloudasset.assets.searchAllResources") }
    project acme-prod, ResourcePolicies: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, CreationTimes: Denied { permission: Some("cloudasset.assets.searchAllResources") }
    "#);

    // Who names the route is not sent by another.
    let scan = Scan::of(&shop().build())
        .via(Via::AssetInventory)
        .fault(fault(ASSETS, "cloudasset.assets.listResource"));
    let snapshot = taken(scan).await;
    insta::assert_snapshot!(gaps(&snapshot), @r#"
    organization 4711, Policies: Denied { permission: Some("cloudasset.assets.listResource") }
    organization 4711, References: Denied { permission: Some("cloudasset.assets.listResource") }
    organization 4711, OrgPolicies: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, ServiceAccounts: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, Keys: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, Policies: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, AccountPolicies: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, ResourcePolicies: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, Federation: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, Attachments: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, References: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, OtherCredentials: Truncated { message: "Asset Inventory: cloudasset.assets.listResource denied; not looked at: HMAC key (storage.googleapis.com is off)" }
    project acme-prod, Addresses: Denied { permission: Some("cloudasset.assets.listResource") }
    project acme-prod, OrgPolicies: Denied { permission: Some("cloudasset.assets.listResource") }
    "#);
}

#[tokio::test(start_paused = true)]
async fn what_stands_above_a_folder_is_asked_of_resource_manager() {
    let estate = acme()
        .policy("organizations/4711", "roles/viewer", "user:a@acme.example")
        .policy("folders/11", "roles/viewer", "user:b@acme.example")
        .policy("folders/12", "roles/viewer", "user:c@acme.example")
        .build();
    let scan = Scan::of(&estate).via(Via::Auto).roots([folder("11")]);
    let snapshot = taken(Scan::of(&estate).roots([folder("11")])).await;
    let through_assets = scan.take().await.expect("a snapshot");
    assert_eq!(through_assets.facts.policies, snapshot.facts.policies);
    let calls = scan.calls();
    let asked: Vec<&String> = calls
        .keys()
        .filter(|id| id.ends_with("getIamPolicy"))
        .collect();
    assert_eq!(asked, ["cloudresourcemanager.organizations.getIamPolicy"]);
    assert_eq!(calls.get(ACCOUNTS), None);
}

/// An index that is not there yet answers nothing, and with 200: the projects have the last word.
#[tokio::test(start_paused = true)]
async fn an_empty_answer_about_accounts_is_confirmed_project_by_project() {
    let estate = acme().build();
    let listed = taken(Scan::of(&estate).via(Via::Iam)).await;
    for via in [Via::Auto, Via::AssetInventory] {
        let empty = FaultKind::Status {
            code: 200,
            headers: BTreeMap::new(),
            body: Some(json!({ "readTime": "2026-11-22T09:00:00Z" })),
        };
        let scan = Scan::of(&estate).via(via).fault(Fault::on(ASSETS, empty));
        let snapshot = taken(scan).await;
        assert_eq!(inventory(&snapshot), inventory(&listed), "{via:?}");
        assert_eq!(snapshot.facts.keys, listed.facts.keys, "{via:?}");
    }
}

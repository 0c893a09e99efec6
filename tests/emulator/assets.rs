//! Asset Inventory: names by unique id, keys of Google's own, policies, pages, and data that is behind.

use sa_audit::emulator::generate::{Shape, generate};
use sa_audit::emulator::{Emulator, Estate};
use serde_json::{Value, json};

use crate::{get, pages, text};

const ASSETS: &str = "https://cloudasset.googleapis.com/v1/organizations/1/assets";
const SEARCH: &str = "https://cloudasset.googleapis.com/v1/organizations/1:searchAllResources";

fn estate(disabled: bool) -> Estate {
    let account = "projects/one/serviceAccounts/etl@one.iam.gserviceaccount.com";
    let binding = json!({ "bindings": [{ "role": "roles/viewer", "members": ["allUsers"] }] });
    let estate = json!({
        "estate": "owned", "now": "2026-11-22T09:00:00Z", "organization": "organizations/1",
        "resources": {
            "cloudresourcemanager.googleapis.com/organizations": [{ "name": "organizations/1" }],
            "cloudresourcemanager.googleapis.com/organizations/1:getIamPolicy": [binding],
            "cloudresourcemanager.googleapis.com/folders": [{ "name": "folders/2", "parent": "organizations/1" }],
            "cloudresourcemanager.googleapis.com/folders/2:getIamPolicy": [binding],
            "cloudresourcemanager.googleapis.com/projects": [
                { "name": "projects/11", "projectId": "one", "parent": "folders/2", "createTime": "2020-01-01T00:00:00Z" },
            ],
            "cloudresourcemanager.googleapis.com/projects/one:getIamPolicy": [binding],
            "iam.googleapis.com/organizations/1/roles": [{ "name": "organizations/1/roles/r" }],
            "iam.googleapis.com/projects/one/serviceAccounts": [
                { "name": account, "uniqueId": "99", "email": "etl@one.iam.gserviceaccount.com", "createTime": "2021-03-04T05:06:07Z" },
                { "name": "projects/one/serviceAccounts/web@one.iam.gserviceaccount.com", "uniqueId": "98", "email": "web@one.iam.gserviceaccount.com" },
            ],
            (format!("iam.googleapis.com/{account}:getIamPolicy")): [binding],
            (format!("iam.googleapis.com/{account}/keys")): [
                { "name": format!("{account}/keys/a1"), "keyType": "USER_MANAGED", "disabled": disabled },
                { "name": format!("{account}/keys/b2"), "keyType": "SYSTEM_MANAGED", "publicKeyData": "x" },
            ],
            "storage.googleapis.com/projects/one/buckets/lake:getIamPolicy": [binding],
        },
    });
    Estate::parse(&estate.to_string()).expect("an estate")
}

/// Returns the assets' names, with what `of` finds in each.
async fn assets(emulator: &Emulator, url: &str, of: &str) -> Vec<(String, Value)> {
    let found = pages(emulator, url, "assets").await.concat();
    let pairs = found.iter().map(|asset| {
        let value = asset.pointer(of).cloned().unwrap_or_default();
        (text(&asset["name"]).to_owned(), value)
    });
    pairs.collect()
}

#[tokio::test]
async fn accounts_and_keys_are_named_by_unique_id_and_keep_their_own_names() {
    let emulator = Emulator::new(&estate(false));
    let kinds = "assetTypes=iam.googleapis.com/ServiceAccount&assetTypes=iam.googleapis.com/ServiceAccountKey";
    let url = format!("{ASSETS}?contentType=RESOURCE&{kinds}");
    let names = assets(&emulator, &url, "/resource/data/name").await;
    let account = "projects/one/serviceAccounts/etl@one.iam.gserviceaccount.com";
    let named = "//iam.googleapis.com/projects/one/serviceAccounts";
    let web = "projects/one/serviceAccounts/web@one.iam.gserviceaccount.com";
    let expected = [
        (format!("{named}/99"), json!(account)),
        (format!("{named}/98"), json!(web)),
        (
            format!("{named}/99/keys/a1"),
            json!(format!("{account}/keys/a1")),
        ),
        (
            format!("{named}/99/keys/b2"),
            json!(format!("{account}/keys/b2")),
        ),
    ];
    assert_eq!(names, expected);
    for (field, expected) in [
        ("publicKeyData", Value::Null),
        ("keyType", "SYSTEM_MANAGED".into()),
    ] {
        let of = format!("/resource/data/{field}");
        let last = assets(&emulator, &url, &of).await.pop();
        assert_eq!(last.map(|(_, value)| value), Some(expected), "{field}");
    }
}

#[tokio::test]
async fn policies_are_those_of_every_resource_with_what_it_belongs_to() {
    let emulator = Emulator::new(&estate(false));
    let url = format!("{ASSETS}?contentType=IAM_POLICY");
    let policies = assets(&emulator, &url, "/ancestors/0").await;
    let manager = "//cloudresourcemanager.googleapis.com";
    let expected = [
        (format!("{manager}/folders/2"), json!("folders/2")),
        (
            format!("{manager}/organizations/1"),
            json!("organizations/1"),
        ),
        (format!("{manager}/projects/11"), json!("projects/11")),
        (
            "//iam.googleapis.com/projects/one/serviceAccounts/99".to_owned(),
            json!("projects/11"),
        ),
        (
            "//storage.googleapis.com/lake".to_owned(),
            json!("projects/11"),
        ),
    ];
    assert_eq!(policies, expected);
    let below = ASSETS.replace("organizations/1", "folders/2");
    let below = assets(
        &emulator,
        &format!("{below}?contentType=IAM_POLICY"),
        "/iamPolicy/bindings/0/role",
    )
    .await;
    assert_eq!(below.len(), 4, "all but the organization's");
    assert!(below.iter().all(|(_, role)| role == "roles/viewer"));
}

#[tokio::test]
async fn the_search_tells_creation_times_which_iam_does_not() {
    let emulator = Emulator::new(&estate(false));
    let url =
        format!("{SEARCH}?assetTypes=iam.googleapis.com/ServiceAccount&readMask=name,createTime");
    let found = get(&emulator, &url).await.json();
    let named = "//iam.googleapis.com/projects/one/serviceAccounts";
    let expected = json!([
        { "name": format!("{named}/99"), "createTime": "2021-03-04T05:06:07Z" },
        { "name": format!("{named}/98"), "createTime": "2020-01-01T00:00:00Z" },
    ]);
    assert_eq!(found["results"], expected);
    let accounts = "https://iam.googleapis.com/v1/projects/one/serviceAccounts";
    let accounts = get(&emulator, accounts).await.json();
    assert_eq!(accounts["accounts"][0].get("createTime"), None);
}

#[tokio::test]
async fn lists_give_a_thousand_a_page_and_searches_five_hundred() {
    let shape = Shape {
        projects: 2,
        folders: 1,
        accounts: 300,
        keys: 1,
    };
    let estate = generate(1, shape);
    let emulator = Emulator::new(&estate);
    let at = |url: &str| url.replace("organizations/1", &estate.organization);
    let sizes = |pages: Vec<Vec<Value>>| pages.iter().map(Vec::len).collect::<Vec<_>>();
    let keys = "assetTypes=iam.googleapis.com/ServiceAccountKey&pageSize=5000";
    let listed = pages(&emulator, &format!("{}?{keys}", at(ASSETS)), "assets").await;
    assert_eq!(sizes(listed), [1_000, 200]);
    let accounts = "assetTypes=iam.googleapis.com/ServiceAccount&pageSize=5000";
    let found = pages(&emulator, &format!("{}?{accounts}", at(SEARCH)), "results").await;
    assert_eq!(sizes(found), [500, 100]);
}

#[tokio::test]
async fn assets_may_be_behind_while_iam_is_not() {
    let emulator = Emulator::new(&estate(true)).with_assets_of(&estate(false));
    let keys =
        format!("{ASSETS}?contentType=RESOURCE&assetTypes=iam.googleapis.com/ServiceAccountKey");
    let behind = assets(&emulator, &keys, "/resource/data/disabled").await;
    assert_eq!(behind[0].1, json!(false));
    let now = "https://iam.googleapis.com/v1/projects/one/serviceAccounts/99/keys";
    assert_eq!(
        get(&emulator, now).await.json()["keys"][0]["disabled"],
        json!(true)
    );
}

//! Services that run something, and Asset Inventory over them.

use sa_audit::emulator::{Emulator, Estate};
use serde_json::{Value, json};

use crate::{get, names, text};

fn emulator() -> Emulator {
    let estate = json!({
        "estate": "running", "now": "2026-11-22T09:00:00Z", "organization": "organizations/1",
        "resources": {
            "cloudresourcemanager.googleapis.com/organizations": [{ "name": "organizations/1" }],
            "cloudresourcemanager.googleapis.com/folders": [{ "name": "folders/2", "parent": "organizations/1" }, { "name": "folders/3", "parent": "organizations/1" }],
            "cloudresourcemanager.googleapis.com/projects": [{ "name": "projects/11", "projectId": "one", "parent": "folders/2" }],
            "serviceusage.googleapis.com/projects/one/services": [
                { "name": "projects/11/services/run.googleapis.com", "config": { "name": "run.googleapis.com" }, "state": "ENABLED" },
                { "name": "projects/11/services/compute.googleapis.com", "config": { "name": "compute.googleapis.com" }, "state": "ENABLED" },
                { "name": "projects/11/services/workflows.googleapis.com", "config": { "name": "workflows.googleapis.com" }, "state": "DISABLED" },
            ],
            "compute.googleapis.com/projects/one/zones/a/instances": [
                { "name": "vm-1", "selfLink": "https://www.googleapis.com/compute/v1/projects/one/zones/a/instances/vm-1" },
                { "name": "vm-2", "selfLink": "https://www.googleapis.com/compute/v1/projects/one/zones/a/instances/vm-2" },
            ],
            "compute.googleapis.com/projects/one/zones/b/instances": [{ "name": "vm-3" }],
            "run.googleapis.com/projects/one/locations/europe-west1/services": [{ "name": "projects/one/locations/europe-west1/services/web" }],
        },
    });
    Emulator::new(&Estate::parse(&estate.to_string()).expect("an estate"))
}

#[tokio::test]
async fn an_aggregated_list_is_a_map_of_zones_cut_into_pages() {
    let emulator = emulator();
    let url = "https://compute.googleapis.com/compute/v1/projects/one/aggregated/instances";
    let all = get(&emulator, url).await.json();
    assert_eq!(
        names(&all["items"]["zones/a"], "instances"),
        ["vm-1", "vm-2"]
    );
    assert_eq!(names(&all["items"]["zones/b"], "instances"), ["vm-3"]);
    let first = get(&emulator, &format!("{url}?maxResults=1")).await.json();
    assert_eq!(names(&first["items"]["zones/a"], "instances"), ["vm-1"]);
    let next = text(&first["nextPageToken"]);
    let second = get(&emulator, &format!("{url}?maxResults=2&pageToken={next}"))
        .await
        .json();
    assert_eq!(names(&second["items"]["zones/a"], "instances"), ["vm-2"]);
    assert_eq!(names(&second["items"]["zones/b"], "instances"), ["vm-3"]);
    assert_eq!(second.get("nextPageToken"), None);
}

#[tokio::test]
async fn an_api_that_is_off_and_a_wildcard_that_is_none_are_refused() {
    let emulator = emulator();
    let off = get(
        &emulator,
        "https://workflows.googleapis.com/v1/projects/one/locations/-/workflows",
    )
    .await;
    assert_eq!(off.status, 403);
    assert_eq!(off.error()["details"][1]["reason"], "SERVICE_DISABLED");
    assert_eq!(
        off.error()["details"][1]["metadata"]["consumer"],
        "projects/11"
    );
    let run = get(
        &emulator,
        "https://run.googleapis.com/v2/projects/one/locations/-/services",
    )
    .await;
    assert_eq!(run.status, 400);
    let locations = get(
        &emulator,
        "https://run.googleapis.com/v1/projects/one/locations",
    )
    .await;
    assert_eq!(names(&locations.json(), "locations"), ["europe-west1"]);
    let services =
        "https://serviceusage.googleapis.com/v1/projects/one/services?filter=state:ENABLED";
    let on = get(&emulator, services).await.json();
    assert_eq!(
        names(&on, "services"),
        ["run.googleapis.com", "compute.googleapis.com"]
    );
}

/// Returns the names of the assets below a parent.
async fn assets(emulator: &Emulator, parent: &str, query: &str) -> Vec<Value> {
    let url = format!("https://cloudasset.googleapis.com/v1/{parent}/assets?{query}");
    let page = get(emulator, &url).await.json();
    let assets = page["assets"].as_array().cloned().unwrap_or_default();
    assets.iter().map(|asset| asset["name"].clone()).collect()
}

#[tokio::test]
async fn assets_are_those_of_the_services_below_the_parent() {
    let emulator = emulator();
    let query = "contentType=RESOURCE&assetTypes=compute.googleapis.com/Instance&assetTypes=run.googleapis.com/Service";
    let expected = [
        "//compute.googleapis.com/projects/one/zones/a/instances/vm-1",
        "//compute.googleapis.com/projects/one/zones/a/instances/vm-2",
        "//compute.googleapis.com/projects/one/zones/b/instances/vm-3",
        "//run.googleapis.com/projects/one/locations/europe-west1/services/web",
    ];
    for parent in [
        "organizations/1",
        "folders/2",
        "projects/one",
        "projects/11",
    ] {
        assert_eq!(assets(&emulator, parent, query).await, expected, "{parent}");
    }
    assert_eq!(
        assets(&emulator, "folders/3", query).await,
        Vec::<Value>::new()
    );
    let url = "https://cloudasset.googleapis.com/v1/organizations/1/assets?assetTypes=";
    for unknown in [
        "cloudscheduler.googleapis.com/Job",
        "run.googleapis.com/Unheard",
    ] {
        assert_eq!(
            get(&emulator, &format!("{url}{unknown}")).await.status,
            400,
            "{unknown}"
        );
    }
}

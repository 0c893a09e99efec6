//! Services that tell of use: Monitoring, Recommender and Logging, with the parameters that they take and refuse.

use sa_audit::emulator::{Emulator, Estate};
use serde_json::{Value, json};

use crate::{get, names, pages, request, send, text};

const ENTRIES: &str = "https://logging.googleapis.com/v2/entries:list";
const INSIGHTS: &str =
    "https://recommender.googleapis.com/v1/projects/11/locations/global/insightTypes";

fn emulator() -> Emulator {
    let point = |end: &str, count: u64| {
        json!({
            "interval": { "startTime": end, "endTime": end }, "value": { "int64Value": count.to_string() },
        })
    };
    let series = |location: &str, points: Value| {
        json!({
            "metric": { "type": "a/count", "labels": { "key_id": "k1", "location": location } },
            "resource": { "type": "r", "labels": { "project_id": "one", "unique_id": "7" } },
            "metricKind": "DELTA", "valueType": "INT64", "points": points,
        })
    };
    let entry = |id: &str, at: &str| json!({ "logName": "projects/one/logs/x", "insertId": id, "timestamp": at });
    let insight = |id: &str, state: &str| {
        let name = format!("projects/11/locations/global/insightTypes/t/insights/{id}");
        json!({ "name": name, "stateInfo": { "state": state } })
    };
    let estate = json!({
        "estate": "used", "now": "2026-11-22T09:00:00Z", "organization": "organizations/1",
        "resources": {
            "cloudresourcemanager.googleapis.com/projects": [{ "name": "projects/11", "projectId": "one" }],
            "monitoring.googleapis.com/projects/one/timeSeries": [
                series("a", json!([point("2026-11-22T00:00:00Z", 1), point("2026-11-21T23:00:00Z", 2)])),
                series("b", json!([point("2026-11-21T01:00:00Z", 4), point("2026-11-21T00:00:00Z", 8)])),
            ],
            "logging.googleapis.com/projects/one/entries": [
                entry("b", "2026-11-20T00:00:00Z"), entry("a", "2026-11-20T00:00:00Z"),
                entry("d", "2026-11-21T00:00:00Z"), entry("c", "2026-11-19T00:00:00Z"),
            ],
            "recommender.googleapis.com/projects/one/locations/global/insightTypes/google.iam.policy.Insight/insights": [
                insight("1", "ACTIVE"), insight("2", "DISMISSED"),
            ],
        },
    });
    Emulator::new(&Estate::parse(&estate.to_string()).expect("an estate"))
}

/// Returns the address of the series of a metric over two days, by the day, with more parameters behind.
fn series(more: &str) -> String {
    format!(
        "https://monitoring.googleapis.com/v3/projects/one/timeSeries?filter=metric.type%20%3D%20%22a/count%22\
         &interval.startTime=2026-11-20T00:00:00Z&interval.endTime=2026-11-22T00:00:00Z&view=FULL{more}"
    )
}

const BY_DAY: &str = "&aggregation.alignmentPeriod=86400s&aggregation.perSeriesAligner=ALIGN_SUM";
const SUMMED: &str =
    "&aggregation.crossSeriesReducer=REDUCE_SUM&aggregation.groupByFields=metric.labels.key_id";

#[tokio::test]
async fn series_are_aligned_and_reduced() {
    let emulator = emulator();
    let raw = get(&emulator, &series("")).await.json();
    assert_eq!(raw["timeSeries"].as_array().map(Vec::len), Some(2));
    let summed = get(&emulator, &series(&format!("{BY_DAY}{SUMMED}")))
        .await
        .json();
    let [one] = summed["timeSeries"].as_array().expect("series").as_slice() else {
        panic!("one series: {summed}");
    };
    assert_eq!(one["metric"]["labels"], json!({ "key_id": "k1" }));
    // What ended at midnight belongs to the day before.
    let points = one["points"].as_array().expect("points").iter();
    let points: Vec<(&str, &str)> = points
        .map(|point| {
            (
                text(&point["interval"]["endTime"]),
                text(&point["value"]["int64Value"]),
            )
        })
        .collect();
    let expected = [("2026-11-22T00:00:00Z", "7"), ("2026-11-21T00:00:00Z", "8")];
    assert_eq!(points, expected);
}

#[tokio::test]
async fn a_page_of_series_counts_points() {
    let emulator = emulator();
    let pages = pages(&emulator, &series("&pageSize=3"), "timeSeries").await;
    let points = |page: &Vec<Value>| {
        let of = page
            .iter()
            .map(|series| series["points"].as_array().map_or(0, Vec::len));
        of.sum::<usize>()
    };
    assert_eq!(pages.iter().map(points).collect::<Vec<_>>(), [3, 1]);
}

#[tokio::test]
async fn what_monitoring_refuses() {
    let emulator = emulator();
    let base = "https://monitoring.googleapis.com/v3/projects/one/timeSeries?interval.endTime=2026-11-22T00:00:00Z";
    let mut refused = vec![
        series("&aggregation.crossSeriesReducer=REDUCE_SUM"),
        series("&aggregation.alignmentPeriod=5s&aggregation.perSeriesAligner=ALIGN_SUM"),
        series("&aggregation.perSeriesAligner=ALIGN_RATE"),
        series(&format!(
            "{BY_DAY}&aggregation.groupByFields=metric.labels.key_id"
        )),
        series(&format!(
            "{BY_DAY}&aggregation.crossSeriesReducer=REDUCE_SUM&aggregation.groupByFields=key_id"
        )),
        series("&orderBy=x"),
        series("&unknown=x"),
        format!("{base}&view=FULL"),
        format!("{base}&view=FULL&filter=nonsense"),
        format!("{base}&view=HEADERS&filter=metric.type%3D%22a%22"),
        format!(
            "{base}&view=FULL&filter=metric.type%3D%22a%22&interval.startTime=2026-11-23T00:00:00Z"
        ),
    ];
    refused.push(series("").replace("2026-11-22T00:00:00Z", "today"));
    for url in refused {
        assert_eq!(get(&emulator, &url).await.status, 400, "{url}");
    }
    let stranger = series("").replace("projects/one", "projects/two");
    assert_eq!(get(&emulator, &stranger).await.status, 403);
}

async fn entries(emulator: &Emulator, body: Value) -> crate::Answer {
    send(emulator, request("POST", ENTRIES, &body.to_string())).await
}

/// Returns the ids of a page's entries.
fn ids(page: &Value) -> String {
    let entries = page["entries"].as_array().into_iter().flatten();
    entries.map(|entry| text(&entry["insertId"])).collect()
}

#[tokio::test]
async fn entries_come_in_order_and_in_pages() {
    let emulator = emulator();
    let asked = |order: &str, more: Value| {
        let mut body = json!({ "resourceNames": ["projects/11"], "orderBy": order });
        let fields = body.as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        body
    };
    let all = entries(&emulator, asked("", json!({}))).await.json();
    assert_eq!(ids(&all), "cabd");
    let first = asked("timestamp desc", json!({ "pageSize": 3 }));
    let page = entries(&emulator, first).await.json();
    assert_eq!(ids(&page), "dab");
    let token = &page["nextPageToken"];
    let next = asked(
        "timestamp desc",
        json!({ "pageSize": 2, "pageToken": token }),
    );
    let page = entries(&emulator, next).await.json();
    assert_eq!(
        (ids(&page).as_str(), page.get("nextPageToken")),
        ("c", None)
    );
    // A token belongs to its request.
    let other = asked("timestamp asc", json!({ "pageToken": token }));
    assert_eq!(entries(&emulator, other).await.status, 400);
    let late = asked(
        "",
        json!({ "filter": "timestamp>\"2026-11-20T00:00:00Z\"" }),
    );
    assert_eq!(ids(&entries(&emulator, late).await.json()), "d");
}

#[tokio::test]
async fn what_logging_refuses() {
    let emulator = emulator();
    let many: Vec<String> = (0..101).map(|_| "projects/11".to_owned()).collect();
    for body in [
        json!({}),
        json!({ "resourceNames": many }),
        json!({ "resourceNames": ["projects/11/locations/global/buckets/_Default/views/_Default"] }),
        json!({ "resourceNames": ["projects/11"], "orderBy": "severity" }),
        json!({ "resourceNames": ["projects/11"], "filter": "severity>=ERROR" }),
        json!({ "resourceNames": ["projects/11"], "pageSize": -1 }),
        json!({ "resourceNames": ["projects/11"], "pageToken": "x" }),
        json!({ "resourceNames": ["projects/11"], "order": "timestamp desc" }),
        json!({ "projectIds": ["one"] }),
    ] {
        assert_eq!(entries(&emulator, body.clone()).await.status, 400, "{body}");
    }
    for name in ["projects/two", "folders/2", "organizations/2"] {
        let body = json!({ "resourceNames": ["projects/11", name] });
        assert_eq!(entries(&emulator, body).await.status, 403, "{name}");
    }
    assert_eq!(get(&emulator, ENTRIES).await.status, 404);
}

#[tokio::test]
async fn insights_go_by_type_and_state() {
    let emulator = emulator();
    let url = format!("{INSIGHTS}/google.iam.policy.Insight/insights");
    let all = get(&emulator, &url).await.json();
    assert_eq!(names(&all, "insights"), ["1", "2"]);
    let active = get(&emulator, &format!("{url}?filter=stateInfo.state=ACTIVE")).await;
    assert_eq!(names(&active.json(), "insights"), ["1"]);
    for (url, status) in [
        (format!("{url}?filter=severity=HIGH"), 400),
        (format!("{INSIGHTS}/google.iam.other.Insight/insights"), 400),
        (url.replace("global", "europe-west1"), 400),
        (url.replace("projects/11", "projects/two"), 403),
        (url.replace("projects/11", "folders/2"), 403),
    ] {
        assert_eq!(get(&emulator, &url).await.status, status, "{url}");
    }
    let organization = url.replace("projects/11", "organizations/1");
    assert_eq!(get(&emulator, &organization).await.text.trim(), "{}");
}

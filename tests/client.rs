//! The client against a Google that misbehaves: every fault, and what is left of a list after it.
//!
//! Time is paused: waits pass at once, and are measured.

mod support;

use std::io::ErrorKind as Io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use sa_audit::gcp::api::policy_analyzer::ActivityType;
use sa_audit::gcp::api::{federation, iam, policies, policy_analyzer, resource_manager, roles};
use sa_audit::gcp::apis::Api;
use sa_audit::gcp::endpoints::Endpoints;
use sa_audit::gcp::error::ErrorKind;
use sa_audit::gcp::google::Google;
use sa_audit::gcp::paging::Listed;
use sa_audit::gcp::rate::Quotas;
use sa_audit::gcp::retry::RetryPolicy;
use sa_audit::gcp::transport::{Settings, Transport};
use serde_json::{Value, json};
use support::scripted::{Reply, Scripted};
use support::tokens::tokens;
use tokio::time::Instant;

const TOKEN: &str = "ya29.never-to-be-shown";

fn google(backend: &Arc<Scripted>, settings: Settings) -> Google {
    client(backend, &[TOKEN], settings)
}

fn client(backend: &Arc<Scripted>, given: &[&'static str], settings: Settings) -> Google {
    let settings = Settings {
        jitter_seed: Some(7),
        ..settings
    };
    Google::new(Transport::new(backend.clone(), tokens(given), settings).expect("a transport"))
}

fn account(name: &str) -> Value {
    json!({
        "name": format!("projects/acme/serviceAccounts/{name}@acme.iam.gserviceaccount.com"),
        "email": format!("{name}@acme.iam.gserviceaccount.com"),
        "uniqueId": "100000000000000000001",
        "etag": "MDEwMjE5MjA=",
    })
}

fn accounts(names: &[&str], next: Option<&str>) -> Value {
    let accounts: Vec<Value> = names.iter().map(|name| account(name)).collect();
    json!({"accounts": accounts, "nextPageToken": next})
}

fn error(code: u16, status: &str, message: &str) -> Value {
    json!({"error": {"code": code, "status": status, "message": message}})
}

/// What a list came to: the accounts before the `@`, what was dropped, why it stopped.
fn told(listed: &Listed<google_iam1::api::ServiceAccount>) -> String {
    let emails = listed
        .items
        .iter()
        .filter_map(|account| account.email.as_deref()?.split('@').next());
    let emails = emails.collect::<Vec<_>>().join(" ");
    let items = if emails.is_empty() {
        "nothing"
    } else {
        &emails
    };
    let stopped = listed
        .stopped
        .as_ref()
        .map_or_else(|| "whole".to_owned(), ToString::to_string);
    format!("{items} | {} malformed | {stopped}", listed.malformed)
}

/// Lists the accounts of one project from the script; returns the outcome, the requests sent and the seconds waited.
async fn list(script: impl IntoIterator<Item = Reply>) -> (String, usize, f64) {
    run(Scripted::new(script).shared()).await
}

async fn list_always(reply: Reply) -> (String, usize, f64) {
    run(Scripted::always(reply).shared()).await
}

async fn run(backend: Arc<Scripted>) -> (String, usize, f64) {
    let start = Instant::now();
    let listed = iam::service_accounts(&google(&backend, Settings::default()), "acme").await;
    (
        told(&listed),
        backend.sent().len(),
        start.elapsed().as_secs_f64(),
    )
}

fn good() -> Reply {
    Reply::ok(&accounts(&["etl"], None))
}

const WHOLE: &str = "etl | 0 malformed | whole";

#[tokio::test(start_paused = true)]
async fn requests_are_what_google_expects() {
    let project = json!({"name": "projects/12", "projectId": "acme", "state": "ACTIVE"});
    let backend = Scripted::new([
        Reply::ok(&accounts(&["etl"], Some("t/2=="))),
        good(),
        Reply::ok(&json!({"keys": [{"name": "projects/acme/serviceAccounts/1/keys/a"}]})),
        Reply::ok(
            &json!({"activities": [{"activityType": "serviceAccountKeyLastAuthentication"}]}),
        ),
        Reply::ok(&project),
        Reply::ok(&json!({"projects": [project]})),
        Reply::ok(&json!({"projects": [project]})),
        Reply::ok(&json!({"folders": [{"name": "folders/2"}]})),
        Reply::ok(&json!({"name": "folders/2"})),
        Reply::ok(&json!({"name": "organizations/1"})),
    ])
    .shared();
    let settings = Settings {
        quota_project: Some("acme-billing".to_owned()),
        ..Settings::default()
    };
    let google = client(&backend, &[TOKEN], settings);

    let keys = ActivityType::ServiceAccountKeyLastAuthentication;
    assert_eq!(iam::service_accounts(&google, "acme").await.items.len(), 2);
    assert_eq!(
        iam::user_managed_keys(&google, "acme", "etl@acme.iam.gserviceaccount.com")
            .await
            .items
            .len(),
        1
    );
    assert_eq!(
        policy_analyzer::activities(&google, "acme", keys)
            .await
            .items
            .len(),
        1
    );
    let found = resource_manager::project(&google, "12")
        .await
        .expect("a project");
    assert_eq!(found.project_id.as_deref(), Some("acme"));
    assert_eq!(
        resource_manager::search_projects(&google).await.items.len(),
        1
    );
    assert_eq!(
        resource_manager::projects_in(&google, "folders/2")
            .await
            .items
            .len(),
        1
    );
    assert_eq!(
        resource_manager::folders_in(&google, "organizations/1")
            .await
            .items
            .len(),
        1
    );
    resource_manager::folder(&google, "2")
        .await
        .expect("a folder");

    insta::assert_snapshot!(backend.sent().join("\n"), @r"
        GET https://iam.googleapis.com/v1/projects/acme/serviceAccounts?pageSize=100&alt=json
        GET https://iam.googleapis.com/v1/projects/acme/serviceAccounts?pageToken=t%2F2%3D%3D&pageSize=100&alt=json
        GET https://iam.googleapis.com/v1/projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com/keys?keyTypes=USER_MANAGED&alt=json
        GET https://policyanalyzer.googleapis.com/v1/projects/acme/locations/global/activityTypes/serviceAccountKeyLastAuthentication/activities:query?pageSize=1000&alt=json
        GET https://cloudresourcemanager.googleapis.com/v3/projects/12?alt=json
        GET https://cloudresourcemanager.googleapis.com/v3/projects:search?pageSize=500&alt=json
        GET https://cloudresourcemanager.googleapis.com/v3/projects?showDeleted=true&parent=folders%2F2&pageSize=500&alt=json
        GET https://cloudresourcemanager.googleapis.com/v3/folders?parent=organizations%2F1&pageSize=500&alt=json
        GET https://cloudresourcemanager.googleapis.com/v3/folders/2?alt=json
        ");
    for (name, value) in [
        ("authorization", "Bearer ya29.never-to-be-shown"),
        ("x-goog-user-project", "acme-billing"),
        ("accept-encoding", "gzip"),
        (
            "user-agent",
            concat!("sa-audit/", env!("CARGO_PKG_VERSION"), " (gzip)"),
        ),
    ] {
        assert_eq!(backend.header(name), [value; 9], "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn reads_of_access_ask_for_conditions_permissions_and_what_was_deleted() {
    let binding = json!({
        "role": "roles/viewer", "members": ["user:ana@acme.example", 7],
        "condition": { "title": "spring", "expression": "false" },
    });
    let policy =
        json!({ "version": 3, "etag": "not base64!", "bindings": [binding, { "role": 7 }] });
    let role = json!({ "name": "roles/viewer", "includedPermissions": ["run.services.get"] });
    let roles_of = |next: Option<&str>| json!({ "roles": [role], "nextPageToken": next });
    let backend = Scripted::new([
        Reply::ok(&policy),
        Reply::ok(&policy),
        Reply::ok(&policy),
        Reply::ok(&policy),
        Reply::ok(&roles_of(Some("t"))),
        Reply::ok(&roles_of(None)),
        Reply::ok(&roles_of(None)),
        Reply::ok(&roles_of(None)),
        Reply::ok(&json!({ "workloadIdentityPools": [{ "name": "a" }, { "name": 7 }] })),
        Reply::ok(&json!({ "workloadIdentityPoolProviders": [{ "name": "a" }] })),
    ])
    .shared();
    let google = google(&backend, Settings::default());

    let account = "etl@acme.iam.gserviceaccount.com";
    let read = [
        policies::of_organization(&google, "1").await,
        policies::of_folder(&google, "2").await,
        policies::of_project(&google, "example.com:acme").await,
        policies::of_account(&google, "acme", account).await,
    ];
    for listed in read {
        let [policies::Part::Binding(binding)] = &listed.items[..] else {
            panic!("one binding: {listed:?}");
        };
        let condition = binding.condition.as_ref().expect("its condition");
        assert_eq!(condition.expression.as_deref(), Some("false"));
        assert_eq!(
            binding.members.as_deref(),
            Some(&["user:ana@acme.example".to_owned()][..])
        );
        // A member and a binding.
        assert_eq!((listed.malformed, listed.stopped), (2, None));
    }
    assert_eq!(roles::predefined(&google).await.items.len(), 2);
    assert_eq!(roles::of_project(&google, "acme").await.items.len(), 1);
    assert_eq!(roles::of_organization(&google, "1").await.items.len(), 1);
    let pools = federation::pools(&google, "acme").await;
    assert_eq!((pools.items.len(), pools.malformed), (1, 1));
    let providers = federation::providers(&google, "acme", "ci").await;
    assert_eq!(providers.items.len(), 1);

    // A POST without a body says that it has none.
    let lengths = backend.header("content-length");
    assert_eq!(lengths[3..5], ["0", ""], "{lengths:?}");
    let sent: Vec<String> = backend
        .sent()
        .into_iter()
        .zip(backend.bodies())
        .map(|(sent, body)| format!("{sent} {body}").trim_end().to_owned())
        .collect();
    insta::assert_snapshot!(sent.join("\n"), @r#"
    POST https://cloudresourcemanager.googleapis.com/v3/organizations/1:getIamPolicy?alt=json {"options":{"requestedPolicyVersion":3}}
    POST https://cloudresourcemanager.googleapis.com/v3/folders/2:getIamPolicy?alt=json {"options":{"requestedPolicyVersion":3}}
    POST https://cloudresourcemanager.googleapis.com/v3/projects/example.com:acme:getIamPolicy?alt=json {"options":{"requestedPolicyVersion":3}}
    POST https://iam.googleapis.com/v1/projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com:getIamPolicy?options.requestedPolicyVersion=3&alt=json
    GET https://iam.googleapis.com/v1/roles?view=FULL&pageSize=1000&alt=json
    GET https://iam.googleapis.com/v1/roles?view=FULL&pageToken=t&pageSize=1000&alt=json
    GET https://iam.googleapis.com/v1/projects/acme/roles?view=FULL&showDeleted=true&pageSize=1000&alt=json
    GET https://iam.googleapis.com/v1/organizations/1/roles?view=FULL&showDeleted=true&pageSize=1000&alt=json
    GET https://iam.googleapis.com/v1/projects/acme/locations/global/workloadIdentityPools?showDeleted=true&pageSize=1000&alt=json
    GET https://iam.googleapis.com/v1/projects/acme/locations/global/workloadIdentityPools/ci/providers?showDeleted=true&pageSize=100&alt=json
    "#);
}

#[tokio::test(start_paused = true)]
async fn without_a_quota_project_no_header_names_one() {
    let backend = Scripted::new([good()]).shared();
    iam::service_accounts(&google(&backend, Settings::default()), "acme").await;
    assert_eq!(backend.header("x-goog-user-project"), [""]);
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_sent_again() {
    let busy = |status| Reply::status(status, &error(status, "UNAVAILABLE", "busy"));
    let legacy = json!({"error": {"code": 403, "message": "slow down", "errors": [{"reason": "rateLimitExceeded"}]}});
    let body = accounts(&["etl"], None).to_string().into_bytes();
    let faults = [
        (
            "429",
            Reply::status(429, &error(429, "RESOURCE_EXHAUSTED", "quota")),
        ),
        ("500", busy(500)),
        (
            "502",
            Reply::text(502, "<html><title>Bad Gateway</title></html>"),
        ),
        ("503", busy(503)),
        ("504", busy(504)),
        ("403 rate limit", Reply::status(403, &legacy)),
        ("refused", Reply::Broken(Io::ConnectionRefused)),
        ("reset", Reply::Broken(Io::ConnectionReset)),
        ("cut", Reply::Cut(body)),
        (
            "HTML",
            Reply::text(200, "<html>Sign in to the guest network</html>"),
        ),
        ("empty", Reply::text(200, "")),
        ("half", Reply::text(200, "{\"accounts\": [")),
    ];
    for (name, fault) in faults {
        let (outcome, sent, waited) = list([fault, good()]).await;
        assert_eq!((outcome.as_str(), sent), (WHOLE, 2), "{name}");
        assert!(waited <= 0.501, "{name}: {waited} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stalled_answer_is_given_thirty_seconds() {
    let body = accounts(&["etl"], None).to_string().into_bytes();
    for (name, fault) in [
        ("stalled", Reply::Stalled(body)),
        ("silent", Reply::Silence),
    ] {
        let (outcome, sent, waited) = list([fault, good()]).await;
        assert_eq!((outcome.as_str(), sent), (WHOLE, 2), "{name}");
        assert!((30.0..30.6).contains(&waited), "{name}: {waited} s");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_google_asks_for_is_kept() {
    let quota = error(429, "RESOURCE_EXHAUSTED", "quota");
    let mut detailed = quota.clone();
    detailed["error"]["details"] =
        json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "4s"}]);
    let date = "Wed, 21 Oct 2026 07:28:00 GMT";
    let waits = [
        (7.0, Reply::status(429, &quota).header("retry-after", "7")),
        (7.0, Reply::status(503, &quota).header("retry-after", "7")),
        (4.0, Reply::status(429, &detailed)),
        (
            9.0,
            Reply::status(429, &detailed).header("retry-after", "9"),
        ),
        (
            25.0,
            Reply::status(429, &quota)
                .header("date", date)
                .header("retry-after", "Wed, 21 Oct 2026 07:28:25 GMT"),
        ),
    ];
    for (seconds, reply) in waits {
        let (outcome, sent, waited) = list([reply, good()]).await;
        assert_eq!((outcome.as_str(), sent), (WHOLE, 2));
        assert!(
            (seconds..seconds + 0.51).contains(&waited),
            "{waited} s instead of {seconds}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_longer_than_the_time_left_is_refused_at_once() {
    let reply = Reply::status(429, &error(429, "RESOURCE_EXHAUSTED", "quota"))
        .header("retry-after", "3600");
    let (outcome, sent, waited) = list_always(reply).await;
    assert_eq!((sent, waited), (1, 0.0));
    insta::assert_snapshot!(outcome, @r"nothing | 0 malformed | listing the service accounts of projects/acme: quota exceeded: quota (HTTP 429), given up because Google asks to wait 3600 s");
}

#[tokio::test(start_paused = true)]
async fn what_never_passes_ends_after_six_attempts() {
    let body = accounts(&["etl"], None).to_string().into_bytes();
    let mut outcomes = Vec::new();
    for fault in [
        Reply::status(
            503,
            &error(503, "UNAVAILABLE", "The service is currently unavailable."),
        ),
        Reply::text(
            502,
            "<html><head><title>Error 502 (Server Error)!!1</title></head></html>",
        ),
        Reply::Broken(Io::ConnectionRefused),
        Reply::Broken(Io::ConnectionReset),
        Reply::Cut(body.clone()),
        Reply::Stalled(body),
        Reply::Silence,
        Reply::text(200, "<html>Sign in to the guest network</html>"),
    ] {
        let (outcome, sent, waited) = list_always(fault).await;
        assert!(waited < 181.0, "{waited} s");
        outcomes.push(format!("{sent} sent: {outcome}"));
    }
    insta::assert_snapshot!(outcomes.join("\n"), @r"
        6 sent: nothing | 0 malformed | listing the service accounts of projects/acme: server error: The service is currently unavailable. (HTTP 503), after 6 attempts
        6 sent: nothing | 0 malformed | listing the service accounts of projects/acme: server error: Error 502 (Server Error)!!1 (HTTP 502), after 6 attempts
        6 sent: nothing | 0 malformed | listing the service accounts of projects/acme: connection refused, after 6 attempts
        6 sent: nothing | 0 malformed | listing the service accounts of projects/acme: connection reset, after 6 attempts
        6 sent: nothing | 0 malformed | listing the service accounts of projects/acme: answer cut off (HTTP 200), after 6 attempts
        6 sent: nothing | 0 malformed | listing the service accounts of projects/acme: answer stalled (HTTP 200), after 6 attempts
        6 sent: nothing | 0 malformed | listing the service accounts of projects/acme: no answer in time, after 6 attempts
        6 sent: nothing | 0 malformed | listing the service accounts of projects/acme: the answer is not JSON (HTTP 200), after 6 attempts
        ");
}

#[tokio::test(start_paused = true)]
async fn the_total_time_bounds_the_attempts_too() {
    let backend = Scripted::always(Reply::Silence).shared();
    let retry = RetryPolicy {
        total: Duration::from_secs(70),
        ..RetryPolicy::default()
    };
    let google = google(
        &backend,
        Settings {
            retry,
            ..Settings::default()
        },
    );
    let start = Instant::now();
    let stopped = iam::service_accounts(&google, "acme")
        .await
        .stopped
        .expect("stopped");
    assert_eq!(stopped.attempts(), 3);
    assert_eq!(start.elapsed().as_secs(), 70);
    let counted = google.statistics().methods["iam.projects.serviceAccounts.list"];
    assert_eq!(
        (
            counted.calls,
            counted.attempts,
            counted.retries,
            counted.failures
        ),
        (1, 3, 2, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn what_stays_refused_is_sent_once() {
    let mut outcomes = Vec::new();
    for reply in [
        Reply::status(400, &error(400, "INVALID_ARGUMENT", "Invalid page size.")),
        Reply::status(
            403,
            &error(
                403,
                "PERMISSION_DENIED",
                "Permission 'iam.serviceAccounts.list' denied on resource (or it may not exist).",
            ),
        ),
        Reply::status(404, &error(404, "NOT_FOUND", "Unknown project")),
        Reply::text(302, ""),
        Reply::ok(&json!({"accounts": {"etl": 1}})),
        Reply::ok(&json!({"nextPageToken": 7})),
    ] {
        let (outcome, sent, waited) = list_always(reply).await;
        assert_eq!((sent, waited), (1, 0.0), "{outcome}");
        outcomes.push(outcome);
    }
    insta::assert_snapshot!(outcomes.join("\n"), @r"
        nothing | 0 malformed | listing the service accounts of projects/acme: request not accepted: Invalid page size. (HTTP 400)
        nothing | 0 malformed | listing the service accounts of projects/acme: permission iam.serviceAccounts.list denied (HTTP 403)
        nothing | 0 malformed | listing the service accounts of projects/acme: not found: Unknown project (HTTP 404)
        nothing | 0 malformed | listing the service accounts of projects/acme: request not accepted (HTTP 302)
        nothing | 0 malformed | listing the service accounts of projects/acme: the answer is not of the method's type: no list where the elements belong (HTTP 200)
        nothing | 0 malformed | listing the service accounts of projects/acme: the answer is not of the method's type: invalid type: integer `7`, expected a string at line 1 column 18
        ");
}

#[tokio::test(start_paused = true)]
async fn an_expired_token_is_replaced_once() {
    let refusal = || {
        Reply::status(
            401,
            &error(
                401,
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials.",
            ),
        )
    };
    let backend = Scripted::new([refusal(), good()]).shared();
    let google = client(&backend, &["ya29.stale", "ya29.fresh"], Settings::default());
    assert_eq!(told(&iam::service_accounts(&google, "acme").await), WHOLE);
    assert_eq!(
        backend.header("authorization"),
        ["Bearer ya29.stale", "Bearer ya29.fresh"]
    );

    let (outcome, sent, waited) = list_always(refusal()).await;
    assert_eq!((sent, waited), (2, 0.0));
    insta::assert_snapshot!(outcome, @r"nothing | 0 malformed | listing the service accounts of projects/acme: the access token was refused: Request had invalid authentication credentials. (HTTP 401), after 2 attempts");
}

#[tokio::test(start_paused = true)]
async fn a_dead_login_sends_nothing() {
    let backend = Scripted::new([good()]).shared();
    let google = client(&backend, &[], Settings::default());
    let listed = iam::service_accounts(&google, "acme").await;
    assert_eq!(backend.sent(), [""; 0]);
    insta::assert_snapshot!(told(&listed), @r"nothing | 0 malformed | listing the service accounts of projects/acme: no access token: the login has expired; sign in again");
}

#[tokio::test(start_paused = true)]
async fn pages_already_read_are_kept() {
    let denied = || {
        Reply::status(
            403,
            &error(
                403,
                "PERMISSION_DENIED",
                "The caller does not have permission",
            ),
        )
    };
    let page = |names: &[&str], next| Reply::ok(&accounts(names, next));
    let mut outcomes = Vec::new();
    for script in [
        vec![
            page(&["a", "b"], Some("1")),
            page(&[], Some("2")),
            page(&["c"], Some("")),
        ],
        vec![page(&["a"], Some("1")), denied()],
        vec![page(&["a"], Some("1")), page(&["b"], Some("1"))],
        vec![
            page(&["a"], Some("1")),
            page(&["b"], Some("2")),
            page(&["c"], Some("1")),
        ],
    ] {
        outcomes.push(list(script).await.0);
    }
    insta::assert_snapshot!(outcomes.join("\n"), @r"
        a b c | 0 malformed | whole
        a | 0 malformed | listing the service accounts of projects/acme: permission denied: The caller does not have permission (HTTP 403)
        a b | 0 malformed | listing the service accounts of projects/acme: the list does not end: a page token came twice
        a b c | 0 malformed | listing the service accounts of projects/acme: the list does not end: a page token came twice
        ");
}

#[tokio::test(start_paused = true)]
async fn a_list_without_end_is_left() {
    let (outcome, sent, _) = list_always(Reply::ok(&accounts(&["etl"], Some("again")))).await;
    assert_eq!(sent, 2);
    insta::assert_snapshot!(outcome, @r"etl etl | 0 malformed | listing the service accounts of projects/acme: the list does not end: a page token came twice");
}

#[tokio::test(start_paused = true)]
async fn a_bad_element_does_not_cost_the_page() {
    let mut page = accounts(&["a", "b", "c"], None);
    page["accounts"][1]["etag"] = json!("not base64!");
    let backend = Scripted::new([Reply::ok(&page)]).shared();
    let google = google(&backend, Settings::default());
    assert_eq!(
        told(&iam::service_accounts(&google, "acme").await),
        "a c | 1 malformed | whole"
    );
    assert_eq!(
        google.statistics().methods["iam.projects.serviceAccounts.list"].malformed,
        1
    );
}

#[tokio::test(start_paused = true)]
async fn gzip_is_read_and_a_bomb_is_not() {
    let page = accounts(&["etl"], None).to_string();
    assert_eq!(list([Reply::gzip(page.as_bytes())]).await.0, WHOLE);

    let bomb = Reply::gzip(&vec![b' '; 2 << 20]);
    let backend = Scripted::always(bomb).shared();
    let google = google(
        &backend,
        Settings {
            max_body: 1 << 20,
            ..Settings::default()
        },
    );
    let listed = iam::service_accounts(&google, "acme").await;
    assert_eq!(backend.sent().len(), 1);
    insta::assert_snapshot!(told(&listed), @r"nothing | 0 malformed | listing the service accounts of projects/acme: the answer is too large (HTTP 200)");
}

#[tokio::test(start_paused = true)]
async fn no_more_requests_are_in_flight_than_allowed() {
    let backend = Scripted::always(good())
        .slow(Duration::from_millis(50))
        .shared();
    let google = google(
        &backend,
        Settings {
            max_in_flight: 8,
            ..Settings::default()
        },
    );
    let start = Instant::now();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let google = google.clone();
        calls.spawn(async move { iam::service_accounts(&google, "acme").await });
    }
    for listed in calls.join_all().await {
        assert_eq!(told(&listed), WHOLE);
    }
    assert_eq!(backend.most_in_flight(), 8);
    // Five rounds of eight, 50 ms each.
    assert_eq!(start.elapsed().as_millis(), 250);

    let statistics = google.statistics();
    assert_eq!(statistics.most_in_flight, 8);
    insta::assert_snapshot!(serde_json::to_string(&statistics.methods).expect("JSON"), @r#"{"iam.projects.serviceAccounts.list":{"calls":40,"attempts":40,"retries":0,"failures":0,"malformed":0}}"#);
}

#[tokio::test(start_paused = true)]
async fn a_retry_gives_its_place_to_others() {
    let busy = Reply::status(503, &error(503, "UNAVAILABLE", "busy")).header("retry-after", "100");
    let backend = Scripted::new([busy, good(), good()]).shared();
    let google = google(
        &backend,
        Settings {
            max_in_flight: 1,
            ..Settings::default()
        },
    );
    let start = Instant::now();
    let timed = async || {
        let listed = iam::service_accounts(&google, "acme").await;
        (start.elapsed().as_secs(), told(&listed))
    };
    let (one, other) = tokio::join!(timed(), timed());
    let whole = |seconds| (seconds, WHOLE.to_owned());
    assert_eq!(one.clone().min(other.clone()), whole(0));
    assert_eq!(one.max(other), whole(100));
}

#[tokio::test(start_paused = true)]
async fn calls_stay_under_the_quota_of_their_api_alone() {
    let backend = Scripted::always(Reply::ok(&json!({}))).shared();
    let quotas = Quotas::default().with(Api::PolicyAnalyzer, 60);
    let google = google(
        &backend,
        Settings {
            quotas,
            max_in_flight: 4,
            ..Settings::default()
        },
    );
    let start = Instant::now();
    let activity = ActivityType::ServiceAccountLastAuthentication;
    let slow = futures_util::future::join_all(
        (0..60).map(|_| policy_analyzer::activities(&google, "acme", activity)),
    );
    let other = async {
        for _ in 0..100 {
            iam::service_accounts(&google, "acme").await;
        }
        start.elapsed()
    };
    let (_, other_took) = tokio::join!(slow, other);
    // Twelve at once, then one every 1.25 s; IAM does not wait for that.
    assert_eq!(start.elapsed().as_secs(), 60);
    assert_eq!(other_took.as_secs(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_override_takes_the_requests() {
    let backend = Scripted::new([good()]).shared();
    let endpoints = Endpoints::from_variables(&|name| {
        (name == "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM")
            .then(|| "http://127.0.0.1:9000/iam.googleapis.com".to_owned())
    })
    .expect("endpoints");
    iam::service_accounts(
        &google(
            &backend,
            Settings {
                endpoints,
                ..Settings::default()
            },
        ),
        "acme",
    )
    .await;
    assert_eq!(
        backend.sent(),
        [
            "GET http://127.0.0.1:9000/iam.googleapis.com/v1/projects/acme/serviceAccounts?pageSize=100&alt=json"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_on_the_list_never_leaves() {
    let backend = Scripted::always(good()).shared();
    let google = google(&backend, Settings::default());
    for (verb, uri) in [
        (
            "DELETE",
            "https://iam.googleapis.com/v1/projects/acme/serviceAccounts/1/keys/2",
        ),
        (
            "POST",
            "https://iam.googleapis.com/v1/projects/acme/serviceAccounts/1:disable",
        ),
        (
            "POST",
            "https://cloudresourcemanager.googleapis.com/v3/projects/acme:setIamPolicy",
        ),
        (
            "GET",
            "https://evil.example/v1/projects/acme/serviceAccounts",
        ),
    ] {
        let request = Request::builder()
            .method(verb)
            .uri(uri)
            .body(Bytes::new())
            .expect("a request");
        let refused = google.transport().send(request).await.expect_err(uri);
        assert_eq!(refused.kind(), &ErrorKind::NotAllowed);
    }
    for name in [
        "acme/../other",
        "..",
        "acme//x",
        "acme?alt=media",
        "acme:undelete",
        "acme/serviceAccounts/1/keys/2",
        "",
        "a b",
    ] {
        let stopped = iam::service_accounts(&google, name)
            .await
            .stopped
            .expect("stopped");
        assert_eq!(stopped.kind(), &ErrorKind::NotAllowed, "{name}");
    }
    let project = resource_manager::project(&google, "../folders/1")
        .await
        .expect_err("refused");
    assert_eq!(project.kind(), &ErrorKind::NotAllowed);
    assert_eq!(backend.sent(), [""; 0]);
}

//! Faults on request.

use super::*;

const KEYS_LIST: &str = "iam.projects.serviceAccounts.keys.list";

/// The unique id of `web@shop-prod…`.
const WEB_ID: &str = "100000000000000000001";

/// An emulator that refuses the keys of `web` in that way, once.
fn struck(kind: FaultKind) -> Emulator {
    let emulator = emulator();
    emulator.fault(Fault::on(KEYS_LIST, kind).path("*/web@*").times(1));
    emulator
}

#[tokio::test]
async fn only_the_method_path_and_calls_that_were_named() {
    let emulator = struck(FaultKind::Reset);
    let etl = "https://iam.googleapis.com/v1/projects/shop-data/serviceAccounts/etl@shop-data.iam.gserviceaccount.com/keys";
    assert_eq!(get(&emulator, etl).await.status, 200);
    assert_eq!(get(&emulator, PROD).await.status, 200);
    let error = emulator
        .handle(request("GET", WEB_KEYS, ""))
        .await
        .expect_err("a reset");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(get(&emulator, WEB_KEYS).await.status, 200);
    assert_eq!(emulator.calls()[KEYS_LIST], 3);
}

/// This program asks by unique id, the official clients by address: a fault names the account either way.
#[tokio::test]
async fn an_account_goes_by_its_address_and_by_its_unique_id() {
    let by_id = WEB_KEYS.replace("web@shop-prod.iam.gserviceaccount.com", WEB_ID);
    assert_eq!(
        get(&struck(FaultKind::Html { code: 502 }), &by_id)
            .await
            .status,
        502
    );
    let emulator = emulator();
    let kind = FaultKind::Html { code: 502 };
    emulator.fault(Fault::on(KEYS_LIST, kind).path(&format!("*/{WEB_ID}/*")));
    assert_eq!(get(&emulator, WEB_KEYS).await.status, 502);
}

#[tokio::test]
async fn google_errors() {
    let permission = "iam.serviceAccountKeys.list".to_owned();
    let (service, consumer) = ("iam.googleapis.com".to_owned(), "projects/101".to_owned());
    for (kind, status, message, reason) in [
        (
            FaultKind::PermissionDenied { permission },
            403,
            "Permission 'iam.serviceAccountKeys.list' denied on resource (or it may not exist).",
            Some("IAM_PERMISSION_DENIED"),
        ),
        (
            FaultKind::ApiDisabled { service, consumer },
            403,
            "Identity and Access Management (IAM) API has not been used in project 101 before or it is disabled.",
            Some("SERVICE_DISABLED"),
        ),
        (
            FaultKind::VpcServiceControls,
            403,
            "Request is prohibited by organization's policy.",
            Some("SECURITY_POLICY_VIOLATED"),
        ),
        (
            FaultKind::QuotaProjectMissing,
            403,
            "Your application is authenticating by using local Application Default Credentials.",
            Some("SERVICE_DISABLED"),
        ),
        (
            FaultKind::TokenExpired,
            401,
            "Request had invalid authentication credentials.",
            Some("ACCESS_TOKEN_EXPIRED"),
        ),
        (
            FaultKind::Quota {
                retry_after: None,
                retry_info: None,
            },
            429,
            "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service \
             'iam.googleapis.com' for consumer 'project_number:100200300400'.",
            Some("RATE_LIMIT_EXCEEDED"),
        ),
        (
            FaultKind::Status {
                code: 503,
                headers: [].into(),
                body: None,
            },
            503,
            "The service is currently unavailable.",
            None,
        ),
    ] {
        let answer = get(&struck(kind), WEB_KEYS).await;
        let error = answer.error();
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(error["code"], status);
        assert!(
            text(&error["message"]).starts_with(message),
            "{}",
            answer.text
        );
        let details = error["details"].as_array().into_iter().flatten();
        let reasons: Vec<&str> = details
            .filter_map(|detail| detail["reason"].as_str())
            .collect();
        assert_eq!(reasons, Vec::from_iter(reason));
    }
}

#[tokio::test]
async fn when_to_come_back() {
    let header = get(
        &struck(FaultKind::Quota {
            retry_after: Some(3),
            retry_info: None,
        }),
        WEB_KEYS,
    )
    .await;
    assert_eq!(header.headers["retry-after"], "3");
    let detail = get(
        &struck(FaultKind::Quota {
            retry_after: None,
            retry_info: Some(4),
        }),
        WEB_KEYS,
    )
    .await;
    assert_eq!(detail.headers.get("retry-after"), None);
    assert_eq!(
        detail.error()["details"][2],
        json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "4s" })
    );
}

#[tokio::test]
async fn any_body() {
    let text = FaultKind::Status {
        code: 502,
        headers: [("x-upstream".to_owned(), "gone".to_owned())].into(),
        body: Some(json!("upstream")),
    };
    let answer = get(&struck(text), WEB_KEYS).await;
    assert_eq!((answer.status, answer.text.as_str()), (502, "upstream"));
    assert_eq!(answer.headers["x-upstream"], "gone");
    let array = json!([{ "error": { "code": 500 } }]);
    let answer = get(
        &struck(FaultKind::Status {
            code: 500,
            headers: [].into(),
            body: Some(array.clone()),
        }),
        WEB_KEYS,
    )
    .await;
    assert_eq!((answer.status, answer.json()), (500, array));
    let page = get(&struck(FaultKind::Html { code: 502 }), WEB_KEYS).await;
    assert_eq!(
        (
            page.status,
            page.headers["content-type"].to_str().expect("text")
        ),
        (502, "text/html; charset=UTF-8")
    );
}

#[tokio::test(start_paused = true)]
async fn cut_stalled_and_late_bodies() {
    let whole = get(&emulator(), WEB_KEYS).await.text;
    for after in [0, 10, usize::MAX] {
        let cut = struck(FaultKind::Cut { after })
            .handle(request("GET", WEB_KEYS, ""))
            .await
            .expect("a head");
        assert_eq!(cut.status(), 200);
        let mut body = cut.into_body();
        let mut bytes = Vec::new();
        let error = loop {
            match body.frame().await.expect("a frame or an error") {
                Ok(frame) => bytes.extend(frame.into_data().expect("data")),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        assert_eq!(bytes, &whole.as_bytes()[..after.min(whole.len() - 1)]);
    }
    let stalled = struck(FaultKind::Stall { after: 10 })
        .handle(request("GET", WEB_KEYS, ""))
        .await
        .expect("a head");
    let day = Duration::from_secs(86_400);
    assert!(timeout(day, stalled.into_body().collect()).await.is_err());
    let start = Instant::now();
    assert_eq!(
        get(&struck(FaultKind::Delay { ms: 1_500 }), WEB_KEYS)
            .await
            .text,
        whole
    );
    assert_eq!(start.elapsed(), Duration::from_millis(1_500));
}

#[tokio::test]
async fn a_malformed_element_in_the_middle_of_a_page() {
    let element = serde_json::from_str(r#"{"name": 7, "validAfterTime": false}"#).expect("JSON");
    let page = get(&struck(FaultKind::MalformedElement { element }), WEB_KEYS)
        .await
        .json();
    assert_eq!(
        page["keys"][1],
        json!({ "name": 7, "validAfterTime": false })
    );
    assert_eq!(page["keys"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn faults_of_the_estate() {
    let estate = include_str!("../support/small.json").replacen(
        "\"resources\"",
        r#""faults": [ { "method": "iam.projects.serviceAccounts.keys.list", "path": "*web@*", "times": 1,
                         "fault": { "quota": { "retry_after": 2 } } },
                       { "method": "policyanalyzer.*", "fault": "reset" } ], "resources""#,
        1,
    );
    let emulator = Emulator::new(&Estate::parse(&estate).expect("an estate"));
    assert_eq!(get(&emulator, WEB_KEYS).await.status, 429);
    assert_eq!(get(&emulator, WEB_KEYS).await.status, 200);
    assert!(
        emulator
            .handle(request("GET", ACTIVITIES, ""))
            .await
            .is_err()
    );
}

/// A request that Google would refuse anyway says so: a fault must not hide it.
#[tokio::test]
async fn a_bad_request_is_refused_before_the_fault() {
    let emulator = struck(FaultKind::Reset);
    assert_eq!(get(&emulator, &format!("{WEB_KEYS}?x=1")).await.status, 400);
    assert!(emulator.handle(request("GET", WEB_KEYS, "")).await.is_err());
}

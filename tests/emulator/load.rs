//! Latency, quotas and counts.

use super::*;

#[tokio::test(start_paused = true)]
async fn latency_and_calls_in_flight() {
    let emulator = emulator().with_latency(Latency::Fixed(Duration::from_millis(50)));
    let start = Instant::now();
    for _ in 0..3 {
        get(&emulator, PROD).await;
    }
    assert_eq!(start.elapsed(), Duration::from_millis(150));
    assert_eq!(emulator.most_in_flight(), 1);
    futures_util::future::join_all((0..10).map(|_| get(&emulator, WEB_KEYS))).await;
    assert_eq!(start.elapsed(), Duration::from_millis(200));
    assert_eq!(emulator.most_in_flight(), 10);
    assert_eq!(
        emulator.calls().into_iter().collect::<Vec<_>>(),
        [
            ("iam.projects.serviceAccounts.keys.list".to_owned(), 10),
            ("iam.projects.serviceAccounts.list".to_owned(), 3)
        ]
    );
}

#[tokio::test]
async fn a_call_is_in_flight_until_its_body_is_gone() {
    let emulator = emulator();
    let unread = emulator
        .handle(request("GET", PROD, ""))
        .await
        .expect("an answer");
    get(&emulator, PROD).await;
    assert_eq!(emulator.most_in_flight(), 2);
    drop(unread);
    get(&emulator, PROD).await;
    assert_eq!(emulator.most_in_flight(), 2);
}

#[tokio::test(start_paused = true)]
async fn quotas_count_by_consumer_in_fixed_minutes() {
    let emulator = emulator().with_quotas(Quotas::default());
    let search = format!("{CRM}/projects:search");
    for _ in 0..600 {
        assert_eq!(get(&emulator, &search).await.status, 200);
    }
    let refused = get(&emulator, &search).await;
    assert_eq!(
        (refused.status, &refused.error()["details"][0]),
        (
            429,
            &json!({
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {
                    "consumer": "projects/100200300400", "service": "cloudresourcemanager.googleapis.com",
                    "quota_metric": "cloudresourcemanager.googleapis.com/read_requests",
                    "quota_limit": "ReadRequestsPerMinutePerProject", "quota_limit_value": "600",
                    "quota_location": "global"
                }
            })
        )
    );
    let mut other = request("GET", &search, "");
    other.headers_mut().insert(
        "x-goog-user-project",
        "shop-prod".parse().expect("a header"),
    );
    assert_eq!(send(&emulator, other).await.status, 200);
    assert_eq!(get(&emulator, PROD).await.status, 200);
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(get(&emulator, &search).await.status, 200);
}

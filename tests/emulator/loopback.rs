//! The emulator over loopback.

use super::*;

/// Starts the emulator on a free port, and returns its base URL.
async fn started(emulator: Emulator) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(serve(Arc::new(emulator), listener));
    base
}

fn full(request: Request<Bytes>) -> Request<Full<Bytes>> {
    request.map(Full::new)
}

#[tokio::test]
async fn one_port_serves_every_service_by_prefix_and_by_host() {
    let base = started(emulator()).await;
    for http2 in [false, true] {
        let client = Client::builder(TokioExecutor::new())
            .http2_only(http2)
            .build_http();
        for path in [
            "/iam.googleapis.com/v1/projects/shop-prod/serviceAccounts",
            "/cloudresourcemanager.googleapis.com/v3/projects:search",
            "/policyanalyzer.googleapis.com/v1/projects/shop-prod/locations/global/activityTypes/serviceAccountLastAuthentication/activities:query",
        ] {
            let answer = client
                .request(full(request("GET", &format!("{base}{path}"), "")))
                .await
                .expect("an answer");
            assert_eq!(answer.status(), 200, "{path}");
        }
    }
    let client = Client::builder(TokioExecutor::new()).build_http();
    let mut by_host = request(
        "GET",
        &format!("{base}/v1/projects/shop-prod/serviceAccounts"),
        "",
    );
    by_host
        .headers_mut()
        .insert("host", "iam.googleapis.com".parse().expect("a header"));
    assert_eq!(
        client
            .request(full(by_host))
            .await
            .expect("an answer")
            .status(),
        200
    );
}

#[tokio::test]
async fn broken_connections_and_bodies_break_on_the_wire() {
    let emulator = emulator();
    emulator.fault(Fault::on("iam.projects.serviceAccounts.list", FaultKind::Reset).times(1));
    emulator.fault(
        Fault::on(
            "iam.projects.serviceAccounts.list",
            FaultKind::Cut { after: 5 },
        )
        .times(1),
    );
    let url = format!(
        "{}/iam.googleapis.com/v1/projects/shop-prod/serviceAccounts",
        started(emulator).await
    );
    let client = Client::builder(TokioExecutor::new()).build_http();
    assert!(
        client
            .request(full(request("GET", &url, "")))
            .await
            .is_err()
    );
    let cut = client
        .request(full(request("GET", &url, "")))
        .await
        .expect("a head");
    assert!(cut.into_body().collect().await.is_err());
    let whole = client
        .request(full(request("GET", &url, "")))
        .await
        .expect("a head");
    assert!(whole.into_body().collect().await.is_ok());
}

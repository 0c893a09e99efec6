//! What is told of a failure, and what is tried again.

use std::time::Duration;

use insta::assert_snapshot;
use sa_audit::gcp::credentials::FailureKind;
use serde_json::json;

use crate::token_server::Reply;
use crate::world::*;

#[tokio::test]
async fn a_dead_login_fails_in_one_line_and_one_request_for_twenty_callers() {
    let world = World::with_file(authorized_user).await;
    let expired = refusal(400, "invalid_grant", "Token has been expired or revoked.");
    world
        .server
        .on("POST /token", [expired.after(Duration::from_millis(30))]);
    let credential = world.discover().await.expect("credentials");
    let callers: Vec<_> = (0..20)
        .map(|_| {
            let provider = credential.provider.clone();
            tokio::spawn(async move { provider.token().await })
        })
        .collect();
    let mut told = std::collections::BTreeSet::new();
    for caller in callers {
        let error = caller.await.expect("the caller").expect_err("no token");
        assert_eq!(error.kind, FailureKind::DeadLogin);
        told.insert(world.shown(&error.to_string()));
    }
    assert_snapshot!(told.into_iter().collect::<Vec<_>>().join("\n"), @"authorized_user from DIR/adc.json: the login has ended: HTTP 400 invalid_grant: Token has been expired or revoked; run `gcloud auth application-default login`");
    assert_eq!(world.server.lines(), ["POST /token"]);
}

#[tokio::test]
async fn what_each_refusal_tells() {
    let rapt = Reply::new(
        400,
        json!({ "error": "invalid_grant", "error_subtype": "invalid_rapt", "error_description": "reauth related error (invalid_rapt)" }),
    );
    let login = World::with_file(authorized_user).await;
    login.server.on("POST /token", [rapt]);
    assert_snapshot!(login.failure().await, @"authorized_user from DIR/adc.json: the login has ended: HTTP 400 invalid_grant (invalid_rapt): reauth related error (invalid_rapt); run `gcloud auth application-default login`");

    let key = World::with_file(service_account).await;
    key.server.on(
        "POST /token",
        [refusal(400, "invalid_grant", "Invalid JWT Signature.")],
    );
    assert_snapshot!(key.failure().await, @"service_account from DIR/adc.json: exchanging a signed assertion: HTTP 400 invalid_grant: Invalid JWT Signature; the key may be deleted or disabled, its account too, or this machine's clock is wrong: check with `gcloud iam service-accounts keys list`");

    let no_id_token = World::with_file(external_account).await;
    no_id_token
        .server
        .on("GET /idtoken", [Reply::new(403, "<html>forbidden</html>")]);
    assert_snapshot!(no_id_token.failure().await, @"external_account from DIR/adc.json: asking the identity provider: HTTP 403; check that the job may ask for an identity token (GitHub Actions: `permissions: id-token: write`)");

    let condition = World::with_file(external_account).await;
    answer_every_call(&condition.server);
    condition.server.on(
        "POST /v1/token",
        [refusal(
            400,
            "unauthorized_client",
            "The given credential is rejected by the attribute condition.",
        )],
    );
    assert_snapshot!(condition.failure().await, @"external_account from DIR/adc.json: exchanging the subject token: HTTP 400 unauthorized_client: The given credential is rejected by the attribute condition; check the file's audience, and the pool provider's issuer, allowed audiences and condition");

    let mut denied = World::with_file(authorized_user).await;
    denied.impersonate = Some(AUDITOR);
    answer_every_call(&denied.server);
    let permission = json!({ "error": {
        "code": 403, "status": "PERMISSION_DENIED",
        "message": "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
        "details": [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "IAM_PERMISSION_DENIED" }],
    } });
    denied
        .server
        .on(&generate_path(AUDITOR), [Reply::new(403, permission)]);
    assert_snapshot!(denied.failure().await, @"auditor@kestrel-sec.iam.gserviceaccount.com impersonated by authorized_user from DIR/adc.json: generateAccessToken: HTTP 403 IAM_PERMISSION_DENIED: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist); grant the caller roles/iam.serviceAccountTokenCreator on auditor@kestrel-sec.iam.gserviceaccount.com");

    let empty = World::with_file(authorized_user).await;
    empty.server.on(
        "POST /token",
        [Reply::new(200, "<html>welcome to the hotel network</html>")],
    );
    assert_snapshot!(empty.failure().await, @"authorized_user from DIR/adc.json: refreshing the login: the answer holds no token; check what stands between this machine and the token endpoint");
}

#[tokio::test]
async fn only_what_may_pass_is_tried_again() {
    let ok = || token_answer(ACCESS_TOKEN);
    let cases: [(&str, Vec<Reply>, Option<&str>, usize); 5] = [
        (
            "503 then 200",
            vec![Reply::new(503, "busy"), ok()],
            Some(ACCESS_TOKEN),
            2,
        ),
        ("503 for ever", vec![Reply::new(503, "busy")], None, 3),
        ("429", vec![Reply::new(429, "{}"), ok()], None, 1),
        (
            "redirect",
            vec![Reply::new(307, "").header("location", "/elsewhere"), ok()],
            None,
            1,
        ),
        (
            "401",
            vec![refusal(401, "invalid_request", "x"), ok()],
            None,
            1,
        ),
    ];
    for (case, replies, token, calls) in cases {
        let world = World::with_file(authorized_user).await;
        world.server.on("POST /token", replies);
        world.server.on("POST /elsewhere", [ok()]);
        assert_eq!(world.token().await.ok().as_deref(), token, "{case}");
        assert_eq!(world.server.lines(), vec!["POST /token"; calls], "{case}");
    }
}

#[tokio::test]
async fn silence_is_told_apart_from_refusal() {
    let busy = World::with_file(authorized_user).await;
    busy.server
        .on("POST /token", [Reply::new(503, "<html>busy</html>")]);
    assert_snapshot!(busy.failure().await, @"authorized_user from DIR/adc.json: refreshing the login: HTTP 503, each time; try again later");

    let world = World::with_file(authorized_user).await;
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = unused.local_addr().expect("its address");
    drop(unused);
    let mut sources = world.sources();
    sources.token_endpoint = Some(format!("http://{address}/token"));
    let credential = find(sources).await.expect("credentials");
    let error = credential
        .provider
        .token()
        .await
        .expect_err("nobody listens")
        .to_string();
    assert_snapshot!(world.shown(&error).replace(&address.to_string(), "CLOSED"), @"authorized_user from DIR/adc.json: refreshing the login: CLOSED: connection refused; check the network and, behind a proxy, HTTPS_PROXY");

    let slow = World::with_file(authorized_user).await;
    slow.server.on(
        "POST /token",
        [token_answer(ACCESS_TOKEN).after(Duration::from_secs(60))],
    );
    let mut sources = slow.sources();
    sources.limits.attempt = Duration::from_millis(300);
    let credential = find(sources).await.expect("credentials");
    let error = credential.provider.token().await.expect_err("too slow");
    assert_eq!(error.kind, FailureKind::Unreachable);
    assert_snapshot!(slow.shown(&error.to_string()), @"authorized_user from DIR/adc.json: refreshing the login: 127.0.0.1: no answer in time; check the network and, behind a proxy, HTTPS_PROXY");
    assert_eq!(slow.server.lines(), vec!["POST /token"; 3]);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let world = World::with_file(authorized_user).await;
    world
        .server
        .on("POST /token", [Reply::new(200, "x".repeat(300 * 1024))]);
    assert_snapshot!(world.failure().await, @"authorized_user from DIR/adc.json: refreshing the login: an answer larger than any token; check the network and, behind a proxy, HTTPS_PROXY");
    assert_eq!(world.server.lines(), ["POST /token"]);
}

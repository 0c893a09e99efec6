//! Workload and workforce identity federation: subject token, exchange, impersonation.

use insta::assert_snapshot;
use sa_audit::gcp::credentials::CredentialKind;
use serde_json::json;

use crate::token_server::Reply;
use crate::world::*;

#[tokio::test]
async fn external_account_asks_provider_then_sts_then_impersonates() {
    let world = World::with_file(|server| {
        let mut file = external_account(server);
        file["service_account_impersonation_url"] = json!(server.url(&format!(
            "/v1/projects/-/serviceAccounts/{AUDITOR}:generateAccessToken"
        )));
        file["service_account_impersonation"] = json!({ "token_lifetime_seconds": 1800 });
        file
    })
    .await;
    answer_every_call(&world.server);
    let credential = world.discover().await.expect("credentials");
    assert_eq!(
        credential.provider.token().await.expect("a token").as_str(),
        IMPERSONATED_TOKEN
    );
    assert_eq!(credential.kind, CredentialKind::ExternalAccount);
    assert_eq!(credential.email.as_deref(), Some(AUDITOR));
    assert_eq!(
        world.shown(&credential.described),
        format!("{AUDITOR} impersonated by external_account from DIR/adc.json")
    );
    assert_snapshot!(world.server.told(), @r#"
    GET /idtoken?audience=forge
    authorization: Bearer never-real-provider-bearer

    POST /v1/token
    content-type: application/x-www-form-urlencoded
      grant_type = urn:ietf:params:oauth:grant-type:token-exchange
      audience = //iam.googleapis.com/projects/1234567890/locations/global/workloadIdentityPools/ci/providers/forge
      scope = https://www.googleapis.com/auth/cloud-platform
      requested_token_type = urn:ietf:params:oauth:token-type:access_token
      subject_token_type = urn:ietf:params:oauth:token-type:jwt
      subject_token = never-real-subject-token

    POST /iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/auditor@kestrel-sec.iam.gserviceaccount.com:generateAccessToken
    authorization: Bearer ya29.never-real-federated
    content-type: application/json
      {"lifetime":"1800s","scope":["https://www.googleapis.com/auth/cloud-platform"]}
    "#);
}

#[tokio::test]
async fn external_account_reads_file_and_url_as_text_and_json_with_and_without_impersonation() {
    let as_json = json!({ "deep": { "x": 1 }, "id_token": SUBJECT_TOKEN }).to_string();
    let as_text = format!("\n {SUBJECT_TOKEN}\r\n");
    for (content, format) in [
        (&as_text, json!(null)),
        (&as_text, json!({ "type": "text" })),
        (
            &as_json,
            json!({ "type": "json", "subject_token_field_name": "id_token" }),
        ),
    ] {
        for from_file in [true, false] {
            for acts_as in [None, Some(AUDITOR)] {
                let mut world = World::new().await;
                answer_every_call(&world.server);
                world.server.on("GET /idtoken", [Reply::new(200, content)]);
                let mut file = external_account(&world.server);
                let place = if from_file {
                    json!({ "file": world.write("subject-token", content) })
                } else {
                    json!({ "url": world.server.url("/idtoken") })
                };
                file["credential_source"] = place;
                file["credential_source"]["format"] = format.clone();
                if let Some(account) = acts_as {
                    file["service_account_impersonation_url"] = json!(format!(
                        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
                    ));
                }
                world.set_file(&file.to_string());

                let case = format!("{format} file:{from_file} {acts_as:?}");
                let expected = if acts_as.is_some() {
                    IMPERSONATED_TOKEN
                } else {
                    STS_TOKEN
                };
                assert_eq!(world.token().await.as_deref(), Ok(expected), "{case}");
                let exchange = world
                    .server
                    .seen()
                    .into_iter()
                    .find(|seen| seen.line == "POST /v1/token")
                    .expect("STS");
                assert_eq!(
                    exchange.field("subject_token").as_deref(),
                    Some(SUBJECT_TOKEN),
                    "{case}"
                );
            }
        }
    }
}

#[tokio::test]
async fn workforce_identity_names_the_project_that_pays_unless_it_has_a_client() {
    for (client, options, authorization) in [
        (
            json!({}),
            Some(r#"{"userProject":"kestrel-billing"}"#),
            None,
        ),
        // "id:never-real-client-secret"
        (
            json!({ "client_id": "id", "client_secret": CLIENT_SECRET }),
            None,
            Some("Basic aWQ6bmV2ZXItcmVhbC1jbGllbnQtc2VjcmV0"),
        ),
    ] {
        let world = World::with_file(|server| {
            let mut file = external_account(server);
            file["audience"] =
                json!("//iam.googleapis.com/locations/global/workforcePools/staff/providers/idp");
            file["workforce_pool_user_project"] = json!("kestrel-billing");
            for (name, value) in client.as_object().expect("an object") {
                file[name] = value.clone();
            }
            file
        })
        .await;
        answer_every_call(&world.server);
        assert_eq!(world.token().await.as_deref(), Ok(STS_TOKEN));
        let exchange = &world.server.seen()[1];
        assert_eq!(exchange.field("options").as_deref(), options);
        assert_eq!(exchange.header("authorization"), authorization);
    }
}

#[tokio::test]
async fn a_subject_token_that_is_not_there_is_told() {
    let mut world = World::new().await;
    answer_every_call(&world.server);
    let mut file = external_account(&world.server);
    file["credential_source"] = json!({ "file": world.directory.path().join("oidc") });
    world.set_file(&file.to_string());
    assert_snapshot!(world.failure().await, @"external_account from DIR/adc.json: subject token DIR/oidc: no such file; check that the job writes its identity token there");
    world.write("oidc", " \n");
    assert_snapshot!(world.failure().await, @"external_account from DIR/adc.json: subject token DIR/oidc: empty; check `credential_source.format` of the credentials file");

    let mut url = World::with_file(external_account).await;
    url.server.on(
        "GET /idtoken",
        [Reply::new(200, json!({ "token": SUBJECT_TOKEN }))],
    );
    assert_snapshot!(url.failure().await, @"external_account from DIR/adc.json: subject token from 127.0.0.1: no text under `value`; check `credential_source.format` of the credentials file");
    url.attempts = 1;
    url.server.on("GET /idtoken", [Reply::new(500, "")]);
    assert_snapshot!(url.failure().await, @"external_account from DIR/adc.json: asking the identity provider: HTTP 500, each time; try again later");
}

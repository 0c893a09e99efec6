//! Files that cannot be used, and files that must not be.

use insta::assert_snapshot;
use sa_audit::gcp::credentials::FailureKind;
use serde_json::{Value, json};

use crate::token_server::TokenServer;
use crate::world::*;

#[tokio::test]
async fn a_file_that_cannot_be_used_is_told_in_one_line_without_its_content() {
    let without = |mut file: Value, field: &str| {
        file.as_object_mut().expect("an object").remove(field);
        file.to_string()
    };
    let server = TokenServer::start().await;
    let with_source = |source: Value| {
        let mut file = external_account(&server);
        file["credential_source"] = source;
        file.to_string()
    };
    let mut lines = Vec::new();
    for content in [
        String::new(),
        "{\"type\": \"authorized_user\",\n \"refresh_token\": 1//0never-real-refresh}".to_owned(),
        "\u{feff}[]".to_owned(),
        "{}".to_owned(),
        json!({ "type": 7 }).to_string(),
        json!({ "type": "external_account_authorized_user", "refresh_token": REFRESH_TOKEN })
            .to_string(),
        json!({ "type": "gdch_service_account", "private_key": "x" }).to_string(),
        json!({ "type": "new\u{1b}[2J_type" }).to_string(),
        json!({ "type": "service_account", "universe_domain": "sovereign.test" }).to_string(),
        without(authorized_user(&server), "refresh_token"),
        without(authorized_user(&server), "client_secret"),
        without(service_account(&server), "client_email"),
        without(service_account(&server), "private_key").replace("0badc0de", "x"),
        service_account(&server)
            .to_string()
            .replace("BEGIN PRIVATE", "BEGIN RSA PRIVATE"),
        without(external_account(&server), "audience"),
        without(external_account(&server), "credential_source"),
        with_source(json!({})),
        with_source(json!({ "environment_id": "aws1", "url": "http://169.254.169.254/x" })),
        with_source(json!({ "executable": { "command": "rm -rf /" } })),
        with_source(json!({ "url": server.url("/"), "headers": { "bad name": "v" } })),
        with_source(json!({ "url": server.url("/"), "format": { "type": "json" } })),
        with_source(json!({ "url": server.url("/"), "format": { "type": "xml" } })),
        json!({ "type": "impersonated_service_account" }).to_string(),
        without(impersonated(json!({}), &server), "source_credentials"),
        impersonated(json!({ "type": "impersonated_service_account" }), &server).to_string(),
        impersonated(json!({ "type": "authorized_user" }), &server).to_string(),
        impersonated(authorized_user(&server), &server)
            .to_string()
            .replace("[]", "[\"x/../y\"]"),
        impersonated(authorized_user(&server), &server)
            .to_string()
            .replace(":generateAccessToken", ":signBlob"),
    ] {
        let mut world = World::new().await;
        world.set_file(&content);
        let mut sources = world.sources();
        sources.allow_hosts = vec![server.host()];
        let error = find(sources).await.expect_err("unusable").to_string();
        assert_eq!(error.lines().count(), 1, "{error:?}");
        assert!(!error.contains("never-real"), "{error}");
        lines.push(world.shown(&error));
    }
    assert_eq!(server.lines(), Vec::<String>::new());
    assert_snapshot!(lines.join("\n"), @"
    DIR/adc.json: not JSON, line 1 column 0; write the file again, with the tool that made it
    DIR/adc.json: not JSON, line 2 column 20; write the file again, with the tool that made it
    DIR/adc.json: not a JSON object; write the file again, with the tool that made it
    DIR/adc.json: `type` is missing; write the file again, with the tool that made it
    DIR/adc.json: `type` is not a text; write the file again, with the tool that made it
    DIR/adc.json: credentials of type `external_account_authorized_user` are not supported here; set CLOUDSDK_AUTH_ACCESS_TOKEN to what `gcloud auth application-default print-access-token` prints
    DIR/adc.json: credentials of type `gdch_service_account` are not supported here; use credentials of Google Cloud: this type belongs to Google Distributed Cloud
    DIR/adc.json: credentials of type `new[2J_type` are not supported here; set CLOUDSDK_AUTH_ACCESS_TOKEN to what `gcloud auth application-default print-access-token` prints
    DIR/adc.json: the universe domain `sovereign.test` is not supported; use credentials of googleapis.com
    DIR/adc.json: `refresh_token` is missing; write the file again, with the tool that made it
    DIR/adc.json: `client_secret` is missing; write the file again, with the tool that made it
    DIR/adc.json: `client_email` is missing; write the file again, with the tool that made it
    DIR/adc.json: `private_key` is missing; write the file again, with the tool that made it
    DIR/adc.json: `private_key` is not an RSA key in PKCS#8; write the file again, with the tool that made it
    DIR/adc.json: `audience` is missing; write the file again, with the tool that made it
    DIR/adc.json: `credential_source` is missing; write the file again, with the tool that made it
    DIR/adc.json: `credential_source` names neither a file nor a url; write the file again, with the tool that made it
    DIR/adc.json: external_account with an AWS source is not supported; use a file or url source, or sign in with `gcloud auth login --cred-file=FILE` and set CLOUDSDK_AUTH_ACCESS_TOKEN to what `gcloud auth print-access-token` prints
    DIR/adc.json: external_account with an executable source is not supported; use a file or url source, or sign in with `gcloud auth login --cred-file=FILE` and set CLOUDSDK_AUTH_ACCESS_TOKEN to what `gcloud auth print-access-token` prints
    DIR/adc.json: `credential_source.headers` holds what cannot be an HTTP header; write the file again, with the tool that made it
    DIR/adc.json: `credential_source.format.subject_token_field_name` is missing; write the file again, with the tool that made it
    DIR/adc.json: `credential_source.format.type` is neither `text` nor `json`; write the file again, with the tool that made it
    DIR/adc.json: `service_account_impersonation_url` is missing; write the file again, with the tool that made it
    DIR/adc.json: `source_credentials` is missing; write the file again, with the tool that made it
    DIR/adc.json: credentials of type `impersonated_service_account` are not supported here; put the inner account into `delegates` and its own source in its place
    DIR/adc.json: `source_credentials.client_id` is missing; write the file again, with the tool that made it
    DIR/adc.json: `delegates` is not a list of service accounts; write the file again, with the tool that made it
    DIR/adc.json: `service_account_impersonation_url` is not the address of generateAccessToken of a service account; write the file again, with the tool that made it
    ");

    let mut missing = World::new().await;
    missing.variables.push((
        "GOOGLE_APPLICATION_CREDENTIALS",
        "/never/there.json".to_owned(),
    ));
    assert_snapshot!(missing.failure().await, @"credentials file /never/there.json: no such file; correct GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`");
}

/// Hosts that look like Google's, in each field of a file that names one: an error, and not one request.
#[tokio::test]
async fn a_file_cannot_send_secrets_elsewhere() {
    let attacks = |server: &TokenServer| {
        let evil = server.host();
        [
            format!("http://{evil}"),
            format!("https://oauth2.googleapis.com@{evil}"),
            "https://evilgoogleapis.com".to_owned(),
            "https://sts.googleapis.com.evil.test".to_owned(),
            "https://sts.googleapis.com:8443".to_owned(),
            "http://sts.googleapis.com".to_owned(),
            "//sts.googleapis.com".to_owned(),
        ]
    };
    let server = TokenServer::start().await;
    for base in attacks(&server) {
        let mut key = service_account(&server);
        key["token_uri"] = json!(format!("{base}/token"));
        let mut sts = external_account(&server);
        sts["token_url"] = json!(format!("{base}/v1/token"));
        let path = format!("{base}/v1/projects/-/serviceAccounts/{AUDITOR}:generateAccessToken");
        let mut federated = external_account(&server);
        federated["token_url"] = json!("https://sts.googleapis.com/v1/token");
        federated["service_account_impersonation_url"] = json!(path);
        let mut acting = impersonated(authorized_user(&server), &server);
        acting["service_account_impersonation_url"] = json!(path);
        for file in [key, sts, federated, acting] {
            let mut world = World::new().await;
            world.by_hand = false;
            world.set_file(&file.to_string());
            let error = world
                .discover()
                .await
                .expect_err("a host that is not Google's");
            assert_eq!(error.kind, FailureKind::UntrustedHost, "{base}: {error}");
        }
    }
    assert_eq!(server.lines(), Vec::<String>::new());
    let mut in_the_clear = World::with_file(authorized_user).await;
    in_the_clear.by_hand = false;
    in_the_clear.variables.push((
        "CLOUDSDK_AUTH_TOKEN_HOST",
        "http://oauth2.corp.test/token".to_owned(),
    ));
    assert_snapshot!(in_the_clear.failure().await, @"the token endpoint set by hand: `oauth2.corp.test` may only be reached over https; give an https address, or http on this machine");
}

//! Keys and logins: what is sent, and what is known of the identity.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gcp_auth::TokenProvider as _;
use insta::assert_snapshot;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use sa_audit::gcp::credentials::CredentialKind;
use serde_json::{Value, json};

use crate::never_real;
use crate::token_server::Reply;
use crate::world::*;

#[tokio::test]
async fn authorized_user_refreshes_the_login() {
    let world = World::with_file(authorized_user).await;
    answer_every_call(&world.server);
    let credential = world.discover().await.expect("credentials");
    assert_eq!(
        credential.provider.token().await.expect("a token").as_str(),
        ACCESS_TOKEN
    );
    assert_eq!(
        world.shown(&credential.described),
        "authorized_user from DIR/adc.json"
    );
    assert_eq!(credential.kind, CredentialKind::AuthorizedUser);
    assert_eq!((credential.email, credential.project), (None, None));
    assert_eq!(credential.quota_project.as_deref(), Some("kestrel-billing"));
    assert_snapshot!(world.server.told(), @r"
    POST /token
    content-type: application/x-www-form-urlencoded
      grant_type = refresh_token
      client_id = never-real.apps.googleusercontent.com
      client_secret = never-real-client-secret
      refresh_token = 1//0never-real-refresh
    ");
    assert!(
        world.server.seen()[0]
            .header("user-agent")
            .is_some_and(|name| name.starts_with("sa-audit/"))
    );
}

#[tokio::test]
async fn service_account_exchanges_an_assertion_signed_with_its_key() {
    let mut world = World::with_file(|server| {
        let mut file = service_account(server);
        file["token_uri"] = json!(server.url("/own/token"));
        file
    })
    .await;
    world.by_hand = false;
    world
        .server
        .on("POST /own/token", [token_answer(ACCESS_TOKEN)]);
    // The file's own endpoint is used when it is allowed; nothing else is overridden.
    let mut sources = world.sources();
    sources.allow_hosts = vec![world.server.host()];
    let credential = find(sources).await.expect("credentials");
    assert_eq!(
        credential.provider.token().await.expect("a token").as_str(),
        ACCESS_TOKEN
    );
    assert_eq!(
        world.shown(&credential.described),
        "service_account from DIR/adc.json"
    );
    assert_eq!(credential.kind, CredentialKind::ServiceAccount);
    assert_eq!(credential.email.as_deref(), Some(KEY_OWNER));
    assert_eq!(credential.project.as_deref(), Some("kestrel-data"));
    assert_eq!(
        &*credential.provider.project_id().await.expect("a project"),
        "kestrel-data"
    );

    let request = &world.server.seen()[0];
    assert_eq!(request.line, "POST /own/token");
    assert_eq!(
        request.field("grant_type").as_deref(),
        Some("urn:ietf:params:oauth:grant-type:jwt-bearer")
    );
    let assertion = request.field("assertion").expect("an assertion");
    let (signed, signature) = assertion.rsplit_once('.').expect("three parts");
    let (header, claims) = signed.split_once('.').expect("three parts");
    let decode = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
    };
    assert_eq!(
        decode(header),
        json!({ "alg": "RS256", "typ": "JWT", "kid": "0badc0de" })
    );
    let claims = decode(claims);
    let issued = claims["iat"].as_i64().expect("a time");
    assert_eq!(
        claims,
        json!({
            "iss": KEY_OWNER, "scope": "https://www.googleapis.com/auth/cloud-platform",
            "aud": world.server.url("/own/token"), "iat": issued, "exp": issued + 3600,
        })
    );
    assert!(is_signed_by_our_key(
        signed,
        &URL_SAFE_NO_PAD.decode(signature).expect("base64url")
    ));
    assert!(!is_signed_by_our_key(
        "another text",
        &URL_SAFE_NO_PAD.decode(signature).expect("base64url")
    ));
}

fn is_signed_by_our_key(message: &str, signature: &[u8]) -> bool {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(never_real::KEY));
    let key = rustls::crypto::ring::sign::any_supported_type(&key).expect("a key");
    let public = key.public_key().expect("its public half");
    // SubjectPublicKeyInfo of a 2048-bit RSA key: 24 bytes of wrapping, then the key.
    let public = &public.as_ref()[24..];
    let known = rustls::crypto::ring::default_provider().signature_verification_algorithms;
    known.all.iter().any(|algorithm| {
        algorithm
            .verify_signature(public, message.as_bytes(), signature)
            .is_ok()
    })
}

#[tokio::test]
async fn the_token_endpoint_of_old_keys_is_googles_present_one() {
    for (token_uri, fits) in [
        ("https://accounts.google.com/o/oauth2/token", true),
        ("https://www.googleapis.com/oauth2/v4/token", true),
        ("https://accounts.google.com/o/oauth2/token/../x", false),
    ] {
        let mut world = World::with_file(|server| {
            let mut file = service_account(server);
            file["token_uri"] = json!(token_uri);
            file
        })
        .await;
        world.by_hand = false;
        assert_eq!(world.discover().await.is_ok(), fits, "{token_uri}");
    }
}

#[tokio::test]
async fn tokens_are_kept_until_dropped() {
    let world = World::with_file(authorized_user).await;
    world.server.on(
        "POST /token",
        [
            token_answer("ya29.never-real-1"),
            token_answer("ya29.never-real-2"),
        ],
    );
    let provider = world.discover().await.expect("credentials").provider;
    let first = provider.token().await.expect("a token");
    assert_eq!(
        provider.token().await.expect("a token").as_str(),
        first.as_str()
    );
    assert_eq!(world.server.lines().len(), 1);
    provider.invalidate(&first).await;
    let scopes = &["https://www.googleapis.com/auth/logging.admin"];
    let second = gcp_auth::TokenProvider::token(&*provider, scopes)
        .await
        .expect("a token");
    assert_eq!(second.as_str(), "ya29.never-real-2");
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let world = World::with_file(authorized_user).await;
    let short = json!({ "access_token": "ya29.never-real-short", "expires_in": 20 });
    world.server.on(
        "POST /token",
        [Reply::new(200, short), token_answer(ACCESS_TOKEN)],
    );
    let provider = world.discover().await.expect("credentials").provider;
    assert_eq!(
        provider.token().await.expect("a token").as_str(),
        "ya29.never-real-short"
    );
    assert_eq!(
        provider.token().await.expect("a token").as_str(),
        ACCESS_TOKEN
    );
    assert_eq!(
        provider.token().await.expect("a token").as_str(),
        ACCESS_TOKEN
    );
    assert_eq!(world.server.lines().len(), 2);
}

//! Where credentials are looked for, in which order, and what is told when there are none.

use std::sync::Arc;
use std::time::Duration;

use insta::assert_snapshot;
use sa_audit::gcp::backend::{Backend, Body};
use sa_audit::gcp::credentials::{CredentialKind, Limits, Sources, discover};

use crate::token_server::Reply;
use crate::world::*;

/// Each place in turn is emptied, and the next one is found: the order of Google's own clients.
#[tokio::test]
async fn places_are_tried_in_googles_order() {
    let mut world = World::new().await;
    attach_account(&mut world);
    world.token_file = Some(world.write("token", "ya29.never-real-file\n"));
    world.variables.push((
        "CLOUDSDK_AUTH_ACCESS_TOKEN",
        "ya29.never-real-sdk".to_owned(),
    ));
    world.variables.push((
        "GOOGLE_OAUTH_ACCESS_TOKEN",
        "ya29.never-real-oauth".to_owned(),
    ));
    world.set_file(&authorized_user(&world.server).to_string());
    world.write(
        "sdk/application_default_credentials.json",
        &authorized_user(&world.server).to_string(),
    );
    world.variables.push((
        "CLOUDSDK_CONFIG",
        world.directory.path().join("sdk").display().to_string(),
    ));
    world.write(
        ".config/gcloud/application_default_credentials.json",
        &authorized_user(&world.server).to_string(),
    );
    let mut found = Vec::new();
    for emptied in [
        "",
        "token file",
        "CLOUDSDK_AUTH_ACCESS_TOKEN",
        "GOOGLE_OAUTH_ACCESS_TOKEN",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "CLOUDSDK_CONFIG",
        "home",
    ] {
        match emptied {
            "token file" => world.token_file = None,
            "home" => {
                std::fs::remove_dir_all(world.directory.path().join(".config")).expect("removed");
            }
            _ => world.variables.retain(|(name, _)| *name != emptied),
        }
        found.push(world.shown(&world.discover().await.expect("credentials").described));
    }
    assert_eq!(
        found,
        [
            "access token from DIR/token",
            "access token from CLOUDSDK_AUTH_ACCESS_TOKEN",
            "access token from GOOGLE_OAUTH_ACCESS_TOKEN",
            "authorized_user from DIR/adc.json",
            "authorized_user from DIR/sdk/application_default_credentials.json",
            "authorized_user from DIR/.config/gcloud/application_default_credentials.json",
            "service account attached to this machine",
        ]
    );
}

#[tokio::test]
async fn tokens_by_hand_are_used_as_they_stand() {
    let mut world = World::new().await;
    world
        .variables
        .push(("CLOUDSDK_AUTH_ACCESS_TOKEN", format!(" {ACCESS_TOKEN}\n")));
    assert_eq!(world.token().await.as_deref(), Ok(ACCESS_TOKEN));

    world
        .variables
        .push(("CLOUDSDK_AUTH_ACCESS_TOKEN", "two words".to_owned()));
    assert_snapshot!(world.failure().await, @"CLOUDSDK_AUTH_ACCESS_TOKEN holds no access token; set it to what `gcloud auth print-access-token` prints, or unset it");

    let path = world.write("token", "ya29.never-real-1\n");
    world.token_file = Some(path);
    let provider = world.discover().await.expect("credentials").provider;
    let first = provider.token().await.expect("a token");
    world.write("token", "ya29.never-real-2");
    provider.invalidate(&first).await;
    assert_eq!(
        provider.token().await.expect("a token").as_str(),
        "ya29.never-real-2"
    );

    world.write("token", "\u{0}\u{1}");
    assert_snapshot!(world.failure().await, @"access token file DIR/token: not a token; write what `gcloud auth print-access-token` prints into it");
    world.write("token", &"x".repeat(300 * 1024));
    assert_snapshot!(world.failure().await, @"access token file DIR/token: larger than 256 KiB; write what `gcloud auth print-access-token` prints into it");
}

#[tokio::test]
async fn the_metadata_server_speaks_for_the_attached_account() {
    let mut world = World::new().await;
    attach_account(&mut world);
    let credential = world.discover().await.expect("credentials");
    assert_eq!(credential.kind, CredentialKind::Metadata);
    assert_eq!(
        credential.described,
        "service account attached to this machine"
    );
    assert_eq!(
        credential.email.as_deref(),
        Some("vm@kestrel-data.iam.gserviceaccount.com")
    );
    assert_eq!(credential.project.as_deref(), Some("kestrel-data"));
    assert_eq!(
        credential.provider.token().await.expect("a token").as_str(),
        ACCESS_TOKEN
    );
    let flavored = world
        .server
        .seen()
        .iter()
        .all(|seen| seen.header("metadata-flavor") == Some("Google"));
    assert!(flavored, "a request without the header would be refused");
}

#[tokio::test]
async fn without_credentials_every_place_is_named() {
    const EMAIL: &str = "GET /computeMetadata/v1/instance/service-accounts/default/email";
    let mut nowhere = World::new().await;
    assert_snapshot!(nowhere.failure().await, @"no Google credentials found (no token set; GOOGLE_APPLICATION_CREDENTIALS not set; no DIR/.config/gcloud/application_default_credentials.json; metadata server not asked (NO_GCE_CHECK); no gcloud); run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS");

    // A server that never answers costs the time limit once, and no more.
    attach_account(&mut nowhere);
    nowhere
        .server
        .on(EMAIL, [Reply::new(200, "").after(Duration::from_secs(60))]);
    nowhere.metadata_limit = Duration::from_millis(300);
    assert_snapshot!(nowhere.failure().await, @"no Google credentials found (no token set; GOOGLE_APPLICATION_CREDENTIALS not set; no DIR/.config/gcloud/application_default_credentials.json; no metadata server at SERVER: no answer in time; no gcloud); run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS");
    assert_eq!(nowhere.server.lines(), [EMAIL]);

    nowhere.metadata_limit = Duration::from_secs(20);
    for (reply, why) in [
        (
            Reply::new(200, "me@evil.test"),
            "what answers at SERVER is not Google's metadata server",
        ),
        (
            Reply::new(404, "").header("metadata-flavor", "Google"),
            "no service account is attached to this machine",
        ),
        (
            Reply::new(403, "").header("metadata-flavor", "Google"),
            "the metadata server answered HTTP 403",
        ),
    ] {
        nowhere.server.on(EMAIL, [reply]);
        let line = nowhere.failure().await;
        assert!(line.contains(&format!("; {why}; no gcloud)")), "{line}");
    }
}

/// A network that swallows everything, as 169.254.169.254 is on many a laptop.
struct BlackHole;

#[async_trait::async_trait]
impl Backend for BlackHole {
    async fn send(&self, _: http::Request<bytes::Bytes>) -> std::io::Result<http::Response<Body>> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_metadata_server_costs_three_seconds_in_all() {
    let mut world = World::new().await;
    world.variables.clear();
    let sources = Sources {
        limits: Limits::default(),
        ..world.sources()
    };
    let start = tokio::time::Instant::now();
    let error = discover(sources, Arc::new(BlackHole))
        .await
        .expect_err("nothing there");
    assert_eq!(start.elapsed().as_secs(), 3);
    assert_snapshot!(world.shown(&error.story), @"no Google credentials found (no token set; GOOGLE_APPLICATION_CREDENTIALS not set; no DIR/.config/gcloud/application_default_credentials.json; no metadata server at 169.254.169.254: no answer in time; no gcloud)");
}

#[cfg(unix)]
fn fake_gcloud(world: &mut World, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    world.gcloud = world.write("bin/gcloud", &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&world.gcloud, std::fs::Permissions::from_mode(0o755))
        .expect("an executable");
}

#[cfg(unix)]
#[tokio::test]
async fn gcloud_is_the_last_resort() {
    let mut world = World::new().await;
    fake_gcloud(
        &mut world,
        &format!(r#"[ "$*" = "auth print-access-token --quiet" ] && echo {ACCESS_TOKEN}"#),
    );
    let credential = world.discover().await.expect("credentials");
    assert_eq!(
        (credential.kind, credential.described.as_str()),
        (CredentialKind::Gcloud, "gcloud's active account")
    );
    assert_eq!(
        credential.provider.token().await.expect("a token").as_str(),
        ACCESS_TOKEN
    );
}

#[cfg(unix)]
#[tokio::test]
async fn what_gcloud_complains_about_is_told() {
    for (script, told) in [
        (
            "echo 'WARNING: old' >&2; echo 'ERROR: (gcloud.auth.print-access-token) Reauthentication failed. cannot prompt during non-interactive execution.' >&2; exit 1",
            "gcloud auth print-access-token: (gcloud.auth.print-access-token) Reauthentication failed. cannot prompt during non-interactive execution.",
        ),
        (
            "exit 1",
            "gcloud auth print-access-token: it failed without a word",
        ),
        (
            "echo two words",
            "gcloud auth print-access-token: it printed no token",
        ),
        (
            "exec sleep 60",
            "gcloud auth print-access-token: no answer in time",
        ),
    ] {
        let mut world = World::new().await;
        fake_gcloud(&mut world, script);
        let mut sources = world.sources();
        if script.contains("sleep") {
            sources.limits.gcloud = Duration::from_millis(100);
        }
        let error = find(sources).await.expect_err("no token");
        assert!(
            error.story.ends_with(&format!("; {told})")),
            "{}",
            error.story
        );
    }
}

#[tokio::test]
async fn another_universe_is_refused() {
    let mut world = World::with_file(authorized_user).await;
    world
        .variables
        .push(("GOOGLE_CLOUD_UNIVERSE_DOMAIN", "sovereign.test".to_owned()));
    assert_snapshot!(world.failure().await, @"GOOGLE_CLOUD_UNIVERSE_DOMAIN: the universe domain `sovereign.test` is not supported; use credentials of googleapis.com");

    let mut vm = World::new().await;
    attach_account(&mut vm);
    let elsewhere = Reply::new(200, "sovereign.test").header("metadata-flavor", "Google");
    vm.server.on(
        "GET /computeMetadata/v1/universe/universe-domain",
        [elsewhere],
    );
    assert_snapshot!(vm.failure().await, @"the metadata server: the universe domain `sovereign.test` is not supported; use credentials of googleapis.com");
}

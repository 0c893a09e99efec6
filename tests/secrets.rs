//! No secret in what a user, a log or a bug report could show.
//!
//! Alone in its file: it listens to the log of the whole process.

#[path = "support/never_real.rs"]
mod never_real;
#[path = "support/token_server.rs"]
#[allow(dead_code, reason = "tests/credentials uses the rest")]
mod token_server;
#[path = "support/world.rs"]
#[allow(dead_code, reason = "tests/credentials uses the rest")]
mod world;

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use token_server::{Reply, TokenServer};
use world::*;

/// Everything that a user, a log or a bug report could show, while each server repeats the secrets it is sent.
#[tokio::test]
async fn no_secret_shows_anywhere() {
    let log = Arc::new(Mutex::new(Vec::new()));
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || Shared(writer.clone()))
        .init();

    let mut shown = String::new();
    let mut secrets: Vec<String> = [
        REFRESH_TOKEN,
        CLIENT_SECRET,
        SUBJECT_TOKEN,
        PROVIDER_TOKEN,
        ACCESS_TOKEN,
        STS_TOKEN,
        IMPERSONATED_TOKEN,
    ]
    .map(str::to_owned)
    .to_vec();
    secrets.extend(
        STANDARD
            .encode(never_real::KEY)
            .as_bytes()
            .chunks(40)
            .map(|line| String::from_utf8_lossy(line).into_owned()),
    );
    let kinds: [fn(&TokenServer) -> Value; 4] = [
        authorized_user,
        service_account,
        external_account,
        |server| impersonated(external_account(server), server),
    ];
    let calls = [
        "POST /token",
        "GET /idtoken",
        "POST /v1/token",
        &generate_path(AUDITOR),
        "none",
    ];
    for kind in kinds {
        for echoing in calls {
            let mut world = World::with_file(|server| {
                let mut file = kind(server);
                if file["type"] == "external_account" {
                    file["client_id"] = json!("id");
                    file["client_secret"] = json!(CLIENT_SECRET);
                }
                file
            })
            .await;
            world.impersonate = Some(AUDITOR);
            answer_every_call(&world.server);
            world.server.on(echoing, [Reply::echo()]);
            let credential = world.discover().await.expect("credentials");
            let outcome = credential.provider.token().await;
            let via_trait = gcp_auth::TokenProvider::token(&*credential.provider, &[]).await;
            if let Err(error) = &outcome {
                shown.push_str(&format!("{error}\n"));
            }
            if let Err(error) = &via_trait {
                shown.push_str(&format!("{error}\n"));
            }
            shown.push_str(&format!(
                "{outcome:?}\n{via_trait:?}\n{credential:?}\n{:?}\n",
                world.sources()
            ));
            secrets.extend(
                world
                    .server
                    .seen()
                    .iter()
                    .filter_map(|seen| seen.field("assertion")),
            );
        }
    }
    let log = String::from_utf8(log.lock().expect("the log").clone()).expect("text");
    assert!(
        log.contains("token call failed") && log.contains("token call answered"),
        "the log was listened to"
    );
    assert!(
        shown.contains("[redacted]"),
        "the servers did repeat what they were sent"
    );
    for secret in secrets {
        for part in
            std::iter::once(secret.as_str()).chain(secret.split('.').filter(|part| part.len() > 20))
        {
            assert!(!shown.contains(part), "{part} is shown in: {shown}");
            assert!(!log.contains(part), "{part} is logged");
        }
    }
}

struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

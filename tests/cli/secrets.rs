//! No token and no key material in anything that a run leaves: streams, snapshot, journal, files.

use std::fs;

use serde_json::json;

use crate::estates::{NOW, RETAIL};
use crate::support::desk::{Desk, Output, TOKEN};
use crate::support::loopback::Loopback;
use crate::support::token_server::{Reply, TokenServer};
use crate::support::world::{self, CLIENT_SECRET, REFRESH_TOKEN};

/// What must not show: the token and the secrets of a credentials file. Enough of each that a piece would be found.
fn secrets() -> Vec<String> {
    let key = world::pem().lines().nth(1).expect("a line")[..40].to_owned();
    [TOKEN, REFRESH_TOKEN, CLIENT_SECRET, "-----BEGIN"]
        .map(str::to_owned)
        .into_iter()
        .chain([key])
        .collect()
}

/// Asserts that neither the streams nor any file of the desk shows a secret, packed or not.
fn assert_nothing_shows(desk: &Desk, output: &Output, but: &[&str]) {
    let mut texts = vec![
        ("standard output".to_owned(), output.stdout.clone()),
        ("standard error".to_owned(), output.stderr.clone()),
    ];
    for name in desk
        .files()
        .into_iter()
        .filter(|name| !but.contains(&name.as_str()))
    {
        let bytes = fs::read(desk.path(&name)).expect("a file");
        let bytes = zstd::decode_all(&bytes[..]).unwrap_or(bytes);
        texts.push((name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    for (place, text) in texts {
        for secret in secrets() {
            assert!(!text.contains(&secret), "{place} shows {secret}: {text}");
        }
    }
}

#[test]
fn nothing_of_a_token_by_hand() {
    let google = Loopback::of("retail");
    for (flags, code) in [
        ("-vv --output a.json --output b.txt --all --details", 1),
        ("-vv --format json", 1),
        ("-v --snapshot s", 1),
        ("--organization 1 -vv", 2),
    ] {
        let desk = Desk::new();
        let scan = format!("scan --organization {RETAIL} --now {NOW} {flags}");
        let output = desk.at(&google, &scan).output().expect_code(code);
        assert_nothing_shows(&desk, &output, &[]);
    }
}

/// Faults at every try, which the log tells.
#[test]
fn nothing_where_requests_fail() {
    let faults = [
        "iam.*keys.list=reset*3",
        "iam.*keys.list=token-expired*2",
        "iam.*keys.list=html:502",
        "policyanalyzer.*=cut:9",
    ];
    let google = Loopback::with_faults("retail", &faults);
    let desk = Desk::new();
    let output = desk.at(&google, "scan --project oddbasket-ci --project oddbasket-etl-prod -vv --max-attempts 2 --fail-on never").output();
    assert!(output.stderr.contains("attempt=2"), "{}", output.stderr);
    assert_nothing_shows(&desk, &output, &[]);
}

/// A token endpoint that repeats what it is sent, as a careless proxy might.
#[test]
fn nothing_of_a_credentials_file() {
    let google = Loopback::of("clean");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(TokenServer::start());
    for (kind, content) in [
        ("authorized_user", world::authorized_user(&server)),
        ("service_account", world::service_account(&server)),
    ] {
        for reply in [
            Reply::echo(),
            Reply::new(
                200,
                json!({"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"}),
            ),
        ] {
            let desk = Desk::new();
            server.on("POST /token", [reply]);
            let file = desk.write("adc.json", content.to_string());
            let output = desk
                .at(&google, "scan -vv")
                .without("CLOUDSDK_AUTH_ACCESS_TOKEN")
                .env("GOOGLE_APPLICATION_CREDENTIALS", file)
                .env("CLOUDSDK_AUTH_TOKEN_HOST", server.url("/token"))
                .output();
            assert!([0, 2].contains(&output.code), "{kind}: {output:?}");
            assert_nothing_shows(&desk, &output, &["adc.json"]);
        }
    }
    let desk = Desk::new();
    let file = desk.write(
        "adc.json",
        format!(
            "{{\"type\":\"service_account\",\"private_key\":{:?},}}",
            world::pem()
        ),
    );
    let broken = desk
        .sa_audit("scan -vv")
        .env("GOOGLE_APPLICATION_CREDENTIALS", file)
        .output();
    assert_eq!(broken.code, 2);
    assert_nothing_shows(&desk, &broken, &["adc.json"]);
}

//! A scan that was broken off goes on where it stopped.

use std::fs;
use std::process::Child;
use std::thread;
use std::time::Duration;

use crate::estates::{NOW, RETAIL};
use crate::support::desk::{Desk, TOKEN};
use crate::support::loopback::Loopback;

const ACCOUNTS: &str = "iam.projects.serviceAccounts.list";
/// How many projects of the estate are read before the scan is broken off, and how many are not.
const READ: usize = 23;
const UNREAD: u64 = 2;

/// Google, never done with the accounts of two projects: a scan that is broken off in its middle, whatever the machine
/// is busy with.
fn stuck() -> Loopback {
    let stuck = ["oddbasket-ci", "oddbasket-web-prod"]
        .map(|project| format!("{ACCOUNTS},*/{project}/*=delay:3600000"));
    Loopback::with_faults("retail", &stuck.each_ref().map(String::as_str))
}

fn scan(flags: &str) -> String {
    format!(
        "scan --organization {RETAIL} --via iam --now {NOW} --format json --timeout 600 --total-timeout 3600 {flags}"
    )
}

fn projects_read(desk: &Desk) -> usize {
    let journal = fs::read_to_string(desk.path("broken.journal")).unwrap_or_default();
    assert!(!journal.contains(TOKEN));
    journal.matches("{\"done\":").count()
}

/// Starts a scan, and waits until it has read what can be read.
fn begun(desk: &Desk, google: &Loopback, flags: &str) -> Child {
    let scan = scan(&format!("--snapshot broken {flags}"));
    let mut child = desk.at(google, &scan).spawn();
    while projects_read(desk) < READ {
        assert_eq!(
            child.try_wait().expect("a child"),
            None,
            "the scan has ended"
        );
        thread::sleep(Duration::from_millis(5));
    }
    child
}

/// Starts a scan, and kills it in its middle.
fn killed(desk: &Desk) {
    let google = stuck();
    let mut child = begun(desk, &google, "");
    child.kill().expect("killed");
    child.wait().expect("an end");
    assert_eq!(desk.files(), ["broken.journal"]);
}

/// Goes on with a broken scan, and asserts that what it leaves is what a scan leaves that nothing disturbed.
fn assert_goes_on(desk: &Desk) {
    let google = Loopback::of("retail");
    let resumed = desk
        .at(&google, &scan("--snapshot broken --resume"))
        .output()
        .expect_code(1);
    assert_eq!(
        google.calls()[ACCOUNTS],
        UNREAD,
        "what was read is not read again"
    );
    let told =
        format!("going on with the scan of 2026-11-22 09:00:00Z: projects read so far: {READ}\n");
    assert!(resumed.stderr.starts_with(&told), "{}", resumed.stderr);

    let whole = desk
        .at(&google, &scan("--snapshot whole"))
        .output()
        .expect_code(1);
    assert!(resumed.stdout == whole.stdout);
    let bytes = |name| fs::read(desk.path(name)).expect("a snapshot");
    assert!(bytes("broken") == bytes("whole"));
    assert_eq!(desk.files(), ["broken", "whole"], "the journal is gone");
}

#[test]
fn after_a_kill() {
    let desk = Desk::new();
    killed(&desk);
    assert_goes_on(&desk);
}

/// Ctrl-C, and what a CI system sends: the report's place is left as it was, too.
#[cfg(unix)]
#[test]
fn after_an_interrupt() {
    for signal in ["-INT", "-TERM"] {
        let (desk, google) = (Desk::new(), stuck());
        let child = begun(&desk, &google, "--output report.json");
        let kill = std::process::Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(kill.expect("kill").success());
        let output = child.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(2), "{signal}");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "error: interrupted; the same command with --resume goes on where it stopped\n"
        );
        assert_eq!(desk.files(), ["broken.journal"]);
        assert_goes_on(&desk);
    }
}

/// Before anything is read there is nothing to go on with, and the hint would lead nowhere.
#[cfg(unix)]
#[test]
fn after_an_interrupt_while_signing_in() {
    let (desk, google) = (Desk::new(), stuck());
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    let login = r#"{"type":"authorized_user","client_id":"c","client_secret":"never-real","refresh_token":"never-real"}"#;
    let child = desk
        .at(&google, &scan("--snapshot broken"))
        .without("CLOUDSDK_AUTH_ACCESS_TOKEN")
        .env(
            "GOOGLE_APPLICATION_CREDENTIALS",
            desk.write("adc.json", login),
        )
        .env(
            "CLOUDSDK_AUTH_TOKEN_HOST",
            format!("http://{address}/token"),
        )
        .spawn();
    let _held = silent.accept().expect("the call for a token");
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("kill").success());
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: interrupted\n"
    );
    assert_eq!(desk.files(), ["adc.json"]);
}

#[test]
fn two_scans_of_one_scope_do_not_meet() {
    let (desk, google) = (Desk::new(), stuck());
    let mut first = begun(&desk, &google, "");
    for flags in ["", "--resume"] {
        let second = desk
            .at(&google, &scan(&format!("--snapshot broken {flags}")))
            .output();
        assert_eq!(
            second.refusal(),
            "error: another scan of the same scope is running: it holds broken.journal"
        );
    }
    first.kill().expect("killed");
    first.wait().expect("an end");
    assert_goes_on(&desk);
}

#[test]
fn another_scans_journal_is_not_taken_for_this_ones() {
    let desk = Desk::new();
    killed(&desk);
    let google = Loopback::of("retail");
    for other in [
        "scan --project oddbasket-ci --snapshot broken --resume".to_owned(),
        scan("--usage none --snapshot broken --resume"),
    ] {
        assert_eq!(
            desk.at(&google, &other).output().refusal(),
            "error: the unfinished scan in broken.journal is of another scope or read other sources: scan without --resume"
        );
    }
    assert_eq!(google.calls(), [].into());
    assert_goes_on(&desk);
}

//! A scan that was broken off goes on where it stopped.

use std::fs;
use std::time::Duration;

use sa_audit::emulator::{Emulator, Latency};

use crate::estates::{NOW, RETAIL};
use crate::support::desk::{Desk, TOKEN};
use crate::support::loopback::{Loopback, bundled};

const ACCOUNTS: &str = "iam.projects.serviceAccounts.list";

/// Google with enough time before each answer to break a scan off in its middle.
fn slow() -> Loopback {
    let latency = Latency::Fixed(Duration::from_millis(20));
    Loopback::serving(Emulator::new(&bundled("retail")).with_latency(latency))
}

fn scan(flags: &str) -> String {
    format!("scan --organization {RETAIL} --now {NOW} --format json --max-in-flight 2 {flags}")
}

/// Starts a scan, and waits until it has read some of its 25 projects.
fn begun(desk: &Desk, google: &Loopback) -> std::process::Child {
    let child = desk.at(google, &scan("--snapshot broken")).spawn();
    let read = || {
        fs::read_to_string(desk.path("broken.journal"))
            .unwrap_or_default()
            .matches("{\"done\":")
            .count()
    };
    let mut patience = 2_000;
    while read() < 5 {
        patience -= 1;
        assert!(patience > 0, "the scan reads nothing");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

/// Goes on with a broken scan, and asserts that what it leaves is what a scan leaves that nothing disturbed.
fn assert_goes_on(desk: &Desk) {
    let journal = desk.read("broken.journal");
    assert!(!journal.contains(TOKEN));
    let done = journal.matches("{\"done\":").count() as u64;
    assert!((5..25).contains(&done), "broken off in the middle: {done}");
    let google = Loopback::of("retail");
    let resumed = desk
        .at(&google, &scan("--snapshot broken --resume"))
        .output()
        .expect_code(1);
    assert_eq!(
        google.calls()[ACCOUNTS],
        25 - done,
        "what was read is not read again"
    );
    let told =
        format!("going on with the scan of 2026-11-22 09:00:00Z: {done} projects are read\n");
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
    let (desk, google) = (Desk::new(), slow());
    let mut child = begun(&desk, &google);
    child.kill().expect("killed");
    child.wait().expect("an end");
    assert_eq!(desk.files(), ["broken.journal"]);
    assert_goes_on(&desk);
}

#[cfg(unix)]
#[test]
fn after_an_interrupt() {
    let (desk, google) = (Desk::new(), slow());
    let child = begun(&desk, &google);
    let kill = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(kill.expect("kill").success());
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: interrupted; the same command with --resume goes on where it stopped\n"
    );
    assert_eq!(desk.files(), ["broken.journal"]);
    assert_goes_on(&desk);
}

#[test]
fn two_scans_of_one_scope_do_not_meet() {
    let (desk, google) = (Desk::new(), slow());
    let first = begun(&desk, &google);
    let second = desk.at(&google, &scan("--snapshot broken")).output();
    assert_eq!(
        second.refusal(),
        "error: another scan of the same scope is running: it holds broken.journal"
    );
    assert_eq!(
        first.wait_with_output().expect("an end").status.code(),
        Some(1)
    );
    assert_eq!(desk.files(), ["broken"]);
}

#[test]
fn another_scans_journal_is_not_taken_for_this_ones() {
    let (desk, google) = (Desk::new(), slow());
    let mut child = begun(&desk, &google);
    child.kill().expect("killed");
    child.wait().expect("an end");
    let other = desk
        .at(
            &google,
            "scan --project oddbasket-ci --snapshot broken --resume",
        )
        .output();
    assert_eq!(
        other.refusal(),
        "error: the unfinished scan in broken.journal is of another scope or read other sources: scan without --resume"
    );
    assert_eq!(desk.files(), ["broken.journal"]);
}

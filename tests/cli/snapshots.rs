//! Snapshots: where they land, who may read them, and that `report` needs nothing else.

use std::fs;
use std::path::Path;

use crate::estates::{NOW, RETAIL};
use crate::support::desk::Desk;
use crate::support::loopback::Loopback;

const SCAN: &str = "scan --project oddbasket-ci --fail-on never --now 2026-11-22T09:00:00Z --quiet";
const NAME: &str = "20261122T090000Z-6d5da3fab2ed.snapshot.zst";

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).expect("metadata").permissions().mode() & 0o777
}

type Variables = &'static [(&'static str, &'static str)];

/// Flags, variables, and the folder in which the snapshot lands: alone, its journal gone.
#[test]
fn a_snapshot_lands_in_the_store_that_was_named() {
    let google = Loopback::of("retail");
    let table: [(&str, Variables, &str); 6] = [
        ("", &[], ".local/state/sa-audit"),
        (
            "",
            &[("XDG_STATE_HOME", "relative")],
            ".local/state/sa-audit",
        ),
        ("", &[("XDG_STATE_HOME", "DESK/state")], "state/sa-audit"),
        (
            "",
            &[("XDG_STATE_HOME", "DESK/state"), ("SA_AUDIT_STORE", "a")],
            "a",
        ),
        ("--store b/c", &[("SA_AUDIT_STORE", "a")], "b/c"),
        ("--store DESK/d", &[], "d"),
    ];
    for (flags, variables, folder) in table {
        let desk = Desk::new();
        let here = desk.path("").display().to_string();
        let set = |arguments: &str| {
            let run = desk.at(&google, &arguments.replace("DESK/", &here));
            let env = |run: crate::support::desk::Run, (name, value): &(&str, &str)| {
                run.env(name, value.replace("DESK/", &here))
            };
            variables.iter().fold(run, env).output().expect_code(0)
        };
        let scanned = set(&format!("{SCAN} {flags}"));
        assert_eq!(
            desk.files(),
            [
                format!("{folder}/{NAME}"),
                format!("{folder}/first-seen.json.zst")
            ],
            "{flags} {variables:?}"
        );
        #[cfg(unix)]
        assert_eq!(
            (
                mode(&desk.path(folder)),
                mode(&desk.path(&format!("{folder}/{NAME}")))
            ),
            (0o700, 0o600)
        );
        let reported = set(&format!("report --fail-on never {flags}"));
        assert_eq!(reported.stdout, scanned.stdout);
    }
}

#[test]
fn a_named_snapshot_stays_out_of_the_store() {
    let (desk, google) = (Desk::new(), Loopback::of("retail"));
    desk.write("old", "whatever was here");
    for name in ["new.zst", "old"] {
        let scanned = desk
            .at(&google, &format!("{SCAN} --snapshot {name}"))
            .output()
            .expect_code(0);
        let reported = desk
            .sa_audit(&format!("report {name} --fail-on never"))
            .output()
            .expect_code(0);
        assert_eq!(reported.stdout, scanned.stdout);
    }
    assert_eq!(desk.files(), ["new.zst", "old"]);
    desk.sa_audit("demo --snapshot demo")
        .output()
        .expect_code(0);
    let demo = desk.sa_audit("demo").output().stdout;
    let reported = desk
        .sa_audit("report demo --fail-on never --allow-incomplete")
        .output()
        .expect_code(0);
    assert_eq!(reported.stdout, demo);
}

#[test]
fn report_prints_what_the_scan_printed() {
    let (desk, google) = (Desk::new(), Loopback::of("retail"));
    for flags in [
        "",
        "--format json",
        "--all --details",
        "--color always --links always",
    ] {
        let scanned = desk
            .at(&google, &format!("scan --organization {RETAIL} {flags}"))
            .output()
            .expect_code(1);
        let reported = desk
            .sa_audit(&format!("report {flags}"))
            .output()
            .expect_code(1);
        assert_eq!(reported.stdout, scanned.stdout, "{flags}");
        assert_eq!(reported.stderr, "");
    }
}

#[test]
fn the_newest_snapshot_is_reported() {
    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    for day in ["2026-11-20", "2026-11-22", "2026-11-21"] {
        desk.at(&google, &format!("scan --now {day}T09:00:00Z"))
            .output()
            .expect_code(0);
    }
    let report = desk.sa_audit("report --format json").output().json();
    assert_eq!(report["observed_at"], "2026-11-22T09:00:00Z");
}

/// Answers arrive in another order each time; nothing of it shows.
#[test]
fn two_scans_of_one_moment_give_equal_bytes() {
    let (desk, google) = (Desk::new(), Loopback::of("retail"));
    let mut runs = Vec::new();
    for in_flight in ["1", "32"] {
        let scan = format!(
            "scan --organization {RETAIL} --now {NOW} --format json --snapshot s --output r.txt --max-in-flight {in_flight}"
        );
        let stdout = desk.at(&google, &scan).output().expect_code(1).stdout;
        runs.push((
            stdout,
            fs::read(desk.path("s")).expect("a snapshot"),
            desk.read("r.txt"),
        ));
    }
    assert!(runs[0] == runs[1]);
}

//! Exit codes: what each run ends with.

use crate::estates::{NOW, RETAIL};
use crate::support::desk::Desk;
use crate::support::loopback::Loopback;

/// The one Policy Analyzer answer of `oddbasket-web-prod` on accounts is refused: a gap.
const GAP: &str = "policyanalyzer.*,*oddbasket-web-prod*serviceAccountLastAuthentication*=permission-denied:policyanalyzer.serviceAccountLastAuthenticationActivities.query";

/// Estate, faults, flags, and the exit code in every format.
#[test]
fn the_exit_code_follows_the_findings_then_the_gaps_and_never_the_format() {
    let none: &[&str] = &[];
    let gap: &[&str] = &[GAP];
    let table = [
        // Nothing at or above --fail-on.
        ("clean", none, "", 0),
        ("clean", none, "--fail-on info", 0),
        // Findings of confidence medium or better count; those of confidence low do not, however severe.
        ("retail", none, "--project oddbasket-etl-prod", 1),
        (
            "retail",
            none,
            "--project oddbasket-etl-prod --fail-on critical",
            1,
        ),
        (
            "retail",
            none,
            "--project oddbasket-artifacts --fail-on critical",
            0,
        ),
        ("retail", none, "--project oddbasket-ci --fail-on high", 1),
        ("retail", none, "--project oddbasket-dr --fail-on medium", 1),
        (
            "retail",
            none,
            "--project oddbasket-etl-prod --fail-on never",
            0,
        ),
        ("clean", none, "--fail-on info", 0),
        // A gap.
        (
            "retail",
            gap,
            "--project oddbasket-web-prod --fail-on never",
            3,
        ),
        (
            "retail",
            gap,
            "--project oddbasket-web-prod --fail-on never --allow-incomplete",
            0,
        ),
        // Findings outrank a gap.
        (
            "retail",
            gap,
            "--project oddbasket-web-prod --project oddbasket-ci",
            1,
        ),
        (
            "retail",
            gap,
            "--project oddbasket-web-prod --project oddbasket-ci --allow-incomplete",
            1,
        ),
    ];
    for (estate, faults, flags, code) in table {
        let (desk, google) = (Desk::new(), Loopback::with_faults(estate, faults));
        for format in ["terminal", "json"] {
            let run = format!("scan {flags} --now {NOW} --format {format}");
            let output = desk.at(&google, &run).output();
            assert_eq!(output.code, code, "{run}: {output:?}");
        }
        let again = format!("report {}", flags_of_report(flags));
        assert_eq!(desk.sa_audit(&again).output().code, code, "{again}");
    }
}

/// Returns those of a scan's flags that `report` takes too.
fn flags_of_report(flags: &str) -> String {
    let words: Vec<&str> = flags.split(' ').collect();
    let scope = |at: usize| words[at] == "--project" || at > 0 && words[at - 1] == "--project";
    let kept = (0..words.len()).filter(|at| !scope(*at));
    kept.map(|at| words[at]).collect::<Vec<_>>().join(" ")
}

/// What the report says of itself is the code that the process ends with.
#[test]
fn the_report_names_the_exit_code_of_the_process() {
    let (desk, google) = (Desk::new(), Loopback::of("retail"));
    for severity in ["critical", "high", "medium", "low", "info", "never"] {
        let run =
            format!("scan --organization {RETAIL} --now {NOW} --format json --fail-on {severity}");
        let output = desk.at(&google, &run).output();
        let summary = &output.json()["summary"];
        assert_eq!(summary["exit_code"], output.code, "{severity}");
        assert_eq!(summary["fail_on"], severity);
        assert_eq!(
            output.code,
            if severity == "never" { 3 } else { 1 },
            "{severity}"
        );
    }
}

#[test]
fn a_demo_ends_with_0_unless_it_is_asked_to_judge() {
    let desk = Desk::new();
    for (flags, code) in [
        ("", 0),
        ("--format json", 0),
        ("--allow-incomplete", 0),
        ("--fail-on high", 1),
        ("--fail-on never", 3),
        ("--fail-on never --allow-incomplete", 0),
    ] {
        let output = desk.sa_audit(&format!("demo {flags}")).output();
        assert_eq!((output.code, output.stderr.as_str()), (code, ""), "{flags}");
    }
    assert_eq!(desk.files(), Vec::<String>::new(), "a demo keeps nothing");
}

/// The demo is the real scan: over loopback, the same estate gives the same report.
#[test]
fn a_demo_is_the_scan_of_its_estate() {
    let (desk, google) = (Desk::new(), Loopback::of("retail"));
    // The demo asks the sources of which its estate holds anything.
    let scan = format!(
        "scan --organization {RETAIL} --usage policy-analyzer --usage monitoring --usage recommender --usage logging --now {NOW} --fail-on never --allow-incomplete --format json --snapshot kept"
    );
    // Into a file: the store would know since when each finding is there.
    let scanned = desk.at(&google, &scan).output().expect_code(0);
    assert_eq!(
        desk.sa_audit("demo --format json").output().stdout,
        scanned.stdout
    );
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let (desk, google) = (Desk::new(), Loopback::of("retail"));
    let closed = || std::io::pipe().expect("a pipe").1;
    for (arguments, code) in [
        ("demo", 0),
        ("demo --format json", 0),
        ("rules", 0),
        ("rules key-old", 0),
        ("schema report", 0),
        ("man", 0),
        ("completions zsh", 0),
        ("--help", 0),
    ] {
        let output = desk.sa_audit(arguments).stdout(closed()).output();
        assert_eq!(
            (output.code, output.stderr.as_str()),
            (code, ""),
            "{arguments}"
        );
    }
    let scan = format!("scan --project oddbasket-ci --now {NOW} -vv --fail-on never");
    let deaf = desk.at(&google, &scan).stderr(closed()).output();
    assert_eq!(
        deaf.expect_code(0).stdout,
        desk.at(&google, &scan).output().stdout
    );
    let refused = desk.sa_audit("scan --bogus").stderr(closed()).output();
    assert_eq!(refused.code, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_standard_output_is_an_error() {
    let desk = Desk::new();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    let output = desk.sa_audit("demo").stdout(full).output();
    assert_eq!(
        output.refusal(),
        "error: writing to standard output: No space left on device (os error 28)"
    );
}

//! Streams: the report on standard output, everything else on standard error; colour where it is wanted.

use crate::estates::NOW;
use crate::support::desk::Desk;
use crate::support::loopback::Loopback;

const ESCAPE: char = '\u{1b}';

#[test]
fn the_report_alone_is_on_standard_output() {
    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    let scan = |flags: &str| {
        desk.at(&google, &format!("scan --now {NOW} {flags}"))
            .output()
            .expect_code(0)
    };
    let (plain, quiet) = (scan(""), scan("--quiet"));
    assert_eq!(quiet.stderr, "");
    assert!(plain.shown(&plain.stderr).ends_with(
        "snapshot kept in DESK/.local/state/sa-audit/20261122T090000Z-e3b0c44298fc.snapshot.zst\n"
    ), "{}", plain.stderr);
    for flags in ["-v", "-vv", "--verbose --verbose"] {
        let verbose = scan(flags);
        assert_eq!(verbose.stdout, plain.stdout, "{flags}");
        let requests = verbose
            .stderr
            .contains("request method=\"iam.projects.serviceAccounts.list\"");
        assert_eq!(requests, flags != "-v", "{}", verbose.stderr);
        assert!(
            verbose
                .stderr
                .contains("signed in credentials=\"access token from CLOUDSDK_AUTH_ACCESS_TOKEN\"")
        );
    }
    assert_eq!(plain.stdout, quiet.stdout);
}

/// The last run's calls, told where statistics are kept: not with `--now`.
#[test]
fn a_scan_tells_what_it_took() {
    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    let output = desk.at(&google, "scan").output();
    let calls: u64 = google.calls().values().sum();
    let told = format!("calls: {calls}, repetitions: 0, in ");
    assert!(output.stderr.starts_with(&told), "{}", output.stderr);
}

/// Flags, variables, and whether the report and the log are coloured. Nothing here is a terminal.
#[test]
fn colour_goes_where_it_is_asked_for() {
    let (desk, google) = (Desk::new(), Loopback::of("retail"));
    let table = [
        ("", vec![], false),
        ("", vec![("CLICOLOR_FORCE", "1")], true),
        ("", vec![("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        ("--color always", vec![], true),
        ("--color always", vec![("NO_COLOR", "1")], true),
        ("--color never", vec![("CLICOLOR_FORCE", "1")], false),
        ("--color auto", vec![("TERM", "xterm-256color")], false),
    ];
    for (flags, variables, coloured) in table {
        let scan = format!("scan --project oddbasket-ci --now {NOW} -v {flags}");
        let run = desk.at(&google, &scan);
        let output = variables
            .iter()
            .fold(run, |run, (name, value)| run.env(name, value))
            .output();
        let found = (
            output.stdout.contains(ESCAPE),
            output.stderr.contains(ESCAPE),
        );
        assert_eq!(
            found,
            (coloured, coloured),
            "{flags} {variables:?}: {}",
            output.stderr
        );
    }
    let json = desk
        .sa_audit("demo --format json --color always --links always")
        .output();
    assert!(!json.stdout.contains(ESCAPE), "JSON is never coloured");
    assert!(!desk.sa_audit("demo").output().stdout.contains(ESCAPE));
    let links = desk.sa_audit("demo --links always").output().stdout;
    assert!(links.contains("\u{1b}]8;;https://"), "links without colour");
}

/// The first of the three variables that is set decides.
#[test]
fn only_a_locale_of_utf_8_gets_more_than_ascii() {
    let desk = Desk::new();
    let table: [(&[(&str, &str)], bool); 7] = [
        (&[], false),
        (&[("LANG", "C")], false),
        (&[("LANG", "en_GB.UTF-8")], true),
        (&[("LANG", "en_GB.utf8")], true),
        (&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")], false),
        (
            &[("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C")],
            true,
        ),
        (
            &[("LC_CTYPE", "de_DE.ISO-8859-1"), ("LANG", "en_GB.UTF-8")],
            false,
        ),
    ];
    for (variables, unicode) in table {
        let run = desk.sa_audit("demo");
        let output = variables
            .iter()
            .fold(run, |run, (name, value)| run.env(name, value))
            .output();
        assert_eq!(!output.stdout.is_ascii(), unicode, "{variables:?}");
    }
}

//! Week after week on the command line: baseline, diff, trend, merge, acceptance, and their exit codes.

use std::path::PathBuf;

use sa_audit::store::{self, Store};

use crate::support::desk::Desk;
use crate::support::quarter::Company;

/// Only the rules that the quarter is about, so that a new rule changes no exit code here.
fn rules() -> String {
    let settings = crate::support::quarter::settings();
    let rules = settings.rules.iter().map(|(id, setting)| {
        format!(
            "[rules.{id}]\nenabled = {}\n",
            setting.enabled == Some(true)
        )
    });
    rules.collect()
}

/// Returns a desk with a configuration, and a store that holds the scans of some weeks.
fn desk(weeks: &[u32], config: &str) -> Desk {
    let desk = Desk::new();
    desk.write("sa-audit.toml", format!("{config}\n{}", rules()));
    weeks.iter().for_each(|week| {
        keep(&desk, *week);
    });
    desk
}

fn keep(desk: &Desk, week: u32) -> PathBuf {
    let store = Store::new(desk.path("store"));
    store.create().expect("a folder");
    let snapshot = Company::in_week(week).scan(week);
    let path = store.path_of(&snapshot.header);
    store::write(&path, &snapshot).expect("a snapshot");
    path
}

/// Returns where the desk keeps a week's scan, as an argument.
fn of_week(desk: &Desk, week: u32) -> String {
    let snapshot = Company::in_week(week).scan(week);
    let path = Store::new(desk.path("store")).path_of(&snapshot.header);
    path.display().to_string()
}

/// The weeks, the flags, and the exit code: the table of the design.
#[test]
fn the_exit_codes_of_diff() {
    let desk = desk(&[4, 5, 6, 7, 8], "");
    let table = [
        (4, 5, "", 0),
        (5, 6, "", 0),
        (4, 5, "--exit-code", 0),
        (5, 6, "--exit-code", 1),
        (6, 7, "--exit-code", 3),
        (7, 8, "--exit-code", 0),
        (6, 7, "", 0),
    ];
    for (old, new, flags, code) in table {
        for format in ["terminal", "json"] {
            let run = format!(
                "diff {} {} --store store --format {format} {flags}",
                of_week(&desk, old),
                of_week(&desk, new)
            );
            let output = desk.sa_audit(&run).output();
            assert_eq!(
                (output.code, output.stderr.as_str()),
                (code, ""),
                "{old} {new} {flags}"
            );
        }
    }
    assert_eq!(
        desk.sa_audit(&format!("diff {} {}", of_week(&desk, 6), of_week(&desk, 5)))
            .output()
            .refusal()
            .matches("is newer than")
            .count(),
        1
    );
    desk.sa_audit("diff store/none store/none")
        .output()
        .refusal();
}

#[test]
fn a_difference_on_the_terminal() {
    let desk = desk(&[1, 2, 3, 4, 5, 6], "");
    let run = format!(
        "diff {} {} --store store",
        of_week(&desk, 5),
        of_week(&desk, 6)
    );
    let output = desk
        .sa_audit(&run)
        .env("LANG", "C.UTF-8")
        .output()
        .expect_code(0);
    insta::assert_snapshot!(output.stdout, @"
    back again
      high      key k1 of etl@acme-data is 588 days old and still in use [key-old]
      medium    key k1 of etl@acme-data was last used 2026-10-09 (weak evidence) [key-active]

    fixed
      low       key k1 of etl@acme-data is disabled, since when could not be seen [key-disabled, to find
                out]

    keys active again
      key k1 of etl@acme-data was disabled and can sign in again

    2 back again, 1 fixed, 3 known                                         from 2026-10-05 to 2026-10-12
    ");
}

#[test]
fn a_difference_says_what_can_no_longer_be_seen_and_which_acceptances_end() {
    let config = "[[accept]]\nrule = \"key-old\"\naccount = \"201\"\nkey = \"k1\"\nreason = \"until the move\"\nowner = \"data\"\nuntil = 2026-11-01\n";
    let desk = desk(&[6, 7], config);
    let run = format!(
        "diff {} {} --store store",
        of_week(&desk, 6),
        of_week(&desk, 7)
    );
    let output = desk
        .sa_audit(&run)
        .env("LANG", "C.UTF-8")
        .output()
        .expect_code(0);
    insta::assert_snapshot!(output.stdout, @"
    no longer visible: a gap is not a fix
      medium    key v1 of vault@acme-vault is 588 days old, not observed by Policy Analyzer from
                2025-09-07 to 2026-10-11 [key-old]

    newly unreadable
      project acme-vault: list of accounts · access denied

    acceptances that end soon
      key-old on key k1 of account 201 · until 2026-11-01, by data: until the move

    1 no longer visible, 4 known                                           from 2026-10-12 to 2026-10-19
    ");
}

/// Week by week, what a run against the scan before ends with; and that the store's index is made again where it is lost.
#[test]
fn a_report_against_the_previous_scan_fails_for_what_is_news() {
    let desk = desk(&[1, 2], "");
    let code = |flags: &str| {
        let run = format!("report --store store --format json {flags}");
        desk.sa_audit(&run).output().code
    };
    assert_eq!(code(""), 1);
    assert_eq!(code("--baseline previous"), 0);
    assert_eq!(code("--baseline previous --fail-on-known"), 1);
    keep(&desk, 3);
    assert_eq!(code("--baseline previous"), 1);
    keep(&desk, 4);
    assert_eq!(code("--baseline previous"), 0);
    keep(&desk, 5);
    keep(&desk, 6);
    for _ in 0..2 {
        let output = desk
            .sa_audit("report --store store --baseline previous --format json")
            .output()
            .expect_code(1);
        let report = output.json();
        assert_eq!(report["baseline"], "2026-10-05T09:00:00Z");
        let against = &report["summary"]["against_baseline"];
        assert_eq!(
            against.to_string(),
            r#"{"changed":0,"known":3,"new":0,"reopened":2}"#
        );
        let findings = report["findings"].as_array().expect("findings");
        let old = findings.iter().find(|finding| finding["rule"] == "key-old");
        let old = old.expect("key-old");
        assert_eq!(
            (&old["status"], &old["first_seen"]),
            (&"reopened".into(), &"2026-09-07T09:00:00Z".into())
        );
        std::fs::remove_file(desk.path("store/first-seen.json.zst")).expect("an index");
    }
    let named = format!(
        "report {} --baseline {}",
        of_week(&desk, 2),
        of_week(&desk, 1)
    );
    assert_eq!(
        desk.sa_audit(&named).output().code,
        0,
        "a baseline by its file"
    );
    let refusal = desk
        .sa_audit(&format!("report {} --baseline previous", of_week(&desk, 2)))
        .output()
        .refusal();
    assert_eq!(
        refusal,
        "error: --baseline previous: the snapshot lies in no store; name the older snapshot, or the store with --store"
    );
    let refusal = desk
        .sa_audit("report --store store --baseline none")
        .output()
        .refusal();
    assert!(
        refusal.starts_with("error: --baseline: reading the snapshot none: "),
        "{refusal}"
    );
}

/// The entry that `accept` prints is the one that the configuration takes, and that covers the finding.
#[test]
fn accept_prints_what_the_configuration_takes() {
    let desk = desk(&[3], "");
    let run = |arguments: &[&str]| {
        let mut all = vec!["accept", "key-weak"];
        all.extend(arguments);
        all.extend([
            "--reason",
            "the \"appliance\"\ntakes nothing else",
            "--until",
            "2026-12-31",
            "--store",
            "store",
        ]);
        desk.run(&all).output()
    };
    let by_short = run(&["etl@acme-data", "--key", "k"]).expect_code(0).stdout;
    let by_id = run(&["201"]).expect_code(0).stdout;
    assert_eq!(by_short, by_id);
    insta::assert_snapshot!(by_short, @r#"
    [[accept]]
    rule = "key-weak"
    account = "etl@acme-data.iam.gserviceaccount.com"
    unique_id = "201"
    key = "k2"
    evidence = "0dc3a33e1d87978dcec1ea50084796001fe4fef3d89ee485c630b5a0591bf224"
    reason = """
    the "appliance"
    takes nothing else"""
    until = 2026-12-31
    "#);
    let before = desk
        .sa_audit("report --store store --format json")
        .output()
        .json();
    desk.write("sa-audit.toml", format!("{by_short}\n{}", rules()));
    let report = desk
        .sa_audit("report --store store --format json")
        .output()
        .json();
    let of = |report: &serde_json::Value| {
        let summary = &report["summary"];
        (summary["findings"].clone(), summary["accepted"].clone())
    };
    assert_eq!(
        (of(&before), of(&report)),
        ((5.into(), 0.into()), (4.into(), 1.into()))
    );
    let accepted = report["findings"]
        .as_array()
        .expect("findings")
        .last()
        .expect("one")["accepted"]
        .clone();
    assert_eq!(
        accepted.to_string(),
        r#"{"owner":null,"reason":"the \"appliance\"\ntakes nothing else","until":"2026-12-31"}"#
    );
    assert_eq!(report["settings"]["accept"][0]["unique_id"], "201");
    let text = desk.sa_audit("report --store store").output().stdout;
    // The line may be broken between any two words.
    let words: Vec<&str> = text.split_whitespace().collect();
    let told = words.join(" ");
    assert!(
        told.contains("in force: ") && told.contains("1 acceptance"),
        "{text}"
    );
    assert!(
        text.contains("until 2026-12-31: the \"appliance\"") && text.contains("[key-weak]"),
        "{text}"
    );
    let refusal = run(&["nobody@acme-data"]).refusal();
    assert!(
        refusal.contains("key-weak finds nothing about nobody@acme-data"),
        "{refusal}"
    );
}

#[test]
fn the_trend_of_a_quarter() {
    let weeks: Vec<u32> = (1..=13).collect();
    let desk = desk(&weeks, "");
    let output = desk
        .sa_audit("trend --store store")
        .env("LANG", "C.UTF-8")
        .output()
        .expect_code(0);
    insta::assert_snapshot!(output.stdout, @"
    scan        crit  high   med   low  info  shared  oldest  critical and high
    2026-09-07     0     2     2     0     0       1   553 d  ████████████████
    2026-09-14     0     2     2     0     0       1   560 d  ████████████████
    2026-09-21     0     3     2     0     0       1   567 d  ████████████████████████
    2026-09-28     0     2     1     0     0       1   574 d  ████████████████
    2026-10-05     0     2     1     0     0       1   581 d  ████████████████
    2026-10-12     0     3     2     0     0       1   588 d  ████████████████████████
    2026-10-19     0     3     1     0     0       1   595 d  ████████████████████████  1 read incomplete
    2026-10-26     0     3     2     0     0       1   602 d  ████████████████████████
    2026-11-02     0     3     2     0     0       1   609 d  ████████████████████████
    2026-11-09     0     2     1     0     0       1   616 d  ████████████████
    2026-11-16     0     3     1     0     0       1   623 d  ████████████████████████
    2026-11-23     0     2     1     0     0       1   630 d  ████████████████
    2026-11-30     0     2     1     0     0       1   637 d  ████████████████

    where reads are incomplete, the counts are what was seen
    ");
    let json = desk
        .sa_audit("trend --store store --format json")
        .output()
        .json();
    let weeks = json["weeks"].as_array().expect("weeks");
    assert_eq!((weeks.len(), &weeks[6]["gaps"]), (13, &1.into()));
    assert_eq!(weeks[12]["oldest_key"], 637);
    desk.sa_audit("trend --store nowhere").output().refusal();
}

/// Two shards, in either order, and the scan of both at once: the same report.
#[test]
fn shards_are_merged_into_the_scan_that_they_were() {
    let desk = desk(&[9], "");
    let company = Company::in_week(9);
    for (name, projects) in [
        ("a", &["acme-data"][..]),
        ("b", &["acme-prod", "acme-vault"]),
    ] {
        store::write(&desk.path(name), &company.scan_of(9, projects)).expect("a snapshot");
    }
    let whole = desk
        .sa_audit(&format!("report {} --format json", of_week(&desk, 9)))
        .output()
        .expect_code(1)
        .stdout;
    for order in ["a b", "b a"] {
        let run = format!("merge {order} --snapshot merged");
        let output = desk.sa_audit(&run).output().expect_code(0);
        assert_eq!(output.stdout, "");
        let merged = desk.sa_audit("report merged --format json").output();
        assert_eq!(merged.expect_code(1).stdout, whole, "{order}");
    }
    let output = desk
        .sa_audit("merge a b --store merged-store")
        .output()
        .expect_code(0);
    assert!(
        output.stderr.starts_with("snapshot kept in merged-store/"),
        "{output:?}"
    );
    desk.sa_audit("merge a none --snapshot x")
        .output()
        .refusal();
}

/// `--keep` deletes older snapshots of the same scope, and no others; the index keeps what they told.
#[test]
fn the_store_keeps_as_many_as_it_is_asked_to() {
    use crate::support::loopback::Loopback;
    let desk = Desk::new();
    let google = Loopback::of("clean");
    let scan = |day: u32, flags: &str| {
        let run = format!("scan --now 2026-11-{day}T09:00:00Z --store store {flags}");
        let output = desk.at(&google, &run).output();
        assert!(output.code != 2, "{output:?}");
    };
    let snapshots = || -> Vec<String> {
        let files = desk.files().into_iter();
        files
            .filter(|name| name.ends_with(".snapshot.zst"))
            .collect()
    };
    for day in [21, 22, 23] {
        scan(day, "");
    }
    assert_eq!(snapshots().len(), 3);
    scan(24, "--keep 2");
    let kept = snapshots();
    assert_eq!(kept.len(), 2);
    assert!(
        kept.iter()
            .all(|name| name.contains("20261123") || name.contains("20261124")),
        "{kept:?}"
    );
    assert!(
        desk.files()
            .contains(&"store/first-seen.json.zst".to_owned())
    );
}

/// The configuration and the table of `fixtures/README.md`, on the demo's estate.
#[test]
fn acceptances_are_stale_for_the_reasons_that_the_table_tells() {
    let readme = include_str!("../../fixtures/README.md");
    let section = readme
        .split("#### acceptance-stale")
        .nth(1)
        .expect("a section");
    let config = section
        .split("```toml")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let desk = Desk::new();
    desk.write("sa-audit.toml", config.expect("a configuration"));
    let report = desk
        .sa_audit("demo --format json")
        .output()
        .expect_code(0)
        .json();
    let findings = report["findings"].as_array().expect("findings");
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let mut told: Vec<String> = findings
        .iter()
        .filter(|finding| finding["rule"] == "acceptance-stale")
        .map(|finding| text(&finding["message"]))
        .collect();
    told.sort();
    let table = section
        .split("<!-- stale retail -->\n")
        .nth(1)
        .expect("a table");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let rows: Vec<Vec<&str>> = rows
        .map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert_eq!(told.len(), rows.len(), "{told:?}");
    for (said, row) in told.iter().zip(rows) {
        let begin = format!("the acceptance of {} {}", row[0], row[1]);
        assert!(said.starts_with(&begin), "{said}: {begin}");
    }
    let accepted = findings
        .iter()
        .filter(|finding| !finding["accepted"].is_null());
    let accepted: Vec<String> = accepted.map(|finding| text(&finding["rule"])).collect();
    assert_eq!(accepted, ["key-weak"]);
}

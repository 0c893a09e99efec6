//! Thirteen weekly snapshots, and the whole difference of each to the one before.

use std::fmt::Write as _;

use sa_audit::model::finding::Subject;
use sa_audit::model::history::History;
use sa_audit::model::names::{FolderId, OrganizationId};
use sa_audit::model::scope::Root;
use sa_audit::model::settings::{FailOn, Settings};
use sa_audit::report::diff::{Activity, Diff, diff};
use sa_audit::report::{Past, ReportedFinding};

use crate::support::quarter::{Company, WEEKS, monday, settings};
use crate::{evaluated, report};

/// Returns what changed in one week, a line a change: `+` new, `~` changed, `^` back again, `-` fixed, `?` no longer visible,
/// `!` newly unreadable, `>` readable again, `*` a key active again, `@` created again.
fn told(diff: &Diff) -> String {
    let mut text = String::new();
    let lists = [
        ('+', &diff.new),
        ('~', &diff.changed),
        ('^', &diff.reopened),
        ('-', &diff.fixed),
        ('?', &diff.hidden),
    ];
    for (mark, list) in lists {
        for reported in list {
            let _ = writeln!(text, "  {mark} {}", short(reported));
        }
    }
    for gap in &diff.unreadable {
        let _ = writeln!(text, "  ! {}: {}", gap.scope, gap.dataset.name());
    }
    for gap in &diff.readable_again {
        let _ = writeln!(text, "  > {}: {}", gap.scope, gap.dataset.name());
    }
    for active in &diff.active_again {
        let how = match active.how {
            Activity::Enabled => "enabled",
            Activity::Used => "used",
        };
        let _ = writeln!(
            text,
            "  * key {} of {}: {how}",
            active.key,
            active.account.email.short()
        );
    }
    for again in &diff.recreated {
        let _ = writeln!(
            text,
            "  @ {}: {} is now {}",
            again.email.short(),
            again.before,
            again.now
        );
    }
    text
}

fn short(reported: &ReportedFinding) -> String {
    let finding = &reported.finding;
    let name = match &finding.subject {
        Subject::Account(account) => format!("{}#{}", account.email.short(), account.unique_id),
        Subject::Key { account, key } => {
            format!(
                "key {key} of {}#{}",
                account.email.short(),
                account.unique_id
            )
        }
        Subject::Organization(_)
        | Subject::Folder(_)
        | Subject::Project(_)
        | Subject::Provider(_)
        | Subject::Acceptance(_) => finding.subject.full_name().to_string(),
    };
    format!("{} {name}", finding.rule)
}

/// Returns the past that the store of a user has in a week: every scan up to it in the index, the last as the baseline.
fn past(week: u32, settings: &Settings) -> Past {
    let mut history = History::default();
    for week in 1..=week {
        let scan = evaluated(&Company::in_week(week).scan(week), settings);
        history.record(&week.to_string(), monday(week), &scan.evaluation.findings);
    }
    let before = week.checked_sub(1).filter(|week| *week > 0);
    Past {
        baseline: before.map(|week| evaluated(&Company::in_week(week).scan(week), settings)),
        history: Some(history),
    }
}

#[test]
fn every_week_of_a_quarter_tells_what_happened_in_it() {
    let settings = settings();
    let mut text = String::new();
    for week in 1..=WEEKS {
        let past = past(week, &settings);
        let now = evaluated(&Company::in_week(week).scan(week), &settings);
        let diff = diff(&past, &now, &settings, "sa-audit 0.0.0");
        let _ = writeln!(
            text,
            "week {week}, {}: {} known, exit code {}",
            monday(week).date_naive(),
            diff.known,
            diff.exit_code()
        );
        text.push_str(&told(&diff));
    }
    insta::assert_snapshot!(text, @"
    week 1, 2026-09-07: 0 known, exit code 1
      + shared-account app@acme-prod#301
      + key-old key k1 of etl@acme-data#201
      + key-active key k1 of etl@acme-data#201
      + key-old key v1 of vault@acme-vault#401
    week 2, 2026-09-14: 4 known, exit code 0
    week 3, 2026-09-21: 4 known, exit code 1
      + key-weak key k2 of etl@acme-data#201
    week 4, 2026-09-28: 3 known, exit code 1
      + key-disabled key k1 of etl@acme-data#201
      - key-old key k1 of etl@acme-data#201
      - key-active key k1 of etl@acme-data#201
    week 5, 2026-10-05: 4 known, exit code 0
    week 6, 2026-10-12: 3 known, exit code 1
      ^ key-old key k1 of etl@acme-data#201
      ^ key-active key k1 of etl@acme-data#201
      - key-disabled key k1 of etl@acme-data#201
      * key k1 of etl@acme-data: enabled
    week 7, 2026-10-19: 4 known, exit code 3
      ? key-old key v1 of vault@acme-vault#401
      ! project acme-vault: service-accounts
    week 8, 2026-10-26: 5 known, exit code 0
      > project acme-vault: service-accounts
    week 9, 2026-11-02: 4 known, exit code 1
      ~ shared-account app@acme-prod#301
    week 10, 2026-11-09: 2 known, exit code 1
      + key-weak key k3 of etl@acme-data#202
      - key-old key k1 of etl@acme-data#201
      - key-weak key k2 of etl@acme-data#201
      - key-active key k1 of etl@acme-data#201
      @ etl@acme-data: 201 is now 202
    week 11, 2026-11-16: 2 known, exit code 1
      + key-active key v1 of vault@acme-vault#401
      ~ key-old key v1 of vault@acme-vault#401
      * key v1 of vault@acme-vault: used
    week 12, 2026-11-23: 3 known, exit code 1
      - key-weak key k3 of etl@acme-data#202
    week 13, 2026-11-30: 3 known, exit code 0
    ");
}

/// With `--baseline`, only what is news counts for the exit code; gaps count all the same.
#[test]
fn a_run_against_last_week_fails_for_what_is_news() {
    let mut text = String::from("week baseline fail-on-known none\n");
    for week in 2..=WEEKS {
        let snapshot = Company::in_week(week).scan(week);
        let settings = settings();
        let strict = Settings {
            fail_on_known: true,
            ..settings.clone()
        };
        let past = past(week, &settings);
        let code = |settings, past| report(&snapshot, settings, past).summary.exit_code;
        let against = code(&settings, &past);
        let known_too = code(&strict, &past);
        let without = code(&settings, &Past::default());
        let _ = writeln!(text, "{week} {against} {known_too} {without}");
    }
    insta::assert_snapshot!(text, @"
    week baseline fail-on-known none
    2 0 1 1
    3 1 1 1
    4 0 1 1
    5 0 1 1
    6 1 1 1
    7 3 1 1
    8 0 1 1
    9 1 1 1
    10 1 1 1
    11 1 1 1
    12 0 1 1
    13 0 1 1
    ");
}

/// Since when each finding of the last week is there.
#[test]
fn the_first_sighting_survives_a_gap_and_a_return() {
    let settings = Settings {
        fail_on: FailOn::Never,
        ..settings()
    };
    let week = 9;
    let report = report(
        &Company::in_week(week).scan(week),
        &settings,
        &past(week, &settings),
    );
    let seen: Vec<String> = report
        .findings()
        .map(|reported| {
            let first = reported.first_seen.expect("a store knows");
            format!("{} since {}", short(reported), first.date_naive())
        })
        .collect();
    insta::assert_debug_snapshot!(seen, @r#"
    [
        "key-old key k1 of etl@acme-data#201 since 2026-09-07",
        "key-active key k1 of etl@acme-data#201 since 2026-09-07",
        "key-weak key k2 of etl@acme-data#201 since 2026-09-21",
        "shared-account app@acme-prod#301 since 2026-09-07",
        "key-old key v1 of vault@acme-vault#401 since 2026-09-07",
    ]
    "#);
}

/// Two files and no store: what the older one could not see is not known to be old, and counts.
#[test]
fn without_an_index_what_could_not_be_seen_is_new() {
    let settings = settings();
    let scan = |week| evaluated(&Company::in_week(week).scan(week), &settings);
    let past = Past {
        baseline: Some(scan(7)),
        history: None,
    };
    let diff = diff(&past, &scan(8), &settings, "sa-audit 0.0.0");
    assert_eq!(
        told(&diff),
        "  + key-old key v1 of vault@acme-vault#401\n  > project acme-vault: service-accounts\n"
    );
}

/// A project that is no longer asked about is not fixed.
#[test]
fn a_narrower_scan_fixes_nothing() {
    let settings = settings();
    let company = Company::in_week(2);
    let past = Past {
        baseline: Some(evaluated(&company.scan(2), &settings)),
        history: None,
    };
    let narrow = evaluated(&company.scan_of(2, &["acme-prod"]), &settings);
    let diff = diff(&past, &narrow, &settings, "sa-audit 0.0.0");
    assert!(diff.fixed.is_empty() && diff.other_scope.is_some());
    let hidden: Vec<String> = diff.hidden.iter().map(short).collect();
    assert_eq!(
        hidden,
        [
            "key-old key k1 of etl@acme-data#201",
            "key-active key k1 of etl@acme-data#201",
            "key-old key v1 of vault@acme-vault#401"
        ]
    );
}

/// Who shares an account, and who holds a role, is told by other projects and by what stands above: a scan that does not
/// look there fixes nothing of it.
#[test]
fn a_narrower_scan_does_not_fix_what_rests_on_other_projects() {
    let settings = settings();
    let company = Company::in_week(2);
    let past = Past {
        baseline: Some(evaluated(&company.scan(2), &settings)),
        history: None,
    };
    let mut narrow = company.scan_of(2, &["acme-data", "acme-prod"]);
    narrow.facts.attachments.clear();
    narrow.facts.keys.clear();
    let diff_to = |now| {
        told(&diff(
            &past,
            &evaluated(&now, &settings),
            &settings,
            "sa-audit 0.0.0",
        ))
    };
    assert_eq!(
        diff_to(narrow.clone()),
        "  - key-old key k1 of etl@acme-data#201
  - key-active key k1 of etl@acme-data#201
  ? shared-account app@acme-prod#301
  ? key-old key v1 of vault@acme-vault#401
"
    );
    let mut whole = company.scan(2);
    whole.facts.attachments.clear();
    assert_eq!(diff_to(whole), "  - shared-account app@acme-prod#301\n");
}

/// A project that is in no list any more: in a whole organization it is gone; a caller may no longer see it, and out of a
/// folder it may have been moved.
#[test]
fn only_the_list_of_an_organization_tells_that_a_project_is_gone() {
    let settings = settings();
    let company = Company::in_week(2);
    let of = |roots: Vec<Root>| {
        let scan = |projects: &[&str]| {
            let mut snapshot = company.scan_of(2, projects);
            snapshot.header.scope.roots = roots.clone();
            evaluated(&snapshot, &settings)
        };
        let past = Past {
            baseline: Some(scan(&["acme-data", "acme-prod", "acme-vault"])),
            history: None,
        };
        let now = scan(&["acme-data", "acme-prod"]);
        told(&diff(&past, &now, &settings, "sa-audit 0.0.0"))
    };
    let organization = Root::Organization(OrganizationId::parse("1").expect("a number"));
    let folder = Root::Folder(FolderId::parse("2").expect("a number"));
    let gone = "key-old key v1 of vault@acme-vault#401\n";
    assert_eq!(of(vec![organization]), format!("  - {gone}"));
    assert_eq!(of(vec![folder]), format!("  ? {gone}"));
    assert_eq!(of(Vec::new()), format!("  ? {gone}"));
}

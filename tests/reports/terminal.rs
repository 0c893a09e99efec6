//! The report on a terminal.

use insta::assert_snapshot;
use proptest::prelude::*;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::federation::ProviderRef;
use sa_audit::model::finding::Subject;
use sa_audit::model::message::Message;
use sa_audit::model::names::{FolderId, ProjectId};
use sa_audit::model::rule::{Confidence, Severity};
use sa_audit::model::scope::Scope;
use sa_audit::model::settings::FailOn;
use sa_audit::model::usage::{LastUse, WhyUnknown};
use sa_audit::model::workload::Workload;
use sa_audit::render::terminal::Style;

use crate::support::golden::assert_golden;
use crate::support::report::{
    World, folder, found, not_seen, on_terminal, only_if, plain, project, workload, world,
};

const GITHUB: &str = "principalSet://iam.googleapis.com/projects/100000000002/locations/global/workloadIdentityPools/github/attribute.repository/acme/shop";

/// Two projects with something of everything: several findings on one key, a shared account, a doubt, a gap, an account
/// that is well.
pub(crate) fn acme() -> World {
    let denied = Reading::Denied {
        permission: Some(
            "policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query".to_owned(),
        ),
    };
    world()
        .project("acme-data")
        .account("warehouse")
        .last_use(LastUse::Unknown {
            why: WhyUnknown::NotRead(denied.clone()),
        })
        .key("99aa99aa99aa99aa99aa99aa99aa99aa99aa99aa")
        .finding(
            found("key-old", "is 240 days old; no source could tell whether it is in use")
                .severity(Severity::Medium)
                .confidence(Confidence::Medium),
        )
        .project_reading(Dataset::KeyActivity, denied.clone(), &["key-unused"])
        .project_reading(Dataset::AccountActivity, denied, &[])
        .project("acme-prod")
        .account("backup")
        .account("ci-deployer")
        .hmac_key("GOOG1NEVERREAL")
        .workload(workload("Cloud Run service catalog-feed"))
        .workload(Workload {
            locations: vec!["europe-west1".to_owned(), "europe-west4".to_owned()],
            resources: 40,
            ..workload("Compute Engine group render-farm")
        })
        .workload(Workload {
            confidence: Confidence::Low,
            project: None,
            locations: Vec::new(),
            ..workload("federated identity repo:acme/shop")
        })
        .grant("roles/editor", project("acme-prod"), None)
        .grant("roles/storage.admin", project("acme-prod"), only_if("request.time < timestamp('2027-01-01T00:00:00Z')"))
        .grant_through("principalSet://cloudresourcemanager.googleapis.com/folders/12/type/ServiceAccount", "roles/browser", folder("12"), None)
        .actor("group:data@acme.example", &[], None)
        .actor("serviceAccount:backup@acme-prod.iam.gserviceaccount.com", &[folder("12"), folder("34"), project("acme-prod")], None)
        .actor(GITHUB, &[project("acme-prod")], only_if("resource.name.endsWith('ci-deployer')"))
        .finding(found("shared-account", "is shared by 2 workloads").confidence(Confidence::Medium))
        .key("4f1c0000111122223333444455556666777e9a9a")
        .finding(found("key-old", "is 611 days old and still in use: seen by Policy Analyzer on 2026-11-20"))
        .finding(found("key-never-expires", "never expires").severity(Severity::Info))
        .key("77b0000011112222333344445555666677711cd0")
        .undecided("key-unused", Dataset::KeyActivity, "Policy Analyzer has no row of it, which proves nothing")
        .account("legacy-etl")
        .last_use(not_seen())
        .key("aa00000011112222333344445555666677711bb0")
        .finding(
            found("key-unused", "was not observed by Policy Analyzer from 2025-10-18 to 2026-11-21; not checked against Monitoring")
                .confidence(Confidence::Low),
        )
        .account("old-reports")
        .disabled()
        .finding(found("account-disabled", "has been disabled for 44 days"))
        .finding_on(
            Subject::Project(ProjectId::parse("acme-prod").expect("an id")),
            found("impersonation-broad", Message::from("lets ").name("group:data@acme.example").text(" mint tokens of every account in it")),
        )
        .finding_on(
            Subject::Provider(ProviderRef {
                project: ProjectId::parse("acme-prod").expect("an id"),
                pool: "ci".to_owned(),
                provider: "github".to_owned(),
            }),
            found("impersonation-broad", "takes tokens of every repository").severity(Severity::Critical),
        )
        .finding_on(
            Subject::Folder(FolderId::parse("12").expect("a number")),
            found("impersonation-broad", "lets many act as every account below, under a condition").confidence(Confidence::Low),
        )
}

fn wide(width: usize) -> Style {
    Style { width, ..plain() }
}

#[test]
fn at_full_width() {
    assert_golden("report.txt", &on_terminal(&acme().report(), &plain()));
}

#[test]
fn at_eighty_columns() {
    assert_golden("report-80.txt", &on_terminal(&acme().report(), &wide(80)));
}

#[test]
fn at_sixty_columns() {
    assert_golden("report-60.txt", &on_terminal(&acme().report(), &wide(60)));
}

#[test]
fn with_details() {
    let style = Style {
        details: true,
        ..plain()
    };
    assert_golden("report-details.txt", &on_terminal(&acme().report(), &style));
}

#[test]
fn in_colour_with_links() {
    let style = Style {
        colour: true,
        links: true,
        ..plain()
    };
    let text = on_terminal(&acme().report(), &style);
    // The links lead to the documents of the version that is tested.
    let text = text.replace(concat!("/v", env!("CARGO_PKG_VERSION"), "/"), "/VERSION/");
    assert_golden("report-colour.ansi", &text);
}

/// Colour and links add escape sequences and nothing else.
#[test]
fn colour_says_nothing_that_words_do_not() {
    let style = Style {
        colour: true,
        ..plain()
    };
    let report = acme().report();
    let coloured = on_terminal(&report, &style);
    let bare = anstream::adapter::strip_str(&coloured).to_string();
    assert_ne!(bare, coloured);
    assert_eq!(bare, on_terminal(&report, &plain()));
}

#[test]
fn in_ascii() {
    let style = Style {
        unicode: false,
        ..plain()
    };
    let text = on_terminal(&acme().report(), &style);
    assert!(text.is_ascii());
    assert_golden("report-ascii.txt", &text);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    use unicode_width::UnicodeWidthStr as _;
    let report = acme().report();
    for width in 60..=100 {
        for details in [false, true] {
            let style = Style {
                details,
                ..wide(width)
            };
            for line in on_terminal(&report, &style).lines() {
                let is_one_word = !line.trim().trim_start_matches("- ").contains(' ');
                assert!(line.width() <= width || is_one_word, "{width}: {line}");
                assert_eq!(line, line.trim_end());
            }
        }
    }
}

#[test]
fn a_clean_run_is_three_lines() {
    let clean = world()
        .project("acme-prod")
        .account("backup")
        .account("web");
    assert_snapshot!(on_terminal(&clean.report(), &plain()), @r"
    2 accounts in 1 project · 0 user-managed keys          Policy Analyzer from 2025-10-18 to 2026-11-21
    5 rules, all evaluated, no findings
    PASS                                                                             observed 2026-11-22
    ");
}

/// "Was not asked" and "asked, and nothing came" are two answers.
#[test]
fn without_a_window_the_footer_says_whether_last_use_was_asked_for() {
    let denied = Reading::Denied { permission: None };
    for (readings, told) in [
        (vec![], "no source of last use"),
        (vec![Reading::Skipped; 2], "last use not asked for"),
        (
            vec![Reading::Read, denied],
            "last use asked for, nothing came",
        ),
        (
            vec![Reading::Skipped, Reading::Read],
            "last use asked for, nothing came",
        ),
    ] {
        let mut world = world().project("acme-prod").account("backup");
        world.estate.windows.clear();
        for (dataset, reading) in [Dataset::AccountActivity, Dataset::KeyActivity]
            .into_iter()
            .zip(readings)
        {
            world = world.project_reading(dataset, reading, &[]);
        }
        let shown = on_terminal(&world.report(), &plain());
        let footer = "1 account in 1 project · 0 user-managed keys";
        let line = shown.lines().find(|line| line.starts_with(footer));
        let line = line.expect("the footer");
        assert!(line.ends_with(&format!("  {told}")), "{line}");
    }
}

#[test]
fn an_empty_estate_says_where_it_looked() {
    let mut empty = world();
    empty.estate.windows.clear();
    empty.estate.left_out.inactive = 2;
    empty.estate.left_out.apps_script = 1;
    assert_snapshot!(on_terminal(&empty.report(), &plain()), @r"
    0 accounts in 0 projects · 0 user-managed keys                                 no source of last use
    3 projects left out: 2 inactive, 1 of Apps Script
    nothing to audit: every active project that the caller sees is left out
    PASS                                                                             observed 2026-11-22
    ");
    empty.estate.left_out.apps_script = 0;
    let shown = on_terminal(&empty.report(), &plain());
    assert!(
        shown.contains("nothing to audit: the caller sees no active project"),
        "{shown}"
    );
}

#[test]
fn an_estate_that_could_not_be_read_is_incomplete_and_says_what_mends_it() {
    let reading = |message: &str| Reading::Failed {
        status: Some(500),
        message: message.to_owned(),
    };
    let blind = world()
        .reading(
            Scope::Caller,
            Dataset::Projects,
            Reading::Quota {
                message: "Quota exceeded for quota metric 'Read requests'".to_owned(),
            },
            &["account-disabled", "key-old", "key-unused"],
        )
        .project("acme-prod")
        .project_reading(
            Dataset::ServiceAccounts,
            Reading::ApiDisabled {
                service: "iam.googleapis.com".to_owned(),
                consumer: Some("projects/100000000001".to_owned()),
            },
            &["account-disabled", "key-old", "key-unused"],
        )
        .project("acme-vault")
        .project_reading(
            Dataset::ServiceAccounts,
            Reading::Perimeter {
                uid: Some("a1b2c3".to_owned()),
            },
            &["account-disabled", "key-old", "key-unused"],
        )
        .project("acme-web")
        .account("web");
    let account = blind.last_scope();
    let blind = blind.reading(
        account,
        Dataset::Keys,
        reading("internal error"),
        &["key-old"],
    );
    assert_golden("report-blind.txt", &on_terminal(&blind.report(), &plain()));
}

/// What many places lack for one reason is said once, with the one grant that mends all of them.
#[test]
fn what_many_places_lack_is_said_once() {
    let permission = "policyanalyzer.serviceAccountLastAuthenticationActivities.query";
    let mut many = world();
    for number in 0..12 {
        many = many
            .project(&format!("acme-{number:02}"))
            .account("etl")
            .key("k1")
            .undecided(
                "key-unused",
                Dataset::Keys,
                "Google did not say since when it is valid",
            )
            .key("k2")
            .undecided(
                "key-unused",
                Dataset::Keys,
                "Google did not say since when it is valid",
            )
            .project_reading(
                Dataset::AccountActivity,
                Reading::Denied {
                    permission: Some(permission.to_owned()),
                },
                &["account-disabled"],
            );
    }
    assert_snapshot!(on_terminal(&many.report(), &plain()), @"
    not evaluated
      12 projects · last use of accounts
        acme-00, acme-01, acme-02, acme-03, acme-04, acme-05, acme-06, acme-07, acme-08, acme-09 and 2
        more (--all)
        account-disabled
        the caller lacks policyanalyzer.serviceAccountLastAuthenticationActivities.query
        grant the caller roles/policyanalyzer.activityAnalysisViewer on each of them, or on a folder or
        the organization above, then scan again
      12 accounts · 24 keys
        etl@acme-00, etl@acme-01, etl@acme-02, etl@acme-03, etl@acme-04, etl@acme-05, etl@acme-06,
        etl@acme-07, etl@acme-08, etl@acme-09 and 2 more (--all)
        key-unused
        Google did not say since when it is valid

    12 accounts in 12 projects · 24 user-managed keys (24 enabled)
      Policy Analyzer from 2025-10-18 to 2026-11-21
    5 rules, no findings where they could be evaluated                         besides: 24 not evaluated

    INCOMPLETE  nothing at or above high in what was read      12 reads incomplete · observed 2026-11-22
    ");
}

/// Keys of which a denied project says nothing are not listed one by one beside it.
#[test]
fn what_a_gap_says_of_a_project_is_not_said_again_of_its_keys() {
    let denied = Reading::Denied { permission: None };
    let broken = Reading::Truncated {
        message: "the body was cut".to_owned(),
    };
    let entries = |reading: Reading| {
        let world = world()
            .project("acme-prod")
            .account("etl")
            .key("k1")
            .undecided(
                "key-unused",
                Dataset::KeyActivity,
                "its activity was not read",
            )
            .project_reading(Dataset::KeyActivity, reading, &["key-unused"]);
        let report = world.report();
        let scopes = report
            .not_evaluated
            .iter()
            .map(|entry| entry.scope.to_string());
        scopes.collect::<Vec<_>>()
    };
    let account = "account etl@acme-prod.iam.gserviceaccount.com";
    assert_eq!(entries(denied), ["project acme-prod"]);
    assert_eq!(entries(broken), ["project acme-prod", account]);
}

#[test]
fn incomplete_is_a_pass_where_the_user_allows_it() {
    let mut gap = world().project("acme-prod").account("web").project_reading(
        Dataset::KeyActivity,
        Reading::Denied { permission: None },
        &["key-unused"],
    );
    let last_line = |gap: &World| {
        let text = on_terminal(&gap.report(), &plain());
        text.lines().last().map(str::to_owned)
    };
    let incomplete = last_line(&gap);
    gap.settings.allow_incomplete = true;
    let allowed = last_line(&gap);
    gap.settings.fail_on = FailOn::Never;
    let never = last_line(&gap);
    insta::assert_debug_snapshot!((incomplete, allowed, never), @r#"
    (
        Some(
            "INCOMPLETE  nothing at or above high in what was read        1 read incomplete · observed 2026-11-22",
        ),
        Some(
            "PASS  nothing at or above high                      1 read incomplete, allowed · observed 2026-11-22",
        ),
        Some(
            "DONE  no finding fails this run (--fail-on never)   1 read incomplete, allowed · observed 2026-11-22",
        ),
    )
    "#);
}

/// Twenty-five accounts, ever less bad: the twenty worst are shown, and how many more there are.
#[test]
fn the_twenty_worst_accounts_are_shown_unless_all_are_wanted() {
    let mut many = world().project("acme-prod");
    for number in 0..25 {
        let severity = if number < 3 {
            Severity::Critical
        } else {
            Severity::Medium
        };
        many = many
            .account(&format!("job-{number:02}"))
            .finding(found("account-disabled", "has been disabled for 44 days").severity(severity));
    }
    let report = many.report();
    let names = |style: &Style| {
        let text = on_terminal(&report, style);
        let accounts = text.lines().filter(|line| line.starts_with("job-"));
        let more = text.lines().find(|line| line.contains("more account"));
        (accounts.count(), more.map(str::to_owned))
    };
    assert_eq!(
        names(&plain()),
        (
            20,
            Some("… and 5 more accounts with findings (--all)".to_owned())
        )
    );
    let all = Style {
        all: true,
        ..plain()
    };
    assert_eq!(names(&all), (25, None));
}

#[test]
fn hostile_text_is_shown_and_not_obeyed() {
    let hostile = "\u{1b}[2J\u{1b}]8;;https://evil.example\u{7}x\u{202e}\r\nPASS\u{200b}";
    let message = Message::from("was seen at ").name(hostile);
    let world = world()
        .project("acme-prod")
        .account("etl")
        .key("4f1c")
        .finding(found("key-old", message))
        .project_reading(
            Dataset::KeyActivity,
            Reading::Denied {
                permission: Some(hostile.to_owned()),
            },
            &["key-unused"],
        );
    assert_snapshot!(on_terminal(&world.report(), &plain()), @r"
    acme-prod                                                                1 account · 1 with findings

    etl@acme-prod.iam.gserviceaccount.com                                   last used 2026-11-20 · 1 key
      high      key 4f1c was seen at
                \u{1b}[2J\u{1b}]8;;https://evil.example\u{7}x\u{202e}\u{d}\u{a}PASS\u{200b} [key-old]

    not evaluated
      acme-prod · last use of keys
        key-unused
        the caller lacks \u{1b}[2J\u{1b}]8;;https://evil.example\u{7}x\u{202e}\u{d}\u{a}PASS\u{200b}
        grant the caller roles/policyanalyzer.activityAnalysisViewer on project acme-prod, then scan
        again

    1 account in 1 project · 1 user-managed key (1 enabled)
      Policy Analyzer from 2025-10-18 to 2026-11-21
    1 finding: 0 critical, 1 high, 0 medium, 0 low, 0 info                      besides: 1 not evaluated
    next: --details shows evidence and steps under each line, `sa-audit rules ID` explains a rule

    FAIL  1 finding at or above high                             1 read incomplete · observed 2026-11-22
    ");
}

/// Names, roles, members, conditions: everything under an account comes from a cloud.
#[test]
fn hostile_access_is_shown_and_not_obeyed() {
    let hostile = "\u{1b}[2Jx\r\nPASS";
    let world = world()
        .project("acme-prod")
        .account("etl")
        .workload(Workload {
            locations: vec![hostile.to_owned()],
            ..workload(hostile)
        })
        .grant_through(hostile, hostile, folder("12"), only_if(&"x".repeat(161)))
        .actor(
            &format!("principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/{hostile}"),
            &[],
            only_if(hostile),
        )
        .finding(found("key-old", "is odd"));
    let details = Style {
        details: true,
        ..plain()
    };
    let text = on_terminal(&world.report(), &details);
    let access: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.contains("runs as it"))
        .take_while(|line| !line.is_empty())
        .collect();
    let access = access.join("\n");
    assert_snapshot!(access, @r"
    runs as it     - \u{1b}[2Jx\u{d}\u{a}PASS in acme-prod (\u{1b}[2Jx\u{d}\u{a}PASS)
    holds          - \u{1b}[2Jx\u{d}\u{a}PASS on folder 12 and all below it, through
                     \u{1b}[2Jx\u{d}\u{a}PASS, only if
                     xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    may act as it  - principalSet:…/ci/\u{1b}[2Jx\u{d}\u{a}PASS (mint tokens, sign) through
                     roles/iam.serviceAccountTokenCreator on the account itself, only if
                     \u{1b}[2Jx\u{d}\u{a}PASS
    ");
}

/// The first five of each list, and how many are left out; without `--details` the workloads of a shared account alone.
#[test]
fn long_lists_under_an_account_are_cut_unless_all_are_wanted() {
    let mut many = world().project("acme-prod").account("etl");
    for number in 0..7 {
        many = many
            .workload(workload(&format!("job {number}")))
            .grant(&format!("roles/{number}"), project("acme-prod"), None)
            .actor(&format!("user:{number}@acme.example"), &[], None);
    }
    let report = many
        .finding(found("shared-account", "is shared by 7 workloads"))
        .report();
    let counted = |details, all| {
        let style = Style {
            details,
            all,
            ..plain()
        };
        let text = on_terminal(&report, &style);
        ["- job ", "- roles/", "- user:", "… and 2 more (--all)"]
            .map(|begin| text.matches(begin).count())
    };
    assert_eq!(counted(false, false), [5, 0, 0, 1]);
    assert_eq!(counted(false, true), [7, 0, 0, 0]);
    assert_eq!(counted(true, false), [5, 5, 5, 3]);
    assert_eq!(counted(true, true), [7, 7, 7, 0]);
}

/// What a finding names, and another one of the same account has named, is told once; its rule is named all the same.
#[test]
fn a_line_tells_each_fact_once() {
    let by_editor = |words: &str| {
        Message::from(words)
            .name("roles/editor")
            .text(" on project ")
            .name("acme-prod")
    };
    let report = world()
        .project("acme-prod")
        .account("etl")
        .finding(found(
            "impersonation-broad",
            by_editor("may create keys by "),
        ))
        .finding(found("key-old", by_editor("holds ")))
        .finding(found("key-unused", "says something without a name"))
        .finding(found(
            "shared-account",
            by_editor("names more: ").text(" and ").name("roles/viewer"),
        ))
        .report();
    assert_snapshot!(on_terminal(&report, &plain()), @"
    acme-prod                                                                1 account · 1 with findings

    etl@acme-prod.iam.gserviceaccount.com                                  last used 2026-11-20 · 0 keys
      high      may create keys by roles/editor on project acme-prod; says something without a name;
                names more: roles/editor on project acme-prod and roles/viewer [impersonation-broad,
                key-old, key-unused, shared-account]

    1 account in 1 project · 0 user-managed keys           Policy Analyzer from 2025-10-18 to 2026-11-21
    4 findings: 0 critical, 4 high, 0 medium, 0 low, 0 info
    next: --details shows evidence and steps under each line, `sa-audit rules ID` explains a rule

    FAIL  4 findings at or above high                                                observed 2026-11-22
    ");
}

/// A gap of the account's own project may hide more of its workloads; one of another project is told there alone.
#[test]
fn a_count_says_at_least_where_a_gap_is_near() {
    let gap_in = |project: &str| {
        let denied = Reading::Denied { permission: None };
        world()
            .project(project)
            .project_reading(Dataset::Attachments, denied, &[])
    };
    let shown = |world: World| {
        let report = world
            .account("etl")
            .workload(workload("VM one"))
            .grant("roles/viewer", project("acme-prod"), None)
            .finding(found("key-old", "is old"))
            .report();
        let text = on_terminal(&report, &plain());
        let facts = text.lines().find(|line| line.contains("workload"));
        facts.unwrap_or_default().trim().to_owned()
    };
    assert_snapshot!(shown(gap_in("acme-prod")), @"etl@acme-prod.iam.gserviceaccount.com   last used 2026-11-20 · 0 keys · 1 role · at least 1 workload");
    assert_snapshot!(shown(gap_in("acme-data").project("acme-prod")), @"etl@acme-prod.iam.gserviceaccount.com            last used 2026-11-20 · 0 keys · 1 workload · 1 role");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever a cloud says, the terminal gets text and line ends, and the last line is the verdict's.
    #[test]
    fn no_text_from_outside_is_obeyed(text in any::<String>(), more in "[\\PC\u{0}-\u{1f}\u{200b}-\u{206f}]{0,20}") {
        let world = |text: &str| {
            world()
                .project("acme-prod")
                .account("etl")
                .key("4f1c")
                .finding(found("key-old", Message::from("was seen at ").name(text)))
                .workload(Workload { locations: vec![text.to_owned()], ..workload(text) })
                .workload(workload("a second one, so that it is shared"))
                .grant_through(text, text, folder("12"), only_if(text))
                .actor(text, &[project("acme-prod")], only_if(text))
                .project_reading(
                    Dataset::KeyActivity,
                    Reading::Failed { status: None, message: text.to_owned() },
                    &["key-unused"],
                )
        };
        for text in [&text, &more] {
            let shown = on_terminal(&world(text).report(), &Style { all: true, details: true, ..plain() });
            let odd = |c: &char| {
                c.is_control() && *c != '\n'
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            };
            prop_assert_eq!(shown.chars().find(odd), None);
            prop_assert!(shown.lines().all(|line| line == line.trim_end()));
            let verdict = shown.lines().last().unwrap_or_default();
            prop_assert!(verdict.starts_with("FAIL  1 finding at or above high"), "{}", shown);
        }
    }
}

mod rules {
    use sa_audit::model::rule::{Cis, RuleMeta, Severity};
    use sa_audit::render::rules;
    use sa_audit::render::terminal::Style;

    use super::{World, acme, plain, wide};
    use insta::assert_snapshot;

    fn table(world: &World, style: &Style) -> String {
        let mut out = Vec::new();
        rules::table(&world.report().rules, style, &mut out).expect("a vector takes everything");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn as_a_table() {
        assert_snapshot!(table(&acme(), &plain()), @r"
        rule                 severity  state  finds
        account-disabled     low       on     a disabled account is due for its next step
        impersonation-broad  high      on     many may act as the accounts of a place
        key-never-expires    info      off    a key has no end
        key-old              high      on     an enabled key is older than it should be
        key-unused           high      on     an enabled key is not used
        shared-account       high      on     several workloads run as one account
        ");
        assert_snapshot!(table(&acme(), &wide(60)), @r"
        rule                 severity  state  finds
        account-disabled     low       on     a disabled account
                                              is due for its next
                                              step
        impersonation-broad  high      on     many may act as the
                                              accounts of a place
        key-never-expires    info      off    a key has no end
        key-old              high      on     an enabled key is
                                              older than it should
                                              be
        key-unused           high      on     an enabled key is
                                              not used
        shared-account       high      on     several workloads
                                              run as one account
        ");
    }

    #[test]
    fn one_as_its_document() {
        let meta = RuleMeta {
            id: "key-old",
            title: "an enabled key is older than it should be",
            severity: Severity::High,
            on_by_default: true,
            needs: &[],
            docs: "# key-old\n\n## What it finds\n\nA key that is **older** than it should be,\nwherever it is used, and whoever uses it.\n\n- one item that is long enough to be broken at sixty columns\n- [a guide](https://cloud.google.com/iam/docs)\n\n```sh\ngcloud iam   keys list\n```\n",
            cis: Some(Cis {
                v2_to_v4: Some("1.7"),
                v5: "1.8",
            }),
            owasp: &["NHI7:2025"],
        };
        let document = |style: &Style| {
            let mut out = Vec::new();
            rules::document(&meta, style, &mut out).expect("a vector takes everything");
            String::from_utf8(out).expect("text")
        };
        assert_snapshot!(document(&wide(60)), @r"
        # key-old

        ## What it finds

        A key that is older than it should be, wherever it is used,
        and whoever uses it.

        - one item that is long enough to be broken at sixty columns
        - a guide <https://cloud.google.com/iam/docs>

            gcloud iam   keys list

        CIS Google Cloud Foundations 1.7 (2.0 to 4.0), 1.8 (5.0)
        OWASP Non-Human Identities Top 10: NHI7:2025
        ");
        let colour = Style {
            colour: true,
            ..plain()
        };
        assert!(document(&colour).starts_with("\u{1b}[1mkey-old\u{1b}[0m\n"));
    }

    /// Prose and tables are wrapped; code, and a link alone on its line are left whole.
    #[test]
    fn every_document_fits_the_width() {
        for rule in sa_audit::rules::RULES {
            let mut out = Vec::new();
            rules::document(rule.meta(), &wide(60), &mut out).expect("a vector takes everything");
            let text = String::from_utf8(out).expect("text");
            assert!(text.starts_with(&format!("# {}\n", rule.meta().id)));
            for line in text.lines() {
                let words = line.trim_start_matches("- ").trim();
                let is_whole = line.starts_with("    ") || !words.contains(' ');
                assert!(line.chars().count() <= 60 || is_whole, "{line}");
            }
        }
    }
}

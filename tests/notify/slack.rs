//! `notify slack`, week after week: what is posted, to whom, and what a refusal is told as.

use std::fmt::Write as _;

use sa_audit::store::{self, Store};
use serde_json::Value;

use crate::support::desk::{Desk, Output};
use crate::support::quarter::{Company, settings};
use crate::support::slack::Slack;

/// A piece of every webhook's path: whoever reads it can post.
const SECRET: &str = "T0NEVER/B0REAL/x7Kq";

const OWNERS: &str = "\
[[owner]]
match = [\"acme-data\", \"etl@*\"]
team = \"data & <!channel>\"
slack = \"#data\"

[[owner]]
match = [\"acme-vault\"]
team = \"vault\"
slack = \"#vault\"
";

/// Returns a desk whose store holds the quarter's scans of these weeks.
fn desk(weeks: &[u32], config: &str) -> Desk {
    let desk = Desk::new();
    let rules: String = settings()
        .rules
        .iter()
        .map(|(id, rule)| format!("[rules.{id}]\nenabled = {}\n", rule.enabled == Some(true)))
        .collect();
    desk.write("sa-audit.toml", format!("{config}\n{rules}"));
    let store = Store::new(desk.path("store"));
    store.create().expect("a folder");
    for week in weeks {
        let snapshot = Company::in_week(*week).scan(*week);
        let path = store.path_of(&snapshot.header);
        store::write(&path, &snapshot).expect("a snapshot");
    }
    desk
}

/// Returns a run that posts everything to one webhook.
fn posted(desk: &Desk, slack: &Slack, flags: &str) -> Output {
    let run = desk.sa_audit(&format!("notify slack --store store {flags}"));
    let webhook = slack.webhook(&format!("/services/{SECRET}"));
    run.env("SA_AUDIT_SLACK_WEBHOOK", webhook).output()
}

/// Returns a message as a reader sees it: one block after the other.
fn shown(payload: &Value) -> String {
    let Some(blocks) = payload["blocks"].as_array() else {
        return payload["text"].as_str().expect("a text").to_owned();
    };
    let mut text = String::new();
    let said = |value: &Value| value["text"].as_str().unwrap_or_default().to_owned();
    for block in blocks {
        let mut pieces = vec![said(&block["text"])];
        for list in ["fields", "elements"] {
            pieces.extend(block[list].as_array().into_iter().flatten().map(said));
        }
        pieces.retain(|piece| !piece.is_empty());
        let _ = writeln!(
            text,
            "[{}] {}",
            block["type"].as_str().expect("a type"),
            pieces.join("\n")
        );
    }
    text
}

#[test]
fn a_week_in_which_something_changed() {
    let desk = desk(&[1, 2, 3, 4, 5, 6], "");
    let slack = Slack::new();
    let output = posted(
        &desk,
        &slack,
        "--report-url https://ci.acme.example/report?week=6&a=b",
    );
    let output = output.expect_code(0);
    assert_eq!(output.stderr, "posted 1 message to Slack\n");
    assert_eq!(output.stdout, "");
    let posts = slack.posts();
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0].path, format!("/services/{SECRET}"));
    assert!(!posts[0].head.to_lowercase().contains("authorization"));
    insta::assert_snapshot!(shown(&posts[0].payload), @"
    [header] sa-audit: 2 back again, 1 fixed, 1 active again
    [section] *Findings now*
    5: 3 high, 2 medium
    *Accounts*
    3 in 3 projects
    *To find out, accepted*
    0, 0
    *Not evaluated, not readable*
    0, 0
    [section] *Back again* (2)
    • *high* key `k1` of `etl@acme-data.iam.gserviceaccount.com` is 588 days old and still in use [key-old]
    • *medium* key `k1` of `etl@acme-data.iam.gserviceaccount.com` was last used 2026-10-09 (weak evidence) [key-active]
    *Keys active again* (1)
    • key `k1` of `etl@acme-data.iam.gserviceaccount.com` was disabled and can sign in again
    [section] *Fixed* (1)
    • *low* key `k1` of `etl@acme-data.iam.gserviceaccount.com` is disabled, since when could not be seen [key-disabled, to find out]
    [section] *Next steps* (3)
    • `etl@acme-data`: find out who signs in with key `k1`, and from where
    • `app@acme-prod`: give each workload of `app@acme-prod.iam.gserviceaccount.com` an account of its own, with the roles that it needs
    • `vault@acme-vault`: ask who owns `vault@acme-vault.iam.gserviceaccount.com` and whether it is still needed
    [context] sa-audit 0.1.0 · 2026-10-05 … 2026-10-12 · <https://ci.acme.example/report?week=6&amp;a=b|the whole report>
    ");
}

#[test]
fn a_week_that_hides_something_and_ends_an_acceptance() {
    let config = "[[accept]]\nrule = \"key-old\"\naccount = \"201\"\nkey = \"k1\"\nreason = \"until the move\"\nowner = \"data <!here>\"\nuntil = 2026-10-15\n";
    let desk = desk(&[6, 7], config);
    let slack = Slack::new();
    posted(&desk, &slack, "--on-change").expect_code(0);
    insta::assert_snapshot!(shown(&slack.posts()[0].payload), @"
    [header] sa-audit: 1 new, 1 changed, 1 no longer visible, 1 overdue, 1 newly unreadable
    [section] *Findings now*
    5: 3 high, 1 medium, 1 low
    *Accounts*
    2 in 3 projects
    *To find out, accepted*
    0, 0
    *Not evaluated, not readable*
    1, 1
    [section] *New* (1)
    • *low* the acceptance of `key-old` on key `k1` of account `201` has expired on 2026-10-15: what it covered counts again [acceptance-stale]
    *Changed* (1)
    • *high* key `k1` of `etl@acme-data.iam.gserviceaccount.com` is 595 days old and still in use [key-old]
    [section] *Overdue* (1)
    • `key-old` on key `k1` of account `201` was accepted until 2026-10-15, by `data &lt;!here&gt;`
    *Newly unreadable* (1)
    • `project acme-vault`: list of accounts, access denied
    *No longer visible: a gap is not a fix* (1)
    • *medium* key `v1` of `vault@acme-vault.iam.gserviceaccount.com` is 588 days old, not observed by Policy Analyzer from 2025-09-07 to 2026-10-11 [key-old]
    [section] *Next steps* (2)
    • `etl@acme-data`: find out who signs in with key `k1`, and from where
    • `app@acme-prod`: give each workload of `app@acme-prod.iam.gserviceaccount.com` an account of its own, with the roles that it needs
    [context] sa-audit 0.1.0 · 2026-10-12 … 2026-10-19
    ");
}

#[test]
fn a_quiet_week_is_one_line_or_nothing() {
    let desk = desk(&[1, 2], "");
    let slack = Slack::new();
    posted(&desk, &slack, "").expect_code(0);
    insta::assert_snapshot!(shown(&slack.posts()[0].payload), @"sa-audit: nothing has changed since 2026-09-07 · 4 findings, 3 accounts in 3 projects");
    let output = posted(&desk, &slack, "--on-change").expect_code(0);
    assert_eq!(output.stderr, "posted nothing to Slack\n");
    assert_eq!(slack.posts().len(), 1);
}

#[test]
fn each_owner_with_a_channel_hears_of_its_own() {
    let desk = desk(&[8, 9, 10, 11], OWNERS);
    let slack = Slack::new();
    let baseline = Store::new(desk.path("store")).path_of(&Company::in_week(8).scan(8).header);
    let file = format!(
        "{}\n#data {}\n",
        slack.webhook("/all"),
        slack.webhook("/data")
    );
    desk.write("webhooks", file);
    let run = format!(
        "notify slack --store store --baseline {} --webhook-file webhooks",
        baseline.display()
    );
    let output = desk.sa_audit(&run).output().expect_code(0);
    assert_eq!(
        output.stderr,
        "nothing is posted to #vault: there is no webhook for it\nposted 2 messages to Slack\n"
    );
    let posts = slack.posts();
    let paths: Vec<&str> = posts.iter().map(|post| post.path.as_str()).collect();
    assert_eq!(paths, ["/all", "/data"]);
    let (all, data) = (shown(&posts[0].payload), shown(&posts[1].payload));
    assert!(
        all.contains("shared-account") && all.contains("vault@"),
        "{all}"
    );
    insta::assert_snapshot!(data, @"
    [header] sa-audit: 1 new, 3 fixed, 1 created again
    [section] *Findings now*
    1: 1 high
    *Accounts*
    1 in 1 project
    *To find out, accepted*
    0, 0
    *Not evaluated, not readable*
    0, 0
    *Owner*
    `data &amp; &lt;!channel&gt;`
    [section] *New* (1)
    • *high* key `k3` of `etl@acme-data.iam.gserviceaccount.com` uses RSA of 1,024 bits, which is too short [key-weak]
    *Deleted and created again* (1)
    • `etl@acme-data.iam.gserviceaccount.com` was `201`, is `202`
    [section] *Fixed* (3)
    • *high* key `k1` of `etl@acme-data.iam.gserviceaccount.com` is 602 days old and still in use [key-old]
    • *high* key `k2` of `etl@acme-data.iam.gserviceaccount.com` uses RSA of 1,024 bits, which is too short [key-weak]
    • *medium* key `k1` of `etl@acme-data.iam.gserviceaccount.com` was last used 2026-10-23 (weak evidence) [key-active]
    [section] *Next steps* (1)
    • `etl@acme-data`: find out who signs in with key `k3`, and from where
    [context] sa-audit 0.1.0 · 2026-10-26 … 2026-11-16
    ");
}

/// What `diff` counts, a message counts.
#[test]
fn every_number_is_the_differences() {
    let config = "[[accept]]\nrule = \"key-weak\"\naccount = \"202\"\nkey = \"k3\"\nreason = \"a test\"\nuntil = 2027-03-31\n";
    for week in 2..=13 {
        let desk = desk(&[week - 1, week], config);
        let path = |week| {
            let snapshot = Company::in_week(week).scan(week);
            Store::new(desk.path("store"))
                .path_of(&snapshot.header)
                .display()
                .to_string()
        };
        let diff = format!(
            "diff {} {} --store store --format json",
            path(week - 1),
            path(week)
        );
        let diff = desk.sa_audit(&diff).output().expect_code(0).json();
        let open = |key: &str| {
            let list = diff[key].as_array().expect(key);
            list.iter()
                .filter(|finding| finding["accepted"].is_null())
                .count()
        };
        let all = |key: &str| diff[key].as_array().expect(key).len();
        let counts = [
            (open("new"), "new"),
            (open("reopened"), "back again"),
            (open("changed"), "changed"),
            (all("fixed"), "fixed"),
            (all("hidden"), "no longer visible"),
            (all("unreadable"), "newly unreadable"),
            (all("keys_active_again"), "active again"),
            (all("recreated"), "created again"),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{number} {what}"))
            .collect();
        let dry = desk
            .sa_audit("notify slack --store store --dry-run")
            .output();
        let text = dry.expect_code(0).json()[0]["payload"]["text"].clone();
        let text = text.as_str().expect("a text");
        if counts.is_empty() {
            assert!(
                text.starts_with("sa-audit: nothing has changed since 2026-"),
                "{week}: {text}"
            );
        } else {
            assert_eq!(text, format!("sa-audit: {}", counts.join(", ")), "{week}");
        }
    }
}

#[test]
fn a_message_that_has_not_arrived_is_posted_again() {
    let desk = desk(&[5, 6], "");
    let slack = Slack::answering(&[(429, Some("0"), "rate_limited"), (503, Some("0"), "")]);
    posted(&desk, &slack, "").expect_code(0);
    let posts = slack.posts();
    let statuses: Vec<u16> = posts.iter().map(|post| post.status).collect();
    assert_eq!(statuses, [429, 503, 200]);
    assert_eq!(posts[0].payload, posts[2].payload);
}

/// The answer, the error, and how often the message was sent. Exit code 2, and the address in nothing.
#[test]
fn refusals_are_told_and_the_webhook_is_not() {
    let echoes: &'static str = "https://hooks.slack.test/services/T0NEVER/B0REAL/x7Kq\u{1b}[31m";
    let table = [
        (
            (400, None, "invalid_blocks"),
            "answered 400 invalid_blocks; the message is not as Slack wants it",
        ),
        (
            (403, None, "action_prohibited"),
            "answered 403 action_prohibited; an administrator",
        ),
        (
            (403, None, "invalid_token"),
            "answered 403 invalid_token; the webhook is revoked",
        ),
        (
            (404, None, "no_service"),
            "answered 404 no_service; the webhook is revoked",
        ),
        (
            (404, None, "channel_not_found"),
            "answered 404 channel_not_found; its channel is gone",
        ),
        (
            (410, None, "channel_is_archived"),
            "answered 410 channel_is_archived; its channel is gone",
        ),
        (
            (404, None, echoes),
            "answered 404 without a reason of Slack's; the webhook is revoked",
        ),
        (
            (302, None, ""),
            "answered 302 without a reason of Slack's; the address leads elsewhere",
        ),
        (
            (429, Some("3600"), ""),
            "answered 429 and asks to wait for 3600 seconds; post it later",
        ),
        (
            (0, None, ""),
            "it may have been posted; look into the channel",
        ),
    ];
    for (reply, told) in table {
        let desk = desk(&[5, 6], "");
        let slack = Slack::answering(&[reply]);
        for verbose in ["", "-vv"] {
            let output = posted(&desk, &slack, verbose);
            if verbose.is_empty() {
                let line = output.stderr.lines().last().expect("a line");
                assert!(line.starts_with("error: posting to Slack: "), "{line}");
                assert!(line.contains(told), "{line}");
                assert_eq!(output.code, 2, "{line}");
                assert_eq!(slack.posts().len(), 1, "{told}");
            }
            for text in [&output.stdout, &output.stderr] {
                for secret in ["T0NEVER", "B0REAL", "x7Kq"] {
                    assert!(!text.contains(secret), "{text}");
                }
            }
        }
    }
}

#[test]
fn one_refusal_holds_up_no_other_message() {
    let desk = desk(&[9, 10], OWNERS);
    let slack = Slack::answering(&[(404, None, "no_service")]);
    let file = format!("{}\ndata {}", slack.webhook("/all"), slack.webhook("/data"));
    desk.write("webhooks", file);
    let run = "notify slack --store store --webhook-file webhooks";
    let output = desk.sa_audit(run).output();
    assert_eq!(
        (output.code, slack.posts().len()),
        (2, 2),
        "{}",
        output.stderr
    );
    assert!(
        output.stderr.contains("posted 1 message to Slack\n"),
        "{}",
        output.stderr
    );
}

/// What is refused before anything is read or sent.
#[test]
fn what_cannot_be_posted_is_refused_at_once() {
    let desk = desk(&[5, 6], "");
    let refusal = |flags: &str, webhook: &str| {
        let run = desk.sa_audit(&format!("notify slack {flags}"));
        run.env("SA_AUDIT_SLACK_WEBHOOK", webhook)
            .output()
            .refusal()
    };
    desk.write("empty", "# none yet\n");
    insta::assert_snapshot!(refusal("--store store", ""), @"error: there is no Slack webhook to post to: SA_AUDIT_SLACK_WEBHOOK is not set; set it, or name a file with --webhook-file; --dry-run posts nothing");
    insta::assert_snapshot!(refusal("--store store", "http://hooks.slack.test/T0NEVER"), @"error: reading the webhooks in SA_AUDIT_SLACK_WEBHOOK: line 1: the address is not https; http goes to this machine only");
    insta::assert_snapshot!(refusal("--store store --webhook-file empty", "T0NEVER"), @"error: reading the webhooks in empty: there is no address in it");
    insta::assert_snapshot!(refusal("--store store --webhook-file none", "T0NEVER"), @"error: reading the webhooks in none: No such file or directory (os error 2)");
    insta::assert_snapshot!(refusal("--store none --dry-run", ""), @"error: no snapshot in none: make one with `sa-audit scan`, or name one");
    let newer = Store::new(desk.path("store")).path_of(&Company::in_week(6).scan(6).header);
    let older = Store::new(desk.path("store")).path_of(&Company::in_week(5).scan(5).header);
    std::fs::copy(&older, desk.path("alone.zst")).expect("a copy");
    insta::assert_snapshot!(refusal("alone.zst --dry-run", ""), @"error: --baseline previous: the snapshot lies in no store; name the older snapshot, or the store with --store");
    let backwards = format!(
        "{} --baseline {} --dry-run",
        older.display(),
        newer.display()
    );
    insta::assert_snapshot!(refusal(&backwards, ""), @"error: --baseline: the snapshot is newer than the one to tell of; name an older one");
}

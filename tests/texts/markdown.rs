//! The job's summary.

use sa_audit::model::rule::Severity;
use sa_audit::render::markdown::{MOST, document};

use crate::support::golden::assert_golden;
use crate::support::report::{found, world};
use crate::{ESTATES, json, of};

/// Returns the text without its code spans, in which nothing is markup.
fn without_code(line: &str) -> String {
    let mut left = String::new();
    let mut rest = line;
    while let Some(at) = rest.find('`') {
        left.push_str(&rest[..at]);
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let fence = "`".repeat(run);
        let inside = &rest[at + run..];
        // The end is the next run of the same length.
        let mut from = 0;
        let end = loop {
            let next = inside[from..].find('`').map(|next| next + from);
            let next = next.unwrap_or_else(|| panic!("a code span without end: {line:?}"));
            let length = inside[next..].len() - inside[next..].trim_start_matches('`').len();
            if length == fence.len() {
                break next;
            }
            from = next + length;
        };
        rest = &inside[end + run..];
    }
    left + rest
}

/// Returns how many rows the tables have, and how many more they say there are.
fn rows(text: &str) -> (u64, u64) {
    let is_row = |line: &&str| line.starts_with("| ") && !line.starts_with("| |");
    let left = text.lines().filter_map(|line| {
        let (number, noun) = line.strip_prefix("… and ")?.split_once(" more ")?;
        noun.starts_with("finding")
            .then(|| number.parse::<u64>().expect("a number"))
    });
    (text.lines().filter(is_row).count() as u64, left.sum())
}

#[tokio::test(start_paused = true)]
async fn of_the_estates() {
    for estate in ESTATES {
        assert_golden(&format!("{estate}.md"), &document(&of(estate).await));
    }
}

#[tokio::test(start_paused = true)]
async fn every_number_is_the_jsons() {
    for estate in ESTATES {
        let report = of(estate).await;
        let (text, summary) = (document(&report), json(&report).summary);
        let (shown, left) = rows(&text);
        assert_eq!(
            shown + left,
            summary.findings + summary.to_find_out,
            "{estate}"
        );
        let says = |what: String| assert!(text.contains(&what), "{estate}: {what:?}");
        says(format!("{} account", summary.accounts));
        says(format!("in {} project", summary.projects));
        says(format!("{} user-managed key", summary.keys));
        if summary.failing > 0 {
            says(format!("### sa-audit: FAIL: {} finding", summary.failing));
        }
        if summary.findings > 0 {
            let by = &summary.by_severity;
            says(format!(
                "{} critical, {} high, {} medium, {} low, {} info",
                by.critical, by.high, by.medium, by.low, by.info
            ));
        }
        if summary.not_evaluated > 0 {
            says(format!("**{} not evaluated", summary.not_evaluated));
        }
    }
}

/// Nothing that a stranger wrote is markup, pings a person, links, or ends a cell.
#[tokio::test(start_paused = true)]
async fn a_strangers_text_is_inert() {
    let text = document(&of("hostile").await);
    for line in text.lines() {
        let ours = without_code(line);
        let frame = ours.starts_with("<details>") || ours.starts_with("</details>");
        assert!(frame || !ours.replace("\\<", "").contains('<'), "{line:?}");
        assert!(!ours.contains('@') && !ours.contains("://"), "{line:?}");
        if line.starts_with("| ") {
            let bars = line.replace("\\|", "").matches('|').count();
            assert_eq!(bars, 7, "{line:?}");
        }
    }
}

/// However large the estate, the worst are told, the rest is counted, and it fits into an issue.
#[test]
fn a_large_report_is_cut_and_says_so() {
    let mut world = world().project("acme-prod");
    for number in 0..1500 {
        let severity = if number == 1499 {
            Severity::Critical
        } else {
            Severity::High
        };
        let message = "is odd, ".repeat(30);
        world = world
            .account(&format!("job-{number}"))
            .finding(found("key-old", message.clone()).severity(severity))
            .finding(found("key-unused", message).severity(Severity::Low));
    }
    let report = world.report();
    let text = document(&report);
    assert!(
        text.len() <= MOST && text.len() > MOST / 2,
        "{}",
        text.len()
    );
    let (shown, left) = rows(&text);
    assert_eq!(shown + left, report.summary.findings);
    assert!(
        text.contains("| **critical** | `job-1499@"),
        "the worst is told"
    );
    assert!(text.trim_end().ends_with("UTC."), "the end is there");
}

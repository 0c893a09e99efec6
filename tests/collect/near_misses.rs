//! What each rule finds in `retail`, and the near misses that it must leave alone, by the tables of `fixtures/README.md`.

use sa_audit::model::account::ServiceAccount;
use sa_audit::model::finding::Finding;
use sa_audit::rules::find;

use crate::cast::retail;
use crate::tables::{Table, all_right, quoted, section, subsections, tables};

/// Returns whether the README's short name means the account: its address, cut at a dot.
fn means(short: &str, account: &ServiceAccount) -> bool {
    let rest = account.email.as_str().strip_prefix(short);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A row of what a rule finds: account, key, severity, confidence; `None` for a rule about accounts.
type Found = (String, Option<String>, String, String);

fn found(table: &Table, row: &[String]) -> Found {
    let about_keys = table.heading[1] == "key";
    let at = usize::from(about_keys);
    let key = about_keys.then(|| row[1].trim_matches('`').to_owned());
    (
        row[0].clone(),
        key,
        row[1 + at].clone(),
        row[2 + at].clone(),
    )
}

#[tokio::test(start_paused = true)]
async fn each_rule_finds_what_its_table_says_and_leaves_the_near_misses_alone() {
    let report = retail().await;
    let (mut checked, mut wrong) = (0, Vec::new());
    for (rule, text) in subsections(
        &section("### What each rule finds, and what it must leave alone"),
        "####",
    ) {
        if find(&rule).is_none() {
            continue;
        }
        let findings: Vec<&Finding> = report
            .findings()
            .map(|f| &f.finding)
            .filter(|f| f.rule == rule)
            .collect();
        let about = |f: &Finding, short: &str, key: Option<&str>| {
            let account = report.accounts.iter().find(|a| {
                f.subject
                    .account()
                    .is_some_and(|account| a.facts.unique_id == account.unique_id)
            });
            let same_key = match (f.subject.key(), key) {
                (Some(key), Some(short)) => key.as_str().starts_with(short),
                (None, None) => true,
                _ => false,
            };
            same_key && account.is_some_and(|account| means(short, &account.facts))
        };
        for table in tables(&text) {
            if table.heading[0] == "fires for" {
                let mut left = findings.clone();
                for row in &table.rows {
                    let (account, key, severity, confidence) = found(&table, row);
                    let at = left.iter().position(|f| about(f, &account, key.as_deref()));
                    let Some(at) = at else {
                        wrong.push(format!("{rule} does not fire for {account} {key:?}"));
                        continue;
                    };
                    let finding = left.swap_remove(at);
                    let said =
                        format!("{:?} {:?}", finding.severity, finding.confidence).to_lowercase();
                    if said != format!("{severity} {confidence}") {
                        wrong.push(format!("{rule} for {account} {key:?}: {said}"));
                    }
                    checked += 1;
                }
                let more = left
                    .iter()
                    .map(|f| format!("{rule} also fires for {:?}", f.subject));
                wrong.extend(more);
                continue;
            }
            assert_eq!(table.heading[0], "does not fire for");
            for row in table
                .rows
                .iter()
                .filter(|row| row[0] != "every other account")
            {
                let of_account: Vec<_> = report
                    .accounts
                    .iter()
                    .filter(|a| means(&row[0], &a.facts))
                    .collect();
                assert_eq!(of_account.len(), 1, "{rule}: {} is one account", row[0]);
                let key = quoted(&row[1])
                    .into_iter()
                    .next()
                    .filter(|_| table.heading[1] == "key");
                if let Some(key) = key {
                    let keys = &of_account[0].keys;
                    assert!(
                        keys.iter()
                            .any(|held| held.facts.id.as_str().starts_with(key)),
                        "{rule}: {key} of {}",
                        row[0]
                    );
                }
                let fires = findings.iter().any(|f| about(f, &row[0], key));
                if fires {
                    wrong.push(format!("{rule} fires for {} {key:?}", row[0]));
                }
            }
        }
    }
    all_right(&wrong);
    assert_eq!(
        checked,
        report.findings().count(),
        "every finding has its row"
    );
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_decided_is_told_with_the_days_that_were_observed() {
    let report = retail().await;
    let undecided = report.not_evaluated.iter().filter(|entry| !entry.is_gap());
    let told: Vec<String> = undecided
        .map(|entry| {
            format!(
                "{} of {}: {}",
                entry.rules.join(" "),
                entry.scope,
                entry.reason
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    key-active key-unused of account transform-dev@oddbasket-dwh-dev.iam.gserviceaccount.com: Policy Analyzer has no row of it, which proves nothing
    key-unused of account scratch-loader@oddbasket-etl-dev.iam.gserviceaccount.com: not seen in the 41 of 90 days that could be observed: inconclusive
    ");
    let text = section("#### key-unused");
    assert!(
        text.contains("activity is known for 41 of 90 days"),
        "{text}"
    );
    assert!(text.contains("Policy Analyzer has no row for it"), "{text}");
}

//! What each rule finds in `retail`, and the near misses that it must leave alone, by the tables of `fixtures/README.md`.

use std::collections::BTreeSet;

use sa_audit::model::account::ServiceAccount;
use sa_audit::model::finding::{Finding, Subject};
use sa_audit::model::workload::Workload;
use sa_audit::report::Cause;
use sa_audit::rules::RULES;

use crate::cast::retail;
use crate::tables::{Table, all_right, marked, quoted, section, subsections, tables};

/// The rules that take Monitoring, Recommender and audit logs; `retail.rs` holds them to their tables.
pub(crate) const WITH_CALLS: [&str; 6] = [
    "account-overprivileged",
    "account-unused",
    "audit-log-gap",
    "key-inside-google-cloud",
    "key-on-workstation",
    "key-shared",
];

/// The rules of keys and of idle accounts: each has a section of its own. The others stand in one table.
const WITH_SECTION: [&str; 11] = [
    "account-disabled",
    "key-active",
    "key-disabled",
    "key-expires-soon",
    "key-exposed",
    "key-never-expires",
    "key-old",
    "key-on-default-account",
    "key-unused",
    "key-uploaded",
    "key-weak",
];

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
    let mut sections = BTreeSet::new();
    for (rule, text) in subsections(
        &section("### What each rule finds, and what it must leave alone"),
        "####",
    ) {
        if !WITH_SECTION.contains(&rule.as_str()) {
            continue;
        }
        let findings: Vec<&Finding> = report
            .findings()
            .map(|f| &f.finding)
            .filter(|f| f.rule == rule)
            .collect();
        sections.insert(rule.clone());
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
        sections.len(),
        WITH_SECTION.len(),
        "every rule has its section"
    );
    let of_these = report
        .findings()
        .filter(|f| WITH_SECTION.contains(&f.finding.rule));
    assert_eq!(checked, of_these.count(), "every finding has its row");
}

/// Returns whether a finding is about what the README names so.
fn is_about(finding: &Finding, name: &str) -> bool {
    if finding.rule == "external-account" {
        // The subject is where the roles are held; the README names who holds them.
        let message = finding.message.to_string();
        return message.split([' ', ',']).any(|word| word == name);
    }
    let subject = match &finding.subject {
        Subject::Organization(id) => format!("organizations/{id}"),
        Subject::Folder(id) => format!("folders/{id}"),
        Subject::Project(id) => format!("projects/{id}"),
        Subject::Provider(of) => format!("{}/{}/{}", of.project, of.pool, of.provider),
        Subject::Account(account) => account.email.to_string(),
        Subject::Key { .. } | Subject::Acceptance(_) => return false,
    };
    subject == name
}

/// Returns a workload as the README writes it, without its quotes: `Cloud Run job backfill (oddbasket-etl-prod, high)`.
fn written(workload: &Workload) -> String {
    let project = workload.project.iter().map(|project| project.to_string());
    let confidence = format!("{:?}", workload.confidence).to_lowercase();
    let behind: Vec<String> = project.chain([confidence]).collect();
    format!("{} ({})", workload.name, behind.join(", "))
}

#[tokio::test(start_paused = true)]
async fn shared_accounts_and_look_alikes_have_the_workloads_that_their_tables_name() {
    let report = retail().await;
    let shared = marked("shared retail");
    let alike = marked("look-alikes retail");
    let told = (shared.iter().map(|row| (&row[0], &row[1])))
        .chain(alike.iter().map(|row| (&row[0], &row[2])));
    let (mut names, mut wrong) = (BTreeSet::new(), Vec::new());
    for (name, workloads) in told {
        let name = quoted(name)[0].to_owned();
        let account = report
            .accounts
            .iter()
            .find(|account| account.facts.email.as_str() == name)
            .unwrap_or_else(|| panic!("{name} is an account"));
        let mut seen: Vec<String> = account.workloads.iter().map(written).collect();
        seen.sort();
        let seen = match &seen[..] {
            [] => "none".to_owned(),
            seen => seen.join("; "),
        };
        if seen != workloads.replace('`', "") {
            wrong.push(format!("{name}: {seen}"));
        }
        names.insert(name);
    }
    // No account beside them has two workloads, of whatever confidence.
    for account in &report.accounts {
        let name = account.facts.email.as_str();
        if account.workloads.len() > 1 && !names.contains(name) {
            wrong.push(format!("{name} stands in no table"));
        }
    }
    all_right(&wrong);
}

#[tokio::test(start_paused = true)]
async fn access_and_sharing_are_as_their_tables_say() {
    let report = retail().await;
    let mut wrong = Vec::new();
    let mut rows: Vec<(String, String)> = Vec::new();
    for row in marked("shared retail") {
        let name = quoted(&row[0])[0].to_owned();
        rows.push(("shared-account".to_owned(), name));
    }
    let named = |row: &Vec<String>| {
        (
            quoted(&row[0])[0].to_owned(),
            row[1].trim_matches('`').to_owned(),
        )
    };
    rows.extend(marked("access retail").iter().map(named));
    let rules: BTreeSet<&str> = rows.iter().map(|(rule, _)| rule.as_str()).collect();
    let others: BTreeSet<&str> = RULES
        .iter()
        .map(|rule| rule.meta().id)
        .filter(|rule| !WITH_SECTION.contains(rule) && !WITH_CALLS.contains(rule))
        // It is about the configuration: tests/cli/weeks.rs holds it to its table.
        .filter(|rule| *rule != "acceptance-stale")
        .collect();
    assert_eq!(rules, others, "each of these rules fires for something");

    let findings = report.findings().map(|f| &f.finding);
    let findings: Vec<&Finding> = findings.filter(|f| rules.contains(f.rule)).collect();
    let mut left = findings.clone();
    for (rule, name) in &rows {
        let at = left
            .iter()
            .position(|f| f.rule == rule && is_about(f, name));
        match at {
            Some(at) => drop(left.swap_remove(at)),
            None => wrong.push(format!("{rule} does not fire for {name}")),
        }
    }
    let more = left
        .iter()
        .map(|f| format!("{} also fires for {:?}", f.rule, f.subject));
    wrong.extend(more);

    let silent = marked("access-silent retail");
    let alike = marked("look-alikes retail");
    let alike = alike
        .iter()
        .map(|row| ("shared-account".to_owned(), quoted(&row[0])[0].to_owned()));
    for (rule, name) in silent.iter().map(named).chain(alike) {
        assert!(
            rules.contains(rule.as_str()),
            "{rule} is one of these rules"
        );
        if findings
            .iter()
            .any(|f| f.rule == rule && is_about(f, &name))
        {
            wrong.push(format!("{rule} fires for {name}"));
        }
    }
    all_right(&wrong);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_decided_is_told_with_the_days_that_were_observed() {
    let report = retail().await;
    let undecided = report
        .not_evaluated
        .iter()
        .filter(|entry| entry.cause == Cause::Undecided);
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
    org-policy-gap of folder 850558236563: its policy of iam.disableServiceAccountKeyUpload has conditions on tags, and what holds below it is not told
    account-unused of account bq-sandbox@oddbasket-dwh-dev.iam.gserviceaccount.com: what names accounts was not read, or not all of it, in oddbasket-ml-dev and oddbasket-ml-prod
    key-active key-unused of account transform-dev@oddbasket-dwh-dev.iam.gserviceaccount.com: Policy Analyzer has no row of it, which proves nothing
    account-unused of account airflow-local@oddbasket-etl-dev.iam.gserviceaccount.com: what names accounts was not read, or not all of it, in oddbasket-ml-dev and oddbasket-ml-prod
    account-unused of account scratch-loader@oddbasket-etl-dev.iam.gserviceaccount.com: not seen in the 41 of 90 days that could be observed: inconclusive
    key-unused of account scratch-loader@oddbasket-etl-dev.iam.gserviceaccount.com: not seen in the 41 of 90 days that could be observed: inconclusive
    account-unused of account 747657684809-compute@developer.gserviceaccount.com: what names accounts was not read, or not all of it, in oddbasket-ml-dev and oddbasket-ml-prod
    account-unused of account play-publisher@oddbasket-mobile-prod.iam.gserviceaccount.com: what names accounts was not read, or not all of it, in oddbasket-ml-dev and oddbasket-ml-prod
    account-unused of account 985036442698-compute@developer.gserviceaccount.com: what names accounts was not read, or not all of it, in oddbasket-ml-dev and oddbasket-ml-prod
    account-unused of account demo-bot@oddbasket-sandbox-lab.iam.gserviceaccount.com: what names accounts was not read, or not all of it, in oddbasket-ml-dev and oddbasket-ml-prod
    account-unused of account break-glass@oddbasket-security.iam.gserviceaccount.com: what names accounts was not read, or not all of it, in oddbasket-ml-dev and oddbasket-ml-prod
    account-unused of account hsm-signer@oddbasket-security.iam.gserviceaccount.com: what names accounts was not read, or not all of it, in oddbasket-ml-dev and oddbasket-ml-prod
    account-unused of account returns-api@oddbasket-shop-dev.iam.gserviceaccount.com: Policy Analyzer has no row of it, which proves nothing
    account-unused of account 734294682272-compute@developer.gserviceaccount.com: what names accounts was not read, or not all of it, in oddbasket-ml-dev and oddbasket-ml-prod
    ");
    let text = section("#### key-unused");
    assert!(
        text.contains("activity is known for 41 of 90 days"),
        "{text}"
    );
    assert!(text.contains("Policy Analyzer has no row for it"), "{text}");
}

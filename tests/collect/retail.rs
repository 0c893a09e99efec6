//! The sources of last use in the retail estate, as `fixtures/README.md` tells.

use std::collections::BTreeSet;
use std::path::Path;

use sa_audit::collect::assets::Via;
use sa_audit::model::call::{Caller, Calls};
use sa_audit::model::coverage::Dataset;
use sa_audit::model::finding::{Finding, Subject};
use sa_audit::model::rule::Confidence;
use sa_audit::model::snapshot::Snapshot;
use sa_audit::model::usage::UsageSource;
use sa_audit::report::Report;
use sa_audit::usage::logs::{Options, PathSpec, read};

use crate::near_misses::WITH_CALLS;
use crate::support::emulator::{Scan, named, report};
use crate::tables::marked;

async fn scan(source: &str) -> Snapshot {
    let scan = Scan::of(&named("retail")).usage(&[source]);
    scan.take().await.expect("a snapshot")
}

fn exported() -> Calls {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/logs/sink");
    let read = read(&[PathSpec::Path(path)], &Options::default(), &|_| ()).expect("logs");
    read.groups.into_calls()
}

#[tokio::test]
async fn the_logging_api_tells_what_the_exported_logs_tell() {
    let told = scan("logging").await.facts.calls;
    let exported = exported();
    let logging = |caller: Caller| Caller {
        source: UsageSource::Logging,
        ..caller
    };
    let callers: Vec<Caller> = exported.callers.into_iter().map(logging).collect();
    assert_eq!(told.callers, callers);
    assert_eq!(told.events, exported.events);
}

/// Every account and key that Policy Analyzer saw in the six weeks, on the same day, but for a project without
/// counts; and the key that only Monitoring sees.
#[tokio::test]
async fn monitoring_counts_what_policy_analyzer_saw_and_the_publisher_of_the_app() {
    let seen = |snapshot: &Snapshot| {
        let facts = &snapshot.facts;
        let of = |account: &_| {
            let account = facts
                .accounts
                .iter()
                .find(|other| other.unique_id == *account);
            account.map(|account| (account.email.short(), account.project.to_string()))
        };
        let six_weeks = "2026-10-11T00:00:00Z".parse().ok();
        let analyzed = facts.activities.iter().filter_map(|row| {
            let at = row.last_authenticated.filter(|at| Some(*at) >= six_weeks)?;
            Some((of(&row.account)?, row.key.clone(), at.date_naive()))
        });
        let counted = facts
            .authentications
            .iter()
            .flat_map(|project| &project.counts);
        let counted = counted.filter_map(|count| {
            Some((
                of(&count.account)?,
                count.key.clone(),
                count.last?.date_naive(),
            ))
        });
        analyzed.chain(counted).collect::<BTreeSet<_>>()
    };
    let (monitoring, analyzer) = (scan("monitoring").await, scan("policy-analyzer").await);
    let (counted, mut expected) = (seen(&monitoring), seen(&analyzer));
    expected.retain(|((_, project), _, _)| project != "oddbasket-sandbox-lab");
    assert!(expected.len() > 90, "{}", expected.len());
    let more: Vec<String> = counted
        .difference(&expected)
        .map(|((account, _), key, day)| {
            let key = key.as_ref().map_or("-".to_owned(), |key| key.short());
            format!("{account} {key} {day}")
        })
        .collect();
    assert_eq!(
        more,
        [
            "play-publisher@oddbasket-mobile-prod - 2026-11-19",
            "play-publisher@oddbasket-mobile-prod 5ba7…9514 2026-11-19",
        ]
    );
    assert_eq!(expected.difference(&counted).next(), None);
    let empty: Vec<&str> = monitoring
        .facts
        .authentications
        .iter()
        .filter(|project| project.counts.is_empty())
        .map(|project| project.project.as_str())
        .collect();
    let gaps: Vec<String> = monitoring
        .facts
        .coverage
        .gaps()
        .filter(|(_, dataset, _)| *dataset == Dataset::Metrics)
        .map(|(scope, _, _)| scope.to_string())
        .collect();
    assert_eq!(empty, ["oddbasket-sandbox-lab", "oddbasket-security"]);
    assert_eq!(gaps, ["project tillwick-pos-acquired"]);
}

#[tokio::test]
async fn recommender_tells_who_was_idle_and_what_bindings_were_used_for() {
    let snapshot = scan("recommender").await;
    let facts = &snapshot.facts;
    let email = |account: &_| {
        let account = facts
            .accounts
            .iter()
            .find(|other| other.unique_id == *account);
        account.expect("an account of the estate").email.short()
    };
    let mut idle: Vec<String> = facts
        .account_insights
        .iter()
        .map(|insight| match insight.last_authenticated {
            Some(at) => format!("{} since {}", email(&insight.account), at.date_naive()),
            None => email(&insight.account),
        })
        .collect();
    idle.sort();
    assert_eq!(
        idle,
        [
            "734294682272-compute@developer",
            "747657684809-compute@developer",
            "985036442698-compute@developer",
            "airflow-local@oddbasket-etl-dev",
            "break-glass@oddbasket-security",
            "dr-restore@oddbasket-dr",
            "embed-signer@oddbasket-bi-prod",
            "hsm-signer@oddbasket-security",
            "load-test@oddbasket-shop-api-prod",
            "play-publisher@oddbasket-mobile-prod",
            "pubsub-push@oddbasket-stream-prod",
            "scratch-loader@oddbasket-etl-dev",
            "year-end@oddbasket-dwh-prod since 2026-01-06",
        ]
    );
    let used = facts.policy_insights.iter().map(|insight| {
        let exercised = insight.exercised.join(" ");
        format!(
            "{} on {}: {exercised}",
            insight.role,
            insight.on.full_name()
        )
    });
    assert_eq!(
        used.collect::<Vec<_>>(),
        [
            "roles/bigquery.dataEditor on //cloudresourcemanager.googleapis.com/projects/oddbasket-etl-prod: bigquery.tables.getData bigquery.tables.updateData",
            "roles/storage.objectAdmin on //cloudresourcemanager.googleapis.com/projects/oddbasket-etl-prod: storage.objects.create",
            "roles/compute.networkAdmin on //cloudresourcemanager.googleapis.com/projects/oddbasket-web-prod: ",
        ]
    );
}

/// The rules that take more than Policy Analyzer: each fires for what the tables say, and for nothing else.
#[tokio::test(start_paused = true)]
async fn what_every_source_together_shows_is_as_the_readme_says() {
    let estate = named("retail");
    let every = ["policy-analyzer", "monitoring", "recommender", "logging"];
    let scan = || Scan::of(&estate).via(Via::Auto).usage(&every);
    let whole = report(&scan().take().await.expect("a snapshot"));
    let by_calls = told(&whole, |finding| {
        WITH_CALLS.contains(&finding.rule) && finding.rule != "audit-log-gap"
            || finding.rule == "key-unused"
            || finding.rule == "shared-account" && finding.confidence < Confidence::High
    });
    assert_table("calls retail", &by_calls);

    // What runs in two projects no version of the program looks at all of: nothing is called unused beside them.
    let unused = |finding: &Finding| finding.rule == "account-unused";
    assert_eq!(told(&whole, unused), Vec::<Vec<String>>::new());
    let without = scan().exclude("oddbasket-ml-*");
    let without = report(&without.take().await.expect("a snapshot"));
    assert_table("unused retail", &told(&without, unused));

    let gaps = whole.findings().map(|f| &f.finding);
    let gaps = gaps.filter(|finding| finding.rule == "audit-log-gap");
    assert_eq!(gaps.count(), 19, "the organization switches no log on");
}

/// Returns the findings as rows: rule, subject, severity, confidence, message.
fn told(report: &Report, is_wanted: impl Fn(&Finding) -> bool) -> Vec<Vec<String>> {
    let findings = report.findings().map(|f| &f.finding);
    let rows = findings
        .filter(|finding| is_wanted(finding))
        .map(|finding| {
            let subject = match &finding.subject {
                Subject::Account(account) => account.email.short().to_owned(),
                Subject::Key { account, key } => {
                    format!("{}, {}", account.email.short(), key.short())
                }
                Subject::Organization(_)
                | Subject::Folder(_)
                | Subject::Project(_)
                | Subject::Provider(_)
                | Subject::Acceptance(_) => format!("{:?}", finding.subject),
            };
            vec![
                format!("`{}`", finding.rule),
                format!("`{subject}`"),
                finding.severity.name().to_owned(),
                format!("{:?}", finding.confidence).to_lowercase(),
                finding.message.to_string(),
            ]
        });
    let mut rows: Vec<Vec<String>> = rows.collect();
    rows.sort();
    rows
}

fn assert_table(name: &str, rows: &[Vec<String>]) {
    let table: Vec<String> = rows
        .iter()
        .map(|row| format!("| {} |", row.join(" | ")))
        .collect();
    let mut written = marked(name);
    written.sort();
    assert_eq!(rows, written, "{name}:\n{}", table.join("\n"));
}

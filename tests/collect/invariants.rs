//! Whatever fails, wherever and however often: what is missing lies under a gap, and nothing is made up.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{ProptestConfig, Strategy, prop_assert, prop_assert_eq, proptest};
use sa_audit::emulator::{Estate, Fault};
use sa_audit::error::Error;
use sa_audit::model::coverage::Dataset;
use sa_audit::model::scope::{AccountRef, Scope};
use sa_audit::model::snapshot::{Facts, Snapshot};
use sa_audit::report::Report;

use crate::isolation::failures;
use crate::support::cloud::unique_id;
use crate::support::emulator::{Scan, report};
use crate::{ACCOUNTS, ACTIVITIES, KEYS, acme};

fn estate() -> Estate {
    acme().idle_key("d2").build()
}

/// Returns a fault on one project's accounts or use, or on one account's keys; for good, or for so many calls.
fn fault() -> impl Strategy<Value = Fault> {
    let kinds = failures("iam.serviceAccounts.list").len();
    let place = (0..3_usize, 0..3_usize, 1..6_u64);
    (place, 0..kinds, option::of(1..9_u32)).prop_map(|((method, project, account), kind, times)| {
        let project = ["acme-lab", "acme-prod", "acme-data"][project];
        let (method, path) = [
            (ACCOUNTS, format!("*/projects/{project}/*")),
            (KEYS, format!("*/{}/keys", unique_id(account))),
            (ACTIVITIES, format!("*/projects/{project}/*")),
        ][method]
            .clone();
        let (kind, _) = failures("iam.serviceAccounts.list").swap_remove(kind);
        let fault = Fault::on(method, kind).path(&path);
        match times {
            Some(times) => fault.times(times),
            None => fault,
        }
    })
}

fn scanned(faults: Vec<Fault>) -> Result<Snapshot, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let scan = faults.into_iter().fold(Scan::of(&estate()), Scan::fault);
    runtime.block_on(scan.take())
}

/// Returns whether the coverage has a gap of one of these datasets over the account, or over its project.
fn under_a_gap(snapshot: &Snapshot, scope: &Scope, datasets: &[Dataset]) -> bool {
    let project = scope
        .project()
        .map(|project| Scope::Project(project.clone()));
    let coverage = &snapshot.facts.coverage;
    coverage.gaps().any(|(at, dataset, _)| {
        datasets.contains(&dataset) && (at == scope || Some(at) == project.as_ref())
    })
}

/// Returns the scope of every account.
fn scopes(facts: &Facts) -> Vec<Scope> {
    let accounts = facts.accounts.iter();
    accounts
        .map(|account| {
            Scope::Account(AccountRef {
                project: account.project.clone(),
                email: account.email.clone(),
                unique_id: account.unique_id.clone(),
            })
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn what_is_missing_lies_under_a_gap(faults in vec(fault(), 1..6)) {
        use Dataset::{AccountActivity, KeyActivity, Keys, ServiceAccounts};
        let whole = scanned(Vec::new()).expect("a snapshot");
        // An API that is off in a project other than the one asked about is off for all: one line, no snapshot.
        let broken = match scanned(faults) {
            Ok(snapshot) => snapshot,
            Err(error) => {
                prop_assert!(error.to_string().ends_with("iam.googleapis.com --project 1002`"), "{error}");
                return Ok(());
            }
        };
        let facts = &broken.facts;
        prop_assert_eq!(&facts.projects, &whole.facts.projects);
        for scope in scopes(&whole.facts) {
            let Scope::Account(account) = &scope else { continue };
            let of_account = |facts: &Facts| -> [BTreeSet<String>; 4] {
                let accounts = facts.accounts.iter().filter(|a| a.unique_id == account.unique_id);
                let keys = facts.keys.iter().filter(|key| key.account == account.unique_id);
                let rows = || facts.activities.iter().filter(|row| row.account == account.unique_id);
                [
                    accounts.map(|account| format!("{account:?}")).collect(),
                    keys.map(|key| format!("{key:?}")).collect(),
                    rows().filter(|row| row.key.is_none()).map(|row| format!("{row:?}")).collect(),
                    rows().filter(|row| row.key.is_some()).map(|row| format!("{row:?}")).collect(),
                ]
            };
            let excuses: [&[Dataset]; 4] = [
                &[ServiceAccounts],
                &[ServiceAccounts, Keys],
                &[ServiceAccounts, AccountActivity],
                // Where no key of a project could be read, nothing is asked about their use.
                &[ServiceAccounts, Keys, KeyActivity],
            ];
            for ((is, was), excuse) in of_account(facts).iter().zip(&of_account(&whole.facts)).zip(excuses) {
                prop_assert!(is.is_subset(was), "made up: {is:?}");
                prop_assert!(is == was || under_a_gap(&broken, &scope, excuse), "missing: {was:?}");
            }
        }
        let gaps = facts.coverage.gaps().count();
        let (whole, broken) = (report(&whole), report(&broken));
        prop_assert_eq!(broken.summary.gaps as usize, gaps);
        let idle = |report: &Report| -> BTreeSet<String> {
            let findings = report.findings().map(|f| &f.finding).filter(|f| f.rule == "key-unused");
            findings.map(|f| f.fingerprint.to_string()).collect()
        };
        prop_assert!(idle(&broken).is_subset(&idle(&whole)));
    }
}

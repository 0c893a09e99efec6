//! The order of the input, its pages and the shards of a scan leave no trace in the report; two routes find the same.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use sa_audit::collect::assets::Via;
use sa_audit::model::access::PolicyNode;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::finding::Fingerprint;
use sa_audit::model::names::{OrganizationId, ProjectId};
use sa_audit::model::org_policy::{Constraint, Effect, OrgPolicy};
use sa_audit::model::scope::Scope;
use sa_audit::model::settings::Settings;
use sa_audit::model::snapshot::Snapshot;
use sa_audit::report::{Past, Report, ReportedFinding};
use sa_audit::store::merge;

use crate::report;
use crate::support::emulator::{self, Scan, named};
use crate::support::quarter::{Company, WEEKS, settings};
use crate::support::report::as_json;

/// What tells when something was last used, and who called.
const SOURCES: [&str; 4] = ["policy-analyzer", "monitoring", "recommender", "logging"];

const PROJECTS: [&str; 3] = ["acme-data", "acme-prod", "acme-vault"];

fn json(snapshot: &Snapshot) -> String {
    as_json(&report(snapshot, &settings(), &Past::default()))
}

/// Turns every list of the snapshot by so many places, as another order of pages and projects would.
fn turned(mut snapshot: Snapshot, by: usize) -> Snapshot {
    fn turn<T>(list: &mut [T], by: usize) {
        if !list.is_empty() {
            let by = by % list.len();
            list.rotate_left(by);
        }
    }
    let facts = &mut snapshot.facts;
    turn(&mut facts.projects, by);
    turn(&mut facts.accounts, by);
    turn(&mut facts.keys, by);
    turn(&mut facts.activities, by);
    turn(&mut facts.attachments, by);
    turn(&mut facts.calls.events, by);
    // A page that was read twice, after a retry.
    facts.keys.extend(facts.keys.clone());
    facts.attachments.extend(facts.attachments.clone());
    facts.sort();
    snapshot
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn order_and_shards_do_not_change_a_byte(
        week in 1..=WEEKS,
        by in 0usize..7,
        shard in prop::collection::vec(0usize..3, 3),
        reversed in any::<bool>(),
    ) {
        let company = Company::in_week(week);
        let whole = company.scan(week);
        let expected = json(&whole);
        prop_assert_eq!(&json(&turned(whole, by)), &expected);
        let shards = (0..3).filter_map(|number| {
            let of = PROJECTS.iter().zip(&shard).filter(|(_, held)| **held == number);
            let projects: Vec<&str> = of.map(|(project, _)| *project).collect();
            (!projects.is_empty()).then(|| company.scan_of(week, &projects))
        });
        let mut shards: Vec<Snapshot> = shards.collect();
        if reversed {
            shards.reverse();
        }
        let merged = merge(shards).expect("a shard");
        prop_assert_eq!(json(&merged), expected);
    }
}

/// `acme-data` is in both shards: the facts of the newer scan count, whichever is named first.
#[test]
fn of_a_project_in_two_shards_the_newer_scan_counts() {
    let old = Company::in_week(9).scan_of(9, &["acme-data", "acme-prod"]);
    let new = Company::in_week(10).scan_of(10, &["acme-data", "acme-vault"]);
    let merged = merge(vec![old.clone(), new.clone()]).expect("a shard");
    assert_eq!(merge(vec![new, old]), Some(merged.clone()));
    let accounts = merged
        .facts
        .accounts
        .iter()
        .map(|account| account.unique_id.to_string());
    assert_eq!(accounts.collect::<Vec<_>>(), ["202", "301", "401"]);
    let keys = merged.facts.keys.iter().map(|key| key.id.to_string());
    assert_eq!(keys.collect::<Vec<_>>(), ["k3", "v1"]);
    assert_eq!(
        merged.header.observed_at,
        crate::support::quarter::monday(10)
    );
    assert_eq!(merge(Vec::new()), None);
}

/// Nothing that was made since then is in what was read a week ago.
#[test]
fn what_an_older_shard_has_read_whole_is_stale_in_the_whole() {
    let old = Company::in_week(9).scan_of(9, &["acme-prod"]);
    let new = Company::in_week(10).scan_of(10, &["acme-data"]);
    let as_of = old.header.observed_at;
    let merged = merge(vec![old, new]).expect("a shard");
    let of = |project: &str| {
        let scope = Scope::Project(ProjectId::parse(project).expect("an id"));
        let reading = merged
            .facts
            .coverage
            .reading(&scope, Dataset::ServiceAccounts);
        reading.clone()
    };
    assert_eq!(of("acme-prod"), Reading::Stale { as_of });
    assert_eq!(of("acme-data"), Reading::Read);
}

/// What stands above the shards is in all of them, and what it was when the older one looked is past.
#[test]
fn of_an_organization_policy_in_two_shards_the_newer_one_counts() {
    let shard = |week: u32, project: &str, effect: &Effect| {
        let mut snapshot = Company::in_week(week).scan_of(week, &[project]);
        snapshot.facts.org_policies.push(OrgPolicy {
            on: PolicyNode::Organization(OrganizationId::parse("1").expect("a number")),
            constraint: Constraint::KeyCreation,
            effect: effect.clone(),
            conditional: false,
        });
        snapshot
    };
    for (before, now) in [
        (Effect::Enforced, Effect::NotEnforced),
        (Effect::NotEnforced, Effect::Enforced),
    ] {
        let (old, new) = (shard(1, "acme-data", &before), shard(2, "acme-prod", &now));
        let merged = merge(vec![old, new]).expect("a shard");
        let policies = merged.facts.org_policies.iter();
        let effects: Vec<&Effect> = policies.map(|policy| &policy.effect).collect();
        assert_eq!(effects, [&now]);
    }
}

fn of_retail(via: Via) -> Scan {
    Scan::of(&named("retail")).usage(&SOURCES).via(via)
}

/// Returns the report, and how many requests it took.
async fn taken(scan: Scan) -> (Report, usize) {
    let snapshot = scan.take().await.expect("a snapshot");
    (emulator::report(&snapshot), scan.paths().len())
}

#[tokio::test(start_paused = true)]
async fn the_size_of_pages_does_not_change_a_byte() {
    for via in [Via::Iam, Via::AssetInventory] {
        let (whole, few) = taken(of_retail(via)).await;
        let whole = as_json(&whole);
        let (paged, many) = taken(of_retail(via).paged(1)).await;
        assert!(many > few, "{via:?}: {many} requests, {few} before");
        assert!(as_json(&paged) == whole, "{via:?}");
    }
}

/// What an acceptance and a baseline know a finding by, and what decides the exit code.
#[tokio::test(start_paused = true)]
async fn two_routes_find_the_same() {
    let (by_iam, _) = taken(of_retail(Via::Iam)).await;
    let (by_assets, _) = taken(of_retail(Via::AssetInventory)).await;
    let found = |report: &Report| -> BTreeMap<Fingerprint, ReportedFinding> {
        let findings = report.findings().cloned();
        findings
            .map(|found| (found.finding.fingerprint, found))
            .collect()
    };
    let (by_iam, by_assets) = (found(&by_iam), found(&by_assets));
    let known = |found: &BTreeMap<Fingerprint, ReportedFinding>| -> Vec<_> {
        let findings = found.values().map(|reported| &reported.finding);
        findings
            .map(|f| {
                (
                    f.fingerprint,
                    f.evidence_digest,
                    f.rule,
                    f.severity,
                    f.confidence,
                )
            })
            .collect()
    };
    assert_eq!(known(&by_iam), known(&by_assets));
    assert!(by_iam.len() > 150, "{}", by_iam.len());
    // What Asset Inventory sees more (builds), and what it is behind with (keys of accounts that are off), is in the words.
    let differ = by_iam.iter().filter(|(id, found)| by_assets[id] != **found);
    let differ: BTreeSet<&str> = differ.map(|(_, found)| found.finding.rule).collect();
    assert_eq!(
        differ,
        BTreeSet::from(["account-disabled", "shared-account"])
    );
}

/// Three shards that overlap, in either order, are the one scan of all their projects.
#[tokio::test(start_paused = true)]
async fn shards_of_retail_are_the_scan_that_they_were() {
    let estate = named("retail");
    let mut shards = Vec::new();
    for projects in [
        ["oddbasket-etl-prod", "oddbasket-ci"],
        ["oddbasket-dwh-prod", "oddbasket-ingest-prod"],
        ["oddbasket-ci", "oddbasket-dwh-prod"],
    ] {
        let scan = Scan::of(&estate).roots(projects.map(emulator::project));
        shards.push(scan.usage(&SOURCES).take().await.expect("a shard"));
    }
    let told = |shards: Vec<Snapshot>| {
        let merged = merge(shards).expect("a shard");
        as_json(&report(&merged, &Settings::default(), &Past::default()))
    };
    let there = told(shards.clone());
    shards.reverse();
    assert!(told(shards.clone()) == there);
    let all = [
        "oddbasket-ci",
        "oddbasket-dwh-prod",
        "oddbasket-etl-prod",
        "oddbasket-ingest-prod",
    ];
    let whole = Scan::of(&estate)
        .roots(all.map(emulator::project))
        .usage(&SOURCES);
    let whole = whole.take().await.expect("a snapshot");
    let whole = as_json(&report(&whole, &Settings::default(), &Past::default()));
    assert!(
        whole == there,
        "one scan of the four projects and its shards"
    );
}

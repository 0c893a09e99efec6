//! The order of the input and the shards of a scan leave no trace in the report.

use proptest::prelude::*;

use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::names::ProjectId;
use sa_audit::model::scope::Scope;
use sa_audit::model::snapshot::Snapshot;
use sa_audit::report::Past;
use sa_audit::store::merge;

use crate::report;
use crate::support::quarter::{Company, WEEKS, settings};
use crate::support::report::as_json;

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

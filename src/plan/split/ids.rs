//! The ids of new accounts: told by the workload's name, valid, unique in the project, equal from run to run.
//!
//! Nothing depends on the order in which accounts and workloads come: where two workloads would have one id, both get a
//! suffix, made from the shared account's unique id and the workload's id. An account that an earlier plan has made is
//! known by the [mark](NewAccount::mark) in its description, so that the plan stays what it was.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::estate::{Account, Estate};
use crate::model::finding::Fingerprint;
use crate::model::names::{
    AccountClass, Email, FederatedSelector, Member, MemberKind, ProjectId, UniqueId,
};
use crate::model::plan::NewAccount;
use crate::model::workload::{Workload, WorkloadKind};

/// The shortest and the longest id.
///
/// Source: <https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/create>.
const LENGTH: std::ops::RangeInclusive<usize> = 6..=30;

/// How many hexadecimal digits a suffix has.
const SUFFIX: usize = 6;

/// Returns the account that each counted workload of a shared account gets, by the shared account and the workload.
pub(in crate::plan) fn assign(estate: &Estate) -> BTreeMap<&UniqueId, BTreeMap<&str, NewAccount>> {
    let mut existing: BTreeMap<(&ProjectId, &str), &str> = BTreeMap::new();
    for account in &estate.accounts {
        let facts = &account.facts;
        existing.insert((&facts.project, facts.email.local()), &facts.description);
    }
    let mut wanted: BTreeMap<(&ProjectId, String), Vec<(&Account, &Workload)>> = BTreeMap::new();
    let shared = estate
        .accounts
        .iter()
        .filter(|account| super::is_shared(account));
    for account in shared {
        for workload in account.counted_workloads() {
            let at = (&account.facts.project, base(workload));
            wanted.entry(at).or_default().push((account, workload));
        }
    }
    let mut assigned: BTreeMap<&UniqueId, BTreeMap<&str, NewAccount>> = BTreeMap::new();
    let mut taken: BTreeSet<(&ProjectId, String)> = BTreeSet::new();
    // What an earlier plan made stays what it is, whoever else wants the name by now, or wants it no more.
    for ((project, base), of) in &mut wanted {
        let all = of.clone();
        of.retain(|(account, workload)| {
            let Some(id) = made(&existing, project, base, account, workload, &all) else {
                return true;
            };
            taken.insert((*project, id.clone()));
            let new = new_account(account, workload, id);
            assigned
                .entry(&account.facts.unique_id)
                .or_default()
                .insert(&workload.id, new);
            false
        });
    }
    // What stands alone takes its name first, so that no suffixed id can take it.
    let (alone, several): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|(_, of)| of.len() == 1);
    let mut suffixed: Vec<(&ProjectId, String, &Account, &Workload)> = Vec::new();
    for ((project, base), of) in alone {
        for (account, workload) in of {
            if !existing.contains_key(&(project, base.as_str()))
                && !taken.contains(&(project, base.clone()))
            {
                taken.insert((project, base.clone()));
                let new = new_account(account, workload, base.clone());
                assigned
                    .entry(&account.facts.unique_id)
                    .or_default()
                    .insert(&workload.id, new);
            } else {
                suffixed.push((project, base.clone(), account, workload));
            }
        }
    }
    let several = several.into_iter().flat_map(|((project, base), of)| {
        of.into_iter()
            .map(move |(account, workload)| (project, base.clone(), account, workload))
    });
    suffixed.extend(several);
    suffixed.sort_by_key(|(_, _, account, workload)| (&account.facts.unique_id, &workload.id));
    for (project, base, account, workload) in suffixed {
        // Two suffixes of six digits are hardly ever equal; where they are, the next is tried.
        let id = (0_u32..)
            .map(|nth| with_suffix(&base, account, workload, nth))
            .find(|id| {
                !taken.contains(&(project, id.clone()))
                    && !existing.contains_key(&(project, id.as_str()))
            });
        if let Some(id) = id {
            taken.insert((project, id.clone()));
            let new = new_account(account, workload, id);
            assigned
                .entry(&account.facts.unique_id)
                .or_default()
                .insert(&workload.id, new);
        }
    }
    assigned
}

/// Returns the id of the account that an earlier plan made for the workload; `all` want the same name. The mark tells the
/// workload and not the shared account: a name without a suffix is nobody's where two accounts' workloads could have it.
fn made(
    existing: &BTreeMap<(&ProjectId, &str), &str>,
    project: &ProjectId,
    base: &str,
    account: &Account,
    workload: &Workload,
    all: &[(&Account, &Workload)],
) -> Option<String> {
    let mark = NewAccount::mark(&workload.id);
    let is_made = |id: &str| {
        let description = existing.get(&(project, id));
        description.is_some_and(|description| description.contains(&mark))
    };
    let suffixed = with_suffix(base, account, workload, 0);
    let is_one = || all.iter().filter(|(_, of)| of.id == workload.id).count() == 1;
    if is_made(&suffixed) {
        Some(suffixed)
    } else if is_made(base) && is_one() {
        Some(base.to_owned())
    } else {
        None
    }
}

fn new_account(account: &Account, workload: &Workload, id: String) -> NewAccount {
    let project = account.facts.project.clone();
    NewAccount {
        email: email(account, &id),
        project,
        id,
        workload: workload.id.clone(),
        workload_name: workload.name.clone(),
    }
}

/// Returns the address of an account of that id beside `account`: under the same host, which tells a sovereign cloud too.
fn email(account: &Account, id: &str) -> Email {
    let old = &account.facts.email;
    let host = match old.class() {
        AccountClass::UserManaged | AccountClass::Firebase => old
            .as_str()
            .split_once('@')
            .map(|(_, host)| host.to_owned()),
        AccountClass::DefaultCompute
        | AccountClass::DefaultAppEngine
        | AccountClass::LegacyOauthClient
        | AccountClass::ServiceAgent
        | AccountClass::Unknown => None,
    };
    let host = host.unwrap_or_else(|| {
        // A project that is scoped to a domain is written backwards: `example.com:acme` is `acme.example.com`.
        let project = account.facts.project.as_str();
        let project = match project.split_once(':') {
            Some((domain, id)) => format!("{id}.{domain}"),
            None => project.to_owned(),
        };
        format!("{project}.iam.gserviceaccount.com")
    });
    Email::parse(&format!("{id}@{host}")).expect("letters, digits and dots make an address")
}

/// Returns the id that a workload would have if it were alone.
fn base(workload: &Workload) -> String {
    let told = match &workload.kind {
        WorkloadKind::Attached(asset_type) => of_resource(workload, asset_type),
        WorkloadKind::GkeWorkloadIdentity => of_kubernetes(&workload.id),
        WorkloadKind::Federated => of_federated(&workload.id),
        WorkloadKind::KeyCaller => of_key_caller(workload),
        WorkloadKind::Impersonator => {
            let address = workload.id.strip_prefix("impersonator/");
            let local = address.and_then(|address| address.split('@').next());
            format!("for-{}", local.unwrap_or(&workload.name))
        }
        WorkloadKind::Platform | WorkloadKind::Grouped => workload.name.clone(),
    };
    valid(&told)
}

/// Returns the resource's own name; with its type before it where it is a number, the type alone where it has none.
fn of_resource(workload: &Workload, asset_type: &str) -> String {
    let (service, kind) = asset_type.split_once('/').unwrap_or((asset_type, ""));
    let product = service.split('.').next().unwrap_or_default();
    let behind = workload.id.strip_prefix(asset_type);
    let name = behind.and_then(|rest| rest.trim_start_matches('/').split_once('/'));
    let name = name.map_or("", |(_project, name)| name);
    if name.is_empty() {
        return format!("{product}-{kind}");
    }
    if !workload.name.ends_with(name) {
        // It is named by an id, and people call it something else.
        let called = workload.name.rsplit(' ').next();
        return called.unwrap_or(name).to_owned();
    }
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name.to_owned()
    } else {
        format!("{kind}-{name}")
    }
}

/// Returns `shop-cart` of `gke/PROJECT/shop/cart`; where the namespace is `default`, or bears the account's name, the
/// account alone.
fn of_kubernetes(id: &str) -> String {
    let mut names = id.splitn(4, '/').skip(2);
    match (names.next(), names.next()) {
        (Some("default"), Some(account)) => account.to_owned(),
        (Some(namespace), Some(account)) if namespace == account => account.to_owned(),
        (Some(namespace), Some(account)) => format!("{namespace}-{account}"),
        (_, _) => id.to_owned(),
    }
}

fn of_federated(id: &str) -> String {
    let member = Member::parse(id.strip_prefix("federated/").unwrap_or(id));
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "other members are no workloads; their text is their name"
    )]
    match member.kind() {
        MemberKind::Federated(subject) => {
            let words = subject.subject.split(':');
            // `repo:acme/shop:ref:refs/heads/main` says most in its second word.
            words.clone().nth(1).unwrap_or(&subject.subject).to_owned()
        }
        MemberKind::FederatedSet(set) => match &set.of {
            FederatedSelector::Attribute { name, value } => {
                if value.starts_with(|first: char| first.is_ascii_alphabetic()) {
                    value.clone()
                } else {
                    format!("{name}-{value}")
                }
            }
            FederatedSelector::All
            | FederatedSelector::Group(_)
            | FederatedSelector::Namespace(_)
            | FederatedSelector::Cluster(_) => set.pool.pool.clone(),
        },
        _ => id.to_owned(),
    }
}

/// Returns the place of `GitHub Actions, with key 4f1c…e9a9`; where nothing tells it, the begin of the key's id.
fn of_key_caller(workload: &Workload) -> String {
    match workload.name.split_once(", with key ") {
        Some((place, _)) => place.to_owned(),
        None => {
            let key = workload.id.split('/').nth(1).unwrap_or_default();
            let begin: String = key.chars().take(8).collect();
            format!("key-{begin}")
        }
    }
}

/// Returns `text` as an id: 6 to 30 characters of `[a-z]([-a-z0-9]*[a-z0-9])`.
fn valid(text: &str) -> String {
    let mut id = String::new();
    for letter in text.chars().map(|letter| letter.to_ascii_lowercase()) {
        match letter {
            'a'..='z' | '0'..='9' => id.push(letter),
            _ if id.ends_with('-') => {}
            _ => id.push('-'),
        }
    }
    let mut id = id.trim_matches('-').to_owned();
    if !id.starts_with(|first: char| first.is_ascii_lowercase()) {
        id = format!("workload-{id}");
    }
    cut(&mut id, *LENGTH.end());
    if id.len() < *LENGTH.start() {
        id.push_str("-account");
    }
    id
}

/// Cuts an id to a length, and never leaves a dash at its end.
fn cut(id: &mut String, length: usize) {
    id.truncate(length);
    id.truncate(id.trim_end_matches('-').len());
}

fn with_suffix(base: &str, account: &Account, workload: &Workload, nth: u32) -> String {
    let unique_id = account.facts.unique_id.as_str();
    let digest = Fingerprint::of(&[unique_id, &workload.id, &nth.to_string()]).to_string();
    let mut id = base.to_owned();
    cut(&mut id, *LENGTH.end() - SUFFIX - 1);
    format!("{id}-{}", &digest[..SUFFIX])
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::plan::testing::{attached, estate, shared};

    fn ids(estate: &Estate) -> Vec<(String, String)> {
        let assigned = assign(estate).into_values().flat_map(BTreeMap::into_values);
        let mut ids: Vec<(String, String)> = assigned
            .map(|new| (new.workload, new.email.to_string()))
            .collect();
        ids.sort();
        ids
    }

    #[test]
    fn ids_are_told_by_the_names_of_workloads() {
        let table = [
            ("catalog-feed", "catalog-feed"),
            ("api", "api-account"),
            ("Sync_Orders.v2", "sync-orders-v2"),
            ("7-eleven", "workload-7-eleven"),
            ("--", "workload"),
            ("ąę", "workload"),
            (
                "a-name-of-thirty-one-letters-xyz",
                "a-name-of-thirty-one-letters-x",
            ),
            (
                "a-name-that-would-end-in-dash--z",
                "a-name-that-would-end-in-dash",
            ),
        ];
        for (name, id) in table {
            assert_eq!(valid(name), id, "{name}");
        }
    }

    #[test]
    fn two_of_one_name_both_get_a_suffix_whatever_the_order() {
        let mut world = estate();
        world.accounts = vec![
            shared(
                "etl",
                "101",
                vec![
                    attached("api", "run.googleapis.com/Service"),
                    attached("api", "run.googleapis.com/Job"),
                ],
            ),
            shared("api-account", "102", vec![]),
        ];
        let told = ids(&world);
        insta::assert_debug_snapshot!(told, @r#"
        [
            (
                "run.googleapis.com/Job/acme/api",
                "api-account-0f9b4d@acme.iam.gserviceaccount.com",
            ),
            (
                "run.googleapis.com/Service/acme/api",
                "api-account-778307@acme.iam.gserviceaccount.com",
            ),
        ]
        "#);
        world.accounts.reverse();
        if let Some(account) = world.accounts.last_mut() {
            account.workloads.reverse();
        }
        assert_eq!(ids(&world), told);
    }

    #[test]
    fn a_taken_name_gets_a_suffix_unless_an_earlier_plan_took_it_for_the_workload() {
        let mut world = estate();
        let workloads = vec![
            attached("catalog-feed", "run.googleapis.com/Service"),
            attached("nightly", "run.googleapis.com/Job"),
        ];
        let made = NewAccount::mark(&workloads[1].id);
        world.accounts = vec![
            shared("etl", "101", workloads),
            shared("catalog-feed", "102", vec![]),
            shared("nightly", "103", vec![]),
        ];
        world.accounts[2].facts.description = format!("nightly job; {made}");
        insta::assert_debug_snapshot!(ids(&world), @r#"
        [
            (
                "run.googleapis.com/Job/acme/nightly",
                "nightly@acme.iam.gserviceaccount.com",
            ),
            (
                "run.googleapis.com/Service/acme/catalog-feed",
                "catalog-feed-afe29e@acme.iam.gserviceaccount.com",
            ),
        ]
        "#);
    }

    /// Half of a plan is done: one of two has left the shared account, or a third of the same name has come.
    #[test]
    fn what_an_earlier_plan_made_keeps_its_id() {
        let api = |kind: &str| attached("catalog", &format!("run.googleapis.com/{kind}"));
        let other = || attached("nightly", "run.googleapis.com/Job");
        let world = |workloads, made: &[(&str, &str)]| {
            let mut world = estate();
            world.accounts = vec![shared("etl", "101", workloads)];
            for (nth, (id, workload)) in made.iter().enumerate() {
                let mut account = shared(id, &format!("20{nth}"), Vec::new());
                account.facts.description = NewAccount::mark(workload);
                world.accounts.push(account);
            }
            let ids = ids(&world).into_iter().map(|(workload, email)| {
                let (id, _) = email.split_once('@').expect("an address");
                (workload, id.to_owned())
            });
            ids.collect::<BTreeMap<String, String>>()
        };
        let (service, job) = (api("Service"), api("Job"));
        let first = world(vec![service.clone(), job.clone(), other()], &[]);
        let made: Vec<(&str, &str)> = first
            .iter()
            .map(|(workload, id)| (id.as_str(), workload.as_str()))
            .collect();
        let second = world(vec![service.clone(), other()], &made);
        assert_eq!(second[&service.id], first[&service.id]);
        let alone = world(vec![service.clone(), other()], &[]);
        assert_eq!(alone[&service.id], "catalog");
        let made = [("catalog", service.id.as_str())];
        let third = world(vec![service.clone(), job.clone(), other()], &made);
        assert_eq!(third[&service.id], "catalog");
        assert_ne!(third[&job.id], "catalog");
    }

    proptest::proptest! {
        #[test]
        fn every_text_makes_a_valid_id(text in ".{0,60}", other in "[a-z0-9-]{0,40}") {
            for text in [text, other] {
                let id = valid(&text);
                let is_valid = |id: &str| {
                    LENGTH.contains(&id.len())
                        && id.starts_with(|first: char| first.is_ascii_lowercase())
                        && !id.ends_with('-')
                        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                };
                let account = shared("etl", "101", vec![]);
                let suffixed = with_suffix(&id, &account, &attached("x", "run.googleapis.com/Job"), 0);
                proptest::prop_assert!(is_valid(&id) && is_valid(&suffixed), "{id} {suffixed}");
            }
        }
    }
}

//! Workloads that only audit logs show: callers of keys, platforms, accounts and federated identities that sign in.
//!
//! Of confidence medium at best, and only where no resource and no binding explains the calls.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::account::ServiceAccount;
use crate::model::call::{Caller, Principal};
use crate::model::names::{AccountClass, Email, KeyId, Member, ProjectId, UniqueId};
use crate::model::place::{Place, PlaceKind, PlacedCaller, sites};
use crate::model::project::Project;
use crate::model::rule::Confidence;
use crate::model::usage::Period;
use crate::model::workload::{EvidenceOf, WorkloadEvidence};

use super::members;
use super::merge::Fact;
use super::unit::Unit;
use crate::join::callers::Callers;
use crate::join::places::{Platform, impersonator, member};

/// For how long a caller counts that is not seen any more: a quarter, so that monthly jobs are there.
const SEEN_WITHIN: TimeDelta = TimeDelta::days(90);

/// What is already known of an account, so that its calls are not taken for something new.
pub(super) struct Known<'a> {
    /// The workloads that resources and bindings show.
    pub(super) facts: &'a [Fact],
    /// The projects in which anything names the account.
    pub(super) attached_in: &'a [&'a ProjectId],
    pub(super) projects: &'a [Project],
    pub(super) now: DateTime<Utc>,
}

/// What let a caller act as the account, as a log entry names it.
enum SignedIn<'a> {
    /// Another account.
    Account(&'a Email),
    /// The last of the delegates, or a federated principal.
    By(&'a str),
}

/// Returns the workloads that the calls as an account show.
pub(super) fn facts(account: &ServiceAccount, callers: &Callers, known: &Known<'_>) -> Vec<Fact> {
    let id = &account.unique_id;
    let by_keys = callers.keys(id).flat_map(|(_, callers)| callers);
    let calls = callers.of_account(id).iter().chain(by_keys);
    let recent = calls.filter(|caller| known.now - caller.call.seen.to <= SEEN_WITHIN);
    let signed_in: Vec<SignedIn<'_>> = recent
        .filter_map(|caller| signed_in(&caller.call, &account.email))
        .collect();
    let mut found = of_keys(id, callers, known);
    found.extend(platforms(&signed_in, known));
    found.extend(identities(&signed_in, known));
    found.extend(impersonators(&signed_in));
    found
}

/// Returns what let the caller act as the account. Whoever called as another account has its delegates from that one.
fn signed_in<'a>(call: &'a Caller, account: &Email) -> Option<SignedIn<'a>> {
    match &call.principal {
        Principal::Account(email) if email == account => call.delegate.as_deref().map(SignedIn::By),
        Principal::Account(email) => Some(SignedIn::Account(email)),
        Principal::Federated(subject) | Principal::Other(subject) => Some(SignedIn::By(subject)),
    }
}

/// Returns one workload for each place that a key is used from.
fn of_keys(account: &UniqueId, callers: &Callers, known: &Known<'_>) -> Vec<Fact> {
    let mut found: Vec<(Period, String, Fact)> = Vec::new();
    for (key, callers) in callers.keys(account) {
        let mut sites = sites(callers);
        if sites.is_empty() {
            sites = vec![callers.iter().collect()];
        }
        for site in sites {
            let Some(seen) = seen(&site).filter(|seen| known.now - seen.to <= SEEN_WITHIN) else {
                continue;
            };
            let place = site
                .first()
                .map_or_else(Place::unknown, |c| c.place.clone());
            let told = place.label();
            let fact = fact(
                Unit::Key {
                    key: key.clone(),
                    place: told.clone(),
                },
                confidence(&place, known),
                format!(
                    "key {key}{}",
                    if told.is_empty() {
                        String::new()
                    } else {
                        format!(" from {told}")
                    }
                ),
                "serviceAccountKeyName",
            );
            found.push((seen, told, fact));
        }
    }
    one_after_the_other(found)
}

/// Returns the facts with those joined that one place shows one after the other: a key that was rotated.
fn one_after_the_other(mut found: Vec<(Period, String, Fact)>) -> Vec<Fact> {
    found.sort_by(|a, b| (&a.1, a.0).cmp(&(&b.1, b.0)));
    let mut joined: Vec<Fact> = Vec::new();
    let mut before: Option<(Period, String, Unit)> = None;
    for (seen, place, mut fact) in found {
        let unit = fact.units.first().cloned();
        if let Some((earlier, held, unit)) = &before
            && *held == place
            && earlier.to < seen.from
        {
            fact.units.push(unit.clone());
        }
        before = unit.map(|unit| (seen, place, unit));
        joined.push(fact);
    }
    joined
}

/// A key that is used inside Google Cloud, or nobody knows where, may be used by what the account is attached to.
fn confidence(place: &Place, known: &Known<'_>) -> Confidence {
    match place.kind {
        PlaceKind::GoogleCloud | PlaceKind::Network | PlaceKind::Unknown
            if !known.attached_in.is_empty() =>
        {
            Confidence::Low
        }
        PlaceKind::GoogleCloud
        | PlaceKind::Network
        | PlaceKind::Unknown
        | PlaceKind::Workstation
        | PlaceKind::Ci
        | PlaceKind::OtherCloud
        | PlaceKind::Saas => Confidence::Medium,
    }
}

/// Returns the platforms that called, where nothing in their project names the account.
fn platforms(signed_in: &[SignedIn<'_>], known: &Known<'_>) -> Vec<Fact> {
    let mut found = BTreeMap::new();
    for by in signed_in {
        let SignedIn::By(delegate) = by else {
            continue;
        };
        let Some(platform) = Platform::of(delegate) else {
            continue;
        };
        let by_number = |project: &&Project| Some(&project.number) == platform.project.as_ref();
        let project = known.projects.iter().find(by_number);
        let explained = match project {
            Some(project) => known.attached_in.contains(&&project.id),
            None => !known.attached_in.is_empty(),
        };
        if !explained {
            let unit = Unit::Platform {
                name: platform.name,
                number: platform.project,
                project: project.map(|project| project.id.clone()),
            };
            let shown = format!("calls through {delegate}");
            let field = "serviceAccountDelegationInfo";
            found.insert(unit.clone(), fact(unit, Confidence::Medium, shown, field));
        }
    }
    found.into_values().collect()
}

/// Returns the federated identities that were seen, where no binding of their pool on the account explains them. Those
/// of one repository are one.
fn identities(signed_in: &[SignedIn<'_>], known: &Known<'_>) -> Vec<Fact> {
    let mut found: BTreeMap<String, Vec<Unit>> = BTreeMap::new();
    let bound = || known.facts.iter().flat_map(|fact| &fact.units);
    for by in signed_in {
        let SignedIn::By(subject) = by else {
            continue;
        };
        let Some(member) = member(subject) else {
            continue;
        };
        let Some(unit) = members::unit(&member) else {
            continue;
        };
        let of_its_pool = |unit: &Unit| match unit {
            Unit::Federated(other) => other.pool() == member.pool(),
            Unit::Resource { .. }
            | Unit::Kubernetes(_)
            | Unit::Group(_)
            | Unit::Key { .. }
            | Unit::Platform { .. }
            | Unit::Impersonator(_) => false,
        };
        if bound().any(|held| *held == unit) || !bound().any(of_its_pool) {
            found.entry(origin(&member)).or_default().push(unit);
        }
    }
    found
        .into_iter()
        .filter_map(|(origin, units)| {
            let first = units.first()?.clone();
            let shown = fact(first, Confidence::Medium, origin, "principalSubject");
            Some(Fact { units, ..shown })
        })
        .collect()
}

/// Returns what the subjects of one repository or project have in common: `…/repo:acme/shop` of
/// `…/repo:acme/shop:ref:refs/heads/main`.
fn origin(member: &Member) -> String {
    let text = member.as_str();
    let forms = ["/subject/repo:", "/subject/project_path:"];
    let behind = forms
        .iter()
        .find_map(|form| Some(text.find(form)? + form.len()));
    let end = behind.and_then(|at| Some(at + text.get(at..)?.find(':')?));
    end.and_then(|end| text.get(..end))
        .unwrap_or(text)
        .to_owned()
}

/// Returns the accounts that took tokens of the account, or called as it.
fn impersonators(signed_in: &[SignedIn<'_>]) -> Vec<Fact> {
    let mut found = BTreeMap::new();
    for by in signed_in {
        let email = match by {
            SignedIn::Account(email) => Some((*email).clone()),
            SignedIn::By(delegate) => impersonator(delegate),
        };
        let Some(email) = email.filter(|email| email.class() != AccountClass::ServiceAgent) else {
            continue;
        };
        let unit = Unit::Impersonator(email.clone());
        let shown = format!("tokens for {email}");
        found.insert(
            email,
            fact(unit, Confidence::Medium, shown, "GenerateAccessToken"),
        );
    }
    found.into_values().collect()
}

/// Returns the first and the last of several calls.
fn seen(calls: &[&PlacedCaller]) -> Option<Period> {
    Some(Period {
        from: calls.iter().map(|caller| caller.call.seen.from).min()?,
        to: calls.iter().map(|caller| caller.call.seen.to).max()?,
    })
}

fn fact(unit: Unit, confidence: Confidence, shown: String, field: &str) -> Fact {
    Fact {
        units: vec![unit],
        called: None,
        target: None,
        location: None,
        application: None,
        confidence,
        evidence: WorkloadEvidence {
            resource: EvidenceOf::Calls(shown),
            field: field.to_owned(),
            state: None,
        },
        part: None,
    }
}

/// Returns the name for machines of a key's workload, but for its place.
pub(super) fn key_prefix(key: &KeyId) -> String {
    format!("key/{key}/")
}

//! A scan by what the steps of plans ask of it.

use std::collections::BTreeMap;

use crate::model::access::{Policy, PolicyNode};
use crate::model::call::{Calls, CredentialEvent};
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate};
use crate::model::names::{Email, FullResourceName, ProjectId, UniqueId};
use crate::model::plan::{Change, NewAccount, Plan};
use crate::model::scope::{AccountRef, Scope};
use crate::model::workload::WorkloadPart;

/// A scan, indexed once for the steps of all plans.
#[derive(Debug)]
pub struct World<'a> {
    /// What the scan says, joined.
    pub(super) estate: &'a Estate,
    /// What it says of calls, and of what happened to accounts and keys.
    pub(super) calls: &'a Calls,
    by_id: BTreeMap<&'a UniqueId, &'a Account>,
    by_address: BTreeMap<&'a Email, &'a Account>,
    /// By the mark in the description.
    by_mark: BTreeMap<&'a str, &'a Account>,
    policies: BTreeMap<FullResourceName, &'a Policy>,
    naming: BTreeMap<&'a FullResourceName, Vec<&'a Account>>,
    events: BTreeMap<&'a UniqueId, Vec<&'a CredentialEvent>>,
}

impl<'a> World<'a> {
    /// Returns the index of a scan: its estate, and its raw calls.
    #[must_use]
    pub fn of(estate: &'a Estate, calls: &'a Calls) -> Self {
        let accounts = || estate.accounts.iter();
        let mut naming: BTreeMap<&FullResourceName, Vec<&Account>> = BTreeMap::new();
        for account in accounts() {
            let parts = account
                .workloads
                .iter()
                .flat_map(|workload| &workload.parts);
            let attached = parts.filter_map(|part| match part {
                WorkloadPart::Resource { resource, .. } => Some(resource),
                WorkloadPart::Member(_) => None,
            });
            let named = account.references.iter().map(|held| &held.resource);
            for resource in attached.chain(named) {
                naming.entry(resource).or_default().push(account);
            }
        }
        let mut events: BTreeMap<&UniqueId, Vec<&CredentialEvent>> = BTreeMap::new();
        for event in &calls.events {
            if let Some(id) = &event.unique_id {
                events.entry(id).or_default().push(event);
            }
        }
        Self {
            estate,
            calls,
            by_id: accounts().map(|a| (&a.facts.unique_id, a)).collect(),
            by_address: accounts().map(|a| (&a.facts.email, a)).collect(),
            by_mark: accounts()
                .flat_map(|a| marks(&a.facts.description).map(move |mark| (mark, a)))
                .collect(),
            policies: estate
                .policies
                .iter()
                .map(|policy| (policy.on.full_name(), policy))
                .collect(),
            naming,
            events,
        }
    }

    /// Returns an account that stood when the plan was made.
    pub(super) fn account(&self, account: &AccountRef) -> Option<&'a Account> {
        self.by_id.get(&account.unique_id).copied()
    }

    /// Returns the account of that address.
    pub(super) fn of_address(&self, email: &Email) -> Option<&'a Account> {
        self.by_address.get(email).copied()
    }

    /// Returns the account that was made for a workload: by the mark in its description, else by its address.
    pub(super) fn made(&self, planned: &NewAccount) -> Option<&'a Account> {
        let mark = NewAccount::mark(&planned.workload);
        let marked = self.by_mark.get(mark.as_str()).copied();
        let marked = marked.filter(|account| account.facts.project == planned.project);
        self.of_address(&planned.email).or(marked)
    }

    /// Returns the address that an account has which the plan makes, where it was made under another; any other as it is.
    pub(super) fn address<'p>(&'p self, email: &'p Email, plan: &'p Plan) -> &'p Email {
        let planned = new_accounts(plan).find(|new| new.email == *email);
        let made = planned.and_then(|planned| self.made(planned));
        made.map_or(email, |made| &made.facts.email)
    }

    /// Returns the accounts that a resource runs as or names.
    pub(super) fn naming(&self, resource: &FullResourceName) -> &[&'a Account] {
        self.naming.get(resource).map_or(&[], Vec::as_slice)
    }

    /// Returns the policy on a node.
    pub(super) fn policy(&self, on: &PolicyNode) -> Option<&'a Policy> {
        self.policies.get(&on.full_name()).copied()
    }

    /// Returns what is told to have happened to an account, or its keys.
    pub(super) fn events(&self, account: &AccountRef) -> &[&'a CredentialEvent] {
        self.events
            .get(&account.unique_id)
            .map_or(&[], Vec::as_slice)
    }

    /// Returns whether all of a project's dataset was read, so that what is absent is not there.
    pub(super) fn is_whole(&self, project: &ProjectId, dataset: Dataset) -> bool {
        self.is_all_read(&Scope::Project(project.clone()), dataset)
    }

    /// Returns the same of any scope.
    pub(super) fn is_all_read(&self, scope: &Scope, dataset: Dataset) -> bool {
        self.estate.coverage.reading(scope, dataset).is_whole()
    }
}

/// Returns the accounts that a plan makes.
pub(super) fn new_accounts(plan: &Plan) -> impl Iterator<Item = &NewAccount> {
    plan.steps.iter().filter_map(|step| {
        if let Change::CreateAccount(new) = &step.change {
            Some(new)
        } else {
            None
        }
    })
}

/// Returns the marks in a description: `sa-audit:` with the 16 digits behind it.
fn marks(description: &str) -> impl Iterator<Item = &str> {
    const BEGIN: &str = "sa-audit:";
    description
        .match_indices(BEGIN)
        .filter_map(|(at, _)| description.get(at..at + BEGIN.len() + 16))
}

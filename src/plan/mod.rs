//! Estate + findings → plans: per account, the way out in ordered, merged, reversible steps.
//!
//! Each part of the planner makes a [`Draft`] for one account: what it would do, in its own order. `merge`
//! puts the drafts of an account together: one step where two ask for the same, none that another makes pointless,
//! replacement before removal. The prover replays what was observed against the result; it shares nothing with the
//! planner but the nouns of `model`.

pub mod declared;
pub mod draft;
pub mod federate;
pub mod guard;
pub mod index;
mod keys;
mod lookup;
mod merge;
pub mod narrow;
mod neighbours;
mod once;
pub mod progress;
pub mod prove;
pub mod retire;
pub mod split;
mod steps;

#[cfg(test)]
mod testing;

use std::collections::BTreeMap;

use crate::model::estate::{Account, Estate};
use crate::model::finding::Finding;
use crate::model::names::UniqueId;
use crate::model::plan::{Plan, Proof, Reason, Step};
use crate::model::rule::Confidence;
use crate::model::settings::Settings;

use draft::Draft;
use index::Index;

pub use lookup::Lookup;

/// What every part of the planner sees.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// The estate by what plans ask of it, computed once for all accounts.
    pub index: &'a Index<'a>,
    /// What the user decided.
    pub settings: &'a Settings,
    /// The findings that are not accepted, by the account that they are about, or whose key they are about.
    pub findings: &'a BTreeMap<UniqueId, Vec<&'a Finding>>,
    /// What is asked for every account, looked up once.
    pub lookup: &'a Lookup,
}

/// Returns the plan of every account that has one, by account, each with its proof. `findings` are those that are not
/// accepted, in any order.
#[must_use]
pub fn plans(estate: &Estate, findings: &[Finding], settings: &Settings) -> Vec<Plan> {
    let world = prove::World::of(estate);
    plans_proved_by(estate, findings, settings, &|account, steps| {
        world.prove(settings, account, steps)
    })
}

/// Returns the plan of every account that has one, by account. `findings` are those that are not accepted, in any order.
///
/// An account has a plan where something is found about it, or a key of it, with confidence medium or better, that a step
/// answers. `prove` returns what the replay of the observed calls says of an account's steps.
#[must_use]
pub fn plans_proved_by(
    estate: &Estate,
    findings: &[Finding],
    settings: &Settings,
    prove: &dyn Fn(&Account, &[Step]) -> Proof,
) -> Vec<Plan> {
    with_context(estate, findings, settings, |cx| {
        let mut drafts = drafts(cx);
        guard::add(cx, &mut drafts);
        once::settle(&mut drafts);
        neighbours::tell(&mut drafts);
        let plans = drafts.into_iter().map(|(account, draft)| Plan {
            account: account.reference(),
            observed_at: estate.observed_at,
            reasons: reasons(&draft.steps),
            proof: prove(account, &draft.steps),
            steps: draft.steps,
            variables: draft.variables,
            notes: draft.notes,
        });
        plans.collect()
    })
}

/// Returns what `ask` says with everything that is looked up once.
fn with_context<R>(
    estate: &Estate,
    findings: &[Finding],
    settings: &Settings,
    ask: impl FnOnce(&Context<'_>) -> R,
) -> R {
    let mut by_account: BTreeMap<UniqueId, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        if let Some(account) = finding.subject.account() {
            let of_account = by_account.entry(account.unique_id.clone()).or_default();
            of_account.push(finding);
        }
    }
    ask(&Context {
        estate,
        index: &Index::of(estate),
        settings,
        findings: &by_account,
        lookup: &Lookup::of(estate, &settings.plans),
    })
}

/// Returns the merged steps of every account that has any, by account.
fn drafts<'a>(cx: &Context<'a>) -> Vec<(&'a Account, Draft)> {
    let is_sure = |finding: &&Finding| finding.confidence >= Confidence::Medium;
    let found = |account: &&Account| {
        let of_account = cx.findings.get(&account.facts.unique_id);
        of_account.is_some_and(|findings| findings.iter().any(is_sure))
    };
    let mut accounts: Vec<&Account> = cx.estate.accounts.iter().filter(found).collect();
    accounts.sort_by_cached_key(|account| account.reference());
    let merged = accounts
        .into_iter()
        .map(|account| (account, merge::merge(account, draft(cx, account))));
    merged
        .filter(|(_, draft)| !draft.steps.is_empty())
        .collect()
}

/// Returns what all parts of the planner would do for an account.
fn draft(cx: &Context<'_>, account: &Account) -> Draft {
    let mut draft = split::draft(cx, account);
    draft.absorb(narrow::draft(cx, account, &draft));
    draft.absorb(federate::draft(cx, account, &|workload| {
        split::account_for(cx, account, workload)
    }));
    draft.absorb(retire::draft(cx, account));
    draft
}

fn reasons(steps: &[Step]) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = steps
        .iter()
        .flat_map(|step| step.reasons.iter().cloned())
        .collect();
    reasons.sort();
    reasons.dedup();
    reasons
}

//! Estate + findings → plans: per account, the way out in ordered, merged, reversible steps.
//!
//! Each part of the planner makes a [`Draft`](draft::Draft) for one account: what it would do, in its own order. `merge`
//! puts the drafts of an account together: one step where two ask for the same, none that another makes pointless,
//! replacement before removal. The prover replays what was observed against the result; it shares nothing with the planner but the
//! nouns of `model`.

pub mod draft;
pub mod index;
pub mod narrow;
pub mod prove;
pub mod split;

#[cfg(test)]
mod testing;

use std::collections::BTreeMap;

use crate::model::estate::Estate;
use crate::model::finding::Finding;
use crate::model::names::UniqueId;
use crate::model::settings::Settings;

use index::Index;

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
}

//! The rules: each looks at the estate and says what it finds, and what it could not decide.
//!
//! One rule is one `.rs` and one `.md` of the rule's name, and one line in [`RULES`]. A rule reads no clock and no
//! network, keeps no order, and filters nothing out: order, acceptance and counts are the report's.

mod engine;

pub use engine::{Evaluation, NotEvaluated, evaluate};

use chrono::{DateTime, Utc};

use crate::model::estate::Estate;
use crate::model::finding::{Finding, Undecided};
use crate::model::rule::RuleMeta;
use crate::model::settings::Thresholds;

/// Every rule, by id.
pub static RULES: &[&dyn Rule] = &[];

/// A rule.
pub trait Rule: Sync {
    /// Returns what is known of the rule before it runs.
    fn meta(&self) -> &'static RuleMeta;

    /// Returns everything that the rule finds or cannot decide, in any order.
    ///
    /// Gaps of the rule's datasets are the engine's to report; a rule says where the facts that are there do not
    /// decide: a row is missing, a window too short.
    fn check(&self, cx: &Context<'_>) -> Vec<Outcome>;
}

/// What a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// The user's thresholds.
    pub thresholds: &'a Thresholds,
}

impl Context<'_> {
    /// Returns the moment of the scan, UTC.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.estate.observed_at
    }
}

/// What a rule says about one subject. It says nothing about what is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The smell is there.
    Finding(Finding),
    /// Whether it is there cannot be told.
    Undecided(Undecided),
}

/// Returns the rule of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn Rule> {
    RULES.iter().copied().find(|rule| rule.meta().id == id)
}

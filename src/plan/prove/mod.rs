//! The proof of a plan: what was seen, replayed against what is planned.
//!
//! Three steps. Calibrate: today's bindings have to explain every call that was seen and granted; where they do not, the
//! model is blind (a group's members, an access list, a resource of nobody knows where), and the plan is nobody's to call
//! ready. Replay: behind every step, whoever made a call is still able to. Evaluate: the rules find nothing worse in the
//! end, and not any more what the plan was to end.
//!
//! Nothing here is shared with the planner but the nouns of `model`, so that a mistake of the planner's is not made twice.
//! Where something cannot be told, it is not taken to be allowed: conditions are never evaluated, groups never guessed.

mod evaluate;
mod identity;
mod logged;
mod place;
mod planned;
mod replay;
mod scene;
mod state;
mod who;
mod world;

pub use world::World;

use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate};
use crate::model::plan::{Proof, Step};
use crate::model::scope::Scope;
use crate::model::settings::Settings;

/// What nothing here looks at, and what can deny or allow a call all the same.
const NEVER_READ: [&str; 5] = [
    "access lists of buckets and objects",
    "deny policies",
    "members of groups",
    "principal access boundaries",
    "service perimeters (VPC Service Controls)",
];

/// What is not looked at where the scan went through IAM, which tells the policies of no other resources.
const RESOURCES_NOT_READ: &str = "policies of single resources, such as buckets and datasets";

/// Returns the proof of a plan's steps for one account. For many accounts, [`World::of`] once and [`World::prove`].
#[must_use]
pub fn prove(estate: &Estate, settings: &Settings, account: &Account, steps: &[Step]) -> Proof {
    World::of(estate).prove(settings, account, steps)
}

impl World<'_> {
    /// Returns the proof of a plan's steps for one account of the estate.
    #[must_use]
    pub fn prove(&self, settings: &Settings, account: &Account, steps: &[Step]) -> Proof {
        let (replay, state) = replay::replay(self, &settings.thresholds, account, steps);
        let verdict = if steps.is_empty() {
            evaluate::Verdict::default()
        } else {
            evaluate::evaluate(settings, account, steps, &state, &replay)
        };
        let services = self.logs.services(account, &settings.thresholds);
        Proof {
            calls: replay.calls,
            groups: replay.groups,
            blind: replay.blind,
            denied: replay.denied,
            worse: verdict.worse,
            unanswered: verdict.unanswered,
            logged: services.logged,
            unlogged: services.unlogged,
            not_read: self.not_read(account),
        }
    }

    fn not_read(&self, account: &Account) -> Vec<&'static str> {
        let mut not_read = NEVER_READ.to_vec();
        let scope = Scope::Project(account.facts.project.clone());
        let coverage = &self.estate.coverage;
        if !coverage
            .reading(&scope, Dataset::ResourcePolicies)
            .is_known()
        {
            not_read.push(RESOURCES_NOT_READ);
            not_read.sort_unstable();
        }
        not_read
    }
}

//! What one part of the planner would do for one account.

use crate::model::message::Message;
use crate::model::plan::{Step, Variable};

/// Steps of one part of the planner, in the order in which that part needs them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The steps.
    pub steps: Vec<Step>,
    /// What they need and the scan could not see.
    pub variables: Vec<Variable>,
    /// What the reader has to know beside them.
    pub notes: Vec<Message>,
}

impl Draft {
    /// Takes over another draft, behind this one.
    pub fn absorb(&mut self, other: Self) {
        self.steps.extend(other.steps);
        self.variables.extend(other.variables);
        self.notes.extend(other.notes);
    }
}

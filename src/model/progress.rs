//! How far a plan is done, as later scans show it.

use chrono::{DateTime, Utc};

use super::message::Message;

/// How far a plan is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The moment of the last scan that was looked at, UTC.
    pub seen_at: DateTime<Utc>,
    /// The state of each of the plan's steps, in their order.
    pub steps: Vec<StepState>,
}

/// What a scan shows of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepState {
    /// It is done.
    Done {
        /// Since when: by the activity log where it tells, else the first scan since which it was always seen. UTC.
        since: DateTime<Utc>,
    },
    /// It is not.
    NotYet(Due),
    /// It cannot be told: nothing that was read shows it.
    Unseen(Message),
}

/// When a step is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub when: When,
    /// The steps before it that cannot be seen, counted from 0: a person has to see first that they are done.
    pub look_first: Vec<usize>,
}

/// The moment at which a step is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Now: nothing has to be waited for.
    Now,
    /// Once this step before it is done, counted from 0.
    Behind(usize),
    /// From then on, when its wait has elapsed. UTC.
    From(DateTime<Utc>),
    /// Since then: its wait has elapsed. UTC.
    Overdue(DateTime<Utc>),
}

impl Progress {
    /// Returns the first step that is seen not to be done, counted from 0, and when it is due.
    #[must_use]
    pub fn next(&self) -> Option<(usize, &Due)> {
        let mut steps = self.steps.iter().enumerate();
        steps.find_map(|(index, state)| match state {
            StepState::NotYet(due) => Some((index, due)),
            StepState::Done { .. } | StepState::Unseen(_) => None,
        })
    }

    /// Returns the steps that cannot be seen, counted from 0.
    pub fn unseen(&self) -> impl Iterator<Item = usize> {
        let steps = self.steps.iter().enumerate();
        steps.filter_map(|(index, state)| match state {
            StepState::Unseen(_) => Some(index),
            StepState::Done { .. } | StepState::NotYet(_) => None,
        })
    }

    /// Returns how many steps are done.
    #[must_use]
    pub fn done(&self) -> usize {
        let done = |state: &&StepState| matches!(state, StepState::Done { .. });
        self.steps.iter().filter(done).count()
    }
}

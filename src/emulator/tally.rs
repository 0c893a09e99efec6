//! What was asked: calls by method, and how many were in flight at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
struct Counts {
    calls: BTreeMap<String, u64>,
    in_flight: usize,
    most_in_flight: usize,
}

/// The counts of one emulator; clones count together.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    counts: Arc<Mutex<Counts>>,
}

impl Tally {
    /// Counts a call as in flight until the answer is dropped.
    pub(super) fn begin(&self) -> InFlight {
        let mut counts = self.counts();
        counts.in_flight += 1;
        counts.most_in_flight = counts.most_in_flight.max(counts.in_flight);
        InFlight {
            tally: self.clone(),
        }
    }

    pub(super) fn called(&self, method: &str) {
        *self.counts().calls.entry(method.to_owned()).or_default() += 1;
    }

    pub(super) fn calls(&self) -> BTreeMap<String, u64> {
        self.counts().calls.clone()
    }

    pub(super) fn most_in_flight(&self) -> usize {
        self.counts().most_in_flight
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Counts stay counts, whoever panicked while holding them.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call that is under way.
#[derive(Debug)]
pub(super) struct InFlight {
    tally: Tally,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.tally.counts().in_flight -= 1;
    }
}

//! What the transport did, counted.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Serialize;

/// What the transport did since it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Per method id; methods that were never called are absent.
    pub methods: BTreeMap<&'static str, MethodStatistics>,
    /// The most requests in flight at one moment.
    pub most_in_flight: usize,
}

/// What the transport did for one method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MethodStatistics {
    /// Requests that callers made.
    pub calls: u64,
    /// Requests sent to Google: first attempts and repeats.
    pub attempts: u64,
    /// Repeats among the attempts.
    pub retries: u64,
    /// Calls that ended in an error.
    pub failures: u64,
    /// Elements of pages that did not decode and were dropped.
    pub malformed: u64,
}

/// The counters, shared by all clones of a transport.
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    statistics: Statistics,
    in_flight: usize,
}

/// One request in flight, until it is dropped.
pub(super) struct InFlight<'a>(&'a Counters);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.locked().in_flight -= 1;
    }
}

impl Counters {
    /// Counts an attempt, and the request as in flight until the guard is dropped.
    pub(super) fn attempt(&self, method: &'static str, first: bool) -> InFlight<'_> {
        let mut inner = self.locked();
        inner.in_flight += 1;
        inner.statistics.most_in_flight = inner.statistics.most_in_flight.max(inner.in_flight);
        let counted = inner.statistics.methods.entry(method).or_default();
        counted.attempts += 1;
        counted.calls += u64::from(first);
        counted.retries += u64::from(!first);
        InFlight(self)
    }

    /// Counts elements that were dropped from a page.
    pub(super) fn malformed(&self, method: &'static str, count: usize) {
        self.locked()
            .statistics
            .methods
            .entry(method)
            .or_default()
            .malformed += count as u64;
    }

    /// Counts a call that ended in an error.
    pub(super) fn failure(&self, method: &'static str) {
        self.locked()
            .statistics
            .methods
            .entry(method)
            .or_default()
            .failures += 1;
    }

    /// Returns the counts so far.
    pub(super) fn read(&self) -> Statistics {
        self.locked().statistics.clone()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Counters stay true after a panic elsewhere: every change is a single addition.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

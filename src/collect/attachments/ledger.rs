//! How the many reads of one dataset of one project went, and how they ended together.

use chrono::{DateTime, Utc};

use crate::model::coverage::Reading;

/// How the reads went.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger {
    malformed: u64,
    /// The reads that were not whole: what was read, and how it ended.
    gaps: Vec<(&'static str, Reading)>,
    /// What this version does not look at, though it may be there.
    unseen: Vec<String>,
    /// The last moment of which all of the sources are known to tell everything, where one of them may be behind.
    as_of: Option<DateTime<Utc>>,
}

impl Ledger {
    /// Counts elements that could not be understood.
    pub(super) fn malformed(&mut self, count: u64) {
        self.malformed += count;
    }

    /// Takes in how a read ended.
    pub(super) fn reading(&mut self, what: &'static str, reading: Reading) {
        match reading {
            Reading::Read | Reading::Skipped => {}
            Reading::Stale { as_of } => self.behind(as_of),
            Reading::NotCovered { .. } => self.unseen(what),
            Reading::Malformed { count } => self.malformed += count,
            Reading::Truncated { .. }
            | Reading::Denied { .. }
            | Reading::ApiDisabled { .. }
            | Reading::Quota { .. }
            | Reading::Perimeter { .. }
            | Reading::Failed { .. } => {
                if !self.gaps.contains(&(what, reading.clone())) {
                    self.gaps.push((what, reading));
                }
            }
        }
    }

    /// Notes what this version does not look at, though it may be there: no failure of a read.
    pub(super) fn unseen(&mut self, what: impl Into<String>) {
        let what = what.into();
        if !self.unseen.contains(&what) {
            self.unseen.push(what);
        }
    }

    /// Notes that a source may not tell what changed after `as_of`.
    pub(super) fn behind(&mut self, as_of: DateTime<Utc>) {
        self.as_of = Some(self.as_of.map_or(as_of, |known| known.min(as_of)));
    }

    pub(super) fn absorb(&mut self, other: Self) {
        self.malformed += other.malformed;
        for (what, reading) in other.gaps {
            self.reading(what, reading);
        }
        for what in other.unseen {
            self.unseen(what);
        }
        if let Some(as_of) = other.as_of {
            self.behind(as_of);
        }
    }

    /// Returns how the whole ended: as its only read did where that brought nothing, else in words for each gap.
    ///
    /// What this version does not look at makes no gap, and is told beside those that there are.
    pub(super) fn ended(&self, brought_something: bool) -> Reading {
        let mut gaps = self.gaps.clone();
        gaps.sort();
        let mut unseen = self.unseen.clone();
        unseen.sort_unstable();
        let not_covered = unseen.join(", ");
        match (&gaps[..], self.malformed) {
            ([], 0) if not_covered.is_empty() => {
                return self
                    .as_of
                    .map_or(Reading::Read, |as_of| Reading::Stale { as_of });
            }
            ([], 0) => return Reading::NotCovered { what: not_covered },
            ([], count) if not_covered.is_empty() => return Reading::Malformed { count },
            _ => {}
        }
        if let ([(_, only)], [], false, 0) =
            (&gaps[..], &unseen[..], brought_something, self.malformed)
        {
            return only.clone();
        }
        let mut parts: Vec<String> = gaps
            .iter()
            .map(|(what, reading)| format!("{what}: {}", words(reading)))
            .collect();
        if !not_covered.is_empty() {
            parts.push(format!("not looked at: {not_covered}"));
        }
        if self.malformed > 0 {
            parts.push(format!("{} not understood", self.malformed));
        }
        Reading::Truncated {
            message: parts.join("; "),
        }
    }
}

fn words(reading: &Reading) -> String {
    match reading {
        Reading::Read => "read".to_owned(),
        Reading::Skipped => "not asked for".to_owned(),
        Reading::Stale { as_of } => format!("known as of {}", as_of.format("%Y-%m-%d")),
        Reading::NotCovered { what } => format!("not looked at: {what}"),
        Reading::Malformed { count } => format!("{count} not understood"),
        Reading::Denied {
            permission: Some(permission),
        } => format!("{permission} denied"),
        Reading::Denied { permission: None } => "denied".to_owned(),
        Reading::ApiDisabled { service, consumer } => match consumer {
            Some(consumer) => format!("{service} is off in {consumer}"),
            None => format!("{service} is off"),
        },
        Reading::Perimeter { .. } => "refused by a service perimeter".to_owned(),
        Reading::Truncated { message }
        | Reading::Quota { message }
        | Reading::Failed { message, .. } => message.clone(),
    }
}

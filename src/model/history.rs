//! When each finding was seen first, over many scans, and what it rested on then and since.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::finding::{Finding, Fingerprint};

/// What earlier scans have found. It is an index: everything in it can be computed from the snapshots again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct History {
    /// The scans that are in it, by name.
    scans: BTreeSet<String>,
    /// What each finding has rested on, and from when on, by its fingerprint: by time, no two neighbours equal.
    findings: BTreeMap<Fingerprint, Vec<Sighting>>,
}

/// What a finding rested on, and the first scan that saw it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Sighting {
    at: DateTime<Utc>,
    evidence: Fingerprint,
}

impl History {
    /// Returns whether the scan of this name is in it.
    #[must_use]
    pub fn holds(&self, scan: &str) -> bool {
        self.scans.contains(scan)
    }

    /// Adds what the scan of this name, made at `at`, has found.
    ///
    /// Scans may come in any order: what was seen first is the same. What a finding rested on in between is sure where
    /// they come by time.
    pub fn record<'a>(
        &mut self,
        scan: &str,
        at: DateTime<Utc>,
        findings: impl IntoIterator<Item = &'a Finding>,
    ) {
        self.scans.insert(scan.to_owned());
        for finding in findings {
            let seen = self.findings.entry(finding.fingerprint).or_default();
            let evidence = finding.evidence_digest;
            let place = seen.partition_point(|held| held.at <= at);
            if place > 0 && seen[place - 1].evidence == evidence {
                continue;
            }
            match seen.get_mut(place) {
                Some(next) if next.evidence == evidence => next.at = at,
                Some(_) | None => seen.insert(place, Sighting { at, evidence }),
            }
        }
    }

    /// Returns when a finding was seen first; `None`: never, as far as the scans reach.
    #[must_use]
    pub fn first_seen(&self, finding: &Fingerprint) -> Option<DateTime<Utc>> {
        self.findings.get(finding)?.first().map(|seen| seen.at)
    }

    /// Returns what a finding rested on when it was last seen before `at`; `None`: it was not seen before.
    #[must_use]
    pub fn evidence_before(&self, finding: &Fingerprint, at: DateTime<Utc>) -> Option<Fingerprint> {
        let seen = self.findings.get(finding)?;
        let before = seen.iter().rev().find(|held| held.at < at)?;
        Some(before.evidence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Subject;
    use crate::model::message::Message;
    use crate::model::names::ProjectId;
    use crate::model::rule::{RuleMeta, Severity};

    static RULE: RuleMeta = RuleMeta {
        id: "key-creation-broad",
        title: "",
        severity: Severity::Medium,
        on_by_default: true,
        needs: &[],
        docs: "",
        cis: None,
        owasp: &[],
    };

    fn finding(evidence: &str) -> Finding {
        let project = ProjectId::parse("acme-prod").expect("an id");
        Finding::on(
            &RULE,
            Subject::Project(project),
            Message::default(),
            &[evidence],
        )
    }

    fn day(number: u32) -> DateTime<Utc> {
        format!("2026-11-{number:02}T09:00:00Z")
            .parse()
            .expect("a time")
    }

    const SCANS: [(u32, &str); 4] = [(2, "a"), (9, "a"), (16, "b"), (23, "a")];

    fn history(order: [usize; 4]) -> History {
        let mut history = History::default();
        for (number, evidence) in order.map(|at| SCANS[at]) {
            history.record(&number.to_string(), day(number), [&finding(evidence)]);
        }
        history
    }

    #[test]
    fn what_a_finding_rested_on_is_known_for_every_moment() {
        let history = history([0, 1, 2, 3]);
        let found = finding("a").fingerprint;
        let before = [2, 3, 16, 17, 24].map(|number| history.evidence_before(&found, day(number)));
        let (a, b) = (finding("a").evidence_digest, finding("b").evidence_digest);
        assert_eq!(before, [None, Some(a), Some(a), Some(b), Some(a)]);
    }

    #[test]
    fn whatever_the_order_of_the_scans_the_first_sighting_is_the_first() {
        let found = finding("a").fingerprint;
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1]] {
            let history = history(order);
            assert_eq!(history.first_seen(&found), Some(day(2)), "{order:?}");
            assert!(
                SCANS
                    .iter()
                    .all(|(number, _)| history.holds(&number.to_string()))
            );
        }
    }
}

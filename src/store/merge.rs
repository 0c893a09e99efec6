//! One snapshot of several: scans that were sharded by folder or by project.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::idle::MAX_LAG;
use crate::model::names::ProjectId;
use crate::model::scope::LeftOut;
use crate::model::snapshot::{Facts, Snapshot, Statistics};

/// Returns one snapshot of what several scans have read; `None` of none. The order in which they come does not count.
///
/// - Its scope has the roots and the exclusions of all of them, its time is the newest one's.
/// - Of a project that several have read, the newest scan's facts count, and no other's.
/// - What a scan has read whole is read as of that scan: of one more than three days older than the newest it is stale.
/// - Coverage joins: of the same read above projects, the worse end stays, since one scan's gap may hide what only that
///   scan was to read.
/// - Projects that were left out are added up, though two scans may have left out the same.
#[must_use]
pub fn merge(mut snapshots: Vec<Snapshot>) -> Option<Snapshot> {
    // The newest first; of several at one moment, any order that does not rest on theirs.
    snapshots.sort_by_cached_key(|snapshot| {
        let header = &snapshot.header;
        let roots: Vec<String> = header.scope.roots.iter().map(ToString::to_string).collect();
        (
            std::cmp::Reverse(header.observed_at),
            roots,
            header.scope.exclude.clone(),
        )
    });
    let mut snapshots = snapshots.into_iter();
    let Snapshot { mut header, facts } = snapshots.next()?;
    let mut merged = facts;
    for Snapshot {
        header: older,
        mut facts,
    } in snapshots
    {
        if header.observed_at - older.observed_at > MAX_LAG {
            facts.coverage.date(older.observed_at);
        }
        header.scope.roots.extend(older.scope.roots);
        header.scope.exclude.extend(older.scope.exclude);
        header.sources.extend(older.sources);
        header.left_out = sum(header.left_out, older.left_out);
        header.statistics =
            header
                .statistics
                .zip(older.statistics)
                .map(|(one, other)| Statistics {
                    milliseconds: one.milliseconds + other.milliseconds,
                    calls: one.calls + other.calls,
                    retries: one.retries + other.retries,
                });
        merged.absorb(without_what_is_known(facts, &merged));
    }
    header.scope.roots.sort();
    header.scope.roots.dedup();
    header.scope.exclude.sort();
    header.scope.exclude.dedup();
    header.sources.sort();
    header.sources.dedup();
    merged.sort();
    Some(Snapshot {
        header,
        facts: merged,
    })
}

fn sum(one: LeftOut, other: LeftOut) -> LeftOut {
    LeftOut {
        inactive: one.inactive + other.inactive,
        apps_script: one.apps_script + other.apps_script,
        excluded: one.excluded + other.excluded,
    }
}

/// Returns the facts of an older scan without those of projects that a newer one has read.
fn without_what_is_known(mut older: Facts, newer: &Facts) -> Facts {
    let read: BTreeSet<ProjectId> = newer
        .projects
        .iter()
        .map(|project| project.id.clone())
        .collect();
    let projects = older.projects.clone();
    let kept = projects.iter().map(|project| &project.id);
    let kept: BTreeSet<&ProjectId> = kept.filter(|id| !read.contains(*id)).collect();
    // A project's log was read in its own scan; what a log of all projects tells is in both, and counts once.
    let logs: BTreeMap<_, _> = older
        .calls
        .windows
        .iter()
        .filter_map(|window| Some((window.project.clone()?, window.source)))
        .filter(|(project, _)| read.contains(project))
        .collect();
    let is_known = |project: &Option<ProjectId>, source| {
        project
            .as_ref()
            .is_some_and(|project| logs.get(project) == Some(&source))
    };
    older
        .calls
        .callers
        .retain(|caller| !is_known(&caller.project, caller.source));
    older
        .calls
        .windows
        .retain(|window| !is_known(&window.project, window.source));
    older.retain(&kept);
    older
}

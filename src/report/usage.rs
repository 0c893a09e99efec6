//! Who used which account and key, from where, when: what `usage` shows, already in order.

use chrono::{DateTime, Utc};

use crate::model::call::LogWindow;
use crate::model::coverage::{Coverage, Reading};
use crate::model::place::PlacedCaller;

/// The groups of calls of some sources, and what is missing of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageReport {
    /// The program that made it: `sa-audit 0.1.0`.
    pub tool: String,
    /// The sources, as the user named them.
    pub sources: Vec<String>,
    /// What the user asked for.
    pub asked: Asked,
    /// What was read.
    pub windows: Vec<LogWindow>,
    /// The groups, the one with the latest call first.
    pub groups: Vec<PlacedCaller>,
    /// What is missing, in the order of the sources.
    pub gaps: Vec<Gap>,
}

/// What the user asked for: everything where nothing is said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// The account's address, or a pattern of it.
    pub account: Option<String>,
    /// The key's id, or a part of it.
    pub key: Option<String>,
    /// From when on calls count, UTC.
    pub since: Option<DateTime<Utc>>,
}

/// Something that is missing of what was to be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// Of what: a file, or a project, folder or organization; empty where it is of all together.
    pub of: String,
    /// What kind of gap it is.
    pub kind: GapKind,
    /// The line at which it begins, counted from one, of files.
    pub line: Option<u64>,
    /// How many lines or entries are missing, where that is known.
    pub count: Option<u64>,
    /// What came back, where anything did: a stranger's text.
    pub reason: Option<String>,
}

/// The kinds of gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapKind {
    /// It could not be opened, or not be listed.
    Unreadable,
    /// It broke off: what was read before counts.
    BrokenOff,
    /// Lines or entries are none that can be read.
    Malformed,
    /// Entries have no timestamp that can be read.
    Undated,
    /// There were too many groups.
    TooManyGroups,
}

impl UsageReport {
    /// Puts the groups in their order.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        let newest_first = |one: &PlacedCaller, other: &PlacedCaller| {
            let by_time = other.call.seen.to.cmp(&one.call.seen.to);
            by_time.then_with(|| one.cmp(other))
        };
        self.groups.sort_unstable_by(newest_first);
        self
    }

    /// Returns how many calls there are in all groups.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.groups.iter().map(|group| group.call.count).sum()
    }

    /// Returns the run's exit code: 3 where something is missing.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.gaps.is_empty() { 0 } else { 3 }
    }
}

impl Gap {
    /// Returns the gaps of a coverage, one each.
    #[must_use]
    pub fn of_coverage(coverage: &Coverage) -> Vec<Self> {
        let gap = |(scope, _, reading): (&_, _, &Reading)| {
            let (kind, count, reason) = match reading {
                Reading::Malformed { count } => (GapKind::Malformed, Some(*count), None),
                Reading::Truncated { message } => (GapKind::BrokenOff, None, Some(message.clone())),
                Reading::Denied { permission } => {
                    let named = permission.as_ref().map(|name| format!(": {name}"));
                    let reason = format!("permission denied{}", named.unwrap_or_default());
                    (GapKind::Unreadable, None, Some(reason))
                }
                Reading::ApiDisabled { service, .. } => {
                    let reason = format!("the API {service} is switched off");
                    (GapKind::Unreadable, None, Some(reason))
                }
                Reading::Quota { message } => (GapKind::Unreadable, None, Some(message.clone())),
                Reading::Perimeter { .. } => {
                    let reason = "a VPC Service Controls perimeter refused it".to_owned();
                    (GapKind::Unreadable, None, Some(reason))
                }
                Reading::Failed { message, .. } => {
                    (GapKind::Unreadable, None, Some(message.clone()))
                }
                Reading::Read
                | Reading::Skipped
                | Reading::Stale { .. }
                | Reading::NotCovered { .. } => return None,
            };
            Some(Self {
                of: format!("{scope}"),
                kind,
                line: None,
                count,
                reason,
            })
        };
        coverage.gaps().filter_map(gap).collect()
    }

    /// Returns the gap as one sentence without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self {
            of,
            kind,
            line,
            count,
            reason,
        } = self;
        let count = count.map_or_else(|| "some".to_owned(), |count| count.to_string());
        let told = match kind {
            GapKind::Unreadable => "could not be read".to_owned(),
            GapKind::BrokenOff => "broke off".to_owned(),
            GapKind::Malformed => format!("no log entry that can be read: {count}"),
            GapKind::Undated => format!("no timestamp that can be read: {count} entries"),
            GapKind::TooManyGroups => {
                format!("too many different calls: {count} calls and checks were left out")
            }
        };
        let colon = if of.is_empty() { "" } else { ": " };
        let first = line.map_or_else(String::new, |line| format!(", first in line {line}"));
        let reason = reason.as_ref().map(|reason| format!(": {reason}"));
        format!("{of}{colon}{told}{first}{}", reason.unwrap_or_default())
    }
}

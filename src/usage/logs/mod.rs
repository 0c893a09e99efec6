//! Exported audit logs → who called, which permissions were used on what, what happened to accounts and keys.
//!
//! ```text
//!  paths → files ─┬ plain lines, in pieces ─┐            ┌ callers
//!                 ├ packed lines, unpacked ─┼→ entries → ┼ permissions
//!                 └ arrays, value by value ─┘            └ events
//! ```
//! Two readers of an entry have one meaning: `scan` looks only at what counts and is fast, [`entry`] checks everything,
//! and decides wherever the first is not sure. [`caller`], [`event`], [`resource`], [`user_agent`] and [`address`] say
//! what an entry means, for every source of audit logs alike; [`groups`] counts.

pub mod address;
mod addresses;
mod block;
mod brackets;
pub mod caller;
mod cursor;
pub mod entry;
mod error;
pub mod event;
mod feed;
mod fields;
mod fingerprint;
pub mod groups;
mod lane;
#[cfg(test)]
mod oracle;
mod paths;
mod pool;
mod read;
pub mod recorder;
pub mod resource;
mod scan;
mod source;
mod table;
pub mod time;
pub mod user_agent;
mod values;

use std::num::NonZero;
use std::path::PathBuf;
use std::thread;

pub use error::Error;
pub use groups::{Filter, Groups};
pub use paths::PathSpec;

use crate::model::coverage::{Coverage, Dataset, Reading};
use crate::model::scope::Scope;
use crate::model::usage::UsageSource;
use read::{Reader, State};

/// How to read logs.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which entries count.
    pub filter: Filter,
    /// Whether every line is checked whole, and not only where it counts: about three times slower.
    pub strict: bool,
    /// How many threads read; `None`: as many as there are processors.
    pub threads: Option<NonZero<usize>>,
}

/// How far a read is, bytes of the files as they are on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What was read.
    pub read: u64,
    /// What there is to read, as far as that is known.
    pub total: u64,
}

/// What was read of files.
pub struct Read {
    /// What they say.
    pub groups: Groups,
    /// Each file, in the order of the names that the user gave.
    pub files: Vec<FileRead>,
    /// Files and folders that could not be opened, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
    /// The bytes of the files as they are on disk.
    pub bytes: u64,
}

/// What was read of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRead {
    /// The file; `-` for standard input.
    pub path: PathBuf,
    /// Its lines.
    pub lines: u64,
    /// Lines or values that are no JSON of a known form.
    pub malformed: u64,
    /// The line of the first of them, counted from one.
    pub first_malformed: Option<u64>,
    /// What ended the read before the end of the file; what was read before counts.
    pub broke_off: Option<String>,
}

/// Returns what the files say that `paths` name, each file once.
///
/// Blocks, and uses several threads inside. `progress` is called from any of them, some hundred times a second at most.
///
/// # Errors
/// Where there is nothing of a name, or a pattern fits nothing. A file that cannot be opened or breaks off is no error:
/// the rest is read.
pub fn read(
    paths: &[PathSpec],
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Read, Error> {
    let groups = Groups::new(UsageSource::Logs, options.filter.clone());
    read_into(groups, paths, options, progress)
}

/// Returns what the files say, behind what the groups hold already.
fn read_into(
    groups: Groups,
    paths: &[PathSpec],
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Read, Error> {
    let found = paths::find(paths)?;
    let total = found.inputs.iter().map(|input| input.size).sum();
    let report = |read: u64| {
        progress(Progress {
            read: read.min(total),
            total,
        });
    };
    let threads = options
        .threads
        .or_else(|| thread::available_parallelism().ok());
    let reader = Reader::new(&found.inputs, &groups, options.strict, &report);
    let (states, bytes) = reader.run(threads.map_or(1, NonZero::get));
    let mut read = Read {
        groups,
        files: Vec::new(),
        unreadable: found.unreadable,
        bytes,
    };
    for (input, state) in found.inputs.into_iter().zip(states) {
        read.add(input.path.unwrap_or_else(|| PathBuf::from("-")), state);
    }
    Ok(read)
}

impl Read {
    fn add(&mut self, path: PathBuf, mut state: State) {
        if let Some(reason) = state.unreadable {
            self.unreadable.push((path, reason));
            return;
        }
        let count = state.count();
        self.files.push(FileRead {
            path,
            lines: count.lines,
            malformed: count.malformed,
            first_malformed: (count.first_malformed > 0).then_some(count.first_malformed),
            broke_off: state.broke_off,
        });
    }

    /// Returns how many lines or values are no JSON of a known form, or have no timestamp that can be read.
    #[must_use]
    pub fn malformed(&self) -> u64 {
        let lines: u64 = self.files.iter().map(|file| file.malformed).sum();
        lines + self.groups.tally().undated
    }

    /// Returns what is missing, each gap in one sentence, the worst first.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let mut gaps = Vec::new();
        for (path, reason) in &self.unreadable {
            gaps.push(format!("{} could not be opened: {reason}", path.display()));
        }
        for file in &self.files {
            if let Some(reason) = &file.broke_off {
                gaps.push(format!("{} breaks off: {reason}", file.path.display()));
            }
        }
        if self.groups.refused() > 0 {
            let refused = self.groups.refused();
            gaps.push(format!(
                "too many groups: {refused} calls and checks found no room"
            ));
        }
        gaps
    }

    /// Returns how the read ended, as the coverage of a scan holds it.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let gaps = self.gaps();
        let reading = match (gaps.first(), self.malformed()) {
            (Some(first), _) if gaps.len() > 1 => Reading::Truncated {
                message: format!("{first}; and {} more", gaps.len() - 1),
            },
            (Some(only), _) => Reading::Truncated {
                message: only.clone(),
            },
            (None, 0) => Reading::Read,
            (None, count) => Reading::Malformed { count },
        };
        let mut coverage = Coverage::default();
        coverage.record(Scope::Caller, Dataset::AuditLogs, reading);
        coverage
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Returns `count` entries, each by an account of its own, which uses one permission.
    fn entries(count: usize) -> String {
        let mut text = String::new();
        for n in 0..count {
            writeln!(
                text,
                r#"{{"protoPayload":{{"authenticationInfo":{{"principalEmail":"etl-{n}@acme.iam.gserviceaccount.com"}},"serviceName":"storage.googleapis.com","authorizationInfo":[{{"permission":"storage.objects.get","resource":"projects/_/buckets/b","granted":true}}]}},"timestamp":"2026-03-01T08:00:00Z"}}"#
            )
            .expect("text takes all");
        }
        text
    }

    #[test]
    fn more_groups_than_there_is_room_for_are_a_gap_and_what_was_read_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        std::fs::write(&path, entries(5_000)).expect("a file");
        // One place in each of the 64 parts of a table.
        let groups = Groups::with_limit(UsageSource::Logs, Filter::default(), 64);
        let read = read_into(
            groups,
            &[PathSpec::Path(path)],
            &Options::default(),
            &|_| (),
        )
        .expect("a log");
        // 5,000 callers and as many uses of a permission, of which each table takes in 64.
        let gap = "too many groups: 9872 calls and checks found no room";
        assert_eq!(read.gaps(), [gap]);
        let reading = Reading::Truncated {
            message: gap.to_owned(),
        };
        let coverage = read.coverage();
        assert_eq!(
            coverage.reading(&Scope::Caller, Dataset::AuditLogs),
            &reading
        );
        assert_eq!((read.files[0].lines, read.malformed()), (5_000, 0));
        assert_eq!(read.groups.tally().entries, 5_000);
        let calls = read.groups.into_calls();
        assert_eq!((calls.callers.len(), calls.permissions.len()), (64, 64));
    }
}

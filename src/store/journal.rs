//! The journal of a scan that is under way: the facts of each finished project, so that a broken scan can go on.
//!
//! Plain lines, not compressed: whatever moment the scan dies at, everything up to the last `done` line is whole.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use crate::model::names::ProjectId;
use crate::model::snapshot::{Facts, Header};

use super::error::{StoreError, at};
use super::file::read_header;
use super::record::{self, FirstLine, Record, SCHEMA};

/// A journal, open for writing and locked against a second scan of the same scope.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    holds_projects: bool,
}

/// What a broken scan has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The header of the broken scan: its "now" stays the scan's.
    pub header: Header,
    /// The projects whose facts are whole.
    pub done: BTreeSet<ProjectId>,
    /// Their facts.
    pub facts: Facts,
}

impl Journal {
    /// Starts a journal at `path`; what an earlier scan has left there is dropped.
    ///
    /// # Errors
    /// Where the file cannot be written, or another scan holds it.
    pub fn start(path: &Path, header: &Header) -> Result<Self, StoreError> {
        let mut journal = Self::open(path, true)?;
        let failed = at("writing the journal", path);
        let mut first = Vec::new();
        record::write_line(
            &mut first,
            &FirstLine {
                schema: Cow::Borrowed(SCHEMA),
                header: Cow::Borrowed(header),
            },
        )
        .and_then(|()| journal.file.set_len(0))
        .and_then(|()| journal.file.write_all(&first))
        .map_err(failed)?;
        Ok(journal)
    }

    /// Opens the journal that a broken scan has left at `path`, to go on with it.
    ///
    /// # Errors
    /// Where there is none, it cannot be read, it read other sources than `header` asks for, or a scan still runs.
    pub fn resume(path: &Path, header: &Header) -> Result<(Self, Unfinished), StoreError> {
        let mut journal = Self::open(path, false)?;
        let failed = at("reading the journal", path);
        let mut input = BufReader::new(&journal.file);
        let first = record::next_line(&mut input)
            .map_err(&failed)?
            .ok_or_else(|| StoreError::NotASnapshot {
                path: path.to_owned(),
            })?;
        let old = read_header(path, &first)?;
        if (&old.scope, &old.sources) != (&header.scope, &header.sources) {
            return Err(StoreError::OtherScan {
                path: path.to_owned(),
            });
        }
        let mut unfinished = Unfinished {
            header: old,
            done: BTreeSet::new(),
            facts: Facts::default(),
        };
        let whole = first.len() as u64 + 1 + read_done(&mut input, &mut unfinished);
        journal
            .file
            .set_len(whole)
            .and_then(|()| journal.file.seek(SeekFrom::Start(whole)))
            .map_err(failed)?;
        journal.holds_projects = !unfinished.done.is_empty();
        Ok((journal, unfinished))
    }

    fn open(path: &Path, create: bool) -> Result<Self, StoreError> {
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(create)
            .truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| {
            if error.kind() == std::io::ErrorKind::NotFound && !create {
                StoreError::NothingToResume {
                    path: path.to_owned(),
                }
            } else {
                at("opening the journal", path)(error)
            }
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                file,
                holds_projects: false,
            }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(at("locking the journal", path)(error)),
        }
    }

    /// Adds the facts of a finished project, in one write.
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn add(&mut self, project: &ProjectId, facts: &Facts) -> Result<(), StoreError> {
        self.holds_projects = true;
        let mut lines = Vec::new();
        record::write_facts(&mut lines, facts)
            .and_then(|_| record::write_line(&mut lines, &Record::Done(Cow::Borrowed(project))))
            .and_then(|()| self.file.write_all(&lines))
            .map_err(at("writing the journal", &self.path))
    }

    /// Deletes the journal if it holds no project: there is nothing to go on with.
    pub fn drop_if_empty(self) {
        if !self.holds_projects {
            // The error that ended the scan is the one to tell.
            let _ = self.finish();
        }
    }

    /// Deletes the journal: its snapshot is written.
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn finish(self) -> Result<(), StoreError> {
        fs::remove_file(&self.path).map_err(at("removing the journal", &self.path))
    }
}

/// Reads every project that is whole, and returns how many bytes they take. What follows was being written.
fn read_done(input: &mut BufReader<&File>, unfinished: &mut Unfinished) -> u64 {
    let (mut whole, mut read) = (0, 0);
    let mut facts = Facts::default();
    while let Ok(Some(line)) = record::next_line(input) {
        read += line.len() as u64 + 1;
        let Ok(record) = serde_json::from_slice::<Record<'_>>(&line) else {
            break;
        };
        match record.add_to(&mut facts) {
            None => {}
            Some(Record::Done(project)) => {
                unfinished.done.insert(project.into_owned());
                unfinished.facts.absorb(std::mem::take(&mut facts));
                whole = read;
            }
            Some(_) => break,
        }
    }
    whole
}

//! What can go wrong with a snapshot on disk.

use std::io;
use std::path::{Path, PathBuf};

/// A snapshot or journal that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system said no.
    #[error("{tried} {}: {source}", path.display())]
    Io {
        /// What was tried: "writing the snapshot".
        tried: &'static str,
        /// On what.
        path: PathBuf,
        /// What came back.
        source: io::Error,
    },
    /// The store holds no snapshot.
    #[error("no snapshot in {}: make one with `sa-audit scan`, or name one", folder.display())]
    Empty {
        /// The store's folder.
        folder: PathBuf,
    },
    /// The file is no snapshot.
    #[error("{} is not a snapshot of sa-audit", path.display())]
    NotASnapshot {
        /// The file.
        path: PathBuf,
    },
    /// The file comes from a newer program.
    #[error(
        "{} was written by a newer sa-audit ({schema}; this one reads up to {known}): update sa-audit, or scan again",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The schema in it.
        schema: String,
        /// The newest schema that this program reads.
        known: &'static str,
    },
    /// The file ends before its end, or was changed.
    #[error("{} is damaged at line {line}: {what}; scan again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong there.
        what: String,
    },
    /// Another scan writes this journal.
    #[error("another scan of the same scope is running: it holds {}", path.display())]
    Busy {
        /// The journal.
        path: PathBuf,
    },
    /// There is no unfinished scan.
    #[error("no unfinished scan of this scope ({} does not exist): scan without --resume", path.display())]
    NothingToResume {
        /// The journal that was looked for.
        path: PathBuf,
    },
    /// The unfinished scan asked for something else.
    #[error("the unfinished scan in {} is of another scope or read other sources: scan without --resume", path.display())]
    OtherScan {
        /// The journal.
        path: PathBuf,
    },
}

/// Returns a function that says what was tried, on what, of an I/O error.
pub(super) fn at(tried: &'static str, path: &Path) -> impl Fn(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io {
        tried,
        path: path.clone(),
        source,
    }
}

//! Snapshots on disk: written whole, read whole, found again; and the journal of a scan that is under way.

mod error;
mod file;
mod history;
mod journal;
mod merge;
mod record;
mod replace;

use std::fs;
use std::path::{Path, PathBuf};

use crate::model::history::History;
use crate::model::scope::ScanScope;
use crate::model::snapshot::Header;

pub use error::StoreError;
pub use file::{check, read, write};
pub use journal::{Journal, Unfinished};
pub use merge::merge;
pub use replace::{Readers, Replacement};

use error::at;

/// A folder of snapshots, readable by its owner only.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

const EXTENSION: &str = ".snapshot.zst";

impl Store {
    /// Returns the store in `folder`, which need not exist yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Returns the store's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Creates the folder, for its owner only, where there is none.
    ///
    /// # Errors
    /// Where it cannot be created.
    pub fn create(&self) -> Result<(), StoreError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&self.folder)
            .map_err(at("creating the store", &self.folder))
    }

    /// Returns where a snapshot with this header belongs. Names sort by time.
    #[must_use]
    pub fn path_of(&self, header: &Header) -> PathBuf {
        let time = header.observed_at.format("%Y%m%dT%H%M%SZ");
        self.folder
            .join(format!("{time}-{}{EXTENSION}", digest(&header.scope)))
    }

    /// Returns where the journal of a scan of `scope` belongs: one per scope, so that it is found again.
    #[must_use]
    pub fn journal_of(&self, scope: &ScanScope) -> PathBuf {
        self.folder.join(format!("{}.journal", digest(scope)))
    }

    /// Returns the newest snapshot of the store, of any scope.
    ///
    /// # Errors
    /// Where the folder cannot be read, or holds no snapshot.
    pub fn newest(&self) -> Result<PathBuf, StoreError> {
        self.names()?
            .pop()
            .map(|name| self.folder.join(name))
            .ok_or_else(|| StoreError::Empty {
                folder: self.folder.clone(),
            })
    }

    /// Returns every snapshot of the store, of any scope, by time.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn snapshots(&self) -> Result<Vec<PathBuf>, StoreError> {
        let names = self.names()?.into_iter();
        Ok(names.map(|name| self.folder.join(name)).collect())
    }

    /// Returns every snapshot of a scope, by time.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn snapshots_of(&self, scope: &ScanScope) -> Result<Vec<PathBuf>, StoreError> {
        let end = format!("-{}{EXTENSION}", digest(scope));
        let names = self.names()?.into_iter();
        let names = names.filter(|name| name.ends_with(&end));
        Ok(names.map(|name| self.folder.join(name)).collect())
    }

    /// Deletes every snapshot of a scope but the newest `keep`, and returns those that it deleted. The index of first
    /// sightings keeps what they have told.
    ///
    /// # Errors
    /// Where the folder cannot be read, or a snapshot cannot be deleted.
    pub fn keep(&self, scope: &ScanScope, keep: usize) -> Result<Vec<PathBuf>, StoreError> {
        let mut snapshots = self.snapshots_of(scope)?;
        snapshots.truncate(snapshots.len().saturating_sub(keep));
        for path in &snapshots {
            fs::remove_file(path).map_err(at("deleting the snapshot", path))?;
        }
        Ok(snapshots)
    }

    /// Returns when each finding was seen first, as far as the store's index tells; an empty one where it is lost.
    #[must_use]
    pub fn history(&self) -> History {
        history::read(&self.folder.join(history::FILE))
    }

    /// Keeps the index of first sightings.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn keep_history(&self, history: &History) -> Result<(), StoreError> {
        history::write(&self.folder.join(history::FILE), history)
    }

    /// Returns whether a file lies in the store's folder.
    #[must_use]
    pub fn holds(&self, path: &Path) -> bool {
        let folder = path.parent().map(|folder| {
            if folder.as_os_str().is_empty() {
                Path::new(".")
            } else {
                folder
            }
        });
        let folder = folder.and_then(|folder| folder.canonicalize().ok());
        folder.is_some() && folder == self.folder.canonicalize().ok()
    }

    /// Returns the names of the store's snapshots, by time.
    fn names(&self) -> Result<Vec<String>, StoreError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(at("reading the store", &self.folder)(error)),
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(EXTENSION)).collect();
        names.sort();
        Ok(names)
    }
}

/// Returns twelve hexadecimal digits that name a scope.
fn digest(scope: &ScanScope) -> String {
    let roots: Vec<String> = scope.roots.iter().map(ToString::to_string).collect();
    let parts: Vec<&str> = roots
        .iter()
        .chain(&scope.exclude)
        .map(String::as_str)
        .collect();
    crate::model::finding::Fingerprint::of(&parts).to_string()[..12].to_owned()
}

//! Snapshots on disk: written whole, read whole, found again; and the journal of a scan that is under way.

mod error;
mod file;
mod journal;
mod record;
mod replace;

use std::fs;
use std::path::{Path, PathBuf};

use crate::model::scope::ScanScope;
use crate::model::snapshot::Header;

pub use error::StoreError;
pub use file::{check, read, write};
pub use journal::{Journal, Unfinished};
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
        let none = || StoreError::Empty {
            folder: self.folder.clone(),
        };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(none()),
            Err(error) => return Err(at("reading the store", &self.folder)(error)),
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let newest = names
            .filter(|name| name.ends_with(EXTENSION))
            .max()
            .ok_or_else(none)?;
        Ok(self.folder.join(newest))
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

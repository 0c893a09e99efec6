//! A file that is written beside its place and put there when it is whole: a reader sees all of it, or what was before.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// How many were begun in this process: two for one place do not meet beside it.
static BEGUN: AtomicU32 = AtomicU32::new(0);

/// Who may read the new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Its owner alone.
    Owner,
    /// Whoever the user's mask lets.
    AsUsual,
}

/// A file that is being written beside its place. Dropped before [`Replacement::commit`], it leaves nothing.
#[derive(Debug)]
pub struct Replacement {
    place: PathBuf,
    beside: PathBuf,
    file: File,
    committed: bool,
}

impl Replacement {
    /// Creates the file that will stand in `place`. A link in that place is replaced, not followed.
    ///
    /// # Errors
    /// Where the place is a folder, a pipe or a device, or its folder cannot be written.
    pub fn begin(place: &Path, readers: Readers) -> io::Result<Self> {
        if place.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if is_special(place) {
            return Err(io::Error::other("not a file that can be replaced"));
        }
        let mut name = OsString::from(".");
        name.push(place.file_name().ok_or(io::ErrorKind::InvalidFilename)?);
        let number = BEGUN.fetch_add(1, Ordering::Relaxed);
        name.push(format!(".{}-{number}.partial", std::process::id()));
        let beside = place.with_file_name(name);
        // Left by a process that was killed, and had the number that is ours now.
        let _ = fs::remove_file(&beside);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if readers == Readers::Owner {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        let file = options.open(&beside)?;
        if let Some(permissions) = permissions_of_file(place, readers) {
            file.set_permissions(permissions)?;
        }
        Ok(Self {
            place: place.to_owned(),
            beside,
            file,
            committed: false,
        })
    }

    /// Returns the file to write to.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn commit(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.beside, &self.place)?;
        self.committed = true;
        Ok(())
    }
}

/// Returns the permissions of the file that is replaced, where its new readers are those that it had.
fn permissions_of_file(place: &Path, readers: Readers) -> Option<fs::Permissions> {
    let old = fs::symlink_metadata(place).ok()?;
    (readers == Readers::AsUsual && old.is_file()).then(|| old.permissions())
}

/// Returns whether a pipe or a device stands in the place. `/dev/stdout` is one whatever it leads to at the moment.
fn is_special(place: &Path) -> bool {
    let folder = place.parent().and_then(|folder| folder.canonicalize().ok());
    let of_the_system = folder.is_some_and(|folder| {
        folder.starts_with("/proc") || folder.starts_with("/dev") && !folder.starts_with("/dev/shm")
    });
    of_the_system || place.exists() && !place.is_file()
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.committed {
            let _ = fs::remove_file(&self.beside);
        }
    }
}

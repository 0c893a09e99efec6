//! What keeps a log from being read at all.

use std::path::PathBuf;

/// Why nothing could be read of what the user named.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such file or folder, and no file that the pattern fits.
    #[error("no log at {}: there is no such file or folder, and no file that it fits as a pattern", path.display())]
    Missing {
        /// What the user named.
        path: PathBuf,
    },
    /// The pattern cannot be read.
    #[error("{} is no pattern: {reason}", path.display())]
    Pattern {
        /// What the user named.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

//! What a user names → files: a file, a folder with all below it, a pattern, or `-`.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use globset::GlobBuilder;

use super::error::Error;

/// What a user named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathSpec {
    /// Standard input: `-`.
    Stdin,
    /// A file, a folder, or a pattern where there is nothing of that very name.
    Path(PathBuf),
}

impl From<&OsStr> for PathSpec {
    fn from(text: &OsStr) -> Self {
        if text == "-" {
            Self::Stdin
        } else {
            Self::Path(text.into())
        }
    }
}

impl From<&str> for PathSpec {
    fn from(text: &str) -> Self {
        OsStr::new(text).into()
    }
}

/// Something to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Input {
    /// The file; `None` for standard input.
    pub(super) path: Option<PathBuf>,
    /// Its size, bytes; zero where that is not known.
    pub(super) size: u64,
}

/// What was found, each file once.
#[derive(Default)]
pub(super) struct Found {
    pub(super) inputs: Vec<Input>,
    /// Files and folders that could not be opened, with the reason.
    pub(super) unreadable: Vec<(PathBuf, String)>,
    /// Files and folders by their real path: a folder that is reached twice, as through a link into itself, is read once.
    seen: BTreeSet<PathBuf>,
}

/// Returns the files that `paths` name, in the order of the names.
///
/// # Errors
/// Where there is nothing of a name, or a pattern fits nothing or cannot be read.
pub(super) fn find(paths: &[PathSpec]) -> Result<Found, Error> {
    let mut found = Found::default();
    for path in paths {
        match path {
            PathSpec::Stdin => found.stdin(),
            PathSpec::Path(path) => match fs::metadata(path) {
                Ok(_) => found.named(path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => found.glob(path)?,
                Err(error) => found.unreadable.push((path.clone(), error.to_string())),
            },
        }
    }
    Ok(found)
}

impl Found {
    fn stdin(&mut self) {
        if self.seen.insert(PathBuf::from("-")) {
            self.inputs.push(Input {
                path: None,
                size: 0,
            });
        }
    }

    /// Takes in the files at or below a path that the user named. A folder without any is as good as one that cannot be
    /// read: what was to be read is somewhere else.
    fn named(&mut self, path: &Path) {
        let (found, seen) = (self.inputs.len() + self.unreadable.len(), self.seen.len());
        self.walk(path, &|_| true);
        let is_new = self.seen.len() > seen;
        if is_new && self.inputs.len() + self.unreadable.len() == found {
            self.unreadable
                .push((path.to_owned(), "there is no file in it".to_owned()));
        }
    }

    /// Takes in the files at or below `path` that `wanted` takes, without those whose names start with a dot.
    fn walk(&mut self, path: &Path, wanted: &dyn Fn(&Path) -> bool) {
        if let Err(error) = self.visit(path, wanted) {
            self.unreadable.push((path.to_owned(), error.to_string()));
        }
    }

    fn visit(&mut self, path: &Path, wanted: &dyn Fn(&Path) -> bool) -> io::Result<()> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_dir() {
            if wanted(path) && self.seen.insert(fs::canonicalize(path)?) {
                let size = if metadata.is_file() {
                    metadata.len()
                } else {
                    0
                };
                self.inputs.push(Input {
                    path: Some(path.to_owned()),
                    size,
                });
            }
            return Ok(());
        }
        if !self.seen.insert(fs::canonicalize(path)?) {
            return Ok(());
        }
        let mut names = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<io::Result<Vec<_>>>()?;
        names.sort();
        for name in names {
            if !name.as_encoded_bytes().starts_with(b".") {
                self.walk(&path.join(name), wanted);
            }
        }
        Ok(())
    }

    /// Takes in the files that a pattern fits.
    fn glob(&mut self, pattern: &Path) -> Result<(), Error> {
        let missing = || Error::Missing {
            path: pattern.to_owned(),
        };
        let text = pattern.to_str().ok_or_else(missing)?;
        if !text.contains(['*', '?', '[', '{']) {
            return Err(missing());
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .build()
            .map_err(|error| Error::Pattern {
                path: pattern.to_owned(),
                reason: error.kind().to_string(),
            })?
            .compile_matcher();
        let before = self.inputs.len() + self.unreadable.len();
        self.walk(&base(pattern), &|path| glob.is_match(path));
        let nothing = before == self.inputs.len() + self.unreadable.len();
        if nothing { Err(missing()) } else { Ok(()) }
    }
}

/// Returns the folder that every file of a pattern lies in.
fn base(pattern: &Path) -> PathBuf {
    let plain = |part: &Component<'_>| {
        !part
            .as_os_str()
            .as_encoded_bytes()
            .iter()
            .any(|b| b"*?[{".contains(b))
    };
    let base: PathBuf = pattern.components().take_while(plain).collect();
    if base.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        base
    }
}

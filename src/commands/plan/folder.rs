//! The folder that plans are written to. What stands there and is not the program's own is never written over, and never
//! removed.
//!
//! A list of digests in the folder tells what the program wrote. A file is its own while its digest is in the list: whoever
//! changes one has made it theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::render::plan::folder::File;
use crate::store::{Readers, Replacement};

/// The list of digests.
const LIST: &str = "sa-audit-plan.json";

const SCHEMA: &str = "sa-audit.plan-folder/1";

/// What the program has written into a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct List {
    schema: String,
    /// The digests of each file, by path: two while it is being written, what was before and what comes.
    files: BTreeMap<String, BTreeSet<String>>,
}

/// What was done.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    folder: String,
    files: usize,
    removed: usize,
    /// Files of an earlier run that somebody has changed, and that no plan has any more.
    kept: Vec<String>,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wrote {} files into {}", self.files, self.folder)?;
        if self.removed > 0 {
            write!(
                f,
                ", and removed {} that no plan has any more",
                self.removed
            )?;
        }
        for path in &self.kept {
            write!(
                f,
                "; {path} is of no plan any more, and was changed: it is left"
            )?;
        }
        Ok(())
    }
}

/// Writes the files into a folder, which is made where there is none, and removes those of an earlier run that no plan has
/// any more.
///
/// # Errors
/// Where a file stands in the way that the program did not write, or the disk refuses something. In the first case nothing
/// is written.
pub(super) fn write(folder: &Path, files: &[File]) -> Result<Written> {
    let at = |path: &Path, error: io::Error| {
        Error::new(format!("writing the plan to {}: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|error| at(folder, error))?;
    let old = read_list(folder)?;
    let mut coming = old.files.clone();
    for file in files {
        check(folder, file, &old)?;
        let digests = coming.entry(file.path.clone()).or_default();
        digests.insert(digest(file.text.as_bytes()));
    }
    // Written first, with what was and what comes: a run that breaks off leaves nothing that the next one takes for
    // somebody else's.
    write_list(folder, coming)?;
    for file in files {
        let path = folder.join(&file.path);
        write_file(&path, file).map_err(|error| at(&path, error))?;
    }
    let mut written = Written {
        folder: folder.display().to_string(),
        files: files.len(),
        removed: 0,
        kept: Vec::new(),
    };
    let new: BTreeMap<String, BTreeSet<String>> = files
        .iter()
        .map(|file| {
            let digest = digest(file.text.as_bytes());
            (file.path.clone(), BTreeSet::from([digest]))
        })
        .collect();
    for path in old.files.keys().filter(|path| !new.contains_key(*path)) {
        let place = folder.join(path);
        match standing(folder, path) {
            Standing::Nothing => {}
            Standing::File(digest) if old.wrote(path, &digest) => {
                fs::remove_file(&place).map_err(|error| at(&place, error))?;
                written.removed += 1;
                // Folders that are empty now go too; one that holds anything stays.
                let above = Path::new(path).ancestors().skip(1);
                for parent in above.filter(|parent| *parent != Path::new("")) {
                    let _ = fs::remove_dir(folder.join(parent));
                }
            }
            Standing::File(_) | Standing::Other => written.kept.push(path.clone()),
        }
    }
    write_list(folder, new)?;
    Ok(written)
}

impl List {
    fn wrote(&self, path: &str, digest: &str) -> bool {
        let digests = self.files.get(path);
        digests.is_some_and(|digests| digests.contains(digest))
    }
}

/// What stands at a path of the folder.
enum Standing {
    Nothing,
    /// A file, with its digest.
    File(String),
    /// A folder, a link, or something behind a link: not what the program writes.
    Other,
}

fn standing(folder: &Path, path: &str) -> Standing {
    let mut place = folder.to_owned();
    let parts: Vec<Component<'_>> = Path::new(path).components().collect();
    for (index, part) in parts.iter().enumerate() {
        place.push(part);
        let Ok(found) = fs::symlink_metadata(&place) else {
            return Standing::Nothing;
        };
        let last = index + 1 == parts.len();
        if last && found.is_file() {
            return fs::read(&place)
                .map_or(Standing::Other, |content| Standing::File(digest(&content)));
        }
        if !found.is_dir() {
            return Standing::Other;
        }
    }
    Standing::Other
}

/// Refuses to write over what the program did not write.
fn check(folder: &Path, file: &File, old: &List) -> Result<()> {
    let mine = match standing(folder, &file.path) {
        Standing::Nothing => true,
        Standing::File(found) => {
            old.wrote(&file.path, &found) || found == digest(file.text.as_bytes())
        }
        Standing::Other => false,
    };
    if mine {
        return Ok(());
    }
    let place = folder.join(&file.path);
    Err(Error::new(format!(
        "{} was not written by sa-audit, or was changed since: nothing is written over it",
        place.display()
    ))
    .hint("move it away, or name another --out"))
}

fn read_list(folder: &Path) -> Result<List> {
    let path = folder.join(LIST);
    let none = List {
        schema: SCHEMA.to_owned(),
        files: BTreeMap::new(),
    };
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(none),
        Err(error) => {
            return Err(Error::new(format!("reading {}: {error}", path.display())));
        }
    };
    let list: Option<List> = serde_json::from_str(&text).ok();
    // A path that climbs was never the program's.
    let inside = |path: &str| {
        let mut parts = Path::new(path).components();
        !path.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)))
    };
    list.filter(|list| list.schema == SCHEMA && list.files.keys().all(|path| inside(path)))
        .ok_or_else(|| {
            Error::new(format!("{} is no list of sa-audit's", path.display()))
                .hint("move it away, or name another --out")
        })
}

fn write_list(folder: &Path, files: BTreeMap<String, BTreeSet<String>>) -> Result<()> {
    let path = folder.join(LIST);
    let list = List {
        schema: SCHEMA.to_owned(),
        files,
    };
    let written = serde_json::to_string_pretty(&list)
        .map_err(io::Error::from)
        .and_then(|text| {
            let mut file = Replacement::begin(&path, Readers::AsUsual)?;
            writeln!(file.file(), "{text}")?;
            file.commit()
        });
    written.map_err(|error| Error::new(format!("writing {}: {error}", path.display())))
}

fn write_file(path: &Path, file: &File) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut place = Replacement::begin(path, Readers::AsUsual)?;
    place.file().write_all(file.text.as_bytes())?;
    #[cfg(unix)]
    if file.is_script {
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        place.file().set_permissions(permissions)?;
    }
    place.commit()
}

fn digest(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            text: text.to_owned(),
            is_script: path.ends_with(".sh"),
        }
    }

    fn read(folder: &Path, path: &str) -> String {
        fs::read_to_string(folder.join(path)).expect(path)
    }

    #[test]
    fn what_it_wrote_is_written_again_and_removed_when_no_plan_has_it() {
        let desk = tempfile::tempdir().expect("a folder");
        let folder = desk.path().join("plans");
        let first = [file("a/README.md", "1"), file("a/scripts/1-apply.sh", "x")];
        write(&folder, &first).expect("written");
        let again = write(&folder, &[file("a/README.md", "2")]).expect("written");
        assert_eq!((again.files, again.removed, again.kept.len()), (1, 1, 0));
        assert_eq!(read(&folder, "a/README.md"), "2");
        assert!(!folder.join("a/scripts").exists());
    }

    #[test]
    fn what_somebody_wrote_or_changed_is_left_and_nothing_is_written() {
        let desk = tempfile::tempdir().expect("a folder");
        let folder = desk.path();
        write(folder, &[file("a/README.md", "1"), file("a/old.sh", "x")]).expect("written");
        fs::write(folder.join("a/README.md"), "mine").expect("written");
        fs::write(folder.join("a/old.sh"), "mine too").expect("written");
        let files = [file("a/README.md", "2"), file("b/README.md", "2")];
        let error = write(folder, &files).expect_err("refused").to_string();
        assert!(
            error.contains("README.md was not written by sa-audit, or was changed"),
            "{error}"
        );
        assert_eq!(read(folder, "a/README.md"), "mine");
        assert!(!folder.join("b").exists());

        let written = write(folder, &[file("b/README.md", "2")]).expect("written");
        assert_eq!(written.kept, ["a/README.md", "a/old.sh"]);
        assert_eq!(read(folder, "a/old.sh"), "mine too");
    }

    #[test]
    fn a_list_that_climbs_or_is_of_another_kind_is_refused() {
        let desk = tempfile::tempdir().expect("a folder");
        let folder = desk.path();
        let climbing = format!("{{\"schema\":\"{SCHEMA}\",\"files\":{{\"../x\":[\"00\"]}}}}");
        for list in ["{}", "no json", &climbing] {
            fs::write(folder.join(LIST), list).expect("written");
            let error = write(folder, &[file("README.md", "1")]).expect_err("refused");
            assert!(
                error.to_string().contains("no list of sa-audit's"),
                "{error}"
            );
            assert!(!folder.join("README.md").exists());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed_and_a_script_can_be_run() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let desk = tempfile::tempdir().expect("a folder");
        let (folder, other) = (desk.path().join("plans"), desk.path().join("other"));
        fs::create_dir_all(&other).expect("a folder");
        fs::create_dir_all(&folder).expect("a folder");
        symlink(&other, folder.join("a")).expect("a link");
        write(&folder, &[file("a/x.sh", "1")]).expect_err("refused");
        assert_eq!(fs::read_dir(&other).expect("a folder").count(), 0);
        write(&folder, &[file("b/x.sh", "1")]).expect("written");
        let mode = fs::metadata(folder.join("b/x.sh"))
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o755);
    }
}

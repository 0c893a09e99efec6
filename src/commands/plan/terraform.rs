//! `--terraform-dir`: the Terraform below a folder, read as text. It is never run, and no provider is asked.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::plan::declared::{Declaration, declarations};

/// A file of Terraform that people write is far smaller.
const MAX_BYTES: u64 = 1 << 20;

/// More files than this are not one company's Terraform, but a folder named by mistake.
const MAX_FILES: usize = 20_000;

/// Folders deeper than this below the named one are passed over.
const MAX_DEPTH: usize = 32;

/// What stands below a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What the files declare, by file.
    pub(super) declarations: Vec<Declaration>,
    /// What was passed over and why, a line each.
    pub(super) passed_over: Vec<String>,
}

/// Reads every `*.tf` below a folder, by path. Links are not followed, and what Terraform downloaded (`.terraform`) is left
/// out.
///
/// # Errors
/// Where the folder cannot be read, or has more files than Terraform would. What cannot be read below it is passed over.
pub(super) fn read(folder: &Path, found: &mut Found) -> Result<()> {
    let entries = list(folder).map_err(|error| {
        let told = format!("reading the Terraform in {}: {error}", folder.display());
        Error::new(told).hint("name a folder: --terraform-dir DIR")
    })?;
    let mut files = Vec::new();
    walk(entries, 1, &mut files, found);
    if files.len() > MAX_FILES {
        return Err(Error::new(format!(
            "{} has {} files of Terraform, more than {MAX_FILES}",
            folder.display(),
            files.len()
        ))
        .hint("name the folders that have the accounts: --terraform-dir may be repeated"));
    }
    for file in files {
        if let Err(why) = read_file(&file, found) {
            found
                .passed_over
                .push(format!("{} {why}: it is passed over", file.display()));
        }
    }
    Ok(())
}

/// Returns what stands in a folder, sorted.
fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    Ok(paths)
}

fn walk(entries: Vec<PathBuf>, depth: usize, files: &mut Vec<PathBuf>, found: &mut Found) {
    for path in entries {
        let Ok(kind) = fs::symlink_metadata(&path) else {
            found.passed_over.push(format!(
                "{} cannot be read: it is passed over",
                path.display()
            ));
            continue;
        };
        if kind.is_dir() && path.file_name().is_none_or(|name| name != ".terraform") {
            match list(&path) {
                Ok(inside) if depth < MAX_DEPTH => walk(inside, depth + 1, files, found),
                Ok(_) => found.passed_over.push(format!(
                    "{} is more than {MAX_DEPTH} folders deep: it is passed over",
                    path.display()
                )),
                Err(error) => found
                    .passed_over
                    .push(format!("{}: {error}: it is passed over", path.display())),
            }
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "tf") {
            files.push(path);
        }
    }
}

/// Reads one file.
///
/// # Errors
/// Why it is passed over, in words behind its name.
fn read_file(path: &Path, found: &mut Found) -> std::result::Result<(), String> {
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("is longer than {MAX_BYTES} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "is no UTF-8".to_owned())?;
    let folder = path.parent().unwrap_or(Path::new("")).display().to_string();
    let declared = declarations(&folder, &path.display().to_string(), &text);
    found
        .declarations
        .extend(declared.map_err(|error| error.to_string())?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "resource \"google_service_account\" \"a\" {\n  account_id = \"a\"\n}\n";

    #[test]
    fn files_below_are_read_and_what_is_not_terraform_is_named_and_passed_over() {
        let desk = tempfile::tempdir().expect("a folder");
        let write = |name: &str, content: &[u8]| {
            let path = desk.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, content).expect("a file");
        };
        write("main.tf", ACCOUNT.as_bytes());
        write("modules/a/main.tf", ACCOUNT.as_bytes());
        write(".terraform/modules/a/main.tf", ACCOUNT.as_bytes());
        write("notes.md", b"{");
        write("broken.tf", b"resource {{");
        write("bytes.tf", &[0xff]);
        write("long.tf", &vec![b'#'; 1 << 21]);
        #[cfg(unix)]
        std::os::unix::fs::symlink(desk.path(), desk.path().join("loop")).expect("a link");

        let mut found = Found::default();
        read(desk.path(), &mut found).expect("read");
        assert_eq!(found.declarations.len(), 2);
        let here = format!("{}/", desk.path().display());
        let passed_over: Vec<String> = found
            .passed_over
            .iter()
            .map(|line| line.replace(&here, ""))
            .collect();
        assert_eq!(passed_over.len(), 3, "{passed_over:?}");
        assert!(
            passed_over[0].starts_with("broken.tf is no Terraform: "),
            "{passed_over:?}"
        );
        assert_eq!(passed_over[1], "bytes.tf is no UTF-8: it is passed over");
        assert_eq!(
            passed_over[2],
            "long.tf is longer than 1048576 bytes: it is passed over"
        );
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let error = read(Path::new("/no/such/folder"), &mut Found::default());
        let error = error.expect_err("refused").to_string();
        assert!(
            error.starts_with("reading the Terraform in /no/such/folder: "),
            "{error}"
        );
    }
}

//! A snapshot file: a header line and one fact a line, compressed with zstd, written whole or not at all.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::model::snapshot::{Facts, Header, Snapshot};

use super::error::{StoreError, at};
use super::record::{self, FirstLine, Record, SCHEMA, SchemaOnly};

/// zstd's own default: 3 writes a large snapshot at disk speed.
const LEVEL: i32 = 3;

/// Writes the snapshot to `path`: first beside it, then in its place, so that a reader sees all of it or none.
///
/// Only the owner may read the file. Equal snapshots give equal bytes.
///
/// # Errors
/// Where the folder cannot be written.
pub fn write(path: &Path, snapshot: &Snapshot) -> Result<(), StoreError> {
    let beside = beside(path);
    let failed = at("writing the snapshot", path);
    let written = create_private(&beside).and_then(|file| {
        let mut out = zstd::Encoder::new(BufWriter::new(file), LEVEL)?;
        record::write_line(
            &mut out,
            &FirstLine {
                schema: Cow::Borrowed(SCHEMA),
                header: Cow::Borrowed(&snapshot.header),
            },
        )?;
        let count = record::write_facts(&mut out, &snapshot.facts)?;
        record::write_line(&mut out, &Record::End(count))?;
        let mut file = out.finish()?;
        file.flush()?;
        file.get_ref().sync_all()?;
        fs::rename(&beside, path)
    });
    written
        .inspect_err(|_| drop(fs::remove_file(&beside)))
        .map_err(failed)
}

/// Reads a snapshot.
///
/// # Errors
/// Where it cannot be opened, is no snapshot, comes from a newer program, ends before its end, or was changed.
pub fn read(path: &Path) -> Result<Snapshot, StoreError> {
    let file = File::open(path).map_err(at("reading the snapshot", path))?;
    let not_ours = || StoreError::NotASnapshot {
        path: path.to_owned(),
    };
    let mut input = BufReader::new(zstd::Decoder::new(file).map_err(|_| not_ours())?);
    let first = record::next_line(&mut input)
        .ok()
        .flatten()
        .ok_or_else(not_ours)?;
    let header = read_header(path, &first)?;
    let facts = read_facts(path, &mut input)?;
    Ok(Snapshot { header, facts })
}

/// Returns the header in a first line, if this program can read what follows it.
pub(super) fn read_header(path: &Path, line: &[u8]) -> Result<Header, StoreError> {
    let not_ours = || StoreError::NotASnapshot {
        path: path.to_owned(),
    };
    let SchemaOnly { schema } = serde_json::from_slice(line).map_err(|_| not_ours())?;
    if schema != SCHEMA {
        return Err(if schema.starts_with("sa-audit.snapshot/") {
            StoreError::Newer {
                path: path.to_owned(),
                schema,
                known: SCHEMA,
            }
        } else {
            not_ours()
        });
    }
    let first: FirstLine<'_> =
        serde_json::from_slice(line).map_err(|error| damaged(path, 1, error.to_string()))?;
    Ok(first.header.into_owned())
}

fn read_facts(path: &Path, input: &mut dyn BufRead) -> Result<Facts, StoreError> {
    let mut facts = Facts::default();
    let mut count = 0;
    loop {
        let number = count + 2;
        let line = record::next_line(input)
            .map_err(|error| damaged(path, number, error.to_string()))?
            .ok_or_else(|| {
                damaged(
                    path,
                    number,
                    "the file ends before its last line".to_owned(),
                )
            })?;
        let record: Record<'_> = serde_json::from_slice(&line)
            .map_err(|error| damaged(path, number, error.to_string()))?;
        match record.add_to(&mut facts) {
            None => count += 1,
            Some(Record::End(expected)) if expected == count => return Ok(facts),
            Some(_) => {
                return Err(damaged(
                    path,
                    number,
                    format!("{count} facts stand above it, not as many as it says"),
                ));
            }
        }
    }
}

fn damaged(path: &Path, line: u64, what: String) -> StoreError {
    StoreError::Damaged {
        path: path.to_owned(),
        line,
        what,
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.partial", std::process::id()));
    path.with_file_name(name)
}

/// Creates a new file that only its owner may read; never opens one that is there, nor follows a link.
fn create_private(path: &Path) -> io::Result<File> {
    let _ = fs::remove_file(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

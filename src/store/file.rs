//! A snapshot file: a header line and one fact a line, compressed with zstd, written whole or not at all.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write as _};
use std::path::Path;

use crate::model::snapshot::{Facts, Header, Snapshot};

use super::error::{StoreError, at};
use super::record::{self, FirstLine, Record, SCHEMA, SchemaOnly};
use super::replace::{Readers, Replacement};

/// zstd's own default: 3 writes a large snapshot at disk speed.
const LEVEL: i32 = 3;

/// Writes the snapshot to `path`: first beside it, then in its place, so that a reader sees all of it or none.
///
/// Only the owner may read the file. Equal snapshots give equal bytes.
///
/// # Errors
/// Where the folder cannot be written.
pub fn write(path: &Path, snapshot: &Snapshot) -> Result<(), StoreError> {
    write_beside(path, snapshot).map_err(at("writing the snapshot", path))
}

/// Checks that a snapshot can be written to `path`, before the work that it is to hold.
///
/// # Errors
/// Where `path` is a folder, or its folder cannot be written.
pub fn check(path: &Path) -> Result<(), StoreError> {
    Replacement::begin(path, Readers::Owner)
        .map(drop)
        .map_err(at("writing the snapshot", path))
}

fn write_beside(path: &Path, snapshot: &Snapshot) -> io::Result<()> {
    let mut replacement = Replacement::begin(path, Readers::Owner)?;
    let mut out = zstd::Encoder::new(BufWriter::new(replacement.file()), LEVEL)?;
    let first = FirstLine {
        schema: Cow::Borrowed(SCHEMA),
        header: Cow::Borrowed(&snapshot.header),
    };
    record::write_line(&mut out, &first)?;
    let count = record::write_facts(&mut out, &snapshot.facts)?;
    record::write_line(&mut out, &Record::End(count))?;
    out.finish()?.flush()?;
    replacement.commit()
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

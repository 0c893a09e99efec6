//! The store's index of first sightings: a file beside the snapshots, which can be made from them again.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::history::History;

use super::error::{StoreError, at};
use super::replace::{Readers, Replacement};

/// The file's name.
pub(super) const FILE: &str = "first-seen.json.zst";

/// The schema that this program writes and reads. Another one is made anew.
const SCHEMA: &str = "sa-audit.first-seen/1";

/// zstd's own default.
const LEVEL: i32 = 3;

#[derive(Serialize, Deserialize)]
struct Index<H> {
    schema: String,
    history: H,
}

/// Returns the index in a file; an empty one where there is none, or none that this program can read: it is an index,
/// and is made from the snapshots again.
pub(super) fn read(path: &Path) -> History {
    let Some(bytes) = fs::read(path).ok() else {
        return History::default();
    };
    let text = zstd::decode_all(bytes.as_slice()).unwrap_or_default();
    match serde_json::from_slice::<Index<History>>(&text) {
        Ok(Index { schema, history }) if schema == SCHEMA => history,
        Ok(_) | Err(_) => History::default(),
    }
}

/// Writes the index, whole or not at all, readable by its owner only.
pub(super) fn write(path: &Path, history: &History) -> Result<(), StoreError> {
    let index = Index {
        schema: SCHEMA.to_owned(),
        history,
    };
    let write = || {
        let text = serde_json::to_vec(&index)?;
        let mut replacement = Replacement::begin(path, Readers::Owner)?;
        replacement
            .file()
            .write_all(&zstd::encode_all(text.as_slice(), LEVEL)?)?;
        replacement.commit()
    };
    write().map_err(at("writing the index of the store", path))
}

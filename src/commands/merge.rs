//! `merge`: the snapshots of a sharded scan → one.

use crate::cli::{GlobalArgs, MergeArgs};
use crate::error::{Error, Result};
use crate::store;

use super::progress::Progress;
use super::report::store_of;

/// Makes one snapshot of several, and keeps it.
pub(super) fn run(args: &MergeArgs, global: &GlobalArgs) -> Result<u8> {
    let shards = args.snapshots.iter().map(|path| store::read(path));
    let shards = shards.collect::<std::result::Result<Vec<_>, _>>();
    let merged = store::merge(shards.map_err(Error::new)?);
    let merged = merged.ok_or_else(|| Error::new("no snapshot to merge"))?;
    let path = match &args.snapshot {
        Some(path) => path.clone(),
        None => {
            let store = store_of(&args.store)?;
            store.create().map_err(Error::new)?;
            store.path_of(&merged.header)
        }
    };
    store::write(&path, &merged).map_err(Error::new)?;
    Progress::new(global).say(&format!("snapshot kept in {}", path.display()));
    Ok(0)
}

//! The ways from projects and roots up to their organizations: what stands above the scope gives grants to what is in it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};

use crate::gcp::api::resource_manager;
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::access::Folder;
use crate::model::coverage::{Coverage, Dataset, Reading};
use crate::model::names::{FolderId, OrganizationId};
use crate::model::project::Parent;
use crate::model::scope::Scope;

use super::gap::{Payer, reading};
use super::projects::parent;

/// Folders asked about at once; the transport has the last word.
const ABREAST: usize = 32;

/// The folders that are known, with what stands above them.
pub(super) struct WaysUp {
    pub(super) folders: BTreeMap<FolderId, Folder>,
    pub(super) organizations: BTreeSet<OrganizationId>,
}

impl WaysUp {
    /// Reads every folder that is missing between `from`, the known folders and their organizations, level by level.
    ///
    /// What stands above a folder that cannot be read stays unknown, and so does what is inherited from there: a gap in
    /// that folder's policies.
    ///
    /// # Errors
    /// Where every further call would fail in the same way.
    pub(super) async fn complete(
        &mut self,
        google: &Google,
        payer: &Payer,
        from: BTreeSet<Parent>,
        coverage: &mut Coverage,
    ) -> Result<(), Error> {
        let known = self.folders.values().filter_map(|f| f.parent.clone());
        let mut level: BTreeSet<Parent> = known.chain(from).collect();
        while !level.is_empty() {
            let missing = self.missing(std::mem::take(&mut level));
            let mut answers = stream::iter(missing)
                .map(|id| async move {
                    let answer = resource_manager::folder(google, id.as_str()).await;
                    (id, answer)
                })
                .buffer_unordered(ABREAST);
            while let Some((id, answer)) = answers.next().await {
                let mut folder = Folder {
                    id: id.clone(),
                    parent: None,
                    display_name: String::new(),
                };
                let reading = match answer {
                    Ok(raw) => {
                        folder.parent = raw.parent.as_deref().and_then(parent);
                        folder.display_name = raw.display_name.unwrap_or_default();
                        Reading::Malformed { count: 1 }
                    }
                    Err(error) if payer.is_fatal(&error, None) => return Err(error),
                    Err(error) => reading(&error),
                };
                if folder.parent.is_none() {
                    coverage.record(Scope::Folder(id.clone()), Dataset::Policies, reading);
                }
                level.extend(folder.parent.clone());
                self.folders.insert(id, folder);
            }
        }
        Ok(())
    }

    /// Returns the folders of the level that are not known, and notes its organizations.
    fn missing(&mut self, level: BTreeSet<Parent>) -> Vec<FolderId> {
        let mut missing = Vec::new();
        for parent in level {
            match parent {
                Parent::Organization(id) => {
                    self.organizations.insert(id);
                }
                Parent::Folder(id) if self.folders.contains_key(&id) => {}
                Parent::Folder(id) => missing.push(id),
            }
        }
        missing
    }
}

//! Workload identity federation of IAM: pools and their providers.

use super::iam::HOST;
use super::{Call, Reply};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::Index;

/// Returns the pools of a project or the providers of a pool, deleted ones only where they are asked for.
///
/// # Errors
/// 403 where the project does not exist, 404 where the pool does not.
pub(super) fn list(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut parent = call.route.resource().split('/');
    let project = parent.nth(1).unwrap_or_default();
    let Some(project) = index.project_at(HOST, project) else {
        let permission = "iam.googleapis.com/workloadIdentityPools.list";
        return Err(errors::permission_denied(permission, None));
    };
    if let Some(pool) = parent.nth(3) {
        let pools = format!("{HOST}/projects/{project}/locations/global/workloadIdentityPools");
        let is_named = |name: &str| name.rsplit('/').next() == Some(pool);
        let pools = index.collection(&pools);
        if !pools
            .iter()
            .any(|pool| pool.text("name").is_some_and(is_named))
        {
            return Err(errors::not_found("Requested entity was not found."));
        }
    }
    let show_deleted = call.query.flag("showDeleted");
    let key = call.key();
    let elements = index.collection(&key).iter();
    Ok(Reply::List(
        elements
            .filter(|element| show_deleted || element.text("state") != Some("DELETED"))
            .cloned()
            .collect(),
    ))
}

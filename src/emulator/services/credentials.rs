//! Keys that are no service account keys: the HMAC keys of Cloud Storage, and API keys. No list tells a secret.

use super::workloads::refuse_off;
use super::{Call, Reply, plain, without};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Element, Index};

/// Returns the HMAC keys of a project, of one account where one is asked for, deleted ones only where they are.
///
/// # Errors
/// 403 where the project does not exist or has the API off.
pub(super) fn hmac_keys(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    check(index, call)?;
    let account = call.query.text("serviceAccountEmail");
    let show_deleted = call.query.flag("showDeletedKeys");
    listed(index, call, "secret", |key| {
        (show_deleted || key.text("state") != Some("DELETED"))
            && account.is_none_or(|account| key.text("serviceAccountEmail") == Some(account))
    })
}

/// Returns the API keys of a project, deleted ones only where they are asked for. They lie in the location `global`.
///
/// # Errors
/// 400 for another location, 403 where the project does not exist or has the API off.
pub(super) fn api_keys(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    if call.id() != "apikeys.projects.locations.keys.list" {
        return plain(index, call);
    }
    check(index, call)?;
    if !call.route.resource().ends_with("/locations/global") {
        return Err(errors::invalid_argument(
            "API keys lie in the location global.",
        ));
    }
    let show_deleted = call.query.flag("showDeleted");
    listed(index, call, "keyString", |key| {
        show_deleted || key.text("deleteTime").is_none()
    })
}

/// Refuses a call about a project that does not exist, or that has the API off.
fn check(index: &Index, call: &Call<'_>) -> Result<(), Refusal> {
    let project = call.route.place().split('/').nth(1);
    let project = index
        .project_id(project.unwrap_or_default())
        .ok_or_else(errors::caller_lacks_permission)?;
    refuse_off(index, &call.route.method.host, project)
}

/// Returns the wanted keys without the field that holds their secret. A key that is broken passes as it was written.
fn listed(
    index: &Index,
    call: &Call<'_>,
    secret: &str,
    wanted: impl Fn(&Element) -> bool,
) -> Result<Reply, Refusal> {
    let key = call.key();
    let keys = index.collection(&key).iter();
    Ok(Reply::List(
        keys.filter(|key| !key.view().is_object() || wanted(key))
            .map(|key| without(key, &[secret]))
            .collect(),
    ))
}

//! Roles of IAM: the predefined ones, and those that a project or an organization made.

use super::iam::HOST;
use super::{Call, Reply, without};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Index, ORGANIZATIONS};

/// Returns the roles, with their permissions only in the view `FULL`, deleted ones only where they are asked for.
///
/// # Errors
/// 403 where the project or organization does not exist.
pub(super) fn list(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let exists = match call.route.resource().split_once('/') {
        Some(("projects", project)) => index.project_at(HOST, project).is_some(),
        Some(_) => {
            let organizations = index.collection(ORGANIZATIONS);
            organizations
                .iter()
                .any(|element| element.text("name") == Some(call.route.resource()))
        }
        None => true,
    };
    if !exists {
        return Err(errors::permission_denied("iam.roles.list", None));
    }
    let show_deleted = call.query.flag("showDeleted");
    let hidden: &[&str] = if call.query.text("view") == Some("FULL") {
        &[]
    } else {
        &["includedPermissions"]
    };
    let key = call.key();
    let roles = index.collection(&key).iter();
    Ok(Reply::List(
        roles
            .filter(|role| show_deleted || role.view()["deleted"] != true)
            .map(|role| without(role, hidden))
            .collect(),
    ))
}

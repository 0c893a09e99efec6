//! IAM: service accounts and keys, by address or unique id; what else IAM has lies in files of its own.

use std::sync::Arc;

use super::{Call, Reply, federation, plain, policies, roles, without};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Account, Element, Index};

pub(super) const HOST: &str = "iam.googleapis.com";

/// What an estate file may say of an account and IAM does not tell: Asset Inventory's search does.
const UNTOLD: [&str; 1] = ["createTime"];

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    match call.id() {
        "iam.projects.serviceAccounts.list" => {
            let project = call.route.resource().trim_start_matches("projects/");
            match index.project_at(HOST, project) {
                Some(_) => {
                    let accounts = index.collection(&call.key()).iter();
                    let accounts = accounts.map(|account| without(account, &UNTOLD)).collect();
                    Ok(Reply::List(accounts))
                }
                None => Err(errors::not_found(format!("Unknown project id: {project}"))),
            }
        }
        "iam.projects.serviceAccounts.get" => {
            let account = account(index, call, "iam.serviceAccounts.get")?;
            Ok(Reply::One(without(&account.element, &UNTOLD)))
        }
        "iam.projects.serviceAccounts.getIamPolicy" => {
            let account = account(index, call, "iam.serviceAccounts.getIamPolicy")?;
            policies::policy(index, call, &key_of(account))
        }
        "iam.projects.serviceAccounts.keys.list" => {
            let account = account(index, call, "iam.serviceAccountKeys.list")?;
            let types = call.query.all("keyTypes");
            if types
                .iter()
                .enumerate()
                .any(|(at, kind)| types[..at].contains(kind))
            {
                return Err(errors::invalid_argument(
                    "Duplicate key types are not allowed.",
                ));
            }
            if types.iter().any(|kind| kind == "KEY_TYPE_UNSPECIFIED") {
                return Err(errors::invalid_argument(
                    "The key type KEY_TYPE_UNSPECIFIED is not allowed.",
                ));
            }
            // A key without a type is a broken one, and passes as it was written.
            let wanted = |key: &Element| {
                types.is_empty()
                    || key
                        .text("keyType")
                        .is_none_or(|kind| types.iter().any(|wanted| wanted == kind))
            };
            let keys = keys(index, account).iter().filter(|key| wanted(key));
            Ok(Reply::List(
                keys.map(|key| without(key, &["privateKeyData", "publicKeyData"]))
                    .collect(),
            ))
        }
        "iam.projects.serviceAccounts.keys.get" => {
            let account = account(index, call, "iam.serviceAccountKeys.get")?;
            let id = call.route.resource().rsplit('/').next().unwrap_or_default();
            let named = |key: &&Arc<Element>| {
                key.text("name")
                    .is_some_and(|name| name.rsplit('/').next() == Some(id))
            };
            let Some(key) = keys(index, account).iter().find(named) else {
                return Err(errors::not_found(format!(
                    "Service account key {id} does not exist."
                )));
            };
            let public = !matches!(call.query.text("publicKeyType"), None | Some("TYPE_NONE"));
            let hidden: &[&str] = if public {
                &["privateKeyData"]
            } else {
                &["privateKeyData", "publicKeyData"]
            };
            Ok(Reply::One(without(key, hidden)))
        }
        "iam.roles.list" | "iam.projects.roles.list" | "iam.organizations.roles.list" => {
            roles::list(index, call)
        }
        "iam.projects.locations.workloadIdentityPools.list"
        | "iam.projects.locations.workloadIdentityPools.providers.list" => {
            federation::list(index, call)
        }
        _ => plain(index, call),
    }
}

/// Returns the account that the resource name `projects/P/serviceAccounts/A…` stands for.
///
/// # Errors
/// 404, as Google has it; with the wildcard `-` as project 403, as Google's documentation of these methods warns.
fn account<'a>(
    index: &'a Index,
    call: &Call<'_>,
    permission: &str,
) -> Result<&'a Account, Refusal> {
    let mut segments = call.route.resource().split('/');
    let project = segments.nth(1).unwrap_or_default();
    let name = segments.nth(1).unwrap_or_default();
    if let Some(account) = index.account(project, name) {
        return Ok(account);
    }
    Err(match project {
        "-" => errors::permission_denied(permission, None),
        project if index.project_at(HOST, project).is_none() => {
            errors::not_found(format!("Unknown project id: {project}"))
        }
        _ => errors::not_found("Unknown service account"),
    })
}

/// Returns the account's keys, which an estate file has under its address or its unique id.
fn keys<'a>(index: &'a Index, account: &Account) -> &'a [Arc<Element>] {
    let by = |field| {
        let name = account.element.text(field).unwrap_or_default();
        index.collection(&format!(
            "{HOST}/projects/{}/serviceAccounts/{name}/keys",
            account.project
        ))
    };
    let keys = by("email");
    if keys.is_empty() {
        by("uniqueId")
    } else {
        keys
    }
}

fn key_of(account: &Account) -> String {
    let email = account.element.text("email").unwrap_or_default();
    format!(
        "{HOST}/projects/{}/serviceAccounts/{email}",
        account.project
    )
}

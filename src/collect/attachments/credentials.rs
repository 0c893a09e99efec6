//! One key's JSON → the credential of an account that it is: HMAC keys of Cloud Storage, and API keys that are bound to an
//! account. What makes them work is not looked at.

use crate::model::credential::{CredentialKind, CredentialState, OtherCredential};
use crate::model::names::{Email, KeyId};
use crate::model::project::Project;

use super::extract::{Resource, first, time};
use super::table::Row;

/// Returns the credential that a key is, `Ok(None)` where it is none of an account's: most API keys are bound to none, and
/// a deleted key signs nobody in.
///
/// # Errors
/// Where something else lies where the account or the key's id belongs.
pub fn credential(
    row: &Row,
    resource: Resource<'_>,
    project: &Project,
) -> Result<Option<OtherCredential>, NotUnderstood> {
    let kind = kind(row).ok_or(NotUnderstood)?;
    let mut accounts = Vec::new();
    for path in &row.accounts {
        let values = path.find(resource.json).map_err(|_| NotUnderstood)?;
        accounts.extend(
            values
                .into_iter()
                .filter(|value| value.as_str() != Some("")),
        );
    }
    let Some(account) = accounts.first() else {
        return Ok(None);
    };
    let state = first(&row.state, resource.json, |value| {
        Some(value.as_str()?.to_owned())
    });
    if state.as_deref() == Some("DELETED") || resource.json.get("deleteTime").is_some() {
        return Ok(None);
    }
    let account = account.as_str().ok_or(NotUnderstood)?;
    let id = resource
        .name
        .as_str()
        .rsplit('/')
        .next()
        .unwrap_or_default();
    Ok(Some(OtherCredential {
        account: Email::parse(account).map_err(|_| NotUnderstood)?,
        kind,
        project: project.id.clone(),
        id: KeyId::parse(id).map_err(|_| NotUnderstood)?,
        state: match (kind, state.as_deref()) {
            (CredentialKind::ApiKey, _) | (CredentialKind::HmacKey, Some("ACTIVE")) => {
                CredentialState::Active
            }
            (CredentialKind::HmacKey, Some("INACTIVE")) => CredentialState::Inactive,
            (CredentialKind::HmacKey, _) => CredentialState::Unknown,
        },
        created: first(&row.created, resource.json, time),
    }))
}

/// A key that could not be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUnderstood;

/// Returns what the keys of a row are; `None` of a type that is no kind of key.
fn kind(row: &Row) -> Option<CredentialKind> {
    match row.asset_type {
        "storage.googleapis.com/HmacKey" => Some(CredentialKind::HmacKey),
        "apikeys.googleapis.com/Key" => Some(CredentialKind::ApiKey),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use crate::collect::attachments::extract::full_name;
    use crate::collect::attachments::table::rows;
    use crate::model::attachment::AttachmentKind;
    use crate::model::names::{ProjectId, ProjectNumber};

    use super::*;

    fn read(row: &str, name: &str, json: &Value) -> Result<Option<OtherCredential>, NotUnderstood> {
        let project = Project {
            id: ProjectId::parse("acme-prod").expect("an id"),
            number: ProjectNumber::parse("1001").expect("a number"),
            parent: None,
            display_name: String::new(),
            labels: BTreeMap::new(),
            created: None,
        };
        let row = rows().iter().find(|known| known.name == row);
        let row = row.expect("a row");
        let name = full_name(row.service(), name, &project).expect("a name");
        credential(row, Resource { name: &name, json }, &project)
    }

    const API_KEY: &str = "projects/1001/locations/global/keys/5a5a";
    const HMAC_KEY: &str = "projects/acme-prod/hmacKeys/GOOG1NEVERREAL";
    const ETL: &str = "etl@acme-prod.iam.gserviceaccount.com";

    #[test]
    fn every_row_of_credentials_is_of_a_kind() {
        let rows = rows().iter();
        for row in rows.filter(|row| row.kind == AttachmentKind::Credential) {
            assert!(kind(row).is_some() && row.list.is_some(), "{}", row.name);
        }
    }

    #[test]
    fn a_key_of_an_account_tells_its_state_and_its_age() {
        let hmac = |state: &str| {
            let key = json!({ "serviceAccountEmail": ETL, "state": state, "timeCreated": "2024-05-06T07:08:09.000Z" });
            let found = read("hmac-key", HMAC_KEY, &key).expect("a key");
            found.map(|found| found.state)
        };
        assert_eq!(hmac("ACTIVE"), Some(CredentialState::Active));
        assert_eq!(hmac("INACTIVE"), Some(CredentialState::Inactive));
        assert_eq!(hmac("RESTING"), Some(CredentialState::Unknown));
        assert_eq!(hmac("DELETED"), None);
        let bound = json!({ "serviceAccountEmail": ETL, "createTime": "2025-01-02T03:04:05Z", "uid": "5a5a" });
        let expected = OtherCredential {
            account: Email::parse(ETL).expect("an address"),
            kind: CredentialKind::ApiKey,
            project: ProjectId::parse("acme-prod").expect("an id"),
            id: KeyId::parse("5a5a").expect("an id"),
            state: CredentialState::Active,
            created: Some("2025-01-02T03:04:05Z".parse().expect("a time")),
        };
        assert_eq!(read("api-key", API_KEY, &bound), Ok(Some(expected)));
    }

    #[test]
    fn what_is_bound_to_nobody_is_none_and_what_is_no_account_is_not_understood() {
        let table = [
            (json!({ "uid": "5a5a" }), Ok(None)),
            (json!({ "serviceAccountEmail": "" }), Ok(None)),
            (
                json!({ "serviceAccountEmail": ETL, "deleteTime": "2026-01-01T00:00:00Z" }),
                Ok(None),
            ),
            (json!({ "serviceAccountEmail": 7 }), Err(NotUnderstood)),
            (json!({ "serviceAccountEmail": "etl" }), Err(NotUnderstood)),
        ];
        for (key, expected) in table {
            assert_eq!(read("api-key", API_KEY, &key), expected, "{key}");
        }
        let odd = json!({ "serviceAccountEmail": ETL });
        let name = "projects/acme-prod/hmacKeys/a key";
        assert_eq!(read("hmac-key", name, &odd), Err(NotUnderstood));
    }
}

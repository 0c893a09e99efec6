//! What happens to accounts and keys, from the Admin Activity log of IAM.
//!
//! Source: <https://cloud.google.com/iam/docs/audit-logging/examples-service-accounts>.

use serde_json::Value;

use super::entry::Entry;
use super::time::moment;
use crate::model::call::{CredentialEvent, CredentialEventKind};
use crate::model::names::{Email, KeyId, UniqueId};

/// The service whose methods these are.
pub(super) const IAM: &str = "iam.googleapis.com";

/// Returns what a method of a service does to an account or a key; `None` where it does neither.
#[must_use]
pub fn kind(service: &str, method: &str) -> Option<CredentialEventKind> {
    use CredentialEventKind as Kind;
    if service != IAM {
        return None;
    }
    match method.strip_prefix("google.iam.admin.v1.")? {
        "CreateServiceAccount" => Some(Kind::AccountCreated),
        "DisableServiceAccount" => Some(Kind::AccountDisabled),
        "EnableServiceAccount" => Some(Kind::AccountEnabled),
        "DeleteServiceAccount" => Some(Kind::AccountDeleted),
        "UndeleteServiceAccount" => Some(Kind::AccountUndeleted),
        "CreateServiceAccountKey" => Some(Kind::KeyCreated),
        "UploadServiceAccountKey" => Some(Kind::KeyUploaded),
        "DisableServiceAccountKey" => Some(Kind::KeyDisabled),
        "EnableServiceAccountKey" => Some(Kind::KeyEnabled),
        "DeleteServiceAccountKey" => Some(Kind::KeyDeleted),
        _ => None,
    }
}

/// What the request and the response of an event name. A creation names the new account in its response only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credential {
    /// Names of the resource: `projects/P/serviceAccounts/A[/keys/K]`.
    names: Vec<String>,
    /// The account's address.
    email: Option<String>,
    /// The account's unique id.
    unique_id: Option<String>,
}

impl Credential {
    /// Returns what a request and a response name.
    #[must_use]
    pub(super) fn of(request: &Value, response: &Value) -> Self {
        // An undeleted account comes one level down.
        let account = ["restored_account", "restoredAccount"]
            .iter()
            .find_map(|name| response.get(name))
            .unwrap_or(response);
        let field = |value: &Value, names: &[&str]| {
            let found = names.iter().find_map(|name| value.get(name)?.as_str());
            found.map(str::to_owned)
        };
        Self {
            names: [field(account, &["name"]), field(request, &["name"])]
                .into_iter()
                .flatten()
                .collect(),
            email: field(account, &["email"]),
            unique_id: field(account, &["unique_id", "uniqueId"]),
        }
    }
}

/// Returns the event that an entry tells of; `None` where it tells of none, of one that failed, or of
/// one at no time.
#[must_use]
pub fn event(entry: &Entry<'_>) -> Option<CredentialEvent> {
    let credential = entry.credential.as_ref()?;
    let names = || {
        let others = credential.names.iter().map(String::as_str);
        std::iter::once(&*entry.resource).chain(others)
    };
    let account = |name: &str| {
        let (_, rest) = name.split_once("/serviceAccounts/")?;
        Some(rest.split('/').next().unwrap_or(rest).to_owned())
    };
    let emails = [
        &*entry.label_email,
        credential.email.as_deref().unwrap_or_default(),
    ];
    let ids = [
        &*entry.label_unique_id,
        credential.unique_id.as_deref().unwrap_or_default(),
    ];
    let named: Vec<String> = names().filter_map(account).collect();
    let named = || named.iter().map(String::as_str);
    Some(CredentialEvent {
        kind: kind(&entry.service, &entry.method)?,
        email: emails
            .into_iter()
            .chain(named())
            .find_map(|text| Email::parse(text).ok()),
        unique_id: ids
            .into_iter()
            .chain(named())
            .find_map(|text| UniqueId::parse(text).ok()),
        key: names().find_map(KeyId::of_name),
        at: moment(entry.at?),
        by: by(entry),
    })
}

/// Returns who did it: the address, else the subject.
fn by(entry: &Entry<'_>) -> String {
    let email = Some(&entry.principal_email).filter(|email| !email.is_empty());
    email.unwrap_or(&entry.principal_subject).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::logs::entry::Parsed;

    fn of(json: &str) -> Option<CredentialEvent> {
        match Entry::parse(json.as_bytes()).expect("an entry") {
            Parsed::Audit(entry) => event(&entry),
            Parsed::Other => None,
        }
    }

    fn entry(method: &str, more: &str, labels: &str) -> String {
        format!(
            r#"{{"protoPayload":{{"authenticationInfo":{{"principalEmail":"ana@acme.example"}},"serviceName":"iam.googleapis.com","methodName":"google.iam.admin.v1.{method}"{more}}},"resource":{{"labels":{labels}}},"timestamp":"2026-03-01T08:00:00Z"}}"#
        )
    }

    #[test]
    fn each_event_names_its_account_and_its_key_wherever_they_stand() {
        let email = Email::parse("etl@acme.iam.gserviceaccount.com").ok();
        let id = UniqueId::parse("101").ok();
        let key = KeyId::parse("4f1c").ok();
        let labels = r#"{"email_id":"etl@acme.iam.gserviceaccount.com","unique_id":"101"}"#;
        let by_labels = entry(
            "DisableServiceAccount",
            r#","resourceName":"projects/-/serviceAccounts/101""#,
            labels,
        );
        let by_response = entry(
            "CreateServiceAccount",
            r#","resourceName":"projects/acme","status":{},"response":{"email":"etl@acme.iam.gserviceaccount.com","unique_id":"101","name":"projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com"}"#,
            "{}",
        );
        let restored = entry(
            "UndeleteServiceAccount",
            r#","resourceName":"projects/-/serviceAccounts/101","response":{"restored_account":{"email":"etl@acme.iam.gserviceaccount.com","unique_id":"101"}}"#,
            "{}",
        );
        let key_made = entry(
            "CreateServiceAccountKey",
            r#","resourceName":"projects/-/serviceAccounts/101","response":{"name":"projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com/keys/4f1c"}"#,
            "{}",
        );
        let key_gone = entry(
            "DeleteServiceAccountKey",
            r#","resourceName":"projects/-/serviceAccounts/101/keys/4f1c""#,
            labels,
        );
        let from_a_table = entry(
            "UploadServiceAccountKey",
            r#","resourceName":"projects/-/serviceAccounts/101","responseJson":"{\"name\":\"projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com/keys/4f1c\"}""#,
            "{}",
        );
        use CredentialEventKind as Kind;
        let table = [
            (by_labels, Kind::AccountDisabled, None),
            (by_response, Kind::AccountCreated, None),
            (restored, Kind::AccountUndeleted, None),
            (key_made, Kind::KeyCreated, key.clone()),
            (key_gone, Kind::KeyDeleted, key.clone()),
            (from_a_table, Kind::KeyUploaded, key),
        ];
        for (json, kind, key) in table {
            let expected = CredentialEvent {
                kind,
                email: email.clone(),
                unique_id: id.clone(),
                key,
                at: "2026-03-01T08:00:00Z".parse().expect("a time"),
                by: "ana@acme.example".to_owned(),
            };
            assert_eq!(of(&json), Some(expected), "{json}");
        }
    }

    #[test]
    fn what_failed_and_what_is_no_event_is_none() {
        assert_eq!(
            of(&entry(
                "CreateServiceAccount",
                r#","status":{"code":7}"#,
                "{}"
            )),
            None
        );
        assert_eq!(of(&entry("ListServiceAccounts", "", "{}")), None);
        assert_eq!(
            of(&entry("CreateServiceAccount", "", "{}")
                .replace("iam.googleapis.com", "evil.example")),
            None
        );
    }
}

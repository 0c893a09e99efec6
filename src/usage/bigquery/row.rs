//! A row of an answer as an entry of an audit log: names mean what they mean in a file.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::call::{CredentialEvent, Principal};
use crate::model::names::Email;
use crate::usage::logs::caller::Who;
use crate::usage::logs::entry::{Entry, Parsed};
use crate::usage::logs::event::event;

/// A row of `callers.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct CallerRow {
    pub(super) email: String,
    pub(super) subject: String,
    pub(super) key_name: String,
    pub(super) delegate: String,
    pub(super) service: String,
    pub(super) method: String,
    pub(super) target: String,
    pub(super) resource_name: String,
    pub(super) user_agent: String,
    pub(super) network: String,
    pub(super) project: String,
    pub(super) addresses: Vec<String>,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) calls: u64,
}

impl CallerRow {
    /// Returns an entry like all those of the group.
    pub(super) fn entry(&self) -> Entry<'_> {
        let text = |text| Cow::Borrowed(text);
        Entry {
            principal_email: text(self.email.as_str()),
            principal_subject: text(&self.subject),
            key_name: text(&self.key_name),
            delegate: text(&self.delegate),
            service: text(&self.service),
            method: text(&self.method),
            label_email: text(&self.target),
            resource: text(&self.resource_name),
            project: text(&self.project),
            ..Entry::default()
        }
    }
}

/// A row of `permissions.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct PermissionRow {
    pub(super) email: String,
    pub(super) subject: String,
    pub(super) key_name: String,
    pub(super) delegate: String,
    pub(super) service: String,
    pub(super) method: String,
    pub(super) project: String,
    pub(super) permission: String,
    pub(super) resource: String,
    pub(super) granted: bool,
    pub(super) last: i64,
    pub(super) calls: u64,
}

impl PermissionRow {
    /// Returns an entry like all those of the group.
    pub(super) fn entry(&self) -> Entry<'_> {
        let text = |text| Cow::Borrowed(text);
        Entry {
            principal_email: text(self.email.as_str()),
            principal_subject: text(&self.subject),
            key_name: text(&self.key_name),
            delegate: text(&self.delegate),
            service: text(&self.service),
            method: text(&self.method),
            project: text(&self.project),
            ..Entry::default()
        }
    }
}

/// A row of `events_sink.sql` and `events_all_logs.sql`.
#[derive(Debug, Deserialize)]
pub(super) struct EventRow {
    seen_at: i64,
    method: String,
    resource_name: String,
    target: String,
    target_id: String,
    email: String,
    subject: String,
    request: Option<String>,
    response: Option<String>,
}

impl EventRow {
    /// Returns the event that the row tells of; `None` where it tells of none.
    pub(super) fn event(&self) -> Option<CredentialEvent> {
        let inner = |text: &Option<String>| -> Value {
            let text = text.as_deref().unwrap_or_default();
            serde_json::from_str(text).unwrap_or_default()
        };
        // Through the reader of files, which knows where request and response name an account.
        let entry = json!({
            "timestamp": moment(self.seen_at)?.to_rfc3339(),
            "resource": { "labels": { "email_id": self.target, "unique_id": self.target_id } },
            "protoPayload": {
                "serviceName": "iam.googleapis.com",
                "methodName": self.method,
                "resourceName": self.resource_name,
                "authenticationInfo": { "principalEmail": self.email, "principalSubject": self.subject },
                "request": inner(&self.request),
                "response": inner(&self.response),
            },
        });
        match Entry::parse(entry.to_string().as_bytes()).ok()? {
            Parsed::Audit(entry) => event(&entry),
            Parsed::Other => None,
        }
    }
}

/// Returns who called; `None` where that is nobody who counts.
pub(super) fn principal(entry: &Entry<'_>) -> Option<Principal> {
    Some(match entry.who()? {
        Who::Account(name) => Principal::Account(Email::parse(name).ok()?),
        Who::Federated(name) => Principal::Federated(name.to_owned()),
        Who::Other(name) => Principal::Other(name.to_owned()),
    })
}

/// Returns the moment that many microseconds after 1970 began, UTC.
pub(super) fn moment(microseconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(microseconds)
}

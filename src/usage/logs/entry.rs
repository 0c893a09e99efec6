//! One entry of an audit log, in any of the forms that Google writes: the reference path, typed, through `serde_json`.
//!
//! A `LogEntry` in JSON (sinks, `gcloud`, the API), a row of a sink's table in `BigQuery` (`protopayload_auditlog`), a row
//! of Log Analytics (`proto_payload.audit_log`, snake case). Only what counts is taken; everything else is passed over.
//! Source: <https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry> and
//! <https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog>.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::event::{self, Credential};
use super::time::nanoseconds;

/// What an audit log entry says, as far as it counts; empty where it does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry<'a> {
    /// When, nanoseconds since 1970, UTC; `None` where there is no timestamp that can be read.
    pub at: Option<i64>,
    /// `projects/P/logs/cloudaudit.googleapis.com%2Factivity`.
    pub log_name: Cow<'a, str>,
    /// `resource.labels.project_id`.
    pub project: Cow<'a, str>,
    /// `resource.labels.email_id`, of entries about service accounts.
    pub label_email: Cow<'a, str>,
    /// `resource.labels.unique_id`, of entries about service accounts.
    pub label_unique_id: Cow<'a, str>,
    /// `authenticationInfo.principalEmail`.
    pub principal_email: Cow<'a, str>,
    /// `authenticationInfo.principalSubject`.
    pub principal_subject: Cow<'a, str>,
    /// `authenticationInfo.serviceAccountKeyName`.
    pub key_name: Cow<'a, str>,
    /// The last element of `authenticationInfo.serviceAccountDelegationInfo`: its address or its subject.
    pub delegate: Cow<'a, str>,
    /// `serviceName`.
    pub service: Cow<'a, str>,
    /// `methodName`.
    pub method: Cow<'a, str>,
    /// `resourceName`.
    pub resource: Cow<'a, str>,
    /// `requestMetadata.callerIp`.
    pub address: Cow<'a, str>,
    /// `requestMetadata.callerSuppliedUserAgent`.
    pub user_agent: Cow<'a, str>,
    /// `requestMetadata.callerNetwork`.
    pub network: Cow<'a, str>,
    /// Every element of `authorizationInfo` that names a permission.
    pub checks: Vec<Check<'a>>,
    /// What request and response name, of an event in the life of an account or a key.
    pub credential: Option<Credential>,
}

/// One element of `authorizationInfo`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Check<'a> {
    /// The permission.
    pub permission: Cow<'a, str>,
    /// The resource, whole.
    pub resource: Cow<'a, str>,
    /// Whether it was granted.
    pub granted: bool,
}

/// What a JSON value of a log is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every one is an audit entry, used at once"
)]
pub enum Parsed<'a> {
    /// An entry of an audit log.
    Audit(Entry<'a>),
    /// An entry of another log.
    Other,
}

impl<'a> Entry<'a> {
    /// Drops what it says, and keeps the room for its checks.
    pub(super) fn clear(&mut self) {
        let mut checks = std::mem::take(&mut self.checks);
        checks.clear();
        *self = Self {
            checks,
            ..Self::default()
        };
    }

    /// Returns what one JSON value of a log says: a `LogEntry` or a row of a table that holds such.
    ///
    /// # Errors
    /// Where it is no such JSON: broken, or a field that counts is of another type or there twice.
    pub fn parse(json: &'a [u8]) -> Result<Parsed<'a>, serde_json::Error> {
        let mut entry: LogEntry<'a> = serde_json::from_slice(json)?;
        let Some(audit) = entry.audit() else {
            return Ok(Parsed::Other);
        };
        let resource = entry
            .resource
            .and_then(|resource| resource.labels)
            .unwrap_or_default();
        let authentication = audit.authentication_info.unwrap_or_default();
        let request = audit.request_metadata.unwrap_or_default();
        let delegate = authentication
            .service_account_delegation_info
            .and_then(|delegates| delegates.into_iter().next_back())
            .map(Delegate::name);
        let mut parsed = Self {
            at: nanoseconds(&text(entry.timestamp)),
            log_name: text(entry.log_name),
            project: text(resource.project_id),
            label_email: text(resource.email_id),
            label_unique_id: text(resource.unique_id),
            principal_email: text(authentication.principal_email),
            principal_subject: text(authentication.principal_subject),
            key_name: text(authentication.service_account_key_name),
            delegate: delegate.unwrap_or_default(),
            service: text(audit.service_name),
            method: text(audit.method_name),
            resource: text(audit.resource_name),
            address: text(request.caller_ip),
            user_agent: text(request.caller_supplied_user_agent),
            network: text(request.caller_network),
            checks: checks(audit.authorization_info.unwrap_or_default()),
            credential: None,
        };
        let succeeded = audit
            .status
            .is_none_or(|status| status.code.unwrap_or(0) == 0);
        if succeeded && event::kind(&parsed.service, &parsed.method).is_some() {
            parsed.credential = Some(Credential::of(
                &free_form(audit.request.or(audit.request_json)),
                &free_form(audit.response.or(audit.response_json)),
            ));
        }
        Ok(Parsed::Audit(parsed))
    }
}

fn checks(info: Vec<AuthorizationInfo<'_>>) -> Vec<Check<'_>> {
    info.into_iter()
        .map(|info| Check {
            permission: text(info.permission),
            resource: text(info.resource),
            granted: info.granted.is_some_and(Granted::into_bool),
        })
        .filter(|check| !check.permission.is_empty())
        .collect()
}

/// Returns a request or response; a table of `BigQuery` holds it as a string of JSON.
fn free_form(raw: Option<&RawValue>) -> Value {
    let value = raw.and_then(|raw| serde_json::from_str(raw.get()).ok());
    match value {
        Some(Value::String(inner)) => serde_json::from_str(&inner).unwrap_or_default(),
        value => value.unwrap_or_default(),
    }
}

fn text(text: Option<Text<'_>>) -> Cow<'_, str> {
    text.map(|text| text.0).unwrap_or_default()
}

/// Text that is borrowed where it holds no escape.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct LogEntry<'a> {
    #[serde(rename = "protoPayload", borrow)]
    proto_payload: Option<AuditLog<'a>>,
    #[serde(rename = "protopayload_auditlog", borrow)]
    table_payload: Option<AuditLog<'a>>,
    #[serde(rename = "proto_payload", borrow)]
    analytics_payload: Option<AnalyticsPayload<'a>>,
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
    #[serde(rename = "logName", alias = "log_name", borrow)]
    log_name: Option<Text<'a>>,
    #[serde(borrow)]
    resource: Option<Resource<'a>>,
}

impl<'a> LogEntry<'a> {
    /// Takes the audit log out of the entry; `None` where its payload is something else.
    fn audit(&mut self) -> Option<AuditLog<'a>> {
        let analytics = || {
            self.analytics_payload
                .take()
                .and_then(|payload| payload.audit_log)
        };
        let audit = self
            .proto_payload
            .take()
            .or_else(|| self.table_payload.take())
            .or_else(analytics)?;
        audit
            .of_type
            .as_ref()
            .is_none_or(|of| of.0 == AUDIT_LOG || of.0.is_empty())
            .then_some(audit)
    }
}

/// What a `protoPayload` says that it is.
pub(super) const AUDIT_LOG: &str = "type.googleapis.com/google.cloud.audit.AuditLog";

#[derive(Deserialize)]
struct AnalyticsPayload<'a> {
    #[serde(borrow)]
    audit_log: Option<AuditLog<'a>>,
}

#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow)]
    labels: Option<Labels<'a>>,
}

#[derive(Deserialize, Default)]
struct Labels<'a> {
    #[serde(borrow)]
    project_id: Option<Text<'a>>,
    #[serde(borrow)]
    email_id: Option<Text<'a>>,
    #[serde(borrow)]
    unique_id: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct AuditLog<'a> {
    #[serde(rename = "@type", borrow)]
    of_type: Option<Text<'a>>,
    #[serde(rename = "authenticationInfo", alias = "authentication_info", borrow)]
    authentication_info: Option<AuthenticationInfo<'a>>,
    #[serde(rename = "authorizationInfo", alias = "authorization_info", borrow)]
    authorization_info: Option<Vec<AuthorizationInfo<'a>>>,
    #[serde(rename = "requestMetadata", alias = "request_metadata", borrow)]
    request_metadata: Option<RequestMetadata<'a>>,
    #[serde(rename = "serviceName", alias = "service_name", borrow)]
    service_name: Option<Text<'a>>,
    #[serde(rename = "methodName", alias = "method_name", borrow)]
    method_name: Option<Text<'a>>,
    #[serde(rename = "resourceName", alias = "resource_name", borrow)]
    resource_name: Option<Text<'a>>,
    status: Option<Status>,
    #[serde(borrow)]
    request: Option<&'a RawValue>,
    #[serde(rename = "requestJson", borrow)]
    request_json: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(rename = "responseJson", borrow)]
    response_json: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
struct AuthenticationInfo<'a> {
    #[serde(rename = "principalEmail", alias = "principal_email", borrow)]
    principal_email: Option<Text<'a>>,
    #[serde(rename = "principalSubject", alias = "principal_subject", borrow)]
    principal_subject: Option<Text<'a>>,
    #[serde(
        rename = "serviceAccountKeyName",
        alias = "service_account_key_name",
        borrow
    )]
    service_account_key_name: Option<Text<'a>>,
    #[serde(
        rename = "serviceAccountDelegationInfo",
        alias = "service_account_delegation_info",
        borrow
    )]
    service_account_delegation_info: Option<Vec<Delegate<'a>>>,
}

#[derive(Deserialize)]
struct Delegate<'a> {
    #[serde(
        rename = "firstPartyPrincipal",
        alias = "first_party_principal",
        borrow
    )]
    first_party: Option<FirstParty<'a>>,
    #[serde(rename = "principalSubject", alias = "principal_subject", borrow)]
    principal_subject: Option<Text<'a>>,
    #[serde(rename = "thirdPartyPrincipal", alias = "third_party_principal")]
    third_party: Option<ThirdParty>,
}

impl<'a> Delegate<'a> {
    /// Returns who it was: an address, else a subject, else the subject of a third party's claims.
    fn name(self) -> Cow<'a, str> {
        let subject = |third: ThirdParty| {
            let subject = third.claims?.get("sub")?.as_str()?.to_owned();
            Some(Text(Cow::Owned(subject)))
        };
        let email = self.first_party.and_then(|party| party.principal_email);
        let given = |text: &Text<'_>| !text.0.is_empty();
        text(
            email
                .filter(given)
                .or(self.principal_subject.filter(given))
                .or_else(|| self.third_party.and_then(subject)),
        )
    }
}

#[derive(Deserialize)]
struct FirstParty<'a> {
    #[serde(rename = "principalEmail", alias = "principal_email", borrow)]
    principal_email: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct ThirdParty {
    #[serde(rename = "thirdPartyClaims", alias = "third_party_claims")]
    claims: Option<Value>,
}

#[derive(Deserialize)]
struct AuthorizationInfo<'a> {
    #[serde(borrow)]
    permission: Option<Text<'a>>,
    #[serde(borrow)]
    resource: Option<Text<'a>>,
    granted: Option<Granted>,
}

/// Whether a check succeeded; tables of `BigQuery` have been seen to hold text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Granted {
    Plain(bool),
    Text(String),
}

impl Granted {
    fn into_bool(self) -> bool {
        match self {
            Self::Plain(granted) => granted,
            Self::Text(text) => text == "true",
        }
    }
}

#[derive(Deserialize, Default)]
struct RequestMetadata<'a> {
    #[serde(rename = "callerIp", alias = "caller_ip", borrow)]
    caller_ip: Option<Text<'a>>,
    #[serde(
        rename = "callerSuppliedUserAgent",
        alias = "caller_supplied_user_agent",
        borrow
    )]
    caller_supplied_user_agent: Option<Text<'a>>,
    #[serde(rename = "callerNetwork", alias = "caller_network", borrow)]
    caller_network: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default, deserialize_with = "code")]
    code: Option<i64>,
}

/// Reads a status code; JSON of protocol buffers may hold an integer as text.
fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?;
    let code = |value: Value| match value.as_str() {
        Some(text) => text.parse().ok(),
        None => value.as_i64(),
    };
    match value {
        None => Ok(None),
        Some(value) => code(value)
            .map(Some)
            .ok_or_else(|| serde::de::Error::custom("a status code that is no number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(json: &str) -> Entry<'_> {
        match Entry::parse(json.as_bytes()) {
            Ok(Parsed::Audit(entry)) => entry,
            other => panic!("no audit entry: {other:?}"),
        }
    }

    #[test]
    fn every_form_of_one_entry_says_the_same() {
        let log_entry = r#"{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","authenticationInfo":{"principalEmail":"etl@acme.iam.gserviceaccount.com","serviceAccountKeyName":"//iam.googleapis.com/projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com/keys/4f1c","serviceAccountDelegationInfo":[{},{"firstPartyPrincipal":{"principalEmail":"service-1@compute-system.iam.gserviceaccount.com"}}]},"requestMetadata":{"callerIp":"203.0.113.7","callerSuppliedUserAgent":"gcloud"},"serviceName":"storage.googleapis.com","methodName":"storage.objects.get","resourceName":"projects/_/buckets/b","authorizationInfo":[{"permission":"storage.objects.get","resource":"projects/_/buckets/b","granted":true},{"resource":"x"}]},"resource":{"labels":{"project_id":"acme"}},"timestamp":"2026-03-01T08:00:00.5Z","logName":"projects/acme/logs/l"}"#;
        let table_row = r#"{"protopayload_auditlog":{"authenticationInfo":{"principalEmail":"etl@acme.iam.gserviceaccount.com","principalSubject":null,"serviceAccountKeyName":"//iam.googleapis.com/projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com/keys/4f1c","serviceAccountDelegationInfo":[{"firstPartyPrincipal":{"principalEmail":"service-1@compute-system.iam.gserviceaccount.com"},"thirdPartyPrincipal":null}]},"requestMetadata":{"callerIp":"203.0.113.7","callerSuppliedUserAgent":"gcloud","callerNetwork":null},"serviceName":"storage.googleapis.com","methodName":"storage.objects.get","resourceName":"projects/_/buckets/b","authorizationInfo":[{"permission":"storage.objects.get","resource":"projects/_/buckets/b","granted":"true"}],"status":null,"requestJson":"{}"},"resource":{"labels":{"project_id":"acme","email_id":null}},"timestamp":"2026-03-01 08:00:00.500000 UTC","logName":"projects/acme/logs/l","textPayload":null}"#;
        let analytics_row = r#"{"proto_payload":{"audit_log":{"authentication_info":{"principal_email":"etl@acme.iam.gserviceaccount.com","service_account_key_name":"//iam.googleapis.com/projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com/keys/4f1c","service_account_delegation_info":[{"first_party_principal":{"principal_email":"service-1@compute-system.iam.gserviceaccount.com"}}]},"request_metadata":{"caller_ip":"203.0.113.7","caller_supplied_user_agent":"gcloud"},"service_name":"storage.googleapis.com","method_name":"storage.objects.get","resource_name":"projects/_/buckets/b","authorization_info":[{"permission":"storage.objects.get","resource":"projects/_/buckets/b","granted":true}],"request":{}}},"resource":{"labels":{"project_id":"acme"}},"timestamp":"2026-03-01T08:00:00.500000Z","log_name":"projects/acme/logs/l"}"#;
        let expected = Entry {
            at: nanoseconds("2026-03-01T08:00:00.5Z"),
            log_name: "projects/acme/logs/l".into(),
            project: "acme".into(),
            principal_email: "etl@acme.iam.gserviceaccount.com".into(),
            key_name: "//iam.googleapis.com/projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com/keys/4f1c".into(),
            delegate: "service-1@compute-system.iam.gserviceaccount.com".into(),
            service: "storage.googleapis.com".into(),
            method: "storage.objects.get".into(),
            resource: "projects/_/buckets/b".into(),
            address: "203.0.113.7".into(),
            user_agent: "gcloud".into(),
            checks: vec![Check {
                permission: "storage.objects.get".into(),
                resource: "projects/_/buckets/b".into(),
                granted: true,
            }],
            ..Entry::default()
        };
        for json in [log_entry, table_row, analytics_row] {
            assert_eq!(entry(json), expected, "{json}");
        }
    }

    #[test]
    fn the_last_delegate_counts_by_its_address_or_its_subject() {
        let table = [
            ("[]", ""),
            ("[{}]", ""),
            (
                r#"[{"firstPartyPrincipal":{"principalEmail":"a@b.example"}},{}]"#,
                "",
            ),
            (
                r#"[{},{"firstPartyPrincipal":{"principalEmail":"a@b.example"},"principalSubject":"user:a@b.example"}]"#,
                "a@b.example",
            ),
            (
                r#"[{"firstPartyPrincipal":{"principalEmail":""},"principalSubject":"principal://x"}]"#,
                "principal://x",
            ),
            (
                r#"[{"thirdPartyPrincipal":{"thirdPartyClaims":{"sub":"robot","iss":"x"}}}]"#,
                "robot",
            ),
            (r#"[{"thirdPartyPrincipal":{"thirdPartyClaims":{}}}]"#, ""),
        ];
        for (delegates, expected) in table {
            let json = format!(
                r#"{{"protoPayload":{{"authenticationInfo":{{"serviceAccountDelegationInfo":{delegates}}}}}}}"#
            );
            assert_eq!(entry(&json).delegate, expected, "{delegates}");
        }
    }

    #[test]
    fn what_is_no_audit_log_is_another_log_and_what_is_broken_is_an_error() {
        for json in [
            "{}",
            r#"{"textPayload":"hello"}"#,
            r#"{"protoPayload":null}"#,
            r#"{"protoPayload":{"@type":"type.googleapis.com/google.appengine.logging.v1.RequestLog"}}"#,
        ] {
            assert_eq!(
                Entry::parse(json.as_bytes()).expect("JSON"),
                Parsed::Other,
                "{json}"
            );
        }
        for json in [
            "",
            "hello",
            "[]",
            r#"{"protoPayload":{}"#,
            r#"{"protoPayload":{"serviceName":7}}"#,
            r#"{"protoPayload":{"serviceName":"a","serviceName":"b"}}"#,
            r#"{"protoPayload":{"status":{"code":"many"}}}"#,
            "{\"protoPayload\":{\"serviceName\":\"\u{1}\"}}",
        ] {
            assert!(Entry::parse(json.as_bytes()).is_err(), "{json}");
        }
        assert!(Entry::parse(b"{\"protoPayload\":{\"serviceName\":\"\xff\"}}").is_err());
    }
}

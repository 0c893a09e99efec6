//! From the status and body of a failed answer to what happened.
//!
//! Google answers in several shapes: `google.rpc.Status` with typed details, the older form with `errors[]`, an array
//! around either (<https://cloud.google.com/apis/design/errors>), HTML from a proxy or a front end, or nothing.

use std::time::Duration;

use serde_json::Value;

use super::super::retry;
use super::text::{clean, page_title, without};
use super::{ErrorKind, hint};

/// Bytes of an error body that are looked at; Google's have a few thousand.
const BODY_LIMIT: usize = 1 << 20;

/// A failed answer, understood.
#[derive(Debug, PartialEq)]
pub(crate) struct Decoded {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    /// What `google.rpc.RetryInfo` asks for.
    pub(crate) retry_delay: Option<Duration>,
    /// A quota per minute, which waiting mends, as opposed to a quota per day.
    pub(crate) rate_limited: bool,
}

/// Returns what a failed answer says; `secret` is the access token, which the answer might repeat.
pub(crate) fn decode(status: u16, body: &[u8], secret: &str) -> Decoded {
    let shown = body.get(..BODY_LIMIT).unwrap_or(body);
    match serde_json::from_slice::<Value>(shown) {
        Ok(mut json) => {
            redact(&mut json, secret);
            Answer::new(status, &json).decode()
        }
        Err(_) => Decoded {
            kind: by_code(status),
            message: clean(&page_title(&without(
                secret,
                &String::from_utf8_lossy(shown),
            ))),
            retry_delay: None,
            rate_limited: false,
        },
    }
}

/// Replaces the access token in every text of the body.
fn redact(json: &mut Value, secret: &str) {
    match json {
        Value::String(text) => *text = without(secret, text),
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, secret)),
        Value::Object(fields) => fields.values_mut().for_each(|value| redact(value, secret)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The parts of Google's error body that decide.
struct Answer<'a> {
    status: u16,
    message: &'a str,
    canonical: &'a str,
    details: &'a [Value],
    legacy: &'a str,
}

impl<'a> Answer<'a> {
    fn new(status: u16, json: &'a Value) -> Self {
        let json = json.get(0).unwrap_or(json);
        let error = &json["error"];
        // OAuth endpoints put the code beside its description: {"error": "invalid_grant", "error_description": "…"}.
        let oauth = json["error_description"].as_str().or(error.as_str());
        Self {
            status,
            message: error["message"].as_str().or(oauth).unwrap_or_default(),
            canonical: error["status"].as_str().unwrap_or_default(),
            details: error["details"].as_array().map_or(&[], Vec::as_slice),
            legacy: error["errors"][0]["reason"].as_str().unwrap_or_default(),
        }
    }

    fn detail(&self, name: &str) -> Option<&'a Value> {
        self.details.iter().find(|detail| {
            detail["@type"].as_str().is_some_and(|kind| {
                kind.strip_suffix(name)
                    .is_some_and(|rest| rest.ends_with('.'))
            })
        })
    }

    fn reason(&self) -> &'a str {
        self.detail("ErrorInfo")
            .and_then(|info| info["reason"].as_str())
            .unwrap_or_default()
    }

    fn metadata(&self, key: &str) -> Option<String> {
        self.detail("ErrorInfo")?["metadata"][key]
            .as_str()
            .map(clean)
    }

    fn decode(&self) -> Decoded {
        Decoded {
            // What a message says is asked before the code, which is 403 for six different things.
            kind: self
                .by_reason()
                .or_else(|| self.by_text())
                .unwrap_or_else(|| self.by_status()),
            message: clean(self.message),
            retry_delay: self
                .detail("RetryInfo")
                .and_then(|info| info["retryDelay"].as_str())
                .and_then(retry::protobuf_duration),
            rate_limited: self.reason() == "RATE_LIMIT_EXCEEDED"
                || matches!(self.legacy, "rateLimitExceeded" | "userRateLimitExceeded"),
        }
    }

    /// Decides by `ErrorInfo.reason` and the other typed details.
    fn by_reason(&self) -> Option<ErrorKind> {
        if self.perimeter() {
            return Some(ErrorKind::ServicePerimeter {
                uid: self.perimeter_uid(),
            });
        }
        let consumer = self.metadata("consumer");
        Some(match self.reason() {
            // A person's credentials without a quota project are billed to Google's own client, where no API is on.
            "SERVICE_DISABLED" if hint::is_google_client(consumer.as_deref()) => {
                ErrorKind::QuotaProjectMissing
            }
            "SERVICE_DISABLED" => ErrorKind::ApiDisabled {
                service: self.metadata("service").or_else(|| self.service_in_text()),
                consumer,
            },
            "IAM_PERMISSION_DENIED" => ErrorKind::PermissionDenied {
                permission: self
                    .metadata("permission")
                    .or_else(|| self.permission_in_text()),
            },
            "RATE_LIMIT_EXCEEDED" | "RESOURCE_QUOTA_EXCEEDED" => ErrorKind::QuotaExceeded {
                limit: self.metadata("quota_limit"),
                consumer,
            },
            "USER_PROJECT_DENIED" => ErrorKind::QuotaProjectRefused { project: consumer },
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT" => ErrorKind::ScopeInsufficient,
            "ACCOUNT_STATE_INVALID" => ErrorKind::CallerDisabled,
            "ACCESS_TOKEN_EXPIRED"
            | "ACCESS_TOKEN_TYPE_UNSUPPORTED"
            | "CREDENTIALS_MISSING"
            | "SESSION_COOKIE_INVALID" => ErrorKind::Unauthenticated,
            reason @ ("CONSUMER_INVALID" | "CONSUMER_SUSPENDED" | "BILLING_DISABLED") => {
                ErrorKind::ProjectUnavailable {
                    reason: reason.to_owned(),
                    project: consumer,
                }
            }
            _ => return None,
        })
    }

    /// Decides by the older reason and by sentences that Google has used for years where it sends no details.
    fn by_text(&self) -> Option<ErrorKind> {
        if self.message.contains("requires a quota project")
            || self
                .message
                .contains("authenticated using end user credentials from the Google Cloud SDK")
        {
            return Some(ErrorKind::QuotaProjectMissing);
        }
        if self.legacy == "accessNotConfigured" || self.message.contains("before or it is disabled")
        {
            let consumer = self
                .between("in project ", " ")
                .map(|project| format!("projects/{project}"));
            if hint::is_google_client(consumer.as_deref()) {
                return Some(ErrorKind::QuotaProjectMissing);
            }
            return Some(ErrorKind::ApiDisabled {
                service: self.service_in_text(),
                consumer,
            });
        }
        match self.legacy {
            // BigQuery answers these with 403 and 500: https://cloud.google.com/bigquery/docs/error-messages
            "bytesBilledLimitExceeded" | "responseTooLarge" | "resourcesExceeded" => {
                return Some(ErrorKind::BadRequest);
            }
            "billingNotEnabled" => {
                return Some(ErrorKind::ProjectUnavailable {
                    reason: "BILLING_DISABLED".to_owned(),
                    project: None,
                });
            }
            _ => {}
        }
        match self.legacy {
            "rateLimitExceeded"
            | "userRateLimitExceeded"
            | "quotaExceeded"
            | "dailyLimitExceeded" => Some(self.quota()),
            _ => None,
        }
    }

    /// Decides by the canonical status, then by the HTTP code.
    fn by_status(&self) -> ErrorKind {
        match self.canonical {
            "PERMISSION_DENIED" => ErrorKind::PermissionDenied {
                permission: self.permission_in_text(),
            },
            "RESOURCE_EXHAUSTED" => self.quota(),
            "UNAUTHENTICATED" => ErrorKind::Unauthenticated,
            "NOT_FOUND" => ErrorKind::NotFound,
            "INVALID_ARGUMENT"
            | "FAILED_PRECONDITION"
            | "OUT_OF_RANGE"
            | "ALREADY_EXISTS"
            | "ABORTED" => ErrorKind::BadRequest,
            "INTERNAL" | "UNAVAILABLE" | "DEADLINE_EXCEEDED" | "UNKNOWN" | "DATA_LOSS" => {
                ErrorKind::Server
            }
            _ => match self.status {
                403 => ErrorKind::PermissionDenied {
                    permission: self.permission_in_text(),
                },
                429 => self.quota(),
                status => by_code(status),
            },
        }
    }

    fn quota(&self) -> ErrorKind {
        ErrorKind::QuotaExceeded {
            limit: self.between("limit '", "'"),
            consumer: self
                .between("for consumer 'project_number:", "'")
                .map(|number| format!("projects/{number}")),
        }
    }

    fn perimeter(&self) -> bool {
        self.reason() == "SECURITY_POLICY_VIOLATED"
            || self.message.contains("vpcServiceControlsUniqueIdentifier")
            || self.perimeter_violation().is_some()
    }

    fn perimeter_violation(&self) -> Option<&'a Value> {
        let violations = self.detail("PreconditionFailure")?["violations"].as_array()?;
        violations
            .iter()
            .find(|violation| violation["type"] == "VPC_SERVICE_CONTROLS")
    }

    fn perimeter_uid(&self) -> Option<String> {
        self.metadata("uid")
            .or_else(|| {
                self.perimeter_violation()
                    .and_then(|found| found["description"].as_str())
                    .map(clean)
            })
            .or_else(|| self.between("vpcServiceControlsUniqueIdentifier: ", " "))
    }

    fn permission_in_text(&self) -> Option<String> {
        self.between("Permission '", "'")
            .or_else(|| self.between("Required '", "'"))
            // BigQuery's two sentences: `User does not have bigquery.jobs.create permission in project acme.`,
            // `Permission bigquery.tables.getData denied on table acme:audit.t (or it may not exist).`
            .or_else(|| self.between("does not have ", " permission"))
            .or_else(|| self.between("Permission ", " denied on"))
            .filter(|permission| permission.contains('.') && !permission.contains(' '))
    }

    fn service_in_text(&self) -> Option<String> {
        self.between("/apis/api/", "/")
    }

    /// Returns what the message has between the two texts, up to its end where the second is missing.
    fn between(&self, before: &str, after: &str) -> Option<String> {
        let start = self.message.find(before)? + before.len();
        let rest = &self.message[start..];
        let found = rest.split(after).next().unwrap_or(rest);
        (!found.is_empty()).then(|| clean(found))
    }
}

/// Decides by the HTTP code alone.
fn by_code(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Unauthenticated,
        403 => ErrorKind::PermissionDenied { permission: None },
        404 | 410 => ErrorKind::NotFound,
        429 => ErrorKind::QuotaExceeded {
            limit: None,
            consumer: None,
        },
        500.. => ErrorKind::Server,
        _ => ErrorKind::BadRequest,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::gcp::error::Error;

    /// Returns the decoded kind of an answer in Google's present form.
    fn kind(status: u16, canonical: &str, message: &str, details: Value) -> ErrorKind {
        let body = json!({"error": {"code": status, "message": message, "status": canonical, "details": details}});
        decode(status, body.to_string().as_bytes(), "").kind
    }

    fn info(reason: &str, metadata: Value) -> Value {
        json!([
            {"@type": "type.googleapis.com/google.rpc.Help", "links": []},
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com",
             "metadata": metadata},
        ])
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn bigquery_has_reasons_and_sentences_of_its_own() {
        let of = |status: u16, reason: &str, message: &str| {
            let error = json!({"code": status, "message": message, "errors": [{"reason": reason}]});
            let body = json!({ "error": error }).to_string();
            decode(status, body.as_bytes(), "").kind
        };
        let denied = |permission| ErrorKind::PermissionDenied {
            permission: some(permission),
        };
        let create = "Access Denied: Project acme: User does not have bigquery.jobs.create permission in project acme.";
        assert_eq!(
            of(403, "accessDenied", create),
            denied("bigquery.jobs.create")
        );
        let data = "Access Denied: Table acme:audit.t: Permission bigquery.tables.getData denied on table acme:audit.t (or it may not exist).";
        assert_eq!(
            of(403, "accessDenied", data),
            denied("bigquery.tables.getData")
        );
        let too_much = "Query exceeded limit for bytes billed: 1. 10485760 or higher required.";
        for status in [400, 500] {
            assert_eq!(
                of(status, "bytesBilledLimitExceeded", too_much),
                ErrorKind::BadRequest
            );
        }
        assert_eq!(
            of(403, "responseTooLarge", "Response too large"),
            ErrorKind::BadRequest
        );
        let unbilled = ErrorKind::ProjectUnavailable {
            reason: "BILLING_DISABLED".to_owned(),
            project: None,
        };
        assert_eq!(of(403, "billingNotEnabled", ""), unbilled);
    }

    #[test]
    fn the_reason_decides_first() {
        let decided = |reason, metadata| kind(403, "PERMISSION_DENIED", "", info(reason, metadata));
        let service = json!({"service": "iam.googleapis.com", "consumer": "projects/12"});
        assert_eq!(
            decided("SERVICE_DISABLED", service),
            ErrorKind::ApiDisabled {
                service: some("iam.googleapis.com"),
                consumer: some("projects/12")
            }
        );
        assert_eq!(
            decided(
                "SERVICE_DISABLED",
                json!({"consumer": "projects/764086051850"})
            ),
            ErrorKind::QuotaProjectMissing
        );
        assert_eq!(
            decided(
                "IAM_PERMISSION_DENIED",
                json!({"permission": "iam.serviceAccountKeys.list"})
            ),
            ErrorKind::PermissionDenied {
                permission: some("iam.serviceAccountKeys.list")
            }
        );
        assert_eq!(
            decided(
                "USER_PROJECT_DENIED",
                json!({"consumer": "projects/billing"})
            ),
            ErrorKind::QuotaProjectRefused {
                project: some("projects/billing")
            }
        );
        assert_eq!(
            decided("ACCESS_TOKEN_SCOPE_INSUFFICIENT", json!({})),
            ErrorKind::ScopeInsufficient
        );
        assert_eq!(
            decided("CONSUMER_SUSPENDED", json!({"consumer": "projects/12"})),
            ErrorKind::ProjectUnavailable {
                reason: "CONSUMER_SUSPENDED".to_owned(),
                project: some("projects/12")
            }
        );
        assert_eq!(
            decided("BILLING_DISABLED", json!({})),
            ErrorKind::ProjectUnavailable {
                reason: "BILLING_DISABLED".to_owned(),
                project: None
            }
        );
        assert_eq!(
            kind(
                401,
                "UNAUTHENTICATED",
                "",
                info("ACCOUNT_STATE_INVALID", json!({}))
            ),
            ErrorKind::CallerDisabled
        );
        assert_eq!(
            kind(
                429,
                "RESOURCE_EXHAUSTED",
                "",
                info(
                    "RATE_LIMIT_EXCEEDED",
                    json!({"quota_limit": "ReadsPerMinute", "consumer": "projects/12"})
                )
            ),
            ErrorKind::QuotaExceeded {
                limit: some("ReadsPerMinute"),
                consumer: some("projects/12")
            }
        );
    }

    #[test]
    fn a_perimeter_is_known_by_any_of_its_marks() {
        let perimeter = ErrorKind::ServicePerimeter { uid: some("UID7") };
        let message = "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: UID7";
        let violation = json!([{"@type": "type.googleapis.com/google.rpc.PreconditionFailure",
            "violations": [{"type": "VPC_SERVICE_CONTROLS", "description": "UID7"}]}]);
        let reason = info("SECURITY_POLICY_VIOLATED", json!({"uid": "UID7"}));
        assert_eq!(
            kind(403, "PERMISSION_DENIED", message, json!([])),
            perimeter
        );
        assert_eq!(kind(403, "PERMISSION_DENIED", "", violation), perimeter);
        assert_eq!(kind(403, "PERMISSION_DENIED", "", reason), perimeter);
    }

    #[test]
    fn sentences_decide_where_details_are_missing() {
        let said = |message: &str| kind(403, "PERMISSION_DENIED", message, json!([]));
        let disabled = ErrorKind::ApiDisabled {
            service: some("sqladmin.googleapis.com"),
            consumer: some("projects/12"),
        };
        let sentence = "Cloud SQL Admin API has not been used in project 12 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/sqladmin.googleapis.com/overview?project=12 then retry.";
        assert_eq!(said(sentence), disabled);
        assert_eq!(
            said(&sentence.replace("12", "32555940559")),
            ErrorKind::QuotaProjectMissing
        );
        assert_eq!(
            said(
                "The policyanalyzer.googleapis.com API requires a quota project, which is not set by default."
            ),
            ErrorKind::QuotaProjectMissing
        );
        assert_eq!(
            said("Permission 'iam.serviceAccounts.list' denied on resource (or it may not exist)."),
            ErrorKind::PermissionDenied {
                permission: some("iam.serviceAccounts.list")
            }
        );
        assert_eq!(
            said("The caller does not have permission"),
            ErrorKind::PermissionDenied { permission: None }
        );
        assert_eq!(
            kind(
                429,
                "RESOURCE_EXHAUSTED",
                "Quota exceeded for quota metric 'Reads' and limit 'Reads per minute' of service 'iam.googleapis.com' for consumer 'project_number:12'.",
                json!([])
            ),
            ErrorKind::QuotaExceeded {
                limit: some("Reads per minute"),
                consumer: some("projects/12")
            }
        );
    }

    #[test]
    fn older_bodies_decide_by_their_reason() {
        let legacy = |reason: &str| {
            let body = json!({"error": {"code": 403, "message": "m", "errors": [{"domain": "usageLimits", "reason": reason, "message": "m"}]}});
            let decoded = decode(403, body.to_string().as_bytes(), "");
            (decoded.kind, decoded.rate_limited)
        };
        let quota = ErrorKind::QuotaExceeded {
            limit: None,
            consumer: None,
        };
        assert_eq!(
            legacy("accessNotConfigured"),
            (
                ErrorKind::ApiDisabled {
                    service: None,
                    consumer: None
                },
                false
            )
        );
        assert_eq!(legacy("rateLimitExceeded"), (quota.clone(), true));
        assert_eq!(legacy("userRateLimitExceeded"), (quota.clone(), true));
        assert_eq!(legacy("dailyLimitExceeded"), (quota, false));
        assert_eq!(
            legacy("forbidden"),
            (ErrorKind::PermissionDenied { permission: None }, false)
        );
    }

    #[test]
    fn the_status_and_then_the_code_decide_last() {
        let denied = ErrorKind::PermissionDenied { permission: None };
        let quota = ErrorKind::QuotaExceeded {
            limit: None,
            consumer: None,
        };
        for (status, canonical, expected) in [
            (400, "INVALID_ARGUMENT", ErrorKind::BadRequest),
            (400, "", ErrorKind::BadRequest),
            (401, "UNAUTHENTICATED", ErrorKind::Unauthenticated),
            (401, "", ErrorKind::Unauthenticated),
            (403, "", denied),
            (404, "NOT_FOUND", ErrorKind::NotFound),
            (404, "", ErrorKind::NotFound),
            (409, "ALREADY_EXISTS", ErrorKind::BadRequest),
            (429, "", quota),
            (302, "", ErrorKind::BadRequest),
            (500, "INTERNAL", ErrorKind::Server),
            (503, "", ErrorKind::Server),
        ] {
            assert_eq!(
                kind(status, canonical, "", json!([])),
                expected,
                "{status} {canonical}"
            );
        }
    }

    #[test]
    fn a_body_of_any_shape_gives_an_error() {
        let shown = |status, body: &str| {
            let decoded = decode(status, body.as_bytes(), "ya29.secret");
            Error::new(decoded.kind, decoded.message)
                .with_status(status)
                .to_string()
        };
        let shapes = [
            shown(404, r#"[{"error": {"code": 404, "message": "Unknown service account", "status": "NOT_FOUND"}}]"#),
            shown(400, r#"{"error": "invalid_grant", "error_description": "Token has been revoked."}"#),
            shown(502, "<!DOCTYPE html><html><head><title>Error 502 (Server Error)!!1</title>"),
            shown(403, ""),
            shown(403, "null"),
            shown(400, r#"{"error": {"message": "bad header: Bearer ya29.secret"}}"#),
            shown(400, "Bearer ya29.secret is no token"),
            shown(418, r#"{"error": {"message": "a\u001b[31mb\nc"}}"#),
        ]
        .join("\n");
        insta::assert_snapshot!(shapes, @r"
        not found: Unknown service account (HTTP 404)
        request not accepted: Token has been revoked. (HTTP 400)
        server error: Error 502 (Server Error)!!1 (HTTP 502)
        permission denied (HTTP 403)
        permission denied (HTTP 403)
        request not accepted: bad header: Bearer [token] (HTTP 400)
        request not accepted: Bearer [token] is no token (HTTP 400)
        request not accepted: a [31mb c (HTTP 418)
        ");
    }

    #[test]
    fn the_wait_that_a_body_asks_for_is_read() {
        let body = json!({"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "4s"}]}});
        let decoded = decode(429, body.to_string().as_bytes(), "");
        assert_eq!(decoded.retry_delay, Some(Duration::from_secs(4)));
    }
}

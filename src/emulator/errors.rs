//! Error bodies as Google writes them.
//!
//! Shapes: `google.rpc.Status` in JSON, with `ErrorInfo`, `BadRequest`, `RetryInfo` and the like as details
//! (<https://cloud.google.com/apis/design/errors>), and the front end's HTML page where no API was reached.

use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// An answer that is not a success.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// Headers beside the usual ones.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: RefusalBody,
}

/// What the answer carries.
#[derive(Debug, Clone)]
pub(crate) enum RefusalBody {
    /// An API's error.
    Json(Value),
    /// The front end's page, or text that is no error of an API at all.
    Text {
        content_type: &'static str,
        text: String,
    },
}

impl Refusal {
    /// Returns an API's error with the canonical name of its code.
    pub(crate) fn api(
        code: u16,
        status: &str,
        message: impl Into<String>,
        details: Vec<Value>,
    ) -> Self {
        let mut error = json!({ "code": code, "message": message.into(), "status": status });
        if !details.is_empty() {
            error["details"] = Value::Array(details);
        }
        Self::json(code, json!({ "error": error }))
    }

    /// Returns an answer of the code with that JSON body.
    pub(crate) fn json(code: u16, body: Value) -> Self {
        Self {
            status: status(code),
            headers: Vec::new(),
            body: RefusalBody::Json(body),
        }
    }

    /// Returns the front end's HTML page for the code.
    pub(crate) fn html(code: u16, explanation: &str) -> Self {
        let status = status(code);
        let reason = status.canonical_reason().unwrap_or("Error");
        let text = format!(
            "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error {code} ({reason})!!1</title>\n  \
             <p><b>{code}.</b> <ins>That\u{2019}s an error.</ins>\n  <p>{explanation}  <ins>That\u{2019}s all we know.</ins>\n"
        );
        let body = RefusalBody::Text {
            content_type: "text/html; charset=UTF-8",
            text,
        };
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// Returns the same answer with one more header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn error_info(reason: &str, domain: &str, metadata: Value) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": domain, "metadata": metadata
    })
}

/// Returns text that is safe inside HTML.
fn html_text(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// No method has this path and verb: the front end answers, not an API.
pub(crate) fn no_such_path(path: &str) -> Refusal {
    let path = html_text(path);
    Refusal::html(
        404,
        &format!("The requested URL <code>{path}</code> was not found on this server."),
    )
}

/// A body where none may be.
pub(crate) fn malformed_request() -> Refusal {
    Refusal::html(
        400,
        "Your client has issued a malformed or illegal request.",
    )
}

/// No credential at all.
pub(crate) fn credentials_missing(service: &str, method: &str) -> Refusal {
    Refusal::api(
        401,
        "UNAUTHENTICATED",
        "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other \
         valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        vec![error_info("CREDENTIALS_MISSING", "googleapis.com", json!({ "service": service, "method": method }))],
    )
    .with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"https://accounts.google.com/\""),
    )
}

/// A token that is expired, or never was one.
pub(crate) fn credentials_invalid(service: &str, method: &str) -> Refusal {
    Refusal::api(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid \
         authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        vec![error_info("ACCESS_TOKEN_EXPIRED", "googleapis.com", json!({ "service": service, "method": method }))],
    )
    .with_header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\""),
    )
}

/// A request that the API's front door cannot read: `(field, description)` for each thing wrong with it.
pub(crate) fn bad_request(violations: &[(Option<String>, String)]) -> Refusal {
    let message = violations
        .iter()
        .map(|(_, description)| description.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    let violations: Vec<Value> = violations
        .iter()
        .map(|(field, description)| match field {
            Some(field) => json!({ "field": field, "description": description }),
            None => json!({ "description": description }),
        })
        .collect();
    let details = json!({ "@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations });
    Refusal::api(400, "INVALID_ARGUMENT", message, vec![details])
}

/// A request that reads well and asks for nonsense.
pub(crate) fn invalid_argument(message: impl Into<String>) -> Refusal {
    Refusal::api(400, "INVALID_ARGUMENT", message, Vec::new())
}

/// A resource that does not exist, where Google says so.
pub(crate) fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::api(404, "NOT_FOUND", message, Vec::new())
}

/// A permission that the caller lacks, on a resource that need not exist; the resource is named where it is known.
pub(crate) fn permission_denied(permission: &str, resource: Option<&str>) -> Refusal {
    let on = resource
        .map(|resource| format!(" '{resource}'"))
        .unwrap_or_default();
    let mut metadata = json!({ "permission": permission });
    if let Some(resource) = resource {
        metadata["resource"] = resource.into();
    }
    Refusal::api(
        403,
        "PERMISSION_DENIED",
        format!("Permission '{permission}' denied on resource{on} (or it may not exist)."),
        vec![error_info(
            "IAM_PERMISSION_DENIED",
            "iam.googleapis.com",
            metadata,
        )],
    )
}

/// Resource Manager's refusal, which names no permission.
pub(crate) fn caller_lacks_permission() -> Refusal {
    Refusal::api(
        403,
        "PERMISSION_DENIED",
        "The caller does not have permission",
        Vec::new(),
    )
}

/// An API that is switched off in the consumer project, `projects/NUMBER`.
pub(crate) fn api_disabled(service: &str, consumer: &str) -> Refusal {
    let project = consumer.trim_start_matches("projects/");
    let url = format!(
        "https://console.developers.google.com/apis/api/{service}/overview?project={project}"
    );
    Refusal::api(
        403,
        "PERMISSION_DENIED",
        format!(
            "{} has not been used in project {project} before or it is disabled. Enable it by visiting {url} then \
             retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems \
             and retry.",
            title(service)
        ),
        vec![
            json!({
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [{ "description": "Google developers console API activation", "url": url }]
            }),
            error_info(
                "SERVICE_DISABLED",
                "googleapis.com",
                json!({ "service": service, "consumer": consumer }),
            ),
        ],
    )
}

/// The name by which Google's messages call a service.
fn title(service: &str) -> String {
    match service {
        "iam.googleapis.com" => "Identity and Access Management (IAM) API".to_owned(),
        "cloudresourcemanager.googleapis.com" => "Cloud Resource Manager API".to_owned(),
        "policyanalyzer.googleapis.com" => "Policy Analyzer API".to_owned(),
        other => format!("{other} API"),
    }
}

/// A quota that is used up, in requests a minute where the limit is known.
pub(crate) fn quota_exceeded(service: &str, consumer: &str, per_minute: Option<u32>) -> Refusal {
    let number = consumer.trim_start_matches("projects/");
    let mut metadata = json!({
        "consumer": consumer,
        "service": service,
        "quota_metric": format!("{service}/read_requests"),
        "quota_limit": "ReadRequestsPerMinutePerProject",
        "quota_location": "global",
    });
    if let Some(limit) = per_minute {
        metadata["quota_limit_value"] = limit.to_string().into();
    }
    Refusal::api(
        429,
        "RESOURCE_EXHAUSTED",
        format!(
            "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service \
             '{service}' for consumer 'project_number:{number}'."
        ),
        vec![
            error_info("RATE_LIMIT_EXCEEDED", "googleapis.com", metadata),
            json!({
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [{
                    "description": "Request a higher quota limit.",
                    "url": "https://cloud.google.com/docs/quotas/help/request_increase"
                }]
            }),
        ],
    )
}

/// A call that crosses a VPC Service Controls perimeter.
pub(crate) fn perimeter(service: &str, consumer: &str) -> Refusal {
    const UID: &str = "s2VqYyKZVfTHqzQ0bF3dW1hLr8nMcPx4";
    Refusal::api(
        403,
        "PERMISSION_DENIED",
        format!(
            "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: {UID}"
        ),
        vec![
            json!({
                "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
                "violations": [{ "type": "VPC_SERVICE_CONTROLS", "description": UID }]
            }),
            error_info(
                "SECURITY_POLICY_VIOLATED",
                "googleapis.com",
                json!({ "service": service, "uid": UID, "consumer": consumer }),
            ),
        ],
    )
}

/// User credentials without a quota project, on an API that wants one.
pub(crate) fn quota_project_missing(service: &str) -> Refusal {
    // Google's default client project, to which such calls would be billed.
    let consumer = "projects/764086051850";
    Refusal::api(
        403,
        "PERMISSION_DENIED",
        format!(
            "Your application is authenticating by using local Application Default Credentials. The {service} API \
             requires a quota project, which is not set by default. To learn how to set your quota project, see \
             https://cloud.google.com/docs/authentication/adc-troubleshooting/user-creds ."
        ),
        vec![error_info(
            "SERVICE_DISABLED",
            "googleapis.com",
            json!({ "service": service, "consumer": consumer }),
        )],
    )
}

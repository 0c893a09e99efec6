//! What a fault does to the call that it meets.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::errors::{self, Refusal, RefusalBody};
use super::faults::{Fault, FaultKind};

/// What a fault does to one call.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// Another answer instead of the right one.
    Refuse(Refusal),
    Reset,
    Delay(Duration),
    Body(BodyEffect),
    Page(PageEffect),
}

/// What a fault does to the body on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BodyEffect {
    Cut { after: usize },
    Stall { after: usize },
}

/// What a fault does to a page before it is written.
#[derive(Debug, Clone)]
pub(crate) enum PageEffect {
    Inject(Arc<RawValue>),
    Empty,
    Endless { fresh: bool },
}

/// Returns the effect of the first fault that meets the call by one of its `paths`, and uses up one of its times.
pub(crate) fn strike(
    faults: &mut [Fault],
    service: &str,
    method: &str,
    paths: &[&str],
    consumer: &str,
) -> Option<Effect> {
    let meets = |fault: &&mut Fault| paths.iter().any(|path| fault.meets(method, path));
    let fault = faults.iter_mut().find(meets)?;
    if let Some(times) = &mut fault.times {
        *times -= 1;
    }
    let refuse = Effect::Refuse;
    Some(match &fault.fault {
        FaultKind::Status {
            code,
            headers,
            body,
        } => refuse(status(*code, headers, body.as_ref())),
        FaultKind::PermissionDenied { permission } => {
            refuse(errors::permission_denied(permission, None))
        }
        FaultKind::ApiDisabled { service, consumer } => {
            refuse(errors::api_disabled(service, consumer))
        }
        FaultKind::Quota {
            retry_after,
            retry_info,
        } => refuse(quota(service, consumer, *retry_after, *retry_info)),
        FaultKind::VpcServiceControls => refuse(errors::perimeter(service, consumer)),
        FaultKind::QuotaProjectMissing => refuse(errors::quota_project_missing(service)),
        FaultKind::TokenExpired => refuse(errors::credentials_invalid(service, method)),
        FaultKind::Cut { after } => Effect::Body(BodyEffect::Cut { after: *after }),
        FaultKind::Stall { after } => Effect::Body(BodyEffect::Stall { after: *after }),
        FaultKind::Delay { ms } => Effect::Delay(Duration::from_millis(*ms)),
        FaultKind::Reset => Effect::Reset,
        FaultKind::Html { code } => refuse(Refusal::html(
            *code,
            "The server encountered a temporary error and could not complete your request.",
        )),
        FaultKind::MalformedElement { element } => {
            Effect::Page(PageEffect::Inject(Arc::clone(element)))
        }
        FaultKind::EmptyPage => Effect::Page(PageEffect::Empty),
        FaultKind::EndlessPages { fresh } => Effect::Page(PageEffect::Endless { fresh: *fresh }),
    })
}

fn quota(
    service: &str,
    consumer: &str,
    retry_after: Option<u32>,
    retry_info: Option<u32>,
) -> Refusal {
    let mut refusal = errors::quota_exceeded(service, consumer, None);
    if let (Some(seconds), RefusalBody::Json(body)) = (retry_info, &mut refusal.body)
        && let Some(details) = body["error"]["details"].as_array_mut()
    {
        let delay = format!("{seconds}s");
        details.push(
            json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay }),
        );
    }
    match retry_after {
        Some(seconds) => refusal.with_header(header::RETRY_AFTER, HeaderValue::from(seconds)),
        None => refusal,
    }
}

fn status(code: u16, headers: &BTreeMap<String, String>, body: Option<&Value>) -> Refusal {
    let mut refusal = match body {
        Some(Value::String(text)) => {
            let mut refusal = Refusal::json(code, Value::Null);
            refusal.body = RefusalBody::Text {
                content_type: "text/plain; charset=utf-8",
                text: text.clone(),
            };
            refusal
        }
        Some(json) => Refusal::json(code, json.clone()),
        None => {
            let (name, message) = canonical(code);
            Refusal::api(code, name, message, Vec::new())
        }
    };
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            refusal = refusal.with_header(name, value);
        }
    }
    refusal
}

/// Returns the canonical code that Google gives an HTTP status, and its plainest message
/// (`google/rpc/code.proto`).
fn canonical(code: u16) -> (&'static str, &'static str) {
    match code {
        400 => ("INVALID_ARGUMENT", "Request contains an invalid argument."),
        401 => (
            "UNAUTHENTICATED",
            "Request had invalid authentication credentials.",
        ),
        403 => ("PERMISSION_DENIED", "The caller does not have permission"),
        404 => ("NOT_FOUND", "Requested entity was not found."),
        409 => ("ABORTED", "The operation was aborted."),
        429 => (
            "RESOURCE_EXHAUSTED",
            "Resource has been exhausted (e.g. check quota).",
        ),
        500 => ("INTERNAL", "Internal error encountered."),
        501 => (
            "UNIMPLEMENTED",
            "Operation is not implemented, or supported, or enabled.",
        ),
        503 => ("UNAVAILABLE", "The service is currently unavailable."),
        504 => (
            "DEADLINE_EXCEEDED",
            "Deadline expired before operation could complete.",
        ),
        _ => ("UNKNOWN", "Unknown Error."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_used_up() {
        let mut faults = vec![
            Fault::on("m", FaultKind::Reset).times(2),
            Fault::on("m", FaultKind::EmptyPage),
        ];
        let mut struck = || match strike(&mut faults, "s", "m", &["/"], "projects/1") {
            Some(Effect::Reset) => "reset",
            Some(Effect::Page(PageEffect::Empty)) => "empty page",
            other => panic!("another effect: {other:?}"),
        };
        assert_eq!(
            [struck(), struck(), struck(), struck()],
            ["reset", "reset", "empty page", "empty page"]
        );
    }
}

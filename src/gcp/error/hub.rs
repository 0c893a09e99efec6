//! The way of an error through a generated hub: out as a JSON body, back as an [`Error`].
//!
//! A hub that sees a failed status keeps the JSON body and drops everything else, so the body carries the whole error.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Error, ErrorKind, Fault};

/// Key that no answer of Google bears at its top.
const ENVELOPE: &str = "transportError";

/// Returns the JSON body that carries the error through a hub.
pub(crate) fn envelope(error: &Error) -> Bytes {
    Bytes::from(json!({ ENVELOPE: error }).to_string())
}

/// Returns what a hub's error was before it went through the hub.
pub(crate) fn from_hub(error: google_apis_common::Error, method: &str, target: &str) -> Error {
    use google_apis_common::Error as Hub;

    let own = match error {
        Hub::BadRequest(mut body) => {
            return carried(body.get_mut(ENVELOPE).map(Value::take), method, target);
        }
        // The whole body stands in this error's Display: only the reason may go on.
        Hub::JsonDecodeError(_, reason) => Error::new(ErrorKind::Malformed, reason.to_string()),
        Hub::HttpError(_) | Hub::Io(_) | Hub::Failure(_) => Error::new(
            ErrorKind::Transport {
                fault: Fault::Reset,
            },
            "the in-memory connection broke",
        ),
        Hub::MissingToken(_)
        | Hub::MissingAPIKey
        | Hub::Cancelled
        | Hub::FieldClash(_)
        | Hub::UploadSizeLimitExceeded(..) => {
            Error::new(ErrorKind::BadRequest, "the hub did not send the request")
        }
    };
    own.on(method, target)
}

/// Returns the error that the envelope holds.
fn carried(envelope: Option<Value>, method: &str, target: &str) -> Error {
    let text = envelope.unwrap_or_default().to_string();
    serde_json::from_str(&text).unwrap_or_else(|_| {
        Error::new(
            ErrorKind::Malformed,
            "an error without the transport's envelope",
        )
        .on(method, target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_comes_back_from_a_hub_as_it_went_in() {
        let error = Error::new(
            ErrorKind::PermissionDenied {
                permission: Some("iam.serviceAccountKeys.list".to_owned()),
            },
            "denied",
        )
        .on(
            "iam.projects.serviceAccounts.keys.list",
            "projects/acme/serviceAccounts/1",
        )
        .with_status(403)
        .after(2)
        .refused_wait(7);
        let body = serde_json::from_slice(&envelope(&error)).expect("JSON");
        assert_eq!(
            from_hub(
                google_apis_common::Error::BadRequest(body),
                "other",
                "other"
            ),
            error
        );
    }

    #[test]
    fn a_body_that_the_hub_cannot_decode_is_not_repeated() {
        let reason = serde_json::from_str::<u8>("\"secret\"").expect_err("not a number");
        let error = from_hub(
            google_apis_common::Error::JsonDecodeError("{\"privateKeyData\":1}".to_owned(), reason),
            "iam.projects.serviceAccounts.list",
            "projects/acme",
        );
        assert_eq!(error.kind(), &ErrorKind::Malformed);
        assert!(!format!("{error} {error:?}").contains("privateKeyData"));
    }
}

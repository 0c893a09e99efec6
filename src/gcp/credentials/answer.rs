//! What a token endpoint said instead of a token.

use std::fmt;

use http::StatusCode;
use serde_json::Value;

use super::clean::clean;
use super::secret::Secret;

/// Characters kept of an error code, and of the sentence that explains it.
const CODE: usize = 60;
const SENTENCE: usize = 240;

/// An error answer, in the shape of OAuth 2.0 (RFC 6749, section 5.2) or of Google's APIs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// `invalid_grant`, `PERMISSION_DENIED`, …; of Google's details the reason, as it is more exact than the status.
    pub(super) code: Option<String>,
    /// Google's `error_subtype`: `invalid_rapt` and `rapt_required` mean that an administrator demands a new sign-in.
    pub(super) subtype: Option<String>,
    pub(super) sentence: Option<String>,
}

impl Answer {
    /// Reads an error body; what is not JSON in one of the two shapes is left out, as proxies answer in pages of HTML.
    pub(super) fn read(status: StatusCode, body: &[u8], secrets: &[&Secret]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |value: &Value, limit: usize| {
            value
                .as_str()
                .map(|text| clean(text, secrets, limit))
                .filter(|text| !text.is_empty())
        };
        let error = &body["error"];
        let (code, sentence) = if error.is_object() {
            let reason = error["details"]
                .as_array()
                .into_iter()
                .flatten()
                .find_map(|detail| text(&detail["reason"], CODE));
            (
                reason.or_else(|| text(&error["status"], CODE)),
                text(&error["message"], SENTENCE),
            )
        } else {
            (
                text(error, CODE),
                text(&body["error_description"], SENTENCE),
            )
        };
        Self {
            status: status.as_u16(),
            code,
            subtype: text(&body["error_subtype"], CODE),
            sentence,
        }
    }

    pub(super) fn has_code(&self, codes: &[&str]) -> bool {
        [&self.code, &self.subtype]
            .into_iter()
            .flatten()
            .any(|code| codes.contains(&code.as_str()))
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        if let Some(subtype) = &self.subtype {
            write!(f, " ({subtype})")?;
        }
        if let Some(sentence) = &self.sentence {
            write!(f, ": {}", sentence.trim_end_matches('.'))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_of_error_and_none_are_read() {
        let cases = [
            (
                400,
                r#"{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}"#,
                "HTTP 400 invalid_grant: Token has been expired or revoked",
            ),
            (
                400,
                r#"{"error": "invalid_grant", "error_description": "reauth related error (invalid_rapt)", "error_subtype": "invalid_rapt"}"#,
                "HTTP 400 invalid_grant (invalid_rapt): reauth related error (invalid_rapt)",
            ),
            (
                403,
                r#"{"error": {"code": 403, "message": "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).", "status": "PERMISSION_DENIED", "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "IAM_PERMISSION_DENIED"}]}}"#,
                "HTTP 403 IAM_PERMISSION_DENIED: Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)",
            ),
            (
                404,
                r#"{"error": {"status": "NOT_FOUND", "message": "gone"}}"#,
                "HTTP 404 NOT_FOUND: gone",
            ),
            (
                502,
                "<html><body>Bad gateway: proxy-7</body></html>",
                "HTTP 502",
            ),
            (
                400,
                r#"{"error": ["x"], "error_description": 7}"#,
                "HTTP 400",
            ),
            (400, "[]", "HTTP 400"),
            (
                400,
                r#"{"error": "assertion hunter2-hunter2", "error_description": "got hunter2-hunter2"}"#,
                "HTTP 400 assertion [redacted]: got [redacted]",
            ),
        ];
        for (status, body, expected) in cases {
            let status = StatusCode::from_u16(status).expect("a status");
            let answer = Answer::read(status, body.as_bytes(), &[&Secret::new("hunter2-hunter2")]);
            assert_eq!(answer.to_string(), expected);
        }
    }
}

//! Posting to Slack's incoming webhooks. Source: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{Method, Request};

use crate::render::slack::Payload;

use super::retry;
use super::sender::{Answer, Sender};
use super::webhook::Webhook;

/// Why a message was not posted. None of it holds the webhook's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlackError {
    /// Slack, or whoever answers there, refused it.
    #[error("{host} answered {status} {code}")]
    Refused {
        /// The webhook's host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// Slack's word for it: `invalid_blocks`; `without a reason of Slack's` where there is none.
        code: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// It asks to wait for longer than we do.
    #[error("{host} answered 429 and asks to wait for {seconds} seconds")]
    Busy {
        /// The webhook's host.
        host: String,
        /// How long.
        seconds: u64,
    },
    /// No answer came.
    #[error("no answer came: {0}")]
    NoAnswer(String),
    /// No answer came to what was sent: it may have been posted.
    #[error("it was sent and no answer came ({0}): it may have been posted")]
    Unsure(String),
}

impl SlackError {
    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Refused { hint, .. } => hint,
            Self::Busy { .. } => "post it later",
            Self::NoAnswer(_) => "see whether this machine can reach it; HTTPS_PROXY names a proxy",
            Self::Unsure(_) => "look into the channel before you post again",
        }
    }
}

/// Posts a message. Sends it again, after a wait, where it has surely not arrived.
///
/// # Errors
/// Where it was not posted, or nobody can tell.
pub async fn post(
    sender: &dyn Sender,
    webhook: &Webhook,
    payload: &Payload,
) -> Result<(), SlackError> {
    let body = Bytes::from(payload.json());
    let mut attempt = 1;
    loop {
        let result = sender.send(request(webhook, body.clone())).await;
        match retry::wait(&result, attempt) {
            Some(wait) => {
                tracing::info!(host = webhook.host(), attempt, ?wait, "posting again");
                tokio::time::sleep(wait).await;
                attempt += 1;
            }
            None => return told(webhook, result),
        }
    }
}

fn request(webhook: &Webhook, body: Bytes) -> Request<Bytes> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = webhook.uri().clone();
    let headers = request.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        http::HeaderValue::from_static("application/json; charset=utf-8"),
    );
    headers.insert(USER_AGENT, http::HeaderValue::from_static("sa-audit"));
    request
}

fn told(webhook: &Webhook, result: io::Result<Answer>) -> Result<(), SlackError> {
    let host = || webhook.host().to_owned();
    match result {
        Ok(answer) if answer.status.is_success() => Ok(()),
        Ok(answer) => Err(
            match (answer.status.as_u16(), retry::retry_after(&answer)) {
                (429, Some(wait)) if wait > Duration::ZERO => SlackError::Busy {
                    host: host(),
                    seconds: wait.as_secs(),
                },
                (status, _) => {
                    let code = code(&answer.body);
                    SlackError::Refused {
                        host: host(),
                        status,
                        hint: hint(status, code.as_deref()),
                        code: code.unwrap_or_else(|| "without a reason of Slack's".to_owned()),
                    }
                }
            },
        ),
        Err(error) if may_have_arrived(&error) => Err(SlackError::Unsure(error.to_string())),
        Err(error) => Err(SlackError::NoAnswer(error.to_string())),
    }
}

/// Returns whether the message may have been on its way when the connection ended.
fn may_have_arrived(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::TimedOut
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
    )
}

/// Returns Slack's word for a refusal: the body is that word alone. Whatever else answers is not repeated.
fn code(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    let is_word = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (!text.is_empty() && text.len() <= 60 && is_word(text)).then(|| text.to_owned())
}

/// Returns what to do about a refusal.
fn hint(status: u16, code: Option<&str>) -> &'static str {
    match (status, code) {
        (_, Some("invalid_blocks" | "invalid_payload" | "no_text" | "msg_blocks_too_long")) => {
            "the message is not as Slack wants it, which is a fault of sa-audit's: report it, with the output of --dry-run"
        }
        (_, Some("action_prohibited" | "posting_to_general_channel_denied")) => {
            "an administrator of the workspace does not let it post there: choose another channel"
        }
        (_, Some("channel_not_found" | "channel_is_archived")) | (410, _) => {
            "its channel is gone or archived: make a webhook for another one"
        }
        (
            _,
            Some(
                "no_service" | "no_service_id" | "no_active_hooks" | "invalid_token" | "no_team"
                | "team_disabled",
            ),
        )
        | (403 | 404, _) => "the webhook is revoked, or its address is mistyped: make a new one",
        (300..=399, _) => {
            "the address leads elsewhere, and it is not followed: name the webhook itself"
        }
        (500..=599, _) => "Slack fails: post it later",
        _ => "see whether the address is that of an incoming webhook",
    }
}

//! How a read ended, in words.

use crate::model::coverage::Reading;
use crate::model::message::Message;

/// Returns in one sentence that can stand alone why `what` is missing: "the caller lacks iam.serviceAccountKeys.list".
///
/// `what` is a noun in the plural: "the keys", "its last authentications".
#[must_use]
pub fn sentence(reading: &Reading, what: &str) -> Message {
    match reading {
        Reading::Read => Message::from(format!("{what} were read")),
        Reading::Skipped => Message::from(format!("{what} were not asked for")),
        Reading::Stale { as_of } => Message::from(format!(
            "{what} are known as of {}",
            as_of.format("%Y-%m-%d")
        )),
        Reading::NotCovered { what } => Message::from("this version does not look at: ").name(what),
        Reading::Malformed { count } => Message::from(format!(
            "{what} were read, but for {count} that could not be understood"
        )),
        Reading::Truncated { message } => {
            Message::from(format!("only a part of {what} was read: ")).name(message)
        }
        Reading::Denied { permission: None } => {
            Message::from(format!("the caller may not read {what}"))
        }
        Reading::Denied {
            permission: Some(permission),
        } => Message::from("the caller lacks ").name(permission),
        Reading::ApiDisabled { service, .. } => {
            Message::default().name(service).text(" is switched off")
        }
        Reading::Quota { message } => {
            Message::from("Google's quota was used up for longer than the scan waits: ")
                .name(message)
        }
        Reading::Perimeter { .. } => {
            Message::from("a VPC Service Controls perimeter refused the caller")
        }
        // The message names the status, and a status of 200 with half a body is no answer to boast of.
        Reading::Failed { message, .. } => {
            Message::from(format!("reading {what} failed: ")).name(message)
        }
    }
}

/// Returns in two or three words why something is missing: "access denied".
#[must_use]
pub fn in_short(reading: &Reading) -> &'static str {
    match reading {
        // The read was whole, so that only the answer itself can be what is missing.
        Reading::Read => "no answer",
        Reading::Skipped => "not asked for",
        Reading::Stale { .. } => "behind",
        Reading::NotCovered { .. } => "not looked at",
        Reading::Malformed { .. } => "answer not understood",
        Reading::Truncated { .. } => "read broke off",
        Reading::Denied { .. } => "access denied",
        Reading::ApiDisabled { .. } => "API switched off",
        Reading::Quota { .. } => "quota used up",
        Reading::Perimeter { .. } => "refused by a perimeter",
        Reading::Failed { .. } => "read failed",
    }
}

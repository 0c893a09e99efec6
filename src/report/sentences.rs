//! Findings as whole sentences: the subject's name, and what the rule says of it.

use crate::model::finding::{Finding, Subject};
use crate::model::message::Message;

use super::ReportedFinding;

impl ReportedFinding {
    /// Returns the finding as a sentence that can stand alone: "key 4f1c… of etl@… is 611 days old".
    #[must_use]
    pub fn sentence(&self) -> Message {
        let Finding {
            subject, message, ..
        } = &self.finding;
        name(subject).text(" ").append(message.clone())
    }
}

/// Returns the subject's name in full.
fn name(subject: &Subject) -> Message {
    let email = &subject.account.email;
    match &subject.key {
        None => Message::default().account(email),
        Some(key) => Message::from("key ").key(key).text(" of ").account(email),
    }
}

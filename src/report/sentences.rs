//! Findings as whole sentences: the subject's name, and what the rule says of it.

use crate::model::finding::{Finding, Subject};
use crate::model::message::Message;

use super::news::Step;
use super::{Line, ReportedFinding};

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

impl Line {
    /// Returns the name of what the line is about, in full: "key 4f1c… of etl@…", "project acme-prod".
    #[must_use]
    pub fn name(&self) -> Message {
        name(&self.subject)
    }
}

impl Step {
    /// Returns the name of what the step is about, in full.
    #[must_use]
    pub fn name(&self) -> Message {
        name(&self.subject)
    }
}

/// Returns the subject's name in full.
fn name(subject: &Subject) -> Message {
    match subject {
        Subject::Organization(id) => Message::from("organization ").name(id.as_str()),
        Subject::Folder(id) => Message::from("folder ").name(id.as_str()),
        Subject::Project(id) => Message::from("project ").project(id),
        Subject::Provider(provider) => Message::from("provider ")
            .name(&provider.provider)
            .text(" of pool ")
            .name(&provider.pool)
            .text(" in ")
            .project(&provider.project),
        Subject::Account(account) => Message::default().account(&account.email),
        Subject::Key { account, key } => Message::from("key ")
            .key(key)
            .text(" of ")
            .account(&account.email),
        Subject::Acceptance(acceptance) => {
            Message::from("the acceptance of ").append(acceptance.of.clone())
        }
    }
}

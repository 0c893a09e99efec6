//! A sentence with the names in it marked, so that each renderer can set and escape them in its own way.

use std::fmt;

use super::names::{Email, KeyId, Member, ProjectId};

/// A sentence about the estate: plain words of ours, and names that strangers chose, kept apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Message(Vec<Part>);

/// A piece of a [`Message`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Words of ours.
    Text(String),
    /// A service account.
    Account(Email),
    /// A key.
    Key(KeyId),
    /// A project.
    Project(ProjectId),
    /// A member of a policy.
    Member(Member),
    /// Another name or text from outside: a role, a permission, a service.
    Name(String),
}

impl Message {
    /// Returns the message with words of ours added.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.push(Part::Text(text.into()))
    }

    /// Returns the message with an account's name added.
    #[must_use]
    pub fn account(self, email: &Email) -> Self {
        self.push(Part::Account(email.clone()))
    }

    /// Returns the message with a key's id added.
    #[must_use]
    pub fn key(self, key: &KeyId) -> Self {
        self.push(Part::Key(key.clone()))
    }

    /// Returns the message with a project's id added.
    #[must_use]
    pub fn project(self, project: &ProjectId) -> Self {
        self.push(Part::Project(project.clone()))
    }

    /// Returns the message with a member of a policy added.
    #[must_use]
    pub fn member(self, member: &Member) -> Self {
        self.push(Part::Member(member.clone()))
    }

    /// Returns the message with another name added: a role, a permission, a service, a stranger's text.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        self.push(Part::Name(name.into()))
    }

    /// Returns the message with another message behind it.
    #[must_use]
    pub fn append(mut self, message: Self) -> Self {
        self.0.extend(message.0);
        self
    }

    /// Returns the pieces in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// Returns whether it has names in it, and none that `other` does not have.
    #[must_use]
    pub fn names_only_what(&self, other: &Self) -> bool {
        let mut names = self.names().peekable();
        names.peek().is_some() && names.all(|name| other.names().any(|held| held == name))
    }

    /// Returns the names in it, in order.
    fn names(&self) -> impl Iterator<Item = &Part> {
        self.0.iter().filter(|part| match part {
            Part::Text(_) => false,
            Part::Account(_)
            | Part::Key(_)
            | Part::Project(_)
            | Part::Member(_)
            | Part::Name(_) => true,
        })
    }

    fn push(mut self, part: Part) -> Self {
        self.0.push(part);
        self
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::default().text(text)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::default().text(text)
    }
}

impl fmt::Display for Message {
    /// Writes the whole sentence with every name in full.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Text(text) | Part::Name(text) => f.write_str(text),
            Part::Account(email) => write!(f, "{email}"),
            Part::Key(key) => write!(f, "{key}"),
            Part::Project(project) => write!(f, "{project}"),
            Part::Member(member) => write!(f, "{member}"),
        })
    }
}

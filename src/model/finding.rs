//! A finding: what a rule says about one subject, and what it rests on.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::action::Action;
use super::coverage::Dataset;
use super::estate::{Account, Key};
use super::federation::ProviderRef;
use super::message::Message;
use super::names::{FolderId, FullResourceName, KeyId, OrganizationId, ProjectId};
use super::rule::{Confidence, RuleMeta, Severity};
use super::scope::{AccountRef, Scope};

/// What a rule says about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about: equal from run to run, whatever the wording and the evidence.
    pub fingerprint: Fingerprint,
    /// What it rests on: where it changes, a known or accepted finding is a changed one.
    pub evidence_digest: Fingerprint,
    /// The rule's id.
    pub rule: &'static str,
    /// How bad it is, if it is true.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// What it is about.
    pub subject: Subject,
    /// The finding in one sentence that stands behind the subject's name.
    pub message: Message,
    /// The facts, each with its source.
    pub evidence: Vec<Evidence>,
    /// What to do, in order.
    pub actions: Vec<Action>,
}

/// What a finding is about. The variants stand from the widest to the narrowest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An organization: what its policy gives everywhere below.
    Organization(OrganizationId),
    /// A folder: what its policy gives everywhere below.
    Folder(FolderId),
    /// A project: what its policy gives in it.
    Project(ProjectId),
    /// A provider of a workload identity pool.
    Provider(ProviderRef),
    /// A service account.
    Account(AccountRef),
    /// A user-managed key.
    Key {
        /// The key's account.
        account: AccountRef,
        /// The key.
        key: KeyId,
    },
    /// An acceptance of the configuration.
    Acceptance(AcceptanceRef),
}

/// An acceptance of the configuration, named so that a person finds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AcceptanceRef {
    /// What it accepts: `key-old on key 4f1c… of etl@…`.
    pub of: Message,
}

/// A fact under a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The fact, in words.
    pub fact: Message,
    /// Who says so: `iam.projects.serviceAccounts.keys.list`.
    pub source: &'static str,
    /// The moment that the fact is about, UTC.
    pub at: Option<DateTime<Utc>>,
}

/// What a rule could not decide about one subject. Never a pass.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undecided {
    /// The rule's id.
    pub rule: &'static str,
    /// What it is about.
    pub subject: Subject,
    /// The dataset in which the answer would stand.
    pub dataset: Dataset,
    /// Why it could not be decided.
    pub reason: Message,
}

/// A SHA-256, written as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

/// A text that is no [`Fingerprint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not 64 lower-case hexadecimal digits")]
pub struct NotAFingerprint;

impl Fingerprint {
    /// Returns the fingerprint of `parts`, each with its length, so that no two lists share one by concatenation.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        Self(hash.finalize().into())
    }

    /// Returns its first 12 digits, for people who look it up in a report.
    #[must_use]
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }

    /// Returns the fingerprint that a text writes.
    ///
    /// # Errors
    /// Where it is not 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, NotAFingerprint> {
        let digit = |byte: &u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(NotAFingerprint),
        };
        let digits: Vec<u8> = text
            .as_bytes()
            .iter()
            .map(digit)
            .collect::<Result<_, _>>()?;
        let bytes: Vec<u8> = digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |high, low| high << 4 | low))
            .collect();
        if digits.len() != 64 {
            return Err(NotAFingerprint);
        }
        bytes.try_into().map(Self).map_err(|_| NotAFingerprint)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = NotAFingerprint;

    fn try_from(text: String) -> Result<Self, NotAFingerprint> {
        Self::parse(&text)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Subject {
    /// Returns the subject's full resource name, by unique id.
    #[must_use]
    pub fn full_name(&self) -> FullResourceName {
        match self {
            Self::Organization(id) => FullResourceName::of_organization(id),
            Self::Folder(id) => FullResourceName::of_folder(id),
            Self::Project(id) => FullResourceName::of_project(id),
            Self::Provider(ProviderRef {
                project,
                pool,
                provider,
            }) => FullResourceName::of_provider(project, pool, provider),
            Self::Account(account) => {
                FullResourceName::of_account(&account.project, &account.unique_id)
            }
            Self::Key { account, key } => {
                FullResourceName::of_key(&account.project, &account.unique_id, key)
            }
            Self::Acceptance(AcceptanceRef { of }) => {
                FullResourceName::of_acceptance(&of.to_string())
            }
        }
    }

    /// Returns the account that the subject is, or whose key it is.
    #[must_use]
    pub fn account(&self) -> Option<&AccountRef> {
        match self {
            Self::Account(account) | Self::Key { account, .. } => Some(account),
            Self::Organization(_)
            | Self::Folder(_)
            | Self::Project(_)
            | Self::Provider(_)
            | Self::Acceptance(_) => None,
        }
    }

    /// Returns the key that the subject is.
    #[must_use]
    pub fn key(&self) -> Option<&KeyId> {
        match self {
            Self::Key { key, .. } => Some(key),
            Self::Organization(_)
            | Self::Folder(_)
            | Self::Project(_)
            | Self::Provider(_)
            | Self::Account(_)
            | Self::Acceptance(_) => None,
        }
    }

    /// Returns the narrowest scope that has the subject: of a key its account, of a provider its project, of an
    /// acceptance everything that was looked at.
    #[must_use]
    pub fn scope(&self) -> Scope {
        match self {
            Self::Organization(id) => Scope::Organization(id.clone()),
            Self::Folder(id) => Scope::Folder(id.clone()),
            Self::Project(project) | Self::Provider(ProviderRef { project, .. }) => {
                Scope::Project(project.clone())
            }
            Self::Account(account) | Self::Key { account, .. } => Scope::Account(account.clone()),
            Self::Acceptance(_) => Scope::Caller,
        }
    }
}

impl Finding {
    /// Returns a finding of `rule` about an account, with the rule's severity and confidence high.
    ///
    /// `rests_on` names the facts, without times and counts, whose change makes it a changed finding; so does another
    /// severity.
    #[must_use]
    pub fn on_account(
        rule: &RuleMeta,
        account: &Account,
        message: Message,
        rests_on: &[&str],
    ) -> Self {
        Self::on(
            rule,
            Subject::Account(account.reference()),
            message,
            rests_on,
        )
    }

    /// Returns a finding of `rule` about a key, as [`Finding::on_account`].
    #[must_use]
    pub fn on_key(
        rule: &RuleMeta,
        account: &Account,
        key: &Key,
        message: Message,
        rests_on: &[&str],
    ) -> Self {
        let subject = Subject::Key {
            account: account.reference(),
            key: key.facts.id.clone(),
        };
        Self::on(rule, subject, message, rests_on)
    }

    /// Returns a finding of `rule` about any subject, as [`Finding::on_account`].
    #[must_use]
    pub fn on(rule: &RuleMeta, subject: Subject, message: Message, rests_on: &[&str]) -> Self {
        Self {
            fingerprint: Fingerprint::of(&[rule.id, subject.full_name().as_str()]),
            evidence_digest: Fingerprint::of(rests_on),
            rule: rule.id,
            severity: rule.severity,
            confidence: Confidence::High,
            subject,
            message,
            evidence: Vec::new(),
            actions: Vec::new(),
        }
    }

    /// Returns the finding about one of several things on its subject, such as a role and its member: each has a
    /// fingerprint of its own.
    #[must_use]
    pub fn about(self, parts: &[&str]) -> Self {
        let name = self.subject.full_name();
        let all: Vec<&str> = [self.rule, name.as_str()]
            .into_iter()
            .chain(parts.iter().copied())
            .collect();
        Self {
            fingerprint: Fingerprint::of(&all),
            ..self
        }
    }

    /// Returns whether its rule may say several things about its subject, of which it is one: see [`Finding::about`].
    #[must_use]
    pub fn is_one_of_several(&self) -> bool {
        self.fingerprint != Fingerprint::of(&[self.rule, self.subject.full_name().as_str()])
    }

    /// Returns the finding with another severity than its rule's, which is other evidence as well: what was accepted as low
    /// was not accepted as critical.
    #[must_use]
    pub fn severity(self, severity: Severity) -> Self {
        if severity == self.severity {
            return self;
        }
        let rests_on = self.evidence_digest.to_string();
        Self {
            evidence_digest: Fingerprint::of(&[&rests_on, severity.name()]),
            severity,
            ..self
        }
    }

    /// Returns the finding with another confidence than high.
    #[must_use]
    pub fn confidence(self, confidence: Confidence) -> Self {
        Self { confidence, ..self }
    }

    /// Returns the finding with facts under it, behind those that it has.
    #[must_use]
    pub fn facts(mut self, facts: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(facts);
        self
    }

    /// Returns the finding with a step behind those that it has.
    #[must_use]
    pub fn then(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_tell_lists_apart_that_concatenate_to_the_same_text() {
        assert_ne!(Fingerprint::of(&["ab", "c"]), Fingerprint::of(&["a", "bc"]));
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Fingerprint::of(&[]).to_string(), empty);
    }

    #[test]
    fn a_fingerprint_is_read_as_it_is_written() {
        let one = Fingerprint::of(&["one"]);
        assert_eq!(Fingerprint::parse(&one.to_string()), Ok(one));
        let text = one.to_string();
        let upper = text.to_uppercase();
        for wrong in ["", "4f1c", &text[1..], &format!("{text}0"), &upper, "é"] {
            assert_eq!(Fingerprint::parse(wrong), Err(NotAFingerprint), "{wrong}");
        }
    }
}

//! What somebody has accepted: findings and gaps, each for a reason and until a day.
//!
//! An acceptance is bound to an identity, never to an address alone: an address can be deleted and created again, and
//! the new account is another one. It is bound to a day as well, and, where it names the evidence that was accepted, to
//! that evidence.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::coverage::Dataset;
use super::finding::{Finding, Fingerprint, Subject};
use super::message::Message;
use super::names::{Email, FolderId, FullResourceName, KeyId, OrganizationId, ProjectId, UniqueId};
use super::scope::Scope;

/// Why something is accepted, by whom, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it holds, UTC.
    pub until: NaiveDate,
}

/// A finding that somebody has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// The rule's id.
    pub rule: String,
    /// What the finding is about.
    pub of: Accepted,
    /// The key that it is about; `None`: the account, or the place, itself, and none of its keys.
    pub key: Option<KeyId>,
    /// The evidence digest that was accepted; `None`: whatever the finding rests on.
    pub evidence: Option<Fingerprint>,
    /// Why, by whom, until when.
    pub terms: Terms,
}

/// What an accepted finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// An account, by its identity.
    Account {
        /// The identity: what the acceptance is bound to.
        unique_id: UniqueId,
        /// The address, for people.
        email: Option<Email>,
    },
    /// An account by its address alone, which names no identity: such an acceptance covers nothing.
    Address(Email),
    /// An organization, a folder, a project, a provider.
    Resource(FullResourceName),
}

/// How an acceptance stands to a finding that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It covers the finding.
    Covers,
    /// It covered the finding until its last day, which is over.
    Expired,
    /// What the finding rests on has changed since it was accepted.
    Outgrown,
    /// It names the account by its address alone.
    NoIdentity,
    /// The rule says several things about the subject, and it does not say which of them it accepts.
    NoEvidence,
}

/// A gap that somebody has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapAcceptance {
    /// Where: of a project, its accounts too.
    pub place: GapPlace,
    /// What may be missing there.
    pub dataset: Dataset,
    /// Why, by whom, until when.
    pub terms: Terms,
}

/// Where a gap is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GapPlace {
    /// Everything that the caller sees: `caller`.
    Caller,
    /// An organization: `organizations/N`.
    Organization(OrganizationId),
    /// A folder: `folders/N`.
    Folder(FolderId),
    /// A project, with its accounts: `projects/ID`.
    Project(ProjectId),
}

impl Terms {
    /// Returns the moment from which on it holds no longer: the end of its last day, UTC.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        let day_after = self.until.succ_opt().unwrap_or(NaiveDate::MAX);
        day_after.and_time(NaiveTime::MIN).and_utc()
    }

    /// Returns whether it holds at `now`.
    #[must_use]
    pub fn hold(&self, now: DateTime<Utc>) -> bool {
        now < self.end()
    }
}

impl Acceptance {
    /// Returns how it stands to a finding at `now`; `None`: it does not name it.
    ///
    /// Without a key it names no finding about a key: one that is made tomorrow was accepted by nobody.
    #[must_use]
    pub fn standing(&self, finding: &Finding, now: DateTime<Utc>) -> Option<Standing> {
        if finding.rule != self.rule || finding.subject.key() != self.key.as_ref() {
            return None;
        }
        if !self.of.is(&finding.subject) {
            return None;
        }
        let is_outgrown = self
            .evidence
            .is_some_and(|accepted| accepted != finding.evidence_digest);
        let has_identity = match &self.of {
            Accepted::Address(_) => false,
            Accepted::Account { .. } | Accepted::Resource(_) => true,
        };
        Some(if !has_identity {
            Standing::NoIdentity
        } else if self.evidence.is_none() && finding.is_one_of_several() {
            Standing::NoEvidence
        } else if is_outgrown {
            Standing::Outgrown
        } else if !self.terms.hold(now) {
            Standing::Expired
        } else {
            Standing::Covers
        })
    }

    /// Returns its name: the rule, and what the finding is about.
    #[must_use]
    pub fn name(&self) -> Message {
        let message = Message::default().name(&self.rule).text(" on ");
        let message = match &self.key {
            None => message,
            Some(key) => message.text("key ").key(key).text(" of "),
        };
        let message = match &self.of {
            Accepted::Account {
                email: Some(email), ..
            }
            | Accepted::Address(email) => message.account(email),
            Accepted::Account {
                unique_id,
                email: None,
            } => message.text("account ").name(unique_id.as_str()),
            Accepted::Resource(name) => message.name(name.as_str()),
        };
        match self.evidence.map(|digest| digest.to_string()) {
            None => message,
            Some(digest) => message.text(" with evidence ").name(&digest[..8]),
        }
    }
}

impl Accepted {
    /// Returns whether a subject is it, or is a key of it. An account is known by its unique id, whatever its address.
    fn is(&self, subject: &Subject) -> bool {
        match self {
            Self::Account { unique_id, .. } => subject
                .account()
                .is_some_and(|account| account.unique_id == *unique_id),
            Self::Address(email) => subject
                .account()
                .is_some_and(|account| account.email == *email),
            Self::Resource(name) => subject.account().is_none() && subject.full_name() == *name,
        }
    }
}

impl GapAcceptance {
    /// Returns whether it names the gap of a dataset in a scope.
    #[must_use]
    pub fn names(&self, scope: &Scope, dataset: Dataset) -> bool {
        let here = match (&self.place, scope) {
            (GapPlace::Caller, Scope::Caller) => true,
            (GapPlace::Organization(place), Scope::Organization(id)) => place == id,
            (GapPlace::Folder(place), Scope::Folder(id)) => place == id,
            (GapPlace::Project(place), scope) => scope.project() == Some(place),
            (GapPlace::Caller | GapPlace::Organization(_) | GapPlace::Folder(_), _) => false,
        };
        here && self.dataset == dataset
    }

    /// Returns its name: the dataset and the place.
    #[must_use]
    pub fn name(&self) -> Message {
        Message::from("the gap ")
            .name(self.dataset.name())
            .text(" in ")
            .name(self.place.to_string())
    }

    /// Returns whether it covers the gap of a dataset in a scope at `now`.
    #[must_use]
    pub fn covers(&self, scope: &Scope, dataset: Dataset, now: DateTime<Utc>) -> bool {
        self.terms.hold(now) && self.names(scope, dataset)
    }
}

impl GapPlace {
    /// Returns the place that a text names: `caller`, `organizations/N`, `folders/N`, `projects/ID`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once('/') {
            None => (text == "caller").then_some(Self::Caller),
            Some(("organizations", id)) => OrganizationId::parse(id).ok().map(Self::Organization),
            Some(("folders", id)) => FolderId::parse(id).ok().map(Self::Folder),
            Some(("projects", id)) => ProjectId::parse(id).ok().map(Self::Project),
            Some(_) => None,
        }
    }
}

impl std::fmt::Display for GapPlace {
    /// Writes the place as [`GapPlace::parse`] takes it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Caller => f.write_str("caller"),
            Self::Organization(id) => write!(f, "organizations/{id}"),
            Self::Folder(id) => write!(f, "folders/{id}"),
            Self::Project(id) => write!(f, "projects/{id}"),
        }
    }
}

//! Accounts, keys and last use, as the JSON report writes them.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::access::{Actor, Complete, Grant, Workload};
use super::caller::Caller;
use super::credential::Credential;
use super::owner::Owner;
use super::reference::Reference;
use super::vocabulary::{
    AccountKind, DisableReason, ExtendedStatusKind, KeyAlgorithm, KeyOrigin, KeyState, Severity,
    Source,
};
use crate::model;
use crate::model::coverage::Reading;
use crate::render::words;
use crate::report::AccountReport;

/// A service account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// The identity, never given out twice.
    pub unique_id: String,
    /// The address, which can be deleted and created again.
    pub email: String,
    /// The project's id.
    pub project: String,
    /// What kind of account it is, by its address.
    pub kind: AccountKind,
    /// A stranger's text; empty where none was given.
    pub display_name: String,
    /// A stranger's text; empty where none was given.
    pub description: String,
    /// Whether the account is switched off.
    pub disabled: bool,
    /// Since when it is; null where no activity log tells.
    pub disabled_since: Option<DateTime<Utc>>,
    /// When it was created; null where the route does not tell: IAM has no such field.
    pub created: Option<DateTime<Utc>>,
    /// Whom it belongs to; null where nobody says.
    pub owner: Option<Owner>,
    /// When it was last used.
    pub last_use: LastUse,
    /// Who called as it without one of `keys`, and who took a token or a signature of it.
    pub callers: Vec<Caller>,
    /// Its user-managed keys, by id.
    pub keys: Vec<Key>,
    /// Whether `keys` are all of them; otherwise `coverage` says what is missing.
    pub keys_complete: bool,
    /// Its HMAC keys and the API keys that are bound to it. No source of last use sees them.
    pub credentials: Vec<Credential>,
    /// The workloads that run as it.
    pub workloads: Vec<Workload>,
    /// The resources that name it and do not run as it: what a deletion would break beside the workloads.
    pub references: Vec<Reference>,
    /// The roles that it holds.
    pub grants: Vec<Grant>,
    /// Who may act as it, service agents left out.
    pub actors: Vec<Actor>,
    /// Whether these five lists are all that there is.
    pub complete: Complete,
    /// The worst severity of its findings of confidence medium or high; null where there are none.
    pub worst: Option<Severity>,
    /// The fingerprints of its findings that are not accepted, in the order of `findings`.
    pub findings: Vec<String>,
}

/// A user-managed key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Key {
    /// The key's id, unique within its account.
    pub id: String,
    /// Who made the key pair.
    pub origin: KeyOrigin,
    /// The key's algorithm.
    pub algorithm: KeyAlgorithm,
    /// When Google made it; null for a key that a user uploaded, of which Google does not tell.
    pub created: Option<DateTime<Utc>>,
    /// From when it is valid; for an uploaded key its certificate's begin.
    pub valid_after: Option<DateTime<Utc>>,
    /// Until when it is valid; null where it never expires or Google did not say.
    pub expires: Option<DateTime<Utc>>,
    /// Whether Google says that it never expires.
    pub never_expires: bool,
    /// Whether it is switched off.
    pub disabled: bool,
    /// Since when it is; null where no activity log tells.
    pub disabled_since: Option<DateTime<Utc>>,
    /// Why it was switched off, where Google says.
    pub disable_reason: Option<DisableReason>,
    /// What Google has seen of it.
    pub extended_status: Vec<ExtendedStatus>,
    /// Whether it can sign in at the moment of the scan.
    pub state: KeyState,
    /// When it was last used.
    pub last_use: LastUse,
    /// Who called with it, as audit logs tell.
    pub callers: Vec<Caller>,
}

/// What Google has seen of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExtendedStatus {
    /// What was seen.
    pub kind: ExtendedStatusKind,
    /// Google's text or link.
    pub value: String,
}

/// When a credential was last used. "Could not see" is never "unused".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LastUse {
    /// Which of the three answers it is.
    pub state: LastUseState,
    /// When it was seen, as the source stamps it; null unless `seen`.
    pub at: Option<DateTime<Utc>>,
    /// The latest moment that the stamp may mean, since Policy Analyzer tells days; null unless `seen`.
    pub latest: Option<DateTime<Utc>>,
    /// From when it was looked at; null where unknown. Of several stretches, the longest.
    pub from: Option<DateTime<Utc>>,
    /// Until when it was looked at; null where unknown.
    pub to: Option<DateTime<Utc>>,
    /// Who saw it, or who looked and did not see it; sorted.
    pub sources: Vec<Source>,
    /// Whether no log line agrees, so that it may be a system that merely listed the key; null unless `seen`.
    pub weak: Option<bool>,
    /// Why it is not known; null unless `unknown`.
    pub why: Option<WhyUnknown>,
}

/// The three answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LastUseState {
    /// A source saw it.
    Seen,
    /// Sources looked at this very credential and saw nothing.
    NotSeen,
    /// Nobody looked, or nobody could tell.
    Unknown,
}

/// Why a last use is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhyUnknown {
    /// The source was read and has no row of this credential; that does not mean unused.
    NoRow,
    /// Recommender has no insight about the account, and it speaks of idle ones only.
    NoInsight,
    /// The source has a row of this credential that does not say over which time it looked.
    NoPeriod,
    /// The key is disabled, and the source leaves disabled keys out.
    DisabledKeysLeftOut,
    /// The source counted nothing at all in the project, which proves nothing of one credential.
    NothingCounted,
    /// The source was read and its answer does not tell.
    NoAnswer,
    /// The user did not ask for it.
    Skipped,
    /// This version does not look at all of it.
    NotCovered,
    /// The answer could not be understood.
    Malformed,
    /// The read broke off.
    Truncated,
    /// The caller may not read it.
    Denied,
    /// The API is switched off.
    ApiDisabled,
    /// Google's quota was used up.
    Quota,
    /// A VPC Service Controls perimeter refused it.
    Perimeter,
    /// The read failed in another way.
    Failed,
}

impl Account {
    /// Returns the account; `now` is the moment of the scan.
    pub(in crate::render) fn new(account: &AccountReport, now: DateTime<Utc>) -> Self {
        let facts = &account.facts;
        Self {
            unique_id: facts.unique_id.to_string(),
            email: facts.email.to_string(),
            project: facts.project.to_string(),
            kind: facts.class().into(),
            display_name: facts.display_name.clone(),
            description: facts.description.clone(),
            disabled: facts.disabled,
            disabled_since: account.disabled_since,
            created: facts.created,
            owner: account.owner.as_ref().map(Owner::from),
            last_use: LastUse::from(&account.last_use),
            callers: account.callers.iter().map(Caller::from).collect(),
            keys: account.keys.iter().map(|key| Key::new(key, now)).collect(),
            keys_complete: account.keys_complete,
            credentials: account.credentials.iter().map(Credential::from).collect(),
            workloads: account.workloads.iter().map(Workload::from).collect(),
            references: account.references.iter().map(Reference::from).collect(),
            grants: account.grants.iter().map(Grant::from).collect(),
            actors: account.actors.iter().map(Actor::from).collect(),
            complete: account.complete.into(),
            worst: account.worst.map(Severity::from),
            findings: account
                .open_findings()
                .map(|reported| reported.finding.fingerprint.to_string())
                .collect(),
        }
    }
}

impl Key {
    fn new(key: &model::estate::Key, now: DateTime<Utc>) -> Self {
        let facts = &key.facts;
        let by_google = facts.origin == model::key::KeyOrigin::Google;
        Self {
            id: facts.id.to_string(),
            origin: facts.origin.into(),
            algorithm: facts.algorithm.into(),
            created: facts.valid_after.filter(|_| by_google),
            valid_after: facts.valid_after,
            expires: facts.expires(),
            never_expires: facts.never_expires(),
            disabled: facts.disabled,
            disabled_since: key.life.disabled,
            disable_reason: facts.disable_reason.map(DisableReason::from),
            extended_status: facts
                .extended_status
                .iter()
                .map(|status| ExtendedStatus {
                    kind: status.kind.into(),
                    value: status.value.clone(),
                })
                .collect(),
            state: facts.state(now).into(),
            last_use: LastUse::from(&key.last_use),
            callers: key.callers.iter().map(Caller::from).collect(),
        }
    }
}

impl From<&model::usage::LastUse> for LastUse {
    fn from(last_use: &model::usage::LastUse) -> Self {
        let windows = last_use.windows();
        let longest = words::longest(windows);
        let unknown = Self {
            state: LastUseState::Unknown,
            at: None,
            latest: None,
            from: longest.map(|window| window.from),
            to: longest.map(|window| window.to),
            sources: Vec::new(),
            weak: None,
            why: None,
        };
        match last_use {
            model::usage::LastUse::Seen {
                at,
                latest,
                source,
                weak,
                windows: _,
            } => Self {
                state: LastUseState::Seen,
                at: Some(*at),
                latest: Some(*latest),
                sources: vec![(*source).into()],
                weak: Some(*weak),
                ..unknown
            },
            model::usage::LastUse::NotSeen { windows } => {
                let mut sources: Vec<_> = windows.iter().map(|window| window.source).collect();
                sources.sort_unstable();
                sources.dedup();
                Self {
                    state: LastUseState::NotSeen,
                    sources: sources.into_iter().map(Source::from).collect(),
                    ..unknown
                }
            }
            model::usage::LastUse::Unknown { why } => Self {
                why: Some(why.into()),
                ..unknown
            },
        }
    }
}

impl From<&model::usage::WhyUnknown> for WhyUnknown {
    fn from(why: &model::usage::WhyUnknown) -> Self {
        use model::usage::WhyUnknown as Why;
        match why {
            Why::NoRow => Self::NoRow,
            Why::NoInsight => Self::NoInsight,
            Why::NothingCounted => Self::NothingCounted,
            Why::NoPeriod => Self::NoPeriod,
            Why::DisabledKeysLeftOut => Self::DisabledKeysLeftOut,
            Why::NotRead(reading) => match reading {
                Reading::Read | Reading::Stale { .. } => Self::NoAnswer,
                Reading::Skipped => Self::Skipped,
                Reading::NotCovered { .. } => Self::NotCovered,
                Reading::Malformed { .. } => Self::Malformed,
                Reading::Truncated { .. } => Self::Truncated,
                Reading::Denied { .. } => Self::Denied,
                Reading::ApiDisabled { .. } => Self::ApiDisabled,
                Reading::Quota { .. } => Self::Quota,
                Reading::Perimeter { .. } => Self::Perimeter,
                Reading::Failed { .. } => Self::Failed,
            },
        }
    }
}

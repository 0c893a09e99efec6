//! Findings with their evidence and steps, as the JSON report writes them.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::vocabulary::{Confidence, Risk, Severity, Status};
use crate::model;
use crate::model::action::Action;
use crate::model::scope::AccountRef;
use crate::render::actions;
use crate::report::ReportedFinding;

/// What a rule says about one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What it is about: equal from run to run, whatever the wording and the evidence. 64 hexadecimal digits.
    pub fingerprint: String,
    /// What it rests on, without times and counts. 64 hexadecimal digits.
    pub evidence_digest: String,
    /// The rule's id.
    pub rule: String,
    /// How bad it is, if it is true.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// How it stands against the baseline; null without one.
    pub status: Option<Status>,
    /// Who accepted it, and why; null where nobody did.
    pub accepted: Option<Accepted>,
    /// The first run that had it; null without a baseline.
    pub first_seen: Option<DateTime<Utc>>,
    /// The team that it belongs to; null where that is not known.
    pub owner: Option<String>,
    /// What it is about.
    pub subject: Subject,
    /// The finding as one whole sentence.
    pub message: String,
    /// The facts, each with its source.
    pub evidence: Vec<Evidence>,
    /// What to do, in order.
    pub actions: Vec<Step>,
}

/// A risk that somebody has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accepted {
    /// Why.
    pub reason: String,
    /// Who; null where not said.
    pub owner: Option<String>,
    /// Until when; null where not said.
    pub until: Option<DateTime<Utc>>,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// The project's id.
    pub project: String,
    /// The account's address, or that of the key's account.
    pub email: String,
    /// The unique id of that account.
    pub unique_id: String,
    /// The key's id; null for an account.
    pub key: Option<String>,
    /// The full resource name, by unique id.
    pub name: String,
}

/// The kinds of subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// A service account.
    Account,
    /// A user-managed key.
    Key,
}

/// A fact under a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// The fact, in words.
    pub fact: String,
    /// Who says so.
    pub source: String,
    /// The moment that the fact is about; null where it is about none.
    pub at: Option<DateTime<Utc>>,
}

/// A step towards the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// What to do.
    pub kind: StepKind,
    /// The account's address, or that of the key's account.
    pub email: String,
    /// The unique id of that account.
    pub unique_id: String,
    /// The key's id; null where the step is about the account.
    pub key: Option<String>,
    /// Until when it has to be done; null where there is no date.
    pub before: Option<DateTime<Utc>>,
    /// What it can break.
    pub risk: Risk,
    /// The step that takes it back; null where there is none.
    pub undo: Option<StepKind>,
    /// The step as a sentence.
    pub text: String,
}

/// The kinds of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Ask who owns the account and whether it is still needed.
    FindOwner,
    /// Find out who calls with the key, and from where.
    FindCaller,
    /// Find out when the account, or its key, was disabled.
    FindWhenDisabled,
    /// Give the callers of a key an identity that needs no key.
    ReplaceKey,
    /// Give each workload of an account an account of its own.
    SeparateWorkloads,
    /// Switch a key off.
    DisableKey,
    /// Switch a key on again.
    EnableKey,
    /// Delete a key for good.
    DeleteKey,
}

impl From<&ReportedFinding> for Finding {
    fn from(reported: &ReportedFinding) -> Self {
        let finding = &reported.finding;
        Self {
            fingerprint: finding.fingerprint.to_string(),
            evidence_digest: finding.evidence_digest.to_string(),
            rule: finding.rule.to_owned(),
            severity: finding.severity.into(),
            confidence: finding.confidence.into(),
            status: reported.status.map(Status::from),
            accepted: reported.accepted.as_ref().map(|accepted| Accepted {
                reason: accepted.reason.clone(),
                owner: accepted.owner.clone(),
                until: accepted.until,
            }),
            first_seen: reported.first_seen,
            owner: reported.owner.clone(),
            subject: Subject::from(&finding.subject),
            message: reported.sentence().to_string(),
            evidence: finding
                .evidence
                .iter()
                .map(|evidence| Evidence {
                    fact: evidence.fact.to_string(),
                    source: evidence.source.to_owned(),
                    at: evidence.at,
                })
                .collect(),
            actions: finding.actions.iter().map(Step::from).collect(),
        }
    }
}

impl From<&model::finding::Subject> for Subject {
    fn from(subject: &model::finding::Subject) -> Self {
        let AccountRef {
            project,
            email,
            unique_id,
        } = &subject.account;
        Self {
            kind: match subject.key {
                None => SubjectKind::Account,
                Some(_) => SubjectKind::Key,
            },
            project: project.to_string(),
            email: email.to_string(),
            unique_id: unique_id.to_string(),
            key: subject.key.as_ref().map(ToString::to_string),
            name: subject.full_name().to_string(),
        }
    }
}

impl From<&Action> for Step {
    fn from(action: &Action) -> Self {
        let (account, key, before) = match action {
            Action::FindOwner { account } | Action::SeparateWorkloads { account } => {
                (account, None, None)
            }
            Action::FindWhenDisabled { account, key } => (account, key.as_ref(), None),
            Action::ReplaceKey {
                account,
                key,
                before,
            } => (account, Some(key), *before),
            Action::FindCaller { account, key }
            | Action::DisableKey { account, key }
            | Action::EnableKey { account, key }
            | Action::DeleteKey { account, key } => (account, Some(key), None),
        };
        Self {
            kind: action.into(),
            email: account.email.to_string(),
            unique_id: account.unique_id.to_string(),
            key: key.map(ToString::to_string),
            before,
            risk: action.risk().into(),
            undo: action.undo().as_ref().map(StepKind::from),
            text: actions::sentence(action).to_string(),
        }
    }
}

impl From<&Action> for StepKind {
    fn from(action: &Action) -> Self {
        match action {
            Action::FindOwner { .. } => Self::FindOwner,
            Action::FindCaller { .. } => Self::FindCaller,
            Action::FindWhenDisabled { .. } => Self::FindWhenDisabled,
            Action::ReplaceKey { .. } => Self::ReplaceKey,
            Action::SeparateWorkloads { .. } => Self::SeparateWorkloads,
            Action::DisableKey { .. } => Self::DisableKey,
            Action::EnableKey { .. } => Self::EnableKey,
            Action::DeleteKey { .. } => Self::DeleteKey,
        }
    }
}

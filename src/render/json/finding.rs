//! Findings with their evidence and steps, as the JSON report writes them.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::vocabulary::{Confidence, Risk, Severity, Status};
use crate::model;
use crate::model::action::Action;
use crate::model::names::KeyId;
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
    /// How it stands against the baseline; without one, `changed` where it has outgrown its acceptance, else null.
    pub status: Option<Status>,
    /// Who accepted it, and why; null where nobody did.
    pub accepted: Option<Accepted>,
    /// The first scan that had it, as far as the store or the baseline reaches; null without either.
    pub first_seen: Option<DateTime<Utc>>,
    /// The team or the person that it belongs to: by the configuration, else by a label of the project, else whoever created
    /// the account; null where that is not known.
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
    /// The last day on which it holds, UTC.
    pub until: NaiveDate,
}

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// The project's id; null for an organization or a folder.
    pub project: Option<String>,
    /// The account's address, or that of the key's account; null for another subject.
    pub email: Option<String>,
    /// The unique id of that account; null for another subject.
    pub unique_id: Option<String>,
    /// The key's id; null for another subject.
    pub key: Option<String>,
    /// The full resource name, by unique id.
    pub name: String,
}

/// The kinds of subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// An organization.
    Organization,
    /// A folder.
    Folder,
    /// A project.
    Project,
    /// A provider of a workload identity pool.
    Provider,
    /// A service account.
    Account,
    /// A user-managed key.
    Key,
    /// An acceptance of the configuration.
    Acceptance,
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
    /// The account's address, or that of the key's account; null where the step is about neither.
    pub email: Option<String>,
    /// The unique id of that account; null where the step is about neither.
    pub unique_id: Option<String>,
    /// The key's id; null where the step is about none.
    pub key: Option<String>,
    /// The full resource name of the policy's resource or of the provider; null where the step is about neither.
    pub resource: Option<String>,
    /// The role's name; null where the step is about none.
    pub role: Option<String>,
    /// The member, as Google writes it; null where the step is about none.
    pub member: Option<String>,
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
    /// Ask whether a member still needs a role, and for what.
    ReviewRole,
    /// Give a member what it needs, where it needs it, in place of a role that gives more.
    NarrowRole,
    /// Let a provider take the tokens of known tenants alone.
    RestrictProvider,
    /// Give a role to a member.
    GrantRole,
    /// Take a role from a member.
    RevokeRole,
    /// Give the callers of a key an identity that needs no key.
    ReplaceKey,
    /// Set an organization policy, first as a dry run.
    EnforceConstraint,
    /// Give each workload of an account an account of its own.
    SeparateWorkloads,
    /// Switch an account off.
    DisableAccount,
    /// Switch an account on again.
    EnableAccount,
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
            accepted: reported.accepted.as_ref().map(Accepted::from),
            first_seen: reported.first_seen,
            owner: reported.owner.as_ref().map(|owner| owner.name.clone()),
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
        let account = subject.account();
        Self {
            kind: subject.into(),
            project: subject.scope().project().map(ToString::to_string),
            email: account.map(|account| account.email.to_string()),
            unique_id: account.map(|account| account.unique_id.to_string()),
            key: subject.key().map(ToString::to_string),
            name: subject.full_name().to_string(),
        }
    }
}

impl From<&model::finding::Subject> for SubjectKind {
    fn from(subject: &model::finding::Subject) -> Self {
        match subject {
            model::finding::Subject::Organization(_) => Self::Organization,
            model::finding::Subject::Folder(_) => Self::Folder,
            model::finding::Subject::Project(_) => Self::Project,
            model::finding::Subject::Provider(_) => Self::Provider,
            model::finding::Subject::Account(_) => Self::Account,
            model::finding::Subject::Key { .. } => Self::Key,
            model::finding::Subject::Acceptance(_) => Self::Acceptance,
        }
    }
}

impl From<&Action> for Step {
    fn from(action: &Action) -> Self {
        let step = Self {
            kind: action.into(),
            email: None,
            unique_id: None,
            key: None,
            resource: None,
            role: None,
            member: None,
            before: None,
            risk: action.risk().into(),
            undo: action.undo().as_ref().map(StepKind::from),
            text: actions::sentence(action).to_string(),
        };
        match action {
            Action::FindOwner { account }
            | Action::SeparateWorkloads { account }
            | Action::DisableAccount { account }
            | Action::EnableAccount { account } => step.on(account, None),
            Action::FindWhenDisabled { account, key } => step.on(account, key.as_ref()),
            Action::ReplaceKey {
                account,
                key,
                before,
                with: _,
            } => Self {
                before: *before,
                ..step.on(account, Some(key))
            },
            Action::FindCaller { account, key }
            | Action::DisableKey { account, key }
            | Action::EnableKey { account, key }
            | Action::DeleteKey { account, key } => step.on(account, Some(key)),
            Action::EnforceConstraint { on, .. } => Self {
                resource: Some(on.full_name().to_string()),
                ..step
            },
            Action::ReviewRole(held)
            | Action::NarrowRole(held)
            | Action::GrantRole(held)
            | Action::RevokeRole(held) => Self {
                resource: Some(held.on.full_name().to_string()),
                role: Some(held.role.clone()),
                member: Some(held.member.to_string()),
                ..step
            },
            Action::RestrictProvider(provider) => {
                let subject = model::finding::Subject::Provider(provider.clone());
                Self {
                    resource: Some(subject.full_name().to_string()),
                    ..step
                }
            }
        }
    }
}

impl Step {
    fn on(self, account: &AccountRef, key: Option<&KeyId>) -> Self {
        Self {
            email: Some(account.email.to_string()),
            unique_id: Some(account.unique_id.to_string()),
            key: key.map(ToString::to_string),
            ..self
        }
    }
}

impl From<&Action> for StepKind {
    fn from(action: &Action) -> Self {
        match action {
            Action::FindOwner { .. } => Self::FindOwner,
            Action::FindCaller { .. } => Self::FindCaller,
            Action::FindWhenDisabled { .. } => Self::FindWhenDisabled,
            Action::ReviewRole(_) => Self::ReviewRole,
            Action::NarrowRole(_) => Self::NarrowRole,
            Action::RestrictProvider(_) => Self::RestrictProvider,
            Action::GrantRole(_) => Self::GrantRole,
            Action::RevokeRole(_) => Self::RevokeRole,
            Action::ReplaceKey { .. } => Self::ReplaceKey,
            Action::EnforceConstraint { .. } => Self::EnforceConstraint,
            Action::SeparateWorkloads { .. } => Self::SeparateWorkloads,
            Action::DisableAccount { .. } => Self::DisableAccount,
            Action::EnableAccount { .. } => Self::EnableAccount,
            Action::DisableKey { .. } => Self::DisableKey,
            Action::EnableKey { .. } => Self::EnableKey,
            Action::DeleteKey { .. } => Self::DeleteKey,
        }
    }
}

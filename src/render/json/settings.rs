//! The settings in force, as the JSON report writes them: who accepted what, whom things belong to, what fails a run.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Accepted;
use super::vocabulary::{Dataset, FailOn};
use crate::model;
use crate::model::acceptance;

/// What the user has decided, beside `thresholds`; `rules` says which rules are on and how they weigh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// From which severity on findings fail the run.
    pub fail_on: FailOn,
    /// Whether findings that the baseline knows fail the run as well.
    pub fail_on_known: bool,
    /// Whether gaps leave the exit code alone.
    pub allow_incomplete: bool,
    /// Every acceptance of a finding, in the file's order, in force or not.
    pub accept: Vec<AcceptedFinding>,
    /// Every acceptance of a gap, in the file's order, in force or not.
    pub accept_gap: Vec<AcceptedGap>,
    /// The owners that the configuration names, in its order.
    pub owner: Vec<NamedOwner>,
    /// The keys of project labels that name an owner, in order.
    pub owner_labels: Vec<String>,
    /// The key of the label that names a resource's workload; null without one.
    pub workload_label: Option<String>,
    /// The names of the workloads that the configuration groups, in its order.
    pub workload: Vec<String>,
    /// The names of the ranges of addresses that the configuration knows, in its order.
    pub range: Vec<String>,
    /// A glob over addresses that the report is cut to; null: every account.
    pub only_account: Option<String>,
    /// The owner that the report is cut to; null: every owner.
    pub only_owner: Option<String>,
}

/// An acceptance of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AcceptedFinding {
    /// The rule's id.
    pub rule: String,
    /// The unique id of the account; null for a resource, and where the configuration names none: it then covers nothing.
    pub unique_id: Option<String>,
    /// The account's address; null where the configuration names none.
    pub email: Option<String>,
    /// The full resource name of what is no account; null for an account.
    pub resource: Option<String>,
    /// The key's id; null where it is about no key.
    pub key: Option<String>,
    /// The evidence digest that was accepted; null: whatever the finding rests on.
    pub evidence: Option<String>,
    /// Why, by whom, until when.
    pub terms: Accepted,
}

/// An acceptance of a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AcceptedGap {
    /// Where: `organizations/N`, `folders/N`, `projects/ID`, `caller`.
    pub scope: String,
    /// What may be missing there.
    pub dataset: Dataset,
    /// Why, by whom, until when.
    pub terms: Accepted,
}

/// An owner that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedOwner {
    /// Globs over addresses, ids of projects and full resource names.
    #[serde(rename = "match")]
    pub matches: Vec<String>,
    /// The team.
    pub team: String,
    /// Its Slack channel; null where none is named.
    pub slack: Option<String>,
}

impl From<&acceptance::Terms> for Accepted {
    fn from(terms: &acceptance::Terms) -> Self {
        let acceptance::Terms {
            reason,
            owner,
            until,
        } = terms;
        Self {
            reason: reason.clone(),
            owner: owner.clone(),
            until: NaiveDate::clone(until),
        }
    }
}

impl From<&acceptance::Acceptance> for AcceptedFinding {
    fn from(acceptance: &acceptance::Acceptance) -> Self {
        let (unique_id, email, resource) = match &acceptance.of {
            acceptance::Accepted::Account { unique_id, email } => (
                Some(unique_id.to_string()),
                email.as_ref().map(ToString::to_string),
                None,
            ),
            acceptance::Accepted::Address(email) => (None, Some(email.to_string()), None),
            acceptance::Accepted::Resource(name) => (None, None, Some(name.to_string())),
        };
        Self {
            rule: acceptance.rule.clone(),
            unique_id,
            email,
            resource,
            key: acceptance.key.as_ref().map(ToString::to_string),
            evidence: acceptance.evidence.map(|digest| digest.to_string()),
            terms: Accepted::from(&acceptance.terms),
        }
    }
}

impl From<&acceptance::GapAcceptance> for AcceptedGap {
    fn from(acceptance: &acceptance::GapAcceptance) -> Self {
        Self {
            scope: acceptance.place.to_string(),
            dataset: acceptance.dataset.into(),
            terms: Accepted::from(&acceptance.terms),
        }
    }
}

impl From<&model::owner::NamedOwner> for NamedOwner {
    fn from(owner: &model::owner::NamedOwner) -> Self {
        Self {
            matches: owner.matches.iter().map(ToString::to_string).collect(),
            team: owner.team.clone(),
            slack: owner.slack.clone(),
        }
    }
}

impl Settings {
    /// Returns the settings of a report.
    pub(super) fn of(report: &crate::report::Report) -> Self {
        let settings = &report.settings;
        let workloads = settings.grouping.workloads.iter();
        let glob = report.selection.account.as_ref();
        Self {
            fail_on: settings.fail_on.into(),
            fail_on_known: settings.fail_on_known,
            allow_incomplete: settings.allow_incomplete,
            accept: settings
                .acceptances
                .iter()
                .map(AcceptedFinding::from)
                .collect(),
            accept_gap: settings
                .gap_acceptances
                .iter()
                .map(AcceptedGap::from)
                .collect(),
            owner: settings.owners.named.iter().map(NamedOwner::from).collect(),
            owner_labels: settings.owners.labels.clone(),
            workload_label: settings.grouping.label.clone(),
            workload: workloads.map(|workload| workload.name.clone()).collect(),
            range: settings
                .ranges
                .iter()
                .map(|range| range.name.clone())
                .collect(),
            only_account: glob.map(ToString::to_string),
            only_owner: report.selection.owner.clone(),
        }
    }
}

//! What is a project's and not an account's stands in one plan of all: two plans that each set it would work against each
//! other, as two owners of one Terraform resource do.

use std::collections::BTreeMap;

use crate::model::access::PolicyNode;
use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::names::{Email, ProjectId};
use crate::model::plan::{Change, Step};

use super::draft::Draft;

/// What is set for a whole project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Setting {
    /// Data Access logs of a service.
    Logs(ProjectId, String),
    /// A constraint.
    Constraint(ProjectId, String),
}

/// Leaves what is set for a project in one of the drafts that want it, and tells the others in which: logs in the first,
/// for the sooner they are on the more they tell, a constraint in the last, behind which nobody breaks by it.
pub(super) fn settle(drafts: &mut [(&Account, Draft)]) {
    let mut keeper: BTreeMap<Setting, usize> = BTreeMap::new();
    for (nth, (_, draft)) in drafts.iter().enumerate() {
        for setting in draft.steps.iter().filter_map(setting) {
            match setting {
                Setting::Logs(..) => {
                    keeper.entry(setting).or_insert(nth);
                }
                Setting::Constraint(..) => {
                    keeper.insert(setting, nth);
                }
            }
        }
    }
    let names: Vec<Email> = drafts
        .iter()
        .map(|(account, _)| account.facts.email.clone())
        .collect();
    for (nth, (_, draft)) in drafts.iter_mut().enumerate() {
        let mut elsewhere: Vec<Message> = Vec::new();
        draft.steps.retain(|step| {
            let Some(setting) = setting(step) else {
                return true;
            };
            match keeper.get(&setting) {
                Some(kept) if *kept != nth => {
                    elsewhere.extend(names.get(*kept).map(|name| told(&setting, name)));
                    false
                }
                Some(_) | None => true,
            }
        });
        draft.notes.extend(elsewhere);
    }
}

fn setting(step: &Step) -> Option<Setting> {
    if let Change::EnableAuditLogs(logs) = &step.change {
        Some(Setting::Logs(logs.project.clone(), logs.service.clone()))
    } else if let Change::EnforceConstraint(constraint) = &step.change
        && let PolicyNode::Project(project) = &constraint.on
    {
        let name = constraint.constraint.clone();
        Some(Setting::Constraint(project.clone(), name))
    } else {
        None
    }
}

fn told(setting: &Setting, keeper: &Email) -> Message {
    match setting {
        Setting::Logs(project, _) => Message::from("Data Access logs of ")
            .project(project)
            .text(" are switched on in the plan of ")
            .account(keeper),
        Setting::Constraint(project, name) => Message::from(format!("{name} is enforced on "))
            .project(project)
            .text(" in the plan of ")
            .account(keeper)
            .text(", once those of all accounts are done"),
    }
}

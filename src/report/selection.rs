//! A part of an estate: the accounts that match, or that belong to one owner, with what was said about them.

use std::collections::BTreeSet;

use globset::{Glob, GlobMatcher};

use crate::model::coverage::Dataset;
use crate::model::finding::Subject;
use crate::model::names::{ProjectId, UniqueId};
use crate::model::scope::Scope;
use crate::model::settings::Settings;

use super::Evaluated;
use super::owners::Owners;

/// What a report is cut to. Everything else is neither shown nor counted, and fails no run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// A glob over addresses of accounts, and their short forms (`etl@acme-prod`).
    pub account: Option<Glob>,
    /// The name of an owner.
    pub owner: Option<String>,
}

impl Selection {
    /// Returns whether everything is selected.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.account.is_none() && self.owner.is_none()
    }
}

/// Returns the part of an evaluated estate that is selected: its accounts, their projects, what was found about them and
/// what was missing there. With an owner, what belongs to it and is no account stays as well. A project whose accounts are
/// not known stays where one of them may be selected: a gap is not silence.
#[must_use]
pub fn select(whole: Evaluated, selection: &Selection, settings: &Settings) -> Evaluated {
    if selection.is_all() {
        return whole;
    }
    let glob = selection.account.as_ref().map(Glob::compile_matcher);
    let Evaluated {
        mut estate,
        mut evaluation,
    } = whole;
    let owners = Owners::of(&estate, &settings.owners);
    let is_owned = |subject: &Subject| {
        let wanted = selection.owner.as_deref();
        wanted.is_none_or(|wanted| {
            let owner = owners.of_subject(subject);
            owner.is_some_and(|owner| owner.name == wanted)
        })
    };
    let names_many = |glob: &Glob| glob.glob().contains(['*', '?', '[', '{']);
    let may_hold = |id: &ProjectId| {
        let scope = Scope::Project(id.clone());
        let reading = estate.coverage.reading(&scope, Dataset::ServiceAccounts);
        let subject = Subject::Project(id.clone());
        reading.is_gap()
            && selection.account.as_ref().is_none_or(names_many)
            && (is_owned(&subject) || owners.of_subject(&subject).is_none())
    };
    let accounts: BTreeSet<UniqueId> = estate
        .accounts
        .iter()
        .filter(|account| {
            let email = &account.facts.email;
            is_matched(glob.as_ref(), &[email.as_str(), &email.short()])
                && is_owned(&Subject::Account(account.reference()))
        })
        .map(|account| account.facts.unique_id.clone())
        .collect();
    let projects: BTreeSet<ProjectId> = estate
        .projects
        .iter()
        .map(|project| &project.id)
        .filter(|id| {
            let mut held = estate
                .accounts
                .iter()
                .filter(|account| account.facts.project == **id);
            held.any(|account| accounts.contains(&account.facts.unique_id))
                || glob.is_none() && is_owned(&Subject::Project((*id).clone()))
                || may_hold(id)
        })
        .cloned()
        .collect();
    let keeps = |subject: &Subject| match subject.account() {
        Some(account) => accounts.contains(&account.unique_id),
        None => glob.is_none() && is_owned(subject),
    };
    evaluation
        .findings
        .retain(|finding| keeps(&finding.subject));
    evaluation.undecided.retain(|item| keeps(&item.subject));
    let is_near = |scope: &Scope| match scope {
        Scope::Account(account) => accounts.contains(&account.unique_id),
        Scope::Project(project) => projects.contains(project),
        Scope::Caller | Scope::Organization(_) | Scope::Folder(_) => true,
    };
    evaluation.not_evaluated.retain(|item| is_near(&item.scope));
    estate.coverage.retain(is_near);
    estate
        .accounts
        .retain(|account| accounts.contains(&account.facts.unique_id));
    estate
        .projects
        .retain(|project| projects.contains(&project.id));
    Evaluated { estate, evaluation }
}

fn is_matched(glob: Option<&GlobMatcher>, names: &[&str]) -> bool {
    glob.is_none_or(|glob| names.iter().any(|name| glob.is_match(name)))
}

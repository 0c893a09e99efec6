//! Whom things belong to: the configuration says, else the project's labels, else who created the account.

use globset::GlobMatcher;

use crate::model::estate::Estate;
use crate::model::finding::Subject;
use crate::model::owner::{NamedOwner, Owner, OwnerSettings, OwnerSource};

/// The owners of one estate.
pub(super) struct Owners<'a> {
    estate: &'a Estate,
    named: Vec<(Vec<GlobMatcher>, &'a NamedOwner)>,
    labels: &'a [String],
}

impl<'a> Owners<'a> {
    /// Returns the owners that the settings and the estate tell.
    pub(super) fn of(estate: &'a Estate, settings: &'a OwnerSettings) -> Self {
        let named = settings.named.iter().map(|owner| {
            let globs = owner.matches.iter().map(globset::Glob::compile_matcher);
            (globs.collect(), owner)
        });
        Self {
            estate,
            named: named.collect(),
            labels: &settings.labels,
        }
    }

    /// Returns whom a subject belongs to; `None` where nobody says. What stands above projects has no labels.
    pub(super) fn of_subject(&self, subject: &Subject) -> Option<Owner> {
        self.configured(subject)
            .or_else(|| self.labelled(subject))
            .or_else(|| self.creator(subject))
    }

    fn configured(&self, subject: &Subject) -> Option<Owner> {
        let scope = subject.scope();
        let name = subject.full_name();
        let names = [
            subject.account().map(|account| account.email.as_str()),
            scope.project().map(|project| project.as_str()),
            Some(name.as_str()),
        ];
        let is_named = |globs: &[GlobMatcher]| {
            let mut names = names.iter().flatten();
            names.any(|name| globs.iter().any(|glob| glob.is_match(name)))
        };
        let (_, owner) = self.named.iter().find(|(globs, _)| is_named(globs))?;
        Some(Owner {
            name: owner.team.clone(),
            slack: owner.slack.clone(),
            source: OwnerSource::Configuration,
        })
    }

    fn labelled(&self, subject: &Subject) -> Option<Owner> {
        let scope = subject.scope();
        let id = scope.project()?;
        let project = self.estate.projects.iter().find(|known| known.id == *id)?;
        let mut values = self.labels.iter().filter_map(|key| project.labels.get(key));
        let value = values.find(|value| !value.is_empty())?;
        Some(Owner {
            name: value.clone(),
            slack: None,
            source: OwnerSource::Label,
        })
    }

    fn creator(&self, subject: &Subject) -> Option<Owner> {
        let account = subject.account()?;
        let creator = self.estate.creators.get(&account.unique_id)?;
        Some(Owner {
            name: creator.clone(),
            slack: None,
            source: OwnerSource::Creator,
        })
    }
}

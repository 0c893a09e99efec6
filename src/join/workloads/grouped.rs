//! What the user groups: `workload_label` and `[[workload]]`.

use std::collections::BTreeMap;

use globset::GlobMatcher;

use crate::model::settings::Grouping;

use super::unit::Unit;

/// The user's groups, ready to be asked.
#[derive(Debug)]
pub(super) struct Groups<'a> {
    label: Option<&'a str>,
    named: Vec<(&'a str, Vec<GlobMatcher>)>,
}

impl<'a> Groups<'a> {
    /// Returns the groups that the settings name.
    pub(super) fn of(grouping: &'a Grouping) -> Self {
        let named = grouping.workloads.iter().map(|workload| {
            let matchers = workload.matches.iter().map(|glob| glob.compile_matcher());
            (workload.name.as_str(), matchers.collect())
        });
        Self {
            label: grouping.label.as_deref(),
            named: named.collect(),
        }
    }

    /// Returns the groups that a resource of that full name and labels, or a member, is in.
    pub(super) fn units(&self, name: &str, labels: &BTreeMap<String, String>) -> Vec<Unit> {
        let labelled = self
            .label
            .and_then(|key| labels.get(key))
            .filter(|value| !value.is_empty());
        let matching = self
            .named
            .iter()
            .filter(|(_, globs)| globs.iter().any(|glob| glob.is_match(name)));
        labelled
            .map(String::as_str)
            .into_iter()
            .chain(matching.map(|(group, _)| *group))
            .map(|group| Unit::Group(group.to_owned()))
            .collect()
    }
}

//! What could not be evaluated, grouped: one entry per place, dataset and reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::acceptance::Terms;
use crate::model::coverage::{Coverage, Dataset, Reading};
use crate::model::finding::Undecided;
use crate::model::message::Message;
use crate::model::names::KeyId;
use crate::model::scope::Scope;
use crate::rules::NotEvaluated as Unread;
use crate::words::reading;

use super::hints;

/// Something that could not be evaluated, why, and what mends it. Never a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotEvaluated {
    /// Where.
    pub scope: Scope,
    /// The keys that it is about, sorted; none: everything in `scope`.
    pub keys: Vec<KeyId>,
    /// What is missing.
    pub dataset: Dataset,
    /// The rules that could not be evaluated, sorted; none where no rule that is switched on needs `dataset`.
    pub rules: Vec<&'static str>,
    /// What kind of lack it is.
    pub cause: Cause,
    /// Why, in one sentence that can stand alone.
    pub reason: Message,
    /// The one grant or act that mends it, where there is one.
    pub hint: Option<Hint>,
    /// The terms on which somebody has accepted it, of a gap.
    pub accepted: Option<Terms>,
}

/// What mends a gap.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// What mends it in this place.
    pub here: Message,
    /// What mends it in many places at once; the same words for each of them.
    pub in_many: Message,
}

/// Entries that say the same of several places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotEvaluatedGroup<'a> {
    /// The entries, by scope; at least one. They differ in scope and keys alone.
    pub entries: Vec<&'a NotEvaluated>,
    /// What mends all of them.
    pub hint: Option<&'a Message>,
}

/// Why something could not be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A read was asked for and did not end whole: the report is incomplete.
    Gap,
    /// The read was not asked for.
    Skipped,
    /// This version of the program does not look at all of it.
    NotCovered,
    /// Everything was read, and does not decide it.
    Undecided,
}

impl NotEvaluated {
    /// Returns whether something was asked for and is missing.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        self.cause == Cause::Gap
    }
}

/// Returns the entries that say the same of several places together: gaps first, then by the first place.
pub(super) fn by_reason(entries: &[NotEvaluated]) -> Vec<NotEvaluatedGroup<'_>> {
    let mut groups: BTreeMap<_, Vec<&NotEvaluated>> = BTreeMap::new();
    for entry in entries {
        let general = entry.hint.as_ref().map(|hint| &hint.in_many);
        let same = (
            entry.cause,
            entry.dataset,
            &entry.rules,
            &entry.reason,
            general,
            entry
                .accepted
                .as_ref()
                .map(|terms| (terms.until, &terms.reason)),
        );
        groups.entry(same).or_default().push(entry);
    }
    let mut groups: Vec<NotEvaluatedGroup<'_>> = groups
        .into_iter()
        .map(|((.., general, _), entries)| {
            let mut here = entries
                .iter()
                .map(|entry| entry.hint.as_ref().map(|hint| &hint.here));
            let first = here.next().flatten();
            let is_one = here.all(|hint| hint == first);
            NotEvaluatedGroup {
                hint: if is_one { first } else { general },
                entries,
            }
        })
        .collect();
    // Stable: groups of one cause and one first place stay in the order of their datasets.
    groups.sort_by_key(|group| {
        let first = group.entries.first();
        first.map(|entry| (entry.cause, entry.scope.clone()))
    });
    groups
}

/// Returns one entry per place, dataset and reason, by scope, then dataset; `accepted` tells whether a gap is.
///
/// Every gap of the coverage has its entry, whether a rule needs it or not: what is missing is always said.
pub(super) fn group(
    coverage: &Coverage,
    unread: Vec<Unread>,
    undecided: Vec<Undecided>,
    accepted: impl Fn(&Scope, Dataset) -> Option<Terms>,
) -> Vec<NotEvaluated> {
    let said: BTreeSet<(Scope, Dataset, &str)> = unread
        .iter()
        .filter(|item| brought_nothing(&item.reading))
        .map(|item| (item.scope.clone(), item.dataset, item.rule))
        .collect();
    let is_said = |item: &Undecided| {
        let scope = item.subject.scope();
        let project = scope.project().cloned().map(Scope::Project);
        [Some(scope), project]
            .into_iter()
            .flatten()
            .any(|scope| said.contains(&(scope, item.dataset, item.rule)))
    };
    let mut entries = undecided_entries(undecided.into_iter().filter(|item| !is_said(item)));
    entries.extend(unread_entries(coverage, unread));
    for gap in entries.iter_mut().filter(|entry| entry.is_gap()) {
        gap.accepted = accepted(&gap.scope, gap.dataset);
    }
    entries.sort_by(|a, b| {
        (&a.scope, a.dataset, a.cause, &a.keys, &a.reason, &a.rules)
            .cmp(&(&b.scope, b.dataset, b.cause, &b.keys, &b.reason, &b.rules))
    });
    entries
}

fn unread_entries(coverage: &Coverage, unread: Vec<Unread>) -> Vec<NotEvaluated> {
    let mut rules: BTreeMap<(Scope, Dataset, Reading), BTreeSet<&'static str>> = coverage
        .gaps()
        .map(|(scope, dataset, reading)| {
            ((scope.clone(), dataset, reading.clone()), BTreeSet::new())
        })
        .collect();
    for item in unread {
        rules
            .entry((item.scope, item.dataset, item.reading))
            .or_default()
            .insert(item.rule);
    }
    rules
        .into_iter()
        .map(|((scope, dataset, reading), rules)| NotEvaluated {
            reason: reading::sentence(&reading, dataset_in_words(dataset)),
            hint: hints::for_reading(&reading, dataset, &scope),
            cause: cause(&reading),
            accepted: None,
            scope,
            keys: Vec::new(),
            dataset,
            rules: rules.into_iter().collect(),
        })
        .collect()
}

/// Returns what kind of lack a read leaves that did not bring everything.
fn cause(reading: &Reading) -> Cause {
    match reading {
        Reading::Read | Reading::Skipped => Cause::Skipped,
        Reading::Stale { .. } | Reading::NotCovered { .. } => Cause::NotCovered,
        Reading::Malformed { .. }
        | Reading::Truncated { .. }
        | Reading::Denied { .. }
        | Reading::ApiDisabled { .. }
        | Reading::Quota { .. }
        | Reading::Perimeter { .. }
        | Reading::Failed { .. } => Cause::Gap,
    }
}

/// Returns whether nothing at all was read, so that the entry over the whole scope says everything.
///
/// Of a read that was merely cut short, what it did not bring stays to be said, key by key.
fn brought_nothing(reading: &Reading) -> bool {
    match reading {
        Reading::Skipped
        | Reading::Denied { .. }
        | Reading::ApiDisabled { .. }
        | Reading::Quota { .. }
        | Reading::Perimeter { .. }
        | Reading::Failed { .. } => true,
        Reading::Read
        | Reading::Stale { .. }
        | Reading::NotCovered { .. }
        | Reading::Malformed { .. }
        | Reading::Truncated { .. } => false,
    }
}

/// Returns one entry for each subject, and one for all keys of an account, that the same rules could not decide for the same reason.
fn undecided_entries(undecided: impl Iterator<Item = Undecided>) -> Vec<NotEvaluated> {
    type Question = (Scope, Dataset, Message);
    let mut rules: BTreeMap<(Question, Option<KeyId>), BTreeSet<&'static str>> = BTreeMap::new();
    for item in undecided {
        let key = item.subject.key().cloned();
        let question = (item.subject.scope(), item.dataset, item.reason);
        rules.entry((question, key)).or_default().insert(item.rule);
    }
    let mut keys: BTreeMap<(Question, bool, BTreeSet<&'static str>), Vec<KeyId>> = BTreeMap::new();
    for ((question, key), rules) in rules {
        keys.entry((question, key.is_some(), rules))
            .or_default()
            .extend(key);
    }
    keys.into_iter()
        .map(
            |(((scope, dataset, reason), _, rules), keys)| NotEvaluated {
                reason,
                hint: hints::for_undecided(dataset),
                cause: Cause::Undecided,
                accepted: None,
                scope,
                keys,
                dataset,
                rules: rules.into_iter().collect(),
            },
        )
        .collect()
}

/// Returns the words for a dataset, in the plural.
fn dataset_in_words(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Projects => "the projects",
        Dataset::Folders => "the folders",
        Dataset::ServiceAccounts => "the service accounts",
        Dataset::Keys => "the keys",
        Dataset::AccountActivity => "the last authentications of accounts",
        Dataset::KeyActivity => "the last authentications of keys",
        Dataset::Metrics => "the counts of authentications",
        Dataset::AccountInsights => "the insights about accounts",
        Dataset::PolicyInsights => "the insights about bindings",
        Dataset::AuditLogs => "the audit logs",
        Dataset::Policies => "the policy",
        Dataset::AccountPolicies => "the policies of accounts",
        Dataset::ResourcePolicies => "the policies of other resources",
        Dataset::CreationTimes => "the creation times of accounts",
        Dataset::Roles => "the definitions of roles",
        Dataset::Federation => "the workload identity pools",
        Dataset::Attachments => "the resources that run as accounts",
        Dataset::References => "the resources that name accounts",
        Dataset::OtherCredentials => "HMAC keys and bound API keys",
        Dataset::Addresses => "the addresses of subnetworks and VMs",
        Dataset::OrgPolicies => "the organization policies",
    }
}

//! Merges the facts of one account into workloads: facts that share a unit are one.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::names::{Email, KeyId, Member};
use crate::model::rule::Confidence;
use crate::model::workload::{EvidenceOf, Workload, WorkloadEvidence, WorkloadKind, WorkloadPart};

use super::members;
use super::targets::Target;
use super::unit::Unit;

/// How many facts a workload shows of many.
const SHOWN: usize = 5;

/// One fact that shows a workload of an account.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    /// What the resource or member belongs to; at least one.
    pub(super) units: Vec<Unit>,
    /// What people call the resource, where it is named by an id.
    pub(super) called: Option<String>,
    /// What it starts, where it starts something.
    pub(super) target: Option<Target>,
    /// Where it runs.
    pub(super) location: Option<String>,
    /// The application that its labels name.
    pub(super) application: Option<String>,
    /// How sure it is.
    pub(super) confidence: Confidence,
    /// What it is.
    pub(super) evidence: WorkloadEvidence,
    /// What of it names the account; `None` where only calls show it.
    pub(super) part: Option<WorkloadPart>,
}

/// The workloads of one account.
#[derive(Debug, Clone, Default)]
pub(in crate::join) struct OfAccount {
    /// The workloads, sorted.
    pub(in crate::join) workloads: Vec<Workload>,
    /// The workload, by its name for machines, that each unit is part of.
    units: BTreeMap<Unit, String>,
}

impl OfAccount {
    /// Returns the workloads that a key is used by.
    pub(in crate::join) fn of_key(&self, key: &KeyId) -> Vec<String> {
        self.of_units(|unit| matches!(unit, Unit::Key { key: held, .. } if held == key))
    }

    /// Returns the workload that a federated identity or a Kubernetes service account is by itself.
    pub(in crate::join) fn of_member(&self, member: &Member) -> Vec<String> {
        let own = members::unit(member);
        self.of_units(|unit| Some(unit) == own.as_ref())
    }

    /// Returns the workloads that are bound from a member's pool; else any.
    pub(in crate::join) fn of_pool(&self, member: &Member) -> Vec<String> {
        let of_its_pool =
            |unit: &Unit| matches!(unit, Unit::Federated(held) if held.pool() == member.pool());
        let bound = self.of_units(of_its_pool);
        if bound.is_empty() {
            self.counted()
        } else {
            bound
        }
    }

    /// Returns the workload that another account is, which takes tokens of this one; else any.
    pub(in crate::join) fn of_impersonator(&self, email: &Email) -> Vec<String> {
        let found = self.of_units(|unit| matches!(unit, Unit::Impersonator(held) if held == email));
        if found.is_empty() {
            self.counted()
        } else {
            found
        }
    }

    /// Returns the workloads that count.
    pub(in crate::join) fn counted(&self) -> Vec<String> {
        let counted = self.workloads.iter().filter(|workload| workload.counts());
        let mut ids: Vec<String> = counted.map(|workload| workload.id.clone()).collect();
        ids.sort();
        ids
    }

    fn of_units(&self, is: impl Fn(&Unit) -> bool) -> Vec<String> {
        let found = self.units.iter().filter(|(unit, _)| is(unit));
        let heads: BTreeSet<&String> = found.map(|(_, head)| head).collect();
        heads.into_iter().cloned().collect()
    }
}

/// Returns the workloads that the facts of one account show, sorted; the order of the facts leaves no trace.
pub(super) fn merge(facts: &[Fact]) -> OfAccount {
    let mut sets = Sets::default();
    for fact in facts {
        sets.unite(&fact.units);
    }
    // A trigger goes into its target where that runs as the same account: where it is a unit of these facts.
    let triggers = facts
        .iter()
        .filter_map(|fact| Some((fact, fact.target.as_ref()?)));
    let mut started: BTreeMap<String, Vec<&Unit>> = BTreeMap::new();
    let others = facts.iter().filter(|other| other.target.is_none());
    for unit in others.flat_map(|other| &other.units) {
        if let Some(name) = Target::name_of(unit) {
            started.entry(name).or_default().push(unit);
        }
    }
    for (fact, target) in triggers {
        let named = started.get(target.name()).into_iter().flatten().copied();
        let units = named.filter(|unit| target.is(unit));
        sets.unite(fact.units.iter().chain(units));
    }
    let mut workloads: BTreeMap<usize, Vec<&Fact>> = BTreeMap::new();
    for fact in facts {
        if let Some(set) = fact.units.first().and_then(|unit| sets.find(unit)) {
            workloads.entry(set).or_default().push(fact);
        }
    }
    let heads = sets.heads();
    let mut workloads: Vec<Workload> = workloads
        .into_iter()
        .filter_map(|(set, facts)| Some(workload(heads.get(&set)?, &facts)))
        .collect();
    workloads.sort();
    let units = facts.iter().flat_map(|fact| &fact.units);
    let units = units.filter_map(|unit| Some((unit.clone(), heads.get(&sets.find(unit)?)?.id())));
    OfAccount {
        units: units.collect(),
        workloads,
    }
}

/// Returns the workload of a set of facts under its highest unit.
fn workload(head: &Unit, facts: &[&Fact]) -> Workload {
    // What bears the workload's name shows it best; what is joined to it follows.
    let evidence: BTreeSet<(bool, &WorkloadEvidence)> = facts
        .iter()
        .map(|fact| (fact.units.first() != Some(head), &fact.evidence))
        .collect();
    let resources: BTreeSet<&EvidenceOf> =
        evidence.iter().map(|(_, shown)| &shown.resource).collect();
    let parts: BTreeSet<&WorkloadPart> =
        facts.iter().filter_map(|fact| fact.part.as_ref()).collect();
    let locations: BTreeSet<&String> = facts
        .iter()
        .filter_map(|fact| fact.location.as_ref())
        .collect();
    let applications: BTreeSet<&String> = facts
        .iter()
        .filter_map(|fact| fact.application.as_ref())
        .collect();
    let confidence = facts.iter().map(|fact| fact.confidence).max();
    let called = only(
        facts
            .iter()
            .filter(|fact| fact.units.first() == Some(head))
            .filter_map(|fact| fact.called.as_ref()),
    );
    let shown = evidence.iter().map(|(_, shown)| *shown).take(SHOWN);
    Workload {
        id: head.id(),
        kind: head.kind(),
        name: head.name(called.as_deref()),
        project: match head.kind() {
            WorkloadKind::Grouped => only(
                facts
                    .iter()
                    .flat_map(|fact| &fact.units)
                    .filter_map(Unit::project),
            ),
            WorkloadKind::Attached(_)
            | WorkloadKind::GkeWorkloadIdentity
            | WorkloadKind::Federated
            | WorkloadKind::KeyCaller
            | WorkloadKind::Platform
            | WorkloadKind::Impersonator => head.project().cloned(),
        },
        locations: locations.into_iter().cloned().collect(),
        application: only(applications),
        confidence: confidence.unwrap_or(Confidence::Low),
        resources: resources.len() as u64,
        evidence: shown.cloned().collect(),
        parts: parts.into_iter().cloned().collect(),
    }
}

/// Returns the value that all have; `None` where there are several, or none.
fn only<'a, T: Clone + Eq + 'a>(values: impl IntoIterator<Item = &'a T>) -> Option<T> {
    let mut values = values.into_iter();
    let first = values.next()?;
    values.all(|value| value == first).then(|| first.clone())
}

/// Disjoint sets of units.
#[derive(Debug, Default)]
struct Sets<'a> {
    numbers: BTreeMap<&'a Unit, usize>,
    /// For each number a smaller one of the same set, or itself.
    parents: Vec<usize>,
}

impl<'a> Sets<'a> {
    /// Puts the sets of all `units` together.
    fn unite(&mut self, units: impl IntoIterator<Item = &'a Unit>) {
        let mut first = None;
        for unit in units {
            let next = self.parents.len();
            let number = *self.numbers.entry(unit).or_insert(next);
            if number == next {
                self.parents.push(next);
            }
            let root = self.root(number);
            match first {
                None => first = Some(root),
                Some(held) => {
                    let held = self.root(held);
                    let (low, high) = (held.min(root), held.max(root));
                    if let Some(parent) = self.parents.get_mut(high) {
                        *parent = low;
                    }
                    first = Some(low);
                }
            }
        }
    }

    /// Returns the number of the set that a unit is in.
    fn find(&self, unit: &Unit) -> Option<usize> {
        self.numbers.get(unit).map(|number| self.root(*number))
    }

    fn root(&self, mut number: usize) -> usize {
        while let Some(parent) = self.parents.get(number)
            && *parent != number
        {
            number = *parent;
        }
        number
    }

    /// Returns the highest unit of each set; of several, the first by name.
    fn heads(&self) -> BTreeMap<usize, Unit> {
        let mut heads: BTreeMap<usize, &Unit> = BTreeMap::new();
        // Units come by name: the first of a rank stays.
        for (unit, number) in &self.numbers {
            let head = heads.entry(self.root(*number)).or_insert(unit);
            if unit.rank() > head.rank() {
                *head = unit;
            }
        }
        heads
            .into_iter()
            .map(|(set, unit)| (set, unit.clone()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_the_value_of_all() {
        assert_eq!(only(&[1, 1]), Some(1));
        assert_eq!(only(&[1, 2]), None);
        assert_eq!(only::<u8>(&[]), None);
    }
}

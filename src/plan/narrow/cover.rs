//! The smallest set of bindings that covers what was used: weighted set cover, over plain numbers.

use std::collections::BTreeSet;

/// Up to how many candidates every set of them is tried.
const EXACT: usize = 12;

/// What a binding costs, the first difference counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Weight {
    /// One for a basic role: nothing that another role covers is left to it.
    pub(super) basic: usize,
    /// How many permissions it gives beyond what is needed.
    pub(super) excess: usize,
    /// How high it stands: 0 on a resource, 1 on a project, 2 on a folder, 3 on an organization.
    pub(super) level: usize,
}

/// A binding that may be in the set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// What it costs.
    pub(super) weight: Weight,
    /// Which of the needs it covers.
    pub(super) covers: BTreeSet<usize>,
}

/// Returns the set of candidates, by their places in the list, that covers every need from 0 to `needs` at the lowest sum
/// of weights, then with the fewest bindings, then with those that come first in the list. `None` where some need is
/// covered by nobody.
///
/// Exact for up to twelve candidates that are not plainly worse than another; else greedy, with nothing in the set that
/// the rest makes pointless.
pub(super) fn cover(needs: usize, candidates: &[Candidate]) -> Option<Vec<usize>> {
    let kept = undominated(candidates);
    // A need as those that cover it. Needs that the same ones cover are one.
    let needs: BTreeSet<BTreeSet<usize>> = (0..needs)
        .map(|need| {
            let by = kept.iter().filter(|nth| covers(candidates, **nth, need));
            by.copied().collect()
        })
        .collect();
    if needs.iter().any(BTreeSet::is_empty) {
        return None;
    }
    Some(if kept.len() <= EXACT {
        exact(candidates, &kept, &needs)
    } else {
        greedy(candidates, &kept, needs)
    })
}

fn covers(candidates: &[Candidate], nth: usize, need: usize) -> bool {
    candidates
        .get(nth)
        .is_some_and(|candidate| candidate.covers.contains(&need))
}

/// Returns those of which no other covers as much for no more.
fn undominated(candidates: &[Candidate]) -> Vec<usize> {
    let no_more =
        |a: Weight, b: Weight| a.basic <= b.basic && a.excess <= b.excess && a.level <= b.level;
    let dominates = |(at, a): (usize, &Candidate), (of, b): (usize, &Candidate)| {
        at != of
            && no_more(a.weight, b.weight)
            && b.covers.is_subset(&a.covers)
            // Of two that are equal the first stays.
            && (at < of || a.weight != b.weight || a.covers != b.covers)
    };
    let all = || candidates.iter().enumerate();
    all()
        .filter(|(_, candidate)| !candidate.covers.is_empty())
        .filter(|candidate| !all().any(|other| dominates(other, *candidate)))
        .map(|(nth, _)| nth)
        .collect()
}

/// Returns the cost of a set: the sum of its weights, then its size.
fn cost(candidates: &[Candidate], set: &[usize]) -> (Weight, usize) {
    let weights = set.iter().filter_map(|nth| candidates.get(*nth));
    let sum = weights.fold(Weight::default(), |sum, candidate| Weight {
        basic: sum.basic + candidate.weight.basic,
        excess: sum.excess + candidate.weight.excess,
        level: sum.level + candidate.weight.level,
    });
    (sum, set.len())
}

fn exact(
    candidates: &[Candidate],
    kept: &[usize],
    needs: &BTreeSet<BTreeSet<usize>>,
) -> Vec<usize> {
    let sets = (0_u32..1 << kept.len()).map(|bits| {
        let chosen = kept
            .iter()
            .enumerate()
            .filter(|(nth, _)| bits & (1 << nth) != 0);
        chosen
            .map(|(_, candidate)| *candidate)
            .collect::<Vec<usize>>()
    });
    let covering = sets.filter(|set| {
        let is_met = |by: &BTreeSet<usize>| set.iter().any(|nth| by.contains(nth));
        needs.iter().all(is_met)
    });
    covering
        .min_by_key(|set| (cost(candidates, set), set.clone()))
        .unwrap_or_default()
}

fn greedy(
    candidates: &[Candidate],
    kept: &[usize],
    needs: BTreeSet<BTreeSet<usize>>,
) -> Vec<usize> {
    let weight = |nth: usize| candidates.get(nth).map(|c| c.weight).unwrap_or_default();
    let mut open: Vec<&BTreeSet<usize>> = needs.iter().collect();
    let mut set: Vec<usize> = Vec::new();
    while !open.is_empty() {
        let newly = |nth: usize| open.iter().filter(|by| by.contains(&nth)).count();
        let next = kept
            .iter()
            .copied()
            .filter(|nth| newly(*nth) > 0)
            .min_by(|a, b| {
                let (of_a, of_b) = (weight(*a), weight(*b));
                // Permissions beyond need for each need that is met, without a division.
                let price_a = (of_a.excess + 1) * newly(*b);
                let price_b = (of_b.excess + 1) * newly(*a);
                (of_a.basic, price_a, of_a.level, *a).cmp(&(of_b.basic, price_b, of_b.level, *b))
            });
        let Some(next) = next else { break };
        open.retain(|by| !by.contains(&next));
        set.push(next);
    }
    // The dearest first: what the others make pointless goes.
    let mut dearest = set.clone();
    dearest.sort_by_key(|nth| core::cmp::Reverse((weight(*nth), *nth)));
    for nth in dearest {
        let is_met =
            |by: &BTreeSet<usize>| set.iter().any(|held| *held != nth && by.contains(held));
        if needs.iter().all(is_met) {
            set.retain(|held| *held != nth);
        }
    }
    set.sort_unstable();
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;

    fn candidate(excess: usize, level: usize, covers: &[usize]) -> Candidate {
        Candidate {
            weight: Weight {
                basic: 0,
                excess,
                level,
            },
            covers: covers.iter().copied().collect(),
        }
    }

    #[test]
    fn two_that_fit_are_better_than_one_that_gives_more() {
        let candidates = [
            candidate(40, 1, &[0, 1, 2]),
            candidate(2, 0, &[0, 1]),
            candidate(3, 0, &[2]),
            candidate(3, 1, &[2]),
        ];
        assert_eq!(cover(3, &candidates), Some(vec![1, 2]));
    }

    #[test]
    fn a_basic_role_is_the_last_resort_and_what_nobody_covers_has_no_cover() {
        let mut basic = candidate(0, 1, &[0, 1]);
        basic.weight.basic = 1;
        let dear = candidate(900, 3, &[0]);
        assert_eq!(cover(1, &[basic.clone(), dear.clone()]), Some(vec![1]));
        assert_eq!(cover(2, &[basic, dear.clone()]), Some(vec![0]));
        assert_eq!(cover(2, &[dear]), None);
        assert_eq!(cover(0, &[]), Some(vec![]));
    }

    fn world() -> impl Strategy<Value = (usize, Vec<Candidate>)> {
        let one = (
            0..2_usize,
            0..9_usize,
            0..4_usize,
            prop::collection::btree_set(0..6_usize, 0..6),
        );
        let one = one.prop_map(|(basic, excess, level, covers)| Candidate {
            weight: Weight {
                basic,
                excess,
                level,
            },
            covers,
        });
        (0..6_usize, prop::collection::vec(one, 0..=12))
    }

    proptest! {
        #[test]
        fn it_costs_what_the_best_of_all_sets_costs((needs, candidates) in world()) {
            let all: Vec<usize> = (0..candidates.len()).collect();
            let sets = (0_u32..1 << all.len()).map(|bits| {
                all.iter().copied().filter(|nth| bits & (1 << nth) != 0).collect::<Vec<usize>>()
            });
            let is_cover = |set: &Vec<usize>| {
                (0..needs).all(|need| set.iter().any(|nth| covers(&candidates, *nth, need)))
            };
            let best = sets.filter(is_cover).map(|set| cost(&candidates, &set)).min();
            let found = cover(needs, &candidates);
            prop_assert_eq!(found.map(|set| cost(&candidates, &set)), best);
        }

        #[test]
        fn a_greedy_cover_covers_and_has_nothing_pointless((needs, candidates) in world()) {
            let all: Vec<usize> = (0..candidates.len()).collect();
            let by: BTreeSet<BTreeSet<usize>> = (0..needs)
                .map(|need| all.iter().copied().filter(|nth| covers(&candidates, *nth, need)).collect())
                .collect();
            prop_assume!(!by.iter().any(BTreeSet::is_empty));
            let set = greedy(&candidates, &all, by.clone());
            let is_met = |set: &[usize]| by.iter().all(|by| set.iter().any(|nth| by.contains(nth)));
            prop_assert!(is_met(&set));
            for nth in &set {
                let rest: Vec<usize> = set.iter().copied().filter(|held| held != nth).collect();
                prop_assert!(!is_met(&rest), "{nth} is pointless in {set:?}");
            }
        }
    }
}

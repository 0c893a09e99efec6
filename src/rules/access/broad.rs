//! What a permission over accounts means that somebody holds for a whole project or more: one finding per place.
//!
//! The finding is the place's, not each account's: what a project's policy gives is one line of that policy, and to be
//! mended there. Told of every account below, it would be told a hundred times.

use std::collections::BTreeMap;

use crate::model::access::PolicyNode;
use crate::model::action::Action;
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::rule::RuleMeta;

use super::bindings::{self, Held};
use super::powers;
use crate::rules::{Context, Outcome, words};

/// Who holds one of some permissions in one place.
pub(in crate::rules) struct Place<'a> {
    pub(in crate::rules) on: &'a PolicyNode,
    /// The members' shares, at least one; the crowds first, then what holds without a condition.
    pub(in crate::rules) held: Vec<Held<'a>>,
}

/// Returns every place where somebody who counts holds one of `permissions`, and what cannot be told for want of a
/// role's definition.
pub(in crate::rules) fn places<'a>(
    rule: &RuleMeta,
    cx: &Context<'a>,
    permissions: &[&str],
    counts: impl Fn(&Held<'a>) -> bool,
) -> (Vec<Place<'a>>, Vec<Outcome>) {
    let mut by_place: BTreeMap<&PolicyNode, Vec<Held<'a>>> = BTreeMap::new();
    let mut unknown = BTreeMap::new();
    let all = bindings::all(cx.estate).filter(|held| bindings::is_somebody(held.member));
    for held in all.filter(counts) {
        match cx.estate.permissions(held.role) {
            Some(gives) => {
                let mut wanted = permissions.iter();
                if wanted.any(|permission| powers::gives(gives, permission)) {
                    by_place.entry(held.on).or_default().push(held);
                }
            }
            None => {
                if let Some(subject) = bindings::subject(held.on) {
                    unknown.insert((held.on, held.role), subject);
                }
            }
        }
    }
    let places = by_place.into_iter().map(|(on, mut held)| {
        held.sort_by_key(|held| {
            let crowd = bindings::is_a_crowd(held.member);
            (!crowd, held.condition.is_some(), *held)
        });
        held.dedup();
        Place { on, held }
    });
    let unknown = unknown
        .into_iter()
        .map(|((_, role), subject)| bindings::unknown_role(rule, subject, role));
    (places.collect(), unknown.collect())
}

/// Returns the finding about a place: who it is about first, in words, and all of it in facts and steps.
///
/// `may` says what they may do: `act as every account in it`.
pub(in crate::rules) fn finding(rule: &RuleMeta, place: &Place<'_>, may: &str) -> Option<Finding> {
    let first = place.held.first()?;
    let mut members: Vec<&str> = place.held.iter().map(|held| held.member.as_str()).collect();
    members.sort_unstable();
    members.dedup();
    let mut message = Message::from("lets ").name(words::cut(first.member.as_str()));
    if members.len() > 1 {
        message = message.text(format!(
            " and {}",
            words::counted(members.len() - 1, "other member")
        ));
    }
    message = message
        .text(format!(" {may}, by "))
        .name(words::cut(first.role))
        .append(bindings::under(first.condition));
    // Who comes first decides how bad it is, and so how sure it is.
    let worst = bindings::is_a_crowd(first.member);
    let worst = place
        .held
        .iter()
        .filter(|held| bindings::is_a_crowd(held.member) == worst);
    let finding = Finding::on(
        rule,
        bindings::subject(place.on)?,
        message,
        &bindings::rests_on(&place.held),
    )
    .confidence(bindings::confidence(worst.copied()))
    .facts(place.held.iter().map(|held| held.fact()));
    let steps = place.held.iter().map(|held| {
        if bindings::is_a_crowd(held.member) {
            Action::RevokeRole(held.step())
        } else {
            Action::NarrowRole(held.step())
        }
    });
    Some(steps.fold(finding, Finding::then))
}

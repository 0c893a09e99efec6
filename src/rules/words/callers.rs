//! Callers of keys and accounts in words.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};

use crate::model::action::{Action, Replacement};
use crate::model::estate::{Account, Key};
use crate::model::finding::{Evidence, Finding};
use crate::model::message::Message;
use crate::model::place::{Place, PlaceKind, PlacedCaller};
use crate::model::rule::{Confidence, RuleMeta};
use crate::rules::{Context, Outcome};

use super::reach::Reach;
use super::{counted, day, first_few, replace_if_live, source_call};

/// How many callers stand under a finding.
const SHOWN: usize = 8;

/// Returns a place in a few words: `a workstation (macOS)`.
pub(in crate::rules) fn place(place: &Place) -> Message {
    let kind = match place.kind {
        PlaceKind::Workstation => "a workstation",
        PlaceKind::Ci => "a pipeline",
        PlaceKind::GoogleCloud => "Google Cloud",
        PlaceKind::Network => "a VPC network",
        PlaceKind::OtherCloud => "another cloud",
        PlaceKind::Saas => "a service of others",
        PlaceKind::Unknown => "an unknown place",
    };
    let kind = Message::from(kind);
    match &place.name {
        Some(name) => kind.text(" (").name(name).text(")"),
        None => kind,
    }
}

/// Returns the places of callers as pieces of a sentence, each once, the surest first.
pub(in crate::rules) fn places(callers: &[&PlacedCaller]) -> Message {
    let mut places: Vec<&Place> = callers.iter().map(|caller| &caller.place).collect();
    places.sort_by_key(|place| (Reverse(place.confidence), *place));
    let mut told: Vec<Message> = Vec::new();
    for message in places.into_iter().map(place) {
        if !told.contains(&message) {
            told.push(message);
        }
    }
    first_few(&told)
}

/// Returns callers as facts, the latest first, at most eight, and how many more there are.
pub(in crate::rules) fn facts<'a>(
    callers: impl IntoIterator<Item = &'a PlacedCaller>,
) -> Vec<Evidence> {
    let mut callers: Vec<&PlacedCaller> = callers.into_iter().collect();
    callers.sort_by(|a, b| (b.call.seen.to, *a).cmp(&(a.call.seen.to, *b)));
    let mut facts: Vec<Evidence> = callers
        .iter()
        .take(SHOWN)
        .map(|caller| fact(caller))
        .collect();
    let rest = callers.get(SHOWN..).unwrap_or_default();
    if let Some(first) = rest.first() {
        facts.push(Evidence {
            fact: Message::from(format!("and {}", counted(rest.len(), "caller more"))),
            source: source_call(first.call.source),
            at: None,
        });
    }
    facts
}

fn fact(caller: &PlacedCaller) -> Evidence {
    let call = &caller.call;
    let mut fact = Message::from(format!("{} of ", counted(call.count, "call")))
        .name(&call.service)
        .text(format!(
            ", {}, from ",
            stretch(call.seen.from, call.seen.to)
        ))
        .append(place(&caller.place));
    for reason in &caller.place.reasons {
        fact = fact.text("; ").append(reason.clone());
    }
    if !call.user_agent.is_empty() {
        fact = fact
            .text("; user agent ")
            .name(super::cut(&call.user_agent));
    }
    Evidence {
        fact,
        source: source_call(call.source),
        at: Some(call.seen.to),
    }
}

fn stretch(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let (from, to) = (day(from), day(to));
    if from == to {
        format!("on {from}")
    } else {
        format!("{from} to {to}")
    }
}

/// Returns what the callers of a key can sign in with in place of it, once each, the surest place first; empty where no
/// place is known.
pub(in crate::rules) fn replacements(key: &Key) -> Vec<Replacement> {
    let mut callers: Vec<&PlacedCaller> = key.callers.iter().collect();
    callers.sort_by_key(|caller| Reverse((caller.place.confidence, caller.call.seen.to)));
    let mut found = Vec::new();
    for fits in callers
        .iter()
        .filter_map(|caller| replacement(&caller.place))
    {
        if !found.contains(&fits) {
            found.push(fits);
        }
    }
    found
}

fn replacement(place: &Place) -> Option<Replacement> {
    let name = place.name.clone();
    match place.kind {
        PlaceKind::Workstation => Some(Replacement::UserCredentials),
        PlaceKind::GoogleCloud => Some(Replacement::AttachedAccount),
        PlaceKind::Ci | PlaceKind::OtherCloud => Some(Replacement::Federation { provider: name }),
        PlaceKind::Saas => Some(Replacement::OwnAccount { service: name }),
        // It may be on-premises: whoever looks there finds out.
        PlaceKind::Network | PlaceKind::Unknown => None,
    }
}

/// Returns the steps that get a key's callers off it. Who calls is to be found out only where nothing tells.
pub(in crate::rules) fn steps(
    account: &Account,
    key: &Key,
    before: Option<DateTime<Utc>>,
) -> impl Iterator<Item = Action> + use<> {
    let with = replacements(key);
    let (account, key) = (account.reference(), key.facts.id.clone());
    let find = with.is_empty().then(|| Action::FindCaller {
        account: account.clone(),
        key: key.clone(),
    });
    find.into_iter().chain([Action::ReplaceKey {
        account,
        key,
        before,
        with,
    }])
}

/// A rule about keys that are used in one kind of place.
pub(in crate::rules) struct AtPlace {
    /// The rule.
    pub(in crate::rules) meta: &'static RuleMeta,
    /// Returns how sure it is that a place is of that kind; `None` where it is not.
    pub(in crate::rules) counts: fn(&Place) -> Option<Confidence>,
    /// The begin of the sentence, which the places end.
    pub(in crate::rules) message: Message,
}

/// Returns a finding for every key that can sign in and is used in such a place.
pub(in crate::rules) fn at_place(cx: &Context<'_>, rule: &AtPlace) -> Vec<Outcome> {
    let found = cx.live_keys().filter_map(|(account, key)| {
        let here = || {
            let placed = key.callers.iter();
            placed.filter_map(|caller| Some(((rule.counts)(&caller.place)?, caller)))
        };
        let confidence = here().map(|(confidence, _)| confidence).max()?;
        // What is less sure than the surest adds nothing to the sentence.
        let surest = here().filter(|(sure, _)| *sure == confidence);
        let surest: Vec<&PlacedCaller> = surest.map(|(_, caller)| caller).collect();
        let told = places(&surest);
        let message = rule.message.clone().append(told.clone());
        let last = surest.iter().map(|caller| caller.call.seen.to).max()?;
        let message = message.text(format!(", last on {}", day(last)));
        let finding = Finding::on_key(rule.meta, account, key, message, &[&told.to_string()])
            .confidence(confidence)
            .facts(facts(here().map(|(_, caller)| caller)));
        Some(replace_if_live(finding, account, key, Reach::Live))
    });
    found.map(Outcome::Finding).collect()
}

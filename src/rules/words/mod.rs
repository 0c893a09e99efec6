//! Words and facts that several rules share, so that the same thing is said in the same way everywhere.

pub(in crate::rules) mod callers;
pub(in crate::rules) mod credentials;
pub(in crate::rules) mod idle;
pub(in crate::rules) mod reach;

use std::fmt::Display;

use chrono::{DateTime, Utc};

use crate::model::action::Action;
use crate::model::coverage::{Dataset, Reading};
use crate::model::estate::{Account, Key};
use crate::model::finding::{Evidence, Finding, Subject, Undecided};
use crate::model::idle::{Idle, Life};
use crate::model::key::KeyOrigin;
use crate::model::message::Message;
use crate::model::rule::{Confidence, RuleMeta};
use crate::model::usage::{LastUse, UsageSource, WhyUnknown, Window};
use crate::model::workload::{EvidenceOf, Workload};

use self::reach::Reach;
use crate::words::reading;

use super::Outcome;

/// The call that lists accounts.
pub(in crate::rules) const ACCOUNTS_LIST: &str = "iam.projects.serviceAccounts.list";

/// The call that lists keys.
pub(in crate::rules) const KEYS_LIST: &str = "iam.projects.serviceAccounts.keys.list";

/// Texts from outside may be of any length: what the finder of a key wrote, a condition, a role's name.
const MAX_TEXT: usize = 200;

/// Returns a stranger's text, cut to 200 characters.
pub(in crate::rules) fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// The call that reads who may act as an account.
pub(in crate::rules) const ACCOUNT_POLICY: &str = "iam.projects.serviceAccounts.getIamPolicy";

/// What says that an account is attached to a resource: whichever call lists resources of that type.
pub(in crate::rules) const RESOURCE: &str = "configuration of the resource";

/// What says who called: whichever source of audit logs was read.
pub(in crate::rules) const CALLS: &str = "audit logs";

/// How many of several things a sentence names.
const NAMED: usize = 3;

/// Returns a moment's day: `2026-11-22`.
pub(in crate::rules) fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}

/// Returns a number of days in words: `1 day`, `90 days`.
pub(in crate::rules) fn days(count: i64) -> String {
    counted(count, "day")
}

/// Returns a number of things in words: `1 key`, `2 keys`.
pub(in crate::rules) fn counted(count: impl Display, noun: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Returns the first few of several things by name, and how many more there are: `a, b, c and 2 more`.
pub(in crate::rules) fn first_few(names: &[Message]) -> Message {
    let more = names.len().saturating_sub(NAMED);
    let last = names.len().min(NAMED).saturating_sub(1);
    let listed = names.iter().take(NAMED).enumerate();
    let listed = listed.fold(Message::default(), |list, (nth, name)| {
        let between = match nth {
            0 => "",
            nth if nth == last && more == 0 => " and ",
            _ => ", ",
        };
        list.text(between).append(name.clone())
    });
    match more {
        0 => listed,
        more => listed.text(format!(" and {more} more")),
    }
}

/// Returns the names of workloads, each as a piece of a sentence.
pub(in crate::rules) fn workload_names(workloads: &[&Workload]) -> Vec<Message> {
    let names = workloads.iter().map(|workload| workload.name.as_str());
    names.map(|name| Message::default().name(name)).collect()
}

/// Returns a workload as a fact: where it runs, and what shows it.
pub(in crate::rules) fn workload(workload: &Workload) -> Evidence {
    let mut fact = Message::default().name(&workload.name);
    if let Some(project) = &workload.project {
        fact = fact.text(" in ").project(project);
    }
    if let [first, rest @ ..] = workload.locations.as_slice() {
        let places = fact.text(" (").name(first);
        fact = rest
            .iter()
            .fold(places, |fact, place| fact.text(", ").name(place))
            .text(")");
    }
    let mut source = RESOURCE;
    if let Some(shown) = workload.evidence.first() {
        fact = match &shown.resource {
            EvidenceOf::Resource(resource) => fact
                .text(": ")
                .name(&shown.field)
                .text(" of ")
                .name(resource.as_str()),
            EvidenceOf::Calls(calls) => {
                source = CALLS;
                fact.text(": ").name(calls)
            }
            EvidenceOf::Member(member) => {
                source = ACCOUNT_POLICY;
                fact.text(": ")
                    .name(&shown.field)
                    .text(" for ")
                    .name(member)
            }
        };
        if workload.resources > 1 {
            fact = fact.text(format!(" and {} more", workload.resources - 1));
        }
    }
    Evidence {
        fact,
        source,
        at: None,
    }
}

/// Returns a source's name.
pub(in crate::rules) fn source_name(source: UsageSource) -> &'static str {
    match source {
        UsageSource::PolicyAnalyzer => "Policy Analyzer",
        UsageSource::Monitoring => "Monitoring",
        UsageSource::Recommender => "Recommender",
        UsageSource::Logging => "Cloud Logging",
        UsageSource::Logs => "exported audit logs",
        UsageSource::BigQuery => "audit logs in BigQuery",
    }
}

/// Returns the call by which a source was read.
pub(in crate::rules) fn source_call(source: UsageSource) -> &'static str {
    match source {
        UsageSource::PolicyAnalyzer => {
            "policyanalyzer.projects.locations.activityTypes.activities.query"
        }
        UsageSource::Monitoring => "monitoring.projects.timeSeries.list",
        UsageSource::Recommender => "recommender.projects.locations.insightTypes.insights.list",
        UsageSource::Logging => "logging.entries.list",
        UsageSource::Logs => "logs",
        UsageSource::BigQuery => "bigquery.jobs.query",
    }
}

/// Returns a stretch with its source: `Policy Analyzer from 2025-10-18 to 2026-11-21`.
pub(in crate::rules) fn window(window: &Window) -> String {
    let Window { source, from, to } = window;
    format!(
        "{} from {} to {}",
        source_name(*source),
        day(*from),
        day(*to)
    )
}

/// Returns when a credential was last used: `last used 2026-11-20 (weak evidence)`.
pub(in crate::rules) fn last_used(at: DateTime<Utc>, weak: bool) -> String {
    let weak = if weak { " (weak evidence)" } else { "" };
    format!("last used {}{weak}", day(at))
}

/// Returns that nobody saw a credential, and who looked:
/// `not observed by Policy Analyzer from 2025-10-18 to 2026-11-21`.
pub(in crate::rules) fn not_observed(windows: &[Window]) -> String {
    let looked: Vec<String> = windows.iter().map(window).collect();
    format!("not observed by {}", looked.join(", nor by "))
}

/// Returns a key's age as a predicate. The age of an uploaded key is its certificate's, and the words say so.
pub(in crate::rules) fn age(origin: KeyOrigin, age_days: i64) -> String {
    let age = days(age_days);
    match origin {
        KeyOrigin::Google => format!("is {age} old"),
        KeyOrigin::Uploaded => format!("was uploaded with a certificate that is {age} old"),
        KeyOrigin::Unknown => format!("is {age} old, or its certificate is, if it was uploaded"),
    }
}

/// Returns why a key's age is not known.
pub(in crate::rules) fn why_no_age(key: &Key, now: DateTime<Utc>) -> Message {
    Message::from(match key.facts.valid_after {
        Some(begin) if begin > now => format!(
            "Google says that it was created on {}, after the scan",
            day(begin)
        ),
        Some(_) | None => "Google did not say since when it is valid".to_owned(),
    })
}

/// Returns why a key that nobody saw `within` so many days may be in use all the same; nothing where somebody looked,
/// all the time and until now.
pub(in crate::rules) fn why_not_passed(
    key: &Key,
    now: DateTime<Utc>,
    within: u32,
) -> Option<Message> {
    // A key without a begin is taken for older than the stretch, so that the whole stretch has to be covered.
    match key.last_use.idle(&key.life, now, within) {
        Idle::Recent | Idle::Young | Idle::NotSeen { .. } | Idle::AgeUnknown => None,
        Idle::Inconclusive { observed_days } => Some(inconclusive(observed_days, within)),
        Idle::Stale { to } => Some(stale(to, now)),
        Idle::Unknown(why) => Some(why_unknown(&why)),
    }
}

/// Returns that too little was looked at to tell of a credential that nobody saw.
pub(in crate::rules) fn inconclusive(observed_days: i64, threshold_days: u32) -> Message {
    Message::from(format!(
        "not seen in the {observed_days} of {threshold_days} days that could be observed: inconclusive"
    ))
}

/// Returns that what was looked at ends too long before the scan to tell of the present.
pub(in crate::rules) fn stale(to: DateTime<Utc>, now: DateTime<Utc>) -> Message {
    let late = days((now - to).num_days());
    Message::from(format!(
        "its activity is known up to {} only, {late} before the scan",
        day(to)
    ))
}

/// Returns why a last use is not known.
pub(in crate::rules) fn why_unknown(why: &WhyUnknown) -> Message {
    match why {
        WhyUnknown::NotRead(reading) => not_read(reading),
        WhyUnknown::NothingCounted => {
            Message::from("Monitoring counted nothing at all in its project, which proves nothing")
        }
        WhyUnknown::NoRow => {
            Message::from("Policy Analyzer has no row of it, which proves nothing")
        }
        WhyUnknown::NoInsight => Message::from(
            "Recommender has no insight about it, which proves nothing: it speaks of idle accounts only",
        ),
        WhyUnknown::NoPeriod => {
            Message::from("Policy Analyzer does not say over which time it looked at it")
        }
        WhyUnknown::DisabledKeysLeftOut => {
            Message::from("Policy Analyzer leaves disabled keys out")
        }
    }
}

fn not_read(reading: &Reading) -> Message {
    if reading.is_whole() {
        // Not whole for this key, whatever the record says of the whole read.
        Message::from("the read of its last authentications ended without it")
    } else {
        reading::sentence(reading, "its last authentications")
    }
}

/// Returns how sure a sighting is: a key may look used because a system merely listed it.
pub(in crate::rules) fn sighting_confidence(weak: bool) -> Confidence {
    if weak {
        Confidence::Medium
    } else {
        Confidence::High
    }
}

/// Returns the begin of a key's life as a fact; nothing where Google does not say.
pub(in crate::rules) fn begin(key: &Key) -> Option<Evidence> {
    let at = key.facts.valid_after?;
    let what = match key.facts.origin {
        KeyOrigin::Google => "created",
        KeyOrigin::Uploaded => "certificate begins",
        KeyOrigin::Unknown => "created, or certificate begins",
    };
    Some(Evidence {
        fact: Message::from(format!("{what} on {}", day(at))),
        source: KEYS_LIST,
        at: Some(at),
    })
}

/// Returns for how long something has been disabled: `has been disabled for 89 days, since 2026-08-25`.
pub(in crate::rules) fn disabled_for(count: i64, since: DateTime<Utc>) -> String {
    format!(
        "has been disabled for {}, since {}",
        days(count),
        day(since)
    )
}

/// Returns how sure it is since when something is disabled: where the log was not read without a break up to the scan, it
/// may have been switched on and off again.
pub(in crate::rules) fn disabled_confidence(life: &Life, since: DateTime<Utc>) -> Confidence {
    if life.log_since.is_some_and(|from| from <= since) {
        Confidence::High
    } else {
        Confidence::Medium
    }
}

/// Returns since when something is disabled as a fact.
pub(in crate::rules) fn disabled(since: DateTime<Utc>) -> Evidence {
    Evidence {
        fact: Message::from(format!("disabled on {}", day(since))),
        source: CALLS,
        at: Some(since),
    }
}

/// Returns the end of a key's validity as a fact; nothing where it has none.
pub(in crate::rules) fn end(key: &Key) -> Option<Evidence> {
    let at = key.facts.expires()?;
    Some(Evidence {
        fact: Message::from(format!("valid until {}", day(at))),
        source: KEYS_LIST,
        at: Some(at),
    })
}

/// Returns what was seen of a credential, and over which stretches it was looked at, as facts.
pub(in crate::rules) fn usage(last_use: &LastUse) -> Vec<Evidence> {
    let looked = last_use.windows().iter().map(|window| Evidence {
        fact: Message::from(format!(
            "looked at from {} to {}",
            day(window.from),
            day(window.to)
        )),
        source: source_call(window.source),
        at: Some(window.to),
    });
    let seen = match last_use {
        LastUse::Seen {
            at, source, weak, ..
        } => Some(Evidence {
            fact: Message::from(last_used(*at, *weak)),
            source: source_call(*source),
            at: Some(*at),
        }),
        LastUse::NotSeen { .. } | LastUse::Unknown { .. } => None,
    };
    seen.into_iter().chain(looked).collect()
}

/// Returns that a rule cannot decide about a key, because of what `dataset` says or does not say of it.
pub(in crate::rules) fn undecided(
    rule: &RuleMeta,
    account: &Account,
    key: &Key,
    dataset: Dataset,
    reason: Message,
) -> Outcome {
    Outcome::Undecided(Undecided {
        rule: rule.id,
        subject: Subject::Key {
            account: account.reference(),
            key: key.facts.id.clone(),
        },
        dataset,
        reason,
    })
}

/// Returns the finding with the steps for a key that should not be there: replace it where something may sign in with
/// it, and ask where nothing can.
pub(in crate::rules) fn replace_if_live(
    finding: Finding,
    account: &Account,
    key: &Key,
    reach: Reach,
) -> Finding {
    match reach {
        Reach::Live => callers::steps(account, key, None).fold(finding, Finding::then),
        Reach::AccountDisabled | Reach::Disabled | Reach::Expired => {
            finding.then(Action::FindOwner {
                account: account.reference(),
            })
        }
    }
}

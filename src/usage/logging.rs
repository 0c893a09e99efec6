//! The Logging API: who called, and what happened to accounts and keys, from the audit logs of everything in scope.
//!
//! Two questions: what happened to credentials, in the activity log, which is always on and kept for 400 days; and who
//! called, in all audit logs since a time of the user's. Entries lie in the project, folder or organization whose resource
//! was touched, so that each of them is named, 100 a call. Google answers 60 calls a minute, and no more
//! (<https://cloud.google.com/logging/quotas>): for a busy organization a sink's files or tables are the way.
//!
//! A caller without `logging.privateLogEntries.list` is answered without Data Access entries, and is not told. Audit logs
//! only ever show a use, so that this costs evidence and proves nothing wrong.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::gcp::api::logging::{self, Entries, MAX_NAMES, PAGE_SIZE};
use crate::gcp::apis::Api;
use crate::gcp::error::{Error, ErrorKind};
use crate::gcp::paging::Listed;
use crate::model::call::{CredentialEvent, LogWindow};
use crate::model::coverage::{Coverage, Dataset, Reading};
use crate::model::names::ProjectId;
use crate::model::project::Parent;
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;
use crate::model::usage::{Period, UsageSource};

use super::logs::entry::{Entry, Parsed};
use super::logs::event::event;
use super::logs::time::moment;
use super::logs::{Filter, Groups};
use super::{Asking, Extent, Tables, before};

/// For how long the activity log is kept: <https://cloud.google.com/logging/quotas#logs_retention_periods>.
const ACTIVITY_KEPT: TimeDelta = TimeDelta::days(400);

/// A read that takes longer is announced.
const LONG: TimeDelta = TimeDelta::minutes(1);

/// Homes of logs that are refused one by one, with none read before, until a refusal of many is taken for one of each: a
/// caller who may read none is not to wait for thousands of refusals.
const REFUSALS: usize = 8;

/// The events of accounts and keys, as the activity log names their methods.
const EVENTS: [&str; 10] = [
    "CreateServiceAccount",
    "DeleteServiceAccount",
    "DisableServiceAccount",
    "EnableServiceAccount",
    "UndeleteServiceAccount",
    "CreateServiceAccountKey",
    "DeleteServiceAccountKey",
    "DisableServiceAccountKey",
    "EnableServiceAccountKey",
    "UploadServiceAccountKey",
];

/// The busiest of Google's own accounts, by what their addresses hold: their calls count for nothing, so that they are not
/// fetched. Every other such account is dropped when its entry is read.
const AGENTS: [&str; 6] = [
    "@gcp-sa-",
    "@cloudservices.gserviceaccount.com",
    "@compute-system.iam.gserviceaccount.com",
    "@container-engine-robot.iam.gserviceaccount.com",
    "@dataflow-service-producer-prod.iam.gserviceaccount.com",
    "@serverless-robot-prod.iam.gserviceaccount.com",
];

/// Returns the calls and events of everything in scope, and how the logs of each project, folder and organization were read;
/// `tell` hears how long a long read will take.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn of_scope(
    asking: Asking<'_>,
    extent: &Extent<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<Facts, Error> {
    let homes = homes(extent);
    let questions = match asking.tables {
        Tables::All => 2,
        Tables::Callers => 1,
    };
    let least = questions * batches(&homes).len();
    if time_of(least) > LONG {
        tell(&format!(
            "audit logs: at least {least} calls, {}",
            duration(time_of(least))
        ));
    }
    let kept = Question {
        from: before(asking.at, ACTIVITY_KEPT),
        filter: of_events(asking),
        hint: "",
    };
    let mut events: Vec<CredentialEvent> = Vec::new();
    let (told, readable): (Answer, Vec<Home>) = match asking.tables {
        Tables::All => {
            let told = read(asking, &homes, &kept, tell, |entry| {
                events.extend(event(entry));
            })
            .await?;
            // Whoever may not read the activity log may not read the others.
            let readable = homes.into_iter().filter(|home| told.has(home)).collect();
            (told, readable)
        }
        Tables::Callers => (Answer::default(), homes),
    };
    let asked = Question {
        from: asking.since,
        filter: of_calls(asking),
        hint: "; --since takes less",
    };
    let groups = Groups::new(UsageSource::Logging, Filter::default());
    let mut recorder = groups.recorder();
    let called = read(asking, &readable, &asked, tell, |entry| recorder.add(entry)).await?;
    recorder.finish();

    let mut facts = Facts::default();
    let refused = groups.refused();
    if refused > 0 {
        for home in &readable {
            let message = format!("too many different calls: {refused} were left out");
            let reading = Reading::Truncated { message };
            facts
                .coverage
                .record(home.scope.clone(), Dataset::AuditLogs, reading);
        }
    }
    let mut calls = groups.into_calls();
    calls.events.extend(events);
    calls.windows = [(&kept, &told), (&asked, &called)]
        .into_iter()
        .flat_map(|(question, answer)| answer.windows(question.from, asking.at))
        .collect();
    facts.calls = calls;
    facts.coverage.absorb(told.coverage);
    facts.coverage.absorb(called.coverage);
    Ok(facts)
}

/// What holds a log.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Home {
    /// As Google's APIs take it: `projects/acme-prod`.
    name: String,
    /// By number, which older entries may have in its place.
    by_number: Option<String>,
    scope: Scope,
}

/// Returns everything in scope that holds a log: folders and organizations, then projects.
fn homes(extent: &Extent<'_>) -> Vec<Home> {
    let containers = extent.containers.iter().map(|container| Home {
        name: container.to_string(),
        by_number: None,
        scope: match container.clone() {
            Parent::Organization(id) => Scope::Organization(id),
            Parent::Folder(id) => Scope::Folder(id),
        },
    });
    let projects = extent.projects.iter().map(|project| Home {
        name: format!("projects/{}", project.id),
        by_number: Some(format!("projects/{}", project.number)),
        scope: Scope::Project(project.id.clone()),
    });
    containers.chain(projects).collect()
}

/// Returns the homes in calls: projects apart from what is above them, which fewer callers may read.
fn batches(homes: &[Home]) -> Vec<&[Home]> {
    let projects = homes
        .iter()
        .position(|home| matches!(home.scope, Scope::Project(_)))
        .unwrap_or(homes.len());
    let (above, projects) = homes.split_at(projects);
    above
        .chunks(MAX_NAMES)
        .chain(projects.chunks(MAX_NAMES))
        .collect()
}

/// What is asked, of every home.
struct Question {
    from: DateTime<Utc>,
    filter: String,
    /// What makes a long read shorter.
    hint: &'static str,
}

fn of_events(asking: Asking<'_>) -> String {
    let methods = EVENTS
        .map(|name| format!("\"google.iam.admin.v1.{name}\""))
        .join(" OR ");
    format!(
        "{} AND log_id(\"cloudaudit.googleapis.com/activity\") AND protoPayload.serviceName = \"iam.googleapis.com\" \
         AND protoPayload.methodName = ({methods})",
        between(before(asking.at, ACTIVITY_KEPT), asking.at)
    )
}

fn of_calls(asking: Asking<'_>) -> String {
    let logs = ["activity", "data_access", "policy"]
        .map(|log| format!("log_id(\"cloudaudit.googleapis.com/{log}\")"))
        .join(" OR ");
    let agents = AGENTS.map(|agent| format!("\"{agent}\"")).join(" OR ");
    let who = "protoPayload.authenticationInfo";
    format!(
        "{} AND ({logs}) AND ({who}.principalEmail : \"gserviceaccount.com\" OR {who}.principalSubject : \"principal://\" \
         OR protoPayload.serviceName = \"iamcredentials.googleapis.com\") AND NOT {who}.principalEmail : ({agents})",
        between(asking.since, asking.at)
    )
}

fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!(
        "timestamp >= \"{}\" AND timestamp <= \"{}\"",
        time(from),
        time(to)
    )
}

/// How a question was answered.
#[derive(Debug, Default)]
struct Answer {
    coverage: Coverage,
    /// Entries by the project whose log they lie in; projects without any are there too.
    entries: BTreeMap<ProjectId, u64>,
}

impl Answer {
    /// Returns whether anything came of a home.
    fn has(&self, home: &Home) -> bool {
        self.coverage
            .reading(&home.scope, Dataset::AuditLogs)
            .is_answered()
    }

    /// Returns what was read, project by project.
    fn windows(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = LogWindow> {
        self.entries
            .iter()
            .map(move |(project, entries)| LogWindow {
                source: UsageSource::Logging,
                project: Some(project.clone()),
                period: Period { from, to },
                entries: *entries,
            })
    }

    /// Records how the logs of some homes were read together.
    fn record(&mut self, homes: &[Home], reading: &Reading, tally: &Tally) {
        for home in homes {
            let own = match tally.malformed_of(home) {
                count if count > 0 && reading.is_whole() => Reading::Malformed { count },
                _ => reading.clone(),
            };
            if let (Scope::Project(project), true) = (&home.scope, own.is_answered()) {
                let entries = tally.entries.get(home.name.as_str()).copied();
                self.entries.insert(project.clone(), entries.unwrap_or(0));
            }
            self.coverage
                .record(home.scope.clone(), Dataset::AuditLogs, own);
        }
    }
}

/// Asks a question of every home, gives every entry to `take`, and returns how it was answered.
///
/// Google refuses a call as a whole where one of its homes may not be read: it is then asked again in halves, down to the
/// home itself, which alone becomes a gap.
async fn read(
    asking: Asking<'_>,
    homes: &[Home],
    question: &Question,
    tell: &mut dyn FnMut(&str),
    mut take: impl FnMut(&Entry<'_>),
) -> Result<Answer, Error> {
    let mut answer = Answer::default();
    let mut left = batches(homes);
    left.reverse();
    let (mut refused, mut any) = (0, false);
    while let Some(batch) = left.pop() {
        let names: Vec<String> = batch.iter().map(|home| home.name.clone()).collect();
        let mut tally = Tally::of(batch);
        let mut announced = false;
        let listed = logging::entries(asking.google, &names, &question.filter, |page| {
            for raw in page.entries {
                tally.add(raw, &mut take);
            }
            if !announced && let Some(text) = forecast(question, asking.at, page) {
                announced = true;
                tell(&format!("audit logs of {}: {text}", logging::told(&names)));
            }
        })
        .await;
        if batch.len() > 1 && is_refusal(&listed) && (any || refused < REFUSALS) {
            let (one, other) = batch.split_at(batch.len() / 2);
            left.extend([other, one]);
            continue;
        }
        let (_, reading) = asking.payer.settle_service(listed, None, Some)?;
        any |= reading.is_answered();
        refused += usize::from(!reading.is_answered());
        answer.record(batch, &reading, &tally);
    }
    Ok(answer)
}

/// Returns whether a call was refused for what it names, so that another that names less of it may not be.
fn is_refusal(listed: &Listed<()>) -> bool {
    let error = listed.stopped.as_ref().filter(|_| listed.items.is_empty());
    error.is_some_and(|error| match error.kind() {
        ErrorKind::PermissionDenied { .. }
        | ErrorKind::ServicePerimeter { .. }
        | ErrorKind::NotFound
        | ErrorKind::ProjectUnavailable { .. } => true,
        ErrorKind::ApiDisabled { .. }
        | ErrorKind::QuotaExceeded { .. }
        | ErrorKind::QuotaProjectMissing
        | ErrorKind::QuotaProjectRefused { .. }
        | ErrorKind::ScopeInsufficient
        | ErrorKind::Unauthenticated
        | ErrorKind::CallerDisabled
        | ErrorKind::BadRequest
        | ErrorKind::Server
        | ErrorKind::Transport { .. }
        | ErrorKind::Malformed
        | ErrorKind::EndlessList
        | ErrorKind::NotAllowed
        | ErrorKind::BadEndpoint
        | ErrorKind::Credentials => false,
    })
}

/// What came of the homes of one call.
#[derive(Debug)]
struct Tally<'a> {
    /// The names of homes by the name that an entry may have.
    names: BTreeMap<&'a str, &'a str>,
    entries: BTreeMap<&'a str, u64>,
    malformed: BTreeMap<&'a str, u64>,
    /// Malformed entries that do not tell whose log they lie in: any of the homes may lack one.
    of_nobody: u64,
}

impl<'a> Tally<'a> {
    fn of(homes: &'a [Home]) -> Self {
        let names = homes.iter().flat_map(|home| {
            let by_number = home.by_number.as_deref();
            [Some(home.name.as_str()), by_number]
                .into_iter()
                .flatten()
                .map(|name| (name, home.name.as_str()))
        });
        Self {
            names: names.collect(),
            entries: BTreeMap::new(),
            malformed: BTreeMap::new(),
            of_nobody: 0,
        }
    }

    /// Counts an entry, and gives it to `take` if it makes sense: the filters find audit logs alone.
    fn add(&mut self, raw: &RawValue, take: &mut impl FnMut(&Entry<'_>)) {
        match Entry::parse(raw.get().as_bytes()) {
            Ok(Parsed::Audit(entry)) if entry.at.is_some() => {
                if let Some(home) = self.home(&entry.log_name) {
                    *self.entries.entry(home).or_default() += 1;
                }
                take(&entry);
            }
            Ok(Parsed::Audit(_) | Parsed::Other) | Err(_) => {
                let head: Option<Head> = serde_json::from_str(raw.get()).ok();
                match head.and_then(|head| self.home(&head.log_name)) {
                    Some(home) => *self.malformed.entry(home).or_default() += 1,
                    None => self.of_nobody += 1,
                }
            }
        }
    }

    fn home(&self, log_name: &str) -> Option<&'a str> {
        let (home, _) = log_name.split_once("/logs/")?;
        self.names.get(home).copied()
    }

    fn malformed_of(&self, home: &Home) -> u64 {
        let own = self.malformed.get(home.name.as_str()).copied();
        own.unwrap_or(0) + self.of_nobody
    }
}

/// What an entry that makes no sense may still tell.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    log_name: String,
}

/// Returns how much a read will bring and how long it will take, where that is long, by its first page: as dense as that, so
/// far back. `None` for a page that tells nothing of it.
fn forecast(question: &Question, now: DateTime<Utc>, page: Entries<'_>) -> Option<String> {
    if !page.more {
        return None;
    }
    let oldest = match Entry::parse(page.entries.last()?.get().as_bytes()).ok()? {
        Parsed::Audit(entry) => moment(entry.at?),
        Parsed::Other => return None,
    };
    let seconds = |from: DateTime<Utc>| u64::try_from((now - from).num_seconds()).unwrap_or(0);
    let pages = seconds(question.from) / seconds(oldest).max(1);
    let time = time_of(usize::try_from(pages).unwrap_or(usize::MAX));
    (time > LONG).then(|| {
        format!(
            "about {} entries, {}{}",
            pages.saturating_mul(PAGE_SIZE as u64),
            duration(time),
            question.hint
        )
    })
}

/// Returns how long so many calls take, at 80 % of the quota.
fn time_of(calls: usize) -> TimeDelta {
    let seconds = calls.saturating_mul(60 * 5) / (Api::Logging.reads_per_minute() as usize * 4);
    i64::try_from(seconds)
        .ok()
        .and_then(TimeDelta::try_seconds)
        .unwrap_or(TimeDelta::MAX)
}

/// Returns a stretch of time in words: `2 h 5 min`.
fn duration(length: TimeDelta) -> String {
    match (length.num_hours(), length.num_minutes() % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::{AccountClass, Email};

    #[test]
    fn only_google_s_own_accounts_are_not_fetched() {
        for agent in AGENTS {
            let domain = if agent.ends_with('-') {
                format!("{agent}pubsub.iam.gserviceaccount.com")
            } else {
                agent.to_owned()
            };
            let email = Email::parse(&format!("service-1{domain}")).expect("an address");
            assert_eq!(email.class(), AccountClass::ServiceAgent, "{agent}");
        }
    }

    #[test]
    fn how_long_calls_take_is_told_in_minutes() {
        let told = |calls| duration(time_of(calls));
        assert_eq!(told(48), "1 min");
        assert_eq!(told(6_000), "2 h 5 min");
        assert!(time_of(usize::MAX) > LONG);
    }
}

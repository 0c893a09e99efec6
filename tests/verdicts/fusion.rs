//! How the answers of several sources become one.

use chrono::TimeDelta;

use sa_audit::join::join;
use sa_audit::model::call::{CredentialEvent, CredentialEventKind, PermissionUse};
use sa_audit::model::estate::Account;
use sa_audit::model::idle::Creation;
use sa_audit::model::names::UniqueId;
use sa_audit::model::settings::Settings;
use sa_audit::model::snapshot::Facts;
use sa_audit::model::usage::{LastUse, Period, UsageSource};

use super::snapshot;
use super::sources::{ActivityLog, Analyzer, Credential, EMAIL, Monitoring, period};
use super::support::callers::call;
use super::support::estate::{days_ago, estate, key, window};

const KEY: &str = "4f1c0000000000000000000000000000000000aa";

/// Returns an account with a key, both 400 days old, and the key as a credential.
fn world() -> (Facts, Credential) {
    let built = estate()
        .project("acme-prod")
        .account("etl")
        .key(key().id(KEY).age_days(400))
        .build();
    let account = &built.accounts[0];
    let of = Credential {
        account: account.facts.unique_id.clone(),
        key: Some(account.keys[0].facts.id.clone()),
        project: account.facts.project.clone(),
    };
    let facts = Facts {
        projects: built.projects.clone(),
        accounts: vec![account.facts.clone()],
        keys: account.keys.iter().map(|key| key.facts.clone()).collect(),
        ..Facts::default()
    };
    (facts, of)
}

fn joined(facts: &Facts) -> Account {
    let estate = join(&snapshot(facts.clone()), &Settings::default());
    estate.accounts[0].clone()
}

/// Returns who saw a credential when, and whether that is weak evidence.
fn seen(last_use: &LastUse) -> Option<(UsageSource, i64, bool)> {
    match last_use {
        LastUse::Seen {
            at, source, weak, ..
        } => Some((*source, (days_ago(0) - *at).num_days(), *weak)),
        LastUse::NotSeen { .. } | LastUse::Unknown { .. } => None,
    }
}

/// A system that lists keys makes them look used: a log line of the same day tells that it was a use.
#[test]
fn a_sighting_of_a_key_is_weak_until_a_log_line_agrees() {
    use UsageSource::{Logs, PolicyAnalyzer};
    let (mut facts, of) = world();
    Analyzer::SeenRecently.add(&mut facts, &of);
    assert_eq!(
        seen(&joined(&facts).keys[0].last_use),
        Some((PolicyAnalyzer, 5, true))
    );
    for (days, expected) in [
        (200, (PolicyAnalyzer, 5, true)),
        (7, (PolicyAnalyzer, 5, true)),
        (6, (PolicyAnalyzer, 5, false)),
        (3, (Logs, 3, false)),
    ] {
        let mut facts = facts.clone();
        let line = call(EMAIL).key(KEY).between(days, days).build();
        facts.calls.callers.push(line);
        assert_eq!(seen(&joined(&facts).keys[0].last_use), Some(expected));
    }
}

#[test]
fn a_use_of_a_key_is_a_use_of_its_account() {
    let (mut facts, of) = world();
    Monitoring::SeenRecently.add(&mut facts, &of);
    let account = joined(&facts);
    assert_eq!(
        seen(&account.last_use),
        Some((UsageSource::Monitoring, 5, false))
    );
    let mut facts = world().0;
    facts
        .calls
        .callers
        .push(call(EMAIL).key(KEY).between(9, 4).build());
    let account = joined(&facts);
    assert_eq!(seen(&account.last_use), Some((UsageSource::Logs, 4, false)));
    assert_eq!(
        (account.callers.len(), account.keys[0].callers.len()),
        (0, 1)
    );
}

/// Its stamp of a day may mean a later moment than the one that was seen last.
#[test]
fn the_latest_moment_of_a_use_is_that_of_the_account_and_of_its_keys() {
    let (mut facts, of) = world();
    Analyzer::SeenLongAgo.add(&mut facts, &of);
    let key = joined(&facts).keys[0].last_use.clone();
    let LastUse::Seen { at, latest, .. } = key else {
        panic!("the key was seen: {key:?}");
    };
    let mut line = call(EMAIL).build();
    let later = at + TimeDelta::hours(1);
    line.seen = Period {
        from: later,
        to: later,
    };
    facts.calls.callers.push(line);
    let account = joined(&facts).last_use;
    let LastUse::Seen {
        at: last,
        latest: end,
        ..
    } = account
    else {
        panic!("the account was seen: {account:?}");
    };
    assert!(later < latest);
    assert_eq!((last, end), (later, latest));
}

/// Anybody may ask. Only whoever was given a token has used the account.
#[test]
fn who_was_refused_a_token_is_no_caller_of_the_account() {
    let (mut facts, _) = world();
    let id = facts.accounts[0].unique_id.clone();
    let other = "probe@elsewhere.iam.gserviceaccount.com";
    let asked = call(other).target(EMAIL).build();
    let check = |granted| PermissionUse {
        project: None,
        source: asked.source,
        principal: asked.principal.clone(),
        key: None,
        delegate: None,
        permission: "iam.serviceAccounts.getAccessToken".to_owned(),
        resource: format!("projects/-/serviceAccounts/{id}"),
        granted,
        last: asked.seen.to,
        count: 1,
    };
    facts.calls.callers = vec![asked.clone()];
    for (checks, callers) in [
        (vec![], 1),
        (vec![check(false)], 0),
        (vec![check(true)], 1),
        (vec![check(false), check(true)], 1),
    ] {
        facts.calls.permissions = checks;
        let account = joined(&facts);
        assert_eq!(account.callers.len(), callers);
        assert_eq!(account.workloads.len(), callers);
        assert_eq!(seen(&account.last_use).is_some(), callers > 0);
    }
}

/// The address is the dead account's as well as the living one's; the unique id and the key are not.
#[test]
fn a_line_older_than_the_account_is_its_dead_namesakes() {
    let (mut facts, _) = world();
    facts.accounts[0].created = Some(days_ago(50));
    let lines = [
        call(EMAIL).between(90, 60),
        call(EMAIL).between(70, 20).user_agent("curl/8"),
        call(EMAIL).between(90, 60).key(KEY),
        call(EMAIL).between(90, 60).key("dead"),
    ];
    facts.calls.callers = lines
        .map(super::support::callers::CallBuilder::build)
        .into();
    let account = joined(&facts);
    let callers: Vec<_> = account.callers.iter().map(|c| c.call.seen).collect();
    assert_eq!(callers, vec![period(50, 20)]);
    assert_eq!(account.keys[0].callers.len(), 1);
    assert_eq!(
        seen(&account.last_use),
        Some((UsageSource::Logs, 20, false))
    );
}

/// Without the unique id, a creation before the deletion of a namesake is the namesake's.
#[test]
fn the_creation_of_a_dead_namesake_tells_no_age() {
    let (mut facts, _) = world();
    facts.accounts[0].created = None;
    facts.keys.clear();
    let event = |kind, unique_id, days| CredentialEvent {
        kind,
        email: Some(facts.accounts[0].email.clone()),
        unique_id,
        key: None,
        at: days_ago(days),
        by: String::new(),
    };
    let made = event(CredentialEventKind::AccountCreated, None, 300);
    let dead = UniqueId::parse("99").ok();
    let deleted = event(CredentialEventKind::AccountDeleted, dead, 200);
    for (events, created) in [
        (vec![made.clone()], Creation::At(days_ago(300))),
        (
            vec![made, deleted],
            Creation::Between {
                after: Some(days_ago(200)),
                by: None,
            },
        ),
    ] {
        let mut facts = facts.clone();
        facts.calls.events = events;
        assert_eq!(joined(&facts).life.created, created);
    }
}

/// The footer speaks of what was looked at: a row about something that is not in the inventory widens nothing, nor do
/// days after the scan.
#[test]
fn the_windows_of_the_sources_come_from_rows_that_joined_and_from_logs_that_were_read() {
    let (mut facts, of) = world();
    Analyzer::NotSeen.add(&mut facts, &of);
    Analyzer::RowOfADeadNamesake.add(&mut facts, &of);
    facts.activities[1].period = Some(period(800, 0));
    Monitoring::Silent.add(&mut facts, &of);
    ActivityLog::Quiet.add(&mut facts, &of);
    let windows = |facts: &Facts| join(&snapshot(facts.clone()), &Settings::default()).windows;
    let all = vec![
        window(UsageSource::PolicyAnalyzer, 400, 1),
        window(UsageSource::Monitoring, 42, 0),
        window(UsageSource::Logging, 400, 0),
    ];
    assert_eq!(windows(&facts), all);
    facts.activities[0].period = Some(period(400, -70));
    facts.calls.windows.clear();
    facts.authentications.clear();
    assert_eq!(
        windows(&facts),
        vec![window(UsageSource::PolicyAnalyzer, 400, 0)]
    );
    facts.activities.remove(0);
    assert_eq!(windows(&facts), vec![]);
}

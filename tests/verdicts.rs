//! The truth table of `key-unused`: the one mistake that the program may not make is a wrong "unused".
//!
//! What may be said is written down here a second time, as the domain has it, and compared over every combination of
//! what the sources said, how old the key is, and what state and kind it is in.

mod support;

use sa_audit::join::join;
use sa_audit::model::action::Action;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::estate::Estate;
use sa_audit::model::names::UniqueId;
use sa_audit::model::rule::Confidence;
use sa_audit::model::scope::Scope;
use sa_audit::model::settings::Settings;
use sa_audit::model::snapshot::{Facts, Header, Snapshot};
use sa_audit::model::usage::{Activity, LastUse, Period, UsageSource, Window};
use sa_audit::rules::evaluate;

use support::estate::{days_ago, estate, key, now, window};

/// What Policy Analyzer said of the key.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Analyzer {
    SeenRecently,
    SeenLongAgo,
    NotSeen,
    NotSeenBeforeTheReadBroke,
    NoRow,
    RowOfADeadNamesake,
    RowWithoutPeriod,
    ShortWindow,
    StaleEnd,
    Denied,
    ApiDisabled,
    Malformed,
    Truncated,
    Skipped,
}

/// What Monitoring looked at; it saw nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Monitoring {
    Absent,
    SixWeeks,
    Short,
    StaleEnd,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Enabled,
    Disabled,
    Expired,
    AccountDisabled,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Ordinary,
    Firebase,
    Uploaded,
}

#[derive(Debug, Clone, Copy)]
struct Case {
    analyzer: Analyzer,
    monitoring: Monitoring,
    age_days: i64,
    state: State,
    kind: Kind,
}

/// What the rule says.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Verdict {
    Silent,
    Undecided,
    NotObserved,
    Unused,
}

const ANALYZER: [Analyzer; 14] = [
    Analyzer::SeenRecently,
    Analyzer::SeenLongAgo,
    Analyzer::NotSeen,
    Analyzer::NotSeenBeforeTheReadBroke,
    Analyzer::NoRow,
    Analyzer::RowOfADeadNamesake,
    Analyzer::RowWithoutPeriod,
    Analyzer::ShortWindow,
    Analyzer::StaleEnd,
    Analyzer::Denied,
    Analyzer::ApiDisabled,
    Analyzer::Malformed,
    Analyzer::Truncated,
    Analyzer::Skipped,
];
const MONITORING: [Monitoring; 4] = [
    Monitoring::Absent,
    Monitoring::SixWeeks,
    Monitoring::Short,
    Monitoring::StaleEnd,
];
const STATES: [State; 4] = [
    State::Enabled,
    State::Disabled,
    State::Expired,
    State::AccountDisabled,
];
const KINDS: [Kind; 3] = [Kind::Ordinary, Kind::Firebase, Kind::Uploaded];

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for analyzer in ANALYZER {
        for monitoring in MONITORING {
            for age_days in [10, 89, 91, 400] {
                for state in STATES {
                    for kind in KINDS {
                        cases.push(Case {
                            analyzer,
                            monitoring,
                            age_days,
                            state,
                            kind,
                        });
                    }
                }
            }
        }
    }
    cases
}

/// Returns what may be said, by the rules of the domain and by nothing of the code.
fn oracle(case: Case) -> Verdict {
    // Only a key that can sign in can be unused, and only for as long as it exists.
    if case.state != State::Enabled || case.age_days < 90 {
        return Verdict::Silent;
    }
    // A row of that very key, over the whole threshold, up to three days before the scan.
    let analyzer_proves_silence = match case.analyzer {
        Analyzer::SeenRecently => return Verdict::Silent,
        Analyzer::SeenLongAgo | Analyzer::NotSeen | Analyzer::NotSeenBeforeTheReadBroke => true,
        Analyzer::NoRow
        | Analyzer::RowOfADeadNamesake
        | Analyzer::RowWithoutPeriod
        | Analyzer::ShortWindow
        | Analyzer::StaleEnd
        | Analyzer::Denied
        | Analyzer::ApiDisabled
        | Analyzer::Malformed
        | Analyzer::Truncated
        | Analyzer::Skipped => false,
    };
    // Monitoring alone keeps six weeks of the ninety days: that is inconclusive, never a verdict.
    if !analyzer_proves_silence {
        return Verdict::Undecided;
    }
    let may_be_unused = match case.kind {
        Kind::Ordinary => true,
        // What is signed offline is seen by no source; of an uploaded key nobody knows the upload.
        Kind::Firebase | Kind::Uploaded => false,
    };
    if may_be_unused && case.monitoring == Monitoring::SixWeeks {
        Verdict::Unused
    } else {
        Verdict::NotObserved
    }
}

/// Returns the estate of a case: the inventory and Policy Analyzer's answer through the join, Monitoring's beside it.
fn world(case: Case) -> Estate {
    let built = key().age_days(case.age_days);
    let built = match case.state {
        State::Disabled => built.disabled(),
        State::Expired => built.expires_in_days(-1),
        State::Enabled | State::AccountDisabled => built,
    };
    let built = match case.kind {
        Kind::Uploaded => built.uploaded(),
        Kind::Ordinary | Kind::Firebase => built,
    };
    let name = match case.kind {
        Kind::Firebase => "firebase-adminsdk-1a2b3",
        Kind::Ordinary | Kind::Uploaded => "etl",
    };
    let mut inventory = estate().project("acme-prod").account(name).key(built);
    if case.state == State::AccountDisabled {
        inventory = inventory.disabled();
    }
    let mut estate = join(
        &snapshot(inventory.build(), case.analyzer),
        &Settings::default(),
    );
    for key in estate.accounts.iter_mut().flat_map(|a| &mut a.keys) {
        add_monitoring(&mut key.last_use, case.monitoring);
    }
    estate
}

fn snapshot(inventory: Estate, analyzer: Analyzer) -> Snapshot {
    let account = &inventory.accounts[0];
    let mut facts = Facts {
        projects: inventory.projects.clone(),
        accounts: vec![account.facts.clone()],
        keys: account.keys.iter().map(|key| key.facts.clone()).collect(),
        activities: row(analyzer)
            .map(|(period, last_authenticated)| Activity {
                account: if analyzer == Analyzer::RowOfADeadNamesake {
                    UniqueId::parse("99").expect("an id")
                } else {
                    account.facts.unique_id.clone()
                },
                key: Some(account.keys[0].facts.id.clone()),
                period,
                last_authenticated,
            })
            .into_iter()
            .collect(),
        ..Facts::default()
    };
    let scope = Scope::Project(account.facts.project.clone());
    facts
        .coverage
        .record(scope, Dataset::KeyActivity, reading(analyzer));
    Snapshot {
        header: Header {
            tool: "sa-audit 0.0.0".to_owned(),
            observed_at: now(),
            scope: inventory.scope,
            sources: vec![UsageSource::PolicyAnalyzer],
            left_out: inventory.left_out,
            statistics: None,
        },
        facts,
    }
}

type Row = (Option<Period>, Option<chrono::DateTime<chrono::Utc>>);

fn row(analyzer: Analyzer) -> Option<Row> {
    let period = |from, to| {
        Some(Period {
            from: days_ago(from),
            to: days_ago(to),
        })
    };
    match analyzer {
        Analyzer::SeenRecently => Some((period(400, 1), Some(days_ago(5)))),
        Analyzer::SeenLongAgo => Some((period(400, 1), Some(days_ago(120)))),
        Analyzer::NotSeen | Analyzer::NotSeenBeforeTheReadBroke | Analyzer::RowOfADeadNamesake => {
            Some((period(400, 1), None))
        }
        Analyzer::RowWithoutPeriod => Some((None, None)),
        Analyzer::ShortWindow => Some((period(43, 1), None)),
        Analyzer::StaleEnd => Some((period(400, 10), None)),
        Analyzer::NoRow
        | Analyzer::Denied
        | Analyzer::ApiDisabled
        | Analyzer::Malformed
        | Analyzer::Truncated
        | Analyzer::Skipped => None,
    }
}

fn reading(analyzer: Analyzer) -> Reading {
    match analyzer {
        Analyzer::Denied => Reading::Denied { permission: None },
        Analyzer::ApiDisabled => Reading::ApiDisabled {
            service: "policyanalyzer.googleapis.com".to_owned(),
            consumer: None,
        },
        Analyzer::Malformed => Reading::Malformed { count: 1 },
        Analyzer::Truncated | Analyzer::NotSeenBeforeTheReadBroke => Reading::Truncated {
            message: "connection reset".to_owned(),
        },
        Analyzer::Skipped => Reading::Skipped,
        Analyzer::SeenRecently
        | Analyzer::SeenLongAgo
        | Analyzer::NotSeen
        | Analyzer::NoRow
        | Analyzer::RowOfADeadNamesake
        | Analyzer::RowWithoutPeriod
        | Analyzer::ShortWindow
        | Analyzer::StaleEnd => Reading::Read,
    }
}

/// Adds a silent Monitoring. Where Policy Analyzer said nothing, its silence is all there is: the likeliest way to a
/// wrong "unused".
fn add_monitoring(last_use: &mut LastUse, monitoring: Monitoring) {
    let source = UsageSource::Monitoring;
    let added: Window = match monitoring {
        Monitoring::Absent => return,
        Monitoring::SixWeeks => window(source, 42, 0),
        Monitoring::Short => window(source, 40, 0),
        Monitoring::StaleEnd => window(source, 52, 10),
    };
    match last_use {
        LastUse::Seen { windows, .. } | LastUse::NotSeen { windows } => windows.push(added),
        LastUse::Unknown { .. } => {
            *last_use = LastUse::NotSeen {
                windows: vec![added],
            };
        }
    }
}

/// Returns what the rule says, after checking that its words and steps claim no more than its confidence.
fn verdict(case: Case) -> Verdict {
    let evaluation = evaluate(&world(case), &Settings::default());
    let mut findings = evaluation
        .findings
        .iter()
        .filter(|finding| finding.rule == "key-unused");
    let mut undecided = evaluation
        .undecided
        .iter()
        .filter(|undecided| undecided.rule == "key-unused");
    let said = (findings.next(), undecided.next());
    assert_eq!(
        (findings.next(), undecided.next()),
        (None, None),
        "{case:?}"
    );
    let finding = match said {
        (None, None) => return Verdict::Silent,
        (None, Some(_)) => return Verdict::Undecided,
        (Some(finding), None) => finding,
        (Some(_), Some(_)) => panic!("found and undecided: {case:?}"),
    };
    let text = finding.message.to_string();
    let says_unused = ["unused", "not been used", "never used", "never been used"]
        .iter()
        .any(|words| text.contains(words));
    let only_asks = finding
        .actions
        .iter()
        .all(|action| matches!(action, Action::FindOwner { .. }));
    match finding.confidence {
        Confidence::Low => {
            assert!(!says_unused && only_asks, "{case:?}: {text}");
            Verdict::NotObserved
        }
        Confidence::Medium | Confidence::High => {
            assert!(says_unused, "{case:?}: {text}");
            assert!(
                matches!(finding.actions[0], Action::FindOwner { .. }),
                "{case:?}"
            );
            Verdict::Unused
        }
    }
}

#[test]
fn a_key_is_called_unused_only_where_the_domain_allows_it() {
    for case in cases() {
        assert_eq!(verdict(case), oracle(case), "{case:?}");
    }
}

/// So that the table above cannot pass by never coming to a verdict.
#[test]
fn every_verdict_is_reached() {
    let count = |wanted| {
        cases()
            .into_iter()
            .filter(|case| verdict(*case) == wanted)
            .count()
    };
    // Three silent rows × six weeks × two ages × enabled × ordinary.
    assert_eq!(count(Verdict::Unused), 6);
    // Three silent rows × two ages × twelve pairs of Monitoring and kind, but for those six.
    assert_eq!(count(Verdict::NotObserved), 3 * 2 * 12 - 6);
    // Ten rows that prove nothing × two ages × the same twelve pairs.
    assert_eq!(count(Verdict::Undecided), 10 * 2 * 12);
}

/// The footer speaks of what was looked at: a row about something that is not in the inventory widens nothing, nor do
/// days after the scan.
#[test]
fn the_window_of_the_source_comes_from_rows_that_joined() {
    let built = estate().project("acme-prod").account("etl").key(key());
    let mut snapshot = snapshot(built.build(), Analyzer::NotSeen);
    let mut stranger = snapshot.facts.activities[0].clone();
    stranger.account = UniqueId::parse("99").expect("an id");
    stranger.period = Some(Period {
        from: days_ago(800),
        to: days_ago(0),
    });
    snapshot.facts.activities.push(stranger);
    let joined = |days| window(UsageSource::PolicyAnalyzer, 400, days);
    assert_eq!(
        join(&snapshot, &Settings::default()).windows,
        vec![joined(1)]
    );
    snapshot.facts.activities[0].period = Some(Period {
        from: days_ago(400),
        to: days_ago(-70),
    });
    assert_eq!(
        join(&snapshot, &Settings::default()).windows,
        vec![joined(0)]
    );
    snapshot.facts.activities.remove(0);
    assert_eq!(join(&snapshot, &Settings::default()).windows, vec![]);
}

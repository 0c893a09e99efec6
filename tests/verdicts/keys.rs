//! The truth table of `key-unused`.

use sa_audit::model::call::{CredentialEvent, CredentialEventKind};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::snapshot::{EnabledServices, Facts};

use super::sources::{
    ACTIVITY_LOG, ANALYZER, ActivityLog, Analyzer, CALLS, Calls, Credential, MONITORING, Monitoring,
};
use super::support::estate::{days_ago, estate, key};
use super::{Verdict, only, verdict};

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
    /// Uploaded: when is not known.
    Uploaded,
    /// Uploaded on the day on which its certificate begins, as an event tells.
    UploadedByEvent,
    FirebaseAccount,
    WithApiGateway,
    ServicesUnread,
}

#[derive(Debug, Clone, Copy)]
struct Case {
    analyzer: Analyzer,
    monitoring: Monitoring,
    calls: Calls,
    log: ActivityLog,
    age_days: i64,
    state: State,
    kind: Kind,
}

/// Every state of an ordinary key, and every kind of an enabled one.
const STATES_AND_KINDS: [(State, Kind); 9] = [
    (State::Enabled, Kind::Ordinary),
    (State::Disabled, Kind::Ordinary),
    (State::Expired, Kind::Ordinary),
    (State::AccountDisabled, Kind::Ordinary),
    (State::Enabled, Kind::Uploaded),
    (State::Enabled, Kind::UploadedByEvent),
    (State::Enabled, Kind::FirebaseAccount),
    (State::Enabled, Kind::WithApiGateway),
    (State::Enabled, Kind::ServicesUnread),
];

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for analyzer in ANALYZER {
        for monitoring in MONITORING {
            for calls in CALLS {
                for log in ACTIVITY_LOG {
                    for age_days in [10, 89, 91, 400] {
                        for (state, kind) in STATES_AND_KINDS {
                            cases.push(Case {
                                analyzer,
                                monitoring,
                                calls,
                                log,
                                age_days,
                                state,
                                kind,
                            });
                        }
                    }
                }
            }
        }
    }
    cases
}

/// Returns what may be said, by the nine rules of the domain and by nothing of the code.
fn oracle(case: Case) -> Verdict {
    // Only a key that can sign in can be unused.
    if case.state != State::Enabled {
        return Verdict::Silent;
    }
    // Rule 1: the latest sighting wins, whatever the source.
    if case.analyzer == Analyzer::SeenRecently
        || case.monitoring == Monitoring::SeenRecently
        || case.calls == Calls::SeenRecently
    {
        return Verdict::Silent;
    }
    // Rule 6: idle time counts from creation and from the last switching on.
    if case.age_days < 90 || case.log.tells_of_recent_enabling() {
        return Verdict::Silent;
    }
    // Rules 2 to 5: a row of that very key, over the whole threshold, up to three days before the scan. Monitoring keeps
    // six weeks of the ninety days, and logs tell no silence: without the row there is no verdict.
    if !case.analyzer.proves_silence() {
        return Verdict::Undecided;
    }
    // Rules 3, 6 and 8: all three have to agree, and nothing may be signed offline.
    let sure = match case.kind {
        Kind::Ordinary | Kind::UploadedByEvent => true,
        // A use or an event that names the key long ago shows that it was uploaded before.
        Kind::Uploaded => {
            case.analyzer == Analyzer::SeenLongAgo
                || case.calls == Calls::SeenLongAgo
                || case.log == ActivityLog::EnabledLongAgo
        }
        Kind::FirebaseAccount | Kind::WithApiGateway | Kind::ServicesUnread => false,
    };
    if sure && case.monitoring.is_silent() && case.log.proves_enabled() {
        Verdict::Unused
    } else {
        Verdict::NotObserved
    }
}

fn world(case: Case) -> Facts {
    let built = key().age_days(case.age_days);
    let built = match case.state {
        State::Disabled => built.disabled(),
        State::Expired => built.expires_in_days(-1),
        State::Enabled | State::AccountDisabled => built,
    };
    let built = match case.kind {
        Kind::Uploaded | Kind::UploadedByEvent => built.uploaded(),
        Kind::Ordinary | Kind::FirebaseAccount | Kind::WithApiGateway | Kind::ServicesUnread => {
            built
        }
    };
    let mut inventory = estate().project("acme-prod").account("etl").key(built);
    if case.state == State::AccountDisabled {
        inventory = inventory.disabled();
    }
    if case.kind == Kind::FirebaseAccount {
        inventory = inventory.account("firebase-adminsdk-1a2b3");
    }
    let estate = inventory.build();
    let account = &estate.accounts[0];
    let of = Credential {
        account: account.facts.unique_id.clone(),
        key: Some(account.keys[0].facts.id.clone()),
        project: account.facts.project.clone(),
    };
    let mut facts = Facts {
        projects: estate.projects.clone(),
        accounts: estate.accounts.iter().map(|a| a.facts.clone()).collect(),
        keys: account.keys.iter().map(|key| key.facts.clone()).collect(),
        ..Facts::default()
    };
    facts
        .coverage
        .record(account.scope(), Dataset::Keys, Reading::Read);
    case.analyzer.add(&mut facts, &of);
    case.monitoring.add(&mut facts, &of);
    case.calls.add(&mut facts, &of);
    case.log.add(&mut facts, &of);
    if case.kind != Kind::ServicesUnread {
        let gateway = (case.kind == Kind::WithApiGateway).then_some("apigateway.googleapis.com");
        facts.services.push(EnabledServices {
            project: of.project.clone(),
            services: gateway.into_iter().map(str::to_owned).collect(),
        });
    }
    if case.kind == Kind::UploadedByEvent {
        facts.calls.events.push(CredentialEvent {
            kind: CredentialEventKind::KeyUploaded,
            email: None,
            unique_id: Some(of.account),
            key: of.key,
            at: days_ago(case.age_days),
            by: "ann@acme.example".to_owned(),
        });
    }
    facts
}

#[test]
fn a_key_is_called_unused_only_where_the_domain_allows_it_and_there_always() {
    let settings = only("key-unused");
    let mut reached = std::collections::BTreeMap::new();
    for case in cases() {
        let said = verdict(&settings, world(case));
        assert_eq!(said, oracle(case), "{case:?}");
        *reached.entry(said).or_insert(0) += 1;
    }
    // So that the table cannot pass by never coming to a verdict: three silent rows × two silent Monitorings × two calls
    // × two logs × two ages × three kinds, but for uploaded keys that nothing named before (two rows, no call, a quiet
    // log); the same with everything that is not recent, less those; the rows that prove nothing.
    let quiet = 9 * 2 * 8 * 2 * 6;
    let unused = 3 * 2 * 2 * 2 * 2 * 3 - 2 * 2 * 2;
    assert_eq!(reached[&Verdict::Unused], unused);
    assert_eq!(reached[&Verdict::NotObserved], 3 * quiet - unused);
    assert_eq!(reached[&Verdict::Undecided], 10 * quiet);
}

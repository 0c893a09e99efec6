//! The groups that come out: what falls together, what the filter takes, the same in every way of reading.

use std::num::NonZero;

use sa_audit::model::call::{AddressClass, Calls, CredentialEventKind, Principal};
use sa_audit::model::names::{Email, KeyId, ProjectId};
use sa_audit::usage::logs::{Filter, Options};

use crate::{Folder, entry, filtered, read_all, read_with};

fn many() -> String {
    let mut text = String::new();
    for n in 0..6_000 {
        let line = entry(
            n % 3_000,
            ["storage.objects.get", "storage.objects.create"][n % 2],
            &n.to_string(),
        )
        .replace("203.0.113.7", &format!("203.0.113.{}", n % 7))
        .replace(
            "loader/2.0",
            &format!("loader/{}.0 invocation-id/{:032x}", n % 40, n),
        )
        .replace("etl@", &format!("etl-{}@", n % 50));
        text.push_str(&line);
        text.push('\n');
    }
    text
}

#[test]
fn groups_are_the_same_by_one_thread_and_by_many_fast_and_strict() {
    let folder = Folder::new();
    let path = folder.write("log", many());
    let with = |threads: usize, strict: bool| -> Calls {
        let options = Options {
            strict,
            threads: NonZero::new(threads),
            ..Options::default()
        };
        read_with(&path, &options).groups.into_calls()
    };
    let calls = with(1, true);
    assert_eq!(
        calls.callers.len(),
        200,
        "the runs' ids are no part of a group"
    );
    assert_eq!(
        calls.callers.iter().map(|caller| caller.count).sum::<u64>(),
        6_000
    );
    assert_eq!(
        calls.permissions.len(),
        50,
        "objects are cut to their bucket"
    );
    for (threads, strict) in [(1, false), (2, false), (8, false), (8, true)] {
        assert_eq!(
            with(threads, strict),
            calls,
            "{threads} threads, strict: {strict}"
        );
    }
}

/// A bucket's name tells no project: the entry's label does, else the name of its log.
#[test]
fn checks_are_apart_by_the_project_whose_log_has_them() {
    let folder = Folder::new();
    let plain = |second| entry(second, "storage.objects.get", "a");
    let lines = [
        plain(0),
        plain(1).replace(r#""project_id":"acme-prod""#, r#""project_id":"acme-data""#),
        plain(2).replace(r#""labels":{"project_id":"acme-prod"},"#, ""),
        plain(3)
            .replace(r#""labels":{"project_id":"acme-prod"},"#, "")
            .replace("projects/acme-prod/logs", "folders/7/logs"),
    ];
    let read = read_all(&folder.write("log", lines.join("\n")));
    let calls = read.groups.into_calls();
    let checks = calls.permissions.iter();
    let checks: Vec<_> = checks
        .map(|used| (used.project.as_ref().map(ProjectId::as_str), used.count))
        .collect();
    assert_eq!(
        checks,
        [(None, 1), (Some("acme-data"), 1), (Some("acme-prod"), 2)]
    );
}

#[test]
fn one_group_holds_all_that_its_entries_say() {
    let folder = Folder::new();
    let lines: Vec<String> = (0..6)
        .map(|n| {
            entry(60 * n, "storage.objects.get", "a")
                .replace("203.0.113.7", &format!("203.0.113.{}", 9 - n))
        })
        .collect();
    let calls = read_all(&folder.write("log", lines.join("\n")))
        .groups
        .into_calls();
    insta::assert_debug_snapshot!(calls, @r#"
    Calls {
        callers: [
            Caller {
                source: Logs,
                principal: Account(
                    Email(
                        "etl@acme-prod.iam.gserviceaccount.com",
                    ),
                ),
                key: Some(
                    KeyId(
                        "4f1c",
                    ),
                ),
                delegate: None,
                target: None,
                user_agent: "loader/2.0",
                address: Public,
                addresses: [
                    203.0.113.4,
                    203.0.113.5,
                    203.0.113.6,
                    203.0.113.7,
                ],
                more_addresses: true,
                network: None,
                service: "storage.googleapis.com",
                project: Some(
                    ProjectId(
                        "acme-prod",
                    ),
                ),
                seen: Period {
                    from: 2026-03-01T08:00:00.500Z,
                    to: 2026-03-01T08:05:00.500Z,
                },
                count: 6,
            },
        ],
        permissions: [
            PermissionUse {
                source: Logs,
                principal: Account(
                    Email(
                        "etl@acme-prod.iam.gserviceaccount.com",
                    ),
                ),
                key: Some(
                    KeyId(
                        "4f1c",
                    ),
                ),
                delegate: None,
                project: Some(
                    ProjectId(
                        "acme-prod",
                    ),
                ),
                permission: "storage.objects.get",
                resource: "projects/_/buckets/acme",
                granted: true,
                last: 2026-03-01T08:05:00.500Z,
                count: 6,
            },
        ],
        events: [],
        windows: [
            LogWindow {
                source: Logs,
                project: None,
                period: Period {
                    from: 2026-03-01T08:00:00.500Z,
                    to: 2026-03-01T08:05:00.500Z,
                },
                entries: 6,
            },
        ],
    }
    "#);
}

#[test]
fn the_filter_takes_an_account_a_key_and_a_time() {
    let folder = Folder::new();
    let email = |text: &str| Email::parse(text).expect("an address");
    let token = entry(9, "GenerateAccessToken", "x")
        .replace(
            "etl@acme-prod.iam.gserviceaccount.com\",",
            "ana@acme.example\",",
        )
        .replace("storage.googleapis.com", "iamcredentials.googleapis.com")
        .replace(
            "\"project_id\":",
            "\"email_id\":\"ci@acme-prod.iam.gserviceaccount.com\",\"project_id\":",
        );
    let created = entry(11, "google.iam.admin.v1.CreateServiceAccount", "x")
        .replace(
            "etl@acme-prod.iam.gserviceaccount.com\",",
            "ana@acme.example\",",
        )
        .replace("storage.googleapis.com", "iam.googleapis.com")
        .replace(
            "\"project_id\":",
            "\"email_id\":\"ci@acme-prod.iam.gserviceaccount.com\",\"project_id\":",
        );
    let lines = [
        entry(1, "storage.objects.get", "a"),
        entry(5, "storage.objects.get", "a"),
        token,
        created,
    ];
    let path = folder.write("log", lines.join("\n"));
    let of = |filter: Filter| {
        let calls = filtered(&path, filter).groups.into_calls();
        let counts: Vec<u64> = calls.callers.iter().map(|caller| caller.count).collect();
        (counts, calls.permissions.len(), calls.events.len())
    };
    let account = |text: &str| Filter {
        account: Some(email(text)),
        ..Filter::default()
    };
    let key = |text: &str| Filter {
        key: KeyId::parse(text).ok(),
        ..Filter::default()
    };
    let since = |text: &str| Filter {
        since: Some(text.parse().expect("a time")),
        ..Filter::default()
    };
    assert_eq!(of(Filter::default()), (vec![2, 1], 2, 1));
    assert_eq!(
        of(account("etl@acme-prod.iam.gserviceaccount.com")),
        (vec![2], 1, 0)
    );
    assert_eq!(
        of(account("ci@acme-prod.iam.gserviceaccount.com")),
        (vec![1], 1, 1)
    );
    assert_eq!(
        of(account("no@acme-prod.iam.gserviceaccount.com")),
        (vec![], 0, 0)
    );
    assert_eq!(of(key("ffff")), (vec![], 0, 0));
    assert_eq!(of(since("2026-03-01T08:00:05.5Z")), (vec![1, 1], 2, 1));
    assert_eq!(of(since("2026-03-01T08:00:05.500000001Z")), (vec![1], 1, 1));
}

#[test]
fn a_person_that_takes_a_token_is_a_caller_and_one_that_makes_an_account_an_event() {
    let folder = Folder::new();
    let token = r#"{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","authenticationInfo":{"principalEmail":"ana@acme.example"},"requestMetadata":{"callerIp":"10.0.0.8"},"serviceName":"iamcredentials.googleapis.com","methodName":"GenerateAccessToken","resourceName":"projects/-/serviceAccounts/101"},"resource":{"labels":{"email_id":"ci@acme.iam.gserviceaccount.com","project_id":"acme"}},"timestamp":"2026-03-01T08:00:00Z"}"#;
    let created = r#"{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","authenticationInfo":{"principalEmail":"ana@acme.example"},"serviceName":"iam.googleapis.com","methodName":"google.iam.admin.v1.CreateServiceAccount","response":{"email":"ci@acme.iam.gserviceaccount.com","unique_id":"101"}},"timestamp":"2026-02-01T08:00:00Z"}"#;
    let read = read_all(&folder.write("log", format!("{token}\n{created}\n")));
    assert_eq!(
        (read.groups.tally().entries, read.groups.tally().passed_over),
        (2, 1)
    );
    let calls = read.groups.into_calls();
    let [caller] = &calls.callers[..] else {
        panic!("{calls:?}")
    };
    assert_eq!(
        caller.principal,
        Principal::Other("ana@acme.example".to_owned())
    );
    assert_eq!(
        caller.target.as_ref().map(Email::as_str),
        Some("ci@acme.iam.gserviceaccount.com")
    );
    assert_eq!(caller.address, AddressClass::Internal);
    let [event] = &calls.events[..] else {
        panic!("{calls:?}")
    };
    assert_eq!(
        (event.kind, event.by.as_str()),
        (CredentialEventKind::AccountCreated, "ana@acme.example")
    );
}

//! Snapshots on disk: whole or refused with one clear line, private, found again; and a broken scan that goes on.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use sa_audit::model::account::ServiceAccount;
use sa_audit::model::attachment::AttachedAccount;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::credential::{CredentialKind, CredentialState, OtherCredential};
use sa_audit::model::key::{
    DisableReason, ExtendedStatus, ExtendedStatusKind, KeyAlgorithm, KeyManagement, KeyOrigin,
    ServiceAccountKey,
};
use sa_audit::model::names::{Email, FolderId, KeyId, ProjectId, ProjectNumber, UniqueId};
use sa_audit::model::project::{Parent, Project};
use sa_audit::model::reference::{Reference, ReferenceKind};
use sa_audit::model::scope::{AccountRef, LeftOut, Root, ScanScope, Scope};
use sa_audit::model::snapshot::{Facts, Header, Snapshot, Statistics};
use sa_audit::model::usage::{Activity, Period, UsageSource};
use sa_audit::store::{self, Journal, Store, StoreError};

fn time(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn header(observed_at: &str) -> Header {
    Header {
        tool: "sa-audit 0.0.0".to_owned(),
        observed_at: time(observed_at),
        scope: ScanScope {
            roots: vec![Root::Project(ProjectId::parse("acme-prod").expect("an id"))],
            exclude: vec!["lab-*".to_owned()],
        },
        sources: vec![UsageSource::PolicyAnalyzer],
        left_out: LeftOut {
            inactive: 1,
            apps_script: 2,
            excluded: 3,
        },
        statistics: Some(Statistics {
            milliseconds: 1_200,
            calls: 7,
            retries: 1,
        }),
    }
}

/// Facts of one project in which every field holds something.
fn facts(project: &str) -> Facts {
    let project = ProjectId::parse(project).expect("an id");
    let account = AccountRef {
        project: project.clone(),
        email: Email::parse(&format!("etl@{project}.iam.gserviceaccount.com")).expect("an address"),
        unique_id: UniqueId::parse("101").expect("an id"),
    };
    let mut facts = Facts {
        projects: vec![Project {
            id: project.clone(),
            number: ProjectNumber::parse("123").expect("a number"),
            parent: Some(Parent::Folder(FolderId::parse("9").expect("a number"))),
            display_name: "Ünï\u{1b}[31m\nline".to_owned(),
            labels: [("team".to_owned(), "data".to_owned())].into(),
            created: Some(time("2020-01-02T03:04:05.678Z")),
        }],
        accounts: vec![ServiceAccount {
            unique_id: account.unique_id.clone(),
            email: account.email.clone(),
            project: project.clone(),
            display_name: "$(id)".to_owned(),
            description: String::new(),
            disabled: true,
            created: Some(time("2026-01-02T03:04:05.678Z")),
        }],
        keys: vec![ServiceAccountKey {
            id: KeyId::parse("4f1c").expect("an id"),
            account: account.unique_id.clone(),
            management: KeyManagement::User,
            origin: KeyOrigin::Uploaded,
            algorithm: KeyAlgorithm::Rsa1024,
            valid_after: Some(time("2020-01-01T00:00:00Z")),
            valid_before: Some(time("9999-12-31T23:59:59Z")),
            disabled: true,
            disable_reason: Some(DisableReason::Exposed),
            extended_status: vec![ExtendedStatus {
                kind: ExtendedStatusKind::Exposed,
                value: "https://example.com".to_owned(),
            }],
        }],
        credentials: vec![OtherCredential {
            account: account.email.clone(),
            kind: CredentialKind::HmacKey,
            project: project.clone(),
            id: KeyId::parse("GOOG1NEVERREAL").expect("an id"),
            state: CredentialState::Inactive,
            created: Some(time("2024-05-06T07:08:09Z")),
        }],
        activities: vec![Activity {
            account: account.unique_id.clone(),
            key: None,
            period: Some(Period {
                from: time("2025-10-18T07:00:00Z"),
                to: time("2026-11-20T07:00:00Z"),
            }),
            last_authenticated: None,
        }],
        references: vec![Reference {
            kind: ReferenceKind::Address,
            resource: "//accesscontextmanager.googleapis.com/accessPolicies/7/accessLevels/a\nb"
                .parse()
                .expect("a name"),
            asset_type: "identity.accesscontextmanager.googleapis.com/AccessLevel".to_owned(),
            project: None,
            account: AttachedAccount::Email(account.email.clone()),
            field: "basic.conditions[].members[]".to_owned(),
        }],
        ..Facts::default()
    };
    for (dataset, reading) in [
        (Dataset::ServiceAccounts, Reading::Read),
        (
            Dataset::AccountActivity,
            Reading::Denied {
                permission: Some("a.b.c".to_owned()),
            },
        ),
        (
            Dataset::KeyActivity,
            Reading::ApiDisabled {
                service: "x.googleapis.com".to_owned(),
                consumer: None,
            },
        ),
    ] {
        facts
            .coverage
            .record(Scope::Project(project.clone()), dataset, reading);
    }
    let failed = Reading::Failed {
        status: Some(500),
        message: "server".to_owned(),
    };
    facts
        .coverage
        .record(Scope::Account(account), Dataset::Keys, failed);
    facts
}

fn snapshot() -> Snapshot {
    Snapshot {
        header: header("2026-11-22T09:00:00Z"),
        facts: facts("acme-prod"),
    }
}

/// The line that a user sees, without the folder of the test.
fn line(folder: &Path, error: &StoreError) -> String {
    error
        .to_string()
        .replace(&folder.display().to_string(), "STORE")
}

#[test]
fn a_snapshot_reads_back_whole_and_equal_snapshots_give_equal_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    store::write(&one, &snapshot()).expect("written");
    store::write(&two, &snapshot()).expect("written");
    assert_eq!(store::read(&one).expect("read"), snapshot());
    assert_eq!(
        fs::read(&one).expect("bytes"),
        fs::read(&two).expect("bytes")
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_a_snapshot_and_the_store() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path().join("a/store"));
    store.create().expect("created");
    let path = store.path_of(&snapshot().header);
    store::write(&path, &snapshot()).expect("written");
    let mode = |path: &Path| fs::metadata(path).expect("metadata").permissions().mode() & 0o777;
    assert_eq!((mode(store.folder()), mode(&path)), (0o700, 0o600));
}

#[cfg(unix)]
#[test]
fn a_link_in_a_snapshots_place_is_replaced_and_what_it_points_to_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let (victim, path) = (folder.path().join("victim"), folder.path().join("snapshot"));
    fs::write(&victim, "precious").expect("written");
    std::os::unix::fs::symlink(&victim, &path).expect("linked");
    store::write(&path, &snapshot()).expect("written");
    assert_eq!(fs::read_to_string(&victim).expect("read"), "precious");
    assert_eq!(store::read(&path).expect("read"), snapshot());
}

#[test]
fn a_snapshot_cut_at_any_byte_is_refused_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("snapshot");
    store::write(&path, &snapshot()).expect("written");
    let bytes = fs::read(&path).expect("bytes");
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).expect("written");
        let error = store::read(&path).expect_err("a cut snapshot");
        assert!(!line(folder.path(), &error).contains('\n'), "{error}");
    }
}

/// Writes lines as a snapshot's, and returns what reading them says.
fn refusal(lines: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("snapshot");
    fs::write(
        &path,
        zstd::encode_all(lines.as_bytes(), 3).expect("compressed"),
    )
    .expect("written");
    line(folder.path(), &store::read(&path).expect_err("no snapshot"))
}

#[test]
fn what_is_no_snapshot_of_this_program_is_refused_with_the_way_out() {
    let header = r#"{"schema":"sa-audit.snapshot/1","tool":"t","observed_at":"2026-11-22T09:00:00Z","scope":{"roots":[],"exclude":[]},"sources":[],"left_out":{"inactive":0,"apps_script":0,"excluded":0},"statistics":null}"#;
    let table = [
        (
            "{}\n".to_owned(),
            "STORE/snapshot is not a snapshot of sa-audit",
        ),
        (
            "{\"schema\":\"sa-audit.snapshot/2\"}\n".to_owned(),
            "STORE/snapshot was written by a newer sa-audit (sa-audit.snapshot/2; this one reads up to sa-audit.snapshot/1): update sa-audit, or scan again",
        ),
        (
            format!("{header}\n"),
            "STORE/snapshot is damaged at line 2: the file ends before its last line; scan again",
        ),
        (
            format!("{header}\n{{\"end\":4}}\n"),
            "STORE/snapshot is damaged at line 2: 0 facts stand above it, not as many as it says; scan again",
        ),
        (
            format!("{header}\n{{\"end\":0}}"),
            "STORE/snapshot is damaged at line 2: the line does not end; scan again",
        ),
    ];
    for (lines, expected) in table {
        assert_eq!(refusal(&lines), expected);
    }
}

#[test]
fn the_newest_snapshot_is_found_and_an_empty_store_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path().join("store"));
    let empty = "no snapshot in STORE/store: make one with `sa-audit scan`, or name one";
    assert_eq!(
        line(folder.path(), &store.newest().expect_err("empty")),
        empty
    );
    store.create().expect("created");
    assert_eq!(
        line(folder.path(), &store.newest().expect_err("empty")),
        empty
    );
    for day in [
        "2026-11-15T09:00:00Z",
        "2026-11-22T09:00:00Z",
        "2026-11-08T09:00:00Z",
    ] {
        let snapshot = Snapshot {
            header: header(day),
            facts: Facts::default(),
        };
        store::write(&store.path_of(&snapshot.header), &snapshot).expect("written");
    }
    assert_eq!(
        store.newest().expect("the newest"),
        store.path_of(&header("2026-11-22T09:00:00Z"))
    );
}

#[test]
fn a_broken_scan_goes_on_behind_its_last_whole_project() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal");
    let header = header("2026-11-22T09:00:00Z");
    let mut journal = Journal::start(&path, &header).expect("started");
    for project in ["acme-one", "acme-two"] {
        journal
            .add(&ProjectId::parse(project).expect("an id"), &facts(project))
            .expect("added");
    }
    drop(journal);
    let whole = fs::read(&path).expect("bytes");
    let broken = b"{\"project\":{\"id\":\"acme-three\",\"num";
    fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("opened")
        .write_all(broken)
        .expect("written");

    let (mut journal, unfinished) = Journal::resume(&path, &header).expect("resumed");
    let mut expected = facts("acme-one");
    expected.absorb(facts("acme-two"));
    assert_eq!(unfinished.facts, expected);
    assert_eq!(unfinished.header, header);
    assert_eq!(
        unfinished
            .done
            .iter()
            .map(ProjectId::as_str)
            .collect::<Vec<_>>(),
        ["acme-one", "acme-two"]
    );
    assert_eq!(
        fs::read(&path).expect("bytes"),
        whole,
        "the broken tail is gone"
    );

    journal
        .add(
            &ProjectId::parse("acme-three").expect("an id"),
            &facts("acme-three"),
        )
        .expect("added");
    drop(journal);
    let (journal, unfinished) = Journal::resume(&path, &header).expect("resumed");
    assert_eq!(unfinished.done.len(), 3);
    journal.finish().expect("removed");
    assert!(!path.exists());
}

#[test]
fn a_journal_that_is_missing_held_or_anothers_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal");
    let header = header("2026-11-22T09:00:00Z");
    let said = |error: StoreError| line(folder.path(), &error);
    assert_eq!(
        said(Journal::resume(&path, &header).expect_err("missing")),
        "no unfinished scan of this scope (STORE/journal does not exist): scan without --resume"
    );
    let held = Journal::start(&path, &header).expect("started");
    assert_eq!(
        said(Journal::start(&path, &header).expect_err("held")),
        "another scan of the same scope is running: it holds STORE/journal"
    );
    drop(held);
    let other = Header {
        sources: Vec::new(),
        ..header
    };
    assert_eq!(
        said(Journal::resume(&path, &other).expect_err("other sources")),
        "the unfinished scan in STORE/journal is of another scope or read other sources: scan without --resume"
    );
}

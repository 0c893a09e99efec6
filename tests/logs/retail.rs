//! The audit logs of the retail estate: every form says what `fixtures/README.md` tells.

use std::path::{Path, PathBuf};

use sa_audit::model::call::{Caller, Calls, CredentialEvent, CredentialEventKind};
use sa_audit::usage::logs::Options;

use crate::forms::gzip;
use crate::{Folder, read_with};

const FORMS: [&str; 5] = [
    "sink",
    "gcloud.json",
    "pubsub.json",
    "bigquery.json",
    "analytics.json",
];

const GITHUB: &str = "principal://iam.googleapis.com/projects/928052280889/locations/global/workloadIdentityPools/github/subject/repo:oddbasket/docs:ref:refs/heads/main";
const STORE: &str = "principal://iam.googleapis.com/projects/116956347665/locations/global/workloadIdentityPools/stores/subject/system:serviceaccount:edge:uploader";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

fn calls(path: &Path, strict: bool) -> Calls {
    let options = Options {
        strict,
        ..Options::default()
    };
    let read = read_with(path, &options);
    assert_eq!((read.malformed(), read.gaps()), (0, vec![]), "{path:?}");
    read.groups.into_calls()
}

/// Returns the rows of the table of `fixtures/README.md` between two marks, each a list of cells without their backticks.
fn table(mark: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(fixture("README.md")).expect("the fixtures' README");
    let (_, rest) = text
        .split_once(&format!("<!-- {mark} retail -->\n"))
        .expect(mark);
    let (table, _) = rest.split_once(&format!("<!-- /{mark} -->")).expect(mark);
    let cells = |row: &str| {
        let row = row.trim_start_matches('|').trim_end_matches('|');
        row.split('|')
            .map(|cell| cell.trim().replace('`', ""))
            .collect()
    };
    table.lines().skip(2).map(cells).collect()
}

/// Returns a name as the README shortens it.
fn short(name: &str) -> String {
    match name {
        GITHUB => "GH".to_owned(),
        STORE => "STORE".to_owned(),
        _ => name.trim_end_matches(".iam.gserviceaccount.com").to_owned(),
    }
}

fn first_eight(key: Option<&str>) -> String {
    key.unwrap_or_default().chars().take(8).collect()
}

/// Returns where the calls came from, in the README's words.
fn place(caller: &Caller) -> String {
    let addresses: Vec<String> = caller.addresses.iter().map(ToString::to_string).collect();
    let mut place = if addresses.is_empty() {
        "private".to_owned()
    } else {
        addresses.join(", ")
    };
    if caller.more_addresses {
        place += " and more";
    }
    if let Some(network) = &caller.network {
        place += " in ";
        place += network.trim_start_matches("//compute.googleapis.com/");
    }
    place
}

/// Returns the row of a group, its user agent whole.
fn row(caller: &Caller) -> Vec<String> {
    let taker = match caller.taken_by() {
        Some(GITHUB) => "GH",
        Some(other) => other,
        None => "",
    };
    let day = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d").to_string();
    vec![
        short(caller.account()),
        first_eight(caller.key.as_ref().map(|key| key.as_str())),
        taker.to_owned(),
        caller
            .service
            .trim_end_matches(".googleapis.com")
            .to_owned(),
        caller.project.as_ref().expect("a project").to_string(),
        place(caller),
        caller.user_agent.clone(),
        day(caller.seen.from),
        day(caller.seen.to),
        caller.count.to_string(),
    ]
}

fn what(kind: CredentialEventKind) -> String {
    let name = serde_json::to_value(kind).expect("JSON");
    name.as_str().expect("a name").replace('-', " ")
}

fn event_row(event: &CredentialEvent) -> Vec<String> {
    let email = event.email.as_ref().expect("an address");
    vec![
        what(event.kind),
        short(email.as_str()),
        first_eight(event.key.as_ref().map(|key| key.as_str())),
        event.at.format("%Y-%m-%d %H:%M:%S").to_string(),
        event.by.clone(),
    ]
}

#[test]
fn every_form_gives_the_groups_that_the_readme_tells() {
    let expected = table("usage");
    for form in FORMS {
        let mut callers = calls(&fixture("logs").join(form), false).callers;
        callers.sort_by_key(|caller| std::cmp::Reverse(caller.seen.to));
        let rows: Vec<Vec<String>> = callers.iter().map(row).collect();
        assert_eq!(rows.len(), expected.len(), "{form}: {rows:?}");
        let told: Vec<Vec<String>> = rows
            .iter()
            .zip(&expected)
            .map(|(row, expected)| {
                let mut row = row.clone();
                // The README gives the begin of each user agent.
                assert!(row[6].starts_with(&expected[6]), "{form}: {row:?}");
                row[6].truncate(expected[6].len());
                row
            })
            .collect();
        assert_eq!(told, expected, "{form}");
    }
}

#[test]
fn every_form_gives_the_events_that_the_readme_tells() {
    let expected = table("events");
    for form in FORMS {
        let mut events = calls(&fixture("logs").join(form), false).events;
        events.sort_by_key(|event| event.at);
        let rows: Vec<Vec<String>> = events.iter().map(event_row).collect();
        assert_eq!(rows, expected, "{form}");
    }
}

/// Groups, permissions, events and windows; with every line checked whole; packed.
#[test]
fn every_form_says_all_the_same() {
    let expected = calls(&fixture("logs/sink"), false);
    let folder = Folder::new();
    for form in FORMS {
        let path = fixture("logs").join(form);
        assert_eq!(calls(&path, false), expected, "{form}");
        assert_eq!(calls(&path, true), expected, "{form}, strict");
        if form == "sink" {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect(form);
        let packed = folder.write("packed", gzip(&text));
        assert_eq!(calls(&packed, false), expected, "{form}, gzip");
        let zstd = zstd::encode_all(text.as_bytes(), 3).expect("zstd");
        let packed = folder.write("packed", zstd);
        assert_eq!(calls(&packed, false), expected, "{form}, zstd");
    }
}

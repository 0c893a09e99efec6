//! `usage`: who used which account and key, from any source, with every exit code.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::estates::NOW;
use crate::support::desk::{Desk, Output};
use crate::support::loopback::Loopback;

const HEADER: &str = "account,key,user_agent,place,service,delegate,project,first,last,count";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/logs")
        .join(name)
}

/// Returns a run over the retail estate's logs.
fn retail(desk: &Desk, flags: &str) -> Output {
    let logs = format!("logs:{}", fixture("sink").display());
    let arguments = ["usage", &logs].into_iter().chain(flags.split_whitespace());
    desk.run(&arguments.collect::<Vec<_>>()).output()
}

/// Returns the columns account, key and count of lines of CSV; none of them holds a comma.
fn rows(csv: &str) -> Vec<String> {
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some(HEADER));
    let row = |line: &str| {
        let account = line.split('@').next().unwrap_or_default();
        let key = line.split(',').nth(1).unwrap_or_default();
        let count = line.rsplit(',').next().unwrap_or_default();
        format!("{account} {} {count}", key.get(..8).unwrap_or("-"))
    };
    lines.map(row).collect()
}

/// Returns an entry by the account `etl` of `acme`, with a user agent.
fn entry(user_agent: &str) -> Value {
    let account = "etl@acme-prod.iam.gserviceaccount.com";
    json!({
        "logName": "projects/acme-prod/logs/cloudaudit.googleapis.com%2Fdata_access",
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "authenticationInfo": { "principalEmail": account },
            "requestMetadata": { "callerIp": "203.0.113.7", "callerSuppliedUserAgent": user_agent },
            "serviceName": "storage.googleapis.com",
            "methodName": "storage.objects.get",
        },
        "resource": { "type": "gcs_bucket", "labels": { "project_id": "acme-prod" } },
        "timestamp": "2026-03-01T08:00:00Z",
    })
}

#[test]
fn the_table_shows_the_latest_call_first() {
    let desk = Desk::new();
    let output = retail(&desk, "--account etl-runner@oddbasket-etl-prod").expect_code(0);
    assert_eq!(
        output.stdout,
        "\
last call (UTC)   calls  account and key
2026-11-20 18:05      2  etl-runner@oddbasket-etl-prod.iam.gserviceaccount.com, key 709c...7239
                         bigquery.googleapis.com in oddbasket-dwh-prod, from 203.0.113.45
                         a workstation (macOS): the user agent says gcloud on macOS
                         with google-cloud-sdk gcloud/545.0.0 ... Macintosh; Intel Mac OS X 24.6.0)
2026-11-20 03:10      4  etl-runner@oddbasket-etl-prod.iam.gserviceaccount.com, key 709c...7239
                         storage.googleapis.com in oddbasket-etl-prod, from 10.132.0.8 in
                         projects/oddbasket-etl-prod/global/networks/data
                         with apitools Python/3.9.16 gsutil/5. ... mmand/cp google-cloud-sdk/496.0.0

6 calls in 2 groups, of 46 entries of audit logs, from 2026-11-03 to 2026-11-22
"
    );
    assert_eq!(
        output.stderr,
        "read 68.71 kB in files: 41, entries of audit logs: 46, and 1 of other logs\n"
    );
    let exact = "--account etl-runner@oddbasket-etl-prod.iam.gserviceaccount.com";
    assert_eq!(retail(&desk, exact).stdout, output.stdout);
    let none = retail(&desk, "--account nobody@oddbasket-etl-prod").expect_code(0);
    assert_eq!(
        none.stdout,
        "0 calls in 0 groups, of 46 entries of audit logs, from 2026-11-03 to 2026-11-22
no such call is in what was read, which proves nothing: most calls are logged only where Data Access
logs are on
"
    );
}

#[test]
fn calls_are_narrowed_by_account_key_and_time() {
    let desk = Desk::new();
    let table: [(&str, &[&str]); 10] = [
        (
            "--account github-ci@oddbasket-ci.iam.gserviceaccount.com",
            &[
                "github-ci d19f4a2d 2",
                "github-ci d19f4a2d 6",
                "github-ci 9cb4a73d 3",
            ],
        ),
        ("--account sheets-*", &["sheets-export 18446488 2"]),
        (
            "--key 709c775c",
            &["etl-runner 709c775c 2", "etl-runner 709c775c 4"],
        ),
        (
            "--key 709c775c74ca35d5cbb8ffe657d460e194937239 --since 2026-11-20T04:00:00Z",
            &["etl-runner 709c775c 1"],
        ),
        (
            "--key 709c…7239",
            &["etl-runner 709c775c 2", "etl-runner 709c775c 4"],
        ),
        (
            "--key projects/p/serviceAccounts/a/keys/709C775C74CA35D5CBB8FFE657D460E194937239",
            &["etl-runner 709c775c 2", "etl-runner 709c775c 4"],
        ),
        ("--key 709c...7239 --account github-*", &[]),
        ("--key 775c", &[]),
        // Calls for the account's token are by others.
        (
            "--account deploy-bot@oddbasket-tf-admin",
            &["terraform-org - 1", "deploy-bot - 1"],
        ),
        (
            "--since 1d --now 2026-11-22T09:00:00Z",
            &["click-collector - 3"],
        ),
    ];
    for (flags, expected) in table {
        let output = retail(&desk, &format!("{flags} --format csv")).expect_code(0);
        assert_eq!(rows(&output.stdout), expected, "{flags}");
    }
}

#[test]
fn json_is_what_its_schema_says() {
    let desk = Desk::new();
    let output = retail(&desk, "--format json --key 18446488").expect_code(0);
    let schema = desk.sa_audit("schema usage").output().expect_code(0).json();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let mut document = output.json();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    assert!(
        output
            .stdout
            .starts_with("{\n  \"schema\": \"sa-audit.usage/1\",\n")
    );
    document["sources"].take();
    document["tool"].take();
    assert_eq!(
        document,
        json!({
            "schema": "sa-audit.usage/1",
            "tool": null,
            "sources": null,
            "account": null,
            "key": "18446488",
            "since": null,
            "complete": true,
            "windows": [{
                "source": "logs", "project": null, "entries": 46,
                "from": "2026-11-03T10:15:00Z", "to": "2026-11-22T08:00:00Z",
            }],
            "groups": [{
                "account": "sheets-export@oddbasket-bi-prod.iam.gserviceaccount.com",
                "key": "1844648837326b490c739326b4139adc8815bba5",
                "user_agent": "google-cloud-sdk gcloud/545.0.0 command/gcloud.alpha.bq.tables.list environment/None environment-version/None client-os/MACOSX client-os-ver/24.6.0 client-pltf-arch/arm interactive/True from-script/False python/3.13.7 term/xterm-256color (Macintosh; Intel Mac OS X 24.6.0)",
                "place": { "kind": "workstation", "name": "macOS", "confidence": "medium", "reasons": ["the user agent says gcloud on macOS"] },
                "service": "bigquery.googleapis.com",
                "delegate": null,
                "project": "oddbasket-bi-prod",
                "first": "2026-11-10T13:48:20Z",
                "last": "2026-11-17T13:50:01.400Z",
                "count": 2,
                "source": "logs",
                "principal": { "kind": "account", "name": "sheets-export@oddbasket-bi-prod.iam.gserviceaccount.com" },
                "target": null,
                "address": "public",
                "addresses": ["203.0.113.77"],
                "more_addresses": false,
                "network": null,
            }],
            "gaps": [],
        })
    );
}

#[test]
fn what_cannot_be_read_is_told_by_file_with_its_first_line() {
    let desk = Desk::new();
    let good = entry("loader/2.0").to_string();
    desk.write(
        "logs/a.json",
        format!("{good}\n{{broken\n{good}\nnot JSON\n"),
    );
    desk.write("logs/b.json.gz", [0x1f, 0x8b, 8, 0, 0]);
    let output = desk
        .sa_audit("usage logs:logs --format json")
        .output()
        .expect_code(3);
    let document = output.json();
    assert_eq!(document["complete"], false);
    assert_eq!(document["groups"][0]["count"], 2);
    let gaps = document["gaps"].as_array().expect("gaps");
    assert_eq!(
        gaps[0],
        json!({
            "of": "logs/a.json", "kind": "malformed", "line": 2, "count": 2,
            "message": "logs/a.json: no log entry that can be read: 2, first in line 2",
        })
    );
    assert_eq!(
        (&gaps[1]["of"], &gaps[1]["kind"], gaps.len()),
        (&json!("logs/b.json.gz"), &json!("broken-off"), 2)
    );
    for gap in gaps {
        let told = format!("missing: {}\n", gap["message"].as_str().expect("text"));
        assert!(output.stderr.contains(&told), "{}", output.stderr);
    }
    let quiet = desk.sa_audit("usage logs:logs --quiet").output();
    assert_eq!((quiet.code, quiet.stderr.as_str()), (3, ""));
}

/// A line that is whole where it counts, and broken elsewhere.
#[test]
fn strict_reads_every_line_whole() {
    let desk = Desk::new();
    let mut line = entry("loader/2.0").to_string();
    line.insert_str(1, r#""insertId":nul,"#);
    desk.write("a.json", line);
    let strict = desk.sa_audit("usage logs:a.json --strict").output();
    assert_eq!(strict.code, 3, "{}", strict.stderr);
    assert!(
        strict
            .stderr
            .contains("a.json: no log entry that can be read: 1, first in line 1"),
        "{}",
        strict.stderr
    );
}

#[test]
fn what_is_no_source_is_refused_in_one_line() {
    let desk = Desk::new();
    desk.write("a.json", entry("loader/2.0").to_string());
    let table = [
        (
            "usage logs:missing.json",
            "error: no log at missing.json: there is no such file or folder, and no file that it fits as a pattern",
        ),
        (
            "usage monitoring",
            "error: invalid value 'monitoring' for '<SOURCE>...': it tells when accounts and keys were used, not by whom; scan --usage reads it",
        ),
        (
            "usage a.json",
            "error: invalid value 'a.json' for '<SOURCE>...': no such source; there are logs:PATH, -, logging and bigquery:PROJECT.DATASET",
        ),
        (
            "usage logs:a.json --project acme-prod",
            "error: --project says whose logs the source logging reads, and narrows no other source; leave it out",
        ),
        (
            "usage logs:a.json --key …",
            "error: --key: it is empty, and names none; leave it out to see all",
        ),
        (
            "usage logs:a.json --account a[",
            "error: --account: error parsing glob 'a[': unclosed character class; missing ']'",
        ),
    ];
    for (arguments, told) in table {
        assert_eq!(desk.sa_audit(arguments).output().refusal(), told);
    }
}

#[cfg(unix)]
#[test]
fn a_source_that_cannot_be_opened_is_an_error() {
    let desk = Desk::new();
    std::os::unix::fs::symlink("nowhere", desk.path("link.json")).expect("a link");
    fs::create_dir(desk.path("logs")).expect("a folder");
    std::os::unix::fs::symlink("nowhere", desk.path("logs/link.json")).expect("a link");
    let refusal = desk.sa_audit("usage logs:logs").output().refusal();
    assert_eq!(
        refusal,
        "error: reading logs/link.json: No such file or directory (os error 2)"
    );
}

#[test]
fn standard_input_is_a_source() {
    let desk = Desk::new();
    let lines = fs::read(fixture("pubsub.json")).expect("a fixture");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&lines).expect("gzip");
    let packed = encoder.finish().expect("gzip");
    for (source, bytes) in [
        ("-", &lines),
        ("logs:-", &lines),
        ("-", &packed),
        ("logs:-", &packed),
    ] {
        let mut child = desk
            .run(&["usage", source, "--format", "csv"])
            .stdin(Stdio::piped())
            .spawn();
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(bytes).expect("the bytes are taken");
        drop(stdin);
        let output = child.wait_with_output().expect("an end");
        assert_eq!(output.status.code(), Some(0));
        let csv = String::from_utf8(output.stdout).expect("text");
        assert_eq!(csv, retail(&desk, "--format csv").stdout);
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let desk = Desk::new();
    let logs = format!("logs:{}", fixture("sink").display());
    for format in ["table", "csv", "json"] {
        let mut child = desk.run(&["usage", &logs, "--format", format]).spawn();
        drop(child.stdout.take());
        let mut told = String::new();
        let mut stderr = child.stderr.take().expect("a pipe");
        stderr.read_to_string(&mut told).expect("text");
        assert_eq!(child.wait().expect("an end").code(), Some(0), "{told}");
    }
}

/// What a caller may write about itself: formulas, escapes, quotes, line breaks.
#[test]
fn a_strangers_text_is_inert() {
    let desk = Desk::new();
    let nasty = [
        "=HYPERLINK(\"http://evil.example\",\"x\")",
        "\u{1b}]0;owned\u{7}\u{1b}[2J",
        "a\r\nfake,row,,,,,,,,9",
        "\u{202e}txt",
    ];
    let lines: Vec<String> = nasty.map(|text| entry(text).to_string()).into();
    desk.write("a.json", lines.join("\n"));
    let csv = desk
        .sa_audit("usage logs:a.json --format csv")
        .output()
        .expect_code(0)
        .stdout;
    let mut fields: Vec<&str> = csv
        .lines()
        .skip(1)
        .map(|line| {
            let rest = line.strip_prefix("etl@acme-prod.iam.gserviceaccount.com,,").expect("a row");
            rest.strip_suffix(",203.0.113.7,storage.googleapis.com,,acme-prod,2026-03-01T08:00:00Z,2026-03-01T08:00:00Z,1")
                .expect("a row")
        })
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            r#""'=HYPERLINK(""http://evil.example"",""x"")""#,
            r#""\u{1b}]0;owned\u{7}\u{1b}[2J""#,
            r#""a\u{d}\u{a}fake,row,,,,,,,,9""#,
            r"\u{202e}txt",
        ]
    );
    let table = desk.sa_audit("usage logs:a.json").output().expect_code(0);
    for stream in [&table.stdout, &table.stderr] {
        let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!stream.contains(obeyed), "{stream:?}");
    }
}

/// The Logging API, as a scan reads it: who called, and whose logs could not be read.
#[test]
fn the_logging_api_is_a_source() {
    let desk = Desk::new();
    let google = Loopback::of("clean");
    let output = desk
        .at(&google, &format!("usage logging --now {NOW} --format json"))
        .output()
        .expect_code(0);
    assert_eq!(output.json()["groups"], json!([]));
    let windows = output.json()["windows"].as_array().map(Vec::len);
    assert!(windows > Some(0), "{}", output.stdout);
    let calls = google.calls();
    // Callers alone are asked for: one question, not a second one about 400 days of events.
    let entries = calls
        .iter()
        .filter(|(method, _)| method.contains("entries"));
    let entries: Vec<_> = entries.map(|(_, count)| *count).collect();
    insta::assert_debug_snapshot!(entries, @"
    [
        1,
    ]
    ");
    assert!(
        calls
            .keys()
            .all(|method| !method.contains("serviceAccounts")),
        "no scan: {calls:?}"
    );
}

/// A wrong name is told before anybody looks for credentials.
#[test]
fn a_name_of_no_dataset_is_one_line() {
    let desk = Desk::new();
    for command in ["usage bigquery:nonsense", "scan --usage bigquery:nonsense"] {
        let arguments: Vec<&str> = command.split_whitespace().collect();
        let output = desk.run(&arguments).output().expect_code(2);
        assert_eq!(
            output.stderr,
            "error: bigquery:nonsense: no such name of a dataset; it is bigquery:PROJECT.DATASET\n",
            "{command}"
        );
    }
}

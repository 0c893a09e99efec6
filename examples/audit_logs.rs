//! Writes audit logs as a Cloud Storage sink does: one `LogEntry` a line, in files by the hour.
//!
//! ```sh
//! cargo run --release --example audit_logs -- FOLDER MEGABYTES [FILES] [AGENTS]
//! ```
//! AGENTS is the number of user agents that are like no other, which makes about as many groups; lines then have no
//! bodies. The bytes depend on
//! the arguments only. Each account has a few resources, agents and addresses of its own, as workloads do; names in the
//! bodies of requests look like those that count (decoys); members come in three orders; text has escapes.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

const ACCOUNTS: u64 = 4_000;
const PROJECTS: u64 = 200;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, otherwise: u64| {
        let given = arguments.get(at).map(|text| text.parse());
        given.unwrap_or(Ok(otherwise)).map_err(io::Error::other)
    };
    let folder = PathBuf::from(
        arguments
            .first()
            .ok_or_else(|| io::Error::other("a folder is needed"))?,
    );
    let (bytes, files, agents) = (number(1, 100)? * 1_000_000, number(2, 24)?, number(3, 0)?);
    write(&folder, bytes, files, agents)
}

/// Writes about `bytes` of logs into `files` files of a folder.
pub(crate) fn write(folder: &Path, bytes: u64, files: u64, agents: u64) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for file in 0..files {
        let path = folder.join(format!("{file:04}_S0.json"));
        let mut out = BufWriter::new(File::create(path)?);
        let mut dice = Dice(file + 1);
        let mut written = 0;
        while written < bytes / files {
            let line = entry(&mut dice, file, written * files, bytes, agents);
            out.write_all(line.as_bytes())?;
            written += line.len() as u64;
        }
        out.flush()?;
    }
    Ok(())
}

/// Numbers that look random and are the same in every run.
///
/// Source: `SplitMix64`, <https://prng.di.unimi.it/splitmix64.c>.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        ((self.next() >> 32) * end) >> 32
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len() as u64) as usize]
    }

    fn hex(&mut self, digits: usize) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())[..digits].to_owned()
    }
}

/// What a method touches: service, method, permission, and the resource, with what differs from call to call as `{}`.
const METHODS: [[&str; 4]; 8] = [
    [
        "storage.googleapis.com",
        "storage.objects.get",
        "storage.objects.get",
        "projects/_/buckets/PROJECT-NAME/objects/2026/part-{}.parquet",
    ],
    [
        "storage.googleapis.com",
        "storage.objects.create",
        "storage.objects.create",
        "projects/_/buckets/PROJECT-NAME/objects/{}",
    ],
    [
        "bigquery.googleapis.com",
        "google.cloud.bigquery.v2.TableDataService.List",
        "bigquery.tables.getData",
        "projects/PROJECT/datasets/NAME/tables/t{}",
    ],
    [
        "bigquery.googleapis.com",
        "google.cloud.bigquery.v2.JobService.InsertJob",
        "bigquery.jobs.create",
        "projects/PROJECT/jobs/bquxjob_{}",
    ],
    [
        "secretmanager.googleapis.com",
        "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion",
        "secretmanager.versions.access",
        "projects/PROJECT/secrets/NAME/versions/latest",
    ],
    [
        "pubsub.googleapis.com",
        "google.pubsub.v1.Publisher.Publish",
        "pubsub.topics.publish",
        "projects/PROJECT/topics/NAME",
    ],
    [
        "cloudkms.googleapis.com",
        "Decrypt",
        "cloudkms.cryptoKeyVersions.useToDecrypt",
        "projects/PROJECT/locations/global/keyRings/main/cryptoKeys/NAME/cryptoKeyVersions/1",
    ],
    [
        "iamcredentials.googleapis.com",
        "GenerateAccessToken",
        "iam.serviceAccounts.getAccessToken",
        "projects/-/serviceAccounts/{}",
    ],
];

const NAMES: [&str; 12] = [
    "orders", "ledger", "search", "export", "fraud", "backup", "gateway", "mailer", "loader",
    "reports", "billing", "ingest",
];

const TEXTS: [&str; 8] = [
    "line one\\nline two\\twith tab",
    "he said \\\"granted\\\": true",
    "C:\\\\temp\\\\",
    "\\u003cb\\u003ebold\\u003c/b\\u003e",
    "Zürich büro",
    "日本語 \\ud83d\\ude80",
    "}]} , {[{",
    "{\\\"principalEmail\\\":\\\"decoy@x.iam.gserviceaccount.com\\\"}",
];

/// Returns one line. `at` of `bytes` tells how far the hour is gone.
fn entry(dice: &mut Dice, hour: u64, at: u64, bytes: u64, agents: u64) -> String {
    let who = dice.below(100);
    // Some accounts call much more often than others.
    let (one, other) = (dice.below(ACCOUNTS), dice.below(ACCOUNTS));
    let account = one * other / ACCOUNTS;
    let project = format!(
        "acme-{}-{:03}",
        NAMES[(account % 12) as usize],
        account % PROJECTS
    );
    let authentication = authentication(dice, who, account, &project);
    // What an account does is its own: two methods, two names.
    let method = if who >= 97 {
        7
    } else {
        (account + dice.below(2)) % 7
    };
    let [service, name, permission, resource] = METHODS[method as usize];
    let own = NAMES[((account + 5 * dice.below(2)) % 12) as usize];
    let resource = resource
        .replace("PROJECT", &project)
        .replace("NAME", own)
        .replace("{}", &dice.hex(8));
    let millis = 3_600_000 * hour + 3_600_000 * at.min(bytes - 1) / bytes;
    let at: DateTime<Utc> =
        DateTime::UNIX_EPOCH + TimeDelta::days(20_513) + TimeDelta::milliseconds(millis as i64);
    let at = at + TimeDelta::nanoseconds(dice.below(1_000_000) as i64);
    let digits = [
        SecondsFormat::Nanos,
        SecondsFormat::Micros,
        SecondsFormat::Millis,
        SecondsFormat::Secs,
    ];
    let stamp = at.to_rfc3339_opts(digits[dice.below(4) as usize], true);
    let granted = if dice.below(25) == 0 {
        ""
    } else {
        "\"granted\":true,"
    };
    let mut payload = vec![
        (
            "@type",
            r#""type.googleapis.com/google.cloud.audit.AuditLog""#.to_owned(),
        ),
        ("authenticationInfo", authentication),
        (
            "authorizationInfo",
            format!(
                r#"[{{{granted}"permission":"{permission}","resource":"{resource}","resourceAttributes":{{}}}}]"#
            ),
        ),
        ("metadata", body(dice, &project, 2)),
        ("methodName", format!("\"{name}\"")),
        ("request", body(dice, &project, 6)),
        ("requestMetadata", caller(dice, account, agents)),
        ("resourceName", format!("\"{resource}\"")),
        ("response", body(dice, &project, 4)),
        ("serviceName", format!("\"{service}\"")),
        ("status", "{}".to_owned()),
    ];
    if agents > 0 {
        // Many groups need many lines: these have no bodies.
        payload.retain(|(name, _)| !matches!(*name, "metadata" | "request" | "response"));
    }
    let order = dice.below(10);
    let payload = object(dice, order, payload);
    let entry = [
        ("insertId", format!("\"{}\"", dice.hex(14))),
        (
            "logName",
            format!("\"projects/{project}/logs/cloudaudit.googleapis.com%2Fdata_access\""),
        ),
        ("protoPayload", payload),
        (
            "receiveTimestamp",
            format!("\"{}\"", at.to_rfc3339_opts(SecondsFormat::Nanos, true)),
        ),
        (
            "resource",
            format!(
                r#"{{"labels":{{"location":"us-east1","method":"{name}","project_id":"{project}"}},"type":"audited_resource"}}"#
            ),
        ),
        ("severity", "\"INFO\"".to_owned()),
        ("timestamp", format!("\"{stamp}\"")),
    ];
    object(dice, order, entry.into()) + "\n"
}

/// Returns who calls: of a hundred, 30 are people, 6 are nodes of Kubernetes, 2 federated identities, the others accounts.
fn authentication(dice: &mut Dice, who: u64, account: u64, project: &str) -> String {
    let email = format!(
        "{}-{account}@{project}.iam.gserviceaccount.com",
        NAMES[(account % 12) as usize]
    );
    match who {
        0..30 => format!(
            r#"{{"principalEmail":"ana.{}@acme.example","principalSubject":"user:ana@acme.example"}}"#,
            account % 800
        ),
        30..36 => r#"{"principalEmail":"system:node:gke-main-pool-1"}"#.to_owned(),
        36..38 => format!(
            r#"{{"principalSubject":"principal://iam.googleapis.com/projects/{account}/locations/global/workloadIdentityPools/ci/subject/repo:acme/shop"}}"#
        ),
        _ if !account.is_multiple_of(2) => {
            let key = account * 2 + dice.below(2);
            format!(
                r#"{{"principalEmail":"{email}","principalSubject":"serviceAccount:{email}","serviceAccountKeyName":"//iam.googleapis.com/projects/{project}/serviceAccounts/{email}/keys/{key:040x}"}}"#
            )
        }
        _ if account.is_multiple_of(4) => format!(
            r#"{{"principalEmail":"{email}","serviceAccountDelegationInfo":[{{"firstPartyPrincipal":{{"principalEmail":"service-{}@compute-system.iam.gserviceaccount.com"}}}}]}}"#,
            account % PROJECTS
        ),
        _ => format!(r#"{{"principalEmail":"{email}"}}"#),
    }
}

/// Returns from where, and with what, an account calls.
fn caller(dice: &mut Dice, account: u64, agents: u64) -> String {
    let address = match account % 4 {
        0 => "private".to_owned(),
        1 => format!("10.0.{}.{}", account % 256, dice.below(4)),
        2 => format!("2001:db8::{:x}", account % 500),
        _ => format!("203.0.113.{}", dice.below(200)),
    };
    let agent = if agents > 0 {
        // Kept apart by what no normaliser may take away.
        format!(
            "acme-batch/{} command/gcloud.storage.cp environment/GCE (Linux 6.8.0-1025-gcp; x86_64) python/3.13.7 team/büro,gzip(gfe)",
            dice.below(agents)
        )
    } else {
        match (account + dice.below(3)) % 5 {
            0 => format!(
                "google-cloud-sdk gcloud/{}.0.0 command/gcloud.storage.cp invocation-id/{} environment/GCE,gzip(gfe)",
                400 + account % 60,
                dice.hex(32)
            ),
            1 => format!(
                "google-api-go-client/0.5 Terraform/1.{}.2 terraform-provider-google/6.{}.0,gzip(gfe)",
                account % 9,
                account % 38
            ),
            2 => format!(
                "gl-python/3.{} grpc/1.62.2 gax/2.11.1 gccl/2.{}.0 (gzip),gzip(gfe)",
                account % 13,
                account % 40
            ),
            3 => format!(
                "acme-\\\"svc\\\" python-requests/2.{}.0,gzip(gfe)",
                account % 32
            ),
            _ => format!("acme-b\\u00fcro/{}", account % 20),
        }
    };
    format!(
        r#"{{"callerIp":"{address}","callerSuppliedUserAgent":"{agent}","destinationAttributes":{{}},"requestAttributes":{{"auth":{{}},"time":"2026-03-01T00:00:00Z"}}}}"#
    )
}

/// Returns a body with about `size` members that look like what counts.
fn body(dice: &mut Dice, project: &str, size: u64) -> String {
    let mut body =
        format!(r#"{{"@type":"type.googleapis.com/acme.Request","name":"projects/{project}""#);
    for member in 0..dice.below(2 * size + 1) {
        let text = dice.pick(&TEXTS);
        let (long, id) = (dice.hex(32), dice.hex(8));
        let written = match dice.below(6) {
            0 => write!(
                body,
                r#","principalEmail{member}":"decoy@x.iam.gserviceaccount.com","timestamp":"1999-01-01T00:00:00Z""#
            ),
            1 => write!(
                body,
                r#","authenticationInfo":{{"principalEmail":"decoy-{id}@x.iam.gserviceaccount.com","serviceAccountKeyName":"//iam.googleapis.com/projects/x/serviceAccounts/y/keys/{id}"}}"#
            ),
            2 => write!(
                body,
                r#","labels":{{"a":"{text}","b":[1,2.5e3,true,null,{{"c":"{text}"}}]}}"#
            ),
            3 => write!(
                body,
                r#","query":"SELECT {} FROM t -- {text}""#,
                format!("{long}, ").repeat(1 + (id.len() + member as usize) % 7)
            ),
            4 => write!(
                body,
                r#","bindings":[{{"members":["serviceAccount:{id}@x.iam.gserviceaccount.com","user:{id}@acme.example"],"role":"roles/viewer"}}]"#
            ),
            _ => write!(
                body,
                r#","data":"{}""#,
                long.repeat(1 + dice.below(20) as usize)
            ),
        };
        debug_assert!(written.is_ok(), "text takes all that is written");
    }
    body + "}"
}

/// Writes members in one of the orders that are seen: by name, the payload first, or any.
fn object(dice: &mut Dice, order: u64, mut members: Vec<(&str, String)>) -> String {
    match order {
        0..6 => {}
        6..9 => members.sort_by_key(|(name, _)| {
            (
                *name != "protoPayload",
                *name == "request" || *name == "response",
            )
        }),
        _ => {
            for at in (1..members.len()).rev() {
                members.swap(at, dice.below(at as u64 + 1) as usize);
            }
        }
    }
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

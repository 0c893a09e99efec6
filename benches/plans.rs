//! What the plans of a generated organization take: `cargo bench --bench plans -- --size 500x20x2`.
//!
//! The organization is scanned in memory by the real client, joined and judged; only what comes behind is measured: the
//! steps of every account, not their proof. Of the keys, a third is used from a pipeline and a third from a laptop, and
//! of the rest nothing tells, so that each part of the planner has work.

use std::fs;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Instant;

use clap::Parser;
use sa_audit::collect::assets::Via;
use sa_audit::commands::google::emulated;
use sa_audit::commands::snapshot::{self, header, take};
use sa_audit::emulator::Emulator;
use sa_audit::emulator::generate::{Generated, Shape};
use sa_audit::gcp::apis::Api;
use sa_audit::gcp::rate::Quotas;
use sa_audit::gcp::transport::Settings as ClientSettings;
use sa_audit::join::join;
use sa_audit::model::call::{AddressClass, Caller, Principal};
use sa_audit::model::estate::Estate;
use sa_audit::model::names::OrganizationId;
use sa_audit::model::place::{Place, PlaceKind, PlacedCaller};
use sa_audit::model::plan::Proof;
use sa_audit::model::rule::Confidence;
use sa_audit::model::scope::{Root, ScanScope};
use sa_audit::model::settings::Settings;
use sa_audit::model::source::SourceSpec;
use sa_audit::model::usage::{Period, UsageSource};
use sa_audit::plan::plans_proved_by;
use sa_audit::rules::evaluate;
use sa_audit::usage::bigquery::DEFAULT_MAX_BYTES;
use tokio::runtime::Runtime;

/// Measures the plans of a generated organization.
#[derive(Debug, Parser)]
struct Arguments {
    /// Projects, accounts in each and keys of each
    #[arg(long, default_value = "500x20x2")]
    size: Shape,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let settings = Settings::default();
    let mut estate = Runtime::new()?.block_on(estate(&arguments, &settings));
    let keys = call(&mut estate);
    let findings = evaluate(&estate, &settings).findings;
    let before = memory("VmRSS:").unwrap_or_default();
    let start = Instant::now();
    let plans = plans_proved_by(&estate, &findings, &settings, &|_, _| Proof::default());
    let time = start.elapsed();
    let after = memory("VmRSS:").unwrap_or_default();
    let steps: usize = plans.iter().map(|plan| plan.steps.len()).sum();
    writeln!(
        io::stdout(),
        "{} accounts, {keys} keys, {} findings: {} plans with {steps} steps\ntime    {:.2} s\nmemory  {} MB of plans, {} MB at the peak",
        estate.accounts.len(),
        findings.len(),
        plans.len(),
        time.as_secs_f64(),
        after.saturating_sub(before) / 1_000,
        memory("VmHWM:").unwrap_or_default() / 1_000,
    )
}

/// Scans a generated organization, and joins what was found.
async fn estate(arguments: &Arguments, settings: &Settings) -> Estate {
    let generated = Generated::new(1, arguments.size);
    let emulator = Arc::new(Emulator::new(&generated.estate));
    let client = ClientSettings {
        quotas: Api::ALL.into_iter().fold(Quotas::default(), |quotas, api| {
            quotas.with(api, 100_000_000)
        }),
        ..ClientSettings::default()
    };
    let connection = emulated(emulator, client).expect("settings that can be used");
    let number = generated.estate.organization.rsplit('/').next();
    let number = number.expect("organizations/NUMBER");
    let request = snapshot::Request {
        scope: ScanScope {
            roots: vec![Root::Organization(
                OrganizationId::parse(number).expect("a number"),
            )],
            exclude: Vec::new(),
        },
        via: Via::Auto,
        sources: vec![SourceSpec::PolicyAnalyzer],
        since: None,
        max_bytes: DEFAULT_MAX_BYTES,
        now: Some(generated.estate.now),
    };
    let snapshot = take(&connection, &request, header(&request), None, &mut ())
        .await
        .expect("a snapshot");
    join(&snapshot, settings)
}

/// Lets two thirds of the keys be used from somewhere, and returns how many keys there are.
fn call(estate: &mut Estate) -> usize {
    let now = estate.observed_at;
    let mut keys = 0;
    for account in &mut estate.accounts {
        for key in &mut account.keys {
            let place = match keys % 3 {
                0 => (PlaceKind::Ci, "GitHub Actions"),
                1 => (PlaceKind::Workstation, "macOS"),
                _ => (PlaceKind::Unknown, ""),
            };
            keys += 1;
            let call = Caller {
                source: UsageSource::Logs,
                principal: Principal::Account(account.facts.email.clone()),
                key: Some(key.facts.id.clone()),
                delegate: None,
                target: None,
                user_agent: String::new(),
                address: AddressClass::Public,
                addresses: Vec::new(),
                more_addresses: false,
                network: None,
                service: "bigquery.googleapis.com".to_owned(),
                project: Some(account.facts.project.clone()),
                seen: Period { from: now, to: now },
                count: 1,
            };
            if place.0 != PlaceKind::Unknown {
                key.callers.push(PlacedCaller {
                    call,
                    place: Place {
                        network: None,
                        kind: place.0,
                        name: Some(place.1.to_owned()),
                        confidence: Confidence::High,
                        reasons: Vec::new(),
                    },
                });
            }
        }
    }
    keys
}

/// Returns a size in kilobytes that the system tells of this process; `None` where it does not.
fn memory(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

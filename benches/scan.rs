//! How near a scan comes to what latency and quotas allow, and what it costs.
//!
//! ```text
//! cargo bench --bench scan                                                        # 50 x 20 x 2, in memory
//! cargo bench --bench scan -- --size 1000x10x1 --latency-ms 100 --loopback        # the real program, over loopback
//! cargo bench --bench scan -- --size 1000x10x1 --latency-ms 100 --loopback --quotas --via asset-inventory
//! ```
//! A generated organization is scanned, in memory by the real client, or over loopback by the real program, which also
//! writes the snapshot and the report. Printed are wall time, calls, those that were refused for a quota, the most in
//! flight, peak memory, and the ratio to the bound: the calls' latency side by side, or, where that takes longer, what the
//! client's buckets let through (80 % of each quota, after a burst of 20 %; in memory only with `--quotas`). Goal: at most
//! 1.10 × bound + 1 s, and no refusal. What was found is checked against the generator's counts.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use clap::{Parser, ValueEnum as _};
use sa_audit::cli::Route;
use sa_audit::collect::assets::Via;
use sa_audit::commands::google::emulated;
use sa_audit::commands::snapshot::{self, header, take};
use sa_audit::emulator::generate::{Counts, Generated, Shape};
use sa_audit::emulator::{self, Emulator, Latency, serve};
use sa_audit::gcp::apis::Api;
use sa_audit::gcp::rate::Quotas;
use sa_audit::gcp::transport::Settings as ClientSettings;
use sa_audit::join::join;
use sa_audit::model::names::OrganizationId;
use sa_audit::model::scope::{Root, ScanScope};
use sa_audit::model::settings::Settings;
use sa_audit::model::snapshot::Snapshot;
use sa_audit::model::source::SourceSpec;
use sa_audit::rules::evaluate;
use sa_audit::usage::bigquery::DEFAULT_MAX_BYTES;
use sa_audit::{render, report, store};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Requests per minute, more than any scan makes.
const UNLIMITED: u32 = 1_000_000_000;

/// Measures scans of a generated organization.
#[derive(Debug, Parser)]
struct Arguments {
    /// Projects, accounts in each and keys of each, such as 50x20x2
    #[arg(long, default_value = "50x20x2")]
    size: Shape,
    /// Route to the resources that name accounts
    #[arg(long, value_enum, default_value_t = Route::Auto)]
    via: Route,
    /// Milliseconds before each answer
    #[arg(long, default_value_t = 50)]
    latency_ms: u64,
    /// Requests in flight
    #[arg(long, default_value_t = 32)]
    in_flight: u32,
    /// Refuse what exceeds Google's quotas, under which the client then keeps
    #[arg(long)]
    quotas: bool,
    /// Run the program itself against the emulator on loopback
    #[arg(long)]
    loopback: bool,
    /// Scans, of which the one with the median wall time is shown
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// Cargo says so
    #[arg(long, hide = true)]
    bench: bool,
}

/// What one scan took.
struct Round {
    wall: Duration,
    calls: BTreeMap<String, u64>,
    refused: u64,
    most: usize,
    /// Peak resident memory in bytes, and of what.
    peak: u64,
    snapshot: Snapshot,
}

fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    let runtime = Runtime::new()?;
    let generated = Generated::new(1, arguments.size);
    let mut rounds = Vec::new();
    for _ in 0..arguments.rounds.max(1) {
        rounds.push(if arguments.loopback {
            on_loopback(&runtime, &generated, &arguments)?
        } else {
            runtime.block_on(in_memory(&generated, &arguments))
        });
    }
    rounds.sort_by_key(|round| round.wall);
    let round = rounds.swap_remove(rounds.len() / 2);
    show(&arguments, &round)?;
    evaluation(&round.snapshot, &generated.counts)
}

fn emulator(generated: &Generated, arguments: &Arguments) -> Arc<Emulator> {
    let latency = Latency::Fixed(Duration::from_millis(arguments.latency_ms));
    let quotas = if arguments.quotas {
        Api::ALL
            .into_iter()
            .fold(emulator::Quotas::none(), |quotas, api| {
                quotas.with(api.host(), api.reads_per_minute())
            })
    } else {
        emulator::Quotas::none()
    };
    let emulator = Emulator::new(&generated.estate);
    Arc::new(emulator.with_latency(latency).with_quotas(quotas))
}

/// Scans through the client in this process.
async fn in_memory(generated: &Generated, arguments: &Arguments) -> Round {
    let emulator = emulator(generated, arguments);
    let settings = ClientSettings {
        max_in_flight: arguments.in_flight as usize,
        quotas: if arguments.quotas {
            Quotas::default()
        } else {
            // What latency allows is measured, not what a quota does.
            Api::ALL
                .into_iter()
                .fold(Quotas::default(), |quotas, api| quotas.with(api, UNLIMITED))
        },
        ..ClientSettings::default()
    };
    let connection = emulated(Arc::clone(&emulator), settings).expect("settings that can be used");
    let organization = OrganizationId::parse(organization(generated)).expect("a number");
    let request = snapshot::Request {
        scope: ScanScope {
            roots: vec![Root::Organization(organization)],
            exclude: Vec::new(),
        },
        via: match arguments.via {
            Route::Auto => Via::Auto,
            Route::Iam => Via::Iam,
            Route::AssetInventory => Via::AssetInventory,
        },
        sources: vec![SourceSpec::PolicyAnalyzer],
        since: None,
        max_bytes: DEFAULT_MAX_BYTES,
        now: Some(generated.estate.now),
    };
    let start = Instant::now();
    let snapshot = take(&connection, &request, header(&request), None, &mut ())
        .await
        .expect("a snapshot");
    Round {
        wall: start.elapsed(),
        calls: emulator.calls(),
        refused: emulator.refused_for_quota(),
        most: emulator.most_in_flight(),
        peak: peak("self").unwrap_or_default(),
        snapshot,
    }
}

/// Runs the program against the emulator on loopback.
fn on_loopback(
    runtime: &Runtime,
    generated: &Generated,
    arguments: &Arguments,
) -> io::Result<Round> {
    let emulator = emulator(generated, arguments);
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let base = format!("http://{}", listener.local_addr()?);
    let serving = runtime.spawn(serve(Arc::clone(&emulator), listener));
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("scan.snapshot.zst");
    let route = arguments.via.to_possible_value().expect("a route");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sa-audit"));
    command
        .args(["scan", "--organization", organization(generated)])
        .args(["--via", route.get_name(), "--fail-on", "never"])
        .args(["--max-in-flight", &arguments.in_flight.to_string()])
        .arg("--allow-incomplete")
        .arg("--snapshot")
        .arg(&file)
        .args(["--now", &generated.estate.now.to_rfc3339()])
        .env_clear()
        .env("HOME", folder.path())
        .env("CLOUDSDK_AUTH_ACCESS_TOKEN", "any")
        .stdin(Stdio::null())
        .stdout(fs::File::create(folder.path().join("report.txt"))?);
    for api in Api::ALL {
        command.env(api.override_variable(), format!("{base}/{}", api.host()));
    }
    let start = Instant::now();
    let mut program = command.spawn()?;
    let id = program.id().to_string();
    let mut most = 0;
    let status = loop {
        // The peak never sinks: the last look at it is the whole run's, but for some milliseconds.
        most = peak(&id).unwrap_or(most);
        if let Some(status) = program.try_wait()? {
            break status;
        }
        thread::sleep(Duration::from_millis(20));
    };
    let wall = start.elapsed();
    serving.abort();
    assert!(status.success(), "{status}");
    Ok(Round {
        wall,
        calls: emulator.calls(),
        refused: emulator.refused_for_quota(),
        most: emulator.most_in_flight(),
        peak: most,
        snapshot: store::read(&file).map_err(io::Error::other)?,
    })
}

fn organization(generated: &Generated) -> &str {
    generated
        .estate
        .organization
        .trim_start_matches("organizations/")
}

/// Returns the peak resident memory of a process in bytes; `None` where the system does not tell it.
fn peak(process: &str) -> Option<u64> {
    let status = fs::read_to_string(Path::new("/proc").join(process).join("status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes * 1_024)
}

/// Prints what a scan took, and the table of its calls.
fn show(arguments: &Arguments, round: &Round) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let calls: u64 = round.calls.values().sum();
    let calls = u32::try_from(calls).expect("fewer calls than that");
    let by_latency = Duration::from_millis(arguments.latency_ms) * calls / arguments.in_flight;
    let by_api = by_api(&round.calls);
    let quotas = by_api.iter().map(|(api, calls)| by_quota(*api, *calls));
    let by_quota_all = quotas.max().unwrap_or_default();
    // The program always keeps under Google's quotas.
    let bound = if arguments.quotas || arguments.loopback {
        by_latency.max(by_quota_all)
    } else {
        by_latency
    };
    let goal = bound.mul_f64(1.10) + Duration::from_secs(1);
    let seconds = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    let Shape {
        projects,
        accounts,
        keys,
        folders,
    } = arguments.size;
    writeln!(
        out,
        "{projects} projects x {accounts} accounts x {keys} keys in {folders} folders, {} ms per answer, {} in flight, \
         quotas {}, {}",
        arguments.latency_ms,
        arguments.in_flight,
        if arguments.quotas { "on" } else { "off" },
        if arguments.loopback {
            "the program over loopback"
        } else {
            "in memory"
        },
    )?;
    writeln!(out, "wall    {}", seconds(round.wall))?;
    writeln!(
        out,
        "calls   {calls}, {} refused for a quota, at most {} in flight",
        round.refused, round.most
    )?;
    let whose = if arguments.loopback {
        "of the program"
    } else {
        "with the emulator in it"
    };
    writeln!(
        out,
        "memory  {} MB at the peak, {whose}",
        round.peak / 1_000_000
    )?;
    writeln!(
        out,
        "bound   {}, ratio {:.2} (latency {}, quotas {})",
        seconds(bound),
        round.wall.as_secs_f64() / bound.as_secs_f64(),
        seconds(by_latency),
        seconds(by_quota_all),
    )?;
    let met = round.wall <= goal && round.refused == 0;
    writeln!(
        out,
        "goal    {}, none refused: {}",
        seconds(goal),
        if met { "met" } else { "missed" }
    )?;
    for (api, calls) in by_api {
        let time = seconds(by_quota(api, calls));
        writeln!(out, "        {calls:>7} {} ({time})", api.host())?;
    }
    Ok(())
}

fn by_api(calls: &BTreeMap<String, u64>) -> BTreeMap<Api, u64> {
    let mut by_api = BTreeMap::new();
    for (method, calls) in calls {
        let service = method.split('.').next().unwrap_or_default();
        let api = Api::ALL
            .into_iter()
            .find(|api| api.host().split('.').next() == Some(service));
        *by_api.entry(api.expect("a method of an API")).or_default() += calls;
    }
    by_api
}

/// Returns how long so many calls take through a full bucket of the API's: see [`sa_audit::gcp::rate`].
fn by_quota(api: Api, calls: u64) -> Duration {
    let quota = f64::from(api.reads_per_minute());
    #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 calls")]
    let waiting = (calls as f64 - quota * 0.2).max(0.0);
    Duration::from_secs_f64(waiting * 60.0 / (quota * 0.8))
}

/// Joins, judges and renders the snapshot, checks what it found, and prints how long that took.
fn evaluation(snapshot: &Snapshot, counts: &Counts) -> io::Result<()> {
    let settings = Settings::default();
    let start = Instant::now();
    let estate = join(snapshot, &settings);
    let joined = start.elapsed();
    let evaluation = evaluate(&estate, &settings);
    let evaluated = start.elapsed();
    let shared = evaluation
        .findings
        .iter()
        .filter(|finding| finding.rule == "shared-account");
    let found = [
        estate.accounts.len(),
        estate.user_managed_keys().count(),
        shared.count(),
    ];
    let made = [counts.accounts, counts.user_keys, counts.shared_accounts];
    assert_eq!(found, made, "accounts, keys and shared accounts are found");
    let report = report::build(&estate, evaluation, &settings, "sa-audit bench");
    let built = start.elapsed();
    let mut json = Vec::new();
    render::json::render(&report, &mut json)?;
    let rendered = start.elapsed();
    let milliseconds = |from: Duration, to: Duration| (to - from).as_millis();
    writeln!(
        io::stdout(),
        "then    join {} ms, rules {} ms, report {} ms, JSON {} ms ({} MB)",
        joined.as_millis(),
        milliseconds(joined, evaluated),
        milliseconds(evaluated, built),
        milliseconds(built, rendered),
        json.len() / 1_000_000,
    )
}

//! How near a scan comes to what the latency of the answers allows.
//!
//! A generated organization of 50 projects × 20 accounts × 2 keys, 50 ms per answer, 32 requests in flight, through the
//! real client and the emulator in memory. Prints wall time, calls, the most calls in flight, and the ratio to the ideal
//! (calls × latency ÷ cap in flight). Quotas are lifted. Goal: at most 1.10 × ideal + 1 s.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sa_audit::collect::attachments::Via;
use sa_audit::commands::google::emulated;
use sa_audit::commands::snapshot::{self, header, take};
use sa_audit::emulator::generate::{Shape, generate};
use sa_audit::emulator::{Emulator, Latency};
use sa_audit::gcp::apis::Api;
use sa_audit::gcp::rate::Quotas;
use sa_audit::gcp::transport::Settings;
use sa_audit::model::names::OrganizationId;
use sa_audit::model::scope::{Root, ScanScope};
use sa_audit::model::source::SourceSpec;

const SHAPE: Shape = Shape {
    projects: 50,
    folders: 5,
    accounts: 20,
    keys: 2,
};
const LATENCY: Duration = Duration::from_millis(50);
const IN_FLIGHT: u32 = 32;
const ROUNDS: usize = 5;
/// Requests per minute, more than the scan makes.
const UNLIMITED: u32 = 1_000_000;

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut rounds: Vec<Round> = (0..ROUNDS).map(|_| runtime.block_on(round())).collect();
    rounds.sort_by_key(|round| round.wall);
    let Round { wall, calls, most } = rounds[ROUNDS / 2];
    let ideal = LATENCY * calls / IN_FLIGHT;
    let goal = ideal.mul_f64(1.10) + Duration::from_secs(1);
    writeln!(
        io::stdout(),
        "{} projects x {} accounts x {} keys, {} ms per answer, median of {ROUNDS}\n\
         wall   {:.2} s\ncalls  {calls}, at most {most} in flight\nideal  {:.2} s, ratio {:.2}\n\
         goal   {:.2} s (1.10 x ideal + 1 s): {}",
        SHAPE.projects,
        SHAPE.accounts,
        SHAPE.keys,
        LATENCY.as_millis(),
        wall.as_secs_f64(),
        ideal.as_secs_f64(),
        wall.as_secs_f64() / ideal.as_secs_f64(),
        goal.as_secs_f64(),
        if wall <= goal { "met" } else { "missed" },
    )
}

#[derive(Clone, Copy)]
struct Round {
    wall: Duration,
    calls: u32,
    most: usize,
}

/// Scans the organization once.
async fn round() -> Round {
    let estate = generate(1, SHAPE);
    let emulator = Arc::new(Emulator::new(&estate).with_latency(Latency::Fixed(LATENCY)));
    let settings = Settings {
        max_in_flight: IN_FLIGHT as usize,
        // What latency allows is measured, not what a quota does.
        quotas: Api::ALL
            .into_iter()
            .fold(Quotas::default(), |quotas, api| quotas.with(api, UNLIMITED)),
        ..Settings::default()
    };
    let connection = emulated(Arc::clone(&emulator), settings).expect("settings that can be used");
    let organization = estate.organization.trim_start_matches("organizations/");
    let organization = OrganizationId::parse(organization).expect("the generator's organization");
    let request = snapshot::Request {
        scope: ScanScope {
            roots: vec![Root::Organization(organization)],
            exclude: Vec::new(),
        },
        via: Via::Auto,
        sources: vec![SourceSpec::PolicyAnalyzer],
        since: None,
        now: Some(estate.now),
    };
    let start = Instant::now();
    let snapshot = take(&connection, &request, header(&request), None, &mut ())
        .await
        .expect("a snapshot");
    let wall = start.elapsed();
    assert_eq!(
        snapshot.facts.accounts.len(),
        SHAPE.projects * SHAPE.accounts,
        "every account is there"
    );
    assert_eq!(
        snapshot.facts.keys.len(),
        SHAPE.projects * SHAPE.accounts * SHAPE.keys,
        "every key is there"
    );
    let calls = emulator.calls().values().sum::<u64>();
    Round {
        wall,
        calls: u32::try_from(calls).expect("few calls"),
        most: emulator.most_in_flight(),
    }
}

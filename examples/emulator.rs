//! Google Cloud's APIs over loopback, answered from an estate file or from a generated estate.
//!
//! ```text
//! cargo run --example emulator -- --estate fixtures/estates/retail.json --port 8080
//! cargo run --release --example emulator -- --generate 1000x10x1 --latency-ms 100 --quotas
//! ```
//! Port 0 takes a free one. The base URL is the one line on standard output; every service is under it, by host:
//! `http://127.0.0.1:8080/iam.googleapis.com/v1/…`.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use sa_audit::emulator::generate::{Shape, generate};
use sa_audit::emulator::{Emulator, Estate, Fault, Latency, Quotas, serve};
use tokio::net::TcpListener;

/// Answers like Google Cloud's APIs, on one port of the loopback address.
#[derive(Debug, Parser)]
struct Arguments {
    /// Estate file to answer from
    #[arg(long, value_name = "FILE", required_unless_present = "generate")]
    estate: Option<PathBuf>,
    /// Answer from a generated estate of this size, such as 50x20x2
    #[arg(long, value_name = "PROJECTSxACCOUNTSxKEYS", conflicts_with = "estate")]
    generate: Option<Shape>,
    /// Seed of the generated estate
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Milliseconds before each answer
    #[arg(long, value_name = "N", default_value_t = 0)]
    latency_ms: u64,
    /// Refuse what exceeds Google's quotas
    #[arg(long)]
    quotas: bool,
    /// The only access token to take; without it, any
    #[arg(long, value_name = "TOKEN")]
    access_token: Option<String>,
    /// What goes wrong: METHOD[,PATH]=KIND[*N], such as 'iam.projects.serviceAccounts.keys.list,*etl@*=quota*3'
    #[arg(long, value_name = "FAULT", value_parser = Fault::parse)]
    fault: Vec<Fault>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error
                .source()
                .map(|cause| format!(": {cause}"))
                .unwrap_or_default();
            // Nothing is left to do where standard error is closed as well.
            let _unheard = writeln!(io::stderr(), "error: {error}{cause}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let estate = match (&arguments.estate, arguments.generate) {
        (Some(file), _) => Estate::read(file)?,
        (None, Some(shape)) => generate(arguments.seed, shape),
        (None, None) => return Err("neither --estate nor --generate is given".into()),
    };
    let mut emulator = Emulator::new(&estate)
        .with_latency(Latency::Fixed(Duration::from_millis(arguments.latency_ms)));
    if arguments.quotas {
        emulator = emulator.with_quotas(Quotas::default());
    }
    if let Some(token) = &arguments.access_token {
        emulator = emulator.with_access_token(token);
    }
    for fault in arguments.fault {
        emulator.fault(fault);
    }
    let listener = TcpListener::bind(("127.0.0.1", arguments.port)).await?;
    writeln!(io::stdout(), "http://{}", listener.local_addr()?)?;
    serve(Arc::new(emulator), listener).await?;
    Ok(())
}

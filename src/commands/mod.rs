//! The commands: the only place where the stages meet, and where anything is read from or written to the world.

mod demo;
mod environment;
pub mod google;
mod output;
mod progress;
mod report;
mod scan;
mod settings;
pub mod snapshot;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::cli::{Cli, Command, GlobalArgs, SchemaName};
use crate::error::{EXIT_ERROR, Error, Result};
use crate::render::escape::Term;
use crate::render::terminal::Style;
use crate::render::{json, rules};

/// The program as snapshots and reports name it.
pub const TOOL: &str = concat!("sa-audit ", env!("CARGO_PKG_VERSION"));

/// Runs the command line and returns the process's exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(answer) => {
            // Help is an answer and goes to standard output; where it cannot be written, nobody is there to be told.
            let _ = answer.print();
            return if answer.use_stderr() {
                ExitCode::from(EXIT_ERROR)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    log(&cli.global);
    match execute(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(io::stderr().lock(), "error: {}", Term(&error.to_string()));
            ExitCode::from(EXIT_ERROR)
        }
    }
}

fn execute(cli: Cli) -> Result<u8> {
    let global = cli.global;
    match cli.command {
        Command::Scan(args) => scan::run(*args, &global),
        Command::Report(args) => report::run(args, &global),
        Command::Demo(args) => demo::run(args, &global),
        Command::Rules { id } => explain(id.as_deref(), &global),
        Command::Schema {
            name: SchemaName::Report,
        } => done(output::to_stdout(|out| {
            serde_json::to_writer_pretty(&mut *out, &json::schema())?;
            writeln!(out)
        })),
        Command::Init { file, force } => done(settings::init(&file, force)),
        Command::Completions { shell } => done(output::to_stdout(|out| {
            clap_complete::generate(shell, &mut Cli::command(), "sa-audit", out);
            Ok(())
        })),
        Command::Man => done(output::to_stdout(|out| {
            clap_mangen::Man::new(Cli::command()).render(out)
        })),
    }
}

fn done(result: Result<()>) -> Result<u8> {
    result.map(|()| 0)
}

/// Prints the list of rules, or the document of one.
fn explain(id: Option<&str>, global: &GlobalArgs) -> Result<u8> {
    let style = Style {
        width: environment::width(),
        colour: environment::colour(global.color),
        links: false,
        unicode: environment::unicode(),
        all: true,
        details: true,
    };
    let Some(id) = id else {
        let settings = settings::of_file(global)?;
        let list = crate::report::rules_in_force(&settings);
        return done(output::to_stdout(|out| rules::table(&list, &style, out)));
    };
    let rule = crate::rules::find(id).ok_or_else(|| {
        Error::new(format!("there is no rule {id:?}")).hint("`sa-audit rules` lists them")
    })?;
    done(output::to_stdout(|out| {
        rules::document(rule.meta(), &style, out)
    }))
}

/// Writes what the program does to standard error: nothing, each step, or each request. Never a token: nothing that is
/// logged holds one.
fn log(global: &GlobalArgs) {
    let level = match global.verbose {
        0 => return,
        1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    let ours = tracing_subscriber::filter::Targets::new().with_target("sa_audit", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(ours));
    // A second subscriber in one process can only be a test's, which then has its own way to see the lines.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

//! The commands: the only place where the stages meet, and where anything is read from or written to the world.

mod accept;
mod demo;
mod diff;
mod environment;
pub mod google;
mod help;
mod history;
mod merge;
mod notify;
mod output;
mod plan;
mod progress;
mod report;
mod scan;
mod settings;
pub mod snapshot;
mod trend;
mod usage;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::cli::{Cli, Command, GlobalArgs, SchemaName};
use crate::config::did_you_mean;
use crate::error::{EXIT_ERROR, Error, Result};
use crate::render::escape::Term;
use crate::render::{json, rules};

use progress::Progress;

/// The program as snapshots and reports name it.
pub const TOOL: &str = concat!("sa-audit ", env!("CARGO_PKG_VERSION"));

/// Runs the command line and returns the process's exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(answer) => return help::answered(&answer),
    };
    log(&cli.global);
    match execute(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => failed(&error),
    }
}

/// Says in one line on standard error what went wrong, and returns the exit code.
fn failed(error: &Error) -> ExitCode {
    // Standard error may be closed; the exit code still tells.
    let _ = writeln!(io::stderr().lock(), "error: {}", Term(&error.to_string()));
    ExitCode::from(EXIT_ERROR)
}

fn execute(cli: Cli) -> Result<u8> {
    let global = cli.global;
    match cli.command {
        Command::Scan(args) => scan::run(*args, &global),
        Command::Report(args) => report::run(args, &global),
        Command::Demo(args) => demo::run(args, &global),
        Command::Plan(args) => plan::run(&args, &global),
        Command::Usage(args) => usage::run(&args, &global),
        Command::Diff(args) => diff::run(&args, &global),
        Command::Notify(command) => notify::run(&command, &global),
        Command::Trend(args) => trend::run(&args, &global),
        Command::Merge(args) => merge::run(&args, &global),
        Command::Accept(args) => accept::run(&args, &global),
        Command::Rules { id } => explain(id.as_deref(), &global),
        Command::Schema { name } => {
            let schema = match name {
                SchemaName::Report => json::schema(),
                SchemaName::Usage => json::usage::schema(),
                SchemaName::Diff => json::diff::schema(),
                SchemaName::Trend => json::trend::schema(),
                SchemaName::Plan => crate::render::plan::json::schema(),
                SchemaName::PlanStatus => crate::render::plan::status::json::schema(),
            };
            done(output::to_stdout(|out| {
                serde_json::to_writer_pretty(&mut *out, &schema)?;
                writeln!(out)
            }))
        }
        Command::Init { file, force } => {
            settings::init(&file, force)?;
            Progress::new(&global).say(&format!("wrote {}", file.display()));
            Ok(0)
        }
        Command::Completions { shell } => {
            // Written at once, since the generator panics where it cannot write.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "sa-audit", &mut script);
            done(output::to_stdout(|out| out.write_all(&script)))
        }
        Command::Man { command } => manual(command.as_deref()),
    }
}

fn done(result: Result<()>) -> Result<u8> {
    result.map(|()| 0)
}

/// Prints the manual page of the program, or of one of its commands.
fn manual(command: Option<&str>) -> Result<u8> {
    let mut program = Cli::command();
    // Gives the commands their full names, as in sa-audit-scan(1).
    program.build();
    let page = match command {
        None => program,
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
            let names: Vec<&str> = program
                .get_subcommands()
                .map(clap::Command::get_name)
                .collect();
            let near = did_you_mean(name, &names);
            Error::new(format!("there is no command {name:?}{near}"))
        })?,
    };
    let page = clap_mangen::Man::new(page);
    done(output::to_stdout(|out| page.render(out)))
}

/// Prints the list of rules, or the document of one.
fn explain(id: Option<&str>, global: &GlobalArgs) -> Result<u8> {
    let style = output::plain_style(global);
    let Some(id) = id else {
        let settings = settings::of_file(global)?;
        let list = crate::report::rules_in_force(&settings);
        return done(output::to_stdout(|out| rules::table(&list, &style, out)));
    };
    let rule = crate::rules::find(id).ok_or_else(|| {
        let ids: Vec<&str> = settings::metas().iter().map(|rule| rule.id).collect();
        let near = did_you_mean(id, &ids);
        Error::new(format!("there is no rule {id:?}{near}"))
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
        // Standard error may be closed, and telling of that there would end in a panic.
        .log_internal_errors(false)
        .with_ansi(environment::log_colour(global.color));
    use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(ours));
    // A second subscriber in one process can only be a test's, which then has its own way to see the lines.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

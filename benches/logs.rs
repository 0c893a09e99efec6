//! How fast exported audit logs are read, and what it costs.
//!
//! `cargo bench --bench logs` writes logs with the generator of `examples/audit_logs.rs` and prints, as medians of
//! interleaved rounds: GB/s, CPU seconds per GB and peak memory of plain, gzip and strict reads, growth with the input
//! and with the groups. Each read is a process of its own, so that memory and CPU are its own.
//!
//! | variable | means |
//! |---|---|
//! | `SA_AUDIT_BENCH_MB` | size of the input, megabytes (default 200; the goals are stated at 2,000) |
//! | `SA_AUDIT_BENCH_ROUNDS` | rounds (default 3) |
//! | `SA_AUDIT_PEERS_PYTHON` | a Python with `duckdb==2.0.0` and `chdb==4.4.0`: their ratios on the same files |
//!
//! Peers group by the same caller key; before anything is timed, their rows are compared with ours, one by one. They
//! build that one table, and the reader all three. Goals, 2 cores, 2 GB: at least 2.3 × `DuckDB` and 2 × `ClickHouse`, gzip
//! 2.5 × and 1.2 ×; one million groups in under 400 MB; four times the input in at most 4.5 times the time.

#[path = "../examples/audit_logs.rs"]
#[expect(dead_code, reason = "the example's own entry is not called")]
mod audit_logs;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;
use sa_audit::model::call::{Caller, Principal};
use sa_audit::usage::logs::{Options, PathSpec, read};

const PEERS: &str = include_str!("logs_peers.py");

/// What makes this program one of its own children: `read FOLDER`, `strict FOLDER` or `rows FOLDER`.
const CHILD: &str = "SA_AUDIT_BENCH_CHILD";

/// What one process took.
#[derive(Debug, Clone, Copy)]
struct Cost {
    /// Seconds from start to end.
    wall: f64,
    /// Seconds of processors.
    cpu: f64,
    /// The most memory, megabytes.
    memory: f64,
}

fn main() -> io::Result<()> {
    if let Ok(child) = std::env::var(CHILD) {
        let (what, folder) = child.split_once(' ').unwrap_or((&child, ""));
        return run_child(what, Path::new(folder));
    }
    let number = |name: &str, otherwise: u64| {
        let given = std::env::var(name).ok().and_then(|text| text.parse().ok());
        given.unwrap_or(otherwise)
    };
    let (megabytes, rounds) = (
        number("SA_AUDIT_BENCH_MB", 200),
        number("SA_AUDIT_BENCH_ROUNDS", 3),
    );
    let folder = tempfile::tempdir()?;
    let bench = Bench {
        folder: folder.path().to_owned(),
        rounds,
        python: std::env::var("SA_AUDIT_PEERS_PYTHON").ok(),
    };
    bench.run(megabytes)
}

struct Bench {
    folder: PathBuf,
    rounds: u64,
    python: Option<String>,
}

impl Bench {
    fn run(&self, megabytes: u64) -> io::Result<()> {
        let plain = self.generate("plain", megabytes, 24, 0)?;
        let gigabytes = size(&plain)? as f64 / 1e9;
        let packed = self.pack(&plain)?;
        self.compare(&plain)?;
        for (name, files) in [("plain", &plain), ("gzip", &packed)] {
            let mut programs = vec![("sa-audit", ours("read", files))];
            if name == "plain" {
                programs.push(("sa-audit, strict", ours("strict", files)));
            }
            for peer in ["duckdb", "clickhouse"] {
                programs.extend(self.peer(peer, files, None).map(|command| (peer, command)));
            }
            say(&format!(
                "{name}, {gigabytes:.2} GB unpacked, medians of {} interleaved rounds",
                self.rounds
            ))?;
            self.race(programs, gigabytes)?;
        }
        let quarter = self.generate("quarter", megabytes / 4, 6, 0)?;
        self.growth("four times the input", &quarter, &plain)?;
        fs::remove_dir_all(quarter)?;
        fs::remove_dir_all(packed)?;
        fs::remove_dir_all(&plain)?;
        for agents in [1_000, 100_000, 4_000_000] {
            let files = self.generate("agents", megabytes, 24, agents)?;
            let (cost, groups) = cost(&mut ours("read", &files))?;
            say(&format!(
                "{groups} groups: {:.2} s, {:.2} CPU s, {:.0} MB",
                cost.wall, cost.cpu, cost.memory
            ))?;
        }
        Ok(())
    }

    fn generate(&self, name: &str, megabytes: u64, files: u64, agents: u64) -> io::Result<PathBuf> {
        let folder = self.folder.join(name);
        audit_logs::write(&folder, megabytes * 1_000_000, files, agents)?;
        Ok(folder)
    }

    fn pack(&self, plain: &Path) -> io::Result<PathBuf> {
        let packed = self.folder.join("gzip");
        fs::create_dir_all(&packed)?;
        for entry in fs::read_dir(plain)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
                + ".gz";
            let mut encoder = GzEncoder::new(File::create(packed.join(name))?, Compression::new(6));
            io::copy(&mut File::open(path)?, &mut encoder)?;
            encoder.finish()?;
        }
        Ok(packed)
    }

    /// Makes sure that every peer finds the same rows as the reader.
    fn compare(&self, files: &Path) -> io::Result<()> {
        let mut ours = rows(files)?;
        ours.sort_unstable();
        for peer in ["duckdb", "clickhouse"] {
            let out = self.folder.join(peer);
            let Some(mut command) = self.peer(peer, files, Some(&out)) else {
                continue;
            };
            cost(&mut command)?;
            let text = fs::read_to_string(&out)?;
            let theirs = normalised(&text)?;
            if ours != theirs {
                let differ = ours
                    .iter()
                    .zip(&theirs)
                    .find(|(ours, theirs)| ours != theirs);
                return Err(io::Error::other(format!(
                    "{peer} finds {} rows, we {}; the first that differ: {differ:?}",
                    theirs.len(),
                    ours.len()
                )));
            }
            say(&format!("{peer} finds the same {} rows", ours.len()))?;
        }
        Ok(())
    }

    /// Returns the command by which a peer groups the files; `None` where there is no Python for it.
    fn peer(&self, peer: &str, files: &Path, out: Option<&Path>) -> Option<Command> {
        let mut command = Command::new(self.python.as_ref()?);
        command
            .args(["-c", PEERS, peer])
            .arg(files.join("*"))
            .args(out);
        Some(command)
    }

    /// Runs the programs in turn, and prints what each took, and its ratio to the first.
    fn race(&self, mut programs: Vec<(&str, Command)>, gigabytes: f64) -> io::Result<()> {
        let mut costs = vec![Vec::new(); programs.len()];
        for _ in 0..self.rounds {
            for ((_, command), costs) in programs.iter_mut().zip(&mut costs) {
                costs.push(cost(command)?.0);
            }
        }
        for (at, (name, _)) in programs.iter().enumerate() {
            let of = |what: &dyn Fn(&Cost) -> f64| median(costs[at].iter().map(what).collect());
            let ratio = |what: &dyn Fn(&Cost) -> f64| {
                median(
                    costs[at]
                        .iter()
                        .zip(&costs[0])
                        .map(|(cost, ours)| what(cost) / what(ours))
                        .collect(),
                )
            };
            say(&format!(
                "  {name:16} {:6.2} s  {:5.2} GB/s  {:5.2} CPU s/GB  {:5.0} MB  x{:.2} wall  x{:.2} CPU",
                of(&|cost| cost.wall),
                gigabytes / of(&|cost| cost.wall),
                of(&|cost| cost.cpu) / gigabytes,
                of(&|cost| cost.memory),
                ratio(&|cost| cost.wall),
                ratio(&|cost| cost.cpu),
            ))?;
        }
        Ok(())
    }

    fn growth(&self, name: &str, small: &Path, large: &Path) -> io::Result<()> {
        let (mut wall, mut cpu) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            let (small, large) = (
                cost(&mut ours("read", small))?.0,
                cost(&mut ours("read", large))?.0,
            );
            wall.push(large.wall / small.wall);
            cpu.push(large.cpu / small.cpu);
        }
        say(&format!(
            "{name}: x{:.2} wall, x{:.2} CPU",
            median(wall),
            median(cpu)
        ))
    }
}

/// Returns the command by which a process of this program reads the files.
fn ours(what: &str, files: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap_or_default());
    command.env(CHILD, format!("{what} {}", files.display()));
    command
}

/// Reads, and prints how many groups there are and what it took.
fn run_child(what: &str, folder: &Path) -> io::Result<()> {
    let options = Options {
        strict: what == "strict",
        ..Options::default()
    };
    let read =
        read(&[PathSpec::Path(folder.to_owned())], &options, &|_| ()).map_err(io::Error::other)?;
    let (cpu, kilobytes) = own_cost()?;
    say(&format!("{} {cpu} {kilobytes}", read.groups.len()))
}

/// Runs a command to its end; returns what it took, and how many groups it found: each prints them, its processor seconds
/// and its memory.
fn cost(command: &mut Command) -> io::Result<(Cost, f64)> {
    let start = Instant::now();
    let output = command.output()?;
    let wall = start.elapsed().as_secs_f64();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let own: Vec<f64> = printed
        .split_whitespace()
        .filter_map(|number| number.parse().ok())
        .collect();
    let [groups, cpu, kilobytes] = own[..] else {
        return Err(io::Error::other(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    };
    let cost = Cost {
        wall,
        cpu,
        memory: kilobytes / 1024.0,
    };
    Ok((cost, groups))
}

/// Returns the processor seconds of this process, and the most memory that it has held, kilobytes.
///
/// Source: `proc_pid_stat(5)`, whose clock ticks are hundredths of a second, and `proc_pid_status(5)`.
fn own_cost() -> io::Result<(f64, u64)> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    let ticks: f64 = fields
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    let status = fs::read_to_string("/proc/self/status")?;
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let most = most.and_then(|most| most.split_whitespace().next()?.parse().ok());
    Ok((ticks / 100.0, most.unwrap_or(0)))
}

/// Returns the callers that are accounts as lines, as the peers write theirs.
fn rows(files: &Path) -> io::Result<Vec<String>> {
    let read = read(
        &[PathSpec::Path(files.to_owned())],
        &Options::default(),
        &|_| (),
    )
    .map_err(io::Error::other)?;
    let mut rows = Vec::new();
    read.groups.each_caller(|caller| rows.extend(row(&caller)));
    Ok(rows)
}

fn row(caller: &Caller) -> Option<String> {
    let Principal::Account(email) = &caller.principal else {
        return None;
    };
    let mut row = String::new();
    let class = format!("{:?}", caller.address);
    let texts = [
        email.as_str(),
        caller.key.as_ref().map_or("", |key| key.as_str()),
        caller.delegate.as_deref().unwrap_or_default(),
        &caller.user_agent,
        &class,
        &caller.service,
        caller
            .project
            .as_ref()
            .map_or("", |project| project.as_str()),
    ];
    for text in texts {
        row += text;
        row.push('\t');
    }
    let (first, last) = (
        caller.seen.from.timestamp_micros(),
        caller.seen.to.timestamp_micros(),
    );
    write!(row, "{}\t{first}\t{last}", caller.count).ok()?;
    Some(row)
}

/// Returns a peer's lines with user agents normalised, as a regular expression in their query would cost them time that
/// the reader spends once a group: rows that fall together are put together here.
fn normalised(text: &str) -> io::Result<Vec<String>> {
    let mut groups = std::collections::BTreeMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [
            email,
            key,
            delegate,
            agent,
            class,
            service,
            project,
            count,
            first,
            last,
        ] = fields[..]
        else {
            return Err(io::Error::other(format!("a peer wrote {line:?}")));
        };
        let agent = sa_audit::usage::logs::user_agent::normalise(agent);
        let group = [email, key, delegate, &agent, class, service, project].join("\t");
        let number = |text: &str| text.parse::<i64>().map_err(io::Error::other);
        let (count, first, last) = (number(count)?, number(first)?, number(last)?);
        let held = groups.entry(group).or_insert((0, first, last));
        *held = (held.0 + count, held.1.min(first), held.2.max(last));
    }
    let line = |(group, (count, first, last)): (String, (i64, i64, i64))| {
        format!("{group}\t{count}\t{first}\t{last}")
    };
    let mut lines: Vec<String> = groups.into_iter().map(line).collect();
    lines.sort_unstable();
    Ok(lines)
}

fn size(folder: &Path) -> io::Result<u64> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.metadata()?.len()))
        .sum()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

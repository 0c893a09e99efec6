//! scratch
use sa_audit::usage::logs::{Options, PathSpec, read};
use std::io::Write as _;
fn main() {
    let args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let paths: Vec<PathSpec> = args.iter().map(|a| PathSpec::from(a.as_str())).collect();
    let start = std::time::Instant::now();
    let strict = std::env::var("STRICT").is_ok();
    let read = read(
        &paths,
        &Options {
            strict,
            ..Options::default()
        },
        &|_| (),
    )
    .expect("logs");
    let wall = start.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let rss = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let (u, s): (f64, f64) = (f[11].parse().unwrap(), f[12].parse().unwrap());
    writeln!(std::io::stdout(), "{wall:.3} s {:.2} GB/s cpu {:.2} (u {u} s {s}) {rss} groups {} {:?} malformed {} gaps {:?}", read.bytes as f64 / wall / 1e9, (u + s) / 100.0, read.groups.len(), read.groups.tally(), read.malformed(), read.gaps()).unwrap();
}

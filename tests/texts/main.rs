//! The report as Markdown, SARIF and CSV: golden documents of the estates, the JSON's numbers in each of them, and what
//! their readers demand: GitHub's ingestion, tables that hold, spreadsheets that compute nothing.

#[path = "../support/mod.rs"]
mod support;

mod csv;
mod markdown;
mod sarif;

use sa_audit::collect::assets::Via;
use sa_audit::render::json::Document;
use sa_audit::report::Report;
use support::emulator::{Scan, named, report};

/// The estates of the fixtures that the golden documents tell of.
const ESTATES: [&str; 3] = ["retail", "clean", "hostile"];

/// Returns the report on an estate of the fixtures, of every source that needs no file.
async fn of(name: &str) -> Report {
    let sources = ["policy-analyzer", "monitoring", "recommender", "logging"];
    let scan = Scan::of(&named(name)).via(Via::Auto).usage(&sources);
    report(&scan.take().await.expect("a snapshot"))
}

/// Returns the report as the JSON has it.
fn json(report: &Report) -> Document {
    Document::from(report)
}

/// Returns what a renderer writes.
fn text(render: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    render(&mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

//! Reports: what a reader sees of hand-made estates, and what holds for every report.

mod support;

#[path = "reports/json.rs"]
mod json;
#[path = "reports/numbers.rs"]
mod numbers;
#[path = "reports/terminal.rs"]
mod terminal;

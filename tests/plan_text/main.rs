//! Plans as text: every form of a plan that holds every kind of change, with honest names and with hostile ones.

#[path = "../support/golden.rs"]
#[allow(unreachable_pub, reason = "shared with the other tests")]
mod golden;
mod sample;

mod documents;
mod scripts;
mod terraform;
mod workflows;

/// The program, as the texts name it.
const TOOL: &str = "sa-audit 0.0.0";

//! The program as a user meets it: the real binary, in a bare environment, against Google played over loopback.

#[path = "../support/mod.rs"]
mod support;

mod codes;
mod configuration;
mod estates;
mod faults;
mod hostile;
mod outputs;
mod refusals;
mod resume;
mod secrets;
mod snapshots;
mod status;
mod streams;
mod usage;
mod weeks;
mod words;

//! The proof of plans: worlds by hand and generated ones, plans that hold, and plans with one thing wrong.

mod calibrate;
mod evaluate;
mod generated;
mod keys;
mod logged;
mod steps;
#[path = "../support/mod.rs"]
mod support;
mod world;

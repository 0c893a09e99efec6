//! Service account hygiene auditor for Google Cloud.
//!
//! sa-audit finds the service accounts that several workloads share and the keys that nobody can account for, and
//! leads the way out. It never writes to Google Cloud.
//!
//! # The pipeline
//! ```text
//!  scope → collect ┐
//!                  ├→ Snapshot ┃ join → Estate → rules → findings → Report → render → text
//!  sources of use  ┘  (raw)    ┃
//!  ─ talks to Google, slow ────┃── pure functions of values, instant, repeatable, no clock ──
//! ```
//! Each arrow is one function from one plain type to the next. The [`model::snapshot::Snapshot`] is the hinge: it holds
//! raw facts, what each source said with its window and its gaps. Everything behind it reads no clock and no network.
//!
//! # Who may use whom
//! `tests/architecture.rs` reads this table, and the code under `src/`, and fails where they differ.
//!
//! | module | may use |
//! |---|---|
//! | `model` | — |
//! | `gcp` | — |
//! | `collect` | `model`, `gcp` |
//! | `usage` | `model`, `gcp`, `collect` (how a failed read is recorded) |
//! | `store` | `model` |
//! | `join` | `model` |
//! | `words` | `model` |
//! | `rules` | `model`, `words` |
//! | `plan` | `model`, `rules` (to evaluate the planned state), `words` |
//! | `report` | `model`, `rules`, `words` |
//! | `render` | `model`, `report`, `words` |
//! | `notify` | `render` (the messages that it posts) |
//! | `config` | `model` |
//! | `cli` | `config`, `model` |
//! | `error` | — |
//! | `emulator` | — |
//! | `commands` | all |

pub mod cli;
pub mod collect;
pub mod commands;
pub mod config;
pub mod emulator;
pub mod error;
pub mod gcp;
pub mod join;
pub mod model;
pub mod notify;
pub mod plan;
pub mod render;
pub mod report;
pub mod rules;
pub mod store;
pub mod usage;
pub mod words;

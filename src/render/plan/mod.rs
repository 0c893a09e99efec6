//! Plans as text: for people on a terminal and in a ticket, for programs, as Terraform, as scripts of gcloud, and as the
//! files of the pipelines that change over.
//!
//! The renderers draw what the planner decided and the prover found, and decide nothing. A plan whose proof fails is never
//! drawn as ready: its scripts end before their first step, and its Terraform refuses to be applied.

mod blocks;
mod filled;
pub mod folder;
pub mod gcloud;
pub mod json;
pub mod markdown;
mod places;
mod proof;
pub mod status;
pub mod terminal;
pub mod terraform;
mod words;
pub mod workflow;

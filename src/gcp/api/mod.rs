//! What the audit asks Google, one file per service: plain functions over [`Google`](super::google::Google).
//!
//! They answer with the hubs' own types, and where there is no hub with JSON: see [`resources`].

pub mod bigquery;
pub mod federation;
pub mod iam;
pub mod logging;
pub mod policies;
pub mod policy_analyzer;
pub mod resource_manager;
pub mod resources;
pub mod roles;

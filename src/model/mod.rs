//! The nouns: plain data that every stage shares. No I/O, no clock, no text formatting.

pub mod access;
pub mod account;
pub mod action;
pub mod attachment;
pub mod call;
pub mod coverage;
pub mod credential;
pub mod estate;
pub mod federation;
pub mod finding;
pub mod grant;
pub mod idle;
pub mod key;
pub mod message;
pub mod names;
pub mod place;
pub mod plan;
pub mod project;
pub mod reference;
pub mod rule;
pub mod scope;
pub mod settings;
pub mod snapshot;
pub mod source;
pub mod usage;
pub mod workload;

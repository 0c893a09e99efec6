//! Google over HTTP: one transport under the generated hubs and under thin typed calls.

pub mod api;
pub mod apis;
pub mod backend;
mod elements;
pub mod endpoints;
pub mod error;
mod exchange;
pub mod google;
pub mod methods;
pub mod paging;
pub mod pipe;
pub mod rate;
pub mod retry;
pub mod statistics;
pub mod transport;

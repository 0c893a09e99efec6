//! Google over HTTP: one transport under the generated hubs and under thin typed calls.

pub mod backend;
pub mod credentials;
mod proxy;
pub mod wire;

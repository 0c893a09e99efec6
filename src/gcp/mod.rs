//! Google over HTTP: one transport under the generated hubs and under thin typed calls.
//!
//! It uses nothing else of this crate, and knows nothing of audits.
//! ```text
//!  api::iam … → hubs (google) → pipe ┐
//!                                    ├→ transport → backend
//!              thin calls ───────────┘      │
//!     allow list · bucket · place in flight · token · endpoint · exchange · elements · retry
//! ```
//! Every request passes [`transport::Transport::send`], and every failure becomes one [`error::Error`].

mod allow;
pub mod api;
pub mod apis;
pub mod backend;
pub mod credentials;
mod elements;
pub mod endpoints;
pub mod error;
mod exchange;
pub mod google;
mod jobs;
pub mod lists;
pub mod methods;
pub mod paging;
mod pipe;
mod proxy;
pub mod rate;
pub mod retry;
mod rows;
pub mod statements;
pub mod statistics;
pub mod transport;
pub mod wire;

//! Messages to people: where they go, and how they get there.
//!
//! Nothing here knows Google: what is posted is made by `render`, and the only secret is the receiver's own. The connection
//! itself is the caller's, as a [`Sender`].

mod retry;
mod sender;
pub mod slack;
mod webhook;

pub use sender::{Answer, Sender};
pub use webhook::{Webhook, WebhookError, Webhooks};

//! Credentials: finds what signs in to Google, in the order of [Google's own clients][1], and gets tokens with it.
//!
//! | file | tells |
//! |---|---|
//! | `sources` | where to look, and in which order |
//! | `file` | what a credentials file holds, by its `type` |
//! | `service_account`, `authorized_user`, `external_account` (with `subject`), `impersonation` (with `target`), `metadata`, `gcloud`, `by_hand` | how each gets a token |
//! | `cache` | one token for everybody |
//! | `calls`, `answer` | how a token endpoint is called, and what it says |
//! | `hosts`, `endpoints` | where a token may be sent |
//! | `fields`, `clean`, `secret`, `error` | how it is all told without giving anything away |
//!
//! Every token has the scope `cloud-platform`; what it may read is up to IAM.
//!
//! [1]: https://cloud.google.com/docs/authentication/application-default-credentials

mod answer;
mod authorized_user;
mod by_hand;
mod cache;
mod calls;
mod clean;
mod credential;
mod endpoints;
mod error;
mod external_account;
mod fields;
mod file;
mod gcloud;
mod hosts;
mod impersonation;
mod metadata;
mod secret;
mod service_account;
mod sources;
mod subject;
mod target;
mod token;

pub use cache::{TokenCache, TokenSource};
pub use calls::Limits;
pub use credential::{Credential, CredentialKind};
pub use error::{CredentialError, FailureKind};
pub use secret::Secret;
pub use sources::{Lookup, Sources, discover};
pub use target::Impersonate;

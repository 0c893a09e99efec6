//! What several integration tests share.

pub(crate) mod log;
pub(crate) mod scripted;
pub(crate) mod tokens;

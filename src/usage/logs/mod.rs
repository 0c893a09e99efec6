//! Exported audit logs → who called, which permissions were used on what, what happened to accounts and keys.

pub mod address;
pub mod caller;
pub mod entry;
pub mod event;
pub mod resource;
pub mod time;
pub mod user_agent;

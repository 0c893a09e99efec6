//! What to do about a finding: typed steps. Their text, as sentence or command, is drawn by `render`.

use chrono::{DateTime, Utc};

use super::names::KeyId;
use super::scope::AccountRef;

/// A step towards the way out. A finding has its own order of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Ask who owns the account and whether it is still needed.
    FindOwner {
        /// The account.
        account: AccountRef,
    },
    /// Find out who calls with the key, and from where.
    FindCaller {
        /// The key's account.
        account: AccountRef,
        /// The key.
        key: KeyId,
    },
    /// Find out when the account, or its key, was disabled.
    FindWhenDisabled {
        /// The account.
        account: AccountRef,
        /// The key; `None`: the account itself.
        key: Option<KeyId>,
    },
    /// Give the callers of a key an identity that needs no key.
    ReplaceKey {
        /// The key's account.
        account: AccountRef,
        /// The key.
        key: KeyId,
        /// Until when it has to be done, UTC, where there is a date.
        before: Option<DateTime<Utc>>,
    },
    /// Switch a key off.
    DisableKey {
        /// The key's account.
        account: AccountRef,
        /// The key.
        key: KeyId,
    },
    /// Switch a key on again.
    EnableKey {
        /// The key's account.
        account: AccountRef,
        /// The key.
        key: KeyId,
    },
    /// Delete a key for good.
    DeleteKey {
        /// The key's account.
        account: AccountRef,
        /// The key.
        key: KeyId,
    },
}

/// What a step can break, and whether that can be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// It changes nothing.
    None,
    /// It can be taken back at once.
    Reversible,
    /// It can interrupt something that runs.
    Disruptive,
    /// It cannot be taken back.
    Irreversible,
}

impl Action {
    /// Returns what the step can break.
    #[must_use]
    pub fn risk(&self) -> Risk {
        match self {
            Self::FindOwner { .. } | Self::FindCaller { .. } | Self::FindWhenDisabled { .. } => {
                Risk::None
            }
            Self::EnableKey { .. } => Risk::Reversible,
            Self::ReplaceKey { .. } | Self::DisableKey { .. } => Risk::Disruptive,
            Self::DeleteKey { .. } => Risk::Irreversible,
        }
    }

    /// Returns the step that takes this one back, where there is one.
    #[must_use]
    pub fn undo(&self) -> Option<Self> {
        match self {
            Self::DisableKey { account, key } => Some(Self::EnableKey {
                account: account.clone(),
                key: key.clone(),
            }),
            Self::EnableKey { account, key } => Some(Self::DisableKey {
                account: account.clone(),
                key: key.clone(),
            }),
            Self::FindOwner { .. }
            | Self::FindCaller { .. }
            | Self::FindWhenDisabled { .. }
            | Self::ReplaceKey { .. }
            | Self::DeleteKey { .. } => None,
        }
    }
}

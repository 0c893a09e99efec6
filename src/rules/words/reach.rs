//! Whether a key can sign in, and what keeps it from it.

use chrono::{DateTime, Utc};

use crate::model::estate::{Account, Key};
use crate::model::key::KeyState;

/// How far a key is from signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Reach {
    /// It can sign in.
    Live,
    /// It is enabled, and its account is disabled: it comes back with the account.
    AccountDisabled,
    /// It is disabled: it comes back when somebody enables it.
    Disabled,
    /// It has expired and never comes back.
    Expired,
}

impl Reach {
    /// Returns how far a key is from signing in at `now`; what lies nearest to the key counts.
    pub(in crate::rules) fn of(account: &Account, key: &Key, now: DateTime<Utc>) -> Self {
        match key.facts.state(now) {
            KeyState::Expired => Self::Expired,
            KeyState::Disabled => Self::Disabled,
            KeyState::Enabled if account.facts.disabled => Self::AccountDisabled,
            KeyState::Enabled => Self::Live,
        }
    }

    /// Returns what keeps the key from signing in, to be put behind another predicate; nothing where nothing does.
    pub(in crate::rules) fn unless_live(self) -> String {
        match self {
            Self::Live => String::new(),
            Self::AccountDisabled | Self::Disabled | Self::Expired => {
                format!(", and {}", self.words())
            }
        }
    }

    /// Returns it as a predicate: `can sign in`.
    pub(in crate::rules) fn words(self) -> &'static str {
        match self {
            Self::Live => "can sign in",
            Self::AccountDisabled => "can sign in again once its account is enabled",
            Self::Disabled => "is disabled",
            Self::Expired => "has expired",
        }
    }
}

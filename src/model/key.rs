//! A service account key as IAM lists it.

use chrono::{DateTime, Datelike as _, Utc};
use serde::{Deserialize, Serialize};

use super::names::{KeyId, UniqueId};

/// A key: the facts of one element of `projects.serviceAccounts.keys.list`.
///
/// Source: <https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountKey {
    /// The key's id, unique within its account.
    pub id: KeyId,
    /// The account that the key signs in as.
    pub account: UniqueId,
    /// Who keeps the private half.
    pub management: KeyManagement,
    /// Who made the key pair.
    pub origin: KeyOrigin,
    /// The key's algorithm.
    pub algorithm: KeyAlgorithm,
    /// From when the key is valid, UTC: for a key that Google made, its creation; for an uploaded one, its
    /// certificate's begin. `None` where Google did not say.
    pub valid_after: Option<DateTime<Utc>>,
    /// Until when the key is valid, UTC; Google writes the year 9999 for "never expires".
    pub valid_before: Option<DateTime<Utc>>,
    /// Whether the key is switched off.
    pub disabled: bool,
    /// Why it was switched off, where Google says.
    pub disable_reason: Option<DisableReason>,
    /// What Google has seen of the key; stays for the key's life, even where it is enabled again.
    pub extended_status: Vec<ExtendedStatus>,
}

/// Who keeps the private half of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyManagement {
    /// A user downloaded or uploaded it. The only kind that can leak.
    User,
    /// Google keeps and rotates it. Never a finding.
    System,
}

/// Who made a key pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyOrigin {
    /// Google made it, and a user downloaded the private half once.
    Google,
    /// A user made it and uploaded the public half.
    Uploaded,
    /// Google did not say, or said something newer than this program.
    Unknown,
}

/// A key's algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyAlgorithm {
    /// RSA of 1,024 bits, too short since 2013 (NIST SP 800-131A).
    Rsa1024,
    /// RSA of 2,048 bits.
    Rsa2048,
    /// Google did not say, or said something newer than this program.
    Unknown,
}

/// Why a key was switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisableReason {
    /// Somebody switched it off.
    UserInitiated,
    /// Google found the private key in public and switched it off.
    Exposed,
    /// Google saw the key in a compromise and switched it off.
    Compromised,
    /// A reason newer than this program.
    Unknown,
}

/// What Google has seen of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExtendedStatus {
    /// What was seen.
    pub kind: ExtendedStatusKind,
    /// Google's text or link, such as the public place of the key; hostile like every text from outside.
    pub value: String,
}

/// The kinds of [`ExtendedStatus`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExtendedStatusKind {
    /// The private key was found in public.
    Exposed,
    /// A compromise was detected.
    Compromised,
    /// A kind newer than this program.
    Unknown,
}

/// Whether a key can sign in at a given moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyState {
    /// It can.
    Enabled,
    /// It is switched off, and can be switched on again.
    Disabled,
    /// Its validity has ended. It stays attached until it is deleted.
    Expired,
}

/// From this year on, Google means "never": it writes 9999-12-31T23:59:59Z.
const NEVER_YEAR: i32 = 9999;

impl ServiceAccountKey {
    /// Returns whether the key can sign in at `now`; one that has expired and is disabled counts as expired.
    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> KeyState {
        if self.expires().is_some_and(|end| end <= now) {
            KeyState::Expired
        } else if self.disabled {
            KeyState::Disabled
        } else {
            KeyState::Enabled
        }
    }

    /// Returns when the key stops being valid, `None` where it never does or Google did not say.
    #[must_use]
    pub fn expires(&self) -> Option<DateTime<Utc>> {
        self.valid_before.filter(|end| end.year() < NEVER_YEAR)
    }

    /// Returns whether Google says that the key never expires.
    #[must_use]
    pub fn never_expires(&self) -> bool {
        self.valid_before
            .is_some_and(|end| end.year() >= NEVER_YEAR)
    }

    /// Returns from when the key is valid; `None` where Google did not say, or dates the creation of a key of its own
    /// after `now`. The certificate of an uploaded key may well begin in days to come.
    ///
    /// Up to a day after `now` is no contradiction: a scan takes its time, and clocks differ.
    #[must_use]
    pub fn begin(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.valid_after
            .filter(|begin| !self.begins_with_creation() || (now - *begin).num_days() >= 0)
    }

    /// Returns the key's age in whole days at `now`, at least zero; `None` where its [`begin`](Self::begin) is not known.
    #[must_use]
    pub fn age_days(&self, now: DateTime<Utc>) -> Option<i64> {
        self.begin(now).map(|begin| (now - begin).num_days().max(0))
    }

    /// Returns whether the key's begin is its creation; for an uploaded key it is its certificate's begin.
    #[must_use]
    pub fn begins_with_creation(&self) -> bool {
        self.origin == KeyOrigin::Google
    }

    /// Returns whether Google has seen the private key in public or in a compromise, whatever was done since.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        let by_reason = match self.disable_reason {
            Some(DisableReason::Exposed | DisableReason::Compromised) => true,
            Some(DisableReason::UserInitiated | DisableReason::Unknown) | None => false,
        };
        by_reason
            || self.extended_status.iter().any(|status| match status.kind {
                ExtendedStatusKind::Exposed | ExtendedStatusKind::Compromised => true,
                ExtendedStatusKind::Unknown => false,
            })
    }
}

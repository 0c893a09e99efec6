//! What to do about a finding: typed steps. Their text, as sentence or command, is drawn by `render`.

use chrono::{DateTime, Utc};

use super::access::{Condition, PolicyNode};
use super::federation::ProviderRef;
use super::names::{KeyId, Member};
use super::org_policy::Constraint;
use super::scope::AccountRef;

/// One member's share of one binding: what a step gives, takes or asks about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldRole {
    /// Who holds it.
    pub member: Member,
    /// The role's name.
    pub role: String,
    /// Where the binding stands.
    pub on: PolicyNode,
    /// When it holds; `None`: always. A binding is taken away with its condition or not at all.
    pub condition: Option<Condition>,
}

/// What a caller can sign in with in place of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Replacement {
    /// On Google Cloud: the account, attached to the resource, or Workload Identity Federation for GKE.
    AttachedAccount,
    /// On a workstation: the person's own login, and impersonation.
    UserCredentials,
    /// In a pipeline or another cloud: workload identity federation.
    Federation {
        /// Whose tokens the provider takes: `GitHub Actions`; `None` where that is not known.
        provider: Option<String>,
    },
    /// In somebody else's service: federation where the service can, else a key of an account of its own.
    OwnAccount {
        /// The service; `None` where its name is not known.
        service: Option<String>,
    },
}

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
    /// Ask whether a member still needs a role, and for what.
    ReviewRole(HeldRole),
    /// Give a member what it needs, where it needs it, in place of a role that gives more.
    NarrowRole(HeldRole),
    /// Let a provider take the tokens of known tenants alone, by ids that are never given out again.
    RestrictProvider(ProviderRef),
    /// Give a role to a member.
    GrantRole(HeldRole),
    /// Take a role from a member.
    RevokeRole(HeldRole),
    /// Give the callers of a key an identity that needs no key.
    ReplaceKey {
        /// The key's account.
        account: AccountRef,
        /// The key.
        key: KeyId,
        /// Until when it has to be done, UTC, where there is a date.
        before: Option<DateTime<Utc>>,
        /// What fits its callers, the surest place first; empty where it is not known where they are.
        with: Vec<Replacement>,
    },
    /// Set an organization policy, first as a dry run.
    EnforceConstraint {
        /// The constraint.
        constraint: Constraint,
        /// The organization, folder or project.
        on: PolicyNode,
    },
    /// Give each workload of an account an account of its own.
    SeparateWorkloads {
        /// The account.
        account: AccountRef,
    },
    /// Switch an account off.
    DisableAccount {
        /// The account.
        account: AccountRef,
    },
    /// Switch an account on again.
    EnableAccount {
        /// The account.
        account: AccountRef,
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
            Self::FindOwner { .. }
            | Self::FindCaller { .. }
            | Self::FindWhenDisabled { .. }
            | Self::ReviewRole(_) => Risk::None,
            Self::GrantRole(_) | Self::EnableKey { .. } | Self::EnableAccount { .. } => {
                Risk::Reversible
            }
            Self::NarrowRole(_)
            | Self::RestrictProvider(_)
            | Self::RevokeRole(_)
            | Self::ReplaceKey { .. }
            | Self::EnforceConstraint { .. }
            | Self::SeparateWorkloads { .. }
            | Self::DisableAccount { .. }
            | Self::DisableKey { .. } => Risk::Disruptive,
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
            Self::DisableAccount { account } => Some(Self::EnableAccount {
                account: account.clone(),
            }),
            Self::EnableAccount { account } => Some(Self::DisableAccount {
                account: account.clone(),
            }),
            Self::GrantRole(held) => Some(Self::RevokeRole(held.clone())),
            Self::RevokeRole(held) => Some(Self::GrantRole(held.clone())),
            Self::FindOwner { .. }
            | Self::FindCaller { .. }
            | Self::FindWhenDisabled { .. }
            | Self::ReviewRole(_)
            | Self::NarrowRole(_)
            | Self::RestrictProvider(_)
            | Self::ReplaceKey { .. }
            | Self::EnforceConstraint { .. }
            | Self::SeparateWorkloads { .. }
            | Self::DeleteKey { .. } => None,
        }
    }
}

//! What an account holds, and who may act as it: bindings, found from the account's side.

use super::access::{Condition, PolicyNode};
use super::names::Member;

/// A role that an account holds somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The role's name.
    pub role: String,
    /// Where the binding stands; it holds there and everywhere below.
    pub on: PolicyNode,
    /// The member by which the account has it: itself, or a set that it is in.
    pub through: Member,
    /// When it holds; `None`: always.
    pub condition: Option<Condition>,
}

/// Somebody who may act as an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Actor {
    /// Who.
    pub member: Member,
    /// In which ways, sorted.
    pub ways: Vec<ActAs>,
    /// The role that gives it.
    pub role: String,
    /// Where the binding stands: the account itself, or something above it.
    pub on: PolicyNode,
    /// What lies between `on` and the account, from the top: the path by which it is inherited. Empty where the binding
    /// is on the account itself.
    pub path: Vec<PolicyNode>,
    /// When it holds; `None`: always.
    pub condition: Option<Condition>,
}

/// A way to act as an account, by the permission that allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActAs {
    /// Attach it to a resource: `iam.serviceAccounts.actAs`.
    Attach,
    /// Mint access tokens: `iam.serviceAccounts.getAccessToken`.
    AccessToken,
    /// Mint identity tokens: `iam.serviceAccounts.getOpenIdToken`.
    IdToken,
    /// Be a link of a delegation chain: `iam.serviceAccounts.implicitDelegation`.
    Delegate,
    /// Sign bytes: `iam.serviceAccounts.signBlob`.
    SignBlob,
    /// Sign tokens: `iam.serviceAccounts.signJwt`.
    SignJwt,
}

impl ActAs {
    /// Returns the way that a permission allows, if it allows one.
    #[must_use]
    pub fn of_permission(permission: &str) -> Option<Self> {
        Some(match permission.strip_prefix("iam.serviceAccounts.")? {
            "actAs" => Self::Attach,
            "getAccessToken" => Self::AccessToken,
            "getOpenIdToken" => Self::IdToken,
            "implicitDelegation" => Self::Delegate,
            "signBlob" => Self::SignBlob,
            "signJwt" => Self::SignJwt,
            _ => return None,
        })
    }
}

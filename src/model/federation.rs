//! Workload identity federation: pools and providers as IAM lists them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::names::ProjectId;

/// A workload identity pool.
///
/// Source: <https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pool {
    /// The project that has it.
    pub project: ProjectId,
    /// The pool's id.
    pub id: String,
    /// A stranger's text.
    pub display_name: String,
    /// Whether it takes tokens.
    pub state: FederationState,
    /// Its providers, by id.
    pub providers: Vec<Provider>,
}

/// A provider of a pool: whose tokens it takes, and which of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Provider {
    /// The provider's id.
    pub id: String,
    /// A stranger's text.
    pub display_name: String,
    /// Whether it takes tokens.
    pub state: FederationState,
    /// Whose tokens it takes.
    pub issuer: Issuer,
    /// What a token's claims become: `google.subject` → `assertion.sub`.
    pub mapping: BTreeMap<String, String>,
    /// The condition in CEL that a token has to meet; empty: every token of the issuer is taken.
    pub condition: String,
}

/// Whether a pool or provider takes tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FederationState {
    /// It does.
    Active,
    /// It is switched off.
    Disabled,
    /// It is deleted, and can be brought back for about 30 days.
    Deleted,
    /// A state newer than this program.
    Unknown,
}

/// Whose tokens a provider takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Issuer {
    /// An `OpenID` Connect issuer.
    Oidc {
        /// Its address.
        uri: String,
        /// The audiences that a token may name; none: the provider's own name.
        audiences: Vec<String>,
    },
    /// An AWS account.
    Aws {
        /// The account's number.
        account: String,
    },
    /// A SAML identity provider.
    Saml,
    /// Certificates of a trust store.
    X509,
    /// A kind newer than this program.
    Unknown,
}

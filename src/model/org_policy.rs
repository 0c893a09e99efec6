//! Organization policies: which of the constraints about service accounts are enforced, and where that was decided.

use serde::{Deserialize, Serialize};

use super::access::PolicyNode;

/// A constraint that keeps bad habits with service accounts out. None is retroactive: what exists goes on as it is.
///
/// Source: <https://cloud.google.com/resource-manager/docs/organization-policy/restricting-service-accounts>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Constraint {
    /// No keys are created.
    #[serde(rename = "iam.disableServiceAccountKeyCreation")]
    KeyCreation,
    /// No keys are created, HMAC keys of accounts among them.
    #[serde(rename = "iam.managed.disableServiceAccountKeyCreation")]
    ManagedKeyCreation,
    /// No keys are uploaded.
    #[serde(rename = "iam.disableServiceAccountKeyUpload")]
    KeyUpload,
    /// No keys are uploaded; the newer form.
    #[serde(rename = "iam.managed.disableServiceAccountKeyUpload")]
    ManagedKeyUpload,
    /// What Google does with a key that it finds in public: `DISABLE_KEY` (since June 2024 the default) or
    /// `WAIT_FOR_ABUSE`.
    #[serde(rename = "iam.serviceAccountKeyExposureResponse")]
    KeyExposureResponse,
    /// New default accounts get no role of their own.
    #[serde(rename = "iam.automaticIamGrantsForDefaultServiceAccounts")]
    AutomaticGrants,
    /// Default accounts get neither owner nor editor, from nobody.
    #[serde(rename = "iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts")]
    BasicRolesOfDefaultAccounts,
    /// Accounts are attached in their own project alone; enforced by default.
    #[serde(rename = "iam.disableCrossProjectServiceAccountUsage")]
    CrossProjectUse,
    /// Which issuers may be providers of workload identity pools.
    #[serde(rename = "iam.workloadIdentityPoolProviders")]
    PoolProviders,
}

/// What an organization policy means where it holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "effect")]
pub enum Effect {
    /// The constraint is enforced.
    Enforced,
    /// It is not.
    NotEnforced,
    /// Every value is allowed.
    AllowAll,
    /// No value is allowed.
    DenyAll,
    /// Some values are.
    Values {
        /// Those that are allowed, sorted; none: all that are not denied.
        allowed: Vec<String>,
        /// Those that are denied, sorted.
        denied: Vec<String>,
    },
    /// Google says something that this program does not know.
    Unknown,
}

/// What is in force of one constraint on an organization, folder or project that a policy of its own is set on, or that
/// nothing is read above of. What has none has what the nearest one above has.
///
/// Source: <https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2/organizations.policies/getEffectivePolicy>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OrgPolicy {
    /// An organization, folder or project.
    pub on: PolicyNode,
    /// The constraint.
    pub constraint: Constraint,
    /// What is in force there, with all that it inherits.
    #[serde(flatten)]
    pub effect: Effect,
    /// Whether the policy that is set there has conditions, on tags: below, it may mean something else.
    pub conditional: bool,
}

impl Constraint {
    /// Every constraint.
    pub const ALL: [Self; 9] = [
        Self::KeyCreation,
        Self::ManagedKeyCreation,
        Self::KeyUpload,
        Self::ManagedKeyUpload,
        Self::KeyExposureResponse,
        Self::AutomaticGrants,
        Self::BasicRolesOfDefaultAccounts,
        Self::CrossProjectUse,
        Self::PoolProviders,
    ];

    /// Returns Google's name, without `constraints/`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::KeyCreation => "iam.disableServiceAccountKeyCreation",
            Self::ManagedKeyCreation => "iam.managed.disableServiceAccountKeyCreation",
            Self::KeyUpload => "iam.disableServiceAccountKeyUpload",
            Self::ManagedKeyUpload => "iam.managed.disableServiceAccountKeyUpload",
            Self::KeyExposureResponse => "iam.serviceAccountKeyExposureResponse",
            Self::AutomaticGrants => "iam.automaticIamGrantsForDefaultServiceAccounts",
            Self::BasicRolesOfDefaultAccounts => {
                "iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts"
            }
            Self::CrossProjectUse => "iam.disableCrossProjectServiceAccountUsage",
            Self::PoolProviders => "iam.workloadIdentityPoolProviders",
        }
    }

    /// Returns the constraint of that name, without `constraints/`; `None` for any other.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_constraint_goes_by_googles_name_in_snapshots_too() {
        for constraint in Constraint::ALL {
            let json = serde_json::to_value(constraint).expect("JSON");
            assert_eq!(json, constraint.name());
            assert_eq!(Constraint::of_name(constraint.name()), Some(constraint));
        }
        assert_eq!(
            Constraint::of_name("iam.serviceAccountKeyExpiryHours"),
            None
        );
    }
}

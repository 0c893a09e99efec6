//! The Google APIs that the client knows: host, name of the endpoint override, quota.

use serde::{Deserialize, Serialize};

/// One Google API, with its own host, endpoint override and token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// Identity and Access Management, v1.
    Iam,
    /// Resource Manager, v3.
    ResourceManager,
    /// Policy Analyzer, v1.
    PolicyAnalyzer,
}

/// What the client must know of an API.
struct Facts {
    host: &'static str,
    variable: &'static str,
    reads_per_minute: u32,
}

impl Api {
    /// Every API, in the order of the enum.
    pub const ALL: [Self; 3] = [Self::Iam, Self::ResourceManager, Self::PolicyAnalyzer];

    const fn facts(self) -> Facts {
        match self {
            // 6,000 reads a minute and project: https://cloud.google.com/iam/quotas
            Self::Iam => Facts {
                host: "iam.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM",
                reads_per_minute: 6_000,
            },
            // Assumed: Google publishes the names of these quotas, not their defaults.
            Self::ResourceManager => Facts {
                host: "cloudresourcemanager.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER",
                reads_per_minute: 600,
            },
            // Assumed: no figure is published.
            Self::PolicyAnalyzer => Facts {
                host: "policyanalyzer.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_POLICYANALYZER",
                reads_per_minute: 600,
            },
        }
    }

    /// Returns the host that serves the API at Google, without scheme or path.
    #[must_use]
    pub const fn host(self) -> &'static str {
        self.facts().host
    }

    /// Returns the name of gcloud's environment variable for another base URL of the API.
    #[must_use]
    pub const fn override_variable(self) -> &'static str {
        self.facts().variable
    }

    /// Returns the default quota: read requests per minute and quota project.
    ///
    /// IAM's 6,000 is published (<https://cloud.google.com/iam/quotas>). The 600 of Resource Manager and of Policy
    /// Analyzer are assumed, since Google publishes no figure.
    #[must_use]
    pub const fn reads_per_minute(self) -> u32 {
        self.facts().reads_per_minute
    }
}

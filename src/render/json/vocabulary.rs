//! The words of the JSON report: each of the model's enums as it is written there.
//!
//! Own enums and not the model's, so that a renamed variant cannot change what consumers read. The matches are
//! exhaustive: a new variant does not compile without its word.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model;
use crate::report;

/// Declares an enum of words with the conversion from an enum of the same variants.
macro_rules! words_of {
    ($source:path, $(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$about])* $variant),+ }

        impl From<$source> for $name {
            fn from(value: $source) -> Self {
                use $source as Source;
                match value { $(Source::$variant => Self::$variant),+ }
            }
        }
    };
}

words_of!(
    model::rule::Severity,
    /// How bad it is, if it is true.
    Severity {
        /// Worth knowing; nothing to do.
        Info,
        /// To be tidied.
        Low,
        /// To be planned.
        Medium,
        /// To be done soon.
        High,
        /// To be done today.
        Critical,
    }
);
words_of!(
    model::rule::Confidence,
    /// How sure the fact is.
    Confidence {
        /// To be found out first. Never counts for the exit code.
        Low,
        /// One good source says so.
        Medium,
        /// It is read from the resource itself, or by every source that could see it.
        High,
    }
);
words_of!(
    report::Verdict,
    /// What a report comes to.
    Verdict {
        /// Nothing fails the run, and nothing is missing, or the user allows it to be.
        Pass,
        /// At least one finding fails the run.
        Fail,
        /// Nothing fails the run, but something could not be read.
        Incomplete,
    }
);
words_of!(
    model::owner::OwnerSource,
    /// Who says whom something belongs to.
    OwnerSource {
        /// The configuration.
        Configuration,
        /// A label of the project.
        Label,
        /// The activity log: whoever created the account.
        Creator,
    }
);
words_of!(
    report::diff::Activity,
    /// How a key has become active again.
    KeyActivity {
        /// It, or its account, was disabled, and can sign in now.
        Enabled,
        /// It was not seen for the time after which it is no longer active, and was seen since.
        Used,
    }
);
words_of!(
    report::Status,
    /// How a finding stands against the baseline.
    Status {
        /// The baseline does not have it.
        New,
        /// The baseline has it, with the same evidence.
        Known,
        /// The baseline does not have it and could have seen it, and an earlier scan has it: it is back.
        Reopened,
        /// The baseline has it with other evidence, less severe or less sure, or accepted, which it is no more.
        Changed,
    }
);
words_of!(
    report::Cause,
    /// Why something could not be evaluated.
    Cause {
        /// A read was asked for and did not end whole: the report is incomplete.
        Gap,
        /// The read was not asked for.
        Skipped,
        /// This version of the program does not look at all of it.
        NotCovered,
        /// Everything was read, and does not decide it.
        Undecided,
    }
);
words_of!(
    model::coverage::Dataset,
    /// A kind of fact that a scan reads.
    Dataset {
        /// The projects below an organization, a folder or the caller.
        Projects,
        /// The folders below an organization or a folder.
        Folders,
        /// The service accounts of a project.
        ServiceAccounts,
        /// The user-managed keys of an account.
        Keys,
        /// The last authentication of a project's accounts.
        AccountActivity,
        /// The last authentication of a project's keys.
        KeyActivity,
        /// The counts of authentications of a project's accounts and keys (Monitoring).
        Metrics,
        /// The insights about a project's idle accounts (Recommender).
        AccountInsights,
        /// The insights about what a project's bindings were used for (Recommender).
        PolicyInsights,
        /// The audit logs.
        AuditLogs,
        /// The policy of an organization, a folder or a project.
        Policies,
        /// The policies of a project's accounts.
        AccountPolicies,
        /// The policies of a project's other resources.
        ResourcePolicies,
        /// When a project's accounts were created.
        CreationTimes,
        /// The definitions of the roles that policies name.
        Roles,
        /// The workload identity pools of a project, with their providers.
        Federation,
        /// The resources of a project that run as accounts.
        Attachments,
        /// The resources that name accounts and do not run as them.
        References,
        /// The HMAC keys of a project, and its API keys that are bound to accounts.
        OtherCredentials,
        /// The addresses of a project's subnetworks and VMs.
        Addresses,
        /// The organization policies of an organization, a folder or a project.
        OrgPolicies,
    }
);
words_of!(
    model::credential::CredentialKind,
    /// What a credential is that is no service account key.
    CredentialKind {
        /// An HMAC key of Cloud Storage.
        HmacKey,
        /// An API key that is bound to an account.
        ApiKey,
    }
);
words_of!(
    model::credential::CredentialState,
    /// Whether a credential is accepted.
    CredentialState {
        /// It is. An API key has no other state.
        Active,
        /// It is switched off, and can be switched on again.
        Inactive,
        /// Its service did not say.
        Unknown,
    }
);
words_of!(
    model::place::PlaceKind,
    /// The kinds of places.
    PlaceKind {
        /// A person's machine, or a browser.
        Workstation,
        /// A build and delivery service.
        Ci,
        /// Something that runs on Google Cloud.
        GoogleCloud,
        /// Inside a VPC network: on Google Cloud, or on-premises through it.
        Network,
        /// Another cloud.
        OtherCloud,
        /// Somebody else's service.
        Saas,
        /// Nothing tells.
        Unknown,
    }
);
words_of!(
    model::usage::UsageSource,
    /// A source of last use.
    Source {
        /// Policy Analyzer's last authentication activities: Google Cloud APIs, by the day, one to two days late.
        PolicyAnalyzer,
        /// Monitoring's count of authentications: any Google API, kept for six weeks.
        Monitoring,
        /// Recommender's insights: accounts idle for 90 days.
        Recommender,
        /// Audit logs, through the Logging API.
        Logging,
        /// Audit logs, from exported files.
        Logs,
        /// Audit logs, from a sink's tables in `BigQuery`.
        #[serde(rename = "bigquery")]
        BigQuery,
    }
);
words_of!(
    model::names::AccountClass,
    /// What kind of account an address names.
    AccountKind {
        /// Made by a user in a project.
        UserManaged,
        /// Compute Engine's default account of a project.
        DefaultCompute,
        /// App Engine's default account of a project.
        DefaultAppEngine,
        /// Made by Firebase for its admin SDK.
        Firebase,
        /// Made with an OAuth client before 2014.
        LegacyOauthClient,
        /// Google's own.
        ServiceAgent,
        /// Of no known form.
        Unknown,
    }
);
words_of!(
    model::key::KeyOrigin,
    /// Who made a key pair.
    KeyOrigin {
        /// Google made it, and a user downloaded the private half once.
        Google,
        /// A user made it and uploaded the public half.
        Uploaded,
        /// Google did not say.
        Unknown,
    }
);
words_of!(
    model::key::KeyAlgorithm,
    /// A key's algorithm.
    KeyAlgorithm {
        /// RSA of 1,024 bits.
        #[serde(rename = "rsa-1024")]
        Rsa1024,
        /// RSA of 2,048 bits.
        #[serde(rename = "rsa-2048")]
        Rsa2048,
        /// Google did not say.
        Unknown,
    }
);
words_of!(
    model::key::KeyState,
    /// Whether a key can sign in at the moment of the scan; its account may be disabled all the same.
    KeyState {
        /// It can.
        Enabled,
        /// It is switched off.
        Disabled,
        /// Its validity has ended.
        Expired,
    }
);
words_of!(
    model::key::DisableReason,
    /// Why a key was switched off.
    DisableReason {
        /// Somebody switched it off.
        UserInitiated,
        /// Google found the private key in public and switched it off.
        Exposed,
        /// Google saw the key in a compromise and switched it off.
        Compromised,
        /// A reason newer than this program.
        Unknown,
    }
);
words_of!(
    model::key::ExtendedStatusKind,
    /// What Google has seen of a key.
    ExtendedStatusKind {
        /// The private key was found in public.
        Exposed,
        /// A compromise was detected.
        Compromised,
        /// A kind newer than this program.
        Unknown,
    }
);
words_of!(
    model::grant::ActAs,
    /// A way to act as an account, by the permission that allows it.
    ActAs {
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
);
words_of!(
    model::action::Risk,
    /// What a step can break, and whether that can be mended.
    Risk {
        /// It changes nothing.
        None,
        /// It can be taken back at once.
        Reversible,
        /// It can interrupt something that runs.
        Disruptive,
        /// It cannot be taken back.
        Irreversible,
    }
);

/// From which severity on findings fail a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// At info or above.
    Info,
    /// At low or above.
    Low,
    /// At medium or above.
    Medium,
    /// At high or above.
    High,
    /// At critical.
    Critical,
    /// At none.
    Never,
}

impl From<model::settings::FailOn> for FailOn {
    fn from(value: model::settings::FailOn) -> Self {
        use model::rule::Severity;
        use model::settings::FailOn::{AtLeast, Never};
        match value {
            Never => Self::Never,
            AtLeast(Severity::Info) => Self::Info,
            AtLeast(Severity::Low) => Self::Low,
            AtLeast(Severity::Medium) => Self::Medium,
            AtLeast(Severity::High) => Self::High,
            AtLeast(Severity::Critical) => Self::Critical,
        }
    }
}

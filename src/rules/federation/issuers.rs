//! Issuers of identity tokens that serve everybody: without a condition, a provider takes the tokens of all of them.

/// An issuer with many tenants, and what its claims say of them.
#[derive(Debug)]
pub(in crate::rules) struct Issuer {
    /// Its address, without a slash at the end.
    uri: &'static str,
    /// Its name for people.
    pub(in crate::rules) name: &'static str,
    /// Claims with an id of a tenant or project that is never given out again; the first is the one to ask for.
    pub(in crate::rules) ids: &'static [&'static str],
    /// Claims with a name that its owner can give up and somebody else can take.
    pub(in crate::rules) names: &'static [&'static str],
    /// Claims that every tenant can have with any value: the audience, a branch, an event.
    pub(in crate::rules) anybody: &'static [&'static str],
}

/// The issuers. Those that give each tenant an address of its own, such as `CircleCI`, Bitbucket and Azure DevOps, need
/// no condition and are not among them.
///
/// Claims: <https://docs.github.com/en/actions/reference/security/oidc>,
/// <https://docs.gitlab.com/ci/secrets/id_token_authentication/>,
/// <https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens>,
/// <https://buildkite.com/docs/agent/cli/reference/oidc>, <https://vercel.com/docs/oidc/reference>.
static ISSUERS: [Issuer; 5] = [
    Issuer {
        uri: "https://token.actions.githubusercontent.com",
        name: "GitHub Actions",
        ids: &["repository_owner_id", "repository_id", "enterprise_id"],
        names: &[
            "repository_owner",
            "repository",
            "enterprise",
            "actor",
            "sub",
            "workflow_ref",
            "job_workflow_ref",
        ],
        anybody: &[
            "aud",
            "iss",
            "iat",
            "nbf",
            "exp",
            "ref",
            "ref_type",
            "ref_protected",
            "base_ref",
            "head_ref",
            "event_name",
            "environment",
            "workflow",
            "runner_environment",
            "repository_visibility",
        ],
    },
    Issuer {
        uri: "https://gitlab.com",
        name: "GitLab.com",
        ids: &["namespace_id", "project_id"],
        names: &[
            "namespace_path",
            "project_path",
            "user_login",
            "user_email",
            "sub",
            "ci_config_ref_uri",
        ],
        anybody: &[
            "aud",
            "iss",
            "iat",
            "nbf",
            "exp",
            "ref",
            "ref_type",
            "ref_path",
            "ref_protected",
            "environment",
            "environment_protected",
            "deployment_tier",
            "pipeline_source",
            "project_visibility",
            "runner_environment",
        ],
    },
    Issuer {
        uri: "https://app.terraform.io",
        name: "HCP Terraform",
        ids: &[
            "terraform_organization_id",
            "terraform_project_id",
            "terraform_workspace_id",
        ],
        names: &[
            "terraform_organization_name",
            "terraform_project_name",
            "terraform_workspace_name",
            "terraform_full_workspace",
            "sub",
        ],
        anybody: &["aud", "iss", "iat", "nbf", "exp", "terraform_run_phase"],
    },
    Issuer {
        uri: "https://agent.buildkite.com",
        name: "Buildkite",
        ids: &["organization_id", "pipeline_id"],
        names: &["organization_slug", "pipeline_slug", "sub"],
        anybody: &[
            "aud",
            "iss",
            "iat",
            "nbf",
            "exp",
            "build_branch",
            "build_tag",
            "build_source",
            "step_key",
        ],
    },
    Issuer {
        uri: "https://oidc.vercel.com",
        name: "Vercel",
        ids: &["owner_id", "project_id"],
        names: &["owner", "project", "sub"],
        anybody: &["aud", "iss", "iat", "nbf", "exp", "environment"],
    },
];

/// Returns the issuer of that address, if it is one with many tenants.
pub(in crate::rules) fn of(uri: &str) -> Option<&'static Issuer> {
    let uri = uri.trim_end_matches('/');
    ISSUERS.iter().find(|issuer| issuer.uri == uri)
}

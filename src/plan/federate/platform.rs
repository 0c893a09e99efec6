//! The platforms whose tokens a provider can be written for: how each is recognized, what it asserts, and what of it no
//! scan can see.
//!
//! Source: <https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines>,
//! <https://cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds>,
//! <https://cloud.google.com/iam/docs/workload-identity-federation-with-kubernetes>.

use crate::model::place::{Place, PlaceKind};
use crate::model::plan::{Claim, ClaimTest, Identities, PlannedIssuer, Platform, Value, Variable};

/// What a platform's provider is, and who of it signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) issuer: PlannedIssuer,
    pub(super) audiences: Vec<Value>,
    pub(super) mapping: Vec<(String, String)>,
    pub(super) condition: Vec<Claim>,
    pub(super) identities: Identities,
    /// The claims with an id of a tenant; an existing provider whose condition asks for one of them lets in no others.
    pub(super) ids: &'static [&'static str],
    /// Everything of it that is a variable.
    pub(super) variables: Vec<Variable>,
}

/// Words by which a place's name tells the platform, all of a row: the first row that fits counts.
///
/// Names come from user agents and from the user's own ranges: `GitHub Actions`, `gitlab runners`, `EKS eu-west-1`.
const WORDS: [(&[&str], Option<Platform>); 20] = [
    // Issuers of their own, which no table knows.
    (&["github", "enterprise"], None),
    (&["ghes"], None),
    (&["azure", "devops"], None),
    (&["azure", "pipelines"], None),
    (&["terraform", "enterprise"], None),
    (&["github"], Some(Platform::GitHubActions)),
    (&["gitlab"], Some(Platform::GitLab)),
    (&["hcp", "terraform"], Some(Platform::HcpTerraform)),
    (&["terraform", "cloud"], Some(Platform::HcpTerraform)),
    // A cluster in another cloud has tokens of its own.
    (&["kubernetes"], Some(Platform::Kubernetes)),
    (&["k8s"], Some(Platform::Kubernetes)),
    (&["k3s"], Some(Platform::Kubernetes)),
    (&["openshift"], Some(Platform::Kubernetes)),
    (&["eks"], Some(Platform::Kubernetes)),
    (&["aks"], Some(Platform::Kubernetes)),
    (&["rke2"], Some(Platform::Kubernetes)),
    (&["aws"], Some(Platform::Aws)),
    (&["amazon"], Some(Platform::Aws)),
    (&["ec2"], Some(Platform::Aws)),
    (&["azure"], Some(Platform::Azure)),
];

/// Services of others that give their workloads tokens of `OpenID` Connect.
const SERVICES_WITH_TOKENS: [&str; 1] = ["vercel"];

/// Returns the platform that a place's name tells; `None` where it tells none that a provider can be written for.
pub(in crate::plan) fn of(place: &Place) -> Option<Platform> {
    let words = words(place);
    let fits = |row: &&(&[&str], Option<Platform>)| {
        row.0
            .iter()
            .all(|word| words.iter().any(|held| held == word))
    };
    let platform = WORDS.iter().find(fits)?.1?;
    let is_pipeline = match platform {
        Platform::GitHubActions | Platform::GitLab | Platform::HcpTerraform => true,
        Platform::Aws | Platform::Azure | Platform::Kubernetes => false,
    };
    // A pipeline that runs in a cloud may have either one's tokens: its own words would be needed to tell.
    let agrees = match place.kind {
        PlaceKind::Ci => is_pipeline,
        PlaceKind::OtherCloud => !is_pipeline,
        PlaceKind::Workstation
        | PlaceKind::GoogleCloud
        | PlaceKind::Network
        | PlaceKind::Saas
        | PlaceKind::Unknown => false,
    };
    agrees.then_some(platform)
}

/// Returns whether a service of others can sign in by federation.
pub(in crate::plan) fn has_tokens(place: &Place) -> bool {
    let words = words(place);
    SERVICES_WITH_TOKENS
        .iter()
        .any(|known| words.iter().any(|word| word == known))
}

/// Returns whether GitLab means gitlab.com there, and not an instance of the user's.
pub(super) fn is_gitlab_com(place: &Place) -> bool {
    let name = place.name.as_deref().unwrap_or_default();
    name.to_lowercase().contains("gitlab.com")
}

fn words(place: &Place) -> Vec<String> {
    let name = place.name.as_deref().unwrap_or_default().to_lowercase();
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Returns the platform's name as people know it.
pub(super) fn name(platform: Platform) -> &'static str {
    match platform {
        Platform::GitHubActions => "GitHub Actions",
        Platform::GitLab => "GitLab",
        Platform::HcpTerraform => "HCP Terraform",
        Platform::Aws => "AWS",
        Platform::Azure => "Azure",
        Platform::Kubernetes => "Kubernetes",
    }
}

/// The variables, by name, with what each is and the form that it has.
struct Row(&'static str, &'static str, &'static str);

const GITHUB_OWNER: Row = Row(
    "github_owner_id",
    "The number of the organization or user that owns the repository: `id` in https://api.github.com/users/OWNER",
    "^[0-9]+$",
);
const GITHUB_REPOSITORY: Row = Row(
    "github_repository_id",
    "The number of the repository: `id` in https://api.github.com/repos/OWNER/REPOSITORY",
    "^[0-9]+$",
);
const GITLAB_ISSUER: Row = Row(
    "gitlab_issuer",
    "The address of the GitLab instance without a slash at the end; https://gitlab.com for GitLab.com",
    "^https://[A-Za-z0-9.-]+(:[0-9]+)?$",
);
const GITLAB_GROUP: Row = Row(
    "gitlab_group_id",
    "The number of the group that has the project: the group's page shows it as Group ID",
    "^[0-9]+$",
);
const GITLAB_PROJECT: Row = Row(
    "gitlab_project_id",
    "The number of the project: the project's page shows it as Project ID",
    "^[0-9]+$",
);
const HCP_ORGANIZATION: Row = Row(
    "hcp_terraform_organization_id",
    "The id of the organization, org-…: its general settings in HCP Terraform show it",
    "^org-[A-Za-z0-9]+$",
);
const HCP_WORKSPACE: Row = Row(
    "hcp_terraform_workspace_id",
    "The id of the workspace, ws-…: the workspace's page in HCP Terraform shows it",
    "^ws-[A-Za-z0-9]+$",
);
const AWS_ACCOUNT: Row = Row(
    "aws_account_id",
    "The number of the AWS account: `aws sts get-caller-identity --query Account`",
    "^[0-9]{12}$",
);
const AWS_ROLE: Row = Row(
    "aws_role",
    "The name of the role that the job runs as: the part behind assumed-role/ in `aws sts get-caller-identity --query Arn`",
    "^[A-Za-z0-9_+=,.@-]{1,64}$",
);
const AZURE_ISSUER: Row = Row(
    "azure_issuer",
    "The issuer of the tenant's tokens: the claim iss of a token of the managed identity, https://sts.windows.net/TENANT_ID/",
    "^https://(sts\\.windows\\.net|login\\.microsoftonline\\.com)/[0-9a-f-]{36}(/|/v2\\.0)?$",
);
const AZURE_AUDIENCE: Row = Row(
    "azure_audience",
    "The Application ID URI of the Entra application whose tokens the job asks for, api://…: the application's page shows it",
    "^(api|https)://[A-Za-z0-9._/-]+$",
);
const AZURE_PRINCIPAL: Row = Row(
    "azure_principal_id",
    "The object id of the managed identity that the job runs as: `az identity show --query principalId`",
    "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
);
const KUBERNETES_ISSUER: Row = Row(
    "kubernetes_issuer",
    "The issuer of the cluster's tokens: `issuer` in `kubectl get --raw /.well-known/openid-configuration`",
    "^https://[A-Za-z0-9._~:/?&=%-]+$",
);
const KUBERNETES_SUBJECT: Row = Row(
    "kubernetes_subject",
    "The Kubernetes service account of the pods, as system:serviceaccount:NAMESPACE:NAME: `kubectl get pod POD -o jsonpath='{.spec.serviceAccountName}'`",
    "^system:serviceaccount:[a-z0-9]([a-z0-9-]*[a-z0-9])?:[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
);

/// Returns the provider of a platform and who of it signs in. Variables that differ from caller to caller end in `suffix`.
pub(super) fn template(platform: Platform, gitlab_com: bool, suffix: &str) -> Template {
    let mut made = Made {
        suffix,
        variables: Vec::new(),
    };
    let mut template = match platform {
        Platform::GitHubActions => Template {
            issuer: oidc("https://token.actions.githubusercontent.com"),
            audiences: Vec::new(),
            mapping: mapping(&[
                ("google.subject", "assertion.sub"),
                ("attribute.ref", "assertion.ref"),
                ("attribute.repository_id", "assertion.repository_id"),
                (
                    "attribute.repository_owner_id",
                    "assertion.repository_owner_id",
                ),
            ]),
            condition: equals("assertion.repository_owner_id", made.shared(&GITHUB_OWNER)),
            identities: attribute("repository_id", made.own(&GITHUB_REPOSITORY)),
            ids: &["repository_owner_id", "repository_id"],
            variables: Vec::new(),
        },
        Platform::GitLab => Template {
            issuer: if gitlab_com {
                oidc("https://gitlab.com")
            } else {
                PlannedIssuer::Oidc(made.own(&GITLAB_ISSUER))
            },
            audiences: Vec::new(),
            mapping: mapping(&[
                ("google.subject", "assertion.sub"),
                ("attribute.namespace_id", "assertion.namespace_id"),
                ("attribute.project_id", "assertion.project_id"),
            ]),
            condition: equals(
                "assertion.namespace_id",
                if gitlab_com {
                    made.shared(&GITLAB_GROUP)
                } else {
                    made.own(&GITLAB_GROUP)
                },
            ),
            identities: attribute("project_id", made.own(&GITLAB_PROJECT)),
            ids: &["namespace_id", "project_id"],
            variables: Vec::new(),
        },
        Platform::HcpTerraform => Template {
            issuer: oidc("https://app.terraform.io"),
            audiences: Vec::new(),
            mapping: mapping(&[("google.subject", "assertion.terraform_workspace_id")]),
            condition: equals(
                "assertion.terraform_organization_id",
                made.shared(&HCP_ORGANIZATION),
            ),
            identities: Identities::Subject(made.own(&HCP_WORKSPACE)),
            ids: &[
                "terraform_organization_id",
                "terraform_project_id",
                "terraform_workspace_id",
            ],
            variables: Vec::new(),
        },
        Platform::Aws => Template {
            issuer: PlannedIssuer::Aws(made.own(&AWS_ACCOUNT)),
            audiences: Vec::new(),
            mapping: mapping(&[
                ("google.subject", "assertion.arn"),
                ("attribute.account", "assertion.account"),
                (
                    "attribute.aws_role",
                    "assertion.arn.extract('assumed-role/{role_name}/')",
                ),
            ]),
            condition: equals(
                "assertion.arn.extract('assumed-role/{role_name}/')",
                made.own(&AWS_ROLE),
            ),
            identities: attribute("aws_role", made.own(&AWS_ROLE)),
            ids: &[],
            variables: Vec::new(),
        },
        Platform::Azure => Template {
            issuer: PlannedIssuer::Oidc(made.own(&AZURE_ISSUER)),
            audiences: vec![made.own(&AZURE_AUDIENCE)],
            mapping: mapping(&[
                ("google.subject", "assertion.sub"),
                ("attribute.tid", "assertion.tid"),
            ]),
            condition: equals("assertion.sub", made.own(&AZURE_PRINCIPAL)),
            identities: Identities::Subject(made.own(&AZURE_PRINCIPAL)),
            ids: &[],
            variables: Vec::new(),
        },
        Platform::Kubernetes => Template {
            issuer: PlannedIssuer::Oidc(made.own(&KUBERNETES_ISSUER)),
            audiences: Vec::new(),
            mapping: mapping(&[("google.subject", "assertion.sub")]),
            condition: equals("assertion.sub", made.own(&KUBERNETES_SUBJECT)),
            identities: Identities::Subject(made.own(&KUBERNETES_SUBJECT)),
            ids: &[],
            variables: Vec::new(),
        },
    };
    template.variables = made.variables;
    template
}

/// Returns whether everybody's tokens of a platform come from one issuer, so that one provider serves all callers.
pub(super) fn is_shared(template: &Template) -> bool {
    match &template.issuer {
        PlannedIssuer::Oidc(Value::Known(_)) => true,
        PlannedIssuer::Oidc(Value::Variable(_)) | PlannedIssuer::Aws(_) => false,
    }
}

/// The variables of a template that is being made.
struct Made<'a> {
    suffix: &'a str,
    variables: Vec<Variable>,
}

impl Made<'_> {
    /// Returns the value of a variable that all callers of the provider have in common.
    fn shared(&mut self, row: &Row) -> Value {
        self.variable(row.0.to_owned(), row)
    }

    /// Returns the value of a variable of this caller alone.
    fn own(&mut self, row: &Row) -> Value {
        self.variable(format!("{}{}", row.0, self.suffix), row)
    }

    fn variable(&mut self, name: String, row: &Row) -> Value {
        if !self.variables.iter().any(|held| held.name == name) {
            self.variables.push(Variable {
                name: name.clone(),
                meaning: row.1,
                pattern: row.2,
            });
        }
        Value::Variable(name)
    }
}

fn oidc(issuer: &str) -> PlannedIssuer {
    PlannedIssuer::Oidc(Value::Known(issuer.to_owned()))
}

fn mapping(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter()
        .map(|(name, made)| ((*name).to_owned(), (*made).to_owned()))
        .collect()
}

fn equals(claim: &str, value: Value) -> Vec<Claim> {
    vec![Claim {
        claim: claim.to_owned(),
        test: ClaimTest::Equals,
        value,
    }]
}

fn attribute(name: &str, value: Value) -> Identities {
    Identities::Attribute {
        name: name.to_owned(),
        value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rule::Confidence;

    fn place(kind: PlaceKind, name: &str) -> Place {
        Place {
            kind,
            name: Some(name.to_owned()),
            network: None,
            confidence: Confidence::High,
            reasons: Vec::new(),
        }
    }

    #[test]
    fn a_places_name_tells_the_platform_by_whole_words() {
        use PlaceKind::{Ci, OtherCloud, Saas};
        let table = [
            (Ci, "GitHub Actions", Some(Platform::GitHubActions)),
            (Ci, "our github-runners", Some(Platform::GitHubActions)),
            (Ci, "GitHub Enterprise Server", None),
            (Ci, "GitLab", Some(Platform::GitLab)),
            (Ci, "HCP Terraform", Some(Platform::HcpTerraform)),
            (Ci, "Terraform Enterprise", None),
            (Ci, "Azure DevOps", None),
            (Ci, "Jenkins", None),
            (Ci, "Jenkins on AWS", None),
            (OtherCloud, "AWS", Some(Platform::Aws)),
            (OtherCloud, "EKS on AWS", Some(Platform::Kubernetes)),
            (OtherCloud, "Azure West Europe", Some(Platform::Azure)),
            (OtherCloud, "laws and saws", None),
            (OtherCloud, "GitHub Actions", None),
            (Saas, "AWS", None),
        ];
        for (kind, name, expected) in table {
            assert_eq!(of(&place(kind, name)), expected, "{name}");
        }
    }

    /// What the planner writes is held to what the rules about federation ask of anybody's provider.
    #[test]
    fn every_template_asks_for_an_id_maps_whom_it_names_and_knows_its_variables() {
        let all = [
            Platform::GitHubActions,
            Platform::GitLab,
            Platform::HcpTerraform,
            Platform::Aws,
            Platform::Azure,
            Platform::Kubernetes,
        ];
        for platform in all {
            let template = template(platform, false, "_4f1c");
            assert!(!template.condition.is_empty(), "{platform:?}");
            let mapped = |name: &str| template.mapping.iter().any(|(held, _)| held == name);
            assert!(mapped("google.subject"), "{platform:?}");
            if let Identities::Attribute { name, .. } = &template.identities {
                assert!(mapped(&format!("attribute.{name}")), "{platform:?}");
            }
            for variable in &template.variables {
                let name = &variable.name;
                assert!(
                    name.bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                    "{name}"
                );
                assert!(
                    variable.pattern.starts_with('^') && variable.pattern.ends_with('$'),
                    "{name}"
                );
                regex::Regex::new(variable.pattern).expect("a pattern");
            }
        }
    }

    #[test]
    fn only_what_differs_from_caller_to_caller_bears_the_suffix() {
        let names = |platform| {
            let template = template(platform, true, "_4f1c");
            let names = template.variables.into_iter().map(|variable| variable.name);
            names.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            names(Platform::GitHubActions),
            "github_owner_id github_repository_id_4f1c"
        );
        assert_eq!(
            names(Platform::GitLab),
            "gitlab_group_id gitlab_project_id_4f1c"
        );
        assert_eq!(names(Platform::Aws), "aws_account_id_4f1c aws_role_4f1c");
        assert_eq!(
            names(Platform::Kubernetes),
            "kubernetes_issuer_4f1c kubernetes_subject_4f1c"
        );
    }
}

//! Where a federated identity comes from: what its pool's providers let in, or the form of its subject.

use std::collections::BTreeSet;

use crate::model::federation::{Issuer, Pool};
use crate::model::message::Message;
use crate::model::names::{FederatedSubject, Member, MemberKind};
use crate::model::place::PlaceKind;
use crate::model::project::Project;
use crate::model::rule::Confidence;

use super::Sign;

/// Hosts of issuers, or what they end in, with what they are.
///
/// Source: <https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines>.
const ISSUERS: [(&str, PlaceKind, &str); 11] = [
    (
        "token.actions.githubusercontent.com",
        PlaceKind::Ci,
        "GitHub Actions",
    ),
    ("gitlab.com", PlaceKind::Ci, "GitLab"),
    ("oidc.circleci.com", PlaceKind::Ci, "CircleCI"),
    ("agent.buildkite.com", PlaceKind::Ci, "Buildkite"),
    ("api.bitbucket.org", PlaceKind::Ci, "Bitbucket Pipelines"),
    ("vstoken.dev.azure.com", PlaceKind::Ci, "Azure DevOps"),
    ("app.terraform.io", PlaceKind::Ci, "HCP Terraform"),
    ("sts.windows.net", PlaceKind::OtherCloud, "Azure"),
    ("login.microsoftonline.com", PlaceKind::OtherCloud, "Azure"),
    ("container.googleapis.com", PlaceKind::GoogleCloud, "GKE"),
    ("oidc.vercel.com", PlaceKind::Saas, "Vercel"),
];

/// Returns the member that a principal's subject or a delegate names: `principal://…`, or GKE's
/// `serviceAccount:P.svc.id.goog[ns/ksa]`; `None` where it is neither.
pub(in crate::join) fn member(subject: &str) -> Option<Member> {
    let member = Member::parse(subject);
    let is_one =
        matches!(member.kind(), MemberKind::Federated(_)) || member.gke_workload().is_some();
    is_one.then_some(member)
}

/// Returns the sign that a federated member is.
pub(super) fn sign(member: &Member, pools: &[Pool], projects: &[Project]) -> Option<Sign> {
    let subject = match member.kind() {
        MemberKind::Federated(subject) if !subject.pool.is_of_gke() => subject,
        MemberKind::Federated(_) | MemberKind::GkeWorkload(_) => {
            return Some(Sign {
                kind: PlaceKind::GoogleCloud,
                name: Some("GKE".to_owned()),
                network: None,
                confidence: Confidence::High,
                reason: Message::from("the Kubernetes service account is ").name(member.short()),
            });
        }
        MemberKind::User(_)
        | MemberKind::Group(_)
        | MemberKind::Domain(_)
        | MemberKind::AllUsers
        | MemberKind::AllAuthenticatedUsers
        | MemberKind::Account(_)
        | MemberKind::Agent(_)
        | MemberKind::FederatedSet(_)
        | MemberKind::Workforce(_)
        | MemberKind::EveryAccountBelow { .. }
        | MemberKind::BasicRoleHolders { .. }
        | MemberKind::Deleted { .. }
        | MemberKind::Unknown => return None,
    };
    let (kind, name) = by_providers(subject, pools, projects).or_else(|| by_form(subject))?;
    Some(Sign {
        kind,
        name: Some(name.to_owned()),
        network: None,
        confidence: Confidence::High,
        reason: Message::from("the federated identity is ").name(&subject.subject),
    })
}

/// Returns what the providers of the subject's pool let in, where they agree.
fn by_providers(
    subject: &FederatedSubject,
    pools: &[Pool],
    projects: &[Project],
) -> Option<(PlaceKind, &'static str)> {
    let project = projects
        .iter()
        .find(|project| project.number.as_str() == subject.pool.project)?;
    let pool = pools
        .iter()
        .find(|pool| pool.project == project.id && pool.id == subject.pool.pool)?;
    let origins: BTreeSet<_> = pool
        .providers
        .iter()
        .map(|provider| origin(&provider.issuer))
        .collect();
    let mut origins = origins.into_iter();
    origins.next().filter(|_| origins.next().is_none())?
}

fn origin(issuer: &Issuer) -> Option<(PlaceKind, &'static str)> {
    match issuer {
        Issuer::Aws { .. } => Some((PlaceKind::OtherCloud, "AWS")),
        Issuer::Oidc { uri, .. } => {
            let rest = uri.strip_prefix("https://").unwrap_or(uri);
            let host = rest.split('/').next()?;
            let (_, kind, name) = ISSUERS.iter().find(|(known, _, _)| {
                host.strip_suffix(known)
                    .is_some_and(|before| before.is_empty() || before.ends_with('.'))
            })?;
            Some((*kind, *name))
        }
        Issuer::Saml | Issuer::X509 | Issuer::Unknown => None,
    }
}

/// Returns what a subject of that form comes from, as its pool was not read.
fn by_form(subject: &FederatedSubject) -> Option<(PlaceKind, &'static str)> {
    let text = subject.subject.as_str();
    let forms = [
        ("repo:", PlaceKind::Ci, "GitHub Actions"),
        ("project_path:", PlaceKind::Ci, "GitLab"),
        ("arn:aws:", PlaceKind::OtherCloud, "AWS"),
    ];
    let (_, kind, name) = forms.iter().find(|(form, _, _)| text.starts_with(form))?;
    Some((*kind, *name))
}

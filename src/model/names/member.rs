//! Members of IAM policies, parsed into what they are.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccountClass, Email, ProjectId, UniqueId};

/// A member of a policy: its text as Google gave it, and what it is.
///
/// Parsing never fails: a form newer than this program is [`MemberKind::Unknown`], and still a member.
/// Source: <https://cloud.google.com/iam/docs/principal-identifiers>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Member {
    text: Box<str>,
    kind: MemberKind,
}

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberKind {
    /// A person's Google account, by address.
    User(String),
    /// A Google group, by address.
    Group(String),
    /// Everybody of a Workspace or Cloud Identity domain.
    Domain(String),
    /// Everybody, signed in or not.
    AllUsers,
    /// Everybody with any Google account.
    AllAuthenticatedUsers,
    /// A service account of a user's making, a default one, or one of no known form.
    Account(Email),
    /// A service agent: Google's own. Never a workload, an impersonator or the start of a chain.
    Agent(Email),
    /// A Kubernetes service account of GKE's Workload Identity, in any cluster of the pool's project.
    GkeWorkload(GkeWorkload),
    /// One federated identity of a workload identity pool.
    Federated(FederatedSubject),
    /// A set of federated identities of a workload identity pool.
    FederatedSet(FederatedSet),
    /// One or many people of a workforce pool, by the text behind `workforcePools/`.
    Workforce(String),
    /// Every service account, or every service agent, below a project, folder or organization.
    EveryAccountBelow {
        /// `projects/1`, `folders/1` or `organizations/1`.
        container: String,
        /// Whether it is about service agents.
        agents: bool,
    },
    /// Whoever holds a basic role on a project: `projectOwner:`, `projectEditor:`, `projectViewer:`.
    BasicRoleHolders {
        /// `owner`, `editor` or `viewer`.
        role: &'static str,
        /// The project's id.
        project: String,
    },
    /// A member that was deleted; its bindings stay for up to 60 days and give nothing.
    Deleted {
        /// What it was.
        was: Box<Member>,
        /// Its unique id, where it was a service account.
        uid: Option<UniqueId>,
    },
    /// A form newer than this program.
    Unknown,
}

/// A Kubernetes service account as Workload Identity names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GkeWorkload {
    /// The project of the pool `PROJECT.svc.id.goog`.
    pub project: ProjectId,
    /// The Kubernetes namespace.
    pub namespace: String,
    /// The Kubernetes service account.
    pub account: String,
}

/// A workload identity pool as members name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolRef {
    /// The project, by number; by id the member never matches anything.
    pub project: String,
    /// The pool's id.
    pub pool: String,
}

/// One federated identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FederatedSubject {
    /// Its pool.
    pub pool: PoolRef,
    /// What the provider's mapping gives as `google.subject`.
    pub subject: String,
}

impl PoolRef {
    /// Returns whether the project is written as its number: by its id a member never matches anybody.
    #[must_use]
    pub fn is_by_number(&self) -> bool {
        self.project.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// Returns whether it is one of GKE's own pools, which are never listed.
    #[must_use]
    pub fn is_of_gke(&self) -> bool {
        self.pool.ends_with(GKE_POOL)
    }
}

/// A set of federated identities.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FederatedSet {
    /// Their pool.
    pub pool: PoolRef,
    /// Which of the pool's identities.
    pub of: FederatedSelector,
}

/// Which identities of a pool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FederatedSelector {
    /// All of them.
    All,
    /// Those of a group.
    Group(String),
    /// Those with a value of a mapped attribute.
    Attribute {
        /// The attribute, without `attribute.`.
        name: String,
        /// Its value.
        value: String,
    },
    /// Those of a Kubernetes namespace.
    Namespace(String),
    /// Those of a Kubernetes cluster, by its URL.
    Cluster(String),
}

const POOLS: &str = "//iam.googleapis.com/projects/";
const WORKFORCE: &str = "//iam.googleapis.com/locations/global/workforcePools/";
const CONTAINERS: &str = "//cloudresourcemanager.googleapis.com/";
const GKE_POOL: &str = ".svc.id.goog";

impl Member {
    /// Returns the member that `text` names.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self {
            text: text.into(),
            kind: kind(text).unwrap_or(MemberKind::Unknown),
        }
    }

    /// Returns the member as Google wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the member as people tell it: an account by its short address, a member of a pool without what stands
    /// before the pool's id.
    #[must_use]
    pub fn short(&self) -> String {
        if let Some(email) = self.account() {
            return format!("serviceAccount:{}", email.short());
        }
        let of_pool = ["/workloadIdentityPools/", "/workforcePools/"]
            .iter()
            .find_map(|pools| {
                let (before, pool) = self.text.split_once(pools)?;
                let (scheme, _) = before.split_once(':')?;
                Some(format!("{scheme}:…/{pool}"))
            });
        of_pool.unwrap_or_else(|| self.text.to_string())
    }

    /// Returns what the member is.
    #[must_use]
    pub fn kind(&self) -> &MemberKind {
        &self.kind
    }

    /// Returns the service account that the member is, if it is one that is not Google's own.
    #[must_use]
    pub fn account(&self) -> Option<&Email> {
        if let MemberKind::Account(email) = &self.kind {
            Some(email)
        } else {
            None
        }
    }

    /// Returns the address of the service account that the member is, Google's own too.
    #[must_use]
    pub fn address(&self) -> Option<&Email> {
        if let MemberKind::Account(email) | MemberKind::Agent(email) = &self.kind {
            Some(email)
        } else {
            None
        }
    }

    /// Returns the container of which the member is every service account: `projects/1`, `folders/1`,
    /// `organizations/1`.
    #[must_use]
    pub fn accounts_below(&self) -> Option<&str> {
        if let MemberKind::EveryAccountBelow {
            container,
            agents: false,
        } = &self.kind
        {
            Some(container)
        } else {
            None
        }
    }

    /// Returns the workload identity pool that the member's identities come from. GKE's workloads have none of their own.
    #[must_use]
    pub fn pool(&self) -> Option<&PoolRef> {
        if let MemberKind::Federated(subject) = &self.kind {
            Some(&subject.pool)
        } else {
            self.federated_set().map(|set| &set.pool)
        }
    }

    /// Returns the set of federated identities that the member is.
    #[must_use]
    pub fn federated_set(&self) -> Option<&FederatedSet> {
        if let MemberKind::FederatedSet(set) = &self.kind {
            Some(set)
        } else {
            None
        }
    }

    /// Returns the Kubernetes service account that the member is.
    #[must_use]
    pub fn gke_workload(&self) -> Option<&GkeWorkload> {
        if let MemberKind::GkeWorkload(workload) = &self.kind {
            Some(workload)
        } else {
            None
        }
    }

    /// Returns whether the member is one federated identity, or those with one value of an attribute: a workload, where
    /// a whole pool is none.
    #[must_use]
    pub fn is_narrowly_federated(&self) -> bool {
        let of_one_value = |set: &FederatedSet| match set.of {
            FederatedSelector::Attribute { .. } => true,
            FederatedSelector::All
            | FederatedSelector::Group(_)
            | FederatedSelector::Namespace(_)
            | FederatedSelector::Cluster(_) => false,
        };
        matches!(self.kind, MemberKind::Federated(_))
            || self.federated_set().is_some_and(of_one_value)
    }

    /// Returns whether the member was deleted, so that it can do nothing and be given nothing.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        matches!(self.kind(), MemberKind::Deleted { .. })
    }

    /// Returns whether the member can act at all, and is not Google's own.
    #[must_use]
    pub fn is_somebody(&self) -> bool {
        self.standing() != Standing::Nobody
    }

    /// Returns whether the member is more people than anybody can name: everybody, or a whole domain.
    #[must_use]
    pub fn is_a_crowd(&self) -> bool {
        self.standing() == Standing::Crowd
    }

    /// Returns whether the member is people, by name or by the crowd, or a service account that is not Google's own.
    #[must_use]
    pub fn is_people_or_account(&self) -> bool {
        match self.standing() {
            Standing::Crowd | Standing::People | Standing::Account => true,
            Standing::Workload | Standing::Container | Standing::Unknown | Standing::Nobody => {
                false
            }
        }
    }

    /// The one place where every kind of member is told apart: a new kind does not compile until it is here.
    fn standing(&self) -> Standing {
        match &self.kind {
            MemberKind::AllUsers | MemberKind::AllAuthenticatedUsers | MemberKind::Domain(_) => {
                Standing::Crowd
            }
            MemberKind::User(_) | MemberKind::Group(_) | MemberKind::Workforce(_) => {
                Standing::People
            }
            MemberKind::Account(_) => Standing::Account,
            MemberKind::GkeWorkload(_) | MemberKind::Federated(_) | MemberKind::FederatedSet(_) => {
                Standing::Workload
            }
            MemberKind::EveryAccountBelow { agents: false, .. }
            | MemberKind::BasicRoleHolders { .. } => Standing::Container,
            MemberKind::Unknown => Standing::Unknown,
            MemberKind::Agent(_)
            | MemberKind::Deleted { .. }
            | MemberKind::EveryAccountBelow { agents: true, .. } => Standing::Nobody,
        }
    }
}

/// What a member is to those who ask who may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// More people than anybody can name.
    Crowd,
    /// A person, or people of a group or a workforce pool.
    People,
    /// A service account that is not Google's own.
    Account,
    /// A workload that signs in from outside, or many.
    Workload,
    /// Whoever a container has.
    Container,
    /// Somebody of a form newer than this program.
    Unknown,
    /// Google's own, or deleted.
    Nobody,
}

fn kind(text: &str) -> Option<MemberKind> {
    match text {
        "allUsers" => return Some(MemberKind::AllUsers),
        "allAuthenticatedUsers" => return Some(MemberKind::AllAuthenticatedUsers),
        _ => {}
    }
    let (prefix, name) = text.split_once(':')?;
    Some(match prefix {
        "user" => MemberKind::User(name.to_owned()),
        "group" => MemberKind::Group(name.to_owned()),
        "domain" => MemberKind::Domain(name.to_owned()),
        "serviceAccount" => return account(name),
        "principal" => return principal(name),
        "principalSet" => return principal_set(name),
        "projectOwner" => holders("owner", name),
        "projectEditor" => holders("editor", name),
        "projectViewer" => holders("viewer", name),
        "deleted" => {
            let (was, uid) = name
                .split_once("?uid=")
                .map_or((name, None), |(was, uid)| (was, Some(uid)));
            MemberKind::Deleted {
                was: Box::new(Member::parse(was)),
                uid: uid.and_then(|uid| UniqueId::parse(uid).ok()),
            }
        }
        _ => return None,
    })
}

fn holders(role: &'static str, project: &str) -> MemberKind {
    MemberKind::BasicRoleHolders {
        role,
        project: project.to_owned(),
    }
}

/// Returns what stands behind `serviceAccount:`: an account, an agent, or `P.svc.id.goog[ns/ksa]`.
fn account(name: &str) -> Option<MemberKind> {
    if let Some((pool, workload)) = name.split_once('[') {
        let (namespace, account) = workload.strip_suffix(']')?.split_once('/')?;
        return Some(MemberKind::GkeWorkload(GkeWorkload {
            project: ProjectId::parse(pool.strip_suffix(GKE_POOL)?).ok()?,
            namespace: namespace.to_owned(),
            account: account.to_owned(),
        }));
    }
    let email = Email::parse(name).ok()?;
    Some(if email.class() == AccountClass::ServiceAgent {
        MemberKind::Agent(email)
    } else {
        MemberKind::Account(email)
    })
}

/// Returns the pool in `PROJECT/locations/global/workloadIdentityPools/POOL/REST`, and the rest.
fn in_pool(name: &str) -> Option<(PoolRef, &str)> {
    let (project, rest) = name
        .strip_prefix(POOLS)?
        .split_once("/locations/global/workloadIdentityPools/")?;
    let (pool, rest) = rest.split_once('/')?;
    Some((
        PoolRef {
            project: project.to_owned(),
            pool: pool.to_owned(),
        },
        rest,
    ))
}

fn principal(name: &str) -> Option<MemberKind> {
    if let Some(people) = name.strip_prefix(WORKFORCE) {
        return Some(MemberKind::Workforce(people.to_owned()));
    }
    let (pool, rest) = in_pool(name)?;
    let subject = rest.strip_prefix("subject/")?;
    // GKE's pools give subjects of one form only: the same workload as `P.svc.id.goog[ns/ksa]`. By the project's id the
    // subject never matches, and is no workload.
    let by_number = pool.is_by_number().then_some(&pool.pool);
    let gke = by_number
        .and_then(|pool| pool.strip_suffix(GKE_POOL))
        .and_then(|project| {
            let (namespace, account) = subject.strip_prefix("ns/")?.split_once("/sa/")?;
            Some(GkeWorkload {
                project: ProjectId::parse(project).ok()?,
                namespace: namespace.to_owned(),
                account: account.to_owned(),
            })
        });
    Some(match gke {
        Some(workload) => MemberKind::GkeWorkload(workload),
        None => MemberKind::Federated(FederatedSubject {
            pool,
            subject: subject.to_owned(),
        }),
    })
}

fn principal_set(name: &str) -> Option<MemberKind> {
    if let Some(people) = name.strip_prefix(WORKFORCE) {
        return Some(MemberKind::Workforce(people.to_owned()));
    }
    if let Some(container) = name.strip_prefix(CONTAINERS) {
        let (container, of) = container.rsplit_once("/type/")?;
        let agents = match of {
            "ServiceAccount" => false,
            "ServiceAgent" => true,
            _ => return None,
        };
        return Some(MemberKind::EveryAccountBelow {
            container: container.to_owned(),
            agents,
        });
    }
    let (pool, rest) = in_pool(name)?;
    let of = match rest.split_once('/') {
        None if rest == "*" => FederatedSelector::All,
        Some(("group", group)) => FederatedSelector::Group(group.to_owned()),
        Some(("namespace", namespace)) => FederatedSelector::Namespace(namespace.to_owned()),
        Some(("kubernetes.cluster", url)) => FederatedSelector::Cluster(url.to_owned()),
        Some((attribute, value)) => FederatedSelector::Attribute {
            name: attribute.strip_prefix("attribute.")?.to_owned(),
            value: value.to_owned(),
        },
        None => return None,
    };
    Some(MemberKind::FederatedSet(FederatedSet { pool, of }))
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Member {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl From<Member> for String {
    fn from(member: Member) -> Self {
        member.text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: &str =
        "//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/ci";

    fn text(text: &str) -> String {
        text.to_owned()
    }

    fn email(text: &str) -> Email {
        Email::parse(text).expect("an address")
    }

    fn pool() -> PoolRef {
        PoolRef {
            project: "123".to_owned(),
            pool: "ci".to_owned(),
        }
    }

    fn set(of: FederatedSelector) -> MemberKind {
        MemberKind::FederatedSet(FederatedSet { pool: pool(), of })
    }

    #[test]
    fn short_forms_keep_what_tells_members_apart() {
        let workforce =
            "principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/x";
        let table = [
            (text("user:ana@acme.example"), text("user:ana@acme.example")),
            (
                text("serviceAccount:etl@acme.iam.gserviceaccount.com"),
                text("serviceAccount:etl@acme"),
            ),
            (
                format!("principalSet:{POOL}/attribute.repository/acme/app"),
                text("principalSet:…/ci/attribute.repository/acme/app"),
            ),
            (text(workforce), text("principalSet:…/staff/group/x")),
            (text("/workforcePools/"), text("/workforcePools/")),
        ];
        for (full, short) in table {
            assert_eq!(Member::parse(&full).short(), short);
        }
    }

    #[test]
    fn every_form_parses_into_what_it_is_and_back_into_its_text() {
        let etl = "etl@acme.iam.gserviceaccount.com";
        let ksa = || {
            MemberKind::GkeWorkload(GkeWorkload {
                project: ProjectId::parse("acme").expect("an id"),
                namespace: text("shop"),
                account: text("api"),
            })
        };
        let table = [
            (
                text("user:ana@acme.example"),
                MemberKind::User(text("ana@acme.example")),
            ),
            (
                text("group:data@acme.example"),
                MemberKind::Group(text("data@acme.example")),
            ),
            (
                text("domain:acme.example"),
                MemberKind::Domain(text("acme.example")),
            ),
            (text("allUsers"), MemberKind::AllUsers),
            (
                text("allAuthenticatedUsers"),
                MemberKind::AllAuthenticatedUsers,
            ),
            (
                format!("serviceAccount:{etl}"),
                MemberKind::Account(email(etl)),
            ),
            (
                text("serviceAccount:service-1@compute-system.iam.gserviceaccount.com"),
                MemberKind::Agent(email("service-1@compute-system.iam.gserviceaccount.com")),
            ),
            (text("serviceAccount:acme.svc.id.goog[shop/api]"), ksa()),
            (
                text(
                    "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/acme.svc.id.goog/subject/ns/shop/sa/api",
                ),
                ksa(),
            ),
            (
                format!("principal:{POOL}/subject/repo:acme/app:ref:refs/heads/main"),
                MemberKind::Federated(FederatedSubject {
                    pool: pool(),
                    subject: text("repo:acme/app:ref:refs/heads/main"),
                }),
            ),
            (
                format!("principalSet:{POOL}/*"),
                set(FederatedSelector::All),
            ),
            (
                format!("principalSet:{POOL}/group/admins"),
                set(FederatedSelector::Group(text("admins"))),
            ),
            (
                format!("principalSet:{POOL}/attribute.repository/acme/app"),
                set(FederatedSelector::Attribute {
                    name: text("repository"),
                    value: text("acme/app"),
                }),
            ),
            (
                format!("principalSet:{POOL}/namespace/shop"),
                set(FederatedSelector::Namespace(text("shop"))),
            ),
            (
                format!(
                    "principalSet:{POOL}/kubernetes.cluster/https://container.googleapis.com/v1/c"
                ),
                set(FederatedSelector::Cluster(text(
                    "https://container.googleapis.com/v1/c",
                ))),
            ),
            (
                text(
                    "principalSet://iam.googleapis.com/locations/global/workforcePools/staff/group/x",
                ),
                MemberKind::Workforce(text("staff/group/x")),
            ),
            (
                text(
                    "principalSet://cloudresourcemanager.googleapis.com/projects/9/type/ServiceAccount",
                ),
                MemberKind::EveryAccountBelow {
                    container: text("projects/9"),
                    agents: false,
                },
            ),
            (
                text("projectEditor:acme"),
                MemberKind::BasicRoleHolders {
                    role: "editor",
                    project: text("acme"),
                },
            ),
            (
                format!("deleted:serviceAccount:{etl}?uid=42"),
                MemberKind::Deleted {
                    was: Box::new(Member::parse(&format!("serviceAccount:{etl}"))),
                    uid: UniqueId::parse("42").ok(),
                },
            ),
            (text("iamMember:new-thing"), MemberKind::Unknown),
            (text("serviceAccount:$(id)"), MemberKind::Unknown),
            (text("principal:nowhere"), MemberKind::Unknown),
            (text(""), MemberKind::Unknown),
        ];
        for (text, kind) in table {
            let member = Member::parse(&text);
            assert_eq!((member.kind(), member.to_string()), (&kind, text));
        }
    }
}

//! Who holds roles, under one name each, whatever the form in which a policy or a plan writes it.

use std::fmt;
use std::sync::Arc;

use crate::model::names::{Email, Member, MemberKind, ProjectId};
use crate::model::plan::{Holder, Identities, Value};

use super::place::Node;
use super::world::World;

/// A member of policies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Who {
    /// Whether parts of it are still to be filled in: such a one is nobody that a policy of today names.
    unknown: bool,
    text: Arc<str>,
}

impl Who {
    fn known(text: impl Into<Arc<str>>) -> Self {
        Self {
            unknown: false,
            text: text.into(),
        }
    }

    pub(super) fn account(email: &Email) -> Self {
        Self::known(email.as_str())
    }

    /// Returns who a member is; `None` where it was deleted, and is nobody.
    pub(super) fn member(member: &Member) -> Option<Self> {
        if let Some(email) = member.address() {
            return Some(Self::account(email));
        }
        if let Some(container) = member.accounts_below() {
            return Some(Self::accounts_below(container));
        }
        if let Some(ksa) = member.gke_workload() {
            let text = format!("gke/{}/{}/{}", ksa.project, ksa.namespace, ksa.account);
            return Some(Self::known(text));
        }
        let deleted = matches!(member.kind(), MemberKind::Deleted { .. });
        (!deleted).then(|| Self::known(member.as_str()))
    }

    /// Returns who a plan gives a role to; `None` where that is nobody.
    pub(super) fn holder(holder: &Holder) -> Option<Self> {
        match holder {
            Holder::Member(member) => Self::member(member),
            Holder::Group(group) => {
                let text = format!("group:{}", told(group));
                Some(Self {
                    unknown: !is_known(group),
                    text: text.into(),
                })
            }
            Holder::Federated {
                project_number,
                pool,
                identities,
            } => {
                let (set, rest, last) = match identities {
                    Identities::Subject(value) => ("principal", "subject".to_owned(), value),
                    Identities::Attribute { name, value } => {
                        ("principalSet", format!("attribute.{name}"), value)
                    }
                };
                let text = format!(
                    "{set}://iam.googleapis.com/projects/{}/locations/global/workloadIdentityPools/{pool}/{rest}/{}",
                    told(project_number),
                    told(last)
                );
                if is_known(project_number) && is_known(last) {
                    Self::member(&Member::parse(&text))
                } else {
                    Some(Self {
                        unknown: true,
                        text: text.into(),
                    })
                }
            }
        }
    }

    fn accounts_below(container: &str) -> Self {
        Self::known(format!("accounts below {container}"))
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns a value, or the name of the variable that stands for it.
pub(super) fn told(value: &Value) -> &str {
    match value {
        Value::Known(text) | Value::Variable(text) => text,
    }
}

fn is_known(value: &Value) -> bool {
    match value {
        Value::Known(_) => true,
        Value::Variable(_) => false,
    }
}

impl World<'_> {
    /// Returns every name by which policies may mean an account of a project: itself, and the sets that it is in as far as
    /// they can be seen. Groups cannot.
    pub(super) fn names_of_account(&self, email: &Email, project: Option<&ProjectId>) -> Vec<Who> {
        let mut names = vec![Who::account(email)];
        names.extend(self.crowds().iter().cloned());
        names.extend(
            project
                .map_or(&[][..], |project| self.sets(project))
                .iter()
                .cloned(),
        );
        names
    }

    /// Returns every name by which policies may mean somebody who is no account of the scan: itself, and everybody. Who is
    /// federated is not among the authenticated users.
    pub(super) fn names_of_other(&self, who: &Who) -> Vec<Who> {
        let mut names = vec![who.clone()];
        names.extend(
            self.crowds()
                .iter()
                .find(|who| &*who.text == EVERYBODY)
                .cloned(),
        );
        names
    }
}

const EVERYBODY: &str = "allUsers";

/// Returns the names of those sets that every account is in.
pub(super) fn crowds() -> [Who; 2] {
    [EVERYBODY, "allAuthenticatedUsers"].map(Who::known)
}

/// Returns the names of the sets of all accounts below the project and what stands above it.
pub(super) fn sets(project: &ProjectId, number: &str, above: &[Node]) -> Vec<Who> {
    let mut sets = vec![
        Who::accounts_below(&format!("projects/{project}")),
        Who::accounts_below(&format!("projects/{number}")),
    ];
    sets.extend(
        above
            .iter()
            .map(|node| Who::accounts_below(&node.to_string())),
    );
    sets
}

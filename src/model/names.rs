//! Names of Google Cloud things, parsed once at the door and trusted afterwards.

mod email;
mod ids;
mod member;

pub use email::{AccountClass, Email};
pub use ids::{
    FolderId, FullResourceName, KeyId, OrganizationId, ProjectId, ProjectNumber, UniqueId,
};
pub use member::{
    FederatedSelector, FederatedSet, FederatedSubject, GkeWorkload, Member, MemberKind, PoolRef,
};

/// A text that is not the name it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct NameError {
    /// What was read, cut to 100 characters.
    pub text: String,
    /// What it should have been, with its article: "a project id".
    pub expected: &'static str,
}

impl NameError {
    fn new(text: &str, expected: &'static str) -> Self {
        Self {
            text: text.chars().take(100).collect(),
            expected,
        }
    }
}

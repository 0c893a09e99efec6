//! Who made a call: the meaning of an entry's identities.

use super::entry::Entry;
use crate::model::names::{AccountClass, Email, KeyId, ProjectId};

/// The API that gives out tokens and signatures of accounts.
pub(super) const CREDENTIALS: &str = "iamcredentials.googleapis.com";

/// The methods by which one takes an account's token, or has it sign.
const TOKEN_METHODS: [&str; 4] = [
    "GenerateAccessToken",
    "GenerateIdToken",
    "SignBlob",
    "SignJwt",
];

/// As whom a call was made; see [`crate::model::call::Principal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who<'a> {
    /// A service account, by an address that parses.
    Account(&'a str),
    /// A federated identity without an address: `principal://…`.
    Federated(&'a str),
    /// Anyone else who took an account's token.
    Other(&'a str),
}

impl<'a> Entry<'a> {
    /// Returns as whom the call was made; `None` where that is nobody who counts: a person, unless it takes an account's
    /// token, a service agent of Google's, a Kubernetes identity (`system:…`).
    #[must_use]
    pub fn who(&self) -> Option<Who<'_>> {
        let (email, subject) = (&*self.principal_email, &*self.principal_subject);
        if email.ends_with("gserviceaccount.com") {
            return is_ours(email).then_some(Who::Account(email));
        }
        if email.is_empty() && subject.starts_with("principal://") {
            return Some(Who::Federated(subject));
        }
        let name = if email.is_empty() { subject } else { email };
        let counts = self.takes_a_token() && !name.is_empty() && !name.starts_with("system:");
        counts.then_some(Who::Other(name))
    }

    /// Returns the key that signed in; `None` where the entry names none.
    #[must_use]
    pub fn key(&self) -> Option<KeyId> {
        KeyId::of_name(&self.key_name)
    }

    /// Returns the account whose token or signature was asked for, of such calls.
    #[must_use]
    pub fn target(&self) -> Option<Email> {
        if !self.takes_a_token() {
            return None;
        }
        Email::parse(&self.label_email).ok().or_else(|| {
            let (_, account) = self.resource.split_once("/serviceAccounts/")?;
            Email::parse(account).ok()
        })
    }

    /// Returns the project whose resource was touched.
    #[must_use]
    pub fn project(&self) -> Option<ProjectId> {
        ProjectId::parse(&self.project).ok().or_else(|| {
            let name = self.log_name.strip_prefix("projects/")?;
            ProjectId::parse(name.split('/').next()?).ok()
        })
    }

    fn takes_a_token(&self) -> bool {
        self.service == CREDENTIALS
            && self
                .method
                .rsplit('.')
                .next()
                .is_some_and(|method| TOKEN_METHODS.contains(&method))
    }
}

/// Returns whether the address is one of an account that is not Google's own.
fn is_ours(email: &str) -> bool {
    Email::parse(email).is_ok_and(|email| match email.class() {
        AccountClass::ServiceAgent => false,
        AccountClass::UserManaged
        | AccountClass::DefaultCompute
        | AccountClass::DefaultAppEngine
        | AccountClass::Firebase
        | AccountClass::LegacyOauthClient
        | AccountClass::Unknown => true,
    })
}

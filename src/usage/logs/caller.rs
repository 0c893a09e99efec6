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

#[cfg(test)]
mod tests {
    use super::*;

    const ETL: &str = "etl@acme.iam.gserviceaccount.com";
    const SUBJECT: &str = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s";

    fn entry(email: &'static str, subject: &'static str) -> Entry<'static> {
        Entry {
            principal_email: email.into(),
            principal_subject: subject.into(),
            service: "storage.googleapis.com".into(),
            ..Entry::default()
        }
    }

    #[test]
    fn accounts_and_federated_identities_count_and_others_only_where_they_take_a_token() {
        let gke = "serviceAccount:acme.svc.id.goog[shop/web]";
        let table = [
            (ETL, "", Some(Who::Account(ETL)), Some(Who::Account(ETL))),
            (
                "",
                SUBJECT,
                Some(Who::Federated(SUBJECT)),
                Some(Who::Federated(SUBJECT)),
            ),
            (
                "ana@acme.example",
                "user:ana@acme.example",
                None,
                Some(Who::Other("ana@acme.example")),
            ),
            ("", gke, None, Some(Who::Other(gke))),
            (
                "service-1@gcp-sa-pubsub.iam.gserviceaccount.com",
                "",
                None,
                None,
            ),
            ("1@cloudservices.gserviceaccount.com", "", None, None),
            ("x y@acme.iam.gserviceaccount.com", "", None, None),
            (
                "system:serviceaccount:kube-system:deployment-controller",
                "",
                None,
                None,
            ),
            ("system:node:gke-1", "", None, None),
            ("", "", None, None),
        ];
        for (email, subject, plain, token) in table {
            let mut entry = entry(email, subject);
            assert_eq!(entry.who(), plain, "{email} {subject}");
            entry.service = CREDENTIALS.into();
            entry.method = "google.iam.credentials.v1.IAMCredentials.GenerateAccessToken".into();
            assert_eq!(entry.who(), token, "{email} {subject}");
            entry.method = "Sign".into();
            assert_eq!(entry.who(), plain, "{email} {subject}");
        }
    }

    #[test]
    fn the_target_is_the_label_or_the_resource_of_a_call_for_a_token() {
        let mut call = entry("ana@acme.example", "");
        call.service = CREDENTIALS.into();
        call.method = "SignBlob".into();
        assert_eq!(call.target(), None);
        call.resource = "projects/-/serviceAccounts/101".into();
        assert_eq!(call.target(), None);
        call.resource = format!("projects/-/serviceAccounts/{ETL}").into();
        assert_eq!(call.target(), Email::parse(ETL).ok());
        call.label_email = "ci@acme.iam.gserviceaccount.com".into();
        assert_eq!(
            call.target(),
            Email::parse("ci@acme.iam.gserviceaccount.com").ok()
        );
        call.service = "storage.googleapis.com".into();
        assert_eq!(call.target(), None);
    }

    #[test]
    fn the_project_is_the_label_or_the_logs() {
        let mut call = entry(ETL, "");
        call.log_name = "organizations/1/logs/x".into();
        assert_eq!(call.project(), None);
        call.log_name = "projects/acme-logs/logs/cloudaudit.googleapis.com%2Factivity".into();
        assert_eq!(call.project(), ProjectId::parse("acme-logs").ok());
        call.project = "acme-prod".into();
        assert_eq!(call.project(), ProjectId::parse("acme-prod").ok());
    }
}

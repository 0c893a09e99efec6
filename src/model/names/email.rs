//! Service account addresses, and what an address alone tells of the account.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{NameError, ProjectId, ProjectNumber};

/// A service account's address, in any of the forms that Google gives out.
///
/// `etl@acme-prod.iam.gserviceaccount.com`, `etl@acme.example.com.iam.gserviceaccount.com` (a project scoped to a
/// domain), `12345-compute@developer.gserviceaccount.com`, `acme@appspot.gserviceaccount.com`, service agents, and the
/// suffixes of sovereign clouds. An address can be deleted and created again: identity is the unique id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(Box<str>);

/// What kind of account an address names, by Google's own patterns.
///
/// Patterns classify; they never decide whether an account exists: that the inventory does.
/// Source: <https://cloud.google.com/iam/docs/service-account-types> and
/// <https://cloud.google.com/iam/docs/service-agents>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountClass {
    /// Made by a user in a project.
    UserManaged,
    /// Compute Engine's default account of a project.
    DefaultCompute,
    /// App Engine's default account of a project, which first-generation functions use too.
    DefaultAppEngine,
    /// Made by Firebase for its admin SDK; user-managed in every other way.
    Firebase,
    /// An account made with an OAuth client before 2014: `NUMBER-HASH@developer…`.
    LegacyOauthClient,
    /// Google's own: a service agent, the Google APIs agent, legacy Cloud Build. Never a finding.
    ServiceAgent,
    /// An address under `gserviceaccount.com` of no known form: external, or an agent newer than this table.
    Unknown,
}

const SUFFIX: &str = "gserviceaccount.com";

/// Projects of Google's in which service agents live, beside `gcp-sa-*` and `gcp-ri-*`.
const AGENT_PROJECTS: [&str; 26] = [
    "bigquery-encryption",
    "cloud-filer",
    "cloud-memcache-sa",
    "cloud-ml",
    "cloud-redis",
    "cloud-tpu",
    "cloudcomposer-accounts",
    "compute-system",
    "container-analysis",
    "container-engine-robot",
    "containerregistry",
    "dataflow-service-producer-prod",
    "dataproc-accounts",
    "dlp-api",
    "firebase-rules",
    "firebase-sa-management",
    "gae-api-prod",
    "gcf-admin-robot",
    "gcp-gae-service",
    "gs-project-accounts",
    "remotebuildexecution",
    "security-center-api",
    "serverless-robot-prod",
    "service-consumer-management",
    "service-networking",
    "storage-transfer-service",
];

impl Email {
    /// Returns the address if `text` is one of a service account.
    ///
    /// # Errors
    /// Where it has no `@`, an empty or odd local part, or does not end in `gserviceaccount.com`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let plain = |part: &str, also: &[u8]| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || also.contains(&b))
        };
        let valid = text.len() <= 320
            && text.split_once('@').is_some_and(|(local, host)| {
                plain(local, b".:_")
                    && plain(host, b".")
                    && host
                        .strip_suffix(SUFFIX)
                        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            });
        if valid {
            Ok(Self(text.into()))
        } else {
            Err(NameError::new(text, "a service account's address"))
        }
    }

    /// Returns the address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.0.split_once('@').map_or("", |(local, _)| local)
    }

    /// Returns what stands between `@` and `.gserviceaccount.com`: `acme-prod.iam`, `developer`, `appspot`.
    fn home(&self) -> &str {
        let host = self.0.split_once('@').map_or("", |(_, host)| host);
        host.strip_suffix(SUFFIX)
            .unwrap_or(host)
            .trim_end_matches('.')
    }

    /// Returns the id of the project that the address names, where it names one.
    ///
    /// A default Compute Engine account names its project by number only: see [`Email::project_number`].
    #[must_use]
    pub fn project(&self) -> Option<ProjectId> {
        let home = self.home();
        let text = if home == "appspot" {
            self.local()
        } else {
            home.strip_suffix(".iam")?
        };
        ProjectId::parse(&unscoped(text)).ok()
    }

    /// Returns the number of the project that a default Compute Engine account's address names.
    #[must_use]
    pub fn project_number(&self) -> Option<ProjectNumber> {
        let number = self.local().strip_suffix("-compute")?;
        if self.home() == "developer" {
            ProjectNumber::parse(number).ok()
        } else {
            None
        }
    }

    /// Returns what kind of account the address names.
    #[must_use]
    pub fn class(&self) -> AccountClass {
        let (local, home) = (self.local(), self.home());
        let project = home.strip_suffix(".iam");
        match home {
            "developer" if self.project_number().is_some() => AccountClass::DefaultCompute,
            "developer" => AccountClass::LegacyOauthClient,
            "appspot" => AccountClass::DefaultAppEngine,
            "cloudservices" | "cloudbuild" | "system" => AccountClass::ServiceAgent,
            _ if project.is_some_and(is_agent_project) => AccountClass::ServiceAgent,
            _ if project.is_some() && local.starts_with("firebase-adminsdk-") => {
                AccountClass::Firebase
            }
            _ if self.project().is_some() => AccountClass::UserManaged,
            _ => AccountClass::Unknown,
        }
    }

    /// Returns the short form for a report that has shown the full one: `etl@acme-prod`.
    #[must_use]
    pub fn short(&self) -> String {
        let home = self.home();
        format!(
            "{}@{}",
            self.local(),
            home.strip_suffix(".iam").unwrap_or(home)
        )
    }
}

/// Returns a project's id from its form in a host name: `acme.example.com` is the id `example.com:acme`.
///
/// A single label behind the dot is a sovereign cloud's (`acme.s3ns`), and no part of the id.
fn unscoped(text: &str) -> String {
    match text.split_once('.') {
        Some((id, domain)) if domain.contains('.') => format!("{domain}:{id}"),
        Some((id, _sovereign)) => id.to_owned(),
        None => text.to_owned(),
    }
}

fn is_agent_project(project: &str) -> bool {
    project.starts_with("gcp-sa-")
        || project.starts_with("gcp-ri-")
        || AGENT_PROJECTS.binary_search(&project).is_ok()
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Email {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(text: &str) -> Email {
        Email::parse(text).expect("an address")
    }

    #[test]
    fn every_form_has_its_class_its_project_and_its_short_form() {
        use AccountClass as C;
        let table = [
            (
                "etl@acme-prod.iam.gserviceaccount.com",
                C::UserManaged,
                Some("acme-prod"),
                "etl@acme-prod",
            ),
            (
                "x@p.example.com.iam.gserviceaccount.com",
                C::UserManaged,
                Some("example.com:p"),
                "x@p.example.com",
            ),
            (
                "x@p.s3ns.iam.gserviceaccount.com",
                C::UserManaged,
                Some("p"),
                "x@p.s3ns",
            ),
            (
                "12345-compute@developer.gserviceaccount.com",
                C::DefaultCompute,
                None,
                "12345-compute@developer",
            ),
            (
                "12345-abc1@developer.gserviceaccount.com",
                C::LegacyOauthClient,
                None,
                "12345-abc1@developer",
            ),
            (
                "acme@appspot.gserviceaccount.com",
                C::DefaultAppEngine,
                Some("acme"),
                "acme@appspot",
            ),
            (
                "acme.example.com@appspot.gserviceaccount.com",
                C::DefaultAppEngine,
                Some("example.com:acme"),
                "acme.example.com@appspot",
            ),
            (
                "firebase-adminsdk-1a2b@acme.iam.gserviceaccount.com",
                C::Firebase,
                Some("acme"),
                "firebase-adminsdk-1a2b@acme",
            ),
            (
                "12345@cloudservices.gserviceaccount.com",
                C::ServiceAgent,
                None,
                "12345@cloudservices",
            ),
            (
                "service-1@gcp-sa-pubsub.iam.gserviceaccount.com",
                C::ServiceAgent,
                Some("gcp-sa-pubsub"),
                "service-1@gcp-sa-pubsub",
            ),
            (
                "service-1@compute-system.iam.gserviceaccount.com",
                C::ServiceAgent,
                Some("compute-system"),
                "service-1@compute-system",
            ),
            (
                "project-1@storage-transfer-service.iam.gserviceaccount.com",
                C::ServiceAgent,
                Some("storage-transfer-service"),
                "project-1@storage-transfer-service",
            ),
            (
                "x@newthing.gserviceaccount.com",
                C::Unknown,
                None,
                "x@newthing",
            ),
        ];
        for (text, class, project, short) in table {
            let email = email(text);
            let got = (
                email.class(),
                email.project().map(String::from),
                email.short(),
            );
            assert_eq!(
                got,
                (class, project.map(str::to_owned), short.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_default_compute_account_names_its_project_by_number() {
        let number = email("12345-compute@developer.gserviceaccount.com").project_number();
        assert_eq!(number.map(String::from), Some("12345".to_owned()));
        assert_eq!(
            email("12345-compute@acme.iam.gserviceaccount.com").project_number(),
            None
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "etl",
            "ana@acme.example",
            "@acme.iam.gserviceaccount.com",
            "x@evilgserviceaccount.com",
            "x@p.iam.gserviceaccount.com.evil.example",
            "x y@p.iam.gserviceaccount.com",
            "x@p.iam.gserviceaccount.com\n",
            "$(id)@p.iam.gserviceaccount.com",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }
}

//! Identifiers: text newtypes, each with its own grammar.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::NameError;

/// Declares a text newtype that can only be made from text of its grammar.
macro_rules! text_name {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Returns the name if `text` follows its grammar.
            ///
            /// # Errors
            #[doc = concat!("Where `text` is not ", $expected, ".")]
            pub fn parse(text: &str) -> Result<Self, NameError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.into())) } else { Err(NameError::new(text, $expected)) }
            }

            /// Returns the name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.into()
            }
        }
    };
}

text_name!(
    /// A project's id: `acme-prod`, or `example.com:acme-prod` where the project is scoped to a domain.
    ///
    /// Source: <https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin>. Ids older
    /// than today's rules exist, so only what could not be part of a path is refused.
    ProjectId,
    "a project id",
    |text| {
        let (domain, id) = text.split_once(':').map_or((None, text), |(domain, id)| (Some(domain), id));
        let plain = |text: &str, also: &[u8]| {
            text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || also.contains(&b))
        };
        text.len() <= 100 && plain(id, b"") && domain.is_none_or(|domain| plain(domain, b".") && domain.contains('.'))
    }
);
text_name!(
    /// A project's number, which a project keeps for life.
    ProjectNumber,
    "a project number",
    |text| is_number(text, 1..=20)
);
text_name!(
    /// A folder's number.
    FolderId,
    "a folder number",
    |text| is_number(text, 1..=20)
);
text_name!(
    /// An organization's number.
    OrganizationId,
    "an organization number",
    |text| is_number(text, 1..=20)
);
text_name!(
    /// A service account's unique id: digits, never given out twice. An address can be deleted and created again.
    UniqueId,
    "a service account's unique id",
    |text| is_number(text, 1..=30)
);
text_name!(
    /// A key's id: 40 hexadecimal digits of a service account key that Google made; letters, digits, `-` and `_` are taken,
    /// which also fit the access id of an HMAC key and the id of an API key.
    KeyId,
    "a key id",
    |text| {
        (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    }
);
text_name!(
    /// A full resource name: `//iam.googleapis.com/projects/acme-prod/serviceAccounts/1234`.
    ///
    /// Whoever makes a resource may choose its last name, and an answer may be made up: it is kept as it is, line ends and
    /// all, up to 8,000 bytes, and is a stranger's text wherever it is written.
    ///
    /// Source: <https://cloud.google.com/iam/docs/full-resource-names>.
    FullResourceName,
    "a full resource name",
    |text| text.len() > 2 && text.len() <= 8_000 && text.starts_with("//")
);

fn is_number(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

impl KeyId {
    /// Returns the id in a key's resource name, `…/serviceAccounts/ACCOUNT/keys/ID`; `None` where the name has another
    /// form: one that climbs, `…/keys/../other`, names no key.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, name) = name.split_once("/serviceAccounts/")?;
        let (account, id) = name.split_once("/keys/")?;
        if account.contains('/') {
            return None;
        }
        Self::parse(id).ok()
    }

    /// Returns the id cut in the middle, `4f1c…e9a9`, as a terminal shows it; ids of up to ten characters stay whole.
    #[must_use]
    pub fn short(&self) -> String {
        let text = self.as_str();
        if text.len() <= 10 {
            text.to_owned()
        } else {
            format!("{}…{}", &text[..4], &text[text.len() - 4..])
        }
    }
}

impl FullResourceName {
    /// Returns the name of an organization.
    #[must_use]
    pub fn of_organization(id: &OrganizationId) -> Self {
        Self(format!("//cloudresourcemanager.googleapis.com/organizations/{id}").into())
    }

    /// Returns the name of a folder.
    #[must_use]
    pub fn of_folder(id: &FolderId) -> Self {
        Self(format!("//cloudresourcemanager.googleapis.com/folders/{id}").into())
    }

    /// Returns the name of a project, by its id.
    #[must_use]
    pub fn of_project(id: &ProjectId) -> Self {
        Self(format!("//cloudresourcemanager.googleapis.com/projects/{id}").into())
    }

    /// Returns the name of a workload identity provider, by its project's id.
    #[must_use]
    pub fn of_provider(project: &ProjectId, pool: &str, provider: &str) -> Self {
        let pools = format!("projects/{project}/locations/global/workloadIdentityPools");
        Self(format!("//iam.googleapis.com/{pools}/{pool}/providers/{provider}").into())
    }

    /// Returns the name of a service account by its unique id, which outlives its address.
    #[must_use]
    pub fn of_account(project: &ProjectId, account: &UniqueId) -> Self {
        Self(format!("//iam.googleapis.com/projects/{project}/serviceAccounts/{account}").into())
    }

    /// Returns the name of an acceptance of the configuration, which is no resource of Google's, by what it accepts.
    #[must_use]
    pub fn of_acceptance(of: &str) -> Self {
        Self(format!("//sa-audit/acceptances/{of}").into())
    }

    /// Returns the name of a service account's key by the account's unique id.
    #[must_use]
    pub fn of_key(project: &ProjectId, account: &UniqueId, key: &KeyId) -> Self {
        Self(
            format!("//iam.googleapis.com/projects/{project}/serviceAccounts/{account}/keys/{key}")
                .into(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_by_the_last_part_of_a_whole_name() {
        let table = [
            (
                "projects/p/serviceAccounts/a@p.iam.gserviceaccount.com/keys/4f1c",
                Some("4f1c"),
            ),
            (
                "//iam.googleapis.com/projects/p/serviceAccounts/101/keys/4f1c",
                Some("4f1c"),
            ),
            ("projects/p/serviceAccounts/101/keys/../../../victim", None),
            (
                "projects/p/serviceAccounts/101/keys/../../keys/victim",
                None,
            ),
            ("projects/p/serviceAccounts/101/x/keys/4f1c", None),
            ("projects/p/serviceAccounts/101", None),
            ("4f1c", None),
        ];
        for (name, expected) in table {
            let id = KeyId::of_name(name);
            assert_eq!(id.as_ref().map(KeyId::as_str), expected, "{name}");
        }
    }

    #[test]
    fn project_ids_of_both_forms_parse_and_paths_do_not() {
        for good in ["acme-prod", "example.com:acme-prod", "a1", "123-old"] {
            assert_eq!(
                ProjectId::parse(good).map(String::from),
                Ok(good.to_owned())
            );
        }
        for bad in [
            "",
            "acme/prod",
            "../x",
            "ACME",
            "x y",
            "acme:prod",
            "-x",
            "x\u{1b}[0m",
            "a.b",
        ] {
            assert!(ProjectId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn key_ids_are_cut_in_the_middle_only_where_long() {
        let short = |text| KeyId::parse(text).expect("a key id").short();
        assert_eq!(
            short("4f1c03a27a1de9a94f1c03a27a1de9a94f1ce9a9"),
            "4f1c…e9a9"
        );
        assert_eq!(short("abc"), "abc");
    }
}

//! The service account to act as: from the command line, or from a credentials file.

use http::Uri;
use serde_json::Value;
use url::Url;

use super::endpoints::Endpoints;
use super::error::{CredentialError, FailureKind};
use super::fields::Fields;
use super::token::HOUR;

const RESOURCE: &str = "/v1/projects/-/serviceAccounts/";
const METHOD: &str = ":generateAccessToken";

/// A service account to act as, and the accounts on the way to it: each may mint a token of the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impersonate {
    /// Address, or unique id, of the account to act as.
    pub target: String,
    /// The accounts between the caller and the target, in this order.
    pub delegates: Vec<String>,
}

impl Impersonate {
    /// Reads a chain as gcloud's `--impersonate-service-account` does: comma-separated, the target last.
    ///
    /// # Errors
    /// Something in it is not a service account's address or unique id.
    pub fn parse(chain: &str) -> Result<Self, CredentialError> {
        let mut accounts: Vec<String> = chain
            .split(',')
            .map(|account| account.trim().to_owned())
            .collect();
        if let Some(odd) = accounts.iter().find(|account| !is_account(account)) {
            return Err(CredentialError::new(
                FailureKind::Malformed,
                format!(
                    "--impersonate-service-account: `{}` is not a service account",
                    odd.escape_debug()
                ),
                "give its address, after those of any delegates, with commas between",
            ));
        }
        let target = accounts.pop().unwrap_or_default();
        Ok(Self {
            target,
            delegates: accounts,
        })
    }
}

/// Whether the text is safe as a path segment and may be an account's address or its 21-digit unique id.
fn is_account(text: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
    };
    match text.split_once('@') {
        Some((name, domain)) => {
            word(name) && word(domain) && domain.contains('.') && !domain.contains("..")
        }
        None => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// What a credentials file says about the account to act as.
pub(super) struct Target {
    pub(super) chain: Impersonate,
    /// Base address of IAM Credentials, ending in a slash.
    base: String,
    /// Life to ask for, in seconds.
    pub(super) lifetime: u64,
}

impl Target {
    /// Returns the target that the command line names.
    pub(super) fn by_hand(chain: Impersonate, endpoints: &Endpoints) -> Self {
        Self {
            chain,
            base: endpoints.iam_credentials(None),
            lifetime: HOUR,
        }
    }

    /// Reads `service_account_impersonation_url`, with delegates and lifetime if there are any; nothing without it.
    ///
    /// # Errors
    /// An address of another host, or of anything but `generateAccessToken` of one account.
    pub(super) fn read(
        fields: &Fields<'_>,
        endpoints: &Endpoints,
    ) -> Result<Option<Self>, CredentialError> {
        const URL: &str = "service_account_impersonation_url";
        let Some(address) = fields.optional(URL)? else {
            return Ok(None);
        };
        endpoints
            .trust
            .google(address)
            .map_err(|why| fields.untrusted(URL, &why))?;
        let not_a_target = || {
            fields.wrong(
                URL,
                "is not the address of generateAccessToken of a service account",
            )
        };
        let url = Url::parse(address).map_err(|_| not_a_target())?;
        let target = url
            .path()
            .strip_prefix(RESOURCE)
            .and_then(|rest| rest.strip_suffix(METHOD))
            .map(|account| account.replace("%40", "@"))
            .filter(|account| is_account(account) && url.query().is_none())
            .ok_or_else(not_a_target)?;
        let base = url.join("/").map_err(|_| not_a_target())?;
        Ok(Some(Self {
            chain: Impersonate {
                target,
                delegates: delegates(fields)?,
            },
            base: endpoints.iam_credentials(Some(base.as_str())),
            lifetime: lifetime(fields)?,
        }))
    }

    /// Returns the address of `generateAccessToken` of the target.
    pub(super) fn uri(&self) -> Option<Uri> {
        let path = RESOURCE.trim_start_matches('/');
        format!("{}{path}{}{METHOD}", self.base, self.chain.target)
            .parse()
            .ok()
    }
}

fn delegates(fields: &Fields<'_>) -> Result<Vec<String>, CredentialError> {
    let odd = || fields.wrong("delegates", "is not a list of service accounts");
    let Some(value) = fields.value("delegates") else {
        return Ok(Vec::new());
    };
    let list = value.as_array().ok_or_else(odd)?;
    // gcloud writes addresses, others the whole resource name.
    let account = |value: &Value| {
        let name = value.as_str()?;
        let account = name
            .strip_prefix("projects/-/serviceAccounts/")
            .unwrap_or(name);
        is_account(account).then(|| account.to_owned())
    };
    list.iter()
        .map(account)
        .collect::<Option<_>>()
        .ok_or_else(odd)
}

fn lifetime(fields: &Fields<'_>) -> Result<u64, CredentialError> {
    let Some(options) = fields.object(
        "service_account_impersonation",
        "service_account_impersonation.",
    )?
    else {
        return Ok(HOUR);
    };
    match options.value("token_lifetime_seconds") {
        None => Ok(HOUR),
        Some(value) => value
            .as_u64()
            .filter(|seconds| (600..=12 * HOUR).contains(seconds))
            .ok_or_else(|| options.wrong("token_lifetime_seconds", "is not between 600 and 43200")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_ends_with_its_target() {
        let one = Impersonate::parse("audit@acme-sec.iam.gserviceaccount.com").expect("an address");
        assert_eq!(
            one,
            Impersonate {
                target: "audit@acme-sec.iam.gserviceaccount.com".into(),
                delegates: vec![]
            }
        );
        let chain = Impersonate::parse("a@p.iam.gserviceaccount.com, 104512345678901234567 ,z@acme.test.iam.gserviceaccount.com")
            .expect("a chain");
        assert_eq!(chain.target, "z@acme.test.iam.gserviceaccount.com");
        assert_eq!(
            chain.delegates,
            ["a@p.iam.gserviceaccount.com", "104512345678901234567"]
        );
    }

    #[test]
    fn what_could_change_the_path_is_not_an_account() {
        for odd in [
            "",
            "a@b",
            "a",
            "a@b.c/../x",
            "a@b..c",
            "a@b.c:signBlob",
            "a@b.c?x",
            "a%2f@b.c",
            "a@b.c,",
            "é@b.c",
            "a@b@c.d",
            "\u{1b}[2J",
        ] {
            let error = Impersonate::parse(odd).expect_err(odd);
            assert_eq!(error.kind, FailureKind::Malformed, "{odd}");
            assert!(!error.story.contains('\u{1b}'));
        }
    }
}

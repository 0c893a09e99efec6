//! Where credentials may be, and the order in which they are looked for.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::by_hand::{FixedToken, TokenFile};
use super::calls::{Calls, Limits};
use super::credential::{Credential, CredentialKind};
use super::endpoints::Endpoints;
use super::error::{CredentialError, FailureKind};
use super::file;
use super::gcloud::{self, Gcloud};
use super::metadata::Metadata;
use super::secret::Secret;
use super::target::{Impersonate, Target};
use crate::gcp::backend::Backend;

const ADC_FILE: &str = "application_default_credentials.json";
const TOKEN_VARIABLES: [&str; 2] = ["CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN"];

/// Returns a variable of the environment by its name.
pub type Lookup = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Where to look for credentials: plain data, so that nothing here reads the process's own environment.
#[derive(Clone)]
pub struct Sources {
    /// Looks up the environment.
    pub lookup: Lookup,
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// A file that holds an access token (`--access-token-file`).
    pub token_file: Option<PathBuf>,
    /// The service account to act as (`--impersonate-service-account`), whatever signs in.
    pub impersonate: Option<Impersonate>,
    /// Hosts outside `googleapis.com` that a credentials file may name for token calls, as `host` or `host:port`.
    pub allow_hosts: Vec<String>,
    /// An address in place of every OAuth token endpoint (gcloud: `CLOUDSDK_AUTH_TOKEN_HOST`).
    pub token_endpoint: Option<String>,
    /// A base address in place of every IAM Credentials endpoint (gcloud:
    /// `CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS`).
    pub iam_credentials_endpoint: Option<String>,
    /// The gcloud program.
    pub gcloud: PathBuf,
    /// Time limits and tries.
    pub limits: Limits,
}

impl Sources {
    /// Returns the usual places in the environment that the function looks up: the home directory, and the endpoints
    /// that gcloud's variables set, come from it too.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        let sources = Self {
            lookup: Arc::new(lookup),
            home: None,
            token_file: None,
            impersonate: None,
            allow_hosts: Vec::new(),
            token_endpoint: None,
            iam_credentials_endpoint: None,
            gcloud: PathBuf::from(gcloud::PROGRAM),
            limits: Limits::default(),
        };
        Self {
            home: sources
                .set(if cfg!(windows) { "USERPROFILE" } else { "HOME" })
                .map(PathBuf::from),
            token_endpoint: sources.set("CLOUDSDK_AUTH_TOKEN_HOST"),
            iam_credentials_endpoint: sources.set("CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS"),
            ..sources
        }
    }

    /// Returns a variable that is set and not empty.
    fn set(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }

    /// Returns where `gcloud auth application-default login` leaves a login.
    fn well_known_file(&self) -> Option<PathBuf> {
        let directory = match self.set("CLOUDSDK_CONFIG") {
            Some(directory) => PathBuf::from(directory),
            None if cfg!(windows) => PathBuf::from(self.set("APPDATA")?).join("gcloud"),
            None => self.home.as_ref()?.join(".config").join("gcloud"),
        };
        Some(directory.join(ADC_FILE))
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("home", &self.home)
            .field("token_file", &self.token_file)
            .field("impersonate", &self.impersonate)
            .field("allow_hosts", &self.allow_hosts)
            .finish_non_exhaustive()
    }
}

/// Returns the first credentials found: a token by hand (file, then environment), `GOOGLE_APPLICATION_CREDENTIALS`,
/// the login of `gcloud auth application-default login`, the metadata server, gcloud's own login; then acts as the
/// service account that the sources name, if any.
///
/// Credentials by hand and in files are only read, not tried: ask the provider for a token to learn whether they
/// still work. What is set and unusable is an error; nothing further on is tried in its place.
///
/// # Errors
/// Unusable credentials, or none in any place: what was tried, and what to do.
pub async fn discover(
    sources: Sources,
    backend: Arc<dyn Backend>,
) -> Result<Credential, CredentialError> {
    if let Some(universe) = sources.set("GOOGLE_CLOUD_UNIVERSE_DOMAIN") {
        file::refuse_other_universe("GOOGLE_CLOUD_UNIVERSE_DOMAIN", &universe)?;
    }
    let calls = Calls::new(backend, sources.limits);
    let endpoints = Endpoints::new(
        sources.token_endpoint.as_deref(),
        sources.iam_credentials_endpoint.as_deref(),
        &sources.allow_hosts,
    )?;
    let credential = first(&sources, &endpoints, &calls).await?;
    tracing::debug!(credentials = credential.described, "credentials found");
    let Some(chain) = sources.impersonate else {
        return Ok(credential);
    };
    let credential = credential.impersonating(Target::by_hand(chain, &endpoints), &calls)?;
    Ok(Credential {
        kind: CredentialKind::ImpersonatedServiceAccount,
        ..credential
    })
}

async fn first(
    sources: &Sources,
    endpoints: &Endpoints,
    calls: &Calls,
) -> Result<Credential, CredentialError> {
    if let Some(credential) = by_hand(sources) {
        return Ok(credential);
    }
    if let Some(path) = sources.set("GOOGLE_APPLICATION_CREDENTIALS") {
        return file::load(&PathBuf::from(path), endpoints, calls).await;
    }
    let mut tried = vec![
        "no token set".to_owned(),
        "GOOGLE_APPLICATION_CREDENTIALS not set".to_owned(),
    ];
    if let Some(path) = sources.well_known_file() {
        if tokio::fs::try_exists(&path).await.unwrap_or(true) {
            return file::load(&path, endpoints, calls).await;
        }
        tried.push(format!("no {}", path.display()));
    }
    match metadata(sources, calls).await? {
        Ok(credential) => return Ok(credential),
        Err(why) => tried.push(why),
    }
    match gcloud(sources).await {
        Ok(credential) => return Ok(credential),
        Err(gcloud::Failure::NotInstalled) => tried.push("no gcloud".to_owned()),
        Err(gcloud::Failure::NoToken(error)) => tried.push(error.story),
    }
    Err(CredentialError::new(
        FailureKind::Missing,
        format!("no Google credentials found ({})", tried.join("; ")),
        "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS",
    ))
}

fn by_hand(sources: &Sources) -> Option<Credential> {
    if let Some(path) = &sources.token_file {
        let described = format!("access token from {}", path.display());
        let source = Box::new(TokenFile(path.clone()));
        return Some(Credential::new(
            CredentialKind::AccessToken,
            described,
            source,
            None,
            None,
        ));
    }
    TOKEN_VARIABLES.into_iter().find_map(|variable| {
        let source = FixedToken {
            variable,
            token: Secret::new(sources.set(variable)?.trim()),
        };
        let described = format!("access token from {variable}");
        Some(Credential::new(
            CredentialKind::AccessToken,
            described,
            Box::new(source),
            None,
            None,
        ))
    })
}

/// Returns the attached account, or why there is none.
async fn metadata(
    sources: &Sources,
    calls: &Calls,
) -> Result<Result<Credential, String>, CredentialError> {
    if sources
        .set("NO_GCE_CHECK")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    {
        return Ok(Err("metadata server not asked (NO_GCE_CHECK)".to_owned()));
    }
    let found = match Metadata::find(sources.set("GCE_METADATA_HOST").as_deref(), calls).await {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    if let Some(universe) = &found.universe {
        file::refuse_other_universe("the metadata server", universe)?;
    }
    let described = "service account attached to this machine".to_owned();
    let source = Box::new(found.source);
    Ok(Ok(Credential::new(
        CredentialKind::Metadata,
        described,
        source,
        found.email,
        found.project,
    )))
}

async fn gcloud(sources: &Sources) -> Result<Credential, gcloud::Failure> {
    let gcloud = Gcloud::new(&sources.gcloud, sources.limits);
    let token = gcloud.run().await?;
    Ok(Credential::with_token(
        CredentialKind::Gcloud,
        "gcloud's active account".to_owned(),
        Box::new(gcloud),
        token,
    ))
}

//! The connection to Google, or to the emulator in its place.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gcp_auth::Token;
use http::{Request, Response};

use crate::cli::{ApiQuota, CredentialArgs, NetworkArgs};
use crate::collect::Payer;
use crate::config::did_you_mean;
use crate::emulator::Emulator;
use crate::error::{Error, Result};
use crate::gcp::apis::Api;
use crate::gcp::backend::{Backend, Body};
use crate::gcp::credentials::{
    CredentialError, Impersonate, Sources, TokenCache, TokenSource, discover,
};
use crate::gcp::endpoints::Endpoints;
use crate::gcp::google::Google;
use crate::gcp::rate::{Quota, Quotas};
use crate::gcp::retry::RetryPolicy;
use crate::gcp::transport::{Settings, Transport};
use crate::gcp::wire::{Proxy, Wire};
use crate::model::names::ProjectId;

use super::environment::{home, refuse_unreadable, variable};
use super::snapshot::{Connection, told};

/// Returns a connection to Google as the user's own identity. One token is fetched at once, so that a login that no
/// longer works is known before anything else is asked.
pub(super) async fn connect(
    credentials: &CredentialArgs,
    network: &NetworkArgs,
) -> Result<Connection> {
    refuse_unreadable()?;
    let quota_project = quota_project(credentials)?;
    let proxy = Proxy::from_lookup(&variable).map_err(Error::new)?;
    let backend: Arc<dyn Backend> = Arc::new(Wire::new(proxy));
    let endpoints = Endpoints::from_variables(&variable).map_err(|error| told(&error))?;
    let mut sources = Sources::new(variable);
    sources.home = home();
    sources.token_file = credentials.access_token_file.clone();
    if !credentials.impersonate_service_account.is_empty() {
        let chain = credentials.impersonate_service_account.join(",");
        sources.impersonate = Some(Impersonate::parse(&chain).map_err(unusable)?);
    }
    let credential = discover(sources, Arc::clone(&backend))
        .await
        .map_err(unusable)?;
    credential.provider.token().await.map_err(unusable)?;
    tracing::info!(credentials = credential.described, "signed in");
    let quota_project = quota_project.or(credential.quota_project);
    let settings = Settings {
        endpoints,
        quota_project: quota_project.clone(),
        ..settings(network)?
    };
    let transport =
        Transport::new(backend, credential.provider, settings).map_err(|error| told(&error))?;
    Ok(Connection {
        google: Google::new(transport),
        payer: Payer { quota_project },
    })
}

/// Returns the project that the user wants to pay, by flag or by variable.
fn quota_project(credentials: &CredentialArgs) -> Result<Option<String>> {
    const VARIABLE: &str = "GOOGLE_CLOUD_QUOTA_PROJECT";
    let (name, id) = match (&credentials.quota_project, variable(VARIABLE)) {
        (Some(id), _) => ("--quota-project", id.clone()),
        (None, Some(id)) => (VARIABLE, id),
        (None, None) => return Ok(None),
    };
    let id = ProjectId::parse(&id).map_err(|error| Error::new(format!("{name}: {error}")))?;
    Ok(Some(id.as_str().to_owned()))
}

/// Returns a connection to an emulator in memory: the real client, without a network.
///
/// # Errors
/// Where the settings cannot be used.
pub fn emulated(emulator: Arc<Emulator>, settings: Settings) -> Result<Connection> {
    let payer = Payer {
        quota_project: settings.quota_project.clone(),
    };
    let tokens = Arc::new(TokenCache::new(Box::new(AnyToken)));
    let transport = Transport::new(Arc::new(InMemory(emulator)), tokens, settings)
        .map_err(|error| told(&error))?;
    Ok(Connection {
        google: Google::new(transport),
        payer,
    })
}

fn settings(network: &NetworkArgs) -> Result<Settings> {
    Ok(Settings {
        quotas: quotas(&network.api_quota)?,
        retry: RetryPolicy {
            max_attempts: network.max_attempts.into(),
            total: Duration::from_secs(network.total_timeout.into()),
            ..RetryPolicy::default()
        },
        attempt_timeout: Duration::from_secs(network.timeout.into()),
        max_in_flight: network.max_in_flight.into(),
        ..Settings::default()
    })
}

/// Returns the quotas that the user names; where two are for one API, the last counts.
fn quotas(named: &[ApiQuota]) -> Result<Quotas> {
    let mut quotas = Quotas::default();
    for ApiQuota { host, per_minute } in named {
        let meant: Vec<Quota> = Quota::all()
            .filter(|quota| host == "all" || quota.host() == host)
            .collect();
        if meant.is_empty() {
            let hosts: Vec<&str> = Api::ALL.into_iter().map(Api::host).collect();
            let near = did_you_mean(host, &hosts);
            return Err(Error::new(format!(
                "--api-quota: there is no API {host:?}{near}"
            )));
        }
        for quota in meant {
            quotas = quotas.with(quota, *per_minute);
        }
    }
    Ok(quotas)
}

fn unusable(CredentialError { story, remedy, .. }: CredentialError) -> Error {
    Error::new(story).hint(remedy)
}

/// The emulator as the transport's backend.
struct InMemory(Arc<Emulator>);

#[async_trait::async_trait]
impl Backend for InMemory {
    async fn send(&self, request: Request<Bytes>) -> io::Result<Response<Body>> {
        self.0.handle(request).await
    }
}

/// A token for the emulator, which takes any.
struct AnyToken;

#[async_trait::async_trait]
impl TokenSource for AnyToken {
    async fn fetch(&self) -> std::result::Result<Token, CredentialError> {
        let token = serde_json::json!({ "access_token": "any", "expires_in": 3_600 });
        Ok(serde_json::from_value(token).expect("a token of the form that gcp_auth reads"))
    }
}

//! A machine with the credentials that a test puts there, and what Google's servers answer.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sa_audit::gcp::credentials::{
    Credential, CredentialError, Impersonate, Limits, Sources, discover,
};

use sa_audit::gcp::wire::{Proxy, Wire};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::never_real;
use crate::token_server::{Reply, TokenServer};

pub(crate) const REFRESH_TOKEN: &str = "1//0never-real-refresh";
pub(crate) const CLIENT_SECRET: &str = "never-real-client-secret";
pub(crate) const SUBJECT_TOKEN: &str = "never-real-subject-token";
pub(crate) const PROVIDER_TOKEN: &str = "never-real-provider-bearer";
pub(crate) const ACCESS_TOKEN: &str = "ya29.never-real-access";
pub(crate) const STS_TOKEN: &str = "ya29.never-real-federated";
pub(crate) const IMPERSONATED_TOKEN: &str = "ya29.never-real-impersonated";
pub(crate) const AUDITOR: &str = "auditor@kestrel-sec.iam.gserviceaccount.com";
pub(crate) const KEY_OWNER: &str = "etl@kestrel-data.iam.gserviceaccount.com";
pub(crate) const POOL: &str = "//iam.googleapis.com/projects/1234567890/locations/global/workloadIdentityPools/ci/providers/forge";

/// Looks for credentials over the real network client.
pub(crate) async fn find(sources: Sources) -> Result<Credential, CredentialError> {
    discover(sources, Arc::new(Wire::new(Proxy::default()))).await
}

/// A machine without any credentials, whose token calls all lead to one server.
pub(crate) struct World {
    pub(crate) server: TokenServer,
    pub(crate) directory: TempDir,
    pub(crate) variables: Vec<(&'static str, String)>,
    pub(crate) impersonate: Option<&'static str>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) gcloud: PathBuf,
    pub(crate) attempts: u32,
    pub(crate) metadata_limit: Duration,
    pub(crate) by_hand: bool,
}

impl World {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        Self {
            server: TokenServer::start().await,
            gcloud: directory.path().join("no-gcloud-here"),
            directory,
            variables: vec![("NO_GCE_CHECK", "true".to_owned())],
            impersonate: None,
            token_file: None,
            attempts: 3,
            metadata_limit: Duration::from_secs(20),
            by_hand: true,
        }
    }

    /// Returns a world in which `GOOGLE_APPLICATION_CREDENTIALS` names a file of this content.
    pub(crate) async fn with_file(content: impl Fn(&TokenServer) -> Value) -> Self {
        let mut world = Self::new().await;
        let content = content(&world.server).to_string();
        world.set_file(&content);
        world
    }

    pub(crate) fn set_file(&mut self, content: &str) {
        let path = self.write("adc.json", content);
        self.variables
            .push(("GOOGLE_APPLICATION_CREDENTIALS", path.display().to_string()));
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(&path, content).expect("a file");
        path
    }

    /// Returns what the command line would hand over.
    pub(crate) fn sources(&self) -> Sources {
        let variables = self.variables.clone();
        let mut sources = Sources::new(move |name| {
            variables
                .iter()
                .rev()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.clone())
        });
        sources.home = Some(self.directory.path().to_owned());
        sources.token_file.clone_from(&self.token_file);
        sources.impersonate = self
            .impersonate
            .map(|chain| Impersonate::parse(chain).expect("a chain"));
        sources.gcloud.clone_from(&self.gcloud);
        if self.by_hand {
            sources.token_endpoint = Some(self.server.url("/token"));
            sources.iam_credentials_endpoint =
                Some(self.server.url("/iamcredentials.googleapis.com/"));
            sources.allow_hosts = vec![self.server.host()];
        }
        sources.limits = Limits {
            attempts: self.attempts,
            backoff: Duration::from_millis(2),
            metadata: self.metadata_limit,
            gcloud: Duration::from_secs(5),
            ..Limits::default()
        };
        sources
    }

    pub(crate) async fn discover(&self) -> Result<Credential, CredentialError> {
        find(self.sources()).await
    }

    pub(crate) async fn token(&self) -> Result<String, CredentialError> {
        Ok(self
            .discover()
            .await?
            .provider
            .token()
            .await?
            .as_str()
            .to_owned())
    }

    /// Returns the whole line that a user would see, with the directory's and the server's names taken out.
    pub(crate) async fn failure(&self) -> String {
        let error = self.token().await.expect_err("no token");
        let line = error.to_string();
        assert_eq!(line.lines().count(), 1, "one line: {line:?}");
        self.shown(&line)
    }

    pub(crate) fn shown(&self, text: &str) -> String {
        text.replace(&self.directory.path().display().to_string(), "DIR")
            .replace(&self.server.host(), "SERVER")
    }
}

pub(crate) fn token_answer(token: &str) -> Reply {
    Reply::new(
        200,
        json!({ "access_token": token, "expires_in": 3599, "token_type": "Bearer" }),
    )
}

pub(crate) fn generated(token: &str) -> Reply {
    let expiry = chrono::Utc::now() + chrono::TimeDelta::seconds(3600);
    Reply::new(
        200,
        json!({ "accessToken": token, "expireTime": expiry.to_rfc3339() }),
    )
}

pub(crate) fn generate_path(account: &str) -> String {
    format!(
        "POST /iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{account}:generateAccessToken"
    )
}

pub(crate) fn refusal(status: u16, error: &str, description: &str) -> Reply {
    Reply::new(
        status,
        json!({ "error": error, "error_description": description }),
    )
}

pub(crate) fn pem() -> String {
    format!(
        "-----BEGIN PRIVATE {0}-----\n{1}\n-----END PRIVATE {0}-----\n",
        "KEY",
        STANDARD.encode(never_real::KEY)
    )
}

pub(crate) fn authorized_user(_: &TokenServer) -> Value {
    json!({
        "type": "authorized_user", "account": "", "client_id": "never-real.apps.googleusercontent.com",
        "client_secret": CLIENT_SECRET, "refresh_token": REFRESH_TOKEN, "quota_project_id": "kestrel-billing",
        "universe_domain": "googleapis.com",
    })
}

pub(crate) fn service_account(_: &TokenServer) -> Value {
    json!({
        "type": "service_account", "project_id": "kestrel-data", "private_key_id": "0badc0de", "private_key": pem(),
        "client_email": KEY_OWNER, "client_id": "104512345678901234567",
        "token_uri": "https://oauth2.googleapis.com/token", "universe_domain": "googleapis.com",
    })
}

/// What google-github-actions/auth writes.
pub(crate) fn external_account(server: &TokenServer) -> Value {
    json!({
        "type": "external_account", "audience": POOL,
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": server.url("/v1/token"),
        "credential_source": {
            "url": server.url("/idtoken?audience=forge"),
            "headers": { "Authorization": format!("Bearer {PROVIDER_TOKEN}") },
            "format": { "type": "json", "subject_token_field_name": "value" },
        },
    })
}

pub(crate) fn impersonated(source: Value, server: &TokenServer) -> Value {
    json!({
        "type": "impersonated_service_account", "source_credentials": source, "delegates": [],
        "service_account_impersonation_url":
            server.url(&format!("/v1/projects/-/serviceAccounts/{AUDITOR}:generateAccessToken")),
    })
}

pub(crate) fn answer_every_call(server: &TokenServer) {
    server.on("POST /token", [token_answer(ACCESS_TOKEN)]);
    server.on("POST /v1/token", [token_answer(STS_TOKEN)]);
    server.on(
        "GET /idtoken",
        [Reply::new(
            200,
            json!({ "count": 1, "value": SUBJECT_TOKEN }),
        )],
    );
    server.on(&generate_path(AUDITOR), [generated(IMPERSONATED_TOKEN)]);
}

/// Puts the world on a VM with a service account.
pub(crate) fn attach_account(world: &mut World) {
    let google = |status, body: &str| Reply::new(status, body).header("metadata-flavor", "Google");
    let accounts = "/computeMetadata/v1/instance/service-accounts/default";
    let token = json!({ "access_token": ACCESS_TOKEN, "expires_in": 3000, "token_type": "Bearer" })
        .to_string();
    world.server.on(
        &format!("GET {accounts}/email"),
        [google(200, "vm@kestrel-data.iam.gserviceaccount.com")],
    );
    world
        .server
        .on(&format!("GET {accounts}/token"), [google(200, &token)]);
    world.server.on(
        "GET /computeMetadata/v1/project/project-id",
        [google(200, "kestrel-data")],
    );
    world.variables.push(("NO_GCE_CHECK", String::new()));
    world
        .variables
        .push(("GCE_METADATA_HOST", world.server.host()));
}

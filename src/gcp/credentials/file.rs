//! A credentials file: which type it is, and what signs in with it.

use std::path::Path;

use serde_json::Value;

use super::authorized_user::AuthorizedUser;
use super::cache::TokenSource;
use super::calls::Calls;
use super::clean::clean;
use super::credential::{Credential, CredentialKind};
use super::endpoints::Endpoints;
use super::error::{CredentialError, FailureKind};
use super::external_account::ExternalAccount;
use super::fields::{Fields, malformed, read_small};
use super::service_account::ServiceAccount;
use super::target::Target;

const UNIVERSE: &str = "googleapis.com";

/// Returns the credentials in a file, by its `type`. No token is fetched.
///
/// # Errors
/// Unreadable, not JSON, a type that is not supported, a field missing or wrong, an address that is not Google's:
/// one line with the path, never with what the file holds.
pub(super) async fn load(
    path: &Path,
    endpoints: &Endpoints,
    calls: &Calls,
) -> Result<Credential, CredentialError> {
    let content = read_small(path).await.map_err(|problem| {
        CredentialError::new(
            FailureKind::Malformed,
            format!("credentials file {}: {problem}", path.display()),
            "correct GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`",
        )
    })?;
    // PowerShell begins its files with a byte order mark.
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&content);
    // serde_json's own words quote the file.
    let value: Value = serde_json::from_slice(content).map_err(|error| {
        malformed(
            path,
            &format!("not JSON, line {} column {}", error.line(), error.column()),
        )
    })?;
    let object = value
        .as_object()
        .ok_or_else(|| malformed(path, "not a JSON object"))?;
    let fields = Fields::new(path, object);
    let credential = match fields.required("type")? {
        "impersonated_service_account" => impersonated(&fields, endpoints, calls)?,
        kind => direct(kind, &fields, endpoints, calls)?,
    };
    let quota_project = fields.optional("quota_project_id")?.map(str::to_owned);
    Ok(Credential {
        quota_project,
        ..credential
    })
}

/// Returns credentials that stand for themselves, and for an `external_account` the account that it names on top.
fn direct(
    kind: &str,
    fields: &Fields<'_>,
    endpoints: &Endpoints,
    calls: &Calls,
) -> Result<Credential, CredentialError> {
    if let Some(universe) = fields.optional("universe_domain")? {
        refuse_other_universe(&fields.path().display().to_string(), universe)?;
    }
    let described = format!("{} from {}", clean(kind, &[], 40), fields.path().display());
    let text = |name: &str| fields.optional(name).map(|text| text.map(str::to_owned));
    let (kind, source, email, project): (_, Box<dyn TokenSource>, _, _) = match kind {
        "service_account" => (
            CredentialKind::ServiceAccount,
            Box::new(ServiceAccount::read(&described, fields, endpoints, calls)?),
            text("client_email")?,
            text("project_id")?,
        ),
        "authorized_user" => (
            CredentialKind::AuthorizedUser,
            Box::new(AuthorizedUser::read(&described, fields, endpoints, calls)?),
            text("account")?,
            None,
        ),
        "external_account" => (
            CredentialKind::ExternalAccount,
            Box::new(ExternalAccount::read(&described, fields, endpoints, calls)?),
            None,
            None,
        ),
        _ => return Err(unsupported(kind, fields)),
    };
    let is_federated = kind == CredentialKind::ExternalAccount;
    let credential = Credential::new(kind, described, source, email, project);
    match is_federated
        .then(|| Target::read(fields, endpoints))
        .transpose()?
        .flatten()
    {
        Some(target) => credential.impersonating(target, calls),
        None => Ok(credential),
    }
}

fn impersonated(
    fields: &Fields<'_>,
    endpoints: &Endpoints,
    calls: &Calls,
) -> Result<Credential, CredentialError> {
    let target = Target::read(fields, endpoints)?
        .ok_or_else(|| fields.wrong("service_account_impersonation_url", "is missing"))?;
    let source = fields
        .object("source_credentials", "source_credentials.")?
        .ok_or_else(|| fields.wrong("source_credentials", "is missing"))?;
    if let Some(universe) = fields.optional("universe_domain")? {
        refuse_other_universe(&fields.path().display().to_string(), universe)?;
    }
    let caller = direct(source.required("type")?, &source, endpoints, calls)?;
    Ok(Credential {
        kind: CredentialKind::ImpersonatedServiceAccount,
        ..caller.impersonating(target, calls)?
    })
}

/// Refuses credentials of a sovereign cloud; `place` says where the domain is set.
pub(super) fn refuse_other_universe(place: &str, universe: &str) -> Result<(), CredentialError> {
    if universe == UNIVERSE {
        return Ok(());
    }
    Err(CredentialError::new(
        FailureKind::Unsupported,
        format!(
            "{place}: the universe domain `{}` is not supported",
            clean(universe, &[], 60)
        ),
        "use credentials of googleapis.com",
    ))
}

fn unsupported(kind: &str, fields: &Fields<'_>) -> CredentialError {
    let remedy = match kind {
        "gdch_service_account" => {
            "use credentials of Google Cloud: this type belongs to Google Distributed Cloud"
        }
        "impersonated_service_account" => {
            "put the inner account into `delegates` and its own source in its place"
        }
        _ => {
            "set CLOUDSDK_AUTH_ACCESS_TOKEN to what `gcloud auth application-default print-access-token` prints"
        }
    };
    let story = format!(
        "{}: credentials of type `{}` are not supported here",
        fields.path().display(),
        clean(kind, &[], 40)
    );
    CredentialError::new(FailureKind::Unsupported, story, remedy)
}

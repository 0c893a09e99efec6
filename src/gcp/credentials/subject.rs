//! The subject token of an `external_account`: what an identity provider says about this workload, in a file or at a
//! URL.

use std::path::PathBuf;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use serde_json::Value;

use super::calls::{Calls, get};
use super::error::{CredentialError, FailureKind};
use super::fields::{Fields, read_small};
use super::hosts::identity_provider;
use super::secret::Secret;

const STEP: &str = "asking the identity provider";
const BY_GCLOUD: &str = "use a file or url source, or sign in with `gcloud auth login --cred-file=FILE` and set \
                         CLOUDSDK_AUTH_ACCESS_TOKEN to what `gcloud auth print-access-token` prints";

/// Where the subject token is, and in which form.
pub(super) struct SubjectSource {
    place: Place,
    format: Format,
}

enum Place {
    File(PathBuf),
    Url { uri: Uri, headers: HeaderMap },
}

/// The file or answer is the token, or a JSON object with the token in one of its fields.
enum Format {
    Text,
    Json { field: String },
}

impl SubjectSource {
    /// Reads `credential_source` of a credentials file.
    ///
    /// # Errors
    /// Sources that ask AWS, run a program or show a certificate are not supported.
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, CredentialError> {
        let source = fields
            .object("credential_source", "credential_source.")?
            .ok_or_else(|| fields.wrong("credential_source", "is missing"))?;
        let unsupported = [
            ("environment_id", "AWS"),
            ("executable", "executable"),
            ("certificate", "certificate"),
        ]
        .into_iter()
        .find(|(field, _)| source.value(field).is_some());
        if let Some((_, kind)) = unsupported {
            return Err(CredentialError::new(
                FailureKind::Unsupported,
                format!(
                    "{}: external_account with an {kind} source is not supported",
                    fields.path().display()
                ),
                BY_GCLOUD,
            ));
        }
        let place = match (source.optional("file")?, source.optional("url")?) {
            (Some(path), None) => Place::File(PathBuf::from(path)),
            (None, Some(url)) => Place::Url {
                uri: identity_provider(url).map_err(|why| source.untrusted("url", &why))?,
                headers: headers(&source)?,
            },
            (Some(_), Some(_)) => {
                return Err(fields.wrong("credential_source", "names both a file and a url"));
            }
            (None, None) => {
                return Err(fields.wrong("credential_source", "names neither a file nor a url"));
            }
        };
        Ok(Self {
            place,
            format: Format::read(&source)?,
        })
    }

    /// Returns the subject token of this moment; `who` names the credentials in errors.
    pub(super) async fn fetch(&self, who: &str, calls: &Calls) -> Result<Secret, CredentialError> {
        let (raw, place) = match &self.place {
            Place::File(path) => {
                let place = format!("subject token {}", path.display());
                let raw = read_small(path).await.map_err(|problem| {
                    CredentialError::new(
                        FailureKind::Malformed,
                        format!("{who}: {place}: {problem}"),
                        "check that the job writes its identity token there",
                    )
                })?;
                (Bytes::from(raw), place)
            }
            Place::Url { uri, headers } => {
                let mut request: Request<Bytes> = get(uri);
                *request.headers_mut() = headers.clone();
                let secrets: Vec<Secret> = header_texts(headers).map(Secret::new).collect();
                let secrets: Vec<&Secret> = secrets.iter().collect();
                let raw = calls.send(STEP, &request, &secrets).await.map_err(|failure| {
                    failure.into_error(
                        who,
                        STEP,
                        "check that the job may ask for an identity token (GitHub Actions: `permissions: id-token: write`)",
                    )
                })?;
                (
                    raw,
                    format!("subject token from {}", uri.host().unwrap_or_default()),
                )
            }
        };
        self.format.token_in(&raw).map_err(|problem| {
            CredentialError::new(
                FailureKind::Malformed,
                format!("{who}: {place}: {problem}"),
                "check `credential_source.format` of the credentials file",
            )
        })
    }
}

/// Header values, and the part behind `Bearer` or another scheme, as they may come back in an answer.
fn header_texts(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .values()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| {
            [
                Some(text),
                text.split_once(' ').map(|(_, credentials)| credentials),
            ]
        })
        .flatten()
}

fn headers(source: &Fields<'_>) -> Result<HeaderMap, CredentialError> {
    let mut headers = HeaderMap::new();
    for (name, value) in source
        .object("headers", "credential_source.headers.")?
        .iter()
        .flat_map(Fields::pairs)
    {
        let pair = name.parse::<HeaderName>().ok().zip(
            value
                .as_str()
                .and_then(|text| HeaderValue::from_str(text).ok()),
        );
        let Some((name, mut value)) = pair else {
            return Err(source.wrong("headers", "holds what cannot be an HTTP header"));
        };
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

impl Format {
    fn read(source: &Fields<'_>) -> Result<Self, CredentialError> {
        let Some(format) = source.object("format", "credential_source.format.")? else {
            return Ok(Self::Text);
        };
        match format.optional("type")? {
            None | Some("text") => Ok(Self::Text),
            Some("json") => Ok(Self::Json {
                field: format.required("subject_token_field_name")?.to_owned(),
            }),
            Some(_) => Err(format.wrong("type", "is neither `text` nor `json`")),
        }
    }

    fn token_in(&self, raw: &[u8]) -> Result<Secret, String> {
        let text = match self {
            Self::Text => std::str::from_utf8(raw)
                .map_err(|_| "not a text".to_owned())?
                .trim()
                .to_owned(),
            Self::Json { field } => serde_json::from_slice::<Value>(raw)
                .map_err(|_| "not JSON".to_owned())?
                .get(field)
                .and_then(Value::as_str)
                .ok_or_else(|| format!("no text under `{field}`"))?
                .to_owned(),
        };
        if text.is_empty() {
            Err("empty".to_owned())
        } else {
            Ok(Secret::new(text))
        }
    }
}

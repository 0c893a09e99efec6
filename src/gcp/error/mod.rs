//! The one error of the client: what was tried, on what, what came back, what to do.

mod decode;
mod fault;
mod hint;
mod hub;
mod text;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::methods;
use text::{clean, without};

pub use fault::Fault;

pub(super) use decode::decode;
pub(super) use hub::{envelope, from_hub};

/// A failed call to Google.
///
/// It can be serialised, because it travels through the generated hubs as a JSON body. No field ever holds an access
/// token; texts from the network are cut and freed of control characters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Error(Box<Details>);

/// The facts of an [`Error`], boxed so that every `Result` of the client stays small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Details {
    kind: ErrorKind,
    method: String,
    target: String,
    status: Option<u16>,
    message: String,
    attempts: u32,
    retry_after_seconds: Option<u64>,
}

/// What happened, decided once from whatever Google or the network gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The API is switched off in the project that pays for the call.
    ApiDisabled {
        /// Host of the API, such as `iam.googleapis.com`.
        service: Option<String>,
        /// Project in which it is off, as `projects/NUMBER` or `projects/ID`.
        consumer: Option<String>,
    },
    /// The caller lacks a permission, or the resource does not exist and Google will not say which.
    PermissionDenied {
        /// The permission, such as `iam.serviceAccountKeys.list`, where Google names it.
        permission: Option<String>,
    },
    /// A quota is used up.
    QuotaExceeded {
        /// The limit's name, such as `ReadRequestsPerMinutePerProject`.
        limit: Option<String>,
        /// Project whose quota it is, as `projects/NUMBER`.
        consumer: Option<String>,
    },
    /// A VPC Service Controls perimeter forbids the call.
    ServicePerimeter {
        /// The identifier under which the refusal can be found in the audit log.
        uid: Option<String>,
    },
    /// The credentials need a quota project and none is set.
    QuotaProjectMissing,
    /// The caller may not use the quota project.
    QuotaProjectRefused {
        /// The quota project, as `projects/ID`.
        project: Option<String>,
    },
    /// The access token lacks the scope `cloud-platform`.
    ScopeInsufficient,
    /// The access token is missing, expired or revoked.
    Unauthenticated,
    /// The calling service account is disabled or deleted.
    CallerDisabled,
    /// The resource does not exist.
    NotFound,
    /// The project is being deleted, is suspended, or has no billing.
    ProjectUnavailable {
        /// Google's reason, such as `CONSUMER_INVALID`.
        reason: String,
        /// The project, as `projects/NUMBER`.
        project: Option<String>,
    },
    /// Google does not understand or does not accept the request.
    BadRequest,
    /// An error on Google's side, still there after every attempt.
    Server,
    /// The network, or something between us and Google, still there after every attempt.
    Transport {
        /// What the network did.
        fault: Fault,
    },
    /// An answer that is JSON, but not of the method's type.
    Malformed,
    /// A list that does not end: a page token seen before, or too many pages.
    EndlessList,
    /// The request is not on the allow list; nothing was sent.
    NotAllowed,
    /// An endpoint override that cannot be used.
    BadEndpoint,
    /// No access token could be had.
    Credentials,
}

impl Error {
    /// Returns an error of that kind; the message is cleaned and cut.
    pub(super) fn new(kind: ErrorKind, message: impl AsRef<str>) -> Self {
        Self(Box::new(Details {
            kind,
            method: String::new(),
            target: String::new(),
            status: None,
            message: clean(message.as_ref()),
            attempts: 0,
            retry_after_seconds: None,
        }))
    }

    /// Returns the error with the method and the resource that it is about.
    pub(super) fn on(mut self, method: &str, target: &str) -> Self {
        method.clone_into(&mut self.0.method);
        self.0.target = clean(target);
        self
    }

    /// Returns the error with the answer's HTTP status.
    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Returns the error with the access token blacked out of its message.
    pub(super) fn without(mut self, secret: &str) -> Self {
        self.0.message = without(secret, &self.0.message);
        self
    }

    /// Returns the error with the number of attempts made.
    pub(super) fn after(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Returns the error with the wait that Google asked for and that was too long to wait, in seconds.
    pub(super) fn refused_wait(mut self, seconds: u64) -> Self {
        self.0.retry_after_seconds = Some(seconds);
        self
    }

    /// Returns what happened.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Returns the method's id in Google's discovery documents, such as `iam.projects.serviceAccounts.list`.
    ///
    /// Empty where the error is about no method of the allow list.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.0.method
    }

    /// Returns the relative name of the resource that was asked for, such as `projects/acme-prod`.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.0.target
    }

    /// Returns the HTTP status of the last answer, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns the message that came back, cut to 500 characters and free of control characters.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns how often the request was sent, 0 where nothing was.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the seconds that Google asked us to wait, where that was longer than the time left.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.0.retry_after_seconds
    }

    /// Returns what to do about it, in one or two sentences, where something can be done.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        hint::hint(self)
    }

    /// Returns what came back, without what was tried.
    fn outcome(&self) -> String {
        let named = |text: &str, name: &Option<String>| match name {
            Some(name) => format!("{text} {name}"),
            None => text.to_owned(),
        };
        match &self.0.kind {
            ErrorKind::ApiDisabled { service, consumer } => {
                let api = service.as_deref().unwrap_or("the API");
                named(
                    &format!("{api} is not enabled in"),
                    &Some(consumer.clone().unwrap_or_else(|| "the project".to_owned())),
                )
            }
            ErrorKind::PermissionDenied {
                permission: Some(permission),
            } => format!("permission {permission} denied"),
            ErrorKind::PermissionDenied { permission: None } => self.told("permission denied"),
            ErrorKind::QuotaExceeded { limit, consumer } => {
                let spent = named("quota exceeded:", limit);
                match consumer {
                    Some(consumer) => format!("{} of {consumer}", spent.trim_end_matches(':')),
                    None => self.told(spent.trim_end_matches(':')),
                }
            }
            ErrorKind::ServicePerimeter { uid } => match uid {
                Some(uid) => format!(
                    "forbidden by a VPC Service Controls perimeter (unique identifier {uid})"
                ),
                None => "forbidden by a VPC Service Controls perimeter".to_owned(),
            },
            ErrorKind::QuotaProjectMissing => {
                "these credentials need a quota project, and none is set".to_owned()
            }
            ErrorKind::QuotaProjectRefused { project } => match project {
                Some(project) => format!("the caller may not use {project} as its quota project"),
                None => self.told("the caller may not use the quota project"),
            },
            ErrorKind::ScopeInsufficient => {
                "the access token lacks the scope cloud-platform".to_owned()
            }
            ErrorKind::Unauthenticated => self.told("the access token was refused"),
            ErrorKind::CallerDisabled => {
                "the calling service account is disabled or deleted".to_owned()
            }
            ErrorKind::NotFound => self.told("not found"),
            ErrorKind::ProjectUnavailable { reason, project } => {
                format!(
                    "{} is unavailable ({reason})",
                    project.as_deref().unwrap_or("the project")
                )
            }
            ErrorKind::BadRequest => self.told("request not accepted"),
            ErrorKind::Server => self.told("server error"),
            ErrorKind::Transport {
                fault: Fault::Unreachable,
            } => self.told(&Fault::Unreachable.to_string()),
            ErrorKind::Transport { fault } => fault.to_string(),
            ErrorKind::Malformed => self.told("the answer is not of the method's type"),
            ErrorKind::EndlessList => self.told("the list does not end"),
            ErrorKind::NotAllowed => {
                self.told("not on the list of read-only methods, nothing was sent")
            }
            ErrorKind::BadEndpoint => self.told("endpoint override cannot be used"),
            ErrorKind::Credentials => self.told("no access token"),
        }
    }

    /// Returns the text, followed by the message that came back where there is one.
    fn told(&self, text: &str) -> String {
        if self.0.message.is_empty() {
            text.to_owned()
        } else {
            format!("{text}: {}", self.0.message)
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match methods::by_id(&self.0.method) {
            Some(method) if self.0.target.is_empty() => write!(f, "{}: ", method.doing)?,
            Some(method) => write!(f, "{} {}: ", method.doing, self.0.target)?,
            None if self.0.target.is_empty() => {}
            None => write!(f, "{}: ", self.0.target)?,
        }
        f.write_str(&self.outcome())?;
        if let Some(status) = self.0.status {
            write!(f, " (HTTP {status})")?;
        }
        if self.0.attempts > 1 {
            write!(f, ", after {} attempts", self.0.attempts)?;
        }
        if let Some(seconds) = self.0.retry_after_seconds {
            write!(f, ", given up because Google asks to wait {seconds} s")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}

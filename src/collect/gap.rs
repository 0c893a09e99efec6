//! A failed or incomplete read, as the coverage knows it; and the failures that end a scan.

use crate::gcp::error::{Error, ErrorKind};
use crate::gcp::paging::Listed;
use crate::model::coverage::Reading;
use crate::model::project::Project;

/// The project that pays for the calls, which tells an API that is off for all of them from one that is off somewhere.
#[derive(Debug, Clone, Default)]
pub struct Payer {
    /// The quota project, by id or number, where one is set.
    pub quota_project: Option<String>,
}

impl Payer {
    /// Returns what a list holds, parsed, and how its read ended; elements that do not parse are counted.
    ///
    /// # Errors
    /// The error that ended the list, where every further call would end with it too.
    pub fn settle<T, M>(
        &self,
        listed: Listed<T>,
        project: Option<&Project>,
        parse: impl Fn(T) -> Option<M>,
    ) -> Result<(Vec<M>, Reading), Error> {
        match &listed.stopped {
            Some(error) if self.is_fatal(error, project) => Err(error.clone()),
            _ => Ok(outcome(listed, parse)),
        }
    }

    /// Returns what [`Payer::settle`] does, of a service that not every scan needs: that its API is off is a gap,
    /// wherever it is off.
    ///
    /// # Errors
    /// As those of [`Payer::settle`].
    pub fn settle_service<T, M>(
        &self,
        listed: Listed<T>,
        project: Option<&Project>,
        parse: impl Fn(T) -> Option<M>,
    ) -> Result<(Vec<M>, Reading), Error> {
        match &listed.stopped {
            Some(error) if self.ends_all(error, project) => Err(error.clone()),
            _ => Ok(outcome(listed, parse)),
        }
    }

    /// Returns the gap that the error leaves of a service that not every scan needs.
    ///
    /// # Errors
    /// The error itself, as those of [`Payer::settle_service`].
    pub fn gap(&self, error: &Error, project: Option<&Project>) -> Result<Reading, Error> {
        if self.ends_all(error, project) {
            Err(error.clone())
        } else {
            Ok(reading(error))
        }
    }

    /// Returns whether the error ends the scan although it is about one service of several.
    pub(super) fn ends_all(&self, error: &Error, project: Option<&Project>) -> bool {
        !matches!(error.kind(), ErrorKind::ApiDisabled { .. }) && self.is_fatal(error, project)
    }

    /// Returns whether every further call would fail in the same way; `project` is the one that was asked about.
    #[must_use]
    pub fn is_fatal(&self, error: &Error, project: Option<&Project>) -> bool {
        match error.kind() {
            ErrorKind::ApiDisabled {
                consumer: Some(consumer),
                ..
            } => self.is_off_for_all(consumer, project),
            ErrorKind::QuotaProjectMissing
            | ErrorKind::QuotaProjectRefused { .. }
            | ErrorKind::ScopeInsufficient
            | ErrorKind::Unauthenticated
            | ErrorKind::CallerDisabled
            | ErrorKind::NotAllowed
            | ErrorKind::BadEndpoint
            | ErrorKind::Credentials => true,
            ErrorKind::ApiDisabled { consumer: None, .. }
            | ErrorKind::PermissionDenied { .. }
            | ErrorKind::QuotaExceeded { .. }
            | ErrorKind::ServicePerimeter { .. }
            | ErrorKind::NotFound
            | ErrorKind::ProjectUnavailable { .. }
            | ErrorKind::BadRequest
            | ErrorKind::Server
            | ErrorKind::Transport { .. }
            | ErrorKind::Malformed
            | ErrorKind::EndlessList => false,
        }
    }

    /// The API is off for all calls where it is off in the project that pays, and not just in the one asked about: in
    /// the quota project, or else in a third project, such as the home of the calling account. Google names it by
    /// number, where the user may have given the quota project's id: what is not the one asked about is the payer.
    fn is_off_for_all(&self, consumer: &str, asked: Option<&Project>) -> bool {
        let consumer = consumer.trim_start_matches("projects/");
        let Some(asked) = asked else { return true };
        let is_asked = |name: &str| name == asked.id.as_str() || name == asked.number.as_str();
        !is_asked(consumer) || self.quota_project.as_deref().is_some_and(is_asked)
    }
}

/// Returns how two reads of one dataset ended together: as the worse of them, with all the elements that were dropped.
#[must_use]
pub fn both(one: Reading, other: Reading) -> Reading {
    match (one, other) {
        (Reading::Malformed { count: one }, Reading::Malformed { count: other }) => {
            Reading::Malformed { count: one + other }
        }
        (one, other) => one.max(other),
    }
}

/// Returns what a list holds, parsed, and how its read ended.
fn outcome<T, M>(listed: Listed<T>, parse: impl Fn(T) -> Option<M>) -> (Vec<M>, Reading) {
    let read = listed.items.len();
    let parsed: Vec<M> = listed.items.into_iter().filter_map(parse).collect();
    let malformed = (listed.malformed + read - parsed.len()) as u64;
    let reading = match listed.stopped {
        Some(error) if read > 0 => Reading::Truncated {
            message: error.to_string(),
        },
        Some(error) => reading(&error),
        None if malformed > 0 => Reading::Malformed { count: malformed },
        None => Reading::Read,
    };
    (parsed, reading)
}

/// Returns how a read ended that brought nothing.
pub(super) fn reading(error: &Error) -> Reading {
    match error.kind() {
        ErrorKind::PermissionDenied { permission } => Reading::Denied {
            permission: permission.clone(),
        },
        ErrorKind::ApiDisabled { service, consumer } => Reading::ApiDisabled {
            service: service.clone().unwrap_or_else(|| "the API".to_owned()),
            consumer: consumer.clone(),
        },
        ErrorKind::QuotaExceeded { .. } => Reading::Quota {
            message: error.to_string(),
        },
        ErrorKind::ServicePerimeter { uid } => Reading::Perimeter { uid: uid.clone() },
        ErrorKind::QuotaProjectMissing
        | ErrorKind::QuotaProjectRefused { .. }
        | ErrorKind::ScopeInsufficient
        | ErrorKind::Unauthenticated
        | ErrorKind::CallerDisabled
        | ErrorKind::NotFound
        | ErrorKind::ProjectUnavailable { .. }
        | ErrorKind::BadRequest
        | ErrorKind::Server
        | ErrorKind::Transport { .. }
        | ErrorKind::Malformed
        | ErrorKind::EndlessList
        | ErrorKind::NotAllowed
        | ErrorKind::BadEndpoint
        | ErrorKind::Credentials => Reading::Failed {
            status: error.status(),
            message: error.to_string(),
        },
    }
}

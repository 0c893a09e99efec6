//! The ways in which a request or its answer is lost between here and Google.

use std::error::Error;
use std::fmt;
use std::io;

use serde::{Deserialize, Serialize};

/// How a request or its answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The connection was refused.
    Refused,
    /// The connection was reset before an answer came.
    Reset,
    /// No connection: no such host, no route, TLS refused.
    Unreachable,
    /// The answer's body ended too early.
    Cut,
    /// The answer's head came, its body did not arrive in time.
    Stalled,
    /// Nothing came in time.
    TimedOut,
    /// A success whose body is no JSON object, such as a proxy's HTML page.
    NotJson,
    /// The body is larger than the client takes.
    TooLarge,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "connection refused",
            Self::Reset => "connection reset",
            Self::Unreachable => "no connection",
            Self::Cut => "answer cut off",
            Self::Stalled => "answer stalled",
            Self::TimedOut => "no answer in time",
            Self::NotJson => "the answer is not JSON",
            Self::TooLarge => "the answer is too large",
        })
    }
}

/// The operating system's reasons that say more than "no connection".
const KINDS: [(io::ErrorKind, Fault); 6] = [
    (io::ErrorKind::ConnectionRefused, Fault::Refused),
    (io::ErrorKind::ConnectionReset, Fault::Reset),
    (io::ErrorKind::ConnectionAborted, Fault::Reset),
    (io::ErrorKind::BrokenPipe, Fault::Reset),
    (io::ErrorKind::UnexpectedEof, Fault::Reset),
    (io::ErrorKind::TimedOut, Fault::TimedOut),
];

impl Fault {
    /// Returns how a request was lost that brought no answer.
    ///
    /// The reason may lie deep: a client wraps the operating system's error in its own, and that in an I/O error.
    pub(crate) fn of(error: &io::Error) -> Self {
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(cause) = next {
            if cause
                .downcast_ref::<hyper::Error>()
                .is_some_and(hyper::Error::is_incomplete_message)
            {
                return Self::Reset;
            }
            let Some(io) = cause.downcast_ref::<io::Error>() else {
                next = cause.source();
                continue;
            };
            let found = KINDS.iter().find(|(kind, _)| *kind == io.kind());
            if let Some((_, fault)) = found {
                return *fault;
            }
            // `source` of an I/O error skips the error that it wraps.
            next = io.get_ref().map(|inner| inner as &(dyn Error + 'static));
        }
        Self::Unreachable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_found_under_wrappers() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(Fault::of(&refused), Fault::Refused);
        assert_eq!(
            Fault::of(&io::Error::other(io::Error::other(refused))),
            Fault::Refused
        );
        assert_eq!(
            Fault::of(&io::Error::from(io::ErrorKind::ConnectionReset)),
            Fault::Reset
        );
        assert_eq!(
            Fault::of(&io::Error::other("no such host")),
            Fault::Unreachable
        );
    }
}

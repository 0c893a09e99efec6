//! An error that ends the program: what was tried, on what, what came back, what to do, in one line.

use std::fmt;

/// An error for the user. It ends the run with exit code 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    message: String,
    hint: Option<String>,
}

/// The result of a command.
pub type Result<T> = std::result::Result<T, Error>;

/// The exit code of a usage, configuration or fatal error: nothing was made.
pub const EXIT_ERROR: u8 = 2;

impl Error {
    /// Returns an error that says what was tried, on what, and what came back.
    pub fn new(message: impl fmt::Display) -> Self {
        Self {
            message: message.to_string(),
            hint: None,
        }
    }

    /// Returns the error with what the user can do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl fmt::Display for Error {
    /// Writes one line: the message, then the hint behind a semicolon.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "; {hint}"))
    }
}

impl std::error::Error for Error {}

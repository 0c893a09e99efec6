//! What the process was given: variables, folders, streams. Read here, once, and passed on as values.

use std::env;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use crate::cli::When;
use crate::error::{Error, Result};
use crate::render::terminal::Style;

/// Refuses a variable that would decide who signs in and where calls go, and that is not text: to take it for one that
/// is not set would be to sign in as somebody else.
pub(super) fn refuse_unreadable() -> Result<()> {
    let mut unreadable: Vec<String> = env::vars_os()
        .filter(|(_, value)| value.to_str().is_none())
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| decides_a_connection(name))
        .collect();
    unreadable.sort();
    match unreadable.into_iter().next() {
        Some(name) => {
            Err(Error::new(format!("{name} is not valid UTF-8"))
                .hint("set it to text, or unset it"))
        }
        None => Ok(()),
    }
}

fn decides_a_connection(name: &str) -> bool {
    let proxy = name.to_ascii_uppercase();
    name.starts_with("GOOGLE_")
        || name.starts_with("CLOUDSDK_")
        || ["APPDATA", "GCE_METADATA_HOST", "NO_GCE_CHECK"].contains(&name)
        || ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].contains(&proxy.as_str())
}

/// Returns the user's home folder.
pub(super) fn home() -> Option<PathBuf> {
    path(if cfg!(windows) { "USERPROFILE" } else { "HOME" })
}

/// Returns a variable that is set, is text, and is not empty.
pub(super) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns a variable that names a file or folder, and is not empty.
pub(super) fn path(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// Returns the folder in which snapshots are kept unless the user says otherwise: `sa-audit` in the state folder of the
/// [XDG base directories](https://specifications.freedesktop.org/basedir-spec/latest/), or in `LOCALAPPDATA`.
pub(super) fn default_store() -> Option<PathBuf> {
    let state = if cfg!(windows) {
        path("LOCALAPPDATA")
    } else {
        let home = || path("HOME").map(|home| home.join(".local/state"));
        path("XDG_STATE_HOME")
            .filter(|path| path.is_absolute())
            .or_else(home)
    };
    state.map(|state| state.join("sa-audit"))
}

/// Returns whether text on standard output is coloured.
///
/// `auto` follows `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`, `TERM` and whether the output is a terminal, as `anstream`
/// reads them.
pub(super) fn colour(when: When) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
        }
    }
}

/// Returns whether the log on standard error is coloured; `auto` as for [`colour`].
pub(super) fn log_colour(when: When) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => {
            anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
        }
    }
}

/// Returns whether accounts on standard output are links.
pub(super) fn links(when: When) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => std::io::stdout().is_terminal() && colour(When::Auto),
    }
}

/// Returns whether the terminal shows more than ASCII: the first locale variable that is set says so.
pub(super) fn unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable);
    match locale {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        None => cfg!(windows),
    }
}

/// Returns the width of standard output's text in columns.
pub(super) fn width() -> usize {
    Style::width(terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)))
}

//! The settings in force: the configuration file with the flags on top.

use std::env;
use std::fs;
use std::path::PathBuf;

use crate::cli::{GlobalArgs, OutputArgs};
use crate::config::{self, Overrides};
use crate::error::{Error, Result};
use crate::model::rule::RuleMeta;
use crate::model::settings::Settings;
use crate::rules::RULES;

/// Returns the settings in force.
pub(super) fn settings(global: &GlobalArgs, output: &OutputArgs) -> Result<Settings> {
    let flags = Overrides {
        fail_on: output.fail_on.map(Into::into),
        allow_incomplete: output.allow_incomplete,
    };
    let nearest = || config::find(&env::current_dir().ok()?);
    let Some(path) = global.config.clone().or_else(nearest) else { return Ok(config::defaults(flags)) };
    let text = fs::read_to_string(&path)
        .map_err(|error| Error::new(format!("reading the configuration {}: {error}", path.display())))?;
    config::parse(&path, &text, &metas(), flags).map_err(Error::new)
}

/// Returns what is known of every rule, by id.
pub(super) fn metas() -> Vec<&'static RuleMeta> {
    RULES.iter().map(|rule| rule.meta()).collect()
}

/// Writes the commented configuration to `path`.
pub(super) fn init(path: &PathBuf, force: bool) -> Result<()> {
    let text = config::template(&metas());
    let written = if force {
        fs::write(path, text)
    } else {
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
    };
    written.map_err(|error| {
        let error_is_that_it_is_there = error.kind() == std::io::ErrorKind::AlreadyExists;
        let told = Error::new(format!("writing the configuration {}: {error}", path.display()));
        if error_is_that_it_is_there { told.hint("--force writes over it") } else { told }
    })
}

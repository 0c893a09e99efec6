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

use super::environment;

/// Returns the settings in force; `fail_on_known` is the flag's.
pub(super) fn settings(
    global: &GlobalArgs,
    output: &OutputArgs,
    fail_on_known: bool,
) -> Result<Settings> {
    read(
        global,
        Overrides {
            fail_on: output.fail_on,
            allow_incomplete: output.allow_incomplete,
            fail_on_known,
        },
    )
}

/// Returns the settings of the configuration file alone.
pub(super) fn of_file(global: &GlobalArgs) -> Result<Settings> {
    read(global, Overrides::default())
}

fn read(global: &GlobalArgs, flags: Overrides) -> Result<Settings> {
    let nearest = || config::find(&env::current_dir().ok()?);
    let named = || environment::path("SA_AUDIT_CONFIG");
    let Some(path) = global.config.clone().or_else(named).or_else(nearest) else {
        return Ok(config::defaults(flags));
    };
    let text = fs::read_to_string(&path).map_err(|error| {
        Error::new(format!(
            "reading the configuration {}: {error}",
            path.display()
        ))
    })?;
    let settings = config::parse(&path, &text, &metas(), flags).map_err(Error::new)?;
    let ranges = config::ranges(&path, &text, |file| fs::read_to_string(file));
    Ok(Settings {
        ranges: ranges.map_err(Error::new)?,
        ..settings
    })
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
        let told = Error::new(format!(
            "writing the configuration {}: {error}",
            path.display()
        ));
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            told.hint("--force writes over it")
        } else {
            told
        }
    })
}

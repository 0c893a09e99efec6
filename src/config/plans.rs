//! `[plans]`: how careful plans are, and where their pools are made.

use globset::Glob;
use serde::Deserialize;
use toml::Spanned;

use crate::model::names::ProjectId;
use crate::model::settings::PlanSettings;

use super::MAX_DAYS;

/// The section, as the file has it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PlansSection {
    min_quiet: Option<Spanned<u32>>,
    min_quiet_rare: Option<Spanned<u32>>,
    business_cycle: Option<Spanned<u32>>,
    rare: Vec<Spanned<String>>,
    pool_project: Option<Spanned<String>>,
}

/// Returns the settings that the section makes, or the byte where it is wrong and why.
pub(super) fn settings(section: PlansSection) -> Result<PlanSettings, (usize, String)> {
    let defaults = PlanSettings::default();
    let min_quiet = days("min_quiet", section.min_quiet.as_ref(), defaults.min_quiet)?;
    let min_quiet_rare = days(
        "min_quiet_rare",
        section.min_quiet_rare.as_ref(),
        defaults.min_quiet_rare.max(min_quiet),
    )?;
    if min_quiet_rare < min_quiet {
        let at = section.min_quiet_rare.map_or(0, |days| days.span().start);
        let what = format!(
            "min_quiet_rare is {min_quiet_rare} days, less than min_quiet with its {min_quiet}: what runs rarely is missed later"
        );
        return Err((at, what));
    }
    let rare = section.rare.into_iter().map(|glob| {
        let at = glob.span().start;
        if glob.get_ref().is_empty() {
            return Err((at, "a glob is empty".to_owned()));
        }
        match Glob::new(glob.get_ref()) {
            Ok(_) => Ok(glob.into_inner()),
            Err(error) => Err((at, error.to_string())),
        }
    });
    let pool_project = section.pool_project.map(|project| {
        ProjectId::parse(project.get_ref())
            .map_err(|error| (project.span().start, error.to_string()))
    });
    Ok(PlanSettings {
        min_quiet,
        min_quiet_rare,
        business_cycle: days(
            "business_cycle",
            section.business_cycle.as_ref(),
            defaults.business_cycle,
        )?,
        rare: rare.collect::<Result<_, _>>()?,
        pool_project: pool_project.transpose()?,
    })
}

fn days(name: &str, given: Option<&Spanned<u32>>, default: u32) -> Result<u32, (usize, String)> {
    let Some(given) = given else {
        return Ok(default);
    };
    let days = *given.get_ref();
    if (1..=MAX_DAYS).contains(&days) {
        Ok(days)
    } else {
        let what = format!("{name} is {days} days: 1 to {MAX_DAYS} can be used");
        Err((given.span().start, what))
    }
}

/// Returns the section as `sa-audit init` writes it.
pub(super) fn template() -> String {
    let PlanSettings {
        min_quiet,
        min_quiet_rare,
        business_cycle,
        ..
    } = PlanSettings::default();
    format!(
        "
# How careful plans are. Days.
[plans]
# An account or a key stays disabled for this long before it is deleted.
#min_quiet = {min_quiet}
# The same for what runs rarely: once a year, in a disaster.
#min_quiet_rare = {min_quiet_rare}
# After this, everything that runs regularly has run once.
#business_cycle = {business_cycle}
# Globs over the addresses of accounts that run rarely.
#rare = [\"dr-*@*\", \"year-end@*\"]
# The project in which workload identity pools are made; each account's own, where none is named.
#pool_project = \"acme-identity\"
"
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::{Overrides, parse};
    use crate::model::settings::PlanSettings;

    fn read(text: &str) -> Result<PlanSettings, String> {
        let parsed = parse(Path::new("sa-audit.toml"), text, &[], Overrides::default());
        parsed
            .map(|settings| settings.plans)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_written_is_as_by_default() {
        assert_eq!(read(""), Ok(PlanSettings::default()));
        let plans = read(
            "[plans]\nmin_quiet = 500\nbusiness_cycle = 31\nrare = [\"dr-*\"]\npool_project = \"acme-identity\"",
        )
        .expect("a configuration");
        let told = (
            plans.min_quiet,
            plans.min_quiet_rare,
            plans.business_cycle,
            plans.rare,
            plans.pool_project.map(String::from),
        );
        // What runs rarely is never deleted sooner than the rest.
        let expected = (
            500,
            500,
            31,
            vec!["dr-*".to_owned()],
            Some("acme-identity".to_owned()),
        );
        assert_eq!(told, expected);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_at_its_place() {
        let table = [
            (
                "min_quiet = 0",
                ":2:13: min_quiet is 0 days: 1 to 3650 can be used",
            ),
            (
                "business_cycle = 3651",
                ":2:18: business_cycle is 3651 days: 1 to 3650 can be used",
            ),
            (
                "min_quiet = 90\nmin_quiet_rare = 60",
                ":3:18: min_quiet_rare is 60 days, less than min_quiet with its 90: what runs rarely is missed later",
            ),
            (
                "rare = [\"dr-*\",\n  \"[\"]",
                ":3:3: error parsing glob '[': unclosed character class; missing ']'",
            ),
            ("rare = [\"\"]", ":2:9: a glob is empty"),
            (
                "pool_project = \"Acme\"",
                ":2:16: \"Acme\" is not a project id",
            ),
            (
                "min_quite = 90",
                ":2:1: there is no key \"min_quite\" here; did you mean \"min_quiet\"?",
            ),
            (
                "min_quiet = \"90\"",
                ":2:13: invalid type: string \"90\", expected a whole number of days",
            ),
        ];
        for (line, expected) in table {
            let said = read(&format!("[plans]\n{line}\n"));
            assert_eq!(said, Err(format!("sa-audit.toml{expected}")), "{line}");
        }
    }
}

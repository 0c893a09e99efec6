//! `sa-audit.toml`: where it is found, what it may say, and the settings that it makes with the flags.

mod accept;
mod plans;
mod ranges;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use globset::Glob;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use crate::model::owner::OwnerSettings;
use crate::model::rule::RuleMeta;
use crate::model::settings::{
    FailOn, Grouping, NamedWorkload, PlanSettings, RuleSetting, Settings, Thresholds,
};

pub use ranges::ranges;

/// The file's name.
pub const FILE_NAME: &str = "sa-audit.toml";

/// The longest threshold, in days: ten years.
const MAX_DAYS: u32 = 3_650;

/// A configuration that cannot be used: the file, the place in it, what is wrong, what was meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{place}: {what}", path.display())]
pub struct ConfigError {
    path: PathBuf,
    /// `:line:column`, or nothing.
    place: String,
    what: String,
}

/// Flags of the command line that outrank the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overrides {
    /// `--fail-on`.
    pub fail_on: Option<FailOn>,
    /// `--allow-incomplete`.
    pub allow_incomplete: bool,
    /// `--fail-on-known`.
    pub fail_on_known: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    workload_label: Option<Spanned<String>>,
    workload: Vec<WorkloadSection>,
    /// Read by [`ranges()`], since it may name files.
    range: Vec<ranges::RangeSection>,
    accept: Vec<accept::AcceptSection>,
    accept_gap: Vec<accept::AcceptGapSection>,
    owner: Vec<accept::OwnerSection>,
    owner_labels: Option<Vec<String>>,
    thresholds: Thresholds,
    plans: plans::PlansSection,
    report: ReportSection,
    rules: BTreeMap<Spanned<String>, RuleSetting>,
}

/// One `[[workload]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorkloadSection {
    name: Spanned<String>,
    #[serde(rename = "match")]
    matches: Spanned<Vec<Spanned<String>>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ReportSection {
    fail_on: Option<FailOn>,
    allow_incomplete: bool,
    fail_on_known: bool,
}

/// Returns the nearest [`FILE_NAME`] in `folder` or above it.
#[must_use]
pub fn find(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .map(|folder| folder.join(FILE_NAME))
        .find(|path| path.is_file())
}

/// Returns the settings that the text of a configuration file makes with the flags; `rules` are those that exist.
///
/// # Errors
/// Where the text is no TOML, holds a key or a rule that does not exist, or a value out of its range.
pub fn parse(
    path: &Path,
    text: &str,
    rules: &[&RuleMeta],
    flags: Overrides,
) -> Result<Settings, ConfigError> {
    let wrong = |at: Option<usize>, what: String| ConfigError {
        path: path.to_owned(),
        place: at.map(|offset| place(text, offset)).unwrap_or_default(),
        what,
    };
    let mut file: File = toml::from_str(text).map_err(|error| {
        wrong(
            error.span().map(|span| span.start),
            explain(error.message()),
        )
    })?;
    for (name, days) in days(&file.thresholds) {
        if !(1..=MAX_DAYS).contains(&days) {
            let what = format!("{name} is {days} days: 1 to {MAX_DAYS} can be used");
            return Err(wrong(threshold_place(text, name), what));
        }
    }
    let ids: Vec<&str> = rules.iter().map(|rule| rule.id).collect();
    if let Some(name) = file
        .rules
        .keys()
        .find(|name| !ids.contains(&name.get_ref().as_str()))
    {
        let what = format!(
            "there is no rule {:?}{}",
            name.get_ref(),
            did_you_mean(name.get_ref(), &ids)
        );
        return Err(wrong(Some(name.span().start), what));
    }
    let label = file.workload_label.take();
    let told = |(at, what): (usize, String)| wrong(Some(at), what);
    let grouping = grouping(label, std::mem::take(&mut file.workload)).map_err(told)?;
    let accept = std::mem::take(&mut file.accept);
    let accept_gap = std::mem::take(&mut file.accept_gap);
    let owner = std::mem::take(&mut file.owner);
    let owner_labels = file.owner_labels.take();
    let plans = plans::settings(std::mem::take(&mut file.plans)).map_err(told)?;
    Ok(Settings {
        grouping,
        plans,
        acceptances: accept::acceptances(accept, &ids).map_err(told)?,
        gap_acceptances: accept::gap_acceptances(accept_gap).map_err(told)?,
        owners: accept::owners(owner, owner_labels).map_err(told)?,
        ..settings(file, flags)
    })
}

/// Returns the grouping of workloads, or the byte where it is wrong and why.
fn grouping(
    label: Option<Spanned<String>>,
    sections: Vec<WorkloadSection>,
) -> Result<Grouping, (usize, String)> {
    let empty = |text: &Spanned<String>, what: &str| {
        if text.get_ref().is_empty() {
            Err((text.span().start, format!("{what} is empty")))
        } else {
            Ok(())
        }
    };
    if let Some(label) = &label {
        empty(label, "workload_label")?;
    }
    let mut workloads: Vec<NamedWorkload> = Vec::new();
    for WorkloadSection { name, matches } in sections {
        empty(&name, "the name of a workload")?;
        if workloads.iter().any(|held| held.name == *name.get_ref()) {
            let what = format!(
                "there are two workloads {:?}: put their globs into one match",
                name.get_ref()
            );
            return Err((name.span().start, what));
        }
        if matches.get_ref().is_empty() {
            let what = format!("the workload {:?} matches nothing", name.get_ref());
            return Err((matches.span().start, what));
        }
        let globs = matches.into_inner().into_iter().map(|glob| {
            empty(&glob, "a glob")?;
            Glob::new(glob.get_ref()).map_err(|error| (glob.span().start, error.to_string()))
        });
        workloads.push(NamedWorkload {
            name: name.into_inner(),
            matches: globs.collect::<Result<_, _>>()?,
        });
    }
    Ok(Grouping {
        label: label.map(Spanned::into_inner),
        workloads,
    })
}

/// Returns the settings where there is no file.
#[must_use]
pub fn defaults(flags: Overrides) -> Settings {
    settings(File::default(), flags)
}

fn settings(file: File, flags: Overrides) -> Settings {
    Settings {
        thresholds: file.thresholds,
        rules: file
            .rules
            .into_iter()
            .map(|(name, setting)| (name.into_inner(), setting))
            .collect(),
        grouping: Grouping::default(),
        ranges: Vec::new(),
        acceptances: Vec::new(),
        gap_acceptances: Vec::new(),
        owners: OwnerSettings::default(),
        fail_on_known: flags.fail_on_known || file.report.fail_on_known,
        plans: PlanSettings::default(),
        fail_on: flags.fail_on.or(file.report.fail_on).unwrap_or_default(),
        allow_incomplete: flags.allow_incomplete || file.report.allow_incomplete,
    }
}

/// Returns each threshold under the name that the file knows it by.
fn days(thresholds: &Thresholds) -> [(&'static str, u32); 6] {
    let Thresholds {
        max_key_age,
        active_within,
        max_key_idle,
        max_account_idle,
        expires_within,
        grace,
    } = *thresholds;
    [
        ("max_key_age", max_key_age),
        ("active_within", active_within),
        ("max_key_idle", max_key_idle),
        ("max_account_idle", max_account_idle),
        ("expires_within", expires_within),
        ("grace", grace),
    ]
}

/// Returns where the text gives a threshold its value, as a byte offset.
fn threshold_place(text: &str, name: &str) -> Option<usize> {
    #[derive(Deserialize)]
    struct Places {
        thresholds: BTreeMap<String, Spanned<IgnoredAny>>,
    }
    let places: Places = toml::from_str(text).ok()?;
    Some(places.thresholds.get(name)?.span().start)
}

/// Returns `:line:column`, both from 1, of a byte offset.
fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!(":{line}:{column}")
}

/// Returns serde's message in one line, in the words of the file's author; of an unknown name, with the nearest that exists.
fn explain(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let known: Vec<&str> = quoted.clone().skip(1).collect();
    let no_such = |what, name| {
        let near = did_you_mean(name, &known);
        format!("there is no {what} {name:?} here{near}")
    };
    match quoted.next() {
        Some(name) if message.starts_with("unknown field") => no_such("key", name),
        Some(name) if message.starts_with("unknown variant") => no_such("value", name),
        _ => in_toml_words(message),
    }
}

/// Returns the message with the names of Rust's types replaced by those of TOML.
fn in_toml_words(message: &str) -> String {
    match message.rsplit_once("expected ") {
        Some((before, "u32")) => format!("{before}expected a whole number of days"),
        Some((before, "a boolean")) => format!("{before}expected true or false"),
        Some((before, kind)) if kind.starts_with("struct ") || kind == "a map" => {
            format!("{before}expected a table")
        }
        _ => message.to_owned(),
    }
}

/// Returns what a user who wrote `name` may have meant: the nearest of the names that exist, or all of them.
pub(crate) fn did_you_mean(name: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .min();
    match near {
        Some((_, candidate)) => format!("; did you mean {candidate:?}?"),
        None => format!("; there are {}", known.join(", ")),
    }
}

/// Returns the configuration that `sa-audit init` writes: every key with its default, explained and commented out.
#[must_use]
pub fn template(rules: &[&RuleMeta]) -> String {
    let mut text = String::from(TEMPLATE_HEAD);
    let defaults = Thresholds::default();
    for ((name, days), why) in days(&defaults).into_iter().zip(THRESHOLD_WORDS) {
        let _ = writeln!(text, "# {why}\n#{name} = {days}");
    }
    text.push_str(&plans::template());
    text.push_str(TEMPLATE_REPORT);
    for rule in rules {
        let _ = writeln!(
            text,
            "\n# {}\n#[rules.{}]\n#enabled = {}",
            rule.title, rule.id, rule.on_by_default
        );
        let _ = writeln!(text, "#severity = \"{}\"", rule.severity.name());
    }
    text
}

/// What each threshold means, in the order of [`days`].
const THRESHOLD_WORDS: [&str; 6] = [
    "An enabled key older than this is old.",
    "A key seen within this is active.",
    "A key not seen for this is idle.",
    "An account not seen for this is idle.",
    "A key that is seen and expires within this expires soon.",
    "Something disabled for longer than this is due for its next step.",
];

const TEMPLATE_HEAD: &str = "\
# sa-audit.toml: what counts as a finding, and when a run fails.
# sa-audit looks for this file in the current folder and above it; --config and SA_AUDIT_CONFIG name another one.
# Every key is here with its default. Remove the # to change one.

# What is one workload, beside what sa-audit finds by itself (a managed group, a service in several regions, …).
# A resource with this label belongs to the workload that the label's value names.
#workload_label = \"workload\"
# Keys of project labels whose value names the owner: the first that a project has counts.
#owner_labels = [\"owner\", \"team\"]
# A workload by its name, and by globs over full resource names and members of policies; * matches / too.
#[[workload]]
#name = \"shop\"
#match = [\"//run.googleapis.com/projects/acme-prod/locations/*/services/shop-*\"]

# Where callers are, by their addresses: workstation, ci, google-cloud, network, other-cloud or saas.
# A file holds JSON with networks in it, under key if one is named, or one network a line.
#[[range]]
#name = \"GitHub Actions\"
#kind = \"ci\"
#cidr = [\"203.0.113.0/28\"]
#file = \"github-meta.json\"
#key = \"actions\"

# What somebody has accepted, for a reason and until a day. It stays in the report, is counted apart, and counts again
# when its day is over. `sa-audit accept` writes such an entry for a finding.
# account: a unique id, or an address with the unique_id of the account that has it: a new account under an old address
# inherits nothing. key: its id, for a finding about a key. resource: a full resource name, in place of account.
# evidence: the finding's evidence digest; where it changes, the finding counts again.
#[[accept]]
#rule = \"key-old\"
#account = \"etl@acme-prod.iam.gserviceaccount.com\"
#unique_id = \"110000000000000000001\"
#key = \"4f1cb51d2d2e7a9a4b7c8d9e0f1a2b3c4d5ee9a9\"
#reason = \"the appliance takes no federated token before its update\"
#owner = \"data platform\"
#until = 2027-03-31
# A gap that is known and that nobody can or will close, by the names of `scope` and `dataset` in the JSON report:
# organizations/N, folders/N, projects/ID (with its accounts) or caller.
#[[accept_gap]]
#scope = \"projects/acme-vault\"
#dataset = \"keys\"
#reason = \"the vault is audited by its own team\"
#until = 2027-03-31

# Whom findings belong to: the first [[owner]] whose globs match the account's address, the project's id or the full
# resource name; else the project's labels with the keys of owner_labels; else whoever created the account, as the
# activity log tells.
#[[owner]]
#match = [\"acme-data-*\", \"etl@acme-prod.iam.gserviceaccount.com\"]
#team = \"data platform\"
#slack = \"#data-platform\"

# Days.
[thresholds]
";

const TEMPLATE_REPORT: &str = "
[report]
# Exit code 1 from this severity on: critical, high, medium, low, info, or never.
#fail_on = \"high\"
# Exit code 0 instead of 3 where something could not be read.
#allow_incomplete = false
# With --baseline, findings that it knows already fail a run too.
#fail_on_known = false

# Rules: `sa-audit rules` lists them, `sa-audit rules ID` explains one.
# A severity set here replaces the rule's own for all of its findings.
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rule::Severity;

    static KEY_OLD: RuleMeta = rule("key-old");
    static ACCEPTANCE_STALE: RuleMeta = rule("acceptance-stale");

    const fn rule(id: &'static str) -> RuleMeta {
        RuleMeta {
            id,
            title: "",
            severity: Severity::High,
            on_by_default: true,
            needs: &[],
            docs: "",
            cis: None,
            owasp: &[],
        }
    }

    fn read(text: &str) -> Result<Settings, String> {
        let rules = [&KEY_OLD, &ACCEPTANCE_STALE];
        let parsed = parse(
            Path::new("sa-audit.toml"),
            text,
            &rules,
            Overrides::default(),
        );
        parsed.map_err(|error| error.to_string())
    }

    #[test]
    fn the_template_is_the_default_and_its_keys_exist() {
        let text = template(&[]);
        assert_eq!(read(&text), Ok(defaults(Overrides::default())));
        let keys: String = text
            .lines()
            .map(|line| line.strip_prefix('#').unwrap_or(line))
            .filter(|line| !line.starts_with(' '))
            .map(|line| format!("{line}\n"))
            .collect();
        let settings = read(&keys).expect("a configuration");
        let names = [
            settings.acceptances[0].name().to_string(),
            settings.gap_acceptances[0].name().to_string(),
        ];
        assert_eq!(
            names,
            [
                "key-old on key 4f1cb51d2d2e7a9a4b7c8d9e0f1a2b3c4d5ee9a9 of etl@acme-prod.iam.gserviceaccount.com",
                "the gap keys in projects/acme-vault"
            ]
        );
        assert_eq!(settings.owners.labels, OwnerSettings::default().labels);
        assert_eq!(settings.owners.named[0].team, "data platform");
        let grouping = settings.grouping;
        let shop = &grouping.workloads[0];
        assert_eq!(grouping.label.as_deref(), Some("workload"));
        assert_eq!((grouping.workloads.len(), shop.name.as_str()), (1, "shop"));
        assert_eq!(
            shop.matches[0].glob(),
            "//run.googleapis.com/projects/acme-prod/locations/*/services/shop-*"
        );
    }

    #[test]
    fn a_grouping_that_cannot_be_meant_is_refused_at_its_place() {
        let table = [
            ("workload_label = \"\"", ":1:18: workload_label is empty"),
            (
                "workload_labels = \"app\"",
                ":1:1: there is no key \"workload_labels\" here; did you mean \"workload_label\"?",
            ),
            (
                "[[workload]]\nname = \"\"\nmatch = [\"*\"]",
                ":2:8: the name of a workload is empty",
            ),
            ("[[workload]]\nname = \"a\"", ":1:1: missing field `match`"),
            (
                "[[workload]]\nname = \"a\"\nmatch = []",
                ":3:9: the workload \"a\" matches nothing",
            ),
            (
                "[[workload]]\nname = \"a\"\nmatch = [\"*\", \"\"]",
                ":3:15: a glob is empty",
            ),
            (
                "[[workload]]\nname = \"a\"\nmatch = [\"*\",\n  \"[\"]",
                ":4:3: error parsing glob '[': unclosed character class; missing ']'",
            ),
            (
                "[[workload]]\nname = \"a\"\nglob = [\"*\"]",
                ":3:1: there is no key \"glob\" here; there are name, match",
            ),
            (
                "[[workload]]\nname = \"a\"\nmatch = [\"*\"]\n[[workload]]\nname = \"a\"\nmatch = [\"*\"]",
                ":5:8: there are two workloads \"a\": put their globs into one match",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(
                read(text),
                Err(format!("sa-audit.toml{expected}")),
                "{text}"
            );
        }
    }

    /// One table for `[[accept]]`, `[[accept_gap]]` and `[[owner]]`: a text, and what is wrong with it.
    #[test]
    fn an_acceptance_that_cannot_be_meant_is_refused_at_its_place() {
        let accept = |more: &str| format!("[[accept]]\nrule = \"key-old\"\n{more}\n");
        let whole = "reason = \"r\"\nuntil = 2027-03-31";
        let table = [
            (
                accept("account = \"1\"\nuntil = 2027-03-31"),
                ":1:1: missing field `reason`",
            ),
            (
                accept("account = \"1\"\nreason = \"r\""),
                ":1:1: missing field `until`",
            ),
            (
                accept("account = \"1\"\nreason = \" \"\nuntil = 2027-03-31"),
                ":4:10: an acceptance needs a reason",
            ),
            (
                accept("account = \"1\"\nreason = \"r\"\nuntil = \"soon\""),
                ":5:9: until is soon, not a day such as 2027-03-31",
            ),
            (
                accept("account = \"1\"\nreason = \"r\"\nuntil = 2027-03-31T10:00:00Z"),
                ":5:9: until is 2027-03-31T10:00:00Z, not a day such as 2027-03-31",
            ),
            (
                accept(whole),
                ":2:8: an acceptance names one of account and resource",
            ),
            (
                accept(&format!("account = \"1\"\nresource = \"//x/y\"\n{whole}")),
                ":2:8: an acceptance names one of account and resource",
            ),
            (
                accept(&format!("account = \"etl\"\n{whole}")),
                ":3:11: \"etl\" is not a service account's address",
            ),
            (
                accept(&format!("account = \"1\"\nunique_id = \"1\"\n{whole}")),
                ":4:13: account is the unique id already: give it once",
            ),
            (
                accept(&format!("account = \"1\"\nevidence = \"4f\"\n{whole}")),
                ":4:12: \"4f\" is not 64 lower-case hexadecimal digits",
            ),
            (
                accept(&format!("acount = \"1\"\n{whole}")),
                ":3:1: there is no key \"acount\" here; did you mean \"account\"?",
            ),
            (
                format!("[[accept]]\nrule = \"key-odl\"\naccount = \"1\"\n{whole}"),
                ":2:8: there is no rule \"key-odl\"; did you mean \"key-old\"?",
            ),
            (
                format!("[[accept]]\nrule = \"acceptance-stale\"\naccount = \"1\"\n{whole}"),
                ":2:8: acceptance-stale cannot be accepted: mend the acceptance that it is about",
            ),
            (
                accept(&format!("account = \"1\"\n{whole}")).repeat(2),
                ":7:8: key-old on account 1 is accepted twice",
            ),
            (
                format!("[[accept_gap]]\nscope = \"acme\"\ndataset = \"keys\"\n{whole}"),
                ":2:9: \"acme\" is no place: organizations/N, folders/N, projects/ID or caller",
            ),
            (
                format!("[[accept_gap]]\nscope = \"caller\"\ndataset = \"kees\"\n{whole}"),
                ":3:11: there is no value \"kees\" here; did you mean \"keys\"?",
            ),
            (
                "[[owner]]\nmatch = []\nteam = \"a\"".to_owned(),
                ":2:9: the owner \"a\" matches nothing",
            ),
            (
                "[[owner]]\nmatch = [\"*\"]\nteam = \"\"".to_owned(),
                ":3:8: the team of an owner is empty",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(
                read(&text),
                Err(format!("sa-audit.toml{expected}")),
                "{text}"
            );
        }
    }
}

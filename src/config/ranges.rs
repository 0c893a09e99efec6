//! `[[range]]`: addresses whose place the user knows, written out or in a file such as GitHub's meta document.

use std::io;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use crate::model::place::{AddressRange, PlaceKind};

use super::{ConfigError, explain, place};

/// One `[[range]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RangeSection {
    name: Spanned<String>,
    kind: PlaceKind,
    #[serde(default)]
    cidr: Vec<Spanned<String>>,
    file: Option<Spanned<PathBuf>>,
    /// The member of the file's JSON object that counts; without it, every network anywhere in the file does.
    key: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Ranges {
    range: Vec<RangeSection>,
}

/// Returns the ranges of addresses that the text of a configuration file names, in its order. `read` returns the text of
/// a file, whose path is taken from the folder of the configuration.
///
/// A file is JSON with networks as texts anywhere in it, or plain text with one network a line.
///
/// # Errors
/// Where a range has neither networks nor a file, names a network that is none, or its file cannot be read or has none.
pub fn ranges(
    path: &Path,
    text: &str,
    read: impl Fn(&Path) -> io::Result<String>,
) -> Result<Vec<AddressRange>, ConfigError> {
    let wrong = |at: usize, what: String| ConfigError {
        path: path.to_owned(),
        place: place(text, at),
        what,
    };
    let sections: Ranges = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        wrong(at, explain(error.message()))
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let range = |section: RangeSection| {
        let begin = section.name.span().start;
        if section.name.get_ref().is_empty() {
            return Err(wrong(begin, "the name of a range is empty".to_owned()));
        }
        let written = section.cidr.iter().map(|text| {
            network(text.get_ref()).ok_or_else(|| {
                let what = format!("{:?} is no network or address", text.get_ref());
                wrong(text.span().start, what)
            })
        });
        let mut networks: Vec<IpNet> = written.collect::<Result<_, _>>()?;
        if let Some(file) = &section.file {
            let at = file.span().start;
            let file = folder.join(file.get_ref());
            let text = read(&file).map_err(|error| {
                wrong(at, format!("reading the range {}: {error}", file.display()))
            })?;
            let found = networks_of(&text, section.key.as_deref());
            if found.is_empty() {
                let what = format!("there is no network in {}", file.display());
                return Err(wrong(at, what));
            }
            networks.extend(found);
        }
        if networks.is_empty() {
            let what = format!(
                "the range {:?} has neither cidr nor file",
                section.name.get_ref()
            );
            return Err(wrong(begin, what));
        }
        Ok(AddressRange {
            name: section.name.into_inner(),
            kind: section.kind,
            networks,
        })
    };
    sections.range.into_iter().map(range).collect()
}

/// Returns the networks of a file: of JSON those under `key`, or all.
fn networks_of(text: &str, key: Option<&str>) -> Vec<IpNet> {
    let mut found = Vec::new();
    match serde_json::from_str::<Value>(text) {
        Ok(json) => match key {
            Some(key) => collect(json.get(key).unwrap_or(&Value::Null), &mut found),
            None => collect(&json, &mut found),
        },
        Err(_) => found.extend(text.lines().filter_map(|line| network(line.trim()))),
    }
    found
}

fn collect(json: &Value, found: &mut Vec<IpNet>) {
    match json {
        // A network, and not an address: documents hold versions and names that look like those.
        Value::String(text) => found.extend(text.parse::<IpNet>().ok()),
        Value::Array(list) => list.iter().for_each(|value| collect(value, found)),
        Value::Object(members) => members.values().for_each(|value| collect(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Returns the network, or the network of the one address.
fn network(text: &str) -> Option<IpNet> {
    let address = || text.parse::<core::net::IpAddr>().ok().map(IpNet::from);
    text.parse().ok().or_else(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let file = |path: &Path| match path.to_str() {
            Some("conf/meta.json") => Ok(
                r#"{"hooks": ["192.0.2.0/24"], "actions": ["198.51.100.0/24", "2001:db8::/32"],
                "domains": {"website": ["*.github.example"]}, "version": "1.2.3.4"}"#
                    .to_owned(),
            ),
            Some("conf/plain.txt") => Ok("# ours\n203.0.113.0/24\n203.0.113.9\n".to_owned()),
            Some("conf/empty.json") => Ok("{}".to_owned()),
            _ => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        let ranges = ranges(Path::new("conf/sa-audit.toml"), text, file);
        ranges
            .map(|ranges| {
                let told = ranges.iter().map(|range| {
                    let networks: Vec<String> =
                        range.networks.iter().map(ToString::to_string).collect();
                    format!("{} {:?} {}", range.name, range.kind, networks.join(" "))
                });
                told.collect()
            })
            .map_err(|error| error.to_string())
    }

    #[test]
    fn networks_are_written_out_or_stand_in_a_file() {
        let text = r#"
            [[range]]
            name = "office"
            kind = "workstation"
            cidr = ["203.0.113.0/24", "2001:db8::1"]
            [[range]]
            name = "GitHub Actions"
            kind = "ci"
            file = "meta.json"
            key = "actions"
            [[range]]
            name = "all"
            kind = "google-cloud"
            file = "meta.json"
            [[range]]
            name = "plain"
            kind = "saas"
            file = "plain.txt"
        "#;
        let expected = [
            "office Workstation 203.0.113.0/24 2001:db8::1/128",
            "GitHub Actions Ci 198.51.100.0/24 2001:db8::/32",
            "all GoogleCloud 198.51.100.0/24 2001:db8::/32 192.0.2.0/24",
            "plain Saas 203.0.113.0/24 203.0.113.9/32",
        ];
        assert_eq!(read(text), Ok(expected.map(str::to_owned).into()));
        assert_eq!(read("workload_label = \"app\""), Ok(Vec::new()));
    }

    #[test]
    fn a_range_that_cannot_be_meant_is_refused_at_its_place() {
        let head = "[[range]]\nname = \"a\"\nkind = \"ci\"\n";
        let table = [
            ("", ":2:8: the range \"a\" has neither cidr nor file"),
            (
                "cidr = [\"10.0.0.0/33\"]",
                ":4:9: \"10.0.0.0/33\" is no network or address",
            ),
            (
                "file = \"empty.json\"",
                ":4:8: there is no network in conf/empty.json",
            ),
            (
                "file = \"gone.json\"",
                ":4:8: reading the range conf/gone.json: entity not found",
            ),
        ];
        for (rest, expected) in table {
            let said = read(&format!("{head}{rest}"));
            assert_eq!(said, Err(format!("conf/sa-audit.toml{expected}")), "{rest}");
        }
    }
}

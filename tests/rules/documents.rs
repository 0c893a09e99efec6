//! The registry, the files and the documents say the same.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sa_audit::model::settings::Thresholds;
use sa_audit::rules::{RULES, Rule, find};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules")
}

fn stems(extension: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(directory()).expect("the directory of the rules");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| {
            path.file_stem()
                .expect("a stem")
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

fn file_of(id: &str) -> String {
    id.replace('-', "_")
}

#[test]
fn the_registry_is_sorted_and_equals_the_files() {
    let ids: Vec<&str> = RULES.iter().map(|rule| rule.meta().id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    let registered: BTreeSet<String> = ids.iter().map(|id| file_of(id)).collect();
    let mut code = stems("rs");
    assert!(code.remove("mod"), "what rules share stands in folders");
    assert_eq!(code, registered);
    assert_eq!(stems("md"), registered);
    for id in ids {
        assert_eq!(find(id).map(|rule| rule.meta().id), Some(id));
    }
    assert!(find("key").is_none());
}

#[test]
fn every_document_has_its_headings_and_is_named_like_its_rule() {
    for meta in RULES.iter().map(|rule| rule.meta()) {
        let file = directory().join(file_of(meta.id)).with_extension("md");
        assert_eq!(
            fs::read_to_string(file).expect("a document"),
            meta.docs,
            "{}",
            meta.id
        );
        let headings: Vec<&str> = meta.docs.lines().filter(|l| l.starts_with('#')).collect();
        let expected = [
            &format!("# {}", meta.id),
            "## What it finds",
            "## Why it matters",
            "## How to fix",
            "## When it is wrong",
            "## References",
        ];
        assert_eq!(headings, expected, "{}", meta.id);
    }
}

#[test]
fn every_document_states_severity_default_and_thresholds_truly() {
    let thresholds = serde_json::to_value(Thresholds::default()).expect("thresholds");
    let thresholds = thresholds.as_object().expect("an object");
    for meta in RULES.iter().map(|rule| rule.meta()) {
        let code = directory().join(file_of(meta.id)).with_extension("rs");
        let code = fs::read_to_string(code).expect("the rule's code");
        let used: BTreeSet<String> = thresholds
            .iter()
            .filter(|(name, _)| code.contains(&format!("thresholds.{name}")))
            .map(|(name, days)| format!("`{name}` ({days} days)"))
            .collect();
        let facts = meta.docs.lines().nth(2).expect("a line of facts");
        let severity = format!("{:?}", meta.severity).to_lowercase();
        let default = if meta.on_by_default { "On" } else { "Off" };
        let head = format!("Severity: **{severity}**. {default} by default. ");
        let rest = facts
            .strip_prefix(&head)
            .unwrap_or_else(|| panic!("{}: {facts}", meta.id));
        let (label, named) = rest.split_once(": ").unwrap_or((rest, ""));
        let label_for = ["No threshold.", "Threshold", "Thresholds"][used.len().min(2)];
        assert_eq!(label, label_for, "{}", meta.id);
        let named: BTreeSet<String> = named
            .trim_end_matches('.')
            .split(", ")
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        assert_eq!(named, used, "{}", meta.id);
    }
}

#[test]
fn every_reference_is_a_link_to_google_or_a_standard() {
    for meta in RULES.iter().map(|rule| rule.meta()) {
        let (_, references) = meta
            .docs
            .split_once("## References\n\n")
            .expect("references");
        for line in references.lines() {
            let link = line
                .strip_prefix("- <https://")
                .and_then(|l| l.strip_suffix('>'));
            let host = link.and_then(|link| link.split('/').next());
            let known = ["cloud.google.com", "csrc.nist.gov"];
            assert!(
                host.is_some_and(|host| known.contains(&host)),
                "{}: {line}",
                meta.id
            );
        }
    }
}

#[test]
fn every_title_is_a_clause_and_every_mapping_has_its_form() {
    for meta in RULES.iter().map(|rule| rule.meta()) {
        assert!(
            !meta.title.is_empty() && !meta.title.ends_with('.'),
            "{}",
            meta.id
        );
        for entry in meta.owasp {
            let number = entry
                .strip_prefix("NHI")
                .and_then(|e| e.strip_suffix(":2025"));
            let number = number.and_then(|number| number.parse::<u8>().ok());
            assert!(
                number.is_some_and(|n| (1..=10).contains(&n)),
                "{}: {entry}",
                meta.id
            );
        }
        if let Some(cis) = meta.cis {
            let known = CIS
                .iter()
                .any(|(old, new, _)| (cis.v2_to_v4, cis.v5) == (*old, *new));
            assert!(known, "{}: {cis:?}", meta.id);
        }
    }
    for (old, new, what) in CIS {
        let answers = |rule: &&dyn Rule| {
            let cis = rule.meta().cis;
            cis.is_some_and(|cis| (cis.v2_to_v4, cis.v5) == (old, new))
        };
        assert!(RULES.iter().any(answers), "{new}: {what}");
    }
}

/// The recommendations of the CIS Google Cloud Foundations benchmark that a rule answers to, by their number in versions
/// 2.0, 3.0 and 4.0 and in 5.0, as prowler's files of the benchmark have them:
/// <https://github.com/prowler-cloud/prowler/tree/master/prowler/compliance/gcp>.
const CIS: [(Option<&str>, &str, &str); 7] = [
    (Some("1.4"), "1.5", "only keys that Google manages"),
    (Some("1.5"), "1.6", "no account has admin privileges"),
    (
        Some("1.6"),
        "1.7",
        "no service account user or token creator at project level",
    ),
    (
        Some("1.7"),
        "1.8",
        "keys are rotated every 90 days or fewer",
    ),
    (Some("2.1"), "2.1", "audit logging is configured properly"),
    (
        Some("4.1"),
        "4.1",
        "no instance runs as the default account",
    ),
    (None, "1.1.4", "organization policies are configured"),
];

//! `sa-audit.toml`: where it is found, that each of its keys takes effect, and the file that `init` writes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::desk::{Desk, Run};
use crate::support::loopback::Loopback;

/// Returns how many findings of each rule the demo has, under the desk's `c.toml`.
fn findings(desk: &Desk) -> BTreeMap<String, Vec<String>> {
    let report = desk
        .sa_audit("demo --format json --config c.toml")
        .output()
        .expect_code(0)
        .json();
    let mut rules: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in report["findings"].as_array().expect("findings") {
        let text = |name: &str| finding[name].as_str().expect(name).to_owned();
        rules
            .entry(text("rule"))
            .or_default()
            .push(text("severity"));
    }
    rules
}

/// Each threshold moves the count of its rule, and the report says which are in force.
#[test]
fn thresholds_take_effect() {
    let desk = Desk::new();
    desk.write("c.toml", "");
    let default = findings(&desk);
    for (threshold, days, rule) in [
        ("max_key_age", 400, "key-old"),
        ("active_within", 1, "key-active"),
        ("max_key_idle", 365, "key-unused"),
        ("expires_within", 1, "key-expires-soon"),
    ] {
        desk.write("c.toml", format!("[thresholds]\n{threshold} = {days}\n"));
        let changed = findings(&desk);
        let count = |rules: &BTreeMap<String, Vec<String>>| rules.get(rule).map_or(0, Vec::len);
        assert!(count(&changed) < count(&default), "{threshold}");
        let report = desk
            .sa_audit("demo --format json --config c.toml")
            .output()
            .json();
        assert_eq!(report["thresholds"][threshold], days);
    }
}

#[test]
fn rules_are_switched_and_weighed() {
    let desk = Desk::new();
    desk.write("c.toml", "");
    let default = findings(&desk);
    desk.write(
        "c.toml",
        "[rules.key-old]\nenabled = false\n[rules.key-never-expires]\nenabled = true\n[rules.key-active]\nseverity = \"info\"\n",
    );
    let changed = findings(&desk);
    assert!(default.contains_key("key-old") && !changed.contains_key("key-old"));
    assert!(
        !default.contains_key("key-never-expires") && changed.contains_key("key-never-expires")
    );
    assert_eq!(changed["key-active"].len(), default["key-active"].len());
    assert!(
        changed["key-active"]
            .iter()
            .all(|severity| severity == "info")
    );
    let listed = desk.sa_audit("rules --config c.toml").output().stdout;
    let line = |rule: &str| {
        let line = listed
            .lines()
            .find(|line| line.starts_with(rule))
            .expect(rule);
        line.split_whitespace()
            .take(3)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("key-old "), "key-old high off");
    assert_eq!(line("key-never-expires "), "key-never-expires info on");
    assert_eq!(line("key-active "), "key-active info on");
}

/// What the file says of the exit code, what the flags say, and the exit code of a report with critical findings and gaps.
#[test]
fn flags_outrank_the_file() {
    let desk = Desk::new();
    desk.sa_audit("demo --snapshot s").output().expect_code(0);
    for (text, flags, code) in [
        ("", "", 1),
        ("fail_on = \"never\"", "", 3),
        ("fail_on = \"never\"\nallow_incomplete = true", "", 0),
        (
            "fail_on = \"never\"\nallow_incomplete = true",
            "--fail-on critical",
            1,
        ),
        ("fail_on = \"critical\"", "--fail-on never", 3),
        (
            "fail_on = \"critical\"",
            "--fail-on never --allow-incomplete",
            0,
        ),
    ] {
        desk.write("sa-audit.toml", format!("[report]\n{text}\n"));
        let output = desk.sa_audit(&format!("report s {flags}")).output();
        assert_eq!(output.code, code, "{text} {flags}");
    }
}

/// Each place holds a file that no other does: the one that is read is known by its complaint.
#[test]
fn the_flag_outranks_the_variable_and_the_variable_the_nearest_file() {
    let desk = Desk::new();
    for (file, key) in [
        ("flag.toml", "flag"),
        ("variable.toml", "variable"),
        ("sa-audit.toml", "nearest"),
        ("a/sa-audit.toml", "nearer"),
    ] {
        desk.write(file, format!("{key} = 1\n"));
    }
    let deep = desk.write("a/b/c/file", "");
    let read = |run: Run| run.output().refusal();
    let complaint = |file: &str, key: &str| {
        format!(
            "error: {file}:1:1: there is no key \"{key}\" here; there are workload_label, workload, range, accept, accept_gap, owner, owner_labels, thresholds, plans, report, rules"
        )
    };
    assert_eq!(
        read(desk.sa_audit("demo")),
        complaint("DESK/sa-audit.toml", "nearest")
    );
    let below = desk
        .sa_audit("demo")
        .current_dir(deep.parent().expect("a folder"));
    assert_eq!(read(below), complaint("DESK/a/sa-audit.toml", "nearer"));
    let variable = || {
        desk.sa_audit("demo")
            .env("SA_AUDIT_CONFIG", "variable.toml")
    };
    assert_eq!(read(variable()), complaint("variable.toml", "variable"));
    let flag = desk
        .sa_audit("demo --config flag.toml")
        .env("SA_AUDIT_CONFIG", "variable.toml");
    assert_eq!(read(flag), complaint("flag.toml", "flag"));
}

/// As CI systems hand over what is not configured.
#[test]
fn an_empty_variable_is_as_good_as_none() {
    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    let run = desk.at(&google, "scan --now 2026-11-22T09:00:00Z");
    let names = [
        "SA_AUDIT_CONFIG",
        "SA_AUDIT_STORE",
        "XDG_STATE_HOME",
        "GOOGLE_CLOUD_QUOTA_PROJECT",
        "HTTPS_PROXY",
    ];
    let output = names
        .into_iter()
        .fold(run, |run, name| run.env(name, ""))
        .output()
        .expect_code(0);
    assert_eq!(
        output.shown(&output.stderr),
        "snapshot kept in DESK/.local/state/sa-audit/20261122T090000Z-e3b0c44298fc.snapshot.zst\n"
    );
}

#[test]
fn init_writes_the_defaults_and_never_over_a_file() {
    let desk = Desk::new();
    let without = desk.sa_audit("demo --format json").output().stdout;
    let init = desk.sa_audit("init").output().expect_code(0);
    assert_eq!(
        (init.stdout.as_str(), init.stderr.as_str()),
        ("", "wrote sa-audit.toml\n")
    );
    assert_eq!(desk.sa_audit("demo --format json").output().stdout, without);

    desk.write("sa-audit.toml", "mine");
    assert_eq!(
        desk.sa_audit("init").output().refusal(),
        "error: writing the configuration sa-audit.toml: File exists (os error 17); --force writes over it"
    );
    assert_eq!(desk.read("sa-audit.toml"), "mine");
    desk.sa_audit("init --force --quiet")
        .output()
        .expect_code(0);
    assert_ne!(desk.read("sa-audit.toml"), "mine");
    desk.sa_audit("init other.toml").output().expect_code(0);
    assert_eq!(desk.read("other.toml"), desk.read("sa-audit.toml"));
    assert_eq!(
        desk.sa_audit("init no/such.toml").output().refusal(),
        "error: writing the configuration no/such.toml: No such file or directory (os error 2)"
    );
}

/// The template says the truth: with every key switched on as it stands there, nothing changes.
#[test]
fn every_line_of_the_template_is_the_default() {
    let desk = Desk::new();
    desk.sa_audit("init c.toml").output().expect_code(0);
    let template = desk.read("c.toml");
    let uncommented: Vec<&str> = template
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => rest,
            _ => line,
        })
        .collect();
    assert!(uncommented.contains(&"max_key_age = 90") && uncommented.contains(&"[rules.key-old]"));
    desk.write("c.toml", uncommented.join("\n"));
    desk.write("github-meta.json", r#"{"actions": ["203.0.113.0/28"]}"#);
    let run = |arguments: &str| desk.sa_audit(arguments).output().json();
    let mut report = run("demo --format json --config c.toml --fail-on high");
    let mut default = run("demo --format json --fail-on high");
    // A severity in the file is the severity of all of the rule's findings: the template gives each rule's own, which
    // some findings of the rule fall below or rise above.
    let blunt = |report: &mut Value| {
        for finding in report["findings"].as_array_mut().expect("findings") {
            finding["severity"] = json!(null);
        }
        let keys = |finding: &Value| finding["fingerprint"].to_string();
        let findings = report["findings"].as_array_mut().expect("findings");
        findings.sort_by_key(keys);
        findings.clone()
    };
    assert_eq!(blunt(&mut report), blunt(&mut default));
    assert_eq!(report["thresholds"], default["thresholds"]);
}

//! Google's official Python client lists the same estate from the emulator as stands in its file.
//!
//! Needs Python with `google-api-python-client`: `SA_AUDIT_PYTHON` names the interpreter, else `python3`. Without it the
//! test fails: switched on, it must prove something.

#![cfg(feature = "external")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use sa_audit::emulator::generate::{Shape, generate};
use serde_json::Value;

/// Collections by their keys; the elements in a set order, since lists sort and trees are walked.
type Collections = BTreeMap<String, Vec<String>>;

/// The example on a free port; it ends with the test.
struct Example {
    process: Child,
    base: String,
}

impl Example {
    fn start(estate: &str) -> Self {
        let mut process = Command::new(env!("CARGO"))
            .args([
                "run",
                "--quiet",
                "--features",
                "external",
                "--example",
                "emulator",
                "--",
            ])
            .args(["--estate", estate, "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo starts the example");
        let mut base = String::new();
        let stdout = process.stdout.take().expect("its standard output is piped");
        BufReader::new(stdout)
            .read_line(&mut base)
            .expect("the example prints its base URL");
        Self {
            process,
            base: base.trim().to_owned(),
        }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        self.process
            .kill()
            .expect("the example runs until it is stopped");
        self.process.wait().expect("the example has ended");
    }
}

fn sorted(collections: BTreeMap<String, Vec<Value>>) -> Collections {
    let sorted = collections.into_iter().map(|(key, elements)| {
        let mut elements: Vec<String> = elements.iter().map(Value::to_string).collect();
        elements.sort();
        (key, elements)
    });
    sorted
        .filter(|(_, elements)| !elements.is_empty())
        .collect()
}

/// What the official client lists from the emulator.
fn listed(base: &str, organization: &str) -> Collections {
    let python = env::var("SA_AUDIT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(&python)
        .args([
            concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/support/official_client.py"
            ),
            base,
            organization,
        ])
        .output()
        .unwrap_or_else(|error| panic!("{python} does not start: {error}; set SA_AUDIT_PYTHON"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "pip install google-api-python-client for {python}:\n{errors}"
    );
    sorted(serde_json::from_slice(&output.stdout).expect("the script prints collections"))
}

#[test]
fn the_official_client_lists_the_whole_estate() {
    let estate = generate(
        11,
        Shape {
            projects: 9,
            folders: 7,
            accounts: 5,
            keys: 3,
        },
    );
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    fs::write(file.path(), estate.to_json()).expect("the estate is written");
    let expected =
        serde_json::from_str::<Value>(&estate.to_json()).expect("an estate file")["resources"]
            .take();
    let expected = sorted(serde_json::from_value(expected).expect("collections"));
    let example = Example::start(file.path().to_str().expect("a path in UTF-8"));
    assert_eq!(listed(&example.base, &estate.organization), expected);
}

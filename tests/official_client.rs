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

use sa_audit::emulator::Estate;
use sa_audit::emulator::generate::{Shape, generate};
use serde_json::Value;

/// The version whose discovery documents the method table comes from.
const VERSION: &str = "2.202.0";

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

/// The standard output of a script that needs the official client.
fn run_python(arguments: &[&str]) -> String {
    let python = env::var("SA_AUDIT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(&python)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{python} does not start: {error}; set SA_AUDIT_PYTHON"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "pip install google-api-python-client=={VERSION} for {python}:\n{errors}"
    );
    String::from_utf8(output.stdout).expect("the script writes UTF-8")
}

/// What the official client lists from the emulator.
fn listed(base: &str, organization: &str) -> Collections {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/support/official_client.py"
    );
    let printed = run_python(&[script, base, organization]);
    sorted(serde_json::from_str(&printed).expect("the script prints collections"))
}

/// What the estate file has that the script lists: all but the data of keys.
fn expected_of(resources: Value) -> Collections {
    let mut collections: BTreeMap<String, Vec<Value>> =
        serde_json::from_value(resources).expect("collections");
    for element in collections
        .values_mut()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        element.retain(|field, _| !["publicKeyData", "privateKeyData"].contains(&field.as_str()));
    }
    sorted(collections)
}

/// Our own estates but `hostile`, whose names the official client refuses to send, and a generated one.
fn estates() -> Vec<Estate> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/estates");
    let files = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("an entry").path());
    let own = files.filter(|path| path.file_stem().is_some_and(|stem| stem != "hostile"));
    let small = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/small.json").into();
    let mut estates: Vec<Estate> = own
        .chain([small])
        .map(|path| Estate::read(&path).expect("an estate file"))
        .collect();
    estates.push(generate(
        11,
        Shape {
            projects: 9,
            folders: 7,
            accounts: 5,
            keys: 3,
        },
    ));
    estates
}

/// The services that the script asks; the resources of the others have forms of their own to be listed in.
const ASKED: [&str; 3] = [
    "cloudresourcemanager.googleapis.com/",
    "iam.googleapis.com/",
    "policyanalyzer.googleapis.com/",
];

#[test]
fn the_official_client_lists_whole_estates() {
    for mut estate in estates() {
        // A fault is there to hide something.
        estate.faults.clear();
        let text = estate.to_json();
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), &text).expect("the estate is written");
        let mut expected: BTreeMap<String, Value> =
            serde_json::from_str(&text).expect("an estate file");
        let resources = expected.remove("resources").expect("resources");
        let example = Example::start(file.path().to_str().expect("a path in UTF-8"));
        let mut listed = listed(&example.base, &estate.organization);
        let asked = expected_of(resources)
            .into_iter()
            .filter(|(key, _)| ASKED.iter().any(|host| key.starts_with(host)));
        for (key, elements) in asked {
            assert_eq!(
                listed.remove(&key).unwrap_or_default(),
                elements,
                "{}: {key}",
                estate.estate
            );
        }
        assert_eq!(
            listed,
            Collections::new(),
            "{}: not in the file",
            estate.estate
        );
    }
}

#[test]
fn the_method_table_is_what_the_discovery_documents_say() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/emulator/make_methods.py");
    let table = run_python(&[script]);
    assert_eq!(
        table,
        include_str!("../src/emulator/methods.json"),
        "python3 src/emulator/make_methods.py > src/emulator/methods.json"
    );
}

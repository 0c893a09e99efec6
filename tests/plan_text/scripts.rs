//! The scripts, run against programs that write down what they are called with.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};

use proptest::prelude::*;
use sa_audit::model::access::PolicyNode;
use sa_audit::model::plan::{Change, Plan, Stage};
use sa_audit::render::escape::{Sh, ShMessage};
use sa_audit::render::plan::folder;
use sa_audit::render::plan::gcloud::{Script, script};
use tempfile::TempDir;

use crate::TOOL;
use crate::golden::assert_golden;
use crate::sample::{
    Text, account, all, at, blind, email, failed, grant, honest, hostile, plan, project, step,
};

/// The moment at which the scripts are run: two days behind the scan.
const NOW: i64 = 1_795_510_800;

/// A folder in which a script finds no program but those of the test.
struct Bench {
    folder: TempDir,
}

impl Bench {
    /// Returns a bench on which Google answers every question with `answer`.
    fn new(answer: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let bin = folder.path().join("bin");
        fs::create_dir(&bin).expect("a folder");
        let write = |name: &str, text: String| {
            let path = bin.join(name);
            fs::write(&path, text).expect("a program");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its mode");
        };
        let log = folder.path().join("log");
        for name in ["gcloud", "bq", "kubectl", "jq"] {
            write(
                name,
                format!(
                    // What is piped into it has been called first, and stands first in the log.
                    "#!/bin/bash\nif [[ {name} == jq ]]; then while read -r _; do :; done; fi\n\
                     {{ printf '%s' {name}; printf ' <%s>' \"$@\"; printf '\\n'; }} >>'{}'\n\
                     case \" $* \" in *' query-activity '*|*'value(disabled)'*) printf '%s\\n' '{answer}' ;; \
                     *' describe '*) exit 1 ;; *' get-iam-policy '*) printf '{{}}\n' ;; esac\n",
                    log.display()
                ),
            );
        }
        write("date", format!("#!/bin/bash\nprintf '%s\\n' {NOW}\n"));
        write("sleep", "#!/bin/bash\n".to_owned());
        for name in ["mktemp", "rm", "grep", "touch"] {
            write(
                name,
                format!("#!/bin/bash\nexec /usr/bin/env -i PATH=/usr/bin:/bin {name} \"$@\"\n"),
            );
        }
        Self { folder }
    }

    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        let path = self.folder.path().join("script.sh");
        fs::write(&path, script).expect("a script");
        Command::new("/bin/bash")
            .arg(&path)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", self.folder.path().join("bin"))
            .envs(variables.iter().copied())
            .output()
            .expect("bash")
    }

    /// Returns the calls that were made, `FILE` for a file that was made for one.
    fn calls(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let made = |line: &str| match line.rsplit_once("</tmp/tmp.") {
            Some((before, _)) => format!("{before}<FILE>"),
            None => line.to_owned(),
        };
        log.lines().map(made).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.folder.path().join(name).exists()
    }
}

const VARIABLES: [(&str, &str); 3] = [
    ("PROJECT_NUMBER", "693877075714"),
    ("REPOSITORY_ID", "123"),
    ("OWNER_ID", "456"),
];

fn of(plan: &Plan, which: Script) -> String {
    script(plan, which, TOOL).expect("a script")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns every script of every plan of the sample, with a name.
fn every_script() -> Vec<(String, String)> {
    let plans = all();
    let files = plans.iter().flat_map(|(name, plan)| {
        let files = folder::files(std::slice::from_ref(plan), TOOL).into_iter();
        files.map(move |file| (format!("{name}: {}", file.path), file))
    });
    files
        .filter(|(_, file)| file.is_script)
        .map(|(name, file)| (name, file.text))
        .collect()
}

#[test]
fn every_script_is_bash() {
    for (name, text) in every_script() {
        let mut bash = Command::new("bash")
            .arg("-n")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("bash");
        let mut input = bash.stdin.take().expect("its input");
        input.write_all(text.as_bytes()).expect("written");
        drop(input);
        let output = bash.wait_with_output().expect("an end");
        assert!(output.status.success(), "{name}: {}", told(&output));
    }
}

#[cfg(feature = "external")]
#[test]
fn shellcheck_has_nothing_to_say() {
    let program = std::env::var("SA_AUDIT_SHELLCHECK").unwrap_or_else(|_| "shellcheck".to_owned());
    for (name, text) in every_script() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("script.sh");
        fs::write(&path, &text).expect("a script");
        let output = Command::new(&program)
            .arg(&path)
            .output()
            .unwrap_or_else(|error| {
                panic!("{program} does not start: {error}; set SA_AUDIT_SHELLCHECK")
            });
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name}:\n{said}");
    }
}

#[test]
fn without_apply_nothing_is_called_and_everything_is_shown() {
    for plan in [plan(honest), plan(hostile), blind(hostile)] {
        for which in [Script::Reversible, Script::Irreversible] {
            let text = of(&plan, which);
            let bench = Bench::new("");
            for part in ["1", "2"] {
                let variables = [VARIABLES.as_slice(), &[("PART", part)]].concat();
                let output = bench.run(&text, &variables);
                assert!(output.status.success(), "{}", told(&output));
            }
            assert_eq!(bench.calls(), Vec::<String>::new());
            assert!(!bench.has("owned"));
        }
    }
}

#[test]
fn a_plan_whose_proof_fails_ends_before_its_first_step() {
    let bench = Bench::new("");
    for which in [Script::Reversible, Script::Irreversible] {
        let variables = [VARIABLES.as_slice(), &[("APPLY", "1")]].concat();
        let output = bench.run(&of(&failed(honest), which), &variables);
        assert_eq!(output.status.code(), Some(1));
        assert_golden("plan-sample/not-ready.stderr.txt", &told(&output));
    }
    assert_eq!(bench.calls(), Vec::<String>::new());
}

#[test]
fn a_scan_older_than_seven_days_is_refused() {
    let mut plan = plan(honest);
    plan.observed_at = at("2026-11-17T08:59:59Z");
    let bench = Bench::new("");
    let output = bench.run(&of(&plan, Script::Reversible), &VARIABLES);
    assert_eq!(
        told(&output),
        "stopped: the scan is older than seven days: scan again, and plan again\n"
    );
}

#[test]
fn what_is_to_be_filled_in_is_asked_for_and_its_form_is_checked() {
    let text = of(&plan(honest), Script::Reversible);
    let bench = Bench::new("");
    let missing = bench.run(&text, &VARIABLES[..2]);
    assert!(
        told(&missing)
            .contains("OWNER_ID: the id of the repository's owner: gh api users/OWNER --jq .id"),
        "{}",
        told(&missing)
    );
    let wrong = [VARIABLES[0], VARIABLES[1], ("OWNER_ID", "1' || true")];
    let output = bench.run(&text, &wrong);
    assert_eq!(
        told(&output),
        "stopped: OWNER_ID is not of the form ^[0-9]+$: 1' || true\n"
    );
}

#[test]
fn a_step_that_a_person_does_holds_the_others_until_it_is_said_to_be_done() {
    let text = of(&plan(honest), Script::Reversible);
    let bench = Bench::new("");
    let apply = [VARIABLES.as_slice(), &[("APPLY", "1")]].concat();
    let output = bench.run(&text, &apply);
    assert_eq!(
        told(&output),
        "stopped: step 1 has a part that is done by hand; when it is so, run again with DONE='1'\n"
    );
    assert_eq!(bench.calls(), Vec::<String>::new());
    let more = [apply.as_slice(), &[("DONE", "1")]].concat();
    assert!(told(&bench.run(&text, &more)).contains("DONE='1 2'"));
}

/// Says that everything that only a person can do is done.
fn all_done(plan: &Plan) -> String {
    let numbers = (1..=plan.steps.len()).map(|number| number.to_string());
    numbers.collect::<Vec<_>>().join(" ")
}

#[test]
fn with_apply_every_command_gets_its_names_whole_and_nothing_else_runs() {
    for (name, names) in [("honest", honest as Text), ("hostile", hostile)] {
        let plan = plan(names);
        let bench = Bench::new("");
        let done = all_done(&plan);
        let text = of(&plan, Script::Reversible);
        for part in ["1", "2", "3", "4"] {
            let variables = [
                VARIABLES.as_slice(),
                &[("APPLY", "1"), ("DONE", &done), ("PART", part)],
            ]
            .concat();
            let output = bench.run(&text, &variables);
            assert!(output.status.success(), "{name}: {}", told(&output));
        }
        assert!(!bench.has("owned"), "{name}");
        let calls = bench.calls().join("\n");
        if name == "honest" {
            assert_golden("plan-sample/calls.txt", &(calls + "\n"));
        } else {
            // A name with line ends in it takes several lines of the log, and is one argument all the same.
            let display = hostile("attribute.repository_id");
            assert!(calls.contains(&format!("{display}=")), "{calls}");
        }
    }
}

#[test]
fn what_was_used_since_the_scan_is_not_retired() {
    let plan = plan(honest);
    let done = all_done(&plan);
    let variables = [
        VARIABLES.as_slice(),
        &[("APPLY", "1"), ("DONE", &done), ("PART", "2")],
    ]
    .concat();
    let text = of(&plan, Script::Reversible);
    let bench = Bench::new("2026-11-23T08:00:00Z");
    let output = bench.run(&text, &variables);
    assert_eq!(
        told(&output),
        "stopped: key 709c775c03a27a1de9a94f1c03a27a1de9a94f1c of etl-runner@acme-prod.iam.gserviceaccount.com was used: 2026-11-23T08:00:00Z\n"
    );
    let disabled = bench.calls().iter().any(|call| call.contains("<disable>"));
    assert!(!disabled, "{:?}", bench.calls());
}

#[test]
fn what_is_not_disabled_is_not_deleted() {
    let plan = plan(honest);
    let done = all_done(&plan);
    let variables = [("APPLY", "1"), ("DONE", done.as_str()), ("PART", "2")];
    let bench = Bench::new("False");
    let output = bench.run(&of(&plan, Script::Irreversible), &variables);
    assert_eq!(
        told(&output),
        "stopped: etl-runner@acme-prod.iam.gserviceaccount.com is not disabled\n"
    );
    assert!(!bench.calls().iter().any(|call| call.contains("<delete>")));
}

#[test]
fn what_an_unexplained_access_could_break_waits_for_a_person() {
    let mut plan = blind(honest);
    plan.steps = vec![
        step(
            Stage::Replace,
            Change::Grant(grant(
                "roles/viewer",
                PolicyNode::Project(project("acme-prod")),
            )),
        ),
        step(Stage::Disable, Change::DisableAccount(account())),
    ];
    let bench = Bench::new("");
    let output = bench.run(&of(&plan, Script::Reversible), &[("APPLY", "1")]);
    assert_eq!(
        told(&output),
        "stopped: step 2 has a part that is done by hand; when it is so, run again with DONE='2'\n"
    );
    assert_eq!(bench.calls().len(), 1, "{:?}", bench.calls());
}

#[test]
fn a_name_that_begins_like_a_flag_is_left_to_a_person() {
    let mut plan = plan(honest);
    let mut odd = account();
    odd.email = email("--impersonate-service-account");
    plan.steps = vec![step(Stage::Disable, Change::DisableAccount(odd))];
    let text = of(&plan, Script::Reversible);
    assert!(!text.contains("run gcloud"), "{text}");
    assert!(text.contains("a name in it begins like a flag"), "{text}");
}

fn bash(script: &str) -> Output {
    Command::new("bash")
        .args(["-c", script])
        .output()
        .expect("bash")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn bash_reads_a_word_as_the_text_itself(text in "[^\u{0}]{0,20}") {
        let read = bash(&format!("printf '%s' {}", Sh(&text)));
        prop_assert_eq!(String::from_utf8_lossy(&read.stdout), text);
    }

    #[test]
    fn bash_says_a_message_as_it_stands(text in "[!-~][ -~]{0,20}[!-~]") {
        let said = bash(&format!("unset X; : \"${{X:?{}}}\"", ShMessage(&text)));
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        prop_assert!(said.trim_end_matches('\n').ends_with(&format!("X: {text}")), "{said:?}");
    }
}

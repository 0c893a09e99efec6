//! What the callers are given: YAML that reads, actions pinned by commit, no permission too many, no secret.

use sa_audit::model::plan::Plan;
use sa_audit::render::plan::workflow::{ACTIONS, CallerFile, files};
use serde_json::{Value, json};

use crate::sample::{all, failed, honest, hostile, plan};

fn file(plan: &Plan, name: &str) -> CallerFile {
    let mut files = files(plan).into_iter();
    let found = files.find(|file| file.path.ends_with(name));
    found.unwrap_or_else(|| panic!("{name} is not there"))
}

fn yaml(file: &CallerFile) -> Value {
    serde_saphyr::from_str(&file.text)
        .unwrap_or_else(|error| panic!("{}: {error}\n{}", file.path, file.text))
}

/// What a provider is called, in a plan of hostile names, with the variables of a repository.
fn provider(text: fn(&str) -> String) -> String {
    format!(
        "projects/${{{{ vars.PROJECT_NUMBER }}}}/locations/global/workloadIdentityPools/{}/providers/{}",
        text("github").replace("${{", "${{ '${{' }}"),
        text("actions").replace("${{", "${{ '${{' }}")
    )
}

#[test]
fn the_workflow_signs_in_with_two_pinned_actions_and_no_permission_too_many() {
    for (text, plan) in [
        (honest as fn(&str) -> String, plan(honest)),
        (hostile, plan(hostile)),
    ] {
        let workflow = yaml(&file(&plan, "github-actions.yml"));
        assert_eq!(workflow["permissions"], json!({}));
        let job = &workflow["jobs"]["sign-in"];
        assert_eq!(
            job["permissions"],
            json!({"contents": "read", "id-token": "write"})
        );
        let uses = |index: usize| format!("{}@{}", ACTIONS[index].name, ACTIONS[index].commit);
        assert_eq!(
            job["steps"],
            json!([
                {"uses": uses(0), "with": {"persist-credentials": false}},
                {"uses": uses(1), "with": {
                    "workload_identity_provider": provider(text),
                    "service_account": "etl-runner@acme-prod.iam.gserviceaccount.com",
                }},
            ])
        );
    }
}

#[test]
fn actions_are_pinned_by_whole_commits_and_say_their_version() {
    let text = file(&plan(honest), "github-actions.yml").text;
    for action in ACTIONS {
        let hexadecimal = |c: char| c.is_ascii_hexdigit() && !c.is_ascii_uppercase();
        assert_eq!(action.commit.len(), 40);
        assert!(action.commit.chars().all(hexadecimal), "{}", action.commit);
        let line = format!(
            "uses: {}@{} # {}\n",
            action.name, action.commit, action.version
        );
        assert!(text.contains(&line), "{text}");
    }
    assert_eq!(text.matches("uses:").count(), ACTIONS.len());
}

#[test]
fn no_expression_of_a_workflow_comes_from_a_stranger() {
    for (name, plan) in all() {
        let text = file(&plan, "github-actions.yml").text;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            for (begin, _) in line.match_indices("${{") {
                let rest = &line[begin..];
                let ours = rest.starts_with("${{ vars.") || rest.starts_with("${{ '${{' }}");
                let inside = line[..begin].ends_with("${{ '");
                assert!(ours || inside, "{name}: {line}");
            }
        }
    }
}

#[test]
fn every_file_reads_and_says_what_it_replaces() {
    for (name, plan) in all() {
        for file in files(&plan) {
            assert!(
                file.text
                    .contains("in place of key 709c775c03a27a1de9a94f1c03a27a1de9a94f1c"),
                "{name}: {}",
                file.path
            );
            if file.path.ends_with(".yml") {
                yaml(&file);
            }
            let hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!file.text.contains(hidden), "{name}: {}", file.path);
            assert!(!file.text.contains("\n- pwned"), "{name}: {}", file.path);
        }
    }
}

#[test]
fn a_pipeline_of_gitlab_exchanges_its_own_token() {
    let job = &yaml(&file(&plan(honest), "gitlab-ci.yml"))["sign-in"];
    let provider = "projects/${PROJECT_NUMBER}/locations/global/workloadIdentityPools/github/providers/actions";
    assert_eq!(
        job["id_tokens"]["GOOGLE_ID_TOKEN"]["aud"],
        json!(format!("https://iam.googleapis.com/{provider}"))
    );
    // The token goes from the variable into the file that the configuration names, and into no output.
    let script = job["before_script"].as_array().expect("a list");
    assert_eq!(
        script.first(),
        Some(&json!("printf '%s' \"$GOOGLE_ID_TOKEN\" >.gitlab-token"))
    );
    assert_eq!(script.len(), 4);
}

#[test]
fn a_pod_reads_a_token_for_the_provider() {
    let pod = yaml(&file(&plan(honest), "kubernetes-pod.yml"));
    assert_eq!(
        pod["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"],
        json!({
            "path": "token",
            "audience": "https://iam.googleapis.com/projects/<project_number>/locations/global/workloadIdentityPools/github/providers/actions",
            "expirationSeconds": 3600,
        })
    );
}

#[test]
fn what_belongs_to_a_plan_that_is_not_ready_says_so() {
    for file in files(&failed(honest)) {
        assert!(file.text.contains("NOT READY"), "{}", file.path);
    }
}

//! The side of the caller: what a pipeline, another cloud or a cluster is given in place of a key.
//!
//! Nothing in these files is secret: a credential configuration says where a token of the caller's own is, and whom it is
//! exchanged for.
//!
//! Sources: <https://github.com/google-github-actions/auth>,
//! <https://docs.gitlab.com/ci/cloud_services/google_cloud/>,
//! <https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/gcp-configuration>,
//! <https://cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds>,
//! <https://cloud.google.com/iam/docs/workload-identity-federation-with-kubernetes>.

use std::fmt::Write as _;

use crate::model::names::Email;
use crate::model::plan::{Becomes, Change, Federate, Plan, Platform, Readiness};
use crate::render::escape::{ShMessage, Term, Yaml};

use super::filled::{Filled, Piece, provider_name, shell_name};
use super::gcloud::Line;
use super::words;

/// An action of GitHub's market place, pinned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// `owner/name`.
    pub name: &'static str,
    /// The commit, whole: a tag can be moved, a commit cannot.
    pub commit: &'static str,
    /// The version whose tag named that commit when this was written.
    pub version: &'static str,
}

/// Every action that a workflow uses.
pub static ACTIONS: [Action; 2] = [CHECKOUT, AUTH];

const CHECKOUT: Action = Action {
    name: "actions/checkout",
    commit: "3d3c42e5aac5ba805825da76410c181273ba90b1",
    version: "v7.0.1",
};

const AUTH: Action = Action {
    name: "google-github-actions/auth",
    commit: "7c6bc770dae815cd3e89ee6cdf493a5fab2cc093",
    version: "v3.0.0",
};

/// A file of a caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerFile {
    /// Its path in the plan's folder: `workflows/` for GitHub, `ci/` for others.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Whether it is a script.
    pub is_script: bool,
}

/// Returns the files of every caller that changes over to federation, in the order of the steps.
#[must_use]
pub fn files(plan: &Plan) -> Vec<CallerFile> {
    let steps = plan.steps.iter().enumerate();
    steps
        .filter_map(|(index, step)| match &step.change {
            Change::Federate(federate) => Some(of(plan, index + 1, federate)),
            Change::CreateAccount(_)
            | Change::Grant(_)
            | Change::Revoke(_)
            | Change::Switch(_)
            | Change::CreatePool(_)
            | Change::CreateProvider(_)
            | Change::UsePersonalLogin { .. }
            | Change::UseAttachedAccount { .. }
            | Change::RotateKey { .. }
            | Change::DisableKey(_)
            | Change::EnableKey(_)
            | Change::DeleteKey(_)
            | Change::DisableAccount(_)
            | Change::EnableAccount(_)
            | Change::DeleteAccount(_)
            | Change::UndeleteAccount(_)
            | Change::CreateAlert(_)
            | Change::EnableAuditLogs(_)
            | Change::EnforceConstraint(_)
            | Change::ByHand(_) => None,
        })
        .flatten()
        .collect()
}

fn of(plan: &Plan, number: usize, federate: &Federate) -> Vec<CallerFile> {
    let caller = Caller {
        plan,
        number,
        federate,
    };
    let file = |folder: &str, name: &str, text: String| CallerFile {
        path: format!("{folder}/step-{number}-{name}"),
        text,
        is_script: name.ends_with(".sh"),
    };
    match federate.platform {
        Platform::GitHubActions => {
            vec![file("workflows", "github-actions.yml", github(&caller))]
        }
        Platform::GitLab => vec![file("ci", "gitlab-ci.yml", gitlab(&caller))],
        Platform::HcpTerraform => vec![file("ci", "hcp-terraform.env", hcp_terraform(&caller))],
        Platform::Aws => vec![file("ci", "aws-credentials.sh", aws(&caller))],
        Platform::Azure => vec![file("ci", "azure-credentials.sh", azure(&caller))],
        Platform::Kubernetes => vec![
            file(
                "ci",
                "kubernetes-credentials.sh",
                kubernetes_script(&caller),
            ),
            file("ci", "kubernetes-pod.yml", kubernetes_pod(&caller)),
        ],
    }
}

/// One caller, with the step that changes it over.
struct Caller<'a> {
    plan: &'a Plan,
    number: usize,
    federate: &'a Federate,
}

impl Caller<'_> {
    fn provider(&self) -> Filled {
        let Federate {
            project_number,
            pool,
            provider,
            ..
        } = self.federate;
        provider_name(project_number, pool, provider)
    }

    /// Returns the audience that a provider takes where none is set.
    fn audience(&self) -> Filled {
        Filled::from("https://iam.googleapis.com/").append(&self.provider())
    }

    /// Returns the account that the caller impersonates.
    fn account(&self) -> Option<&Email> {
        match &self.federate.becomes {
            Becomes::Itself(_) => None,
            Becomes::Account { email, .. } => Some(email),
        }
    }

    /// Returns the lines above a file: what it is for, what it replaces, what is to be filled in.
    fn head(&self, mark: &str, how: &str) -> String {
        let key = &self.federate.key;
        let mut head = String::new();
        let mut say = |text: String| {
            let _ = writeln!(head, "{mark} {}", Term(&text));
        };
        say(format!(
            "Step {} of the way out for {}: {} signs in by federation, in place of key {}.",
            self.number,
            key.account.email,
            words::platform(self.federate.platform),
            key.key
        ));
        if self.plan.readiness() == Readiness::Failed {
            say("NOT READY: the proof of this plan fails. Do not use this yet.".to_owned());
        }
        say(how.to_owned());
        for name in self.variables() {
            let known = self.plan.variables.iter().find(|known| known.name == name);
            let meaning =
                known.map_or("a value that the scan could not see", |known| known.meaning);
            say(format!("{}: {meaning}", shell_name(&name)));
        }
        head
    }

    fn variables(&self) -> Vec<String> {
        self.provider().variables().map(str::to_owned).collect()
    }
}

/// Returns a workflow that signs in; the job's own steps follow behind.
fn github(caller: &Caller<'_>) -> String {
    let uses = |action: &Action| format!("{}@{} # {}", action.name, action.commit, action.version);
    let mut text = caller.head(
        "#",
        "Take the permissions and the two steps into the job that held the key; variables are those of the repository.",
    );
    let _ = write!(
        text,
        "name: Sign in to Google Cloud without a key\n\
         on:\n  workflow_dispatch:\n\
         permissions: {{}}\n\
         jobs:\n  sign-in:\n    runs-on: ubuntu-24.04\n    permissions:\n      contents: read\n      \
         id-token: write # a token of this run, which Google exchanges\n    steps:\n      \
         - uses: {}\n        with:\n          persist-credentials: false\n      - uses: {}\n        with:\n",
        uses(&CHECKOUT),
        uses(&AUTH)
    );
    let provider = literal_for_github(&caller.provider());
    let _ = writeln!(
        text,
        "          workload_identity_provider: {}",
        Yaml(&provider)
    );
    if let Some(account) = caller.account() {
        let _ = writeln!(
            text,
            "          service_account: {}",
            Yaml(account.as_str())
        );
    }
    text
}

/// Returns a text for a workflow: its variables are the repository's, and nothing else in it is an expression.
fn literal_for_github(text: &Filled) -> String {
    let pieces = text.pieces().iter().map(|piece| match piece {
        Piece::Text(text) => text.replace("${{", "${{ '${{' }}"),
        Piece::Variable(name) => format!("${{{{ vars.{} }}}}", shell_name(name)),
    });
    pieces.collect()
}

fn gitlab(caller: &Caller<'_>) -> String {
    // `$` begins a variable of GitLab's, and `$$` is one sign.
    let literal = |text: &Filled| {
        let pieces = text.pieces().iter().map(|piece| match piece {
            Piece::Text(text) => text.replace('$', "$$"),
            Piece::Variable(name) => format!("${{{}}}", shell_name(name)),
        });
        pieces.collect::<String>()
    };
    let mut text = caller.head(
        "#",
        "Take id_tokens and before_script into the job that held the key; variables are those of the project.",
    );
    let mut make = create(caller).flag("credential-source-file", ".gitlab-token");
    make = make.flag("output-file", ".gitlab-credentials.json");
    let _ = write!(
        text,
        "sign-in:\n  image: google/cloud-sdk:slim\n  id_tokens:\n    GOOGLE_ID_TOKEN:\n      aud: {}\n  before_script:\n",
        Yaml(&literal(&caller.audience()))
    );
    let script = [
        "printf '%s' \"$GOOGLE_ID_TOKEN\" >.gitlab-token".to_owned(),
        make.to_string(),
        "export GOOGLE_APPLICATION_CREDENTIALS=\"$PWD/.gitlab-credentials.json\"".to_owned(),
        "gcloud auth login --quiet --cred-file=\"$GOOGLE_APPLICATION_CREDENTIALS\"".to_owned(),
    ];
    for line in script {
        let _ = writeln!(text, "    - {}", Yaml(&line));
    }
    text.push_str("  script:\n    - gcloud auth list\n");
    text
}

fn hcp_terraform(caller: &Caller<'_>) -> String {
    let mut text = caller.head(
        "#",
        "Set these as environment variables of the workspace, and take GOOGLE_CREDENTIALS away.",
    );
    let federate = caller.federate;
    let number = Filled::default().value(&federate.project_number);
    let mut set = |name: &str, value: String| {
        let _ = writeln!(text, "{name}={}", Term(&value));
    };
    set("TFC_GCP_PROVIDER_AUTH", "true".to_owned());
    set("TFC_GCP_PROJECT_NUMBER", number.shown());
    set("TFC_GCP_WORKLOAD_POOL_ID", federate.pool.clone());
    set("TFC_GCP_WORKLOAD_PROVIDER_ID", federate.provider.clone());
    set(
        "TFC_GCP_WORKLOAD_IDENTITY_AUDIENCE",
        caller.audience().shown(),
    );
    if let Some(account) = caller.account() {
        set("TFC_GCP_RUN_SERVICE_ACCOUNT_EMAIL", account.to_string());
    }
    text
}

/// Returns the begin of the command that writes a credential configuration.
fn create(caller: &Caller<'_>) -> Line {
    let line = Line::of(&[
        "gcloud",
        "iam",
        "workload-identity-pools",
        "create-cred-config",
    ])
    .value(caller.provider());
    match caller.account() {
        Some(account) => line.flag("service-account", account.as_str()),
        None => line,
    }
}

/// Returns a script that writes a credential configuration with one command.
fn script(caller: &Caller<'_>, how: &str, line: &Line) -> String {
    let mut text = String::from("#!/usr/bin/env bash\n");
    text.push_str(&caller.head("#", how));
    text.push_str("# shellcheck disable=SC1003,SC2016\nset -euo pipefail\n\n");
    if caller.plan.readiness() == Readiness::Failed {
        text = text.replace("SC1003,SC2016\n", "SC1003,SC2016,SC2317\n");
        text.push_str("printf '%s\\n' 'not ready: the proof of this plan fails' >&2\nexit 1\n");
    }
    for name in caller.variables() {
        let known = caller
            .plan
            .variables
            .iter()
            .find(|known| known.name == name);
        let meaning = known.map_or("a value that the scan could not see", |known| known.meaning);
        let _ = writeln!(
            text,
            ": \"${{{}:?{}}}\"",
            shell_name(&name),
            ShMessage(meaning)
        );
    }
    let _ = writeln!(text, "{line}");
    text
}

fn aws(caller: &Caller<'_>) -> String {
    let line = create(caller)
        .word("--aws")
        .word("--enable-imdsv2")
        .flag("output-file", "google-credentials.json");
    script(
        caller,
        "Run it once; put google-credentials.json beside the program, and its path into GOOGLE_APPLICATION_CREDENTIALS. \
         It holds no secret.",
        &line,
    )
}

fn azure(caller: &Caller<'_>) -> String {
    let line = create(caller)
        .word("--azure")
        .flag("output-file", "google-credentials.json");
    script(
        caller,
        "Run it once, with --app-id-uri where the application's differs from the provider's audience; put \
         google-credentials.json beside the program, and its path into GOOGLE_APPLICATION_CREDENTIALS. It holds no secret.",
        &line,
    )
}

/// Where a pod finds its token and its credential configuration.
const MOUNT: &str = "/var/run/secrets/google";

fn kubernetes_script(caller: &Caller<'_>) -> String {
    let line = create(caller)
        .flag("credential-source-file", format!("{MOUNT}/token"))
        .flag("credential-source-type", "text")
        .flag("output-file", "google-credentials.json");
    script(
        caller,
        "Run it once, then: kubectl create configmap google-credentials --from-file=google-credentials.json, in the \
         workload's namespace. It holds no secret.",
        &line,
    )
}

fn kubernetes_pod(caller: &Caller<'_>) -> String {
    let mut text = caller.head(
        "#",
        "Take the volume, the mount and the variable into the workload's pod, and the key's secret out of it. Fill in what \
         stands between < and >.",
    );
    let _ = write!(
        text,
        "spec:\n  containers:\n    - name: workload\n      env:\n        - name: GOOGLE_APPLICATION_CREDENTIALS\n          \
         value: {MOUNT}/google-credentials.json\n      volumeMounts:\n        - name: google\n          mountPath: {MOUNT}\n          \
         readOnly: true\n  volumes:\n    - name: google\n      projected:\n        sources:\n          \
         - serviceAccountToken:\n              path: token\n              audience: {}\n              \
         expirationSeconds: 3600\n          - configMap:\n              name: google-credentials\n",
        Yaml(&caller.audience().shown())
    );
    text
}

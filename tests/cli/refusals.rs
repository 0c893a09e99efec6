//! What cannot be done is refused in one line, with exit code 2, before anything is scanned.

use std::fs;

use sa_audit::emulator::Emulator;
use serde_json::json;

use crate::estates::NOW;
use crate::support::desk::{Desk, Run};
use crate::support::loopback::{Loopback, bundled};
use crate::support::token_server::{Reply, TokenServer};

/// Arguments of runs that are refused before a connection is made, and the line that says why.
#[test]
fn a_bad_command_line() {
    let desk = Desk::new();
    for (arguments, told) in [
        (
            &["scan", "--bogus"][..],
            "unexpected argument '--bogus' found",
        ),
        (
            &["reprot"],
            "unrecognized subcommand 'reprot'; tip: a similar subcommand exists: 'report'",
        ),
        (
            &["scan", "--a\u{1b}[31mb"],
            "unexpected argument '--ab' found",
        ),
        (
            &["scan", "--orgnization", "1"],
            "unexpected argument '--orgnization' found; tip: a similar argument exists: '--organization'",
        ),
        (
            &["scan", "--organization"],
            "a value is required for '--organization <NUMBER>' but none was supplied",
        ),
        (
            &["scan", "--fail-on", "hgih"],
            "invalid value 'hgih' for '--fail-on <SEVERITY>'; possible values: critical, high, medium, low, info, never; tip: a similar value exists: 'high'",
        ),
        (
            &["scan", "--format", "yaml"],
            "invalid value 'yaml' for '--format <FORMAT>'; possible values: terminal, json, markdown, sarif, csv:findings, csv:accounts, csv:keys",
        ),
        (
            &["scan", "--now", "yesterday"],
            "invalid value 'yesterday' for '--now <TIME>': input contains invalid characters",
        ),
        (
            &["scan", "--max-attempts", "0"],
            "invalid value '0' for '--max-attempts <N>': 0 is not in 1..=20",
        ),
        (
            &["scan", "-v", "-q"],
            "the argument '--verbose...' cannot be used with '--quiet'",
        ),
        (
            &["schema"],
            "the following required arguments were not provided: <NAME>",
        ),
        (
            &["schema", "snapshot"],
            "invalid value 'snapshot' for '<NAME>'; possible values: report, usage, diff, trend, plan, plan-status",
        ),
        (
            &["completions", "tcsh"],
            "invalid value 'tcsh' for '<SHELL>'; possible values: bash, elvish, fish, powershell, zsh; tip: a similar value exists: 'zsh'",
        ),
        (
            &["rules", "key-odl"],
            "there is no rule \"key-odl\"; did you mean \"key-old\"?",
        ),
        (
            &["scan", "--organization", "oddbasket.example"],
            "--organization: \"oddbasket.example\" is not an organization number",
        ),
        (
            &["scan", "--folder", "projects/12"],
            "--folder: \"projects/12\" is not a folder number",
        ),
        (
            &["scan", "--project", "BAD ID"],
            "--project: \"BAD ID\" is not a project id",
        ),
        (
            &["scan", "--project", "a\u{1b}[31m\nb"],
            "--project: \"a\\u{1b}[31m\\nb\" is not a project id",
        ),
        (
            &["scan", "--quota-project", "BAD ID"],
            "--quota-project: \"BAD ID\" is not a project id",
        ),
        (
            &["scan", "--exclude", "["],
            "--exclude: error parsing glob '[': unclosed character class; missing ']'",
        ),
        (
            &["scan", "--usage", "none", "--usage", "policy-analyzer"],
            "--usage none leaves no room for another source",
        ),
        (
            &["scan", "--config", "none.toml"],
            "reading the configuration none.toml: No such file or directory (os error 2)",
        ),
    ] {
        assert_eq!(
            desk.run(arguments).output().refusal(),
            format!("error: {told}")
        );
    }
    assert_eq!(desk.files(), Vec::<String>::new());
}

#[test]
fn no_command_at_all_is_answered_with_the_help() {
    let output = Desk::new().sa_audit("").output().expect_code(2);
    assert!(
        output
            .stderr
            .contains("Usage: sa-audit [OPTIONS] <COMMAND>")
    );
    assert_eq!(output.stdout, "");
}

#[test]
fn a_bad_configuration() {
    let desk = Desk::new();
    for (text, told) in [
        (
            "[thresholds]\nmax_key_ago = 3\n",
            ":2:1: there is no key \"max_key_ago\" here; did you mean \"max_key_age\"?",
        ),
        (
            "[threshold]\n",
            ":1:2: there is no key \"threshold\" here; did you mean \"thresholds\"?",
        ),
        (
            "[report]\ncolour = true\n",
            ":2:1: there is no key \"colour\" here; there are fail_on, allow_incomplete, fail_on_known",
        ),
        (
            "[rules.key-old]\nenable = false\n",
            ":2:1: there is no key \"enable\" here; did you mean \"enabled\"?",
        ),
        (
            "\n[rules.key-odl]\nenabled = false\n",
            ":2:8: there is no rule \"key-odl\"; did you mean \"key-old\"?",
        ),
        (
            "[rules.key-old]\nseverity = \"hgih\"\n",
            ":2:12: there is no value \"hgih\" here; did you mean \"high\"?",
        ),
        (
            "[report]\nfail_on = \"always\"\n",
            ":2:11: there is no value \"always\" here; there are critical, high, medium, low, info, never",
        ),
        (
            "[thresholds]\nmax_key_age = \"90\"\n",
            ":2:15: invalid type: string \"90\", expected a whole number of days",
        ),
        (
            "[thresholds]\nmax_key_age = -1\n",
            ":2:15: invalid value: integer `-1`, expected a whole number of days",
        ),
        (
            "[thresholds]\nmax_key_age = 0\n",
            ":2:15: max_key_age is 0 days: 1 to 3650 can be used",
        ),
        (
            "thresholds = { active_within = 30, grace = 3651 }\n",
            ":1:44: grace is 3651 days: 1 to 3650 can be used",
        ),
        (
            "[rules]\nkey-old = false\n",
            ":2:11: invalid type: boolean `false`, expected a table",
        ),
        (
            "[report]\nallow_incomplete = \"yes\"\n",
            ":2:20: invalid type: string \"yes\", expected true or false",
        ),
        (
            "thresholds = 90\n",
            ":1:14: invalid type: integer `90`, expected a table",
        ),
        (
            "[thresholds\ngrace = 1\n",
            ":1:12: unclosed table, expected `]`",
        ),
        ("[report]\n[report]\n", ":2:2: duplicate key"),
    ] {
        desk.write("c.toml", text);
        let line = format!("error: c.toml{told}");
        for command in ["scan", "report", "demo", "rules"] {
            let output = desk
                .sa_audit(&format!("{command} --config c.toml"))
                .output();
            assert_eq!(output.refusal(), line, "{command}");
        }
    }
    desk.write("c.toml", b"\xff\xfe");
    assert_eq!(
        desk.sa_audit("demo --config c.toml").output().refusal(),
        "error: reading the configuration c.toml: stream did not contain valid UTF-8"
    );
}

/// A quota is raised by the host that Google's pages name; a wrong name is not passed over.
#[test]
fn a_quota_of_no_api_is_refused() {
    let desk = Desk::new();
    let refused = |quota: &str| {
        let run = desk.run(&["scan", "--project", "p", "--api-quota", quota]);
        run.env("CLOUDSDK_AUTH_ACCESS_TOKEN", "t")
            .output()
            .refusal()
    };
    insta::assert_snapshot!(refused("iam.googleapi.com=12000"), @r#"error: --api-quota: there is no API "iam.googleapi.com"; did you mean "iam.googleapis.com"?"#);
}

/// Runs that Google, or the way to it, refuses.
#[test]
fn a_scope_or_an_endpoint_that_leads_nowhere() {
    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    let hint = "permission denied: The caller does not have permission (HTTP 403); check that the resource exists and that the caller may read it";
    for (scope, tried) in [
        (
            "--organization 1",
            "listing the projects in organizations/1",
        ),
        ("--folder 1", "listing the projects in folders/1"),
        (
            "--project no-such-project",
            "reading projects/no-such-project",
        ),
        ("--project 123456789012", "reading projects/123456789012"),
    ] {
        let output = desk.at(&google, &format!("scan {scope}")).output();
        assert_eq!(output.refusal(), format!("error: {tried}: {hint}"));
    }
    let endpoint = |value: &str| {
        let run = desk.at(&google, "scan --max-attempts 2");
        run.env(
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER",
            value,
        )
        .output()
        .refusal()
    };
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address");
    drop(free);
    assert_eq!(
        endpoint(&format!("http://{port}")),
        "error: searching projects: connection refused, after 2 attempts; check the network, the proxy (HTTPS_PROXY) and any endpoint override"
    );
    assert_eq!(
        endpoint("nonsense"),
        "error: CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER: endpoint override cannot be used: not a URL; give an https URL, or an http URL on this machine's loopback address"
    );
    assert_eq!(
        endpoint("http://resourcemanager.example/"),
        "error: CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER: endpoint override cannot be used: plain http would send the access token in the clear; it is taken for loopback only; give an https URL, or an http URL on this machine's loopback address"
    );
    assert_eq!(desk.files(), Vec::<String>::new(), "not even a journal");
}

/// A caller without permissions sees no project at all, which must not pass for an estate without findings.
#[test]
fn a_scope_with_nothing_to_look_at() {
    let (desk, google) = (Desk::new(), Loopback::of("retail"));
    let nothing = Loopback::with_faults(
        "retail",
        &["cloudresourcemanager.projects.search=status:200"],
    );
    assert_eq!(
        desk.at(&nothing, "scan").output().refusal(),
        "error: the caller sees no active project; grant it roles/browser on the organization, or name what to scan with --organization, --folder or --project"
    );
    assert_eq!(
        desk.at(&google, "scan --project oddbasket-poc-2024")
            .output()
            .refusal(),
        "error: project oddbasket-poc-2024: not active, nothing to scan"
    );
    let excluded = "scan --project oddbasket-ci --exclude oddbasket-* --exclude dev-*";
    assert_eq!(
        desk.at(&google, excluded).output().refusal(),
        "error: --exclude dev-*, oddbasket-*: no active project is left to scan"
    );
    assert_eq!(desk.files(), Vec::<String>::new());
}

/// Returns a scan that is not signed in by a token of the test.
fn signed_out(desk: &Desk, google: &Loopback) -> Run {
    desk.at(google, "scan")
        .without("CLOUDSDK_AUTH_ACCESS_TOKEN")
}

/// What cannot be read is not taken for unset: another identity would sign in, or a proxy would be passed by.
#[cfg(unix)]
#[test]
fn variables_that_are_not_text() {
    use std::os::unix::ffi::OsStrExt as _;

    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    for name in ["GOOGLE_APPLICATION_CREDENTIALS", "https_proxy"] {
        let value = std::ffi::OsStr::from_bytes(b"/home/caf\xe9.json");
        assert_eq!(
            desk.at(&google, "scan").env(name, value).output().refusal(),
            format!("error: {name} is not valid UTF-8; set it to text, or unset it")
        );
    }
    assert_eq!(google.calls(), [].into());
}

#[test]
fn no_login_and_unusable_ones() {
    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    assert_eq!(
        signed_out(&desk, &google).output().refusal(),
        "error: no Google credentials found (no token set; GOOGLE_APPLICATION_CREDENTIALS not set; no DESK/.config/gcloud/application_default_credentials.json; metadata server not asked (NO_GCE_CHECK); no gcloud); run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS"
    );
    let remade = "write the file again, with the tool that made it";
    for (content, told) in [
        ("{", format!("not JSON, line 1 column 1; {remade}")),
        ("[]", format!("not a JSON object; {remade}")),
        ("{}", format!("`type` is missing; {remade}")),
        (
            r#"{"type":"gdch_service_account"}"#,
            "credentials of type `gdch_service_account` are not supported here; use credentials of Google Cloud: this type belongs to Google Distributed Cloud".to_owned(),
        ),
    ] {
        let file = desk.write("adc.json", content);
        let run = signed_out(&desk, &google).env("GOOGLE_APPLICATION_CREDENTIALS", file);
        assert_eq!(run.output().refusal(), format!("error: DESK/adc.json: {told}"));
    }
    let missing = signed_out(&desk, &google).env("GOOGLE_APPLICATION_CREDENTIALS", "/no/such.json");
    assert_eq!(
        missing.output().refusal(),
        "error: credentials file /no/such.json: no such file; correct GOOGLE_APPLICATION_CREDENTIALS, or run `gcloud auth application-default login`"
    );
    for (flags, told) in [
        (
            "--access-token-file none",
            "access token file none: no such file; write what `gcloud auth print-access-token` prints into it",
        ),
        (
            "--impersonate-service-account nobody",
            "--impersonate-service-account: `nobody` is not a service account; give its address, after those of any delegates, with commas between",
        ),
    ] {
        let output = desk.at(&google, &format!("scan {flags}")).output();
        assert_eq!(output.refusal(), format!("error: {told}"));
    }
    let flag = desk.run(&["scan", "--quota-project", "a b"]).at(&google);
    assert_eq!(
        flag.output().refusal(),
        "error: --quota-project: \"a b\" is not a project id"
    );
    let variable = desk
        .at(&google, "scan")
        .env("GOOGLE_CLOUD_QUOTA_PROJECT", "x\"y");
    assert_eq!(
        variable.output().refusal(),
        "error: GOOGLE_CLOUD_QUOTA_PROJECT: \"x\\\"y\" is not a project id"
    );
    assert_eq!(google.calls(), [].into());
}

/// What Google's token endpoint says of a login whose password was changed, or that was withdrawn.
#[test]
fn a_dead_login() {
    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = runtime.block_on(TokenServer::start());
    let invalid = json!({"error": "invalid_grant", "error_description": "Token has been expired or revoked."});
    server.on("POST /token", [Reply::new(400, invalid)]);
    desk.write(
        ".config/gcloud/application_default_credentials.json",
        json!({"type": "authorized_user", "client_id": "never-real.apps.googleusercontent.com",
            "client_secret": "never-real-secret", "refresh_token": "1//0never-real"})
        .to_string(),
    );
    let run = signed_out(&desk, &google).env("CLOUDSDK_AUTH_TOKEN_HOST", server.url("/token"));
    assert_eq!(
        run.output().refusal(),
        "error: authorized_user from DESK/.config/gcloud/application_default_credentials.json: the login has ended: HTTP 400 invalid_grant: Token has been expired or revoked; run `gcloud auth application-default login`"
    );
    assert_eq!(google.calls(), [].into());
}

/// A token that Google's APIs no longer take.
#[test]
fn a_dead_token() {
    let desk = Desk::new();
    let emulator = Emulator::new(&bundled("clean")).with_access_token("another");
    let google = Loopback::serving(emulator);
    let refusal = desk.at(&google, "scan").output().refusal();
    assert!(
        refusal.starts_with("error: searching projects: the access token was refused: "),
        "{refusal}"
    );
    assert!(
        refusal.ends_with(
            "; log in again: `gcloud auth application-default login`, or give a fresh access token"
        ),
        "{refusal}"
    );
}

#[test]
fn snapshots_that_cannot_be_read() {
    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    desk.at(&google, &format!("scan --now {NOW} --snapshot whole"))
        .output()
        .expect_code(0);
    let whole = fs::read(desk.path("whole")).expect("a snapshot");
    desk.write("cut", &whole[..whole.len() / 2]);
    desk.write("foreign", "not a snapshot");
    desk.write("empty", "");
    let newer = zstd::encode_all(&b"{\"schema\":\"sa-audit.snapshot/2\"}\n"[..], 3).expect("bytes");
    desk.write("newer", newer);
    for (arguments, told) in [
        (
            "report",
            "no snapshot in DESK/.local/state/sa-audit: make one with `sa-audit scan`, or name one",
        ),
        (
            "report --store nowhere",
            "no snapshot in nowhere: make one with `sa-audit scan`, or name one",
        ),
        (
            "report missing",
            "reading the snapshot missing: No such file or directory (os error 2)",
        ),
        ("report foreign", "foreign is not a snapshot of sa-audit"),
        ("report empty", "empty is not a snapshot of sa-audit"),
        ("report .", ". is not a snapshot of sa-audit"),
        (
            "report newer",
            "newer was written by a newer sa-audit (sa-audit.snapshot/2; this one reads up to sa-audit.snapshot/1): update sa-audit, or scan again",
        ),
    ] {
        assert_eq!(
            desk.sa_audit(arguments).output().refusal(),
            format!("error: {told}")
        );
    }
    let cut = desk
        .sa_audit("report cut --output a.json")
        .output()
        .refusal();
    assert!(cut.starts_with("error: cut is "), "{cut}");
    assert!(!desk.files().contains(&"a.json".to_owned()));
    let homeless = desk.sa_audit("report").without("HOME").output();
    assert_eq!(
        homeless.refusal(),
        "error: there is no home folder to keep snapshots in; name one with --store or SA_AUDIT_STORE"
    );
}

#[test]
fn a_scan_to_resume_that_never_began() {
    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    assert_eq!(
        desk.at(&google, "scan --resume").output().refusal(),
        "error: no unfinished scan of this scope (DESK/.local/state/sa-audit/e3b0c44298fc.journal does not exist): scan without --resume"
    );
    assert_eq!(google.calls(), [].into());
}

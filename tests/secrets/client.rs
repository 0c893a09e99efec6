//! A Google that repeats the access token in every way, and what the client shows of it.

use sa_audit::gcp::api::iam;
use sa_audit::gcp::google::Google;
use sa_audit::gcp::transport::{Settings, Transport};
use serde_json::{Value, json};

use crate::support::log;
use crate::support::scripted::{Reply, Scripted};
use crate::support::tokens::tokens;

const TOKEN: &str = "ya29.never-to-be-shown";

fn refusal(code: u16, status: &str, message: &str) -> Value {
    json!({"error": {"code": code, "status": status, "message": message}})
}

#[tokio::test(start_paused = true)]
async fn no_text_shows_the_token() {
    let log = log::of_the_process();
    let echo = format!("Bearer {TOKEN} is bad");
    let mut detailed = refusal(403, "PERMISSION_DENIED", &echo);
    detailed["error"]["details"] = json!([{"@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "IAM_PERMISSION_DENIED", "metadata": {"permission": echo}}]);
    for reply in [
        Reply::status(400, &refusal(400, "INVALID_ARGUMENT", &echo)),
        Reply::status(403, &detailed),
        Reply::text(503, &echo),
    ] {
        let backend = Scripted::always(reply).shared();
        let transport = Transport::new(backend.clone(), tokens(&[TOKEN]), Settings::default());
        let google = Google::new(transport.expect("a transport"));
        let stopped = iam::service_accounts(&google, "acme")
            .await
            .stopped
            .expect("stopped");
        let shown = format!("{stopped} {stopped:?} {:?} {google:?}", stopped.hint());
        assert!(!shown.contains(TOKEN), "{shown}");
        assert!(shown.contains("[token]"), "{shown}");
        assert_eq!(
            backend.header("authorization")[0],
            format!("Bearer {TOKEN}")
        );
    }
    let log = log.text();
    assert!(
        log.contains("method=\"iam.projects.serviceAccounts.list\" resource=\"projects/acme\""),
        "{log}"
    );
    assert!(!log.contains(TOKEN), "{log}");
}

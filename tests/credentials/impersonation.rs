//! Impersonation, by a file and by the command line.

use sa_audit::gcp::credentials::CredentialKind;
use serde_json::{Value, json};

use crate::token_server::{Reply, TokenServer};
use crate::world::*;

#[tokio::test]
async fn impersonated_service_account_acts_through_any_other_type() {
    let sources: [fn(&TokenServer) -> Value; 3] =
        [authorized_user, service_account, external_account];
    for (source, caller) in sources
        .into_iter()
        .zip([ACCESS_TOKEN, ACCESS_TOKEN, STS_TOKEN])
    {
        let world = World::with_file(|server| {
            let mut file = impersonated(source(server), server);
            file["delegates"] =
                json!(["projects/-/serviceAccounts/hop@kestrel-sec.iam.gserviceaccount.com"]);
            file["quota_project_id"] = json!("kestrel-audit");
            file
        })
        .await;
        answer_every_call(&world.server);
        let credential = world.discover().await.expect("credentials");
        assert_eq!(
            credential.provider.token().await.expect("a token").as_str(),
            IMPERSONATED_TOKEN
        );
        assert_eq!(credential.kind, CredentialKind::ImpersonatedServiceAccount);
        assert_eq!(credential.email.as_deref(), Some(AUDITOR));
        assert_eq!(credential.quota_project.as_deref(), Some("kestrel-audit"));
        let request = world.server.seen().pop().expect("a request");
        assert_eq!(request.line, generate_path(AUDITOR));
        assert_eq!(
            request.header("authorization"),
            Some(format!("Bearer {caller}").as_str())
        );
        assert_eq!(
            serde_json::from_str::<Value>(&request.body).expect("JSON"),
            json!({
                "scope": ["https://www.googleapis.com/auth/cloud-platform"], "lifetime": "3600s",
                "delegates": ["projects/-/serviceAccounts/hop@kestrel-sec.iam.gserviceaccount.com"],
            })
        );
    }
}

/// `--impersonate-service-account` with a chain, on top of each kind: only the target's token is asked for.
#[tokio::test]
async fn the_command_line_can_impersonate_on_top_of_anything() {
    const TARGET: &str = "reader@kestrel-org.iam.gserviceaccount.com";
    let mut worlds = Vec::new();
    for file in
        [authorized_user, service_account, external_account] as [fn(&TokenServer) -> Value; 3]
    {
        worlds.push(World::with_file(file).await);
    }
    worlds.push(World::with_file(|server| impersonated(authorized_user(server), server)).await);
    let mut by_hand = World::new().await;
    by_hand
        .variables
        .push(("CLOUDSDK_AUTH_ACCESS_TOKEN", ACCESS_TOKEN.to_owned()));
    worlds.push(by_hand);
    let mut on_a_vm = World::new().await;
    attach_account(&mut on_a_vm);
    worlds.push(on_a_vm);

    let callers = [
        ACCESS_TOKEN,
        ACCESS_TOKEN,
        STS_TOKEN,
        IMPERSONATED_TOKEN,
        ACCESS_TOKEN,
        ACCESS_TOKEN,
    ];
    for (mut world, caller) in worlds.into_iter().zip(callers) {
        world.impersonate = Some(
            "hop1@kestrel-sec.iam.gserviceaccount.com,hop2@kestrel-sec.iam.gserviceaccount.com,reader@kestrel-org.iam.gserviceaccount.com",
        );
        answer_every_call(&world.server);
        world.server.on(
            &generate_path(TARGET),
            [generated("ya29.never-real-target")],
        );
        let credential = world.discover().await.expect("credentials");
        assert_eq!(
            credential.provider.token().await.expect("a token").as_str(),
            "ya29.never-real-target"
        );
        assert_eq!(credential.kind, CredentialKind::ImpersonatedServiceAccount);
        assert_eq!(
            (credential.email.as_deref(), credential.quota_project),
            (Some(TARGET), None)
        );
        let requests = world.server.seen();
        let last = requests.last().expect("a request");
        assert_eq!(last.line, generate_path(TARGET));
        assert_eq!(
            last.header("authorization"),
            Some(format!("Bearer {caller}").as_str())
        );
        assert_eq!(
            serde_json::from_str::<Value>(&last.body).expect("JSON")["delegates"],
            json!([
                "projects/-/serviceAccounts/hop1@kestrel-sec.iam.gserviceaccount.com",
                "projects/-/serviceAccounts/hop2@kestrel-sec.iam.gserviceaccount.com",
            ])
        );
        let asked_for_hops = requests
            .iter()
            .any(|request| request.line.contains("serviceAccounts/hop"));
        assert!(
            !asked_for_hops,
            "delegates are named in the request, never asked for themselves"
        );
    }
}

#[tokio::test]
async fn impersonation_renews_the_callers_token_when_it_is_refused() {
    let mut world = World::with_file(authorized_user).await;
    world.impersonate = Some(AUDITOR);
    world.server.on(
        "POST /token",
        [
            token_answer("ya29.never-real-first"),
            token_answer("ya29.never-real-second"),
        ],
    );
    world.server.on(
        &generate_path(AUDITOR),
        [Reply::new(401, "{}"), generated(IMPERSONATED_TOKEN)],
    );
    assert_eq!(world.token().await.as_deref(), Ok(IMPERSONATED_TOKEN));
    let bearers: Vec<_> = world
        .server
        .seen()
        .iter()
        .filter_map(|seen| seen.header("authorization").map(str::to_owned))
        .collect();
    assert_eq!(
        bearers,
        [
            "Bearer ya29.never-real-first",
            "Bearer ya29.never-real-second"
        ]
    );
}

//! What the emulator refuses, and in which words.

use super::*;

#[tokio::test]
async fn unknown_parameters_in_full() {
    let answer = get(
        &emulator(),
        &format!("{PROD}?page_size=5&keyTypes=USER_MANAGED"),
    )
    .await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.headers["content-type"],
        "application/json; charset=UTF-8"
    );
    let unknown = |name: &str| {
        format!(
            "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' \
             could not be found in request message."
        )
    };
    assert_eq!(
        answer.json(),
        json!({ "error": {
            "code": 400,
            "message": format!("{}\n{}", unknown("page_size"), unknown("keyTypes")),
            "status": "INVALID_ARGUMENT",
            "details": [{
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [{ "description": unknown("page_size") }, { "description": unknown("keyTypes") }]
            }]
        }})
    );
}

#[tokio::test]
async fn parameters_that_do_not_fit() {
    let emulator = emulator();
    for (url, expected) in [
        (
            format!("{PROD}?pageSize=many"),
            "Invalid value at 'page_size' (TYPE_INT32), \"many\"",
        ),
        (
            format!("{PROD}?pageSize=99999999999"),
            "Invalid value at 'page_size' (TYPE_INT32), \"99999999999\"",
        ),
        (
            format!("{PROD}?pageSize=-1"),
            "Page size must not be negative.",
        ),
        (
            format!("{PROD}?pageSize=1&pageSize=2"),
            "Invalid value at 'page_size', Proto field is not repeating, cannot start list.",
        ),
        (
            format!("{PROD}?prettyPrint=perhaps"),
            "Invalid value at 'pretty_print' (TYPE_BOOL), \"perhaps\"",
        ),
        (
            format!("{PROD}?alt=proto"),
            "the emulator does not support alt=proto",
        ),
        (
            format!("{PROD}?fields=accounts(name)"),
            "the emulator does not support fields=accounts(name)",
        ),
        (
            format!("{WEB_KEYS}?keyTypes=MINE"),
            "Invalid value at 'key_types' (TYPE_ENUM), \"MINE\"",
        ),
        (
            format!("{WEB_KEYS}?keyTypes=USER_MANAGED&keyTypes=USER_MANAGED"),
            "Duplicate key types are not allowed.",
        ),
        (
            format!("{WEB_KEYS}?keyTypes=0"),
            "The key type KEY_TYPE_UNSPECIFIED is not allowed.",
        ),
        (
            format!("{CRM}/projects"),
            "Request is missing the required field 'parent'.",
        ),
        (
            format!("{CRM}/projects?parent=projects/101"),
            "Parent must be of the form `folders/{folder_id}` or `organizations/{org_id}`.",
        ),
        (
            format!("{CRM}/projects?parent=folders/11&showDeleted=1"),
            "Invalid value at 'show_deleted' (TYPE_BOOL), \"1\"",
        ),
        (
            format!("{CRM}/projects:search?query=colour:red"),
            "Invalid query: colour:red",
        ),
        (
            format!("{CRM}/projects:search?query=shop"),
            "Invalid query: shop",
        ),
        (format!("{ACTIVITIES}?filter=web"), "Invalid filter: web"),
    ] {
        let (status, text) = get(&emulator, &url).await.refusal();
        assert_eq!(
            (status, text),
            (400, format!("INVALID_ARGUMENT: {expected}")),
            "{url}"
        );
    }
}

#[tokio::test]
async fn activity_types_and_locations() {
    let emulator = emulator();
    let url = |location: &str, kind: &str| {
        format!(
            "https://policyanalyzer.googleapis.com/v1/projects/shop-prod/locations/{location}/activityTypes/{kind}/activities:query"
        )
    };
    for (location, kind, expected) in [
        (
            "us",
            "serviceAccountLastAuthentication",
            "INVALID_ARGUMENT: Location us is not supported.",
        ),
        (
            "global",
            "userLastAuthentication",
            "INVALID_ARGUMENT: Activity type userLastAuthentication is not supported.",
        ),
    ] {
        assert_eq!(
            get(&emulator, &url(location, kind)).await.refusal(),
            (400, expected.to_owned())
        );
    }
}

#[tokio::test]
async fn bodies_that_do_not_fit() {
    let emulator = emulator();
    let policy = format!("{CRM}/projects/101:getIamPolicy");
    for (verb, url, body, expected) in [
        (
            "POST",
            &policy,
            "[]",
            "Invalid JSON payload received. Root element must be a message.",
        ),
        (
            "POST",
            &policy,
            "{",
            "Invalid JSON payload received. Root element must be a message.",
        ),
        (
            "POST",
            &policy,
            r#"{"version":3}"#,
            "Invalid JSON payload received. Unknown name \"version\": Cannot find field.",
        ),
        (
            "POST",
            &policy,
            r#"{"options":{"version":3}}"#,
            "Invalid JSON payload received. Unknown name \"version\" at 'options': Cannot find field.",
        ),
        (
            "POST",
            &policy,
            r#"{"options":3}"#,
            "Invalid value at 'options', 3",
        ),
        (
            "POST",
            &policy,
            r#"{"options":{"requestedPolicyVersion":"three"}}"#,
            "Invalid value at 'options.requested_policy_version', \"three\"",
        ),
        (
            "POST",
            &format!("{PROD}/web@shop-prod.iam.gserviceaccount.com:getIamPolicy"),
            r#"{"options":{}}"#,
            "Invalid JSON payload received. Unknown name \"options\": Cannot find field.",
        ),
    ] {
        let (status, text) = send(&emulator, request(verb, url, body)).await.refusal();
        assert_eq!(
            (status, text),
            (400, format!("INVALID_ARGUMENT: {expected}")),
            "{body}"
        );
    }
    let get_with_body = send(&emulator, request("GET", PROD, "{}")).await;
    assert_eq!(
        (get_with_body.status, &get_with_body.headers["content-type"]),
        (400, &"text/html; charset=UTF-8".parse().expect("a header"))
    );
}

#[tokio::test]
async fn what_is_not_there() {
    let emulator = emulator();
    for (url, expected) in [
        ("https://iam.googleapis.com/v1/projects/ghost/serviceAccounts".to_owned(), (404, "NOT_FOUND: Unknown project id: ghost")),
        (format!("{PROD}/ghost@shop-prod.iam.gserviceaccount.com"), (404, "NOT_FOUND: Unknown service account")),
        (format!("{PROD}/etl@shop-data.iam.gserviceaccount.com/keys"), (404, "NOT_FOUND: Unknown service account")),
        (format!("{WEB_KEYS}/zz"), (404, "NOT_FOUND: Service account key zz does not exist.")),
        (
            "https://iam.googleapis.com/v1/projects/-/serviceAccounts/ghost@p.iam.gserviceaccount.com/keys".to_owned(),
            (403, "PERMISSION_DENIED: Permission 'iam.serviceAccountKeys.list' denied on resource (or it may not exist)."),
        ),
        (format!("{CRM}/projects/999"), (403, "PERMISSION_DENIED: The caller does not have permission")),
        (format!("{CRM}/folders/999"), (403, "PERMISSION_DENIED: The caller does not have permission")),
        (format!("{CRM}/folders?parent=folders/999"), (403, "PERMISSION_DENIED: The caller does not have permission")),
        (
            ACTIVITIES.replace("shop-prod", "ghost"),
            (403, "PERMISSION_DENIED: Permission 'policyanalyzer.serviceAccountLastAuthenticationActivities.query' denied on \
                   resource '//cloudresourcemanager.googleapis.com/projects/ghost' (or it may not exist)."),
        ),
    ] {
        let (status, text) = get(&emulator, &url).await.refusal();
        assert_eq!((status, text.as_str()), expected, "{url}");
    }
}

#[tokio::test]
async fn paths_and_verbs_that_no_api_has() {
    let emulator = emulator();
    for (verb, url) in [
        (
            "GET",
            "https://iam.googleapis.com/v1/projects/shop-prod/serviceAccount",
        ),
        (
            "GET",
            "https://iam.googleapis.com/v7/projects/shop-prod/serviceAccounts",
        ),
        ("GET", "https://iam.googleapis.com/"),
        (
            "GET",
            "https://other.googleapis.com/v1/projects/shop-prod/serviceAccounts",
        ),
        (
            "GET",
            "https://iam.googleapis.com/v1/projects%2Fshop-prod/serviceAccounts",
        ),
        ("POST", PROD),
        ("DELETE", WEB_KEYS),
        (
            "GET",
            "https://cloudresourcemanager.googleapis.com/v3/projects/101:getIamPolicy",
        ),
    ] {
        let answer = send(&emulator, request(verb, url, "")).await;
        assert_eq!(answer.status, 404, "{verb} {url}");
        assert_eq!(answer.headers["content-type"], "text/html; charset=UTF-8");
        assert!(
            answer.text.contains("was not found on this server"),
            "{}",
            answer.text
        );
    }
    assert_eq!(emulator.calls().len(), 0);
}

#[tokio::test]
async fn credentials() {
    let any = emulator();
    let one = emulator().with_access_token("ya29.right");
    let with = |value: Option<&'static str>, url: &str| {
        let mut request = request("GET", url, "");
        request.headers_mut().remove("authorization");
        if let Some(value) = value {
            request
                .headers_mut()
                .insert("authorization", value.parse().expect("a header"));
        }
        request
    };
    let missing = send(&any, with(None, PROD)).await;
    assert_eq!(missing.status, 401);
    assert_eq!(
        missing.headers["www-authenticate"],
        "Bearer realm=\"https://accounts.google.com/\""
    );
    assert_eq!(
        missing.error()["details"],
        json!([{
            "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "CREDENTIALS_MISSING",
            "domain": "googleapis.com",
            "metadata": { "service": "iam.googleapis.com", "method": "iam.projects.serviceAccounts.list" }
        }])
    );
    for (emulator, header, reason) in [
        (&any, "Bearer ", "ACCESS_TOKEN_EXPIRED"),
        (&any, "Basic dXNlcjpwYXNz", "ACCESS_TOKEN_EXPIRED"),
        (&one, "Bearer ya29.wrong", "ACCESS_TOKEN_EXPIRED"),
    ] {
        let answer = send(emulator, with(Some(header), PROD)).await;
        assert_eq!(
            (answer.status, &answer.error()["details"][0]["reason"]),
            (401, &json!(reason)),
            "{header}"
        );
        assert!(
            answer.headers["www-authenticate"]
                .to_str()
                .expect("text")
                .ends_with("error=\"invalid_token\"")
        );
    }
    assert_eq!(
        send(&one, with(Some("Bearer ya29.right"), PROD))
            .await
            .status,
        200
    );
    assert_eq!(
        send(&one, with(None, &format!("{PROD}?access_token=ya29.right")))
            .await
            .status,
        200
    );
}

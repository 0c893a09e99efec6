//! Entries of audit logs in every form that decides something, in one list.

use serde_json::{Value, json};

const ETL: &str = "etl@acme-prod.iam.gserviceaccount.com";
const KEY: &str = "//iam.googleapis.com/projects/acme-prod/serviceAccounts/etl@acme-prod.iam.gserviceaccount.com/keys/0123456789abcdef0123456789abcdef01234567";

/// Returns an entry of the Data Access log, by account and key, some minutes after ten.
fn call(minute: usize, address: Option<&str>, agent: Option<&str>) -> Value {
    json!({
        "logName": "projects/acme-data/logs/cloudaudit.googleapis.com%2Fdata_access",
        "timestamp": format!("2026-11-0{}T10:{:02}:00.25Z", 1 + minute % 2, minute),
        "resource": { "type": "gcs_bucket", "labels": { "project_id": "acme-data" } },
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "serviceName": "storage.googleapis.com", "methodName": "storage.objects.get",
            "resourceName": "projects/_/buckets/acme/objects/a",
            "authenticationInfo": { "principalEmail": ETL, "serviceAccountKeyName": KEY },
            "authorizationInfo": [
                { "permission": "storage.objects.get", "resource": format!("projects/_/buckets/acme/objects/{minute}"), "granted": true },
                { "permission": "storage.buckets.get", "resource": "projects/_/buckets/acme" },
            ],
            "requestMetadata": { "callerIp": address, "callerSuppliedUserAgent": agent },
        },
    })
}

/// Returns an entry with some of its parts replaced, by JSON pointers below `protoPayload`.
fn with(mut entry: Value, changes: &[(&str, Value)]) -> Value {
    for (part, value) in changes {
        entry["protoPayload"][*part] = value.clone();
    }
    entry
}

/// Returns an entry of the Admin Activity log about the account or its key.
fn event(minute: usize, method: &str, changes: &[(&str, Value)]) -> Value {
    let entry = json!({
        "logName": "projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity",
        "timestamp": format!("2026-11-01T09:{minute:02}:00Z"),
        "resource": { "type": "service_account", "labels": {
            "project_id": "acme-prod", "email_id": ETL, "unique_id": "100000000000000000001",
        } },
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "serviceName": "iam.googleapis.com", "methodName": format!("google.iam.admin.v1.{method}"),
            "resourceName": "projects/-/serviceAccounts/100000000000000000001",
            "authenticationInfo": { "principalEmail": "ana@example.com" },
            "authorizationInfo": [{ "permission": "iam.serviceAccounts.get", "resource": "projects/-/serviceAccounts/100000000000000000001", "granted": true }],
            "requestMetadata": { "callerIp": "198.51.100.4" },
        },
    });
    with(entry, changes)
}

/// Returns the entries.
pub fn entries() -> Vec<Value> {
    let addresses = [
        None,
        Some(""),
        Some("private"),
        Some("gce-internal-ip"),
        Some("10.0.0.9"),
        Some("10.0.0.10"),
        Some("172.31.2.3"),
        Some("172.32.0.1"),
        Some("192.168.0.1"),
        Some("169.254.1.1"),
        Some("203.0.113.20"),
        Some("203.0.113.3"),
        Some("203.0.113.100"),
        Some("9.9.9.9"),
        Some("2001:db8::1"),
        Some("2001:db8:0:1::2"),
        Some("fd00::1"),
        Some("fe80::1"),
        Some("::ffff:10.1.1.1"),
        Some("::1"),
        Some("not an address"),
    ];
    let agents = [
        "google-cloud-sdk gcloud/500.0.0 command/gcloud.storage.cp invocation-id/0123456789abcdef0123456789abcdef environment/None,gzip(gfe),gzip(gfe)",
        "google-cloud-sdk gcloud/500.0.0 command/gcloud.storage.cp invocation-id/fedcba9876543210fedcba9876543210 environment/None,gzip(gfe)",
        "loader/2.0 run/01234567-89ab-cdef-0123-456789abcdef x (gzip)",
        "loader/2.0 run/11234567-89ab-cdef-0123-456789abcdee x",
        "loader/2.0 pid/123 session-id=7 x",
        "it's \"quoted\" \\ ü",
    ];
    let mut all: Vec<Value> = addresses
        .into_iter()
        .enumerate()
        .map(|(minute, address)| call(minute, address, Some("loader/2.0")))
        .collect();
    all.extend(
        agents
            .into_iter()
            .enumerate()
            .map(|(minute, agent)| call(30 + minute, Some("203.0.113.7"), Some(agent))),
    );
    let identity = |info: Value| [("authenticationInfo", info)];
    let token = |principal: &str, method: &str| {
        let entry = with(
            call(41, Some("203.0.113.7"), None),
            &identity(json!({ "principalEmail": principal })),
        );
        let mut entry = with(
            entry,
            &[
                ("serviceName", json!("iamcredentials.googleapis.com")),
                ("methodName", json!(method)),
                (
                    "resourceName",
                    json!("projects/-/serviceAccounts/etl@acme-prod.iam.gserviceaccount.com"),
                ),
                (
                    "authorizationInfo",
                    json!([{ "permission": "iam.serviceAccounts.getAccessToken", "resource": "projects/-/serviceAccounts/1", "granted": true }]),
                ),
            ],
        );
        entry["resource"]["labels"]["email_id"] = ETL.into();
        entry
    };
    let plain = || call(40, Some("203.0.113.7"), Some("x"));
    all.extend([
        // Delegates: a service agent, a person behind another, a federated subject, none.
        with(plain(), &identity(json!({ "principalEmail": ETL, "serviceAccountDelegationInfo": [
            { "firstPartyPrincipal": { "principalEmail": "ana@example.com" } },
            { "firstPartyPrincipal": { "principalEmail": "service-1@compute-system.iam.gserviceaccount.com" } },
        ] }))),
        with(plain(), &identity(json!({ "principalEmail": ETL, "serviceAccountDelegationInfo": [
            { "principalSubject": "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s" },
        ] }))),
        with(plain(), &identity(json!({ "principalEmail": ETL, "serviceAccountDelegationInfo": [{}] }))),
        // Principals: federated, a person, a service agent, Kubernetes.
        with(plain(), &identity(json!({ "principalSubject": "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s" }))),
        with(plain(), &identity(json!({ "principalEmail": "ana@example.com" }))),
        with(plain(), &identity(json!({ "principalEmail": "service-1@compute-system.iam.gserviceaccount.com" }))),
        with(plain(), &identity(json!({ "principalEmail": "system:serviceaccount:default:web" }))),
        token("ana@example.com", "GenerateAccessToken"),
        token(ETL, "google.iam.credentials.v1.IAMCredentials.SignJwt"),
        token("ana@example.com", "google.iam.admin.v1.Other"),
        // What grows with the data, and the end of a long operation.
        with(plain(), &[("authorizationInfo", json!([
            { "permission": "bigquery.tables.getData", "resource": "projects/p/datasets/d/tables/t1", "granted": true },
            { "permission": "bigquery.tables.getData", "resource": "projects/p/datasets/d/tables/t2", "granted": true },
            { "permission": "bigquery.jobs.get", "resource": "projects/p/jobs/bquxjob_1", "granted": true },
            { "permission": "secretmanager.versions.access", "resource": "projects/1/secrets/versions/versions/3", "granted": true },
            { "permission": "storage.objects.get", "resource": "projects/_/buckets/objects/objects/objects", "granted": false },
            { "permission": "run.jobs.run", "resource": "projects/p/locations/l/jobs/nightly", "granted": true },
        ]))]),
        with(plain(), &[("authorizationInfo", json!([])), ("status", json!({ "code": 7, "message": "denied" }))]),
        with(plain(), &[("requestMetadata", json!({
            "callerIp": "10.0.0.1", "callerNetwork": "//compute.googleapis.com/projects/acme/global/networks/n",
        }))]),
        event(1, "CreateServiceAccount", &[("response", json!({
            "name": "projects/acme-prod/serviceAccounts/etl@acme-prod.iam.gserviceaccount.com", "email": ETL, "unique_id": "100000000000000000001",
        }))]),
        event(2, "CreateServiceAccountKey", &[("response", json!({
            "name": "projects/acme-prod/serviceAccounts/etl@acme-prod.iam.gserviceaccount.com/keys/0123456789abcdef0123456789abcdef01234567",
        })), ("request", json!({ "name": "projects/-/serviceAccounts/100000000000000000001" }))]),
        event(3, "DisableServiceAccount", &[("status", json!({ "code": 5, "message": "not found" }))]),
        event(4, "DeleteServiceAccountKey", &[
            ("resourceName", json!("projects/-/serviceAccounts/100000000000000000001/keys/89abcdef0123456789abcdef0123456789abcdef")),
        ]),
        event(5, "GetServiceAccount", &[]),
    ]);
    let mut without_label = plain();
    without_label["resource"]["labels"] = json!({});
    all.push(without_label);
    all
}

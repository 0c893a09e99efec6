//! What the emulator answers to a request that Google would answer.

use super::*;

#[tokio::test]
async fn accounts_keys_and_activities() {
    let emulator = emulator();
    let accounts = get(&emulator, PROD).await.json();
    assert_eq!(
        names(&accounts, "accounts"),
        [
            "web@shop-prod.iam.gserviceaccount.com",
            "deploy@shop-prod.iam.gserviceaccount.com",
            "101-compute@developer.gserviceaccount.com"
        ]
    );
    assert_eq!(
        get(
            &emulator,
            "https://iam.googleapis.com/v1/projects/101/serviceAccounts"
        )
        .await
        .json(),
        accounts
    );
    let account = get(&emulator, &format!("{PROD}/100000000000000000002"))
        .await
        .json();
    assert_eq!(account, accounts["accounts"][1]);
    let activities = get(&emulator, ACTIVITIES).await.json();
    assert_eq!(activities["activities"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        activities["activities"][1]["activity"].get("lastAuthenticatedTime"),
        None
    );
}

#[tokio::test]
async fn keys_by_type_and_by_every_name_of_the_account() {
    let emulator = emulator();
    let keys = |account: &str, query: &str| {
        format!("https://iam.googleapis.com/v1/projects/{account}/keys{query}")
    };
    for (account, query, expected) in [
        (
            "shop-prod/serviceAccounts/web@shop-prod.iam.gserviceaccount.com",
            "",
            vec!["a1", "a2", "s1"],
        ),
        (
            "shop-prod/serviceAccounts/web%40shop-prod.iam.gserviceaccount.com",
            "?keyTypes=USER_MANAGED",
            vec!["a1", "a2"],
        ),
        (
            "101/serviceAccounts/100000000000000000001",
            "?keyTypes=SYSTEM_MANAGED",
            vec!["s1"],
        ),
        (
            "-/serviceAccounts/100000000000000000001",
            "?keyTypes=SYSTEM_MANAGED&keyTypes=USER_MANAGED",
            vec!["a1", "a2", "s1"],
        ),
        (
            "-/serviceAccounts/web@shop-prod.iam.gserviceaccount.com",
            "?keyTypes=1",
            vec!["a1", "a2"],
        ),
        (
            "shop-prod/serviceAccounts/deploy@shop-prod.iam.gserviceaccount.com",
            "",
            vec![],
        ),
    ] {
        let answer = get(&emulator, &keys(account, query)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(names(&answer.json(), "keys"), expected, "{account}{query}");
    }
}

#[tokio::test]
async fn public_key_data_comes_only_where_it_is_asked_for() {
    let emulator = emulator();
    assert!(
        !get(&emulator, WEB_KEYS)
            .await
            .text
            .contains("publicKeyData")
    );
    assert!(
        !get(&emulator, &format!("{WEB_KEYS}/a1"))
            .await
            .text
            .contains("publicKeyData")
    );
    let asked = get(
        &emulator,
        &format!("{WEB_KEYS}/a1?publicKeyType=TYPE_X509_PEM_FILE"),
    )
    .await
    .json();
    assert_eq!(asked["publicKeyData"], "bm90IGEga2V5");
}

#[tokio::test]
async fn elements_pass_as_written_and_empty_lists_are_empty_objects() {
    let emulator = emulator();
    let accounts = get(
        &emulator,
        "https://iam.googleapis.com/v1/projects/shop-data/serviceAccounts",
    )
    .await
    .json();
    assert_eq!(accounts["accounts"][1], "an account that is no account");
    assert_eq!(accounts["accounts"][2], json!({ "name": 7 }));
    let none = get(&emulator, "https://iam.googleapis.com/v1/projects/shop.example:legacy/serviceAccounts?prettyPrint=false").await;
    assert_eq!((none.status, none.text.as_str()), (200, "{}"));
}

#[tokio::test]
async fn children_are_direct_sorted_and_without_the_deleted() {
    let emulator = emulator();
    for (collection, query, expected) in [
        ("folders", "parent=organizations/300400500600", vec!["11"]),
        (
            "folders",
            "parent=organizations/300400500600&showDeleted=true",
            vec!["12", "11"],
        ),
        ("folders", "parent=folders%2F11", vec!["13"]),
        ("projects", "parent=folders/11", vec!["101"]),
        (
            "projects",
            "parent=folders/11&showDeleted=true",
            vec!["103", "101"],
        ),
        ("projects", "parent=organizations/300400500600", vec!["104"]),
    ] {
        let answer = get(&emulator, &format!("{CRM}/{collection}?{query}")).await;
        assert_eq!(
            names(&answer.json(), collection),
            expected,
            "{collection}?{query}"
        );
    }
}

#[tokio::test]
async fn searches() {
    let emulator = emulator();
    for (query, expected) in [
        ("", vec!["101", "102", "103", "104"]),
        ("parent:folders/11", vec!["101", "103"]),
        ("parent:organizations/*", vec!["104"]),
        ("parent.type:folder", vec!["101", "102", "103"]),
        ("parent.id=13", vec!["102"]),
        ("state:ACTIVE", vec!["101", "102", "104"]),
        ("id:SHOP-PROD", vec!["101"]),
        ("projectId:shop-*", vec!["101", "102", "103"]),
        ("labels.team:data", vec!["102"]),
        ("labels:shop", vec!["101"]),
        ("labels.env:*", vec!["101", "102"]),
        ("name:legacy id:shop-data", vec!["102", "104"]),
    ] {
        let query = query.replace(' ', "+");
        let answer = get(&emulator, &format!("{CRM}/projects:search?query={query}")).await;
        assert_eq!(names(&answer.json(), "projects"), expected, "{query}");
    }
    for (query, expected) in [
        ("", vec!["300400500600"]),
        ("domain:shop.example", vec!["300400500600"]),
        ("domain:other.example", vec![]),
    ] {
        let answer = get(
            &emulator,
            &format!("{CRM}/organizations:search?query={query}"),
        )
        .await;
        assert_eq!(names(&answer.json(), "organizations"), expected, "{query}");
    }
}

#[tokio::test]
async fn projects_by_number_and_by_id() {
    let emulator = emulator();
    for name in [
        "projects/104",
        "projects/shop.example:legacy",
        "folders/13",
        "organizations/300400500600",
    ] {
        let answer = get(&emulator, &format!("{CRM}/{name}")).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
    }
}

#[tokio::test]
async fn activities_by_filter() {
    let emulator = emulator();
    let name = |account: &str| {
        format!(
            "%22%2F%2Fiam.googleapis.com%2Fprojects%2Fshop-prod%2FserviceAccounts%2F{account}%40shop-prod.iam.gserviceaccount.com%22"
        )
    };
    let one = get(
        &emulator,
        &format!(
            "{ACTIVITIES}?filter=activities.full_resource_name%3D{}",
            name("web")
        ),
    )
    .await;
    assert_eq!(one.json()["activities"].as_array().map(Vec::len), Some(1));
    let two = format!(
        "activities.fullResourceName={}+OR+activities.fullResourceName={}",
        name("web"),
        name("deploy")
    );
    let two = get(&emulator, &format!("{ACTIVITIES}?filter={two}")).await;
    assert_eq!(two.json()["activities"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn policies() {
    let emulator = emulator();
    let policy = |name: &'static str, body: &'static str| {
        request("POST", &format!("{CRM}/{name}:getIamPolicy"), body)
    };
    let set = send(
        &emulator,
        policy(
            "projects/101",
            r#"{"options":{"requestedPolicyVersion":3}}"#,
        ),
    )
    .await;
    assert_eq!(set.json()["bindings"][0]["role"], "roles/viewer");
    let empty = send(&emulator, policy("folders/11", "")).await;
    assert_eq!(empty.json(), json!({ "etag": "ACAB" }));
    let account = format!(
        "{PROD}/web@shop-prod.iam.gserviceaccount.com:getIamPolicy?options.requestedPolicyVersion=3"
    );
    assert_eq!(
        send(&emulator, request("POST", &account, "{}"))
            .await
            .json(),
        json!({ "etag": "ACAB" })
    );
}

/// The small estate with a collection more.
fn with(collection: &str, elements: Value) -> Emulator {
    let mut estate: Value =
        serde_json::from_str(include_str!("../support/small.json")).expect("JSON");
    estate["resources"][collection] = elements;
    Emulator::new(&Estate::parse(&estate.to_string()).expect("an estate"))
}

#[tokio::test]
async fn conditions_are_hidden_from_who_does_not_ask_for_version_3() {
    let binding = json!({
        "role": "roles/editor", "members": ["user:ana@shop.example"],
        "condition": { "title": "spring", "expression": "false" },
    });
    let set = json!({ "version": 3, "etag": "BwYZ8dO5xQE=", "bindings": [binding] });
    let hidden = "roles/editor_withcond_";

    let emulator = with(
        "cloudresourcemanager.googleapis.com/projects/shop-data:getIamPolicy",
        json!([set]),
    );
    let url = format!("{CRM}/projects/102:getIamPolicy");
    let asked = async |body: &'static str| {
        let answer = send(&emulator, request("POST", &url, body)).await;
        (answer.status, answer.json())
    };
    let three = r#"{"options":{"requestedPolicyVersion":3}}"#;
    assert_eq!(asked(three).await, (200, set.clone()));
    for body in ["", "{}", r#"{"options":{"requestedPolicyVersion":1}}"#] {
        let (_, policy) = asked(body).await;
        let role = text(&policy["bindings"][0]["role"]);
        assert_eq!((role.len(), &role[..22]), (42, hidden), "{body}");
        assert_eq!(policy["bindings"][0].get("condition"), None, "{body}");
        assert_eq!(policy["version"], 1, "{body}");
    }
    assert_eq!(
        asked(r#"{"options":{"requestedPolicyVersion":2}}"#).await.0,
        400
    );

    let account = "iam.googleapis.com/projects/shop-prod/serviceAccounts/web@shop-prod.iam.gserviceaccount.com";
    let emulator = with(&format!("{account}:getIamPolicy"), json!([set]));
    let asked = async |name: &str, query: &str| {
        let url = format!("{PROD}/{name}:getIamPolicy{query}");
        send(&emulator, request("POST", &url, "")).await.json()
    };
    for name in [
        "web@shop-prod.iam.gserviceaccount.com",
        "100000000000000000001",
    ] {
        let whole = asked(name, "?options.requestedPolicyVersion=3").await;
        assert_eq!(whole, set, "{name}");
        let policy = asked(name, "").await;
        assert!(
            text(&policy["bindings"][0]["role"]).starts_with(hidden),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn roles_have_permissions_in_the_full_view_and_deleted_ones_are_asked_for() {
    const IAM: &str = "https://iam.googleapis.com/v1";
    let role = |name: &str| json!({ "name": name, "title": "a title", "stage": "GA", "includedPermissions": ["run.services.get"] });
    let predefined = with("iam.googleapis.com/roles", json!([role("roles/viewer")]));
    let basic = get(&predefined, &format!("{IAM}/roles")).await.json();
    assert_eq!(names(&basic, "roles"), ["viewer"]);
    assert_eq!(basic["roles"][0].get("includedPermissions"), None);
    let full = get(&predefined, &format!("{IAM}/roles?view=FULL"))
        .await
        .json();
    assert_eq!(full["roles"][0], role("roles/viewer"));

    let mut old = role("projects/shop-prod/roles/old");
    old["deleted"] = true.into();
    let custom = with(
        "iam.googleapis.com/projects/shop-prod/roles",
        json!([role("projects/shop-prod/roles/deployer"), old]),
    );
    for project in ["shop-prod", "101"] {
        let list = format!("{IAM}/projects/{project}/roles");
        let live = get(&custom, &list).await.json();
        assert_eq!(names(&live, "roles"), ["deployer"], "{project}");
        let all = get(&custom, &format!("{list}?showDeleted=true"))
            .await
            .json();
        assert_eq!(names(&all, "roles"), ["deployer", "old"], "{project}");
    }

    let organization = "organizations/300400500600";
    let collection = format!("iam.googleapis.com/{organization}/roles");
    let custom = with(
        &collection,
        json!([role("organizations/300400500600/roles/reader")]),
    );
    let list = get(&custom, &format!("{IAM}/{organization}/roles"))
        .await
        .json();
    assert_eq!(names(&list, "roles"), ["reader"]);
    for unknown in ["organizations/1", "projects/nobody"] {
        let refused = get(&custom, &format!("{IAM}/{unknown}/roles")).await;
        assert_eq!(refused.status, 403, "{unknown}");
    }
}

#[tokio::test]
async fn pools_and_providers_lie_in_projects_by_id_or_number() {
    let path = |project: &str| {
        format!(
            "https://iam.googleapis.com/v1/projects/{project}/locations/global/workloadIdentityPools"
        )
    };
    let pool = |id: &str, state: &str| {
        let name = format!("projects/102/locations/global/workloadIdentityPools/{id}");
        json!({ "name": name, "state": state })
    };
    let pools = "iam.googleapis.com/projects/shop-data/locations/global/workloadIdentityPools";
    let emulator = with(pools, json!([pool("ci", "ACTIVE"), pool("old", "DELETED")]));
    for project in ["shop-data", "102"] {
        let live = get(&emulator, &path(project)).await.json();
        assert_eq!(names(&live, "workloadIdentityPools"), ["ci"], "{project}");
        let all = get(&emulator, &format!("{}?showDeleted=true", path(project))).await;
        assert_eq!(
            names(&all.json(), "workloadIdentityPools"),
            ["ci", "old"],
            "{project}"
        );
        let none = get(&emulator, &format!("{}/ci/providers", path(project))).await;
        assert_eq!((none.status, none.json()), (200, json!({})), "{project}");
        let unknown = get(&emulator, &format!("{}/cd/providers", path(project))).await;
        assert_eq!(unknown.status, 404, "{project}");
    }
    assert_eq!(get(&emulator, &path("nobody")).await.status, 403);
    let provider = pool("ci/providers/github", "ACTIVE");
    let emulator = with(&format!("{pools}/ci/providers"), json!([provider]));
    // A pool's providers are found only where the pool is.
    let orphan = get(&emulator, &format!("{}/ci/providers", path("102"))).await;
    assert_eq!(orphan.status, 404);
}

#[tokio::test]
async fn enums_as_numbers() {
    let emulator = emulator();
    for query in [
        "$alt=json;enum-encoding=int",
        "%24alt=json%3Benum-encoding%3Dint",
    ] {
        let keys = get(
            &emulator,
            &format!("{WEB_KEYS}?keyTypes=USER_MANAGED&{query}"),
        )
        .await
        .json();
        let exposed = &keys["keys"][1];
        assert_eq!(
            [
                &exposed["keyAlgorithm"],
                &exposed["keyOrigin"],
                &exposed["keyType"],
                &exposed["disableReason"]
            ],
            [1, 1, 1, 2]
        );
        assert_eq!(exposed["extendedStatus"][0]["key"], 1);
    }
    let project = get(
        &emulator,
        &format!("{CRM}/projects/103?$alt=json;enum-encoding=int"),
    )
    .await
    .json();
    assert_eq!(project["state"], 2);
    let url = format!("{CRM}/projects/101:getIamPolicy?$alt=json;enum-encoding=int");
    let policy = send(&emulator, request("POST", &url, "")).await.json();
    assert_eq!(
        policy["auditConfigs"][0]["auditLogConfigs"][0]["logType"],
        3
    );
}

#[tokio::test]
async fn gzip_only_where_the_user_agent_says_so_too() {
    let emulator = emulator();
    let with = |agent: &'static str| {
        let mut request = request("GET", PROD, "");
        request
            .headers_mut()
            .insert("accept-encoding", "gzip".parse().expect("a header"));
        request
            .headers_mut()
            .insert("user-agent", agent.parse().expect("a header"));
        request
    };
    let plain = send(&emulator, with("curl/8")).await;
    assert_eq!(plain.headers.get("content-encoding"), None);
    let head = emulator
        .handle(with("sa-audit (gzip)"))
        .await
        .expect("an answer");
    assert_eq!(head.headers()["content-encoding"], "gzip");
    let bytes = head.into_body().collect().await.expect("a body").to_bytes();
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_ref())
        .read_to_string(&mut text)
        .expect("gzip");
    assert_eq!(text, plain.text);
}

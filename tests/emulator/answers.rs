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

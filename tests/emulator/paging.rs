//! Pages: sizes, tokens, and that all of them make the collection.

use super::*;

/// One project of 250 accounts.
fn many() -> Emulator {
    Emulator::new(&generate(
        7,
        Shape {
            projects: 1,
            folders: 0,
            accounts: 250,
            keys: 0,
        },
    ))
}

const MANY: &str = "https://iam.googleapis.com/v1/projects/billing-00000/serviceAccounts";

#[tokio::test]
async fn sizes_are_honoured_and_capped() {
    let emulator = many();
    let sizes = async |query: &str| {
        let pages = pages(&emulator, &format!("{MANY}{query}"), "accounts").await;
        pages.iter().map(Vec::len).collect::<Vec<_>>()
    };
    assert_eq!(sizes("").await, [vec![20; 12], vec![10]].concat());
    assert_eq!(
        sizes("?pageSize=0").await,
        [vec![20; 12], vec![10]].concat()
    );
    assert_eq!(sizes("?pageSize=100").await, [100, 100, 50]);
    assert_eq!(sizes("?pageSize=1000").await, [100, 100, 50]);
    assert_eq!(sizes("?pageSize=125").await, [100, 100, 50]);
}

#[tokio::test]
async fn a_last_full_page_has_no_token() {
    let emulator = many();
    let sizes: Vec<usize> = pages(&emulator, &format!("{MANY}?pageSize=50"), "accounts")
        .await
        .iter()
        .map(Vec::len)
        .collect();
    assert_eq!(sizes, [50; 5]);
}

#[tokio::test]
async fn tokens_are_opaque_and_bound_to_their_request() {
    let emulator = emulator();
    let token = |page: &Answer| text(&page.json()["nextPageToken"]).to_owned();
    let first = token(&get(&emulator, &format!("{CRM}/projects:search?pageSize=1")).await);
    let second = token(
        &get(
            &emulator,
            &format!("{CRM}/projects:search?pageSize=1&pageToken={first}"),
        )
        .await,
    );
    assert_ne!(first, second);
    // The page size may change from page to page, and so may what every method takes.
    let rest = get(
        &emulator,
        &format!("{CRM}/projects:search?pageSize=9&prettyPrint=false&pageToken={first}"),
    )
    .await;
    assert_eq!(names(&rest.json(), "projects"), ["102", "103", "104"]);
    let wrong =
        "INVALID_ARGUMENT: The page token is invalid, or belongs to another request.".to_owned();
    for url in [
        format!("{CRM}/projects:search?query=state:ACTIVE&pageToken={first}"),
        format!("{CRM}/projects?parent=folders/11&pageToken={first}"),
        format!("{PROD}?pageToken={first}"),
        format!("{CRM}/projects:search?pageToken={}", first.to_lowercase()),
        format!("{CRM}/projects:search?pageToken=1"),
    ] {
        assert_eq!(
            get(&emulator, &url).await.refusal(),
            (400, wrong.clone()),
            "{url}"
        );
    }
}

#[tokio::test]
async fn policy_analyzer_ignores_sizes_that_are_not_positive() {
    let answer = get(&emulator(), &format!("{ACTIVITIES}?pageSize=-3")).await;
    assert_eq!(
        answer.json()["activities"].as_array().map(Vec::len),
        Some(2)
    );
}

#[tokio::test]
async fn an_empty_page_has_a_token_that_goes_on() {
    let emulator = emulator();
    emulator.fault(Fault::on("iam.projects.serviceAccounts.list", FaultKind::EmptyPage).times(2));
    let sizes: Vec<usize> = pages(&emulator, &format!("{PROD}?pageSize=2"), "accounts")
        .await
        .iter()
        .map(Vec::len)
        .collect();
    assert_eq!(sizes, [0, 0, 2, 1]);
}

#[tokio::test]
async fn endless_pages_repeat_their_token_or_make_it_new() {
    for (fresh, tokens) in [(false, 1), (true, 5)] {
        let emulator = emulator();
        emulator.fault(Fault::on(
            "iam.projects.serviceAccounts.list",
            FaultKind::EndlessPages { fresh },
        ));
        let mut seen = BTreeSet::new();
        let mut token = String::new();
        for _ in 0..5 {
            let page = get(&emulator, &format!("{PROD}?pageSize=2&pageToken={token}"))
                .await
                .json();
            assert_eq!(page["accounts"].as_array().map(Vec::len), Some(2));
            token = text(&page["nextPageToken"]).to_owned();
            seen.insert(token.clone());
        }
        assert_eq!(seen.len(), tokens);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Whatever the page size and the seed, the pages together are the collection, each element once, in order.
    #[test]
    fn pages_make_the_collection(seed in 0u64..1_000, accounts in 0usize..130, size in 1usize..160) {
        let estate = generate(seed, Shape { projects: 1, folders: 0, accounts, keys: 0 });
        let collection: Vec<Value> = estate
            .resources
            .get("iam.googleapis.com/projects/billing-00000/serviceAccounts")
            .into_iter()
            .flatten()
            .map(|raw| serde_json::from_str(raw.get()).expect("JSON"))
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let url = format!("{MANY}?pageSize={size}");
        let pages = runtime.block_on(pages(&Emulator::new(&estate), &url, "accounts"));
        prop_assert!(pages.iter().all(|page| page.len() <= size.min(100)));
        prop_assert_eq!(pages.concat(), collection);
    }
}

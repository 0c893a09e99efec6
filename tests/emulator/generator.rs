//! The seeded generator.

use super::*;

const SHAPE: Shape = Shape {
    projects: 12,
    folders: 5,
    accounts: 4,
    keys: 2,
};

#[test]
fn the_same_seed_gives_the_same_estate() {
    assert_eq!(generate(1, SHAPE).to_json(), generate(1, SHAPE).to_json());
    assert_ne!(generate(1, SHAPE).to_json(), generate(2, SHAPE).to_json());
}

#[tokio::test]
async fn a_generated_estate_is_whole() {
    let estate = generate(1, SHAPE);
    let read = Estate::parse(&estate.to_json()).expect("an estate file");
    let emulator = Emulator::new(&read);
    let mut found = (0, 0, 0);
    let mut parents = vec![estate.organization.clone()];
    while let Some(parent) = parents.pop() {
        let folders = get(&emulator, &format!("{CRM}/folders?parent={parent}"))
            .await
            .json();
        parents.extend(
            names(&folders, "folders")
                .into_iter()
                .map(|number| format!("folders/{number}")),
        );
        let projects = get(&emulator, &format!("{CRM}/projects?parent={parent}"))
            .await
            .json();
        for project in names(&projects, "projects") {
            found.0 += 1;
            let accounts =
                format!("https://iam.googleapis.com/v1/projects/{project}/serviceAccounts");
            for account in names(&get(&emulator, &accounts).await.json(), "accounts") {
                found.1 += 1;
                let keys = get(
                    &emulator,
                    &format!("{accounts}/{account}/keys?keyTypes=USER_MANAGED"),
                )
                .await
                .json();
                found.2 += names(&keys, "keys").len();
            }
        }
    }
    assert_eq!(found, (12, 12 * 4, 12 * 4 * 2));
}

//! The estate, ready to be asked.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use serde_json::value::RawValue;

use super::estate::Estate;
use super::services::Assets;

/// One element of a collection: its text, and what can be read of it.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) raw: Arc<RawValue>,
    view: OnceLock<Value>,
}

impl Element {
    pub(crate) fn new(raw: Arc<RawValue>) -> Arc<Self> {
        Arc::new(Self {
            raw,
            view: OnceLock::new(),
        })
    }

    /// Returns the element that holds the value.
    pub(crate) fn from_value(value: &Value) -> Arc<Self> {
        let raw = RawValue::from_string(value.to_string()).expect("a value writes JSON");
        Self::new(raw.into())
    }

    /// Returns the string in that field; `None` in an element that is broken there.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.view().get(field)?.as_str()
    }

    /// Returns what can be read of the element: `Null` where its text is JSON that no value can hold, such as the number
    /// 1e400.
    pub(crate) fn view(&self) -> &Value {
        let read = || serde_json::from_str(self.raw.get()).unwrap_or_default();
        self.view.get_or_init(read)
    }
}

/// A service account's place: its project's id, and the element.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) project: String,
    pub(crate) element: Arc<Element>,
}

/// The estate's elements, by collection and by the names that requests use.
#[derive(Debug)]
pub(crate) struct Index {
    /// The organization's resource name.
    pub(crate) organization: String,
    collections: HashMap<String, Vec<Arc<Element>>>,
    /// The keys of the collections.
    sorted: BTreeSet<String>,
    /// Project ids by id and by number.
    projects: HashMap<String, String>,
    /// Projects as Resource Manager has them, by id.
    by_id: HashMap<String, Arc<Element>>,
    /// Projects that hold anything, known to Resource Manager or not: host and project id.
    holders: BTreeSet<(String, String)>,
    /// Accounts by address and by unique id.
    accounts: HashMap<String, Vec<Account>>,
    /// What Asset Inventory has of all this, once it was asked.
    assets: OnceLock<Assets>,
}

/// The collection of projects.
pub(crate) const PROJECTS: &str = "cloudresourcemanager.googleapis.com/projects";

/// The collection of organizations.
pub(crate) const ORGANIZATIONS: &str = "cloudresourcemanager.googleapis.com/organizations";

impl Index {
    pub(crate) fn new(estate: &Estate) -> Self {
        let mut index = Self {
            organization: estate.organization.clone(),
            collections: HashMap::new(),
            sorted: BTreeSet::new(),
            projects: HashMap::new(),
            by_id: HashMap::new(),
            holders: BTreeSet::new(),
            accounts: HashMap::new(),
            assets: OnceLock::new(),
        };
        let elements = |key: &str| -> Vec<Arc<Element>> {
            estate
                .resources
                .get(key)
                .into_iter()
                .flatten()
                .map(|raw| Element::new(Arc::clone(raw)))
                .collect()
        };
        for project in elements(PROJECTS) {
            if let Some(id) = project.text("projectId") {
                index.projects.insert(id.to_owned(), id.to_owned());
                let first = index.by_id.entry(id.to_owned());
                first.or_insert_with(|| Arc::clone(&project));
                if let Some(number) = project
                    .text("name")
                    .and_then(|name| name.strip_prefix("projects/"))
                {
                    index.projects.insert(number.to_owned(), id.to_owned());
                }
            }
        }
        for key in estate.resources.keys() {
            let (key, elements) = (index.key(key), elements(key));
            if let Some((host, project)) = project_of(&key) {
                index.holders.insert((host.to_owned(), project.to_owned()));
                if key.ends_with("/serviceAccounts") {
                    index.add_accounts(project, &elements);
                }
            }
            index.sorted.insert(key.clone());
            index.collections.insert(key, elements);
        }
        index
    }

    fn add_accounts(&mut self, project: &str, elements: &[Arc<Element>]) {
        for element in elements {
            for name in ["email", "uniqueId"]
                .iter()
                .filter_map(|field| element.text(field))
            {
                let account = Account {
                    project: project.to_owned(),
                    element: Arc::clone(element),
                };
                self.accounts
                    .entry(name.to_owned())
                    .or_default()
                    .push(account);
            }
        }
    }

    /// Returns the elements of the collection `HOST/PATH`, in the file's order; none where it is not in the file.
    pub(crate) fn collection(&self, key: &str) -> &[Arc<Element>] {
        self.collections
            .get(&self.key(key))
            .map_or(&[], Vec::as_slice)
    }

    /// Returns every collection, in the order of their keys.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &[Arc<Element>])> {
        self.under("")
    }

    /// Returns every collection whose key begins so, in the order of their keys. Projects are by id in keys.
    pub(crate) fn under<'a>(
        &'a self,
        begin: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a [Arc<Element>])> {
        self.sorted
            .range::<str, _>((Bound::Included(begin), Bound::Unbounded))
            .take_while(move |key| key.starts_with(begin))
            .filter_map(|key| Some((key.as_str(), self.collections.get(key)?.as_slice())))
    }

    /// Returns what Asset Inventory has of the estate.
    pub(crate) fn assets(&self) -> &Assets {
        self.assets.get_or_init(|| Assets::of(self))
    }

    /// Returns the project with that id, as Resource Manager has it.
    pub(crate) fn project(&self, id: &str) -> Option<&Element> {
        self.by_id.get(id).map(Arc::as_ref)
    }

    /// Returns the id of the project with that id or number, as Resource Manager knows it.
    pub(crate) fn project_id(&self, id_or_number: &str) -> Option<&str> {
        self.projects.get(id_or_number).map(String::as_str)
    }

    /// Returns the id of a project that exists for that host: in Resource Manager, or because it holds something there.
    pub(crate) fn project_at<'a>(&'a self, host: &str, id_or_number: &'a str) -> Option<&'a str> {
        self.project_id(id_or_number).or_else(|| {
            self.holders
                .contains(&(host.to_owned(), id_or_number.to_owned()))
                .then_some(id_or_number)
        })
    }

    /// Returns whether there is a project, folder or organization of that name: `("folders", "11")`. A project also counts
    /// where it holds something at the host.
    pub(crate) fn has_container(&self, host: &str, kind: &str, name: &str) -> bool {
        if kind == "projects" {
            return self.project_at(host, name).is_some();
        }
        let full = format!("{kind}/{name}");
        let known = self.collection(&format!("cloudresourcemanager.googleapis.com/{kind}"));
        full == self.organization
            || known
                .iter()
                .any(|element| element.text("name") == Some(&full))
    }

    /// Returns the account with that address or unique id, in that project or, with `-`, in any.
    pub(crate) fn account(&self, project: &str, name: &str) -> Option<&Account> {
        let accounts = self.accounts.get(name)?;
        match project {
            "-" => accounts.first(),
            project => {
                let id = self.project_id(project).unwrap_or(project);
                accounts.iter().find(|account| account.project == id)
            }
        }
    }

    /// Returns the path with the account in it by its other name: its address in place of its unique id, or the reverse.
    pub(crate) fn path_by_other_name(&self, path: &str) -> Option<String> {
        let (before, behind) = path.split_once("/serviceAccounts/")?;
        let (name, rest) = behind
            .split_once('/')
            .map_or((behind, None), |(name, rest)| (name, Some(rest)));
        let element = &self.account("-", name)?.element;
        let other = ["email", "uniqueId"]
            .iter()
            .filter_map(|field| element.text(field))
            .find(|other| *other != name)?;
        let rest = rest.map(|rest| format!("/{rest}")).unwrap_or_default();
        Some(format!("{before}/serviceAccounts/{other}{rest}"))
    }

    /// Returns the key with the project by its id, whichever name it was asked by.
    fn key(&self, key: &str) -> String {
        let Some((host, project)) = project_of(key) else {
            return key.to_owned();
        };
        // A project id may hold a colon (`example.com:shop`), and a custom verb stands behind one.
        let candidates = [
            Some(project),
            project.rsplit_once(':').map(|(project, _)| project),
        ];
        match candidates
            .into_iter()
            .flatten()
            .find_map(|project| Some((project, self.project_id(project)?)))
        {
            Some((project, id)) => {
                let behind = &key[host.len() + "/projects/".len() + project.len()..];
                format!("{host}/projects/{id}{behind}")
            }
            None => key.to_owned(),
        }
    }
}

/// Returns the host and the project of a key `HOST/projects/PROJECT…`.
fn project_of(key: &str) -> Option<(&str, &str)> {
    let (host, path) = key.split_once('/')?;
    let behind = path.strip_prefix("projects/")?;
    Some((host, behind.split('/').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_are_found_by_id_and_number() {
        let estate = Estate::parse(
            r#"{ "estate": "t", "now": "2026-11-22T09:00:00Z", "organization": "organizations/1", "resources": {
                 "cloudresourcemanager.googleapis.com/projects": [ 7, {"name": "projects/11", "projectId": "one"} ],
                 "iam.googleapis.com/projects/11/serviceAccounts": [ {"email": "a@one", "uniqueId": "99"} ],
                 "iam.googleapis.com/projects/ghost/serviceAccounts": [ 7 ] } }"#,
        )
        .expect("an estate");
        let index = Index::new(&estate);
        for project in ["one", "11"] {
            assert_eq!(
                index
                    .collection(&format!(
                        "iam.googleapis.com/projects/{project}/serviceAccounts"
                    ))
                    .len(),
                1
            );
            for name in ["a@one", "99"] {
                assert_eq!(
                    index
                        .account(project, name)
                        .map(|account| account.project.as_str()),
                    Some("one")
                );
            }
        }
        assert!(index.account("-", "99").is_some());
        assert!(index.account("ghost", "99").is_none());
        assert_eq!(
            index.project_at("iam.googleapis.com", "ghost"),
            Some("ghost")
        );
        assert_eq!(
            index.project_at("policyanalyzer.googleapis.com", "ghost"),
            None
        );
    }
}

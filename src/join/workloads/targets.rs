//! What a trigger starts, read from the URL or the name that it calls.

use std::collections::BTreeMap;

use crate::model::names::{ProjectId, ProjectNumber};

use super::collapse::{FUNCTION, RUN_JOB, RUN_SERVICE, WORKFLOW, service_name};
use super::unit::{Unit, behind};

/// A service, function, job or workflow that something calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The types that it may have.
    types: &'static [&'static str],
    /// Its project, where the URL tells.
    project: Option<ProjectId>,
    /// Its name; of a function also the name of the service behind it.
    name: String,
}

/// The projects' ids by their numbers: URLs name projects by either.
pub(super) type Numbers<'a> = BTreeMap<&'a ProjectNumber, &'a ProjectId>;

const BY_HOST: &[&str] = &[RUN_SERVICE, FUNCTION];
const BY_NAME: &[&str] = &[RUN_SERVICE, FUNCTION, WORKFLOW];

/// The collections of things that can be called, with their types.
const CALLED: [(&str, &[&str]); 4] = [
    ("services", &[RUN_SERVICE]),
    ("jobs", &[RUN_JOB]),
    ("functions", &[FUNCTION]),
    ("workflows", &[WORKFLOW]),
];

impl Target {
    /// Returns what `text` names, called from `project`; `None` for an address of the user's own, or of something else.
    pub(super) fn of(text: &str, project: &ProjectId, numbers: &Numbers<'_>) -> Option<Self> {
        let id = |text: &str| match ProjectNumber::parse(text) {
            Ok(number) => numbers.get(&number).map(|id| (*id).clone()),
            Err(_) => ProjectId::parse(text).ok(),
        };
        let Some((host, path)) = split(text) else {
            // A bare name: Eventarc names a service in its own project.
            let plain = !text.is_empty() && !text.contains('/');
            return plain.then(|| Self {
                types: BY_NAME,
                project: Some(project.clone()),
                name: service_name(text),
            });
        };
        if let Some(service) = host.strip_suffix(".a.run.app") {
            // SERVICE-HASH-REGION.a.run.app names no project.
            let mut parts = untagged(service).rsplitn(3, '-');
            let (_region, _hash) = (parts.next()?, parts.next()?);
            return Some(Self {
                types: BY_HOST,
                project: None,
                name: parts.next()?.to_owned(),
            });
        }
        if let Some(service) = host.strip_suffix(".run.app") {
            // SERVICE-PROJECTNUMBER.REGION.run.app
            let (service, _region) = untagged(service).split_once('.')?;
            let (name, number) = service.rsplit_once('-')?;
            return Some(Self {
                types: BY_HOST,
                project: id(number),
                name: name.to_owned(),
            });
        }
        if let Some(place) = host.strip_suffix(".cloudfunctions.net") {
            // REGION-PROJECT.cloudfunctions.net/FUNCTION; a region is two words: europe-west1.
            let mut parts = place.splitn(3, '-');
            let (_, _) = (parts.next()?, parts.next()?);
            let name = service_name(path.split('/').next()?);
            return Some(Self {
                types: BY_HOST,
                project: id(parts.next()?),
                name,
            });
        }
        let (types, name) = CALLED
            .iter()
            .find_map(|(collection, types)| Some((*types, behind(path, collection)?)))?;
        let project = behind(path, "projects").or_else(|| behind(path, "namespaces"))?;
        // `…/jobs/J:run` starts the job J.
        let name = name.split_once(':').map_or(name, |(name, _verb)| name);
        Some(Self {
            types,
            project: id(project),
            name: service_name(name),
        })
    }

    /// Returns the name under which targets look for a unit; `None` where none can be it.
    pub(super) fn name_of(unit: &Unit) -> Option<String> {
        match unit {
            Unit::Resource { name, .. } => Some(service_name(name)),
            Unit::Kubernetes(_)
            | Unit::Federated(_)
            | Unit::Key { .. }
            | Unit::Platform { .. }
            | Unit::Impersonator(_)
            | Unit::Group(_) => None,
        }
    }

    /// Returns the name of what is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether the target is `unit`.
    pub(super) fn is(&self, unit: &Unit) -> bool {
        let Unit::Resource {
            asset_type,
            project,
            name,
        } = unit
        else {
            return false;
        };
        self.types.contains(&asset_type.as_str())
            && self.project.as_ref().is_none_or(|target| target == project)
            && self.name == service_name(name)
    }
}

/// Returns host and path of a URL or a resource name; the host of a bare path is empty, and so is the path of a bare host.
fn split(text: &str) -> Option<(&str, &str)> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("//"));
    match rest {
        Some(rest) => {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (host, path) = rest.split_at(end);
            let path = path.split(['?', '#']).next().unwrap_or_default();
            Some((
                host.split(':').next().unwrap_or_default(),
                path.trim_start_matches('/'),
            ))
        }
        None if text.starts_with("projects/") => Some(("", text)),
        None => None,
    }
}

/// Returns a host without the tag of a revision: `canary---api-…` is `api-…`.
fn untagged(host: &str) -> &str {
    host.split_once("---").map_or(host, |(_tag, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ProjectId {
        ProjectId::parse(text).expect("a project id")
    }

    #[test]
    fn every_form_of_an_address_names_its_target() {
        let (shop, number) = (id("shop"), ProjectNumber::parse("4711").expect("a number"));
        let numbers = Numbers::from([(&number, &shop)]);
        let table = [
            (
                "https://api-a1b2c3d4e5-ew.a.run.app/v1/run",
                Some((BY_HOST, None, "api")),
            ),
            (
                "https://stock-api-a1b2c3d4e5-ew.a.run.app",
                Some((BY_HOST, None, "stock-api")),
            ),
            (
                "https://canary---api-a1b2c3d4e5-ew.a.run.app",
                Some((BY_HOST, None, "api")),
            ),
            (
                "https://stock-api-4711.europe-west1.run.app/x?y=1",
                Some((BY_HOST, Some("shop"), "stock-api")),
            ),
            (
                "https://api-9999.europe-west1.run.app",
                Some((BY_HOST, None, "api")),
            ),
            (
                "https://europe-west1-my-shop.cloudfunctions.net/Send_Mail",
                Some((BY_HOST, Some("my-shop"), "send-mail")),
            ),
            (
                "https://workflowexecutions.googleapis.com/v1/projects/shop/locations/l/workflows/close/executions",
                Some((&[WORKFLOW][..], Some("shop"), "close")),
            ),
            (
                "https://run.googleapis.com/v2/projects/4711/locations/l/jobs/bill:run",
                Some((&[RUN_JOB][..], Some("shop"), "bill")),
            ),
            (
                "https://l-run.googleapis.com/apis/run.googleapis.com/v1/namespaces/shop/jobs/bill:run",
                Some((&[RUN_JOB][..], Some("shop"), "bill")),
            ),
            (
                "projects/shop/locations/l/functions/send",
                Some((&[FUNCTION][..], Some("shop"), "send")),
            ),
            (
                "//run.googleapis.com/projects/shop/locations/l/services/api",
                Some((&[RUN_SERVICE][..], Some("shop"), "api")),
            ),
            ("api", Some((BY_NAME, Some("caller"), "api"))),
            ("https://api.shop.example/run", None),
            ("https://europe-west1-shop.evil.example/send", None),
            ("", None),
        ];
        for (text, expected) in table {
            let expected = expected.map(|(types, project, name)| Target {
                types,
                project: project.map(id),
                name: name.to_owned(),
            });
            assert_eq!(
                Target::of(text, &id("caller"), &numbers),
                expected,
                "{text}"
            );
        }
    }
}

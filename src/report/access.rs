//! Whether what is said of an account's access and workloads is all that there is.

use crate::model::access::PolicyNode;
use crate::model::coverage::{Coverage, Dataset};
use crate::model::estate::{Account, Estate};
use crate::model::scope::Scope;

/// Whether lists about an account are all that there is: where they are not, they are what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completeness {
    /// Its workloads: resources of any project may run as it.
    pub workloads: bool,
    /// What names it without running as it: resources of any project, or of the organization, may.
    pub references: bool,
    /// Its HMAC keys and bound API keys: any project may have one.
    pub credentials: bool,
    /// Its grants: any policy of the scope, or above it, may name it.
    pub grants: bool,
    /// Who may act as it: by its own policy, or by those above it, through roles that allow it.
    pub actors: bool,
}

/// Which counts of an account's facts are told as "at least": a gap may hide more of them where they are first looked
/// for, in the account's own project and in what stands above it.
///
/// A gap of a project far away may hide more as well. It is told where it is, not at each of a thousand accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtLeast {
    /// Its workloads.
    pub workloads: bool,
    /// Its grants.
    pub grants: bool,
}

/// What was read of a whole estate, as far as it concerns the access of every account.
pub(super) struct Everywhere<'a> {
    estate: &'a Estate,
    attachments: bool,
    references: bool,
    credentials: bool,
    policies: bool,
    roles: bool,
}

impl<'a> Everywhere<'a> {
    /// Returns which datasets were read whole in every place where they were asked for.
    pub(super) fn of(estate: &'a Estate) -> Self {
        let read = |dataset| everywhere(&estate.coverage, dataset);
        Self {
            estate,
            attachments: read(Dataset::Attachments),
            references: read(Dataset::References),
            credentials: read(Dataset::OtherCredentials),
            policies: read(Dataset::Policies),
            roles: read(Dataset::Roles),
        }
    }

    /// Returns whether a read that was asked for is missing, or a part of it.
    pub(super) fn is_gap(&self, scope: &Scope, dataset: Dataset) -> bool {
        self.estate.coverage.reading(scope, dataset).is_gap()
    }

    /// Returns which lists about the account were read in every place where an entry of them may stand.
    pub(super) fn completeness(&self, account: &Account) -> Completeness {
        let own_policy = self
            .estate
            .coverage
            .reading(&account.scope(), Dataset::AccountPolicies)
            .is_known();
        Completeness {
            // Federated and Kubernetes workloads are told by the account's own policy.
            workloads: own_policy && self.attachments,
            // Templates, groups and builds are read with what runs.
            references: self.attachments && self.references,
            credentials: self.credentials,
            grants: self.policies,
            actors: own_policy && self.policies && self.roles,
        }
    }

    /// Returns which counts of the account's facts are told as "at least".
    pub(super) fn at_least(&self, account: &Account) -> AtLeast {
        let project = &account.facts.project;
        let above = self.estate.ancestors(project);
        let above = above.iter().filter_map(|node| match node {
            PolicyNode::Organization(id) => Some(Scope::Organization(id.clone())),
            PolicyNode::Folder(id) => Some(Scope::Folder(id.clone())),
            PolicyNode::Project(_) | PolicyNode::Account(_) | PolicyNode::Resource(_) => None,
        });
        let places: Vec<Scope> = [Scope::Caller, Scope::Project(project.clone())]
            .into_iter()
            .chain(above)
            .collect();
        let hides = |dataset| places.iter().any(|scope| self.is_gap(scope, dataset));
        AtLeast {
            workloads: hides(Dataset::Attachments)
                || self.is_gap(&account.scope(), Dataset::AccountPolicies),
            grants: hides(Dataset::Policies),
        }
    }
}

/// Returns whether a dataset was read, and whole in every place where it was asked for.
fn everywhere(coverage: &Coverage, dataset: Dataset) -> bool {
    let mut readings = coverage
        .iter()
        .filter(|(_, of, _)| *of == dataset)
        .map(|(_, _, reading)| reading.is_known())
        .peekable();
    readings.peek().is_some() && readings.all(|is_known| is_known)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;

    use crate::model::account::ServiceAccount;
    use crate::model::coverage::Reading;
    use crate::model::idle::{Creation, Life};
    use crate::model::names::{Email, OrganizationId, ProjectId, ProjectNumber, UniqueId};
    use crate::model::project::{Parent, Project};
    use crate::model::scope::{LeftOut, ScanScope};
    use crate::model::usage::{LastUse, WhyUnknown};

    use super::*;

    fn account() -> Account {
        Account {
            facts: ServiceAccount {
                unique_id: UniqueId::parse("1").expect("an id"),
                email: Email::parse("etl@acme.iam.gserviceaccount.com").expect("an address"),
                project: ProjectId::parse("acme").expect("an id"),
                display_name: String::new(),
                description: String::new(),
                disabled: false,
                created: None,
            },
            keys: Vec::new(),
            life: Life {
                created: Creation::Between {
                    after: None,
                    by: None,
                },
                enabled: None,
                log_since: None,
            },
            callers: Vec::new(),
            exercised: Vec::new(),
            last_use: LastUse::Unknown {
                why: WhyUnknown::NoRow,
            },
            grants: Vec::new(),
            actors: Vec::new(),
            workloads: Vec::new(),
            references: Vec::new(),
            other_credentials: Vec::new(),
        }
    }

    fn estate(coverage: Coverage) -> Estate {
        let acme = Project {
            id: ProjectId::parse("acme").expect("an id"),
            number: ProjectNumber::parse("9").expect("a number"),
            display_name: String::new(),
            labels: BTreeMap::new(),
            created: None,
            parent: Some(Parent::Organization(
                OrganizationId::parse("7").expect("a number"),
            )),
        };
        Estate {
            observed_at: DateTime::UNIX_EPOCH,
            scope: ScanScope {
                roots: Vec::new(),
                exclude: Vec::new(),
            },
            left_out: LeftOut::default(),
            projects: vec![acme],
            folders: Vec::new(),
            roles: BTreeMap::new(),
            policies: Vec::new(),
            pools: Vec::new(),
            services: BTreeMap::new(),
            accounts: vec![account()],
            windows: Vec::new(),
            log_windows: Vec::new(),
            policy_insights: Vec::new(),
            coverage,
        }
    }

    /// A thousand accounts are not told of a gap that is far from them.
    #[test]
    fn a_count_is_at_least_where_a_gap_is_near_the_account() {
        let denied = || Reading::Denied { permission: None };
        let not_covered = || Reading::NotCovered {
            what: "Batch job".to_owned(),
        };
        let at_least = |scope: Scope, dataset: Dataset, reading: Reading| {
            let mut coverage = Coverage::default();
            coverage.record(scope, dataset, reading);
            let AtLeast { workloads, grants } =
                Everywhere::of(&estate(coverage)).at_least(&account());
            [workloads, grants]
        };
        let acme = || Scope::Project(ProjectId::parse("acme").expect("an id"));
        let other = || Scope::Project(ProjectId::parse("other").expect("an id"));
        let above = || Scope::Organization(OrganizationId::parse("7").expect("a number"));
        let table = [
            (acme(), Dataset::Attachments, denied(), [true, false]),
            (other(), Dataset::Attachments, denied(), [false, false]),
            (acme(), Dataset::Attachments, not_covered(), [false, false]),
            (acme(), Dataset::AccountPolicies, denied(), [true, false]),
            (above(), Dataset::Attachments, denied(), [true, false]),
            (above(), Dataset::Policies, denied(), [false, true]),
            (other(), Dataset::Policies, denied(), [false, false]),
        ];
        for (scope, dataset, reading, expected) in table {
            let said = format!("{scope:?} {dataset:?} {reading:?}");
            assert_eq!(at_least(scope, dataset, reading), expected, "{said}");
        }
    }

    /// Whatever is missing anywhere may be the one that names the account.
    #[test]
    fn a_list_is_complete_where_everything_that_feeds_it_was_read() {
        let acme = Scope::Project(ProjectId::parse("acme").expect("an id"));
        let above = Scope::Organization(OrganizationId::parse("7").expect("a number"));
        let read = [
            (acme.clone(), Dataset::Attachments),
            (acme.clone(), Dataset::References),
            (acme.clone(), Dataset::OtherCredentials),
            (acme.clone(), Dataset::AccountPolicies),
            (acme.clone(), Dataset::Policies),
            (above.clone(), Dataset::Policies),
            (above.clone(), Dataset::Roles),
        ];
        let complete_without = |missing: &[(Scope, Dataset)], reading: Option<Reading>| {
            let mut coverage = Coverage::default();
            for (scope, dataset) in &read {
                let is_missing = missing.contains(&(scope.clone(), *dataset));
                let ended = if is_missing {
                    reading.clone()
                } else {
                    Some(Reading::Read)
                };
                if let Some(ended) = ended {
                    coverage.record(scope.clone(), *dataset, ended);
                }
            }
            let Completeness {
                workloads,
                references,
                credentials,
                grants,
                actors,
            } = Everywhere::of(&estate(coverage)).completeness(&account());
            [workloads, references, credentials, grants, actors]
        };
        let denied = Some(Reading::Denied { permission: None });
        let without =
            |scope: &Scope, dataset| complete_without(&[(scope.clone(), dataset)], denied.clone());
        assert_eq!(complete_without(&[], None), [true; 5]);
        assert_eq!(complete_without(&read, None), [false; 5]);
        let table = [
            (
                &acme,
                Dataset::Attachments,
                [false, false, true, true, true],
            ),
            (&acme, Dataset::References, [true, false, true, true, true]),
            (
                &acme,
                Dataset::OtherCredentials,
                [true, true, false, true, true],
            ),
            (
                &acme,
                Dataset::AccountPolicies,
                [false, true, true, true, false],
            ),
            (&above, Dataset::Policies, [true, true, true, false, false]),
            (&above, Dataset::Roles, [true, true, true, true, false]),
        ];
        for (scope, dataset, expected) in table {
            assert_eq!(without(scope, dataset), expected, "{dataset:?}");
        }
    }
}

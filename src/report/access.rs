//! Whether what is said of an account's access and workloads is all that there is.

use crate::model::coverage::{Coverage, Dataset};
use crate::model::estate::Account;

/// Whether lists about an account are all that there is: where they are not, they are what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completeness {
    /// Its workloads: resources of any project may run as it.
    pub workloads: bool,
    /// What names it without running as it: resources of any project, or of the organization, may.
    pub references: bool,
    /// Its grants: any policy of the scope, or above it, may name it.
    pub grants: bool,
    /// Who may act as it: by its own policy, or by those above it, through roles that allow it.
    pub actors: bool,
}

/// Returns which lists about the account were read in every place where an entry of them may stand.
pub(super) fn completeness(account: &Account, coverage: &Coverage) -> Completeness {
    let own_policy = coverage
        .reading(&account.scope(), Dataset::AccountPolicies)
        .is_whole();
    let policies = everywhere(coverage, Dataset::Policies);
    let attachments = everywhere(coverage, Dataset::Attachments);
    Completeness {
        // Federated and Kubernetes workloads are told by the account's own policy.
        workloads: own_policy && attachments,
        // Templates, groups and builds are read with what runs.
        references: attachments && everywhere(coverage, Dataset::References),
        grants: policies,
        actors: own_policy && policies && everywhere(coverage, Dataset::Roles),
    }
}

/// Returns whether a dataset was read, and whole in every place where it was asked for.
fn everywhere(coverage: &Coverage, dataset: Dataset) -> bool {
    let mut readings = coverage
        .iter()
        .filter(|(_, of, _)| *of == dataset)
        .map(|(_, _, reading)| reading.is_whole())
        .peekable();
    readings.peek().is_some() && readings.all(|is_whole| is_whole)
}

#[cfg(test)]
mod tests {
    use crate::model::account::ServiceAccount;
    use crate::model::coverage::Reading;
    use crate::model::idle::{Creation, Life};
    use crate::model::names::{Email, OrganizationId, ProjectId, UniqueId};
    use crate::model::scope::Scope;
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
                grants,
                actors,
            } = completeness(&account(), &coverage);
            [workloads, references, grants, actors]
        };
        let denied = Some(Reading::Denied { permission: None });
        let without =
            |scope: &Scope, dataset| complete_without(&[(scope.clone(), dataset)], denied.clone());
        assert_eq!(complete_without(&[], None), [true; 4]);
        assert_eq!(complete_without(&read, None), [false; 4]);
        let table = [
            (&acme, Dataset::Attachments, [false, false, true, true]),
            (&acme, Dataset::References, [true, false, true, true]),
            (&acme, Dataset::AccountPolicies, [false, true, true, false]),
            (&above, Dataset::Policies, [true, true, false, false]),
            (&above, Dataset::Roles, [true, true, true, false]),
        ];
        for (scope, dataset, expected) in table {
            assert_eq!(without(scope, dataset), expected, "{dataset:?}");
        }
    }
}

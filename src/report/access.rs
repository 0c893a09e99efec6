//! Whether what is said of an account's access and workloads is all that there is.

use crate::model::coverage::{Coverage, Dataset};
use crate::model::estate::Account;

/// Whether lists about an account are all that there is: where they are not, they are what was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completeness {
    /// Its workloads: resources of any project may run as it.
    pub workloads: bool,
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
    Completeness {
        // Federated and Kubernetes workloads are told by the account's own policy.
        workloads: own_policy && everywhere(coverage, Dataset::Attachments),
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

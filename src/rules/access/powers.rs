//! The permissions by which an account has power over other identities, over policies, or over everything.

use crate::model::estate::{Account, Estate};
use crate::model::grant::Grant;

use super::bindings;

/// What makes an account privileged, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::rules) enum Power {
    /// It can give itself, or anybody, whatever it lacks.
    ChangePolicy,
    /// It can become other accounts at once, from anywhere.
    MintTokens,
    /// It can make itself a lasting way to be other accounts.
    CreateKeys,
    /// It can have its own code run as other accounts.
    ActAs,
    /// It can make and change nearly everything.
    WriteWidely,
}

/// The permissions of one power.
struct Row {
    power: Power,
    /// Any one of them gives the power; of `WriteWidely` all of them together do.
    permissions: &'static [&'static str],
}

/// Which permission gives which power.
///
/// `WriteWidely` is told by its breadth: a role that makes servers, storage, data sets and message topics alike was
/// made for no single task. Both basic roles that write, `roles/owner` and `roles/editor`, give all of these, and so
/// does a custom role copied from them; the roles of single products do not.
/// Source: <https://cloud.google.com/iam/docs/roles-permissions> and
/// <https://cloud.google.com/iam/docs/best-practices-service-accounts>.
const POWERS: [Row; 5] = [
    Row {
        power: Power::ChangePolicy,
        permissions: &[
            "resourcemanager.organizations.setIamPolicy",
            "resourcemanager.folders.setIamPolicy",
            "resourcemanager.projects.setIamPolicy",
            "iam.serviceAccounts.setIamPolicy",
            // Whoever holds a custom role can be given more by a change of the role.
            "iam.roles.update",
        ],
    },
    Row {
        power: Power::MintTokens,
        permissions: &[
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.signBlob",
            "iam.serviceAccounts.signJwt",
        ],
    },
    Row {
        power: Power::CreateKeys,
        permissions: &["iam.serviceAccountKeys.create"],
    },
    Row {
        power: Power::ActAs,
        permissions: &["iam.serviceAccounts.actAs"],
    },
    Row {
        power: Power::WriteWidely,
        permissions: &[
            "bigquery.datasets.create",
            "compute.instances.create",
            "pubsub.topics.create",
            "storage.buckets.create",
        ],
    },
];

/// A power that a grant gives, and the permission that shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) struct Privilege<'a> {
    pub(in crate::rules) power: Power,
    pub(in crate::rules) permission: &'static str,
    pub(in crate::rules) grant: &'a Grant,
}

impl Power {
    /// Returns the power as a predicate: `may change policies`.
    pub(in crate::rules) fn words(self) -> &'static str {
        match self {
            Self::ChangePolicy => "may change who may do what",
            Self::MintTokens => "may mint tokens of other accounts",
            Self::CreateKeys => "may create keys of other accounts",
            Self::ActAs => "may have code run as other accounts",
            Self::WriteWidely => "may write nearly everywhere",
        }
    }
}

/// Returns the powers that an account has at its grants' projects and above: of each grant the strongest; those that
/// reach furthest first, then the strongest.
pub(in crate::rules) fn of<'a>(estate: &Estate, account: &'a Account) -> Vec<Privilege<'a>> {
    let wide = account
        .grants
        .iter()
        .filter(|grant| bindings::is_wide(&grant.on));
    let mut privileges: Vec<Privilege<'a>> = wide
        .filter_map(|grant| {
            let permissions = estate.permissions(&grant.role)?;
            let (power, permission) = strongest(permissions)?;
            Some(Privilege {
                power,
                permission,
                grant,
            })
        })
        .collect();
    privileges.sort_by_key(|privilege| {
        // Conditional grants may never hold: what surely holds speaks first.
        let wide = bindings::is_above_projects(&privilege.grant.on);
        (
            !wide,
            privilege.grant.condition.is_some(),
            privilege.power,
            privilege.grant,
        )
    });
    privileges
}

/// Returns whether an account has any of the powers, and is switched on.
pub(in crate::rules) fn is_privileged(estate: &Estate, account: &Account) -> bool {
    !account.facts.disabled && !of(estate, account).is_empty()
}

/// Returns whether a role's permissions, which are sorted, have one: basic roles have thousands.
pub(in crate::rules) fn gives(permissions: &[String], wanted: &str) -> bool {
    let found = permissions.binary_search_by(|held| held.as_str().cmp(wanted));
    found.is_ok()
}

/// Returns the strongest power that permissions give, and the first permission that shows it.
fn strongest(permissions: &[String]) -> Option<(Power, &'static str)> {
    let has = |wanted: &&&str| gives(permissions, wanted);
    POWERS.iter().find_map(|row| {
        let mut held = row.permissions.iter().filter(|wanted| has(wanted));
        let first = held.next()?;
        let all = held.count() + 1 == row.permissions.len();
        (row.power != Power::WriteWidely || all).then_some((row.power, *first))
    })
}

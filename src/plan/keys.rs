//! What is to become of each key of an account, decided once: `federate` replaces it, `retire` takes it away.

use crate::model::estate::{Account, Key};
use crate::model::names::KeyId;
use crate::model::place::{Place, PlaceKind, PlacedCaller, sites};
use crate::model::plan::{Platform, Reason};
use crate::model::usage::LastUse;
use crate::model::workload::{EvidenceOf, WorkloadKind};

use super::Context;
use super::federate::platform;

/// The rules about a live key that its replacement answers.
const REPLACED_BY: [&str; 9] = [
    "key-active",
    "key-expires-soon",
    "key-exposed",
    "key-inside-google-cloud",
    "key-old",
    "key-on-default-account",
    "key-on-workstation",
    "key-shared",
    "key-weak",
];

/// What is to become of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate<'a> {
    /// Nothing: no finding asks, or it goes with its account.
    Stays,
    /// Its owner is asked: it was not seen in use, and that is not enough to switch it off.
    AskOwner(Vec<Reason>),
    /// It is switched off: every source agrees that nothing uses it.
    Unused(Vec<Reason>),
    /// It is deleted: it is switched off and stays so.
    Due(Vec<Reason>),
    /// It is replaced in each place that it is used in, and then switched off.
    InUse(Vec<Reason>, Vec<Site<'a>>),
    /// Its callers are found first: it is used, or may be, and no log tells from where.
    Unexplained(Vec<Reason>),
}

/// A place that a key is used in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site<'a> {
    /// The place.
    pub(super) place: &'a Place,
    /// Its calls; at least one.
    pub(super) calls: Vec<&'a PlacedCaller>,
    /// The workload that they are of, by its id.
    pub(super) workload: String,
    /// What takes the key's place there.
    pub(super) way: Way,
}

/// What takes a key's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Workload identity federation.
    Federate(Platform),
    /// Federation with an issuer that this program does not know.
    FederateByHand,
    /// The account, attached.
    Attach,
    /// A person's own login.
    Login,
    /// Nothing: the service takes a key alone.
    OwnKey,
    /// It is not known: inside a network, which may be Google's or the user's own.
    FindOut,
}

impl Fate<'_> {
    /// Returns whether everything that is known to use the key gets something else, so that the key can go.
    pub(super) fn is_replaced(&self, cx: &Context<'_>, account: &Account, key: &Key) -> bool {
        match self {
            Self::InUse(_, sites) => sites.iter().all(|site| match site.way {
                Way::Federate(_) | Way::FederateByHand | Way::Attach | Way::Login => true,
                Way::OwnKey => rotates(cx, account, key),
                Way::FindOut => false,
            }),
            Self::Stays
            | Self::AskOwner(_)
            | Self::Unused(_)
            | Self::Due(_)
            | Self::Unexplained(_) => false,
        }
    }
}

/// Returns every user-managed key of an account, by id, with what is to become of it.
pub(super) fn fates<'a>(cx: &Context<'a>, account: &'a Account) -> Vec<(&'a Key, Fate<'a>)> {
    let mut keys: Vec<&Key> = account.user_managed_keys().collect();
    keys.sort_by(|a, b| a.facts.id.cmp(&b.facts.id));
    keys.into_iter()
        .map(|key| (key, fate(cx, account, key)))
        .collect()
}

fn fate<'a>(cx: &Context<'a>, account: &'a Account, key: &'a Key) -> Fate<'a> {
    let id = &key.facts.id;
    // A disabled account lets no key in, and whether it comes back is asked first.
    if account.facts.disabled {
        return Fate::Stays;
    }
    if !key.is_enabled(cx.estate.observed_at) {
        let due = cx.key_reasons(account, id, &["key-disabled", "key-exposed"]);
        return if due.is_empty() {
            Fate::Stays
        } else {
            Fate::Due(due)
        };
    }
    // An unused account goes with its keys.
    if !cx.reasons(account, &["account-unused"]).is_empty() {
        return Fate::Stays;
    }
    let unused = cx.key_reasons(account, id, &["key-unused"]);
    if !unused.is_empty() {
        return Fate::Unused(unused);
    }
    let mut reasons = cx.key_reasons(account, id, &REPLACED_BY);
    reasons.extend(cx.reasons(account, &["shared-account"]));
    reasons.sort();
    if reasons.is_empty() {
        return Fate::Stays;
    }
    if cx.suspects(account, id, "key-unused") {
        return Fate::AskOwner(reasons);
    }
    let sites: Vec<Site<'a>> = sites(&key.callers)
        .into_iter()
        .filter_map(|calls| site(account, id, calls))
        .collect();
    if !sites.is_empty() {
        return Fate::InUse(reasons, sites);
    }
    match key.last_use {
        LastUse::NotSeen { .. } => Fate::AskOwner(reasons),
        LastUse::Seen { .. } | LastUse::Unknown { .. } => Fate::Unexplained(reasons),
    }
}

fn site<'a>(account: &'a Account, key: &KeyId, calls: Vec<&'a PlacedCaller>) -> Option<Site<'a>> {
    let place = &calls.first()?.place;
    Some(Site {
        place,
        workload: workload(account, key, place),
        way: way(place),
        calls,
    })
}

/// Returns what takes the key's place there, by Google's own decision tree.
///
/// Source: <https://cloud.google.com/iam/docs/migrate-from-service-account-keys>.
fn way(place: &Place) -> Way {
    match place.kind {
        PlaceKind::Workstation => Way::Login,
        PlaceKind::GoogleCloud => Way::Attach,
        PlaceKind::Ci | PlaceKind::OtherCloud => {
            platform::of(place).map_or(Way::FederateByHand, Way::Federate)
        }
        PlaceKind::Saas if platform::has_tokens(place) => Way::FederateByHand,
        PlaceKind::Saas => Way::OwnKey,
        PlaceKind::Network | PlaceKind::Unknown => Way::FindOut,
    }
}

/// Returns the id of the workload that calls with the key from the place: that of the account's workload which rests on
/// these calls, or what it would be.
fn workload(account: &Account, key: &KeyId, place: &Place) -> String {
    let label = place.label();
    let id = format!("key/{key}/{label}");
    let shown = format!("key {key} from {label}");
    let rests_on_it = |evidence: &EvidenceOf| match evidence {
        EvidenceOf::Calls(calls) => *calls == shown,
        EvidenceOf::Resource(_) | EvidenceOf::Member(_) => false,
    };
    let found = account.workloads.iter().find(|workload| {
        let by_key = match workload.kind {
            WorkloadKind::KeyCaller | WorkloadKind::Grouped => true,
            WorkloadKind::Attached(_)
            | WorkloadKind::GkeWorkloadIdentity
            | WorkloadKind::Federated
            | WorkloadKind::Platform
            | WorkloadKind::Impersonator => false,
        };
        let mut evidence = workload.evidence.iter();
        by_key && (workload.id == id || evidence.any(|shown| rests_on_it(&shown.resource)))
    });
    found.map_or(id, |workload| workload.id.clone())
}

/// Returns whether a key that a service alone can use is due for a fresh one: it is old, or its account is shared, so
/// that the service gets an account of its own.
pub(super) fn rotates(cx: &Context<'_>, account: &Account, key: &Key) -> bool {
    let age = key.facts.age_days(cx.estate.observed_at);
    let due = cx.key_reasons(
        account,
        &key.facts.id,
        &["key-exposed", "key-expires-soon", "key-shared", "key-weak"],
    );
    age.is_none_or(|age| age > cx.settings.thresholds.max_key_age.into())
        || !due.is_empty()
        || !cx.reasons(account, &["shared-account"]).is_empty()
}

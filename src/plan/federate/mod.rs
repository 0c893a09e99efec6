//! Live keys → what takes their place, by where they are used.
//!
//! A pipeline or another cloud signs in by federation; what runs on Google Cloud uses the account attached to it; people
//! sign in as themselves. A service of others that takes nothing else gets a key and an account of its own. Where nobody
//! knows who calls, the plan says how to find out, and the key stays.

mod direct;
mod elsewhere;
pub(in crate::plan) mod platform;
mod pool;

use std::collections::BTreeMap;

use crate::model::access::PolicyNode;
use crate::model::estate::{Account, Key};
use crate::model::key::KeyOrigin;
use crate::model::message::Message;
use crate::model::names::{Email, FullResourceName, KeyId};
use crate::model::plan::{
    Becomes, ByHand, Change, Federate, Holder, Kept, NewAccount, PlannedGrant, Platform, Reason,
    Stage, Step, Verification,
};
use crate::model::scope::AccountRef;

use super::Context;
use super::draft::Draft;
use super::keys::{Fate, Site, Way, fates};
use super::steps::{PROPAGATION, key_ref, step};

/// The role by which a federated identity signs in as an account.
const WORKLOAD_IDENTITY_USER: &str = "roles/iam.workloadIdentityUser";

/// Returns what takes the place of the account's live keys. `account_for` returns the account that the plan makes for a
/// workload, by the workload's id; `None` where it makes none.
#[must_use]
pub fn draft(
    cx: &Context<'_>,
    account: &Account,
    account_for: &dyn Fn(&str) -> Option<NewAccount>,
) -> Draft {
    let mut draft = Draft::default();
    let fates = fates(cx, account);
    let suffixes = suffixes(&fates);
    for (key, fate) in &fates {
        match fate {
            Fate::Stays | Fate::Unused(_) | Fate::Due(_) => {}
            Fate::AskOwner(reasons) => draft.steps.push(ask(
                account,
                "a key of it was not seen in use, and that is not sure enough to switch it off",
                reasons,
            )),
            Fate::Unexplained(reasons) => {
                draft.absorb(elsewhere::find_caller(cx, account, key, reasons));
            }
            Fate::InUse(reasons, sites) => {
                if key.facts.origin == KeyOrigin::Uploaded {
                    let why = "a key of it was uploaded and may never have left a hardware module: ask before it is replaced";
                    draft.steps.push(ask(account, why, reasons));
                }
                draft.notes.extend(ends(key));
                draft.notes.extend(untold(key, sites));
                for site in sites {
                    let to = match account_for(&site.workload) {
                        Some(new) => Identity::New(new),
                        None => Identity::Existing(account.reference()),
                    };
                    let used = Used {
                        account,
                        key,
                        site,
                        to,
                        reasons,
                    };
                    draft.absorb(replace(cx, &used, &suffixes));
                }
            }
        }
    }
    draft
}

/// One use of a key: the place, and whom the caller is to be there.
struct Used<'a> {
    account: &'a Account,
    key: &'a Key,
    site: &'a Site<'a>,
    to: Identity,
    reasons: &'a [Reason],
}

/// The account that a caller uses behind the plan.
enum Identity {
    /// The one that it uses today.
    Existing(AccountRef),
    /// One that the plan makes for it.
    New(NewAccount),
}

impl Identity {
    fn email(&self) -> &Email {
        match self {
            Self::Existing(account) => &account.email,
            Self::New(account) => &account.email,
        }
    }

    /// Returns the account as what a policy is on. One that is yet to be made has no unique id: its address names it.
    fn node(&self) -> PolicyNode {
        match self {
            Self::Existing(account) => PolicyNode::Account(account.clone()),
            Self::New(NewAccount { project, email, .. }) => {
                let name =
                    format!("//iam.googleapis.com/projects/{project}/serviceAccounts/{email}");
                PolicyNode::Resource(
                    FullResourceName::parse(&name).expect("an address has at most 320 bytes"),
                )
            }
        }
    }
}

fn replace(cx: &Context<'_>, used: &Used<'_>, suffixes: &Suffixes) -> Draft {
    match used.site.way {
        Way::Federate(platform) => federate(cx, used, platform, suffixes),
        Way::FederateByHand => elsewhere::federate_by_hand(used),
        Way::Attach => elsewhere::attach(used),
        Way::Login => elsewhere::login(used),
        Way::OwnKey => elsewhere::own_key(cx, used),
        Way::FindOut => elsewhere::find_out(cx, used),
    }
}

/// Returns the pool and provider, where they do not exist, the roles, and the caller's own side.
fn federate(cx: &Context<'_>, used: &Used<'_>, platform: Platform, suffixes: &Suffixes) -> Draft {
    let Used {
        account,
        site,
        reasons,
        ..
    } = used;
    let suffix = suffixes.of(platform, &site.workload);
    let gitlab_com = platform::is_gitlab_com(site.place);
    let template = platform::template(platform, gitlab_com, &suffix);
    let door = pool::door(cx, account, platform, template, &site.workload);
    let called = platform::name(platform);
    let mut draft = Draft {
        variables: door.variables,
        notes: door.note.into_iter().collect(),
        ..Draft::default()
    };
    for make in door.make {
        let why = format!("{called} signs in by its own tokens, so that no key is kept there");
        draft.steps.push(step(Stage::Replace, make, why, reasons));
    }
    let becomes = match direct::why_not(cx, account, &site.calls) {
        None => {
            draft.steps.extend(copies(account, &door.holder, reasons));
            draft.notes.push(
                Message::from("roles that ")
                    .account(&account.facts.email)
                    .text(" has through a group are not seen, and are not given to the federated identity"),
            );
            Becomes::Itself(door.holder)
        }
        Some(why) => {
            let grant = PlannedGrant {
                member: door.holder.clone(),
                role: WORKLOAD_IDENTITY_USER.to_owned(),
                on: used.to.node(),
                condition: None,
                kept: None,
            };
            let reason = Message::from(format!("the caller on {called} signs in as "))
                .account(used.to.email());
            draft.steps.push(granted(grant, reason, reasons));
            Becomes::Account {
                email: used.to.email().clone(),
                holder: door.holder,
                why,
            }
        }
    };
    let change = Change::Federate(Federate {
        workload: site.workload.clone(),
        platform,
        key: key_ref(account, &used.key.facts.id),
        project_number: door.project_number,
        pool: door.pool,
        provider: door.provider,
        becomes,
    });
    let why = Message::from("key ")
        .key(&used.key.facts.id)
        .text(format!(" is used by {called}, which needs none"));
    draft.steps.push(switched(change, why, used));
    draft
}

/// Returns every role of the account as one of the holder's: which of them the caller needs is not known.
fn copies(account: &Account, holder: &Holder, reasons: &[Reason]) -> Vec<Step> {
    let mut grants: Vec<PlannedGrant> = account
        .grants
        .iter()
        .map(|grant| PlannedGrant {
            member: holder.clone(),
            role: grant.role.clone(),
            on: grant.on.clone(),
            condition: grant.condition.clone(),
            kept: Some(Kept::Copied),
        })
        .collect();
    grants.sort();
    grants.dedup();
    let why = || Message::from("copied from ").account(&account.facts.email);
    grants
        .into_iter()
        .map(|grant| granted(grant, why(), reasons))
        .collect()
}

fn granted(grant: PlannedGrant, why: Message, reasons: &[Reason]) -> Step {
    Step {
        verify: vec![Verification::BindingStands(grant.clone())],
        ..step(Stage::Replace, Change::Grant(grant), why, reasons)
    }
}

/// Returns the step by which a caller lets go of its key, once what it gets instead holds.
fn switched(change: Change, why: Message, used: &Used<'_>) -> Step {
    let key = key_ref(used.account, &used.key.facts.id);
    Step {
        wait: Some(PROPAGATION),
        verify: vec![Verification::KeySilent(key)],
        ..step(Stage::Switch, change, why, used.reasons)
    }
}

fn ask(account: &Account, why: &str, reasons: &[Reason]) -> Step {
    let change = Change::ByHand(ByHand::FindOwner(account.reference()));
    step(Stage::Prepare, change, why, reasons)
}

/// Returns until when a key has to be replaced, where it has an end.
fn ends(key: &Key) -> Option<Message> {
    let end = key.facts.expires()?;
    Some(
        Message::from("key ")
            .key(&key.facts.id)
            .text(format!(" ends on {}: replace it before", end.date_naive())),
    )
}

/// Returns that some calls with a key tell no place, so that a caller may not be among those that are known.
fn untold(key: &Key, sites: &[Site<'_>]) -> Option<Message> {
    let told: usize = sites.iter().map(|site| site.calls.len()).sum();
    (told < key.callers.len()).then(|| {
        Message::from("some calls with key ")
            .key(&key.facts.id)
            .text(" tell no place: whoever makes them may be somebody else, and its silence is what counts")
    })
}

/// What the variables of each caller end in, so that two callers of one platform have each its own.
struct Suffixes(BTreeMap<String, String>);

impl Suffixes {
    fn of(&self, platform: Platform, workload: &str) -> String {
        let name = format!("{platform:?}/{workload}");
        self.0.get(&name).cloned().unwrap_or_default()
    }
}

/// Returns the suffixes of an account's callers: none where a platform has one caller, else the begin of its key's id.
fn suffixes(fates: &[(&Key, Fate<'_>)]) -> Suffixes {
    let mut callers: BTreeMap<String, BTreeMap<String, &KeyId>> = BTreeMap::new();
    for (key, fate) in fates {
        let Fate::InUse(_, sites) = fate else {
            continue;
        };
        for site in sites {
            if let Way::Federate(platform) = site.way {
                let of_platform = callers.entry(format!("{platform:?}")).or_default();
                of_platform
                    .entry(site.workload.clone())
                    .or_insert(&key.facts.id);
            }
        }
    }
    let mut suffixes = BTreeMap::new();
    for (platform, workloads) in &callers {
        let several = workloads.len() > 1;
        for (workload, key) in workloads {
            let cut = |id: &KeyId| word(id.as_str().get(..8).unwrap_or(id.as_str()));
            let is_told = workloads
                .values()
                .filter(|other| cut(other) == cut(key))
                .count()
                == 1;
            let suffix = match (several, is_told) {
                (false, _) => String::new(),
                (true, true) => format!("_{}", cut(key)),
                // One key in two places of a platform: the place has to tell.
                (true, false) => format!("_{}", pool::tag(&[workload])),
            };
            suffixes.insert(format!("{platform}/{workload}"), suffix);
        }
    }
    Suffixes(suffixes)
}

/// Returns a text as a part of a variable's name.
fn word(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect()
}

//! Accounts: unused ones, and those whose workloads got accounts of their own.

use crate::model::access::PolicyNode;
use crate::model::coverage::Dataset;
use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::names::Member;
use crate::model::plan::{
    Alert, ByHand, Change, Check, Holder, PlannedGrant, Reason, Stage, Step, Verification, Wait,
};
use crate::plan::Context;
use crate::plan::draft::Draft;
use crate::plan::keys::{Fate, fates};
use crate::plan::steps::{UNDELETE, step};

/// Returns the steps for the account, where it is to go.
pub(super) fn draft(cx: &Context<'_>, account: &Account) -> Draft {
    let unused = cx.reasons(account, &["account-unused"]);
    let shared = cx.reasons(account, &["shared-account"]);
    if account.facts.disabled {
        Draft::default()
    } else if !unused.is_empty() {
        let going = Going {
            cx: *cx,
            account,
            reasons: unused,
        };
        going.unused()
    } else if !shared.is_empty() {
        let going = Going {
            cx: *cx,
            account,
            reasons: shared,
        };
        match why_stays(cx, account) {
            Some(why) => Draft {
                notes: vec![
                    Message::default()
                        .account(&account.facts.email)
                        .text(" stays for now: ")
                        .append(why),
                ],
                ..Draft::default()
            },
            None => going.emptied(),
        }
    } else {
        Draft::default()
    }
}

/// Returns why an account stays although its workloads get accounts of their own; `None` where everything that is known
/// to use it gets something else.
fn why_stays(cx: &Context<'_>, account: &Account) -> Option<Message> {
    let unread = |dataset| {
        let reading = cx.estate.coverage.reading(&account.scope(), dataset);
        !reading.is_known()
    };
    if unread(Dataset::Keys) {
        return Some("its keys could not be read".into());
    }
    let project = &account.facts.project;
    if unread(Dataset::Attachments) {
        return Some(
            Message::from("what runs as it in ")
                .project(project)
                .text(" could not be read whole"),
        );
    }
    if unread(Dataset::OtherCredentials) {
        return Some(
            Message::from("HMAC and API keys in ")
                .project(project)
                .text(" could not be read, and no source sees their use"),
        );
    }
    let unsure = account.workloads.iter().find(|workload| !workload.counts());
    if let Some(workload) = unsure {
        return Some(
            Message::from("whether ")
                .name(&workload.name)
                .text(" runs as it is not sure"),
        );
    }
    if let Some(credential) = account.other_credentials.first() {
        return Some(
            Message::from("it has another credential, ")
                .name(credential.id.as_str())
                .text(", whose use no source sees"),
        );
    }
    let held = fates(cx, account)
        .into_iter()
        .find(|(key, fate)| match fate {
            Fate::InUse(..) => !fate.is_replaced(cx, account, key),
            Fate::AskOwner(_) | Fate::Unexplained(_) => true,
            // A live key of which nothing is said may be in use.
            Fate::Stays => key.is_enabled(cx.estate.observed_at),
            Fate::Unused(_) | Fate::Due(_) => false,
        });
    held.map(|(key, _)| {
        Message::from("who uses key ")
            .key(&key.facts.id)
            .text(" is not known, or nothing takes its place yet")
    })
}

/// An account that goes.
struct Going<'a> {
    cx: Context<'a>,
    account: &'a Account,
    reasons: Vec<Reason>,
}

impl Going<'_> {
    fn unused(&self) -> Draft {
        let change = Change::ByHand(ByHand::FindOwner(self.account.reference()));
        let why = "it was not seen in use, and the owner may know of something rare";
        let ask = step(Stage::Prepare, change, why, &self.reasons);
        let alert = self.alert(Stage::Prepare);
        let disable = self.disable(
            None,
            vec![self.not_used(), self.no_delegation()],
            "no source saw it in use, and nothing names it",
        );
        self.then_delete(vec![ask, alert, disable])
    }

    /// Its silence is judged once, behind the last switch.
    fn emptied(&self) -> Draft {
        let mut switched: Vec<String> = self
            .account
            .counted_workloads()
            .map(|workload| workload.id.clone())
            .collect();
        switched.sort();
        let checks = vec![
            Check::Switched(switched),
            self.not_used(),
            self.no_delegation(),
        ];
        let disable = self.disable(
            Some(self.cx.cycle(self.account)),
            checks,
            "every workload that is known has an account of its own, and what runs seldom has run once",
        );
        let mut draft = self.then_delete(vec![self.alert(Stage::Disable), disable]);
        draft.notes.extend(self.unread());
        draft
    }

    /// Returns that something may run as it where nobody could look.
    fn unread(&self) -> Option<Message> {
        let estate = self.cx.estate;
        let gaps = estate.coverage.iter().filter(|(scope, dataset, reading)| {
            scope.project().is_some() && *dataset == Dataset::Attachments && !reading.is_known()
        });
        let gaps = gaps.count();
        (gaps > 0).then(|| {
            Message::from("what runs as ")
                .account(&self.account.facts.email)
                .text(format!(
                    " could not be read whole in {gaps} project{}: heed the alert before the deletion",
                    if gaps == 1 { "" } else { "s" }
                ))
        })
    }

    /// Returns the steps with the deletion behind them; a default account is never deleted, since nothing but its API
    /// switched off and on makes another.
    fn then_delete(&self, mut steps: Vec<Step>) -> Draft {
        let facts = &self.account.facts;
        if facts.class().is_default() {
            return Draft {
                steps,
                notes: vec![
                    Message::default()
                        .account(&facts.email)
                        .text(" is a default account: it stays disabled and is not deleted"),
                ],
                ..Draft::default()
            };
        }
        steps.push(self.delete());
        steps.extend(self.revokes());
        Draft {
            steps,
            notes: vec![
                Message::from("for 30 days the deletion can be taken back, by the unique id ")
                    .name(facts.unique_id.as_str())
                    .text(" and not by the address; an account made anew under the same address has none of its roles"),
            ],
            ..Draft::default()
        }
    }

    fn delete(&self) -> Step {
        let account = self.account.reference();
        Step {
            checks: vec![
                Check::Disabled {
                    account: account.clone(),
                    key: None,
                },
                self.not_used(),
                self.no_delegation(),
                Check::NoReferences(account.clone()),
                Check::NoDisks(account.clone()),
            ],
            wait: Some(self.cx.quiet(self.account)),
            ..step(
                Stage::Delete,
                Change::DeleteAccount(account),
                "nobody missed it while it was disabled",
                &self.reasons,
            )
        }
    }

    /// Returns the removal of the account's own bindings, once it cannot come back: they name it as deleted by then.
    fn revokes(&self) -> Vec<Step> {
        let facts = &self.account.facts;
        let deleted = Member::parse(&format!(
            "deleted:serviceAccount:{}?uid={}",
            facts.email, facts.unique_id
        ));
        // What stands on the account itself goes with it.
        let own = self.account.grants.iter().filter(|grant| {
            let is_self =
                matches!(&grant.on, PolicyNode::Account(on) if on.unique_id == facts.unique_id);
            grant.through.address() == Some(&facts.email) && !is_self
        });
        let mut grants: Vec<PlannedGrant> = own
            .map(|grant| PlannedGrant {
                member: Holder::Member(deleted.clone()),
                role: grant.role.clone(),
                on: grant.on.clone(),
                condition: grant.condition.clone(),
                kept: None,
            })
            .collect();
        grants.sort();
        grants.dedup();
        let waits = std::iter::once(Some(UNDELETE)).chain(std::iter::repeat(None::<Wait>));
        grants
            .into_iter()
            .zip(waits)
            .map(|(grant, wait)| Step {
                wait,
                ..step(
                    Stage::Delete,
                    Change::Revoke(grant),
                    "the account is gone for good",
                    &self.reasons,
                )
            })
            .collect()
    }

    fn disable(&self, wait: Option<Wait>, checks: Vec<Check>, why: &str) -> Step {
        let account = self.account.reference();
        Step {
            checks,
            wait,
            verify: vec![Verification::AccountSilent(account.clone())],
            ..step(
                Stage::Disable,
                Change::DisableAccount(account),
                why,
                &self.reasons,
            )
        }
    }

    fn alert(&self, stage: Stage) -> Step {
        let change = Change::CreateAlert(Alert {
            account: self.account.reference(),
            key: None,
        });
        let why = "whoever still tries the account is heard of";
        step(stage, change, why, &self.reasons)
    }

    fn not_used(&self) -> Check {
        self.cx.not_used(self.account, None)
    }

    fn no_delegation(&self) -> Check {
        Check::NoDomainWideDelegation(self.account.reference())
    }
}

//! Keys: unused ones, those that were replaced, those that strangers hold, and those that are disabled already.

use crate::model::estate::{Account, Key};
use crate::model::key::KeyState;
use crate::model::message::Message;
use crate::model::plan::{Alert, ByHand, Change, Check, Reason, Stage, Step, Verification, Wait};
use crate::plan::Context;
use crate::plan::draft::Draft;
use crate::plan::keys::{Fate, fates};
use crate::plan::steps::{TOKENS, key_ref, step};

/// Returns the steps for every key of the account that is to go.
pub(super) fn draft(cx: &Context<'_>, account: &Account) -> Draft {
    let mut draft = Draft::default();
    for (key, fate) in fates(cx, account) {
        let going = |reasons: &[Reason]| Going {
            cx: *cx,
            account,
            key,
            reasons: reasons.to_vec(),
        };
        let exposed = cx.key_reasons(account, &key.facts.id, &["key-exposed"]);
        if key.is_enabled(cx.estate.observed_at) && !account.facts.disabled && !exposed.is_empty() {
            draft.absorb(going(&exposed).held_by_strangers());
            continue;
        }
        match &fate {
            Fate::Unused(reasons) => draft.absorb(going(reasons).unused()),
            Fate::Due(reasons) => draft.absorb(going(reasons).due()),
            Fate::InUse(reasons, _) if fate.is_replaced(cx, account, key) => {
                draft.absorb(going(reasons).replaced());
            }
            Fate::Stays | Fate::AskOwner(_) | Fate::InUse(..) | Fate::Unexplained(_) => {}
        }
    }
    draft
}

/// A key that goes.
struct Going<'a> {
    cx: Context<'a>,
    account: &'a Account,
    key: &'a Key,
    reasons: Vec<Reason>,
}

impl Going<'_> {
    /// Nothing uses it: disabled, left for long, deleted.
    fn unused(&self) -> Draft {
        let quiet = self.cx.quiet(self.account);
        with_tokens(vec![
            self.ask("it was not seen in use, and the owner may know of something rare"),
            self.alert(Stage::Prepare),
            self.disable(Stage::Disable, None, "no source saw it in use"),
            self.delete(Some(quiet), "nobody missed it while it was disabled"),
        ])
    }

    /// Its callers have something else: disabled once what runs seldom has run, deleted a cycle later.
    fn replaced(&self) -> Draft {
        let cycle = self.cx.cycle(self.account);
        let why =
            "every caller that is known has something else, and what runs seldom has run once";
        with_tokens(vec![
            self.alert(Stage::Disable),
            self.disable(Stage::Disable, Some(cycle), why),
            self.delete(Some(cycle), "nobody missed it while it was disabled"),
        ])
    }

    /// Strangers hold it: disabled at once, whoever uses it.
    fn held_by_strangers(&self) -> Draft {
        let cycle = self.cx.cycle(self.account);
        let why = "strangers hold it: whoever else uses it has to get something else, known or not";
        let disable = Step {
            // It is in use, perhaps by strangers: no use of it is a reason to wait.
            checks: Vec::new(),
            ..self.disable(Stage::Prepare, None, why)
        };
        let mut draft = with_tokens(vec![
            disable,
            self.alert(Stage::Prepare),
            self.delete(Some(cycle), "nobody can switch it on again by mistake"),
        ]);
        draft.notes.push(
            Message::from("look in the audit logs for what key ")
                .key(&self.key.facts.id)
                .text(" was used for since it became public"),
        );
        draft
    }

    /// It is off already: deleted.
    fn due(&self) -> Draft {
        let expired = self.key.facts.state(self.cx.estate.observed_at) == KeyState::Expired;
        let wait = if expired {
            // It can never sign in again.
            None
        } else if self.key.facts.is_exposed() {
            Some(TOKENS)
        } else {
            Some(self.cx.quiet(self.account))
        };
        let delete = self.delete(wait, "it is switched off, and deleted it cannot come back");
        let delete = Step {
            checks: if expired { Vec::new() } else { delete.checks },
            ..delete
        };
        Draft {
            steps: vec![self.ask("a key of it that is off is to be deleted"), delete],
            ..Draft::default()
        }
    }

    fn ask(&self, why: &str) -> Step {
        let change = Change::ByHand(ByHand::FindOwner(self.account.reference()));
        step(Stage::Prepare, change, why, &self.reasons)
    }

    fn alert(&self, stage: Stage) -> Step {
        let change = Change::CreateAlert(Alert {
            account: self.account.reference(),
            key: Some(self.key.facts.id.clone()),
        });
        let why = "whoever still tries the key is heard of";
        step(stage, change, why, &self.reasons)
    }

    fn disable(&self, stage: Stage, wait: Option<Wait>, why: &str) -> Step {
        let key = key_ref(self.account, &self.key.facts.id);
        Step {
            checks: vec![self.cx.not_used(self.account, Some(&self.key.facts.id))],
            wait,
            verify: vec![Verification::KeySilent(key.clone())],
            ..step(stage, Change::DisableKey(key), why, &self.reasons)
        }
    }

    fn delete(&self, wait: Option<Wait>, why: &str) -> Step {
        let key = key_ref(self.account, &self.key.facts.id);
        let disabled = Check::Disabled {
            account: self.account.reference(),
            key: Some(self.key.facts.id.clone()),
        };
        Step {
            checks: vec![disabled],
            wait,
            ..step(Stage::Delete, Change::DeleteKey(key), why, &self.reasons)
        }
    }
}

fn with_tokens(steps: Vec<Step>) -> Draft {
    Draft {
        steps,
        notes: vec![
            "a disabled key mints no more tokens, and those that it has minted live on for an hour, or for up to twelve where the organization allows it: only disabling the account ends them at once".into(),
        ],
        ..Draft::default()
    }
}

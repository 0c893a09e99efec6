//! Consecutive steps that are one thing to a reader: accounts that are made together, roles that one holder is given or
//! loses, and holders who are given or lose the same ones.
//!
//! What programs and shells read stays step by step.

use crate::model::message::Message;
use crate::model::plan::{Change, Holder, NewAccount, PlannedGrant, Step, Verification};

use super::words;

/// One or more steps that are drawn as one.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// The number of its first step, counted from 1.
    pub(super) first: usize,
    /// Its steps, at least one.
    pub(super) steps: &'a [Step],
    /// What they are about.
    pub(super) about: About<'a>,
}

/// What the steps of a block are about.
#[derive(Debug)]
pub(super) enum About<'a> {
    /// A step of its own.
    Step(&'a Step),
    /// Accounts that are made.
    Accounts(Vec<&'a NewAccount>),
    /// Roles that are given or taken.
    Roles {
        /// Whether they are given.
        given: bool,
        /// Who gets or loses them, each.
        holders: Vec<&'a Holder>,
        /// The roles, as the first holder's.
        roles: Vec<&'a PlannedGrant>,
        /// Why.
        why: &'a Message,
    },
}

impl Block<'_> {
    /// Returns the numbers of its steps: "7", "9-33".
    pub(super) fn numbers(&self) -> String {
        match self.steps.len() {
            0 | 1 => self.first.to_string(),
            several => format!("{}-{}", self.first, self.first + several - 1),
        }
    }

    /// Returns the signs that it worked, each once. That a binding stands is the step itself, and is no sign of its own.
    pub(super) fn signs(&self) -> Vec<&Verification> {
        let mut signs = Vec::new();
        for sign in self.steps.iter().flat_map(|step| &step.verify) {
            if !matches!(sign, Verification::BindingStands(_)) && !signs.contains(&sign) {
                signs.push(sign);
            }
        }
        signs
    }
}

/// Returns the steps in blocks, in order.
pub(super) fn blocks(steps: &[Step]) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = steps;
    let mut first = 1;
    while !rest.is_empty() {
        let (length, about) = next(rest);
        let (of_block, behind) = rest.split_at(length);
        blocks.push(Block {
            first,
            steps: of_block,
            about,
        });
        first += length;
        rest = behind;
    }
    blocks
}

/// Returns how many steps the next block takes, and what it is about.
fn next(steps: &[Step]) -> (usize, About<'_>) {
    let made = accounts(steps);
    if made.len() > 1 {
        return (made.len(), About::Accounts(made));
    }
    let of_first = of_one_holder(steps);
    if of_first > 0 {
        let mut length = of_first;
        while let Some(more) = steps.get(length..length + of_first)
            && goes_on(&steps[0], &more[0])
            && of_one_holder(&steps[length..]) == of_first
            && same_roles(&steps[..of_first], more)
        {
            length += of_first;
        }
        if length > 1 {
            let grants: Vec<&PlannedGrant> = steps[..length].iter().filter_map(grant).collect();
            return (
                length,
                About::Roles {
                    given: matches!(steps[0].change, Change::Grant(_)),
                    holders: grants
                        .iter()
                        .step_by(of_first)
                        .map(|grant| &grant.member)
                        .collect(),
                    roles: grants[..of_first].to_vec(),
                    why: &steps[0].why,
                },
            );
        }
    }
    (1, About::Step(&steps[0]))
}

/// Returns the accounts that the first steps make.
fn accounts(steps: &[Step]) -> Vec<&NewAccount> {
    let mut made = Vec::new();
    for step in steps {
        let Change::CreateAccount(account) = &step.change else {
            break;
        };
        if !made.is_empty() && !goes_on(&steps[0], step) {
            break;
        }
        made.push(account);
    }
    made
}

/// Returns how many of the first steps give roles to one holder, or take them, for one reason.
fn of_one_holder(steps: &[Step]) -> usize {
    let Some(begin) = steps.first().and_then(grant) else {
        return 0;
    };
    let more = steps[1..].iter().take_while(|step| {
        goes_on(&steps[0], step)
            && step.why == steps[0].why
            && grant(step).is_some_and(|held| {
                held.member == begin.member && words::kept_of(held) == words::kept_of(begin)
            })
    });
    1 + more.count()
}

/// Returns whether a step may stand in the block that `first` begins: it waits for nothing, and nothing has to be seen to
/// before it.
fn goes_on(first: &Step, step: &Step) -> bool {
    step.stage == first.stage
        && step.wait.is_none()
        && step.checks.is_empty()
        && std::mem::discriminant(&step.change) == std::mem::discriminant(&first.change)
}

fn same_roles(one: &[Step], other: &[Step]) -> bool {
    one.iter().zip(other).all(|(one, other)| {
        let role = |step| {
            let grant: &PlannedGrant = grant(step)?;
            Some((&grant.role, &grant.on, &grant.condition, grant.kept))
        };
        one.why == other.why && role(one) == role(other)
    })
}

fn grant(step: &Step) -> Option<&PlannedGrant> {
    if let Change::Grant(grant) | Change::Revoke(grant) = &step.change {
        Some(grant)
    } else {
        None
    }
}

//! Steps that another step makes pointless, or that together would take down what runs.

use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::names::{Email, MemberKind};
use crate::model::plan::{
    Becomes, Change, Check, Holder, NewAccount, PlannedGrant, Stage, Step, Verification,
};

use super::mentions::{becomes, binding, is_held_by, is_on};
use crate::plan::draft::Draft;

/// Returns the draft without contradictions. What keeps something running wins over what takes it away, unless every
/// source agrees that nothing runs.
pub(super) fn resolve(account: &Account, mut draft: Draft) -> Draft {
    let spare = spare_accounts(&draft.steps);
    draft
        .steps
        .retain(|step| !spare.iter().any(|email| makes(step, email)));
    let email = &account.facts.email;
    if !draft.steps.iter().any(|step| takes(step, email)) {
        return draft;
    }
    let unused = |step: &Step| {
        let mut reasons = step.reasons.iter();
        takes(step, email) && reasons.any(|reason| reason.rule == "account-unused")
    };
    if draft.steps.iter().any(unused) {
        // Nobody uses it: nothing has to be put in its place, or in the place of its keys.
        draft
            .steps
            .retain(|step| takes(step, email) || ends_it(step));
        return draft;
    }
    let lacking = lacking(&draft.steps, email);
    let is_used = |step: &Step| becomes(&step.change) == Some(email);
    if lacking.is_some() || draft.steps.iter().any(is_used) {
        draft.steps.retain(|step| !takes(step, email));
        draft.notes.push(stays(email, lacking));
        return draft;
    }
    // Its bindings stay untouched until it cannot come back, and its keys are deleted with it, where it is.
    let is_deleted = draft.steps.iter().any(|step| deletes(step, email));
    draft.steps.retain(|step| {
        takes(step, email) || !(feeds(step, email) || is_deleted && deletes_a_key(step))
    });
    draft
}

/// Returns the accounts that would be made and that nothing comes to use: of callers which are given their roles
/// themselves, and of callers of a key which stay with it, since nobody knows who they are.
fn spare_accounts(steps: &[Step]) -> Vec<Email> {
    let made = steps
        .iter()
        .filter_map(|step| made(step).map(|new| &new.email));
    made.filter(|email| !steps.iter().any(|step| is_moved_to(step, email)))
        .cloned()
        .collect()
}

/// Returns whether something comes to run as the account by the step, or a person lets it.
fn is_moved_to(step: &Step, email: &Email) -> bool {
    let by_hand = matches!(step.change, Change::ByHand(_));
    let mut seen = step.verify.iter();
    becomes(&step.change) == Some(email)
        || by_hand && seen.any(|seen| *seen == Verification::AccountSeen(email.clone()))
}

/// Returns the account that a step makes.
fn made(step: &Step) -> Option<&NewAccount> {
    if let Change::CreateAccount(new) = &step.change {
        Some(new)
    } else {
        None
    }
}

/// Returns whether a workload is given its roles itself.
fn is_itself(steps: &[Step], workload: &str) -> bool {
    steps.iter().any(|step| {
        if let Change::Federate(federate) = &step.change {
            let itself = matches!(federate.becomes, Becomes::Itself(_));
            itself && federate.workload == workload
        } else {
            false
        }
    })
}

/// Returns whether a step makes the account, or gives to it, or takes from it.
fn makes(step: &Step, email: &Email) -> bool {
    made(step).is_some_and(|new| new.email == *email) || feeds(step, email)
}

/// Returns whether a step gives or takes a role of the account, or one on it.
fn feeds(step: &Step, email: &Email) -> bool {
    binding(&step.change).is_some_and(|grant| is_held_by(grant, email) || is_on(grant, email))
}

/// Returns whether a step takes the account away, or belongs to its end.
fn takes(step: &Step, email: &Email) -> bool {
    if let Change::DisableAccount(account) | Change::DeleteAccount(account) = &step.change {
        account.email == *email
    } else if let Change::CreateAlert(alert) = &step.change {
        alert.key.is_none() && alert.account.email == *email
    } else if let Change::Revoke(PlannedGrant {
        member: Holder::Member(member),
        ..
    }) = &step.change
        && let MemberKind::Deleted { was, .. } = member.kind()
    {
        was.address() == Some(email)
    } else {
        false
    }
}

/// Returns whether a step goes with the end of an unused account: what a person sees to, and a key that strangers hold.
fn ends_it(step: &Step) -> bool {
    let now = step.stage == Stage::Prepare;
    matches!(step.change, Change::ByHand(_))
        || now && matches!(step.change, Change::DisableKey(_) | Change::CreateAlert(_))
}

fn deletes(step: &Step, email: &Email) -> bool {
    matches!(&step.change, Change::DeleteAccount(account) if account.email == *email)
}

fn deletes_a_key(step: &Step) -> bool {
    matches!(step.change, Change::DeleteKey(_))
}

/// Returns a workload that was to be switched before the account goes, and that no step gives another identity.
fn lacking(steps: &[Step], email: &Email) -> Option<String> {
    let has_another = |workload: &str| {
        let mut made = steps.iter().filter_map(made);
        is_itself(steps, workload)
            || made.any(|new| new.workload == workload && new.email != *email)
    };
    let taking = steps.iter().filter(|step| takes(step, email));
    let switched = taking.flat_map(|step| &step.checks).filter_map(|check| {
        if let Check::Switched(workloads) = check {
            Some(workloads)
        } else {
            None
        }
    });
    let mut switched = switched.flatten();
    switched.find(|workload| !has_another(workload)).cloned()
}

fn stays(email: &Email, lacking: Option<String>) -> Message {
    let message = Message::default().account(email).text(" stays for now: ");
    match lacking {
        Some(workload) => message
            .text("no other account is planned for ")
            .name(workload),
        None => message.text("something still signs in as it behind this plan"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::access::PolicyNode;
    use crate::model::account::ServiceAccount;
    use crate::model::finding::Fingerprint;
    use crate::model::idle::{Creation, Life};
    use chrono::DateTime;

    use crate::model::names::{FullResourceName, KeyId, Member, ProjectId, UniqueId};
    use crate::model::plan::{
        ByHand, Federate, Identities, KeyRef, Platform, Reason, Switch, SwitchHow, Value,
    };
    use crate::model::usage::{LastUse, WhyUnknown};
    use crate::plan::steps::step;

    fn project() -> ProjectId {
        ProjectId::parse("acme-prod").expect("a project id")
    }

    fn email(name: &str) -> Email {
        Email::parse(&format!("{name}@acme-prod.iam.gserviceaccount.com")).expect("an address")
    }

    fn account() -> Account {
        Account {
            facts: ServiceAccount {
                unique_id: UniqueId::parse("101").expect("a unique id"),
                email: email("shared"),
                project: project(),
                display_name: String::new(),
                description: String::new(),
                disabled: false,
                created: None,
            },
            keys: Vec::new(),
            other_credentials: Vec::new(),
            last_use: LastUse::Unknown {
                why: WhyUnknown::NoRow,
            },
            life: Life {
                disabled: None,
                created: Creation::Between {
                    after: None,
                    by: None,
                },
                enabled: None,
                log_since: None,
            },
            callers: Vec::new(),
            exercised: Vec::new(),
            grants: Vec::new(),
            actors: Vec::new(),
            workloads: Vec::new(),
            references: Vec::new(),
        }
    }

    fn make(name: &str, workload: &str) -> Change {
        Change::CreateAccount(NewAccount {
            project: project(),
            id: name.to_owned(),
            email: email(name),
            workload: workload.to_owned(),
            workload_name: workload.to_owned(),
        })
    }

    fn run_as(name: &str, workload: &str) -> Change {
        let resource = format!("//run.googleapis.com/projects/acme-prod/services/{workload}");
        Change::Switch(Switch {
            workload: workload.to_owned(),
            resource: FullResourceName::parse(&resource).expect("a name"),
            asset_type: "run.googleapis.com/Service".to_owned(),
            location: None,
            from: email("shared"),
            to: email(name),
            how: SwitchHow::Update,
        })
    }

    fn grant(name: &str) -> Change {
        let member = format!("serviceAccount:{}", email(name));
        Change::Grant(PlannedGrant {
            member: Holder::Member(Member::parse(&member)),
            role: "roles/viewer".to_owned(),
            on: PolicyNode::Project(project()),
            condition: None,
            kept: None,
        })
    }

    fn federated() -> Holder {
        Holder::Federated {
            project_number: Value::Known("1".to_owned()),
            pool: "github-actions".to_owned(),
            identities: Identities::Subject(Value::Variable("subject".to_owned())),
        }
    }

    fn federate(workload: &str, becomes: Becomes) -> Change {
        Change::Federate(Federate {
            workload: workload.to_owned(),
            platform: Platform::GitHubActions,
            key: key(),
            project_number: Value::Known("1".to_owned()),
            pool: "github-actions".to_owned(),
            provider: "github-actions".to_owned(),
            becomes,
        })
    }

    fn as_account(name: &str) -> Becomes {
        Becomes::Account {
            email: email(name),
            holder: federated(),
            why: Message::default(),
        }
    }

    fn key() -> KeyRef {
        KeyRef {
            account: account().reference(),
            key: KeyId::parse("4f1c").expect("a key id"),
        }
    }

    /// The end of the account, behind the switch of these workloads.
    fn end(rule: &'static str, workloads: &[&str]) -> Vec<Step> {
        let reason = Reason {
            rule,
            fingerprint: Fingerprint::of(&[rule]),
        };
        let workloads = workloads.iter().map(|&workload| workload.to_owned());
        let disable = Step {
            checks: vec![Check::Switched(workloads.collect())],
            ..step(
                Stage::Disable,
                Change::DisableAccount(account().reference()),
                "",
                &[reason],
            )
        };
        let delete = Change::DeleteAccount(account().reference());
        vec![disable, step(Stage::Delete, delete, "", &[])]
    }

    fn resolved(changes: Vec<Change>, end: Vec<Step>) -> (Vec<Change>, String) {
        let mut draft = Draft::default();
        let steps = changes.into_iter();
        draft
            .steps
            .extend(steps.map(|change| step(Stage::Replace, change, "", &[])));
        draft.steps.extend(end);
        let draft = resolve(&account(), draft);
        let notes: String = draft.notes.iter().map(ToString::to_string).collect();
        let changes = draft.steps.into_iter().map(|step| step.change);
        (changes.collect(), notes)
    }

    #[test]
    fn a_caller_that_becomes_itself_needs_no_account() {
        let itself = federate("ci", Becomes::Itself(federated()));
        let changes = vec![make("ci-new", "ci"), grant("ci-new"), itself.clone()];
        assert_eq!(resolved(changes, Vec::new()).0, [itself]);
        let as_new = federate("ci", as_account("ci-new"));
        let changes = vec![make("ci-new", "ci"), grant("ci-new"), as_new];
        assert_eq!(resolved(changes.clone(), Vec::new()).0, changes);
    }

    #[test]
    fn a_caller_that_stays_with_its_key_needs_no_account() {
        let find = Change::ByHand(ByHand::FindCaller {
            key: key(),
            again: DateTime::UNIX_EPOCH,
        });
        let changes = vec![
            make("key-4f1c", "key/4f1c/"),
            grant("key-4f1c"),
            find.clone(),
        ];
        assert_eq!(resolved(changes, Vec::new()).0, [find]);
    }

    #[test]
    fn a_default_account_stays_and_its_keys_go() {
        let mut end = end("shared-account", &[]);
        end.pop();
        let changes = vec![Change::DeleteKey(key())];
        let (left, _) = resolved(changes.clone(), end.clone());
        assert_eq!(left, [changes, changes_of(end)].concat());
    }

    #[test]
    fn an_account_goes_once_every_workload_has_another() {
        let itself = federate("ci", Becomes::Itself(federated()));
        let changes = vec![
            make("web-new", "web"),
            run_as("web-new", "web"),
            itself,
            // What is given to it, and its keys, go with it.
            grant("shared"),
            Change::DeleteKey(key()),
        ];
        let (left, notes) = resolved(changes.clone(), end("shared-account", &["web", "ci"]));
        assert_eq!(left[..3], changes[..3]);
        let ends = end("shared-account", &[]);
        assert_eq!(left[3..], changes_of(ends));
        assert_eq!(notes, "");
    }

    #[test]
    fn an_account_stays_where_a_workload_has_no_other_or_still_signs_in() {
        let changes = vec![make("web-new", "web"), run_as("web-new", "web")];
        let (left, notes) = resolved(changes.clone(), end("shared-account", &["web", "api"]));
        assert_eq!(left, changes);
        assert_eq!(
            notes,
            "shared@acme-prod.iam.gserviceaccount.com stays for now: no other account is planned for api"
        );
        let changes = vec![
            make("web-new", "web"),
            run_as("web-new", "web"),
            federate("ci", as_account("shared")),
        ];
        let (left, notes) = resolved(changes.clone(), end("shared-account", &["web"]));
        assert_eq!(left, changes);
        assert_eq!(
            notes,
            "shared@acme-prod.iam.gserviceaccount.com stays for now: something still signs in as it behind this plan"
        );
    }

    #[test]
    fn nothing_takes_the_place_of_what_nobody_uses() {
        let changes = vec![federate("ci", as_account("shared")), grant("shared")];
        let (left, _) = resolved(changes, end("account-unused", &[]));
        assert_eq!(left, changes_of(end("account-unused", &[])));
    }

    fn changes_of(steps: Vec<Step>) -> Vec<Change> {
        steps.into_iter().map(|step| step.change).collect()
    }
}

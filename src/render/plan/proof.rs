//! What the proof says of a plan, in sentences that claim no more than was seen.

use crate::model::message::Message;
use crate::model::plan::{Change, Denial, Plan, Proof, Readiness, Reason, Step, WhyDenied};
use crate::render::words::count;

/// How many denials are told one by one.
const TOLD: usize = 20;

/// Returns what the proof comes to, in one sentence.
pub(super) fn sentence(plan: &Plan) -> String {
    let proof = &plan.proof;
    match plan.readiness() {
        Readiness::FindOut => {
            "nothing is changed yet: what these steps find out, the next plan rests on".to_owned()
        }
        Readiness::NotContradicted | Readiness::Proved => proved(plan),
        Readiness::Manual => format!("{} {}", denied(&proof.blind), blind(proof)),
        Readiness::Failed if proof.denied.is_empty() => {
            let findings = count(proof.worse.len() as u64, "finding");
            format!(
                "the planned state would have {findings} that today's has not, or that would be worse"
            )
        }
        Readiness::Failed => format!("{} behind a step of this plan", denied(&proof.denied)),
    }
}

/// Returns "none of the 12,408 logged calls would be denied; …".
fn proved(plan: &Plan) -> String {
    let proof = &plan.proof;
    let mut parts = vec![match proof.calls {
        0 => "no call was logged that could be replayed".to_owned(),
        1 => "the one logged call would not be denied".to_owned(),
        calls => format!(
            "none of the {} logged calls would be denied",
            grouped(calls)
        ),
    }];
    let silent = proof.unlogged.len();
    let services = silent + proof.logged.len();
    if silent > 0 {
        let (were, roles) = if silent == 1 {
            ("was", "its roles are")
        } else {
            ("were", "their roles are")
        };
        let noun = if services == 1 { "service" } else { "services" };
        let copied = if plan.steps.iter().any(is_copy) {
            format!(", {roles} copied unchanged")
        } else {
            String::new()
        };
        parts.push(format!(
            "{silent} of {services} {noun} {were} not logged{copied}"
        ));
    }
    if let Some((last, before)) = proof.not_read.split_last() {
        let list = if before.is_empty() {
            (*last).to_owned()
        } else {
            format!("{} and {last}", before.join(", "))
        };
        parts.push(format!("{list} were not read"));
    }
    parts.join("; ")
}

/// Returns whether a step gives somebody what another has.
fn is_copy(step: &Step) -> bool {
    matches!(&step.change, Change::Grant(grant) if grant.kept.is_some())
}

/// Returns "1 kind of logged call, seen 12 times, would be denied".
fn denied(denials: &[Denial]) -> String {
    let calls: u64 = denials
        .iter()
        .fold(0, |sum, denial| sum.saturating_add(denial.count));
    if calls == 0 {
        let signs = count(denials.len() as u64, "sign-in");
        return format!("{signs} of callers of whom no call was logged would be denied");
    }
    let (kinds, times) = (
        count(denials.len() as u64, "kind"),
        if calls == 1 {
            "once".to_owned()
        } else {
            format!("{} times", grouped(calls))
        },
    );
    format!("{kinds} of logged calls, seen {times}, would be denied")
}

/// Returns a number with its thousands apart: `12,408`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns the reasons why a plan is not proved, one sentence each: which step denies which call, and what would be worse.
/// None for a plan that is.
pub(super) fn reasons(plan: &Plan) -> Vec<Message> {
    let proof = &plan.proof;
    let mut reasons: Vec<Message> = Vec::new();
    let denials = proof.denied.iter().chain(&proof.blind);
    let number = proof.denied.len() + proof.blind.len();
    reasons.extend(denials.take(TOLD).map(denial));
    if number > TOLD {
        reasons.push(Message::from(format!("and {} more", number - TOLD)));
    }
    let told = |words: &'static str| {
        move |reason: &Reason| {
            Message::from(words)
                .name(reason.rule)
                .text(format!(" ({})", reason.fingerprint.short()))
        }
    };
    reasons.extend(proof.worse.iter().map(told("it would be worse by: ")));
    reasons
}

/// Returns the findings that the plan was to end and that would still stand, one sentence each.
///
/// None for a plan that only finds out: it was to end nothing yet.
pub(super) fn unanswered(plan: &Plan) -> Vec<Message> {
    if plan.readiness() == Readiness::FindOut {
        return Vec::new();
    }
    let told = |reason: &Reason| {
        Message::from("it does not end ")
            .name(reason.rule)
            .text(format!(" ({})", reason.fingerprint.short()))
    };
    plan.proof.unanswered.iter().map(told).collect()
}

fn denial(denial: &Denial) -> Message {
    let begin = match denial.after {
        Some(step) => Message::from(format!("step {} denies ", step.saturating_add(1))),
        None => Message::from("today's bindings would deny "),
    };
    // A sign-in asks for no permission.
    let begin = match denial.permission.as_str() {
        "" => begin.text("a sign-in"),
        permission => begin.name(permission),
    };
    let begin = begin.text(" to ").name(&denial.identity);
    let begin = match denial.workload.as_str() {
        "" => begin,
        workload => begin.text(" of ").name(workload),
    };
    let begin = match denial.resource.as_str() {
        "" => begin,
        resource => begin.text(" on ").name(resource),
    };
    begin
        .text(match denial.count {
            0 => ": ".to_owned(),
            1 => ", seen once: ".to_owned(),
            times => format!(", seen {} times: ", grouped(times)),
        })
        .text(why(denial.why))
}

/// Returns by what the calls would be denied of which only people can say more, and what to do.
fn blind(proof: &Proof) -> &'static str {
    if proof.blind.iter().all(|denial| denial.after.is_some()) {
        "behind a step of this plan, on purpose or because what signs in then is set up by hand: look by hand before that \
         step"
    } else {
        "by today's bindings although they were granted: what is known of the account's access does not explain what was \
         seen, so copy, and look by hand before anything is taken away"
    }
}

/// Returns why a call would be denied, or cannot be told not to be.
pub(super) fn why(why: WhyDenied) -> &'static str {
    match why {
        WhyDenied::NotGranted => "no binding that was read gives it",
        WhyDenied::Conditional => {
            "a binding under a condition gives it, and conditions are not evaluated"
        }
        WhyDenied::UnknownRole => "what a role gives is not known",
        WhyDenied::NotPropagated => "the binding that gives it is younger than ten minutes",
        WhyDenied::NoIdentity => "what it signs in with is switched off, deleted, or not made yet",
        WhyDenied::UnknownPlace => {
            "where the resource lies is not known, or outside of what was scanned"
        }
        WhyDenied::ByHand => "how it signs in is set up by hand",
    }
}

#[cfg(test)]
mod tests {
    use crate::model::access::PolicyNode;
    use crate::model::finding::Fingerprint;
    use crate::model::names::{Email, Member, ProjectId, UniqueId};
    use crate::model::plan::{ByHand, Holder, Kept, PlannedGrant, Stage};
    use crate::model::scope::AccountRef;

    use super::*;

    fn plan(changes: Vec<Change>, proof: Proof) -> Plan {
        let step = |change| Step {
            stage: Stage::Prepare,
            change,
            why: Message::default(),
            reasons: Vec::new(),
            checks: Vec::new(),
            wait: None,
            verify: Vec::new(),
        };
        Plan {
            account: account(),
            observed_at: chrono::DateTime::UNIX_EPOCH,
            reasons: Vec::new(),
            steps: changes.into_iter().map(step).collect(),
            variables: Vec::new(),
            notes: Vec::new(),
            proof,
        }
    }

    fn account() -> AccountRef {
        AccountRef {
            project: ProjectId::parse("acme").expect("an id"),
            email: Email::parse("etl@acme.iam.gserviceaccount.com").expect("an address"),
            unique_id: UniqueId::parse("101").expect("an id"),
        }
    }

    fn copied() -> Change {
        Change::Grant(PlannedGrant {
            member: Holder::Member(Member::parse("user:ana@example.com")),
            role: "roles/viewer".to_owned(),
            on: PolicyNode::Project(account().project),
            condition: None,
            kept: Some(Kept::Copied),
        })
    }

    #[test]
    fn the_sentence_claims_no_more_than_was_seen() {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let seen = |calls| Proof {
            calls,
            logged: texts(&["a", "b", "c"]),
            unlogged: texts(&["d", "e", "f", "g"]),
            not_read: vec!["deny policies", "principal access boundaries"],
            unanswered: vec![Reason {
                rule: "key-old",
                fingerprint: Fingerprint::of(&["key-old"]),
            }],
            ..Proof::default()
        };
        let told = |changes, proof| {
            let plan = plan(changes, proof);
            let unanswered = unanswered(&plan).len();
            (plan.readiness(), sentence(&plan), unanswered)
        };
        assert_eq!(
            told(vec![copied()], seen(12_408)),
            (
                Readiness::Proved,
                "none of the 12,408 logged calls would be denied; 4 of 7 services were not logged, their roles are \
                 copied unchanged; deny policies and principal access boundaries were not read"
                    .to_owned(),
                1
            )
        );
        assert_eq!(
            told(vec![Change::DisableAccount(account())], seen(0)),
            (
                Readiness::NotContradicted,
                "no call was logged that could be replayed; 4 of 7 services were not logged; deny policies and \
                 principal access boundaries were not read"
                    .to_owned(),
                1
            )
        );
        let ask = Change::ByHand(ByHand::FindOwner(account()));
        assert_eq!(
            told(vec![ask.clone()], seen(12_408)),
            (
                Readiness::FindOut,
                "nothing is changed yet: what these steps find out, the next plan rests on"
                    .to_owned(),
                0
            )
        );
        assert_eq!(
            plan(vec![ask, copied()], seen(12_408)).readiness(),
            Readiness::Proved
        );
    }

    #[test]
    fn a_denial_behind_a_step_is_not_laid_on_todays_bindings() {
        let proof = |after| Proof {
            blind: vec![Denial {
                after,
                workload: String::new(),
                identity: String::new(),
                permission: String::new(),
                resource: String::new(),
                count: 3,
                why: WhyDenied::NoIdentity,
            }],
            ..Proof::default()
        };
        assert!(blind(&proof(Some(0))).starts_with("behind a step of this plan"));
        assert!(blind(&proof(None)).starts_with("by today's bindings"));
    }

    #[test]
    fn thousands_stand_apart() {
        let table = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ];
        for (number, text) in table {
            assert_eq!(grouped(number), text);
        }
    }
}

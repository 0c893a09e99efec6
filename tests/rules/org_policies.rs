//! `org-policy-gap`: which policy decides where, whom it would meet, and where nothing can be told.

use sa_audit::model::access::PolicyNode;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::estate::Estate;
use sa_audit::model::org_policy::{Constraint, Effect, OrgPolicy};
use sa_audit::model::scope::Scope;

use crate::evaluate_all;
use crate::messages::draw;
use crate::support::estate::{EstateBuilder, estate, key};

/// A project in a folder, and one beside it, below an organization; everything was read and nothing set.
fn acme() -> EstateBuilder {
    estate()
        .folder("20", "organizations/1")
        .project("acme-prod")
        .below("folders/20")
        .account("etl")
        .key(key().age_days(40))
        .account("sftp")
        .key(key().uploaded())
        .account("old")
        .disabled()
        .key(key())
        .project("acme-lab")
        .below("organizations/1")
        .account("100000000002-compute@developer.gserviceaccount.com")
}

fn node(name: &str) -> PolicyNode {
    let (kind, id) = name.split_once('/').expect("a kind and an id");
    match kind {
        "organizations" => PolicyNode::Organization(id.parse().expect("a number")),
        "folders" => PolicyNode::Folder(id.parse().expect("a number")),
        _ => PolicyNode::Project(id.parse().expect("a project id")),
    }
}

const WHERE: [&str; 4] = [
    "organizations/1",
    "folders/20",
    "projects/acme-prod",
    "projects/acme-lab",
];

/// Returns the estate with everything enforced at the top, but for what `set` says.
fn with(builder: EstateBuilder, set: &[(&str, Constraint, Effect)]) -> Estate {
    let mut estate = builder.build();
    for name in WHERE {
        let scope = node(name).scope().expect("a scope");
        estate
            .coverage
            .record(scope, Dataset::OrgPolicies, Reading::Read);
    }
    let policy = |(on, constraint, effect): &(&str, Constraint, Effect)| OrgPolicy {
        on: node(on),
        constraint: *constraint,
        effect: effect.clone(),
        conditional: false,
    };
    estate.org_policies = set.iter().map(policy).collect();
    for constraint in Constraint::ALL {
        let is_set =
            |(on, of, _): &(&str, Constraint, Effect)| *on == WHERE[0] && *of == constraint;
        if !set.iter().any(is_set) {
            let effect = match constraint {
                Constraint::KeyExposureResponse => values(&["DISABLE_KEY"], &[]),
                Constraint::PoolProviders => Effect::DenyAll,
                Constraint::KeyCreation
                | Constraint::ManagedKeyCreation
                | Constraint::KeyUpload
                | Constraint::ManagedKeyUpload
                | Constraint::AutomaticGrants
                | Constraint::BasicRolesOfDefaultAccounts
                | Constraint::CrossProjectUse => Effect::Enforced,
            };
            estate
                .org_policies
                .push(policy(&(WHERE[0], constraint, effect)));
        }
    }
    estate
}

fn values(allowed: &[&str], denied: &[&str]) -> Effect {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    Effect::Values {
        allowed: texts(allowed),
        denied: texts(denied),
    }
}

/// Returns what the rule says, in short: `organization 1: KeyCreation`-like lines of findings, open questions with `?`.
fn said(estate: &Estate) -> String {
    let evaluation = evaluate_all(estate);
    let found = evaluation
        .findings
        .iter()
        .filter(|f| f.rule == "org-policy-gap");
    let open = evaluation
        .undecided
        .iter()
        .filter(|u| u.rule == "org-policy-gap");
    let found = found.map(|f| {
        let (what, _) = f
            .message
            .to_string()
            .split_once(':')
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .expect("a colon");
        format!("{}: {what}", f.subject.scope())
    });
    let open = open.map(|u| format!("{}? {}", u.subject.scope(), u.reason));
    found.chain(open).collect::<Vec<_>>().join("\n")
}

#[test]
fn where_all_is_enforced_nothing_is_said() {
    assert_eq!(said(&with(acme(), &[])), "");
}

#[test]
fn either_of_two_constraints_is_enough_and_the_lowest_that_undoes_it_is_named() {
    use Constraint::{KeyCreation, ManagedKeyCreation};
    let off = || Effect::NotEnforced;
    let top = WHERE[0];
    let one_of_two = [(top, KeyCreation, off())];
    assert_eq!(said(&with(acme(), &one_of_two)), "");
    let both = [(top, KeyCreation, off()), (top, ManagedKeyCreation, off())];
    assert_eq!(
        said(&with(acme(), &both)),
        "organization 1: lets keys be created"
    );
    let by_folder = [
        (top, KeyCreation, off()),
        (top, ManagedKeyCreation, off()),
        ("folders/20", KeyCreation, Effect::Enforced),
    ];
    assert_eq!(
        said(&with(acme(), &by_folder)),
        "organization 1: lets keys be created"
    );
    let undone = [
        (top, KeyCreation, off()),
        ("projects/acme-prod", ManagedKeyCreation, off()),
    ];
    assert_eq!(
        said(&with(acme(), &undone)),
        "project acme-prod: lets keys be created"
    );
}

#[test]
fn lists_are_judged_by_what_they_allow() {
    use Constraint::{KeyExposureResponse, PoolProviders};
    let top = WHERE[0];
    let exposed =
        "organization 1: leaves a key that Google finds in public switched on until it is abused";
    let issuers = "organization 1: lets any issuer be a provider of a workload identity pool";
    let unknown = |name: &str| {
        format!("organization 1? its policy of {name} has a form that this program does not know")
    };
    let table = [
        (
            KeyExposureResponse,
            values(&["WAIT_FOR_ABUSE"], &[]),
            exposed.to_owned(),
        ),
        (
            KeyExposureResponse,
            values(&["DISABLE_KEY", "WAIT_FOR_ABUSE"], &[]),
            String::new(),
        ),
        (
            KeyExposureResponse,
            values(&[], &["WAIT_FOR_ABUSE"]),
            String::new(),
        ),
        (
            KeyExposureResponse,
            Effect::AllowAll,
            unknown("iam.serviceAccountKeyExposureResponse"),
        ),
        (PoolProviders, Effect::AllowAll, issuers.to_owned()),
        (
            PoolProviders,
            values(&[], &["https://issuer.example"]),
            issuers.to_owned(),
        ),
        (
            PoolProviders,
            values(&["https://issuer.example"], &[]),
            String::new(),
        ),
        (
            PoolProviders,
            Effect::Unknown,
            unknown("iam.workloadIdentityPoolProviders"),
        ),
        (
            Constraint::AutomaticGrants,
            Effect::AllowAll,
            unknown("iam.automaticIamGrantsForDefaultServiceAccounts"),
        ),
    ];
    for (constraint, effect, expected) in table {
        let estate = with(acme(), &[(top, constraint, effect.clone())]);
        assert_eq!(said(&estate), expected, "{constraint:?} {effect:?}");
    }
}

#[test]
fn what_was_not_read_or_hangs_on_tags_is_no_finding() {
    use Constraint::{KeyUpload, ManagedKeyUpload};
    let off = [
        (WHERE[0], KeyUpload, Effect::NotEnforced),
        (WHERE[0], ManagedKeyUpload, Effect::NotEnforced),
    ];
    let mut estate = with(acme(), &off);
    // Whatever the folder sets, the project beside it is told.
    let denied = Reading::Denied { permission: None };
    let folder = node("folders/20").scope().expect("a scope");
    estate
        .coverage
        .record(folder, Dataset::OrgPolicies, denied.clone());
    assert_eq!(said(&estate), "organization 1: lets keys be uploaded");
    let lab = Scope::Project("acme-lab".parse().expect("an id"));
    estate.coverage.record(lab, Dataset::OrgPolicies, denied);
    assert_eq!(said(&estate), "");

    let mut tagged = with(acme(), &off);
    for policy in &mut tagged.org_policies {
        policy.conditional = policy.constraint == KeyUpload;
    }
    assert_eq!(
        said(&tagged),
        "organization 1? its policy of iam.disableServiceAccountKeyUpload has conditions on tags, and what holds below it is not told"
    );
    // Google has evaluated the tags of the very project.
    let own = [
        (WHERE[0], ManagedKeyUpload, Effect::NotEnforced),
        ("projects/acme-prod", KeyUpload, Effect::NotEnforced),
    ];
    let mut tagged = with(acme(), &own);
    for policy in &mut tagged.org_policies {
        policy.conditional = policy.on == node("projects/acme-prod");
    }
    assert_eq!(said(&tagged), "project acme-prod: lets keys be uploaded");
}

#[test]
fn each_question_says_whom_it_would_meet() {
    let off: Vec<(&str, Constraint, Effect)> = Constraint::ALL
        .into_iter()
        .map(|constraint| {
            let effect = match constraint {
                Constraint::KeyExposureResponse => values(&["WAIT_FOR_ABUSE"], &[]),
                Constraint::PoolProviders => Effect::AllowAll,
                Constraint::KeyCreation
                | Constraint::ManagedKeyCreation
                | Constraint::KeyUpload
                | Constraint::ManagedKeyUpload
                | Constraint::AutomaticGrants
                | Constraint::BasicRolesOfDefaultAccounts
                | Constraint::CrossProjectUse => Effect::NotEnforced,
            };
            (WHERE[0], constraint, effect)
        })
        .chain([("folders/20", Constraint::AutomaticGrants, Effect::Enforced)])
        .collect();
    let default = "serviceAccount:100000000002-compute@developer.gserviceaccount.com";
    let builder = acme()
        .role("roles/editor", &[])
        .project_grant("roles/editor", default)
        .pool("ci", sa_audit::model::federation::FederationState::Active)
        .provider("github", "https://token.actions.githubusercontent.com", "")
        .provider("gitlab", "https://gitlab.example", "");
    let estate = with(builder, &off);
    let findings = evaluate_all(&estate).findings;
    let drawn: String = findings
        .iter()
        .filter(|finding| finding.rule == "org-policy-gap")
        .map(draw)
        .collect();
    insta::assert_snapshot!(drawn, @"
    Medium, confidence High: lets keys be created: iam.managed.disableServiceAccountKeyCreation and iam.disableServiceAccountKeyCreation are not enforced; etl@acme-prod.iam.gserviceaccount.com would keep their keys, and get no further one
      iam.managed.disableServiceAccountKeyCreation on organization 1: not enforced [orgpolicy.policies.getEffectivePolicy]
      iam.disableServiceAccountKeyCreation on organization 1: not enforced [orgpolicy.policies.getEffectivePolicy]
      it would meet etl@acme-prod.iam.gserviceaccount.com [iam.projects.serviceAccounts.list]
      → enforce iam.managed.disableServiceAccountKeyCreation
    Medium, confidence High: lets keys be uploaded: iam.managed.disableServiceAccountKeyUpload and iam.disableServiceAccountKeyUpload are not enforced; sftp@acme-prod.iam.gserviceaccount.com would keep their keys, and get no further one
      iam.managed.disableServiceAccountKeyUpload on organization 1: not enforced [orgpolicy.policies.getEffectivePolicy]
      iam.disableServiceAccountKeyUpload on organization 1: not enforced [orgpolicy.policies.getEffectivePolicy]
      it would meet sftp@acme-prod.iam.gserviceaccount.com [iam.projects.serviceAccounts.list]
      → enforce iam.managed.disableServiceAccountKeyUpload
    Medium, confidence High: leaves a key that Google finds in public switched on until it is abused: iam.serviceAccountKeyExposureResponse is not enforced; etl@acme-prod.iam.gserviceaccount.com and sftp@acme-prod.iam.gserviceaccount.com would lose a key that is found, at once and with whatever signs in with it
      iam.serviceAccountKeyExposureResponse on organization 1: allows WAIT_FOR_ABUSE [orgpolicy.policies.getEffectivePolicy]
      it would meet etl@acme-prod.iam.gserviceaccount.com [iam.projects.serviceAccounts.list]
      it would meet sftp@acme-prod.iam.gserviceaccount.com [iam.projects.serviceAccounts.list]
      → enforce iam.serviceAccountKeyExposureResponse
    Medium, confidence High: gives every new default account roles/editor: iam.automaticIamGrantsForDefaultServiceAccounts is not enforced; it would meet nobody who is here now
      iam.automaticIamGrantsForDefaultServiceAccounts on organization 1: not enforced [orgpolicy.policies.getEffectivePolicy]
      enforced below it in acme-prod [orgpolicy.policies.getEffectivePolicy]
      → enforce iam.automaticIamGrantsForDefaultServiceAccounts
    Medium, confidence High: lets default accounts be owner or editor: iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts is not enforced; 100000000002-compute@developer.gserviceaccount.com would keep that role, and could not be given it again
      iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts on organization 1: not enforced [orgpolicy.policies.getEffectivePolicy]
      it would meet 100000000002-compute@developer.gserviceaccount.com [iam.projects.serviceAccounts.list]
      → enforce iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts
    Medium, confidence High: lets an account be attached in another project than its own: iam.disableCrossProjectServiceAccountUsage is not enforced; it would meet nobody who is here now
      iam.disableCrossProjectServiceAccountUsage on organization 1: not enforced [orgpolicy.policies.getEffectivePolicy]
      → enforce iam.disableCrossProjectServiceAccountUsage
    Medium, confidence High: lets any issuer be a provider of a workload identity pool: iam.workloadIdentityPoolProviders is not enforced; the 2 providers that it would meet would stay, and could not be changed unless the issuers are allowed
      iam.workloadIdentityPoolProviders on organization 1: every value is allowed [orgpolicy.policies.getEffectivePolicy]
      → enforce iam.workloadIdentityPoolProviders
    ");
    let mut fingerprints: Vec<String> =
        findings.iter().map(|f| f.fingerprint.to_string()).collect();
    fingerprints.sort();
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), findings.len());
}

#[test]
fn whom_it_would_meet_is_told_as_far_as_it_was_read() {
    use Constraint::{KeyCreation, ManagedKeyCreation};
    let off = [
        (WHERE[0], KeyCreation, Effect::NotEnforced),
        (WHERE[0], ManagedKeyCreation, Effect::NotEnforced),
    ];
    let ends = |reading: Reading| {
        // Of the default account.
        let findings = evaluate_all(&with(acme().keys_reading(reading), &off)).findings;
        let gap = findings.iter().find(|f| f.rule == "org-policy-gap");
        let message = gap.expect("a finding").message.to_string();
        message.ends_with(", as far as could be read")
    };
    assert!(ends(Reading::Denied { permission: None }));
    assert!(!ends(Reading::Read));
}

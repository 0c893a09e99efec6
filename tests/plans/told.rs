//! Plans as text, a line a step: every part of a step that differs.

use std::fmt::Write as _;

use sa_audit::model::access::PolicyNode;
use sa_audit::model::plan::{
    Becomes, ByHand, Change, Check, Holder, Identities, Plan, PlannedGrant, PlannedIssuer, Step,
    Value, Verification,
};

/// Returns a plan as text.
pub(super) fn plan(plan: &Plan) -> String {
    let mut text = format!("{}\n", plan.account.email.short());
    for (at, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(text, "{:>2} {}", at + 1, self::step(step));
    }
    for variable in &plan.variables {
        let _ = writeln!(text, " ? {} {}", variable.name, variable.pattern);
    }
    for note in &plan.notes {
        let _ = writeln!(text, " ! {note}");
    }
    text
}

/// Returns a step as text.
pub(super) fn step(step: &Step) -> String {
    let mut text = format!("{:?}: {}", step.stage, change(&step.change));
    if let Some(wait) = step.wait {
        let minutes = wait.at_least.num_minutes();
        let time = match (minutes / 1440, minutes / 60) {
            (0, 0) => format!("{minutes} min"),
            (0, hours) => format!("{hours} h"),
            (days, _) => format!("{days} d"),
        };
        text.push_str(&format!(" | after {time} ({:?})", wait.until));
    }
    for check in &step.checks {
        let _ = write!(text, " | if {}", checked(check));
    }
    for seen in &step.verify {
        let _ = write!(text, "{}", verified(seen));
    }
    let rules: Vec<&str> = step.reasons.iter().map(|reason| reason.rule).collect();
    let _ = write!(text, " | {}", rules.join(", "));
    text
}

fn change(change: &Change) -> String {
    match change {
        Change::Grant(grant) => format!("grant {}", granted(grant)),
        Change::Revoke(grant) => format!("revoke {}", granted(grant)),
        Change::CreatePool(pool) => format!("pool {} in {}", pool.id, pool.project),
        Change::CreateProvider(provider) => {
            let issuer = match &provider.issuer {
                PlannedIssuer::Oidc(issuer) => value(issuer),
                PlannedIssuer::Aws(account) => format!("AWS {}", value(account)),
            };
            let claims = provider
                .condition
                .iter()
                .map(|claim| format!("{} {:?} {}", claim.claim, claim.test, value(&claim.value)));
            let claims: Vec<String> = claims.collect();
            let audiences: String = provider
                .audiences
                .iter()
                .map(|audience| format!(" for {}", value(audience)))
                .collect();
            format!(
                "provider {}/{} in {} of {issuer}{audiences} where {}",
                provider.pool,
                provider.id,
                provider.project,
                claims.join(" and ")
            )
        }
        Change::Federate(federate) => format!(
            "federate {} by {}/{} as {}",
            federate.key.key,
            federate.pool,
            federate.provider,
            match &federate.becomes {
                Becomes::Itself(_) => "itself".to_owned(),
                Becomes::Account { email, why, .. } => format!("{}, since {why}", email.short()),
            }
        ),
        Change::UsePersonalLogin { key, to, .. } => {
            format!("personal login for {key}, impersonating {}", to.short())
        }
        Change::UseAttachedAccount { key, to, .. } => format!("attach {} for {key}", to.short()),
        Change::RotateKey { account, key } => format!("fresh key of {} for {key}", account.short()),
        Change::DisableKey(key) => format!("disable key {}", key.key),
        Change::DeleteKey(key) => format!("delete key {}", key.key),
        Change::DisableAccount(account) => format!("disable {}", account.email.short()),
        Change::DeleteAccount(account) => format!("delete {}", account.email.short()),
        Change::CreateAlert(alert) => match &alert.key {
            Some(key) => format!("alert on key {key}"),
            None => format!("alert on {}", alert.account.email.short()),
        },
        Change::EnableAuditLogs(logs) => {
            format!(
                "log {:?} of {} in {}",
                logs.types, logs.service, logs.project
            )
        }
        Change::EnforceConstraint(constraint) => {
            format!(
                "enforce {} on {}",
                constraint.constraint,
                node(&constraint.on)
            )
        }
        Change::ByHand(by_hand) => match by_hand {
            ByHand::FindOwner(_) => "find the owner".to_owned(),
            ByHand::FindCaller { key, again } => {
                format!(
                    "find the caller of {}, look again on {}",
                    key.key,
                    again.date_naive()
                )
            }
            ByHand::Federate { key, platform } => format!("federate {} on {platform}", key.key),
            ByHand::ReplaceReference { reference, .. } => {
                format!("replace in {}", reference.resource)
            }
            ByHand::Other(message) => message.to_string(),
        },
        Change::CreateAccount(_)
        | Change::Switch(_)
        | Change::EnableKey(_)
        | Change::EnableAccount(_)
        | Change::UndeleteAccount(_) => format!("{change:?}"),
    }
}

fn granted(grant: &PlannedGrant) -> String {
    let member = match &grant.member {
        Holder::Member(member) => member.short(),
        Holder::Group(group) => format!("group {}", value(group)),
        Holder::Federated {
            project_number,
            pool,
            identities,
        } => {
            let who = match identities {
                Identities::Subject(subject) => format!("subject {}", value(subject)),
                Identities::Attribute { name, value: of } => format!("{name} {}", value(of)),
            };
            format!("{}/{pool} {who}", value(project_number))
        }
    };
    let kept = grant
        .kept
        .map_or(String::new(), |kept| format!(" ({kept:?})"));
    format!("{} on {} to {member}{kept}", grant.role, node(&grant.on))
}

fn node(node: &PolicyNode) -> String {
    match node {
        PolicyNode::Account(account) => account.email.short(),
        PolicyNode::Project(project) => project.to_string(),
        PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Resource(_) => {
            node.full_name().to_string()
        }
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Known(text) => text.clone(),
        Value::Variable(name) => format!("${name}"),
    }
}

fn checked(check: &Check) -> String {
    match check {
        Check::NotUsedSince { key, since, .. } => match key {
            Some(_) => format!("key not used since {}", since.date_naive()),
            None => format!("not used since {}", since.date_naive()),
        },
        Check::NoDomainWideDelegation(_) => "no delegation".to_owned(),
        Check::NoReferences(_) => "no references".to_owned(),
        Check::NoDisks(_) => "no disks".to_owned(),
        Check::Disabled { key, .. } => match key {
            Some(_) => "key disabled".to_owned(),
            None => "disabled".to_owned(),
        },
        Check::FreeKeySlot(_) => "a free slot".to_owned(),
        Check::Switched(workloads) => format!("switched: {}", workloads.join(", ")),
    }
}

/// What is the same for all steps of a kind is not told.
fn verified(seen: &Verification) -> &'static str {
    match seen {
        Verification::KeySilent(_) => " | then silent",
        Verification::AccountSilent(_) => " | then silent",
        Verification::ResourceNames { .. }
        | Verification::AccountSeen(_)
        | Verification::BindingStands(_) => "",
    }
}

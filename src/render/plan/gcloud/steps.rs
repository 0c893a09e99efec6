//! Each change as commands, by an exhaustive match: a new one does not compile without its command, or the decision that a
//! person does it.

use serde_json::json;

use crate::model::access::{AuditLogType, Condition, PolicyNode};
use crate::model::message::Message;
use crate::model::names::{Email, KeyId, ProjectId};
use crate::model::plan::{
    Alert, AuditLogs, Change, Constraint, KeyRef, NewAccount, PlannedGrant, PlannedIssuer,
    PlannedPool, PlannedProvider,
};
use crate::model::scope::AccountRef;
use crate::render::escape::Term;
use crate::render::plan::filled::{Filled, condition, member};
use crate::render::plan::places::Found;
use crate::render::plan::words;

use super::command::{Line, pairs};
use super::switch;

/// How a change is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::render::plan) enum Doing {
    /// By commands, one behind the other.
    Run(Vec<Command>),
    /// By a person; what is to be known beside the change's own sentence.
    ByHand(Message),
}

/// A command with how it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::render::plan) enum Command {
    /// Once.
    Once(Line),
    /// Until it works, a few times: what was just made is not known everywhere at once.
    Persist(Line),
    /// Unless the first one finds what the second one makes.
    Unless(Line, Line),
    /// With a text of ours, as a file, behind the words.
    WithFile(Line, String),
    /// Data Access logs are added to what a project's policy has.
    AuditLogs(Filled, Filled, Vec<&'static str>),
}

impl Command {
    /// Returns the lines of it that are commands.
    pub(in crate::render::plan) fn lines(&self) -> Vec<&Line> {
        match self {
            Self::Once(line) | Self::Persist(line) | Self::WithFile(line, _) => vec![line],
            Self::Unless(look, make) => vec![look, make],
            Self::AuditLogs(..) => Vec::new(),
        }
    }

    /// Returns the command that changes something, for a reader: without what is around it in a script.
    pub(in crate::render::plan) fn shown(&self) -> String {
        match self {
            Self::Once(line) | Self::Persist(line) | Self::Unless(_, line) => line.to_string(),
            Self::WithFile(line, text) => format!(
                "{line} <(printf '%s' {})",
                Filled::from(text.as_str()).shell()
            ),
            Self::AuditLogs(project, service, types) => format!(
                "audit_logs {} {} {} # a function of scripts/1-apply.sh",
                project.shell(),
                service.shell(),
                types.join(" ")
            ),
        }
    }
}

/// Returns how a change is done.
pub(in crate::render::plan) fn doing(change: &Change) -> Doing {
    let doing = by_kind(change);
    match &doing {
        Doing::Run(commands)
            if !commands
                .iter()
                .flat_map(Command::lines)
                .all(Line::is_read_as_meant) =>
        {
            Doing::ByHand(Message::from(
                "a name in it begins like a flag, and no command takes it safely",
            ))
        }
        Doing::Run(_) | Doing::ByHand(_) => doing,
    }
}

fn by_kind(change: &Change) -> Doing {
    match change {
        Change::CreateAccount(account) => Doing::Run(vec![new_account(account)]),
        Change::Grant(grant) => binding(grant, "add-iam-policy-binding"),
        Change::Revoke(grant) => binding(grant, "remove-iam-policy-binding"),
        Change::Switch(switch) => match switch::commands(switch) {
            Some(lines) => once(lines),
            None => Doing::ByHand(Message::from(
                switch::hint(&switch.asset_type)
                    .unwrap_or("the documentation of its service says how"),
            )),
        },
        Change::CreatePool(pool) => Doing::Run(vec![new_pool(pool)]),
        Change::CreateProvider(provider) => Doing::Run(vec![new_provider(provider)]),
        Change::Federate(_) => Doing::ByHand(Message::from(
            "the files for its platform stand beside this one, in workflows/ or ci/; take the key out of where it is kept",
        )),
        Change::UsePersonalLogin { to, .. } => Doing::ByHand(
            Message::from(
                "who must be the account: gcloud auth application-default login \
                 --impersonate-service-account=",
            )
            .account(to),
        ),
        Change::UseAttachedAccount { .. } => Doing::ByHand(Message::from(
            "take GOOGLE_APPLICATION_CREDENTIALS and the key's file away: Google's clients then ask the metadata server",
        )),
        Change::RotateKey { account, .. } => Doing::ByHand(
            Message::from("gcloud iam service-accounts keys create FILE --iam-account=")
                .account(account)
                .text("; nothing here makes the key, so that no copy of it is left"),
        ),
        Change::DisableKey(key) => once(vec![key_line("disable", key)]),
        Change::EnableKey(key) => once(vec![key_line("enable", key)]),
        Change::DeleteKey(key) => once(vec![key_line("delete", key).word("--quiet")]),
        Change::DisableAccount(account) => once(vec![account_line("disable", account)]),
        Change::EnableAccount(account) => once(vec![account_line("enable", account)]),
        Change::DeleteAccount(account) => {
            once(vec![account_line("delete", account).word("--quiet")])
        }
        Change::UndeleteAccount(account) => once(vec![
            Line::of(&["gcloud", "iam", "service-accounts", "undelete"])
                .value(account.unique_id.as_str())
                .flag("project", account.project.as_str()),
        ]),
        Change::CreateAlert(alert) => Doing::Run(vec![new_alert(alert)]),
        Change::EnableAuditLogs(logs) => audit_logs(logs),
        Change::EnforceConstraint(constraint) => enforcing(constraint),
        Change::ByHand(_) => Doing::ByHand(Message::default()),
    }
}

fn once(lines: Vec<Line>) -> Doing {
    Doing::Run(lines.into_iter().map(Command::Once).collect())
}

fn new_account(account: &NewAccount) -> Command {
    let group = ["gcloud", "iam", "service-accounts"];
    let look = Line::of(&group)
        .word("describe")
        .value(account.email.as_str())
        .flag("project", account.project.as_str());
    let make = Line::of(&group)
        .word("create")
        .value(account.id.as_str())
        .flag("project", account.project.as_str())
        .flag("display-name", display_name(&account.workload_name))
        .flag("description", NewAccount::mark(&account.workload));
    Command::Unless(look, make)
}

/// Returns a stranger's text as the display name of something new: readable, of at most 100 characters.
pub(in crate::render::plan) fn display_name(text: &str) -> String {
    Term(text).to_string().chars().take(100).collect()
}

fn binding(grant: &PlannedGrant, verb: &'static str) -> Doing {
    let no_command = || {
        Doing::ByHand(Message::from(
            "no command gives or takes one role there: the service's own page in the console does",
        ))
    };
    let Some(found) = Found::of(&grant.on) else {
        return no_command();
    };
    let Some(command) = &found.kind.command else {
        return dataset(grant, &found, verb).map_or_else(no_command, |line| once(vec![line]));
    };
    if grant.condition.is_some() && !command.conditions {
        return Doing::ByHand(Message::from(
            "the command for it takes no condition: change the policy whole, with get-iam-policy and set-iam-policy",
        ));
    }
    let mut line = Line::of(command.group)
        .word(verb)
        .value(found.fill(command.resource))
        .flag("member", member(&grant.member))
        .flag("role", grant.role.as_str());
    for (flag, text) in command.flags {
        line = line.flag(flag, found.fill(text));
    }
    if command.conditions {
        line = line.flag("condition", condition_flag(grant.condition.as_ref()));
    }
    Doing::Run(vec![Command::Persist(line)])
}

fn condition_flag(condition: Option<&Condition>) -> Filled {
    match condition {
        None => Filled::from("None"),
        Some(condition) => pairs(&[
            ("expression", Filled::from(condition.expression.as_str())),
            ("title", Filled::from(condition.title.as_str())),
        ]),
    }
}

/// Returns the statement that gives or takes a role on a dataset, where every name in it is plain.
///
/// Source: <https://cloud.google.com/bigquery/docs/reference/standard-sql/data-control-language>.
fn dataset(grant: &PlannedGrant, found: &Found, verb: &str) -> Option<Line> {
    let (project, dataset) = (found.part("project")?, found.part("dataset")?);
    let who = member(&grant.member);
    let plain = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-./:@".contains(&b))
    };
    let all_plain = [project, dataset, &grant.role, &who.with(|_| String::new())]
        .into_iter()
        .all(plain);
    if grant.condition.is_some() || !all_plain {
        return None;
    }
    let (word, to) = if verb == "add-iam-policy-binding" {
        ("GRANT", "TO")
    } else {
        ("REVOKE", "FROM")
    };
    let statement = Filled::from(format!(
        "{word} `{}` ON SCHEMA `{project}.{dataset}` {to} \"",
        grant.role
    ))
    .append(&who)
    .text("\"");
    Some(
        Line::of(&["bq", "query", "--use_legacy_sql=false"])
            .flag("project_id", project)
            .value(statement),
    )
}

fn new_pool(pool: &PlannedPool) -> Command {
    let line = |verb: &'static str| {
        Line::of(&["gcloud", "iam", "workload-identity-pools"])
            .word(verb)
            .value(pool.id.as_str())
            .flag("location", "global")
            .flag("project", pool.project.as_str())
    };
    Command::Unless(line("describe"), line("create"))
}

fn new_provider(provider: &PlannedProvider) -> Command {
    let line = |verb: &'static str| {
        Line::of(&["gcloud", "iam", "workload-identity-pools", "providers"])
            .word(verb)
            .value(provider.id.as_str())
            .flag("workload-identity-pool", provider.pool.as_str())
            .flag("location", "global")
            .flag("project", provider.project.as_str())
    };
    let make = match &provider.issuer {
        PlannedIssuer::Oidc(issuer) => {
            line("create-oidc").flag("issuer-uri", Filled::default().value(issuer))
        }
        PlannedIssuer::Aws(account) => {
            line("create-aws").flag("account-id", Filled::default().value(account))
        }
    };
    let mapping: Vec<(&str, Filled)> = provider
        .mapping
        .iter()
        .map(|(attribute, claim)| (attribute.as_str(), Filled::from(claim.as_str())))
        .collect();
    let make = if mapping.is_empty() {
        make
    } else {
        make.flag("attribute-mapping", pairs(&mapping))
    };
    let make = make.flag("attribute-condition", condition(&provider.condition));
    let mut audiences = Filled::default();
    for (nth, audience) in provider.audiences.iter().enumerate() {
        audiences = audiences
            .text(if nth == 0 { "" } else { "," })
            .value(audience);
    }
    let make = if provider.audiences.is_empty() {
        make
    } else {
        make.flag("allowed-audiences", audiences)
    };
    Command::Unless(line("describe"), make)
}

fn key_line(verb: &'static str, key: &KeyRef) -> Line {
    Line::of(&["gcloud", "iam", "service-accounts", "keys"])
        .word(verb)
        .value(key.key.as_str())
        .flag("iam-account", key.account.email.as_str())
        .flag("project", key.account.project.as_str())
}

fn account_line(verb: &'static str, account: &AccountRef) -> Line {
    Line::of(&["gcloud", "iam", "service-accounts"])
        .word(verb)
        .value(account.email.as_str())
        .flag("project", account.project.as_str())
}

/// Returns the filter of a metric that counts authentications of an account, or of one key of it.
///
/// Source: <https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-iam>.
pub(in crate::render::plan) fn authentications(alert: &Alert) -> String {
    let metric = if alert.key.is_some() {
        "iam.googleapis.com/service_account/key/authn_events_count"
    } else {
        "iam.googleapis.com/service_account/authn_events_count"
    };
    let of = format!(
        "metric.type = \"{metric}\" AND resource.type = \"iam_service_account\" AND resource.labels.unique_id = \"{}\"",
        alert.account.unique_id
    );
    match &alert.key {
        Some(key) => format!("{of} AND metric.labels.key_id = \"{key}\""),
        None => of,
    }
}

/// Returns what an alert is called.
pub(in crate::render::plan) fn alert_name(alert: &Alert) -> String {
    match &alert.key {
        Some(key) => format!("Retired key {key} of {} is used", alert.account.email),
        None => format!("Retired account {} is used", alert.account.email),
    }
}

fn new_alert(alert: &Alert) -> Command {
    let name = alert_name(alert);
    let policy = json!({
        "displayName": name,
        "combiner": "OR",
        "conditions": [{
            "displayName": name,
            "conditionThreshold": {
                "filter": authentications(alert),
                "comparison": "COMPARISON_GT",
                "thresholdValue": 0,
                "duration": "0s",
                "aggregations": [{"alignmentPeriod": "600s", "perSeriesAligner": "ALIGN_SUM"}],
            },
        }],
    });
    Command::Once(
        Line::of(&["gcloud", "alpha", "monitoring", "policies", "create"])
            .flag("policy", policy.to_string())
            .flag("project", alert.account.project.as_str()),
    )
}

fn audit_logs(logs: &AuditLogs) -> Doing {
    if logs.types.contains(&AuditLogType::Unknown) || logs.types.is_empty() {
        return Doing::ByHand(Message::from(
            "its kinds of logs are newer than this program",
        ));
    }
    Doing::Run(vec![Command::AuditLogs(
        Filled::from(logs.project.as_str()),
        Filled::from(logs.service.as_str()),
        words::types(&logs.types),
    )])
}

/// Returns the name of the resource that has an organization policy; `None` where none can stand.
pub(in crate::render::plan) fn policy_parent(on: &PolicyNode) -> Option<String> {
    match on {
        PolicyNode::Organization(id) => Some(format!("organizations/{id}")),
        PolicyNode::Folder(id) => Some(format!("folders/{id}")),
        PolicyNode::Project(id) => Some(format!("projects/{id}")),
        PolicyNode::Account(_) | PolicyNode::Resource(_) => None,
    }
}

fn enforcing(constraint: &Constraint) -> Doing {
    let Some(parent) = policy_parent(&constraint.on) else {
        return Doing::ByHand(Message::from("no organization policy can stand there"));
    };
    let policy = json!({
        "name": format!("{parent}/policies/{}", constraint.constraint),
        "spec": {"rules": [{"enforce": true}]},
    });
    Doing::Run(vec![Command::WithFile(
        Line::of(&["gcloud", "org-policies", "set-policy"]),
        policy.to_string(),
    )])
}

/// Returns the command that tells when Google last saw an account, or a key, sign in.
///
/// Source: <https://cloud.google.com/policy-intelligence/docs/activity-analyzer-service-account-authentication>.
pub(in crate::render::plan) fn last_use(
    project: &ProjectId,
    email: &Email,
    key: Option<&KeyId>,
) -> Line {
    let account = format!("//iam.googleapis.com/projects/{project}/serviceAccounts/{email}");
    let (activity, name) = match key {
        None => ("serviceAccountLastAuthentication", account),
        Some(key) => (
            "serviceAccountKeyLastAuthentication",
            format!("{account}/keys/{key}"),
        ),
    };
    Line::of(&["gcloud", "policy-intelligence", "query-activity"])
        .flag("activity-type", activity)
        .flag("project", project.as_str())
        .flag(
            "query-filter",
            format!("activities.full_resource_name=\"{name}\""),
        )
        .flag("format", "value(activity.lastAuthenticatedTime)")
}

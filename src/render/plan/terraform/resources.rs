//! Each change as a resource, by an exhaustive match: a new one does not compile without its resource, or what a reader does
//! instead.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::model::message::Message;
use crate::model::names::{AccountClass, Email, Member};
use crate::model::plan::{
    Alert, Change, Constraint, Holder, NewAccount, Plan, PlannedGrant, PlannedIssuer, PlannedPool,
    PlannedProvider,
};
use crate::model::scope::AccountRef;
use crate::render::plan::filled::{Filled, condition, identity, member};
use crate::render::plan::gcloud::steps::{
    Doing, alert_name, authentications, display_name, doing, policy_parent,
};
use crate::render::plan::places::Found;
use crate::render::plan::words;

use super::hcl::{Block, Expression, Inside, inside};

/// What a plan makes itself: other resources refer to it, so that Terraform makes it first.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// The label of each new account, by address.
    accounts: BTreeMap<Email, String>,
    /// The label of each new pool, by id.
    pools: BTreeMap<String, String>,
    /// The label of each role that is given.
    grants: BTreeMap<PlannedGrant, String>,
}

/// What becomes of a change.
#[derive(Debug)]
pub(super) enum Drawn {
    /// Resources.
    Resources {
        /// The blocks, in order.
        blocks: Vec<Block>,
        /// The plan's variables that they name.
        variables: Vec<String>,
        /// The variable that switches them on.
        switch: Option<Block>,
    },
    /// No resource: what the reader does instead, a line each.
    Comment(Vec<Message>),
}

impl Made {
    /// Returns what a plan makes.
    pub(super) fn of(plan: &Plan) -> Self {
        let mut made = Self::default();
        for step in &plan.steps {
            match &step.change {
                Change::CreateAccount(account) => {
                    let label = label(&[&account.id, account.email.as_str()]);
                    made.accounts.insert(account.email.clone(), label);
                }
                Change::CreatePool(pool) => {
                    let label = label(&[&pool.id, pool.project.as_str()]);
                    made.pools.insert(pool.id.clone(), label);
                }
                Change::Grant(grant) => {
                    made.grants.insert(grant.clone(), grant_label(grant));
                }
                Change::Revoke(_)
                | Change::Switch(_)
                | Change::CreateProvider(_)
                | Change::Federate(_)
                | Change::UsePersonalLogin { .. }
                | Change::UseAttachedAccount { .. }
                | Change::RotateKey { .. }
                | Change::DisableKey(_)
                | Change::EnableKey(_)
                | Change::DeleteKey(_)
                | Change::DisableAccount(_)
                | Change::EnableAccount(_)
                | Change::DeleteAccount(_)
                | Change::UndeleteAccount(_)
                | Change::CreateAlert(_)
                | Change::EnableAuditLogs(_)
                | Change::EnforceConstraint(_)
                | Change::ByHand(_) => {}
            }
        }
        made
    }
}

/// Returns the resource of a change, or what a reader does instead. `number` is the step's.
pub(super) fn draw(change: &Change, made: &Made, number: usize) -> Drawn {
    match change {
        Change::CreateAccount(account) => resource(new_account(account, made)),
        Change::Grant(grant) => new_grant(grant, made),
        Change::Revoke(grant) => match made.grants.get(grant) {
            Some(label) => {
                let kind = Found::of(&grant.on)
                    .and_then(|found| Some(found.kind.terraform.as_ref()?.resource));
                Drawn::Comment(vec![Message::from(format!(
                    "when its turn has come, delete the resource {}.{label} above",
                    kind.unwrap_or("grant")
                ))])
            }
            None => instead(change, "delete its resource where it is declared; else:"),
        },
        Change::Switch(_) => instead(
            change,
            "set the account in the resource that declares it; where none does:",
        ),
        Change::CreatePool(pool) => resource(new_pool(pool, made)),
        Change::CreateProvider(provider) => new_provider(provider, made),
        Change::CreateAlert(alert) => resource(new_alert(alert)),
        Change::EnforceConstraint(constraint) => enforcing(change, constraint),
        Change::DisableAccount(account) => disabling(change, account, number),
        Change::EnableAuditLogs(_) => instead(
            change,
            "google_project_iam_audit_config replaces all that a service has: add the kinds to it where it is declared; else:",
        ),
        Change::DeleteAccount(_) => instead(
            change,
            "no resource does it: the account is deleted by hand, or by deleting its resource where one declares it",
        ),
        Change::RotateKey { .. } => instead(
            change,
            "google_service_account_key would write the private key into Terraform's state: make it outside of Terraform",
        ),
        Change::DisableKey(_)
        | Change::EnableKey(_)
        | Change::DeleteKey(_)
        | Change::EnableAccount(_)
        | Change::UndeleteAccount(_) => instead(change, "no resource does it:"),
        Change::Federate(_)
        | Change::UsePersonalLogin { .. }
        | Change::UseAttachedAccount { .. }
        | Change::ByHand(_) => instead(change, "done by hand"),
    }
}

fn resource(block: Block) -> Drawn {
    Drawn::Resources {
        blocks: vec![block],
        variables: Vec::new(),
        switch: None,
    }
}

/// Returns a comment: a sentence, and under it how the change is done without Terraform.
fn instead(change: &Change, begin: &str) -> Drawn {
    let mut lines = vec![Message::from(begin)];
    match doing(change) {
        Doing::Run(commands) => {
            let commands = commands.iter().map(|command| command.shown());
            lines.extend(commands.map(|command| Message::from("  ").name(command)));
        }
        Doing::ByHand(how) if how == Message::default() => {}
        Doing::ByHand(how) => lines.push(Message::from("  ").append(how)),
    }
    Drawn::Comment(lines)
}

/// Returns a label: the first text for people, and a digest of all, so that equal things have equal labels, and others
/// others.
pub(super) fn label(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let digest = hash.finalize();
    let digest: String = digest
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let first = texts.first().copied().unwrap_or_default();
    let plain: String = first
        .chars()
        .take(40)
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect();
    // A label begins with a letter or an underscore.
    let begin = if plain.starts_with(|c: char| c.is_ascii_lowercase()) {
        ""
    } else {
        "_"
    };
    format!("{begin}{plain}_{digest}")
}

fn grant_label(grant: &PlannedGrant) -> String {
    let who = member(&grant.member).shown();
    let short = match &grant.member {
        Holder::Member(member) => member
            .address()
            .map_or_else(|| "member".to_owned(), |email| email.local().to_owned()),
        Holder::Group(_) => "group".to_owned(),
        Holder::Federated { pool, .. } => pool.clone(),
    };
    let role = grant.role.rsplit('/').next().unwrap_or(&grant.role);
    let role = role.rsplit('.').next().unwrap_or(role);
    let condition = grant.condition.as_ref();
    label(&[
        &format!("{short}_{role}"),
        &who,
        &grant.role,
        grant.on.full_name().as_str(),
        condition.map_or("", |condition| &condition.expression),
        condition.map_or("", |condition| &condition.title),
    ])
}

fn new_account(account: &NewAccount, made: &Made) -> Block {
    let label = made.accounts.get(&account.email).map_or("", String::as_str);
    Block::resource("google_service_account", label)
        .text("project", account.project.as_str())
        .text("account_id", &account.id)
        .text("display_name", display_name(&account.workload_name))
        .text("description", NewAccount::mark(&account.workload))
}

fn new_grant(grant: &PlannedGrant, made: &Made) -> Drawn {
    let found = Found::of(&grant.on);
    let row = found
        .as_ref()
        .and_then(|found| Some((found, found.kind.terraform.as_ref()?)));
    let Some((found, row)) = row else {
        return instead(
            &Change::Grant(grant.clone()),
            "no resource is known that gives one role to one member there:",
        );
    };
    if grant.condition.is_some() && !row.conditions {
        return instead(
            &Change::Grant(grant.clone()),
            "the resource for it takes no condition:",
        );
    }
    let label = made.grants.get(grant).cloned();
    let label = label.unwrap_or_else(|| grant_label(grant));
    let mut block = Block::resource(row.resource, &label);
    for (name, template) in row.arguments {
        let text = found.fill(template);
        block = block.set(name, where_it_is(name, text, found, made));
    }
    block = block.text("role", &grant.role);
    let (who, variables) = holder(&grant.member, made);
    block = block.set("member", who);
    if let Some(condition) = &grant.condition {
        block = block.with(
            Block::new("condition")
                .text("title", &condition.title)
                .text("expression", &condition.expression),
        );
    }
    Drawn::Resources {
        blocks: vec![block],
        variables,
        switch: None,
    }
}

/// Returns what says where a role is given: of an account that the plan makes, its own name.
fn where_it_is(argument: &str, text: String, found: &Found, made: &Made) -> Expression {
    let account = (argument == "service_account_id")
        .then(|| found.part("account"))
        .flatten();
    let new = account
        .and_then(|account| Email::parse(account).ok())
        .and_then(|email| made.accounts.get(&email));
    match new {
        Some(label) => Expression::Ours(format!("google_service_account.{label}.name")),
        None => Expression::text(text),
    }
}

/// Returns a member as an expression, with the plan's variables in it. What the plan makes is referred to.
fn holder(holder: &Holder, made: &Made) -> (Expression, Vec<String>) {
    match holder {
        Holder::Member(member) => (of_member(member, made), Vec::new()),
        Holder::Group(_) => {
            let whole = member(holder);
            let names = whole.variables().map(str::to_owned).collect();
            (Expression::filled(&whole), names)
        }
        Holder::Federated {
            pool, identities, ..
        } => {
            let whole = member(holder);
            let Some(label) = made.pools.get(pool) else {
                let names = whole.variables().map(str::to_owned).collect();
                return (Expression::filled(&whole), names);
            };
            let scheme = whole.shown();
            let scheme = scheme.split("://").next().unwrap_or_default().to_owned();
            let behind = identity(identities);
            let mut pieces = vec![
                Inside::Literal(format!("{scheme}://iam.googleapis.com/")),
                Inside::Value(format!("google_iam_workload_identity_pool.{label}.name")),
            ];
            pieces.extend(inside(&behind));
            let names = behind.variables().map(str::to_owned).collect();
            (Expression::Text(pieces), names)
        }
    }
}

fn of_member(member: &Member, made: &Made) -> Expression {
    let new = member.account().and_then(|email| made.accounts.get(email));
    match new {
        Some(label) => Expression::Ours(format!("google_service_account.{label}.member")),
        None => Expression::text(member.as_str()),
    }
}

fn new_pool(pool: &PlannedPool, made: &Made) -> Block {
    let label = made.pools.get(&pool.id).map_or("", String::as_str);
    Block::resource("google_iam_workload_identity_pool", label)
        .text("project", pool.project.as_str())
        .text("workload_identity_pool_id", &pool.id)
}

fn new_provider(provider: &PlannedProvider, made: &Made) -> Drawn {
    let label = label(&[&provider.id, &provider.pool, provider.project.as_str()]);
    let pool = match made.pools.get(&provider.pool) {
        Some(label) => Expression::Ours(format!(
            "google_iam_workload_identity_pool.{label}.workload_identity_pool_id"
        )),
        None => Expression::text(&provider.pool),
    };
    let rule = condition(&provider.condition);
    let (kind, argument, value) = match &provider.issuer {
        PlannedIssuer::Oidc(issuer) => ("oidc", "issuer_uri", Filled::default().value(issuer)),
        PlannedIssuer::Aws(account) => ("aws", "account_id", Filled::default().value(account)),
    };
    let audiences: Vec<Filled> = provider
        .audiences
        .iter()
        .map(|audience| Filled::default().value(audience))
        .collect();
    let variables = rule.variables().chain(value.variables());
    let variables = variables.chain(audiences.iter().flat_map(Filled::variables));
    let variables: Vec<String> = variables.map(str::to_owned).collect();
    let block = Block::resource("google_iam_workload_identity_pool_provider", &label)
        .text("project", provider.project.as_str())
        .set("workload_identity_pool_id", pool)
        .text("workload_identity_pool_provider_id", &provider.id);
    let block = if provider.mapping.is_empty() {
        block
    } else {
        block.set(
            "attribute_mapping",
            Expression::Map(provider.mapping.clone()),
        )
    };
    let block = if provider.condition.is_empty() {
        block
    } else {
        block.set("attribute_condition", Expression::filled(&rule))
    };
    let issuer = Block::new(kind).set(argument, Expression::filled(&value));
    let issuer = if audiences.is_empty() {
        issuer
    } else {
        let audiences = audiences.iter().map(Expression::filled);
        issuer.set("allowed_audiences", Expression::List(audiences.collect()))
    };
    Drawn::Resources {
        blocks: vec![block.with(issuer)],
        variables,
        switch: None,
    }
}

fn new_alert(alert: &Alert) -> Block {
    let name = alert_name(alert);
    let label = label(&[&format!("retired_{}", alert.account.email.local()), &name]);
    let aggregations = Block::new("aggregations")
        .text("alignment_period", "600s")
        .text("per_series_aligner", "ALIGN_SUM");
    let threshold = Block::new("condition_threshold")
        .text("filter", authentications(alert))
        .text("comparison", "COMPARISON_GT")
        .set("threshold_value", Expression::Number(0))
        .text("duration", "0s")
        .with(aggregations);
    Block::resource("google_monitoring_alert_policy", &label)
        .text("project", alert.account.project.as_str())
        .text("display_name", &name)
        .text("combiner", "OR")
        .with(
            Block::new("conditions")
                .text("display_name", &name)
                .with(threshold),
        )
}

fn enforcing(change: &Change, constraint: &Constraint) -> Drawn {
    let Some(parent) = policy_parent(&constraint.on) else {
        return instead(change, "no resource does it:");
    };
    let label = label(&[&constraint.constraint, &parent]);
    let rules = Block::new("rules").text("enforce", "TRUE");
    resource(
        Block::resource("google_org_policy_policy", &label)
            .text(
                "name",
                format!("{parent}/policies/{}", constraint.constraint),
            )
            .text("parent", parent)
            .with(Block::new("spec").with(rules)),
    )
}

/// Returns an existing account, taken over by an `import` block, that a variable disables when its turn has come.
fn disabling(change: &Change, account: &AccountRef, number: usize) -> Drawn {
    // The provider takes no ids of other forms, such as those of default accounts.
    if !is_importable(account) {
        return instead(change, "no resource takes an account of this form:");
    }
    let label = label(&[account.email.local(), account.unique_id.as_str()]);
    let switch = format!("disable_{label}");
    let import = Block::new("import")
        .set(
            "to",
            Expression::Ours(format!("google_service_account.{label}")),
        )
        .text(
            "id",
            format!(
                "projects/{}/serviceAccounts/{}",
                account.project, account.email
            ),
        );
    let lifecycle = Block::new("lifecycle")
        .set(
            "ignore_changes",
            Expression::List(
                ["display_name", "description"]
                    .map(|name| Expression::Ours(name.to_owned()))
                    .to_vec(),
            ),
        )
        .set("prevent_destroy", Expression::Bool(true));
    let block = Block::resource("google_service_account", &label)
        .text("project", account.project.as_str())
        .text("account_id", account.email.local())
        .set("disabled", Expression::Ours(format!("var.{switch}")))
        .with(lifecycle);
    let variable = Block {
        labels: vec![switch],
        ..Block::new("variable")
    }
    .set("type", Expression::Ours("bool".to_owned()))
    .text(
        "description",
        format!(
            "Whether the turn of step {number} has come: {}.",
            words::title(change)
        ),
    )
    .set("default", Expression::Bool(false));
    Drawn::Resources {
        blocks: vec![import, block],
        variables: Vec::new(),
        switch: Some(variable),
    }
}

fn is_importable(account: &AccountRef) -> bool {
    let id = account.email.local();
    let form = (6..=30).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let known = match account.email.class() {
        AccountClass::UserManaged | AccountClass::Firebase => true,
        AccountClass::DefaultCompute
        | AccountClass::DefaultAppEngine
        | AccountClass::LegacyOauthClient
        | AccountClass::ServiceAgent
        | AccountClass::Unknown => false,
    };
    form && known && account.email.project().as_ref() == Some(&account.project)
}

//! Plans as JSON: the contract of `sa-audit plan --format json`.

use std::io::{self, Write as _};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use crate::model;
use crate::model::access::PolicyNode;
use crate::model::attachment::AttachedAccount;
use crate::model::names::{Email, KeyId};
use crate::model::plan::{
    Becomes, ByHand, Change, Holder, PlannedGrant, PlannedIssuer, SwitchHow, Value,
};
use crate::model::scope::AccountRef;

use super::filled::{Filled, condition, member};
use super::gcloud::steps::{Doing, doing};
use super::{proof, words};

/// The ways out of a snapshot's findings, an account each.
///
/// The version in `schema` changes when a key is dropped or changes its meaning. New keys come without a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "sa-audit plan")]
pub struct PlanDocument {
    /// The schema of this document.
    pub schema: PlanSchemaName,
    /// The program that made it, and its version.
    pub tool: String,
    /// The moment of the scan that the plans rest on.
    pub observed_at: DateTime<Utc>,
    /// The plans, by project, then address, then unique id.
    pub plans: Vec<PlanOfAccount>,
}

/// The schema's name and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PlanSchemaName {
    /// The first version.
    #[serde(rename = "sa-audit.plan/1")]
    Plan1,
}

/// The way out for one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanOfAccount {
    /// The account's address.
    pub email: String,
    /// The account's unique id.
    pub unique_id: String,
    /// The id of the account's project.
    pub project: String,
    /// What the plan is worth.
    pub readiness: PlanReadiness,
    /// The findings that it answers.
    pub reasons: Vec<PlanReason>,
    /// The steps, in the order in which they are done.
    pub steps: Vec<PlanStep>,
    /// What is not known and has to be filled in.
    pub variables: Vec<PlanVariable>,
    /// What the reader has to know beside the steps.
    pub notes: Vec<String>,
    /// What the replay of the observed calls says of it.
    pub proof: PlanProof,
}

/// What a plan is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanReadiness {
    /// Every step finds something out, and none changes what anybody may do.
    FindOut,
    /// No call was logged that could be replayed: nothing speaks against the steps, and nothing for them.
    NotContradicted,
    /// Calls were replayed, none would be denied, and the planned state is no worse.
    Proved,
    /// What is known of the account's access does not explain what was seen: copy, and look by hand.
    Manual,
    /// A step would deny a call that was seen, or leave the account worse.
    Failed,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanReason {
    /// The rule's id.
    pub rule: String,
    /// The finding's fingerprint, 64 hexadecimal digits.
    pub fingerprint: String,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanStep {
    /// Its number, counted from 1.
    pub number: u64,
    /// The part of the way that it belongs to.
    pub stage: PlanStage,
    /// What is done.
    pub kind: PlanStepKind,
    /// What is done, as an instruction.
    pub title: String,
    /// Why, in one sentence.
    pub why: String,
    /// What it can break.
    pub risk: PlanRisk,
    /// The findings that ask for it.
    pub reasons: Vec<PlanReason>,
    /// What it is about.
    pub about: PlanAbout,
    /// Why a role is given that nothing was seen to need; null where something was, or none is given.
    pub kept: Option<String>,
    /// What has to be true before it is done, in sentences.
    pub checks: Vec<String>,
    /// How long to wait before it; null: not at all.
    pub wait: Option<PlanWait>,
    /// How to see that it worked, in sentences.
    pub verify: Vec<String>,
    /// The commands that do it, for bash, variables in capitals; none where a person does it.
    pub commands: Vec<String>,
    /// The commands that take it back; none where none does at once.
    pub undo: Vec<String>,
}

/// The parts of the way out, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanStage {
    /// Find out what is not known.
    Prepare,
    /// Make the new identities and give them what they need.
    Replace,
    /// Move the workloads to them.
    Switch,
    /// Take from each new identity what it was not seen to use.
    Narrow,
    /// Switch off what nothing uses any more.
    Disable,
    /// Delete it.
    Delete,
    /// Keep it from coming back.
    Guard,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanStepKind {
    /// Makes a service account.
    CreateAccount,
    /// Gives a role.
    Grant,
    /// Takes a role away.
    Revoke,
    /// Lets a resource run as another account.
    Switch,
    /// Makes a workload identity pool.
    CreatePool,
    /// Makes a provider in a pool.
    CreateProvider,
    /// Lets a caller outside Google Cloud sign in by federation.
    Federate,
    /// Lets people sign in as themselves.
    UsePersonalLogin,
    /// Lets a workload use the account attached to it.
    UseAttachedAccount,
    /// Makes a fresh key for a service that can take nothing else.
    RotateKey,
    /// Switches a key off.
    DisableKey,
    /// Switches a key on again.
    EnableKey,
    /// Deletes a key.
    DeleteKey,
    /// Switches an account off.
    DisableAccount,
    /// Switches an account on again.
    EnableAccount,
    /// Deletes an account.
    DeleteAccount,
    /// Brings an account back.
    UndeleteAccount,
    /// Tells somebody when something retired is tried again.
    CreateAlert,
    /// Switches on Data Access logs.
    EnableAuditLogs,
    /// Enforces an organization policy.
    EnforceConstraint,
    /// Something that only a person can see or do.
    ByHand,
}

/// What a step can break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanRisk {
    /// It changes nothing.
    None,
    /// It can be taken back at once.
    Reversible,
    /// It can interrupt something that runs.
    Disruptive,
    /// It cannot be taken back.
    Irreversible,
}

/// What a step is about: what does not apply is null. A value that somebody has to fill in stands as `<name>`, by the name
/// of the plan's variable.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct PlanAbout {
    /// The address of the account that is made, switched, retired or impersonated.
    pub email: Option<String>,
    /// That account's unique id; null for one that is made.
    pub unique_id: Option<String>,
    /// The key's id.
    pub key: Option<String>,
    /// The id of the project in which something is made.
    pub project: Option<String>,
    /// The workload, by its id.
    pub workload: Option<String>,
    /// The resource: that has the policy, is switched, or names the account. Its full resource name.
    pub resource: Option<String>,
    /// The resource's type, as Asset Inventory names it.
    pub asset_type: Option<String>,
    /// The account that the resource runs as.
    pub from: Option<String>,
    /// The accounts that it is to run as, or to name.
    pub to: Vec<String>,
    /// How the resource is switched.
    pub how: Option<PlanSwitchHow>,
    /// The member, as policies write it.
    pub member: Option<String>,
    /// The role's name.
    pub role: Option<String>,
    /// When the role is held, in CEL, or which tokens a provider takes; null: always.
    pub condition: Option<String>,
    /// The pool's id.
    pub pool: Option<String>,
    /// The provider's id.
    pub provider: Option<String>,
    /// The address of the issuer, or the number of the AWS account.
    pub issuer: Option<String>,
    /// What a token's claims become.
    pub mapping: Vec<PlanMapping>,
    /// What the caller runs on, as far as it is known.
    pub platform: Option<String>,
    /// The service whose logs are switched on.
    pub service: Option<String>,
    /// Which kinds of logs.
    pub log_types: Vec<String>,
    /// The constraint that is enforced.
    pub constraint: Option<String>,
}

/// A mapping of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanMapping {
    /// The attribute.
    pub attribute: String,
    /// What it becomes, in CEL.
    pub claim: String,
}

/// How a resource is switched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanSwitchHow {
    /// By an update.
    Update,
    /// Stopped, set, started.
    StopAndStart,
    /// Made again beside the old one.
    Recreate,
    /// By its next launch.
    NextLaunch,
    /// By an annotation.
    Annotate,
    /// As its documentation says.
    ByHand,
}

/// A wait before a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanWait {
    /// At least this many seconds.
    pub seconds: i64,
    /// The wait in words.
    pub words: String,
}

/// Something that a plan needs and the scan could not see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanVariable {
    /// Its name.
    pub name: String,
    /// What it is, and where to read it.
    pub meaning: String,
    /// A regular expression that every right value meets.
    pub pattern: String,
}

/// What the replay of the observed calls says of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanProof {
    /// What it comes to, in one sentence.
    pub sentence: String,
    /// How many logged calls that were granted were replayed behind every step.
    pub calls: u64,
    /// In how many groups of workload, permission and resource.
    pub groups: u64,
    /// Calls that today's bindings would deny although they were granted.
    pub blind: Vec<PlanDenial>,
    /// Calls that a step would deny.
    pub denied: Vec<PlanDenial>,
    /// Findings that the planned state would have and today's has not, or that would be worse.
    pub worse: Vec<PlanReason>,
    /// Findings that the plan was to end and that would still stand.
    pub unanswered: Vec<PlanReason>,
    /// Services whose calls were logged over the whole window.
    pub logged: Vec<String>,
    /// Services whose calls were not.
    pub unlogged: Vec<String>,
    /// What was not looked at and can deny or allow a call.
    pub not_read: Vec<String>,
}

/// An observed call that a state of the bindings would deny.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanDenial {
    /// The number of the step behind which it would be; null: today.
    pub step: Option<u64>,
    /// The workload that called, by its id; null where none is known.
    pub workload: Option<String>,
    /// The identity that it would have.
    pub identity: String,
    /// The permission; null for the sign-in itself.
    pub permission: Option<String>,
    /// The resource; null where none is named.
    pub resource: Option<String>,
    /// How often it was seen.
    pub count: u64,
    /// Why it would be denied, or cannot be told not to be.
    pub why: String,
}

/// Writes the plans to `out`, indented, with a newline at the end.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(
    plans: &[model::plan::Plan],
    observed_at: DateTime<Utc>,
    tool: &str,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let document = PlanDocument {
        schema: PlanSchemaName::Plan1,
        tool: tool.to_owned(),
        observed_at,
        plans: plans.iter().map(PlanOfAccount::from).collect(),
    };
    // The serialiser writes token by token.
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &document)?;
    writeln!(out)?;
    out.flush()
}

/// Returns the JSON Schema (draft 2020-12) of what [`render`] writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<PlanDocument>()
        .into()
}

impl From<&model::plan::Plan> for PlanOfAccount {
    fn from(plan: &model::plan::Plan) -> Self {
        let steps = plan.steps.iter().enumerate();
        Self {
            email: plan.account.email.to_string(),
            unique_id: plan.account.unique_id.to_string(),
            project: plan.account.project.to_string(),
            readiness: plan.readiness().into(),
            reasons: reasons(&plan.reasons),
            steps: steps.map(|(index, step)| step_of(index, step)).collect(),
            variables: plan.variables.iter().map(PlanVariable::from).collect(),
            notes: plan.notes.iter().map(ToString::to_string).collect(),
            proof: PlanProof::from(plan),
        }
    }
}

fn reasons(reasons: &[model::plan::Reason]) -> Vec<PlanReason> {
    let reason = |reason: &model::plan::Reason| PlanReason {
        rule: reason.rule.to_owned(),
        fingerprint: reason.fingerprint.to_string(),
    };
    reasons.iter().map(reason).collect()
}

fn step_of(index: usize, step: &model::plan::Step) -> PlanStep {
    let undo = step.change.undo();
    PlanStep {
        number: number(index),
        stage: step.stage.into(),
        kind: kind(&step.change),
        title: words::title(&step.change).to_string(),
        why: step.why.to_string(),
        risk: step.change.risk().into(),
        reasons: reasons(&step.reasons),
        about: about(&step.change),
        kept: words::kept(&step.change).map(str::to_owned),
        checks: step
            .checks
            .iter()
            .map(|check| words::check(check).to_string())
            .collect(),
        wait: step.wait.map(|wait| PlanWait {
            seconds: wait.at_least.num_seconds(),
            words: words::wait(wait),
        }),
        verify: step
            .verify
            .iter()
            .map(|sign| words::verification(sign).to_string())
            .collect(),
        commands: commands(&step.change),
        undo: undo.as_ref().map(commands).unwrap_or_default(),
    }
}

fn number(index: usize) -> u64 {
    (index as u64).saturating_add(1)
}

fn commands(change: &Change) -> Vec<String> {
    match doing(change) {
        Doing::Run(commands) => commands.iter().map(|command| command.shown()).collect(),
        Doing::ByHand(_) => Vec::new(),
    }
}

impl From<model::plan::Readiness> for PlanReadiness {
    fn from(readiness: model::plan::Readiness) -> Self {
        match readiness {
            model::plan::Readiness::FindOut => Self::FindOut,
            model::plan::Readiness::NotContradicted => Self::NotContradicted,
            model::plan::Readiness::Proved => Self::Proved,
            model::plan::Readiness::Manual => Self::Manual,
            model::plan::Readiness::Failed => Self::Failed,
        }
    }
}

impl From<model::plan::Stage> for PlanStage {
    fn from(stage: model::plan::Stage) -> Self {
        use model::plan::Stage;
        match stage {
            Stage::Prepare => Self::Prepare,
            Stage::Replace => Self::Replace,
            Stage::Switch => Self::Switch,
            Stage::Narrow => Self::Narrow,
            Stage::Disable => Self::Disable,
            Stage::Delete => Self::Delete,
            Stage::Guard => Self::Guard,
        }
    }
}

impl From<model::action::Risk> for PlanRisk {
    fn from(risk: model::action::Risk) -> Self {
        use model::action::Risk;
        match risk {
            Risk::None => Self::None,
            Risk::Reversible => Self::Reversible,
            Risk::Disruptive => Self::Disruptive,
            Risk::Irreversible => Self::Irreversible,
        }
    }
}

impl From<SwitchHow> for PlanSwitchHow {
    fn from(how: SwitchHow) -> Self {
        match how {
            SwitchHow::Update => Self::Update,
            SwitchHow::StopAndStart => Self::StopAndStart,
            SwitchHow::Recreate => Self::Recreate,
            SwitchHow::NextLaunch => Self::NextLaunch,
            SwitchHow::Annotate => Self::Annotate,
            SwitchHow::ByHand => Self::ByHand,
        }
    }
}

pub(super) fn kind(change: &Change) -> PlanStepKind {
    match change {
        Change::CreateAccount(_) => PlanStepKind::CreateAccount,
        Change::Grant(_) => PlanStepKind::Grant,
        Change::Revoke(_) => PlanStepKind::Revoke,
        Change::Switch(_) => PlanStepKind::Switch,
        Change::CreatePool(_) => PlanStepKind::CreatePool,
        Change::CreateProvider(_) => PlanStepKind::CreateProvider,
        Change::Federate(_) => PlanStepKind::Federate,
        Change::UsePersonalLogin { .. } => PlanStepKind::UsePersonalLogin,
        Change::UseAttachedAccount { .. } => PlanStepKind::UseAttachedAccount,
        Change::RotateKey { .. } => PlanStepKind::RotateKey,
        Change::DisableKey(_) => PlanStepKind::DisableKey,
        Change::EnableKey(_) => PlanStepKind::EnableKey,
        Change::DeleteKey(_) => PlanStepKind::DeleteKey,
        Change::DisableAccount(_) => PlanStepKind::DisableAccount,
        Change::EnableAccount(_) => PlanStepKind::EnableAccount,
        Change::DeleteAccount(_) => PlanStepKind::DeleteAccount,
        Change::UndeleteAccount(_) => PlanStepKind::UndeleteAccount,
        Change::CreateAlert(_) => PlanStepKind::CreateAlert,
        Change::EnableAuditLogs(_) => PlanStepKind::EnableAuditLogs,
        Change::EnforceConstraint(_) => PlanStepKind::EnforceConstraint,
        Change::ByHand(_) => PlanStepKind::ByHand,
    }
}

fn about(change: &Change) -> PlanAbout {
    let none = PlanAbout::default;
    match change {
        Change::CreateAccount(account) => PlanAbout {
            email: Some(account.email.to_string()),
            project: Some(account.project.to_string()),
            workload: Some(account.workload.clone()),
            ..none()
        },
        Change::Grant(grant) | Change::Revoke(grant) => of_grant(grant),
        Change::Switch(switch) => PlanAbout {
            workload: Some(switch.workload.clone()),
            resource: Some(switch.resource.as_str().to_owned()),
            asset_type: Some(switch.asset_type.clone()),
            from: Some(switch.from.to_string()),
            to: vec![switch.to.to_string()],
            how: Some(switch.how.into()),
            ..none()
        },
        Change::CreatePool(pool) => PlanAbout {
            project: Some(pool.project.to_string()),
            pool: Some(pool.id.clone()),
            ..none()
        },
        Change::CreateProvider(provider) => of_provider(provider),
        Change::Federate(federate) => {
            let (email, holder) = match &federate.becomes {
                Becomes::Itself(holder) => (None, holder),
                Becomes::Account { email, holder, .. } => (Some(email.to_string()), holder),
            };
            PlanAbout {
                email,
                key: Some(federate.key.key.to_string()),
                workload: Some(federate.workload.clone()),
                member: Some(shown(holder)),
                pool: Some(federate.pool.clone()),
                provider: Some(federate.provider.clone()),
                platform: Some(words::platform(federate.platform).to_owned()),
                ..none()
            }
        }
        Change::UsePersonalLogin { account, key, to } => PlanAbout {
            to: vec![to.to_string()],
            ..of_account(account, Some(key))
        },
        Change::UseAttachedAccount {
            account,
            key,
            workload,
            to,
        } => PlanAbout {
            workload: Some(workload.clone()),
            to: vec![to.to_string()],
            ..of_account(account, Some(key))
        },
        Change::RotateKey { account, key } => PlanAbout {
            email: Some(account.to_string()),
            key: Some(key.to_string()),
            ..none()
        },
        Change::DisableKey(key) | Change::EnableKey(key) | Change::DeleteKey(key) => {
            of_account(&key.account, Some(&key.key))
        }
        Change::DisableAccount(account)
        | Change::EnableAccount(account)
        | Change::DeleteAccount(account)
        | Change::UndeleteAccount(account) => of_account(account, None),
        Change::CreateAlert(alert) => of_account(&alert.account, alert.key.as_ref()),
        Change::EnableAuditLogs(logs) => PlanAbout {
            project: Some(logs.project.to_string()),
            service: Some(logs.service.clone()),
            log_types: words::types(&logs.types)
                .into_iter()
                .map(str::to_owned)
                .collect(),
            ..none()
        },
        Change::EnforceConstraint(constraint) => PlanAbout {
            resource: Some(name(&constraint.on)),
            constraint: Some(constraint.constraint.clone()),
            ..none()
        },
        Change::ByHand(by_hand) => of_by_hand(by_hand),
    }
}

fn of_account(account: &AccountRef, key: Option<&KeyId>) -> PlanAbout {
    PlanAbout {
        email: Some(account.email.to_string()),
        unique_id: Some(account.unique_id.to_string()),
        key: key.map(ToString::to_string),
        ..PlanAbout::default()
    }
}

fn of_grant(grant: &PlannedGrant) -> PlanAbout {
    let condition = grant.condition.as_ref();
    PlanAbout {
        resource: Some(name(&grant.on)),
        member: Some(shown(&grant.member)),
        role: Some(grant.role.clone()),
        condition: condition.map(|condition| condition.expression.clone()),
        ..PlanAbout::default()
    }
}

fn of_provider(provider: &model::plan::PlannedProvider) -> PlanAbout {
    let (PlannedIssuer::Oidc(issuer) | PlannedIssuer::Aws(issuer)) = &provider.issuer;
    let mapping = provider.mapping.iter();
    PlanAbout {
        project: Some(provider.project.to_string()),
        condition: (!provider.condition.is_empty()).then(|| condition(&provider.condition).shown()),
        pool: Some(provider.pool.clone()),
        provider: Some(provider.id.clone()),
        issuer: Some(value(issuer)),
        mapping: mapping
            .map(|(attribute, claim)| PlanMapping {
                attribute: attribute.clone(),
                claim: claim.clone(),
            })
            .collect(),
        ..PlanAbout::default()
    }
}

fn of_by_hand(by_hand: &ByHand) -> PlanAbout {
    match by_hand {
        ByHand::FindOwner(account) => of_account(account, None),
        ByHand::FindCaller { key, .. } => of_account(&key.account, Some(&key.key)),
        ByHand::Federate { key, platform } => PlanAbout {
            platform: Some(platform.clone()),
            ..of_account(&key.account, Some(&key.key))
        },
        ByHand::ReplaceReference { reference, to } => {
            let (email, unique_id) = match &reference.account {
                AttachedAccount::Email(email) | AttachedAccount::Default(email) => {
                    (Some(email.to_string()), None)
                }
                AttachedAccount::UniqueId(id) => (None, Some(id.to_string())),
            };
            PlanAbout {
                email,
                unique_id,
                resource: Some(reference.resource.as_str().to_owned()),
                asset_type: Some(reference.asset_type.clone()),
                to: to.iter().map(Email::to_string).collect(),
                ..PlanAbout::default()
            }
        }
        ByHand::Other(_) => PlanAbout::default(),
    }
}

fn name(on: &PolicyNode) -> String {
    on.full_name().as_str().to_owned()
}

fn shown(holder: &Holder) -> String {
    member(holder).shown()
}

fn value(value: &Value) -> String {
    Filled::default().value(value).shown()
}

impl From<&model::plan::Variable> for PlanVariable {
    fn from(variable: &model::plan::Variable) -> Self {
        Self {
            name: variable.name.clone(),
            meaning: variable.meaning.to_owned(),
            pattern: variable.pattern.to_owned(),
        }
    }
}

impl From<&model::plan::Plan> for PlanProof {
    fn from(plan: &model::plan::Plan) -> Self {
        let proof = &plan.proof;
        Self {
            sentence: proof::sentence(plan),
            calls: proof.calls,
            groups: proof.groups,
            blind: proof.blind.iter().map(PlanDenial::from).collect(),
            denied: proof.denied.iter().map(PlanDenial::from).collect(),
            worse: reasons(&proof.worse),
            unanswered: reasons(&proof.unanswered),
            logged: proof.logged.clone(),
            unlogged: proof.unlogged.clone(),
            not_read: proof
                .not_read
                .iter()
                .map(|text| (*text).to_owned())
                .collect(),
        }
    }
}

impl From<&model::plan::Denial> for PlanDenial {
    fn from(denial: &model::plan::Denial) -> Self {
        let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            step: denial.after.map(number),
            workload: known(&denial.workload),
            identity: denial.identity.clone(),
            permission: known(&denial.permission),
            resource: known(&denial.resource),
            count: denial.count,
            why: proof::why(denial.why).to_owned(),
        }
    }
}

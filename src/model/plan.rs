//! A plan: the way out for one account, as typed steps. Their text, as sentence, command, Terraform or workflow, is drawn
//! by `render`.
//!
//! A finding's [`Action`](super::action::Action) says what should become of something; a [`Change`] is one thing that
//! somebody does, small enough that a command can be written for it, or that a person is told exactly what to look at.
//! The two are apart so that what writes commands has no arm that cannot be a command.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use super::access::{AuditLogType, Condition, PolicyNode};
use super::action::Risk;
use super::finding::Fingerprint;
use super::message::Message;
use super::names::{Email, FullResourceName, KeyId, Member, ProjectId};
use super::reference::Reference;
use super::scope::AccountRef;

/// The way out for one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The account.
    pub account: AccountRef,
    /// The moment of the scan that the plan rests on, UTC.
    pub observed_at: DateTime<Utc>,
    /// The findings that it answers, sorted.
    pub reasons: Vec<Reason>,
    /// The steps, in the order in which they are done.
    pub steps: Vec<Step>,
    /// What is not known and has to be filled in, by name.
    pub variables: Vec<Variable>,
    /// What the reader has to know beside the steps: what is kept and why, what manages the account elsewhere.
    pub notes: Vec<Message>,
    /// What the replay of the observed calls says of it.
    pub proof: Proof,
}

/// A finding that a plan or step answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The rule's id.
    pub rule: &'static str,
    /// The finding.
    pub fingerprint: Fingerprint,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Part of the way that it belongs to. Steps of an earlier stage come first.
    pub stage: Stage,
    /// What is done.
    pub change: Change,
    /// Why, in one sentence.
    pub why: Message,
    /// The findings that ask for it, sorted.
    pub reasons: Vec<Reason>,
    /// What has to be true before it is done.
    pub checks: Vec<Check>,
    /// How long to wait before it, behind the step before.
    pub wait: Option<Wait>,
    /// How to see that it worked.
    pub verify: Vec<Verification>,
}

/// The parts of the way out, in order: replacement before removal, reversible before irreversible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Find out what is not known, and see later what would otherwise go unseen.
    Prepare,
    /// Make the new identities and give them what they need.
    Replace,
    /// Move the workloads to them.
    Switch,
    /// Take from each new identity what it was not seen to use.
    Narrow,
    /// Switch off what nothing uses any more.
    Disable,
    /// Delete it. None of this can be taken back for good.
    Delete,
    /// Keep it from coming back.
    Guard,
}

/// One thing that is done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Make a service account.
    CreateAccount(NewAccount),
    /// Give a role.
    Grant(PlannedGrant),
    /// Take a role away.
    Revoke(PlannedGrant),
    /// Let a resource run as another account.
    Switch(Switch),
    /// Make a workload identity pool.
    CreatePool(PlannedPool),
    /// Make a provider in a pool.
    CreateProvider(PlannedProvider),
    /// Let a caller outside Google Cloud sign in by federation in place of a key.
    Federate(Federate),
    /// Let people sign in as themselves, and impersonate the account where they must.
    UsePersonalLogin {
        /// The account that they used by a key.
        account: AccountRef,
        /// The key.
        key: KeyId,
        /// The account that they impersonate where they must: the same, or one that the plan makes for them.
        to: Email,
    },
    /// Let something that runs on Google Cloud use the account attached to it in place of a key.
    UseAttachedAccount {
        /// The account.
        account: AccountRef,
        /// The key.
        key: KeyId,
        /// The workload that uses the key, by its id.
        workload: String,
        /// The account that is to be attached: the same, or one that the plan makes for the workload.
        to: Email,
    },
    /// Make a fresh key for a service that can take nothing else, in place of the old one.
    RotateKey {
        /// The account, one that nothing else uses.
        account: Email,
        /// The key that it replaces.
        key: KeyId,
    },
    /// Switch a key off.
    DisableKey(KeyRef),
    /// Switch a key on again.
    EnableKey(KeyRef),
    /// Delete a key.
    DeleteKey(KeyRef),
    /// Switch an account off; its bindings stay.
    DisableAccount(AccountRef),
    /// Switch an account on again.
    EnableAccount(AccountRef),
    /// Delete an account.
    DeleteAccount(AccountRef),
    /// Bring an account back within 30 days, by its unique id.
    UndeleteAccount(AccountRef),
    /// Tell somebody when a retired account or key is tried again.
    CreateAlert(Alert),
    /// Switch on Data Access logs.
    EnableAuditLogs(AuditLogs),
    /// Enforce an organization policy.
    EnforceConstraint(Constraint),
    /// Something that only a person can see or do.
    ByHand(ByHand),
}

/// A service account that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewAccount {
    /// The project that it is made in.
    pub project: ProjectId,
    /// Its id: the part before the `@`, 6 to 30 characters of `[a-z]([-a-z0-9]*[a-z0-9])`.
    pub id: String,
    /// Its address, which follows from the two.
    pub email: Email,
    /// The workload that it is for, by its id.
    pub workload: String,
    /// The workload's name: a stranger's text.
    pub workload_name: String,
}

impl NewAccount {
    /// Returns the account as a place of policies. It has no unique id yet, so it stands by its address.
    #[must_use]
    pub fn node(&self) -> PolicyNode {
        let name = format!(
            "//iam.googleapis.com/projects/{}/serviceAccounts/{}",
            self.project, self.email
        );
        PolicyNode::Resource(FullResourceName::parse(&name).expect("it starts with two slashes"))
    }

    /// Returns the mark in the account's description by which a later scan knows that it was made for this workload:
    /// `sa-audit:` and 16 hexadecimal digits.
    #[must_use]
    pub fn mark(workload: &str) -> String {
        let digest = Sha256::digest(workload.as_bytes());
        let digits: String = digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("sa-audit:{digits}")
    }
}

/// A role that is given or taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedGrant {
    /// Who holds it.
    pub member: Holder,
    /// The role's name.
    pub role: String,
    /// Where the binding stands.
    pub on: PolicyNode,
    /// When it holds; `None`: always.
    pub condition: Option<Condition>,
    /// Why it is given although nothing was seen to need it; `None`: something was.
    pub kept: Option<Kept>,
}

/// Who a planned role is given to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// A member that can be written down now.
    Member(Member),
    /// A Google group, by its address, which may be unknown.
    Group(Value),
    /// A federated identity, or a set of them, of a pool; parts of it may be unknown.
    Federated {
        /// The number of the pool's project: members name no project by id.
        project_number: Value,
        /// The pool's id.
        pool: String,
        /// Which identities of the pool.
        identities: Identities,
    },
}

/// Which identities of a pool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identities {
    /// One, by its subject.
    Subject(Value),
    /// All whose attribute has the value: `repository_id` = `123`.
    Attribute {
        /// The attribute's name.
        name: String,
        /// Its value.
        value: Value,
    },
}

/// A text that is known, or that somebody has to fill in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// It is known.
    Known(String),
    /// It is the value of the plan's variable of this name.
    Variable(String),
}

/// Something that a plan needs and the scan could not see. Never an invented value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variable {
    /// Its name: `[a-z][a-z0-9_]*`, so that it is one in Terraform, and in a shell in capitals.
    pub name: String,
    /// What it is, and where to read it.
    pub meaning: &'static str,
    /// A regular expression that every right value meets, anchored at both ends.
    pub pattern: &'static str,
}

/// Why a binding is kept that nothing was seen to need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// Everything is copied before anything is narrowed.
    Copied,
    /// Its use would not have been logged, or not over the whole window.
    Unseen,
    /// This kind of workload needs it and never shows it.
    Floor,
    /// It holds under a condition, which is not evaluated here.
    Conditional,
    /// The role's definition is not known.
    UnknownRole,
}

/// A resource that is to run as another account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Switch {
    /// The workload, by its id.
    pub workload: String,
    /// The resource.
    pub resource: FullResourceName,
    /// Its type as Asset Inventory names it: `run.googleapis.com/Service`.
    pub asset_type: String,
    /// Where it is; `None` for a global one.
    pub location: Option<String>,
    /// The account that it runs as.
    pub from: Email,
    /// The account that it is to run as.
    pub to: Email,
    /// How that is done.
    pub how: SwitchHow,
}

/// How a resource is given another account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SwitchHow {
    /// An update, which rolls out a new revision or takes effect with the next run.
    Update,
    /// A virtual machine: stop, set, start.
    StopAndStart,
    /// It has no such update: a new one is made beside it, and the old one deleted.
    Recreate,
    /// The next launch names the new account; what runs now ends as the old one.
    NextLaunch,
    /// A Kubernetes service account: its annotation names the new account.
    Annotate,
    /// No command is known: its own documentation says how.
    ByHand,
}

/// A workload identity pool that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedPool {
    /// The project that it is made in.
    pub project: ProjectId,
    /// Its id, 4 to 32 characters of `[a-z0-9-]`.
    pub id: String,
}

/// A provider that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlannedProvider {
    /// The project that has the pool.
    pub project: ProjectId,
    /// The pool's id.
    pub pool: String,
    /// Its id, 4 to 32 characters of `[a-z0-9-]`.
    pub id: String,
    /// Whose tokens it takes.
    pub issuer: PlannedIssuer,
    /// The audiences that a token may name; none: the provider's own name.
    pub audiences: Vec<Value>,
    /// What a token's claims become, by the attribute: `google.subject` → `assertion.sub`.
    pub mapping: Vec<(String, String)>,
    /// The condition, all parts of which have to hold.
    pub condition: Vec<Claim>,
}

/// Whose tokens a planned provider takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlannedIssuer {
    /// An issuer of the `OpenID` Connect protocol, by address.
    Oidc(Value),
    /// An AWS account, by number.
    Aws(Value),
}

/// A part of a provider's condition: a claim has this value, by an id that is never given out again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// The claim in CEL: `assertion.repository_owner_id`.
    pub claim: String,
    /// How the value is compared.
    pub test: ClaimTest,
    /// Its value.
    pub value: Value,
}

/// How a claim is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimTest {
    /// It is the value.
    Equals,
    /// It starts with the value.
    StartsWith,
}

/// A caller outside Google Cloud that is to sign in by federation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Federate {
    /// The workload, by its id.
    pub workload: String,
    /// What it runs on.
    pub platform: Platform,
    /// The key that it uses now.
    pub key: KeyRef,
    /// The number of the pool's project.
    pub project_number: Value,
    /// The pool's id.
    pub pool: String,
    /// The provider's id.
    pub provider: String,
    /// Whom it becomes.
    pub becomes: Becomes,
}

/// Whom a federated caller becomes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Becomes {
    /// Itself: it is given the roles directly.
    Itself(Holder),
    /// The account, which it impersonates, since something that it calls takes no federated identity.
    Account {
        /// The account.
        email: Email,
        /// Who may impersonate it.
        holder: Holder,
        /// Why it cannot be itself.
        why: Message,
    },
}

/// What a caller outside Google Cloud runs on, and whose tokens it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Platform {
    /// GitHub Actions.
    GitHubActions,
    /// GitLab CI/CD.
    GitLab,
    /// HCP Terraform.
    HcpTerraform,
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// Kubernetes outside Google Cloud.
    Kubernetes,
}

/// A key, with its account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyRef {
    /// The key's account.
    pub account: AccountRef,
    /// The key.
    pub key: KeyId,
}

/// An alert on the authentications of something that is being retired.
///
/// Source: <https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-iam>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alert {
    /// The account.
    pub account: AccountRef,
    /// The key; `None`: the account as a whole.
    pub key: Option<KeyId>,
}

/// Data Access logs that are to be switched on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditLogs {
    /// The project.
    pub project: ProjectId,
    /// The service: `storage.googleapis.com`.
    pub service: String,
    /// Which kinds, sorted.
    pub types: Vec<AuditLogType>,
}

/// An organization policy that is to be enforced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Constraint {
    /// The constraint: `iam.disableServiceAccountKeyCreation`.
    pub constraint: String,
    /// Where.
    pub on: PolicyNode,
}

/// Something that only a person can see or do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ByHand {
    /// Ask who owns the account and what it is for.
    FindOwner(AccountRef),
    /// Find out who calls with a key, and look again when the logs have told.
    FindCaller {
        /// The key.
        key: KeyRef,
        /// When to look again, UTC.
        again: DateTime<Utc>,
    },
    /// Set up federation for a caller whose issuer this program does not know: what is needed, in words.
    Federate {
        /// The key.
        key: KeyRef,
        /// What the caller runs on, as far as it is known: a stranger's text.
        platform: String,
    },
    /// Change what names the account by its plain address: a policy's members are not all.
    ReplaceReference {
        /// What names it.
        reference: Reference,
        /// The accounts that it should name, sorted; none: nothing any more.
        to: Vec<Email>,
    },
    /// Make the next version of a template, group or build name the new account, or nothing.
    Other(Message),
}

/// What has to be true before a step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The account, or its key, was not used since the scan that the plan rests on.
    NotUsedSince {
        /// The account.
        account: AccountRef,
        /// The key; `None`: the account as a whole.
        key: Option<KeyId>,
        /// The scan, UTC.
        since: DateTime<Utc>,
    },
    /// No domain-wide delegation names the account: the Admin console lists client ids, and this one's is its unique id.
    NoDomainWideDelegation(AccountRef),
    /// Nothing names the account by its plain address.
    NoReferences(AccountRef),
    /// No disk is encrypted as the account (`kmsKeyServiceAccount`).
    NoDisks(AccountRef),
    /// The account, or the key, is disabled.
    Disabled {
        /// The account.
        account: AccountRef,
        /// The key; `None`: the account.
        key: Option<KeyId>,
    },
    /// The account has fewer than the ten keys that it may have.
    FreeKeySlot(Email),
    /// Every workload of the list runs as its new account, by ids.
    Switched(Vec<String>),
}

/// How long to wait before a step, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wait {
    /// At least this long.
    pub at_least: TimeDelta,
    /// For what.
    pub until: WaitFor,
}

/// What a wait is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitFor {
    /// Until new bindings hold everywhere.
    Propagation,
    /// Until tokens that were minted before have run out.
    Tokens,
    /// Until everything that runs seldom has run once.
    BusinessCycle,
    /// Until nobody has missed what is switched off.
    Quiet,
    /// Until a full window of logs tells of the workload on its own account.
    Window,
    /// Until a deleted account can no longer be brought back.
    Undelete,
}

/// How to see that a step worked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verification {
    /// The resource names the account.
    ResourceNames {
        /// The resource.
        resource: FullResourceName,
        /// The account.
        account: Email,
    },
    /// The account is seen in use.
    AccountSeen(Email),
    /// The key is no longer seen in use.
    KeySilent(KeyRef),
    /// The account is no longer seen in use.
    AccountSilent(AccountRef),
    /// The binding stands in the policy.
    BindingStands(PlannedGrant),
}

/// What the replay of the observed calls says of a plan.
///
/// It claims no more than was seen: what was not logged was not replayed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proof {
    /// How many logged calls that were granted were replayed after every step.
    pub calls: u64,
    /// In how many groups of workload, permission and resource.
    pub groups: u64,
    /// Calls that today's bindings would deny although they were granted: the access model is blind there. With a step,
    /// calls of those who sign in by hand behind it, of whom nothing can be told.
    pub blind: Vec<Denial>,
    /// Calls that a step would deny.
    pub denied: Vec<Denial>,
    /// Findings that the planned state would have and today's has not, or that would be worse.
    pub worse: Vec<Reason>,
    /// Findings that the plan was to end and that would still stand.
    pub unanswered: Vec<Reason>,
    /// Services that the account was seen to call or may call, whose calls were logged over the whole window. Sorted.
    pub logged: Vec<String>,
    /// Those whose calls were not, and whose roles are therefore copied unchanged. Sorted.
    pub unlogged: Vec<String>,
    /// What was not looked at and can deny or allow a call, in words.
    pub not_read: Vec<&'static str>,
}

/// An observed call that a state of the bindings would deny.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Denial {
    /// Behind which step, counted from 0; `None`: today.
    pub after: Option<usize>,
    /// The workload that called, by its id; empty where none is known.
    pub workload: String,
    /// The identity that it would have; empty where that is not known.
    pub identity: String,
    /// The permission; empty where it is the sign-in itself, of a caller without logged calls.
    pub permission: String,
    /// The resource; empty where none is named.
    pub resource: String,
    /// How often it was seen.
    pub count: u64,
    /// Why it is denied, or why it cannot be told that it is not.
    pub why: WhyDenied,
}

/// Why a state of the bindings does not allow a call, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WhyDenied {
    /// No binding that was read gives the permission there.
    NotGranted,
    /// A binding under a condition gives it, other than the one that gives it today; conditions are not evaluated.
    Conditional,
    /// No role that is known gives it, and there is one whose definition is not.
    UnknownRole,
    /// The binding that gives it is younger than ten minutes, and may not hold everywhere yet.
    NotPropagated,
    /// What the caller signs in as, by or with is switched off, deleted, or not made yet.
    NoIdentity,
    /// Where the resource lies is not known, or outside of what was scanned.
    UnknownPlace,
    /// How the caller signs in is set up by hand, and not known.
    ByHand,
}

/// What a plan is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Readiness {
    /// Every step finds something out, and none changes what anybody may do: there is nothing to prove yet.
    FindOut,
    /// No call was logged that could be replayed. Nothing speaks against the steps, and nothing for them.
    NotContradicted,
    /// Calls were replayed, none would be denied, and the planned state is no worse.
    Proved,
    /// The access model does not explain what was seen: copy, and look by hand.
    Manual,
    /// A step would deny a call that was seen, or leave the account worse.
    Failed,
}

impl Plan {
    /// Returns what the plan is worth.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let readiness = self.proof.readiness();
        let finds_out =
            !self.steps.is_empty() && self.steps.iter().all(|step| step.change.finds_out());
        if finds_out && readiness != Readiness::Failed {
            Readiness::FindOut
        } else {
            readiness
        }
    }
}

impl Proof {
    /// Returns what the replay alone says of the steps, whatever they are.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        if !self.denied.is_empty() || !self.worse.is_empty() {
            Readiness::Failed
        } else if !self.blind.is_empty() {
            Readiness::Manual
        } else if self.calls == 0 {
            Readiness::NotContradicted
        } else {
            Readiness::Proved
        }
    }
}

impl Change {
    /// Returns whether it finds something out and leaves what anybody may do as it is.
    #[must_use]
    pub fn finds_out(&self) -> bool {
        match self {
            Self::EnableAuditLogs(_)
            | Self::ByHand(ByHand::FindOwner(_) | ByHand::FindCaller { .. }) => true,
            Self::CreateAccount(_)
            | Self::Grant(_)
            | Self::Revoke(_)
            | Self::Switch(_)
            | Self::CreatePool(_)
            | Self::CreateProvider(_)
            | Self::Federate(_)
            | Self::UsePersonalLogin { .. }
            | Self::UseAttachedAccount { .. }
            | Self::RotateKey { .. }
            | Self::DisableKey(_)
            | Self::EnableKey(_)
            | Self::DeleteKey(_)
            | Self::DisableAccount(_)
            | Self::EnableAccount(_)
            | Self::DeleteAccount(_)
            | Self::UndeleteAccount(_)
            | Self::CreateAlert(_)
            | Self::EnforceConstraint(_)
            | Self::ByHand(
                ByHand::Federate { .. } | ByHand::ReplaceReference { .. } | ByHand::Other(_),
            ) => false,
        }
    }

    /// Returns what the step can break.
    #[must_use]
    pub fn risk(&self) -> Risk {
        match self {
            Self::ByHand(ByHand::FindOwner(_) | ByHand::FindCaller { .. }) => Risk::None,
            Self::CreateAccount(_)
            | Self::Grant(_)
            | Self::CreatePool(_)
            | Self::CreateProvider(_)
            | Self::EnableKey(_)
            | Self::EnableAccount(_)
            | Self::UndeleteAccount(_)
            | Self::CreateAlert(_)
            | Self::EnableAuditLogs(_) => Risk::Reversible,
            Self::Revoke(_)
            | Self::Switch(_)
            | Self::Federate(_)
            | Self::UsePersonalLogin { .. }
            | Self::UseAttachedAccount { .. }
            | Self::RotateKey { .. }
            | Self::DisableKey(_)
            | Self::DisableAccount(_)
            | Self::EnforceConstraint(_)
            | Self::ByHand(
                ByHand::Federate { .. } | ByHand::ReplaceReference { .. } | ByHand::Other(_),
            ) => Risk::Disruptive,
            Self::DeleteKey(_) | Self::DeleteAccount(_) => Risk::Irreversible,
        }
    }

    /// Returns the change that takes this one back, where one does at once.
    #[must_use]
    pub fn undo(&self) -> Option<Self> {
        Some(match self {
            Self::Grant(grant) => Self::Revoke(grant.clone()),
            // Google takes no binding that names a deleted account.
            Self::Revoke(PlannedGrant {
                member: Holder::Member(member),
                ..
            }) if member.is_deleted() => return None,
            Self::Revoke(grant) => Self::Grant(grant.clone()),
            Self::Switch(switch) => Self::Switch(Switch {
                from: switch.to.clone(),
                to: switch.from.clone(),
                ..switch.clone()
            }),
            Self::DisableKey(key) => Self::EnableKey(key.clone()),
            Self::EnableKey(key) => Self::DisableKey(key.clone()),
            Self::DisableAccount(account) => Self::EnableAccount(account.clone()),
            Self::EnableAccount(account) => Self::DisableAccount(account.clone()),
            Self::DeleteAccount(account) => Self::UndeleteAccount(account.clone()),
            Self::CreateAccount(_)
            | Self::CreatePool(_)
            | Self::CreateProvider(_)
            | Self::Federate(_)
            | Self::UsePersonalLogin { .. }
            | Self::UseAttachedAccount { .. }
            | Self::RotateKey { .. }
            | Self::DeleteKey(_)
            | Self::UndeleteAccount(_)
            | Self::CreateAlert(_)
            | Self::EnableAuditLogs(_)
            | Self::EnforceConstraint(_)
            | Self::ByHand(_) => return None,
        })
    }
}

//! What a plan says in sentences: steps, checks, waits, signs that a step worked.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::model::access::{AuditLogType, PolicyNode};
use crate::model::attachment::AttachedAccount;
use crate::model::message::{Message, Part};
use crate::model::names::{Email, FullResourceName, Member};
use crate::model::plan::{
    Becomes, ByHand, Change, Check, Holder, Identities, Kept, KeyRef, NewAccount, PlannedGrant,
    PlannedIssuer, Platform, Readiness, Reason, Stage, Switch, SwitchHow, Verification, Wait,
    WaitFor,
};
use crate::render::words::{count, date};

use super::blocks::{About, Block};
use super::filled::{Filled, condition};

/// Returns the change as an instruction: "disable key 4f1c…".
pub(super) fn title(change: &Change) -> Message {
    match change {
        Change::CreateAccount(account) => Message::from("make account ")
            .account(&account.email)
            .text(" for ")
            .name(&account.workload_name),
        Change::Grant(grant) => Message::from("give ")
            .append(holder(&grant.member))
            .text(" ")
            .append(role(grant)),
        Change::Revoke(grant) => Message::from("take ")
            .append(role(grant))
            .text(" from ")
            .append(holder(&grant.member)),
        Change::Switch(switch) => switched(switch),
        Change::CreatePool(pool) => Message::from("make workload identity pool ")
            .name(&pool.id)
            .text(" in ")
            .project(&pool.project),
        Change::CreateProvider(provider) => {
            let issuer = match &provider.issuer {
                PlannedIssuer::Oidc(issuer) => Message::from("the issuer ").append(filled(issuer)),
                PlannedIssuer::Aws(account) => {
                    Message::from("the AWS account ").append(filled(account))
                }
            };
            Message::from("make provider ")
                .name(&provider.id)
                .text(" in pool ")
                .name(&provider.pool)
                .text(" for ")
                .append(issuer)
                .text(", where ")
                .name(condition(&provider.condition).shown())
        }
        Change::Federate(federate) => {
            let becomes = match &federate.becomes {
                Becomes::Itself(_) => Message::from("as itself"),
                Becomes::Account { email, why, .. } => Message::from("as ")
                    .account(email)
                    .text(", since ")
                    .append(why.clone()),
            };
            Message::from("let ")
                .text(platform(federate.platform))
                .text(" sign in by provider ")
                .name(&federate.provider)
                .text(" ")
                .append(becomes)
                .text(", in place of key ")
                .key(&federate.key.key)
        }
        Change::UsePersonalLogin { key, to, .. } => Message::from("let the people who use key ")
            .key(key)
            .text(
                " sign in as themselves (gcloud auth application-default login), and impersonate ",
            )
            .account(to)
            .text(" only where they must"),
        Change::UseAttachedAccount { key, to, .. } => {
            Message::from("let the workload use the account attached to it, ")
                .account(to)
                .text(", in place of key ")
                .key(key)
        }
        Change::RotateKey { account, key } => Message::from("make a fresh key of ")
            .account(account)
            .text(" in place of ")
            .key(key)
            .text(", hand it over, and keep no copy"),
        Change::DisableKey(key) => Message::from("disable ").append(key_of(key)),
        Change::EnableKey(key) => Message::from("enable ").append(key_of(key)),
        Change::DeleteKey(key) => Message::from("delete ").append(key_of(key)),
        Change::DisableAccount(account) => Message::from("disable ").account(&account.email),
        Change::EnableAccount(account) => Message::from("enable ").account(&account.email),
        Change::DeleteAccount(account) => Message::from("delete ").account(&account.email),
        Change::UndeleteAccount(account) => Message::from("bring back ")
            .account(&account.email)
            .text(format!(
                " by its unique id {}, within 30 days",
                account.unique_id
            )),
        Change::CreateAlert(alert) => match &alert.key {
            Some(key) => Message::from("tell somebody when key ")
                .key(key)
                .text(" of ")
                .account(&alert.account.email)
                .text(" is tried again"),
            None => Message::from("tell somebody when ")
                .account(&alert.account.email)
                .text(" is tried again"),
        },
        Change::EnableAuditLogs(logs) => Message::from("switch on Data Access logs of ")
            .name(&logs.service)
            .text(" in ")
            .project(&logs.project)
            .text(format!(": {}", types(&logs.types).join(", "))),
        Change::EnforceConstraint(constraint) => Message::from("enforce ")
            .name(&constraint.constraint)
            .text(" on ")
            .append(place(&constraint.on)),
        Change::ByHand(by_hand) => by_hand_title(by_hand),
    }
}

/// Returns a block of steps as an instruction; the accounts and roles of several stand in [`block_lines`].
pub(super) fn block_title(block: &Block<'_>) -> Message {
    match &block.about {
        About::Step(step) => title(&step.change),
        About::Accounts(made) => Message::from(format!(
            "make {}, one for each workload",
            count(made.len() as u64, "account")
        )),
        About::Roles {
            given,
            holders,
            roles,
            ..
        } => {
            let what = if roles.len() == 1 {
                "this role"
            } else {
                "these roles"
            };
            let (begin, end) = if *given {
                ("give ".to_owned(), format!(" {what}"))
            } else {
                (format!("take {what} from "), String::new())
            };
            let each = if holders.len() == 1 { "" } else { "each of " };
            enumerated(
                Message::from(begin).text(each),
                holders.iter().map(|one| holder(one)),
            )
            .text(end)
        }
    }
}

/// Returns what stands below a block's title: a line for each account or role; none for a step of its own.
pub(super) fn block_lines(block: &Block<'_>) -> Vec<Message> {
    match &block.about {
        About::Step(_) => Vec::new(),
        About::Accounts(made) => {
            let line = |account: &&NewAccount| {
                Message::default()
                    .account(&account.email)
                    .text(" for ")
                    .name(&account.workload_name)
            };
            made.iter().map(line).collect()
        }
        About::Roles { roles, .. } => roles.iter().map(|grant| role(grant)).collect(),
    }
}

/// Returns why a block's steps are done, and why what they give is kept where nothing was seen to need it.
pub(super) fn why(block: &Block<'_>) -> Message {
    let (why, kept) = match &block.about {
        About::Step(step) => (prose(&step.why), kept(&step.change)),
        About::Accounts(_) => (
            Message::from(
                "with an account of its own, each workload has no more than it needs, and can be told apart",
            ),
            None,
        ),
        About::Roles { roles, why, .. } => {
            (prose(why), roles.first().and_then(|grant| kept_of(grant)))
        }
    };
    match kept {
        Some(kept) => why.text("; ").text(kept),
        None => why,
    }
}

/// Returns how a block's steps are taken back at once; `None` where nothing does.
pub(super) fn undo(block: &Block<'_>) -> Option<Message> {
    match &block.about {
        About::Step(step) => {
            let undo = step.change.undo()?;
            Some(if let Change::Grant(_) = step.change {
                Message::from("take it away again")
            } else if let Change::Revoke(_) = step.change {
                Message::from("give it back")
            } else if let Change::Switch(switch) = &step.change {
                Message::from("the same with ").account(&switch.from)
            } else {
                title(&undo)
            })
        }
        About::Accounts(_) => None,
        About::Roles { given: true, .. } => Some(Message::from("take them away again")),
        About::Roles { given: false, .. } => Some(Message::from("give them back")),
    }
}

/// Returns the rules that a plan answers, each once, with how often: "key-active (2), key-old".
pub(super) fn rules(reasons: &[Reason]) -> String {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for reason in reasons {
        *rules.entry(reason.rule).or_default() += 1;
    }
    let told = rules.into_iter().map(|(rule, times)| match times {
        1 => rule.to_owned(),
        times => format!("{rule} ({times})"),
    });
    told.collect::<Vec<String>>().join(", ")
}

/// Returns the message with a list behind it, with commas between.
fn enumerated(begin: Message, list: impl Iterator<Item = Message>) -> Message {
    list.enumerate().fold(begin, |told, (index, one)| {
        told.text(if index == 0 { "" } else { ", " }).append(one)
    })
}

fn by_hand_title(by_hand: &ByHand) -> Message {
    match by_hand {
        ByHand::FindOwner(account) => Message::from("ask who owns ")
            .account(&account.email)
            .text(" and what it is for"),
        ByHand::FindCaller { key, again } => Message::from("find out who calls with ")
            .append(key_of(key))
            .text(format!("; look again on {}", date(*again))),
        ByHand::Federate { key, platform } => Message::from("give the callers of ")
            .append(key_of(key))
            .text(" on ")
            .name(platform)
            .text(
                " workload identity federation: an issuer of OpenID Connect whose address Google can read, a provider \
                 with a condition on ids that are never given out again, and a credential configuration in place of \
                 the key",
            ),
        ByHand::ReplaceReference { reference, to } => {
            let begin = match &reference.account {
                AttachedAccount::Email(email) | AttachedAccount::Default(email) => {
                    Message::from("let ").name(reference.resource.as_str()).text(" name ").append(
                        new_names(to),
                    )
                    .text(" in place of ")
                    .account(email)
                }
                AttachedAccount::UniqueId(id) => Message::from("let ")
                    .name(reference.resource.as_str())
                    .text(" name ")
                    .append(new_names(to))
                    .text(format!(" in place of the account of unique id {id}")),
            };
            begin.text(", in ").name(&reference.field)
        }
        ByHand::Other(message) => message.clone(),
    }
}

fn new_names(to: &[Email]) -> Message {
    if to.is_empty() {
        return Message::from("nothing");
    }
    let mut names = Message::default();
    for (index, email) in to.iter().enumerate() {
        let between = if index == 0 { "" } else { ", " };
        names = names.text(between).account(email);
    }
    names
}

fn switched(switch: &Switch) -> Message {
    let resource = || resource(&switch.resource);
    let to = || Message::default().account(&switch.to);
    match switch.how {
        SwitchHow::Update => Message::from("let ")
            .append(resource())
            .text(" run as ")
            .append(to()),
        SwitchHow::StopAndStart => Message::from("stop ")
            .append(resource())
            .text(", let it run as ")
            .append(to())
            .text(", and start it"),
        SwitchHow::Recreate => Message::from("make ")
            .append(resource())
            .text(" again beside itself with ")
            .append(to())
            .text(", move the work over, and delete the old one: its account cannot be changed"),
        SwitchHow::NextLaunch => Message::from("let the next launch of ")
            .append(resource())
            .text(" name ")
            .append(to())
            .text("; what runs now ends as it is"),
        SwitchHow::Annotate => Message::from("let the Kubernetes service account ")
            .append(resource())
            .text(" name ")
            .append(to())
            .text(" in its annotation iam.gke.io/gcp-service-account, and restart its pods"),
        SwitchHow::ByHand => Message::from("let ")
            .append(resource())
            .text(" run as ")
            .append(to())
            .text(", as the documentation of its service says"),
    }
}

/// Returns a platform's name.
pub(super) fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::GitHubActions => "GitHub Actions",
        Platform::GitLab => "GitLab CI/CD",
        Platform::HcpTerraform => "HCP Terraform",
        Platform::Aws => "Amazon Web Services",
        Platform::Azure => "Microsoft Azure",
        Platform::Kubernetes => "Kubernetes",
    }
}

fn key_of(key: &KeyRef) -> Message {
    Message::from("key ")
        .key(&key.key)
        .text(" of ")
        .account(&key.account.email)
}

fn filled(value: &crate::model::plan::Value) -> Message {
    Message::default().name(Filled::default().value(value).shown())
}

/// Returns who holds a role as people tell it: without the prefixes of policies, which stand in commands.
pub(super) fn holder(holder: &Holder) -> Message {
    match holder {
        Holder::Member(held) => prose_of(held),
        Holder::Group(group) => Message::from("group ").append(filled(group)),
        Holder::Federated {
            pool, identities, ..
        } => match identities {
            Identities::Subject(subject) => Message::from("the identity ")
                .append(filled(subject))
                .text(" of pool ")
                .name(pool),
            Identities::Attribute { name, value } => Message::from("the identities of pool ")
                .name(pool)
                .text(" with ")
                .name(name)
                .text(" ")
                .append(filled(value)),
        },
    }
}

fn prose_of(member: &Member) -> Message {
    if let Some(email) = member.account() {
        return Message::default().account(email);
    }
    match member.as_str().split_once(':') {
        Some(("user" | "serviceAccount", address)) => Message::default().name(address),
        Some(("group", address)) => Message::from("group ").name(address),
        _ => Message::default().member(member),
    }
}

/// Returns a sentence with its members told without the prefixes of policies.
pub(super) fn prose(message: &Message) -> Message {
    let pieces = message.parts().iter().map(|part| match part {
        Part::Member(member) => prose_of(member),
        Part::Text(text) => Message::from(text.as_str()),
        Part::Account(email) => Message::default().account(email),
        Part::Key(key) => Message::default().key(key),
        Part::Project(project) => Message::default().project(project),
        Part::Name(name) => Message::default().name(name),
    });
    pieces.fold(Message::default(), Message::append)
}

/// Returns a role with its place and its condition: "roles/editor on project acme-prod, under the condition …".
pub(super) fn role(grant: &PlannedGrant) -> Message {
    let message = Message::default()
        .name(&grant.role)
        .text(" on ")
        .append(place(&grant.on));
    match &grant.condition {
        None => message,
        Some(condition) => message
            .text(", under the condition ")
            .name(&condition.expression),
    }
}

fn place(on: &PolicyNode) -> Message {
    match on {
        PolicyNode::Organization(id) => Message::from("organization ").name(id.as_str()),
        PolicyNode::Folder(id) => Message::from("folder ").name(id.as_str()),
        PolicyNode::Project(id) => Message::from("project ").project(id),
        PolicyNode::Account(account) => Message::default().account(&account.email),
        PolicyNode::Resource(name) => match account_of(name) {
            Some(email) => Message::default().account(&email),
            None => resource(name),
        },
    }
}

/// Returns a resource as people tell it: "run services/web in acme-prod, europe-west1". A name of another form stands whole.
fn resource(name: &FullResourceName) -> Message {
    let whole = name.as_str();
    let told = |path: &str| {
        let (host, path) = path.split_once('/')?;
        let service = host.strip_suffix(".googleapis.com")?;
        let (project, path) = path.strip_prefix("projects/")?.split_once('/')?;
        let (kind, path) = path.split_once('/')?;
        if !["locations", "zones", "regions"].contains(&kind) {
            return None;
        }
        let (location, resource) = path.split_once('/')?;
        Some(
            Message::default()
                .name(format!("{service} {resource}"))
                .text(" in ")
                .name(project)
                .text(", ")
                .name(location),
        )
    };
    whole
        .strip_prefix("//")
        .and_then(told)
        .unwrap_or_else(|| Message::default().name(whole))
}

/// Returns the account that a resource name names: `//iam.googleapis.com/projects/…/serviceAccounts/ADDRESS`.
fn account_of(name: &FullResourceName) -> Option<Email> {
    let path = name
        .as_str()
        .strip_prefix("//iam.googleapis.com/projects/")?;
    let (_, address) = path.split_once("/serviceAccounts/")?;
    Email::parse(address).ok()
}

/// Returns the names of Data Access logs as policies write them; a kind newer than this program has none.
pub(super) fn types(types: &[AuditLogType]) -> Vec<&'static str> {
    let name = |kind: &AuditLogType| match kind {
        AuditLogType::AdminRead => Some("ADMIN_READ"),
        AuditLogType::DataRead => Some("DATA_READ"),
        AuditLogType::DataWrite => Some("DATA_WRITE"),
        AuditLogType::Unknown => None,
    };
    types.iter().filter_map(name).collect()
}

/// Returns why a role is given that nothing was seen to need; `None` where something was, or the change gives none.
pub(super) fn kept(change: &Change) -> Option<&'static str> {
    match change {
        Change::Grant(grant) => kept_of(grant),
        Change::Revoke(_)
        | Change::CreateAccount(_)
        | Change::Switch(_)
        | Change::CreatePool(_)
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
        | Change::ByHand(_) => None,
    }
}

/// Returns why a role is given that nothing was seen to need; `None` where something was.
pub(super) fn kept_of(grant: &PlannedGrant) -> Option<&'static str> {
    Some(match grant.kept? {
        Kept::Copied => "kept: everything is copied before anything is narrowed",
        Kept::Unseen => "kept: unseen; its use would not have been logged over the whole window",
        Kept::Floor => "kept: workloads of this kind need it and never show it",
        Kept::Conditional => "kept: it holds under a condition, which is not evaluated",
        Kept::UnknownRole => "kept: the role's definition is not known",
    })
}

/// Returns the heading of a stage.
pub(super) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Prepare => "Prepare",
        Stage::Replace => "Replace",
        Stage::Switch => "Switch",
        Stage::Narrow => "Narrow",
        Stage::Disable => "Disable",
        Stage::Delete => "Delete",
        Stage::Guard => "Guard",
    }
}

/// Returns what a plan is worth, in one or two words.
pub(super) fn readiness(readiness: Readiness) -> &'static str {
    match readiness {
        Readiness::FindOut => "first find out",
        Readiness::NotContradicted => "not contradicted",
        Readiness::Proved => "proved",
        Readiness::Manual => "copy, and look by hand",
        Readiness::Failed => "not ready",
    }
}

/// Returns what has to be true before a step.
pub(super) fn check(check: &Check) -> Message {
    match check {
        Check::NotUsedSince {
            account,
            key,
            since,
        } => what(account, key.as_ref()).text(format!(
            " was not used since {}",
            since.format("%Y-%m-%d %H:%M UTC")
        )),
        Check::NoDomainWideDelegation(account) => Message::from(format!(
            "no domain-wide delegation names the client id {} of ",
            account.unique_id
        ))
        .account(&account.email)
        .text(" (Admin console: Security, Access and data control, API controls)"),
        Check::NoReferences(account) => Message::from("nothing names ")
            .account(&account.email)
            .text(" by its plain address: a fresh scan shows no reference"),
        Check::NoDisks(account) => Message::from("no disk, image or snapshot is encrypted as ")
            .account(&account.email)
            .text(" (kmsKeyServiceAccount)"),
        Check::Disabled { account, key } => what(account, key.as_ref()).text(" is disabled"),
        Check::FreeKeySlot(email) => Message::default()
            .account(email)
            .text(" has fewer than the ten keys that it may have"),
        Check::Switched(workloads) => {
            let mut message = Message::from("these workloads run as their new accounts: ");
            for (index, workload) in workloads.iter().enumerate() {
                let between = if index == 0 { "" } else { ", " };
                message = message.text(between).name(workload);
            }
            message
        }
    }
}

fn what(
    account: &crate::model::scope::AccountRef,
    key: Option<&crate::model::names::KeyId>,
) -> Message {
    match key {
        None => Message::default().account(&account.email),
        Some(key) => Message::from("key ")
            .key(key)
            .text(" of ")
            .account(&account.email),
    }
}

/// Returns a wait: "at least 30 days, until everything that runs seldom has run once".
pub(super) fn wait(wait: Wait) -> String {
    let until = match wait.until {
        WaitFor::Propagation => "new bindings hold everywhere",
        WaitFor::Tokens => "tokens that were minted before have run out",
        WaitFor::BusinessCycle => "everything that runs seldom has run once",
        WaitFor::Quiet => "nobody has missed what is switched off",
        WaitFor::Window => "a full window of logs tells of the workload on its own account",
        WaitFor::Undelete => "the deleted account can no longer be brought back",
    };
    format!("at least {}, until {until}", length(wait.at_least))
}

fn length(time: TimeDelta) -> String {
    let number = |number: i64| u64::try_from(number).unwrap_or_default();
    let minutes = number(time.num_minutes());
    if minutes > 0 && minutes.is_multiple_of(24 * 60) {
        count(minutes / (24 * 60), "day")
    } else if minutes > 0 && minutes.is_multiple_of(60) {
        count(minutes / 60, "hour")
    } else {
        count(minutes, "minute")
    }
}

/// Returns how to see that a step worked.
pub(super) fn verification(verification: &Verification) -> Message {
    match verification {
        Verification::ResourceNames { resource, account } => Message::default()
            .append(self::resource(resource))
            .text(" names ")
            .account(account),
        Verification::AccountSeen(email) => {
            Message::default().account(email).text(" is seen in use")
        }
        Verification::KeySilent(key) => key_of(key).text(" is no longer seen in use"),
        Verification::AccountSilent(account) => Message::default()
            .account(&account.email)
            .text(" is no longer seen in use"),
        Verification::BindingStands(grant) => {
            holder(&grant.member).text(" holds ").append(role(grant))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_the_largest_whole_unit() {
        let table = [
            (TimeDelta::minutes(10), "10 minutes"),
            (TimeDelta::minutes(90), "90 minutes"),
            (TimeDelta::hours(1), "1 hour"),
            (TimeDelta::hours(25), "25 hours"),
            (TimeDelta::days(30), "30 days"),
            (TimeDelta::zero(), "0 minutes"),
        ];
        for (time, words) in table {
            assert_eq!(length(time), words);
        }
    }
}

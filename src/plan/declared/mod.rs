//! What Terraform declares of a plan's account: which file has it, line by line, and what would undo the plan there.
//!
//! Only literal values are matched. A value that is an expression may be anything: of those, what names an account that
//! stands in the same folder is told as "may be", and the rest is not told at all.

mod read;

use std::collections::BTreeMap;

use crate::model::access::PolicyNode;
use crate::model::message::Message;
use crate::model::plan::{Change, Plan, PlannedGrant};
use crate::model::scope::AccountRef;

pub use read::{Unparsed, declarations};

/// All that Terraform declares, by file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Declared {
    all: Vec<Declaration>,
    /// The places in `all` of the service accounts, by folder and name.
    accounts: BTreeMap<(String, String), usize>,
}

impl Declared {
    /// Returns the declarations, those of accounts found by name.
    #[must_use]
    pub fn of(all: Vec<Declaration>) -> Self {
        let accounts = all.iter().enumerate().filter_map(|(at, declaration)| {
            let name = declaration.resource.strip_prefix(ACCOUNT)?;
            Some(((declaration.folder.clone(), name.to_owned()), at))
        });
        Self {
            accounts: accounts.collect(),
            all,
        }
    }
}

/// What stands before the name of an account that Terraform declares.
const ACCOUNT: &str = "google_service_account.";

/// A resource that Terraform declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declaration {
    /// The folder of its file: the module that its names are known in.
    folder: String,
    /// Its file, as the user named it, and its line: `infra/iam.tf:12`.
    place: String,
    /// Its type and name: `google_project_iam_member.etl`.
    resource: String,
    /// What it declares.
    what: What,
}

/// What a resource declares.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// A service account.
    Account {
        id: Text,
        /// `None`: the provider's default, which is not read.
        project: Option<Text>,
    },
    /// A key of one.
    Key { account: Text },
    /// A part of a policy, or all of it.
    Grant(Grant),
}

/// A part of a policy, or all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    authority: Authority,
    /// What has the policy.
    container: Container,
    /// Which one; `None`: the provider's default, which is not read.
    on: Option<Text>,
    /// The role; `None`: the policy has all of them.
    role: Option<Text>,
    members: Vec<Text>,
}

/// How much of a policy a resource takes for its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Authority {
    /// One member of one role.
    Member,
    /// All members of one role: others are deleted.
    Binding,
    /// The whole policy: everything else is deleted.
    Policy,
}

/// What has a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Project,
    Folder,
    Organization,
    Account,
    /// Another resource: a bucket, a topic.
    Other,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Text {
    Literal(String),
    /// An expression about the service account that is declared in the same folder under this name.
    Account(String),
    /// Another expression.
    Unknown,
}

/// How sure it is that a declaration is about something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sure {
    Perhaps,
    Surely,
}

/// Returns what a reader of the plan has to know of the declarations, warnings first.
#[must_use]
pub fn notes(plan: &Plan, declared: &Declared) -> Vec<Message> {
    let all = || declared.all.iter();
    let warnings = all().filter_map(|declaration| warning(plan, declaration, declared));
    let told = all().filter_map(|declaration| {
        let sure = declaration.is_about(&plan.account, declared)?;
        let (begin, end) = match sure {
            Sure::Surely => ("declared in ", ": change it there"),
            Sure::Perhaps => (
                "may be declared in ",
                ", by an expression: look, and change it there",
            ),
        };
        let message = Message::from(begin)
            .name(&declaration.place)
            .text(" as ")
            .name(&declaration.resource);
        Some(message.text(end))
    });
    warnings.chain(told).collect()
}

/// Returns the warning of a declaration that deletes what the plan gives.
fn warning(plan: &Plan, declaration: &Declaration, all: &Declared) -> Option<Message> {
    let What::Grant(grant) = &declaration.what else {
        return None;
    };
    let what = match grant.authority {
        Authority::Member => return None,
        Authority::Binding => "takes all members of the role for its own",
        Authority::Policy => "takes the whole policy for its own",
    };
    let names_account = grant
        .members
        .iter()
        .filter_map(|member| is_account(member, &plan.account, &declaration.folder, all))
        .max();
    let given = plan.steps.iter().filter_map(|step| {
        if let Change::Grant(given) = &step.change {
            deletes(grant, given, names_account, &declaration.folder, all)
        } else {
            None
        }
    });
    let (begin, end) = match given.max()? {
        Sure::Surely => (
            "WARNING: ",
            " and would delete the new member at its next apply: change it there, and let nobody apply it before",
        ),
        Sure::Perhaps => (
            "WARNING: ",
            " and, if it is about the same policy, which an expression decides, would delete the new member at its next \
             apply: look there first",
        ),
    };
    let message = Message::from(begin)
        .name(&declaration.resource)
        .text(" in ")
        .name(&declaration.place);
    Some(message.text(format!(" {what}{end}")))
}

/// Returns how sure it is that a declaration would delete what is given.
fn deletes(
    declared: &Grant,
    given: &PlannedGrant,
    names_account: Option<Sure>,
    folder: &str,
    all: &Declared,
) -> Option<Sure> {
    let role = match &declared.role {
        None => Sure::Surely,
        Some(Text::Literal(role)) => (*role == given.role).then_some(Sure::Surely)?,
        Some(Text::Account(_)) => return None,
        Some(Text::Unknown) => Sure::Perhaps,
    };
    let on = is_on(declared, &given.on, folder, all)?;
    // Where nothing but expressions meet, everything would be warned of: the account has to be named then.
    match (role, on) {
        (Sure::Surely, Sure::Surely) => Some(Sure::Surely),
        (Sure::Surely, Sure::Perhaps) | (Sure::Perhaps, Sure::Surely) => Some(Sure::Perhaps),
        (Sure::Perhaps, Sure::Perhaps) => names_account.map(|_| Sure::Perhaps),
    }
}

/// Returns how sure it is that a declaration is about a node's policy.
fn is_on(declared: &Grant, node: &PolicyNode, folder: &str, all: &Declared) -> Option<Sure> {
    let names = |begin: &str, id: &str| match &declared.on {
        None | Some(Text::Unknown) => Some(Sure::Perhaps),
        Some(Text::Literal(text)) => {
            (text.strip_prefix(begin).unwrap_or(text) == id).then_some(Sure::Surely)
        }
        Some(Text::Account(_)) => None,
    };
    match (declared.container, node) {
        (Container::Project, PolicyNode::Project(id)) => names("projects/", id.as_str()),
        (Container::Folder, PolicyNode::Folder(id)) => names("folders/", id.as_str()),
        (Container::Organization, PolicyNode::Organization(id)) => {
            names("organizations/", id.as_str())
        }
        (Container::Account, PolicyNode::Account(account)) => declared
            .on
            .as_ref()
            .and_then(|text| is_account(text, account, folder, all)),
        (Container::Other, PolicyNode::Resource(_)) => Some(Sure::Perhaps),
        (
            Container::Project
            | Container::Folder
            | Container::Organization
            | Container::Account
            | Container::Other,
            PolicyNode::Project(_)
            | PolicyNode::Folder(_)
            | PolicyNode::Organization(_)
            | PolicyNode::Account(_)
            | PolicyNode::Resource(_),
        ) => None,
    }
}

impl Declaration {
    /// Returns how sure it is that the declaration is about the account.
    fn is_about(&self, account: &AccountRef, all: &Declared) -> Option<Sure> {
        let is = |text: &Text| is_account(text, account, &self.folder, all);
        match &self.what {
            What::Account { id, project } => declares(id, project.as_ref(), account),
            What::Key { account: text } => is(text),
            What::Grant(grant) => {
                let on = grant.on.as_ref();
                let on = on.filter(|_| grant.container == Container::Account);
                grant.members.iter().chain(on).filter_map(is).max()
            }
        }
    }
}

/// Returns how sure it is that a `google_service_account` declares the account.
fn declares(id: &Text, project: Option<&Text>, account: &AccountRef) -> Option<Sure> {
    let Text::Literal(id) = id else {
        return None;
    };
    if id != account.email.local() {
        return None;
    }
    match project {
        Some(Text::Literal(project)) => {
            (project == account.project.as_str()).then_some(Sure::Surely)
        }
        Some(Text::Account(_) | Text::Unknown) | None => Some(Sure::Perhaps),
    }
}

/// Returns how sure it is that a text names the account: as a member, by its address, its unique id or its resource name.
fn is_account(text: &Text, account: &AccountRef, folder: &str, all: &Declared) -> Option<Sure> {
    match text {
        Text::Literal(text) => {
            let name = text
                .strip_prefix("serviceAccount:")
                .or_else(|| text.rsplit_once("/serviceAccounts/").map(|(_, name)| name))
                .unwrap_or(text);
            let same = name.eq_ignore_ascii_case(account.email.as_str());
            (same || name == account.unique_id.as_str()).then_some(Sure::Surely)
        }
        Text::Account(label) => {
            let key = (folder.to_owned(), label.clone());
            let known = all.accounts.get(&key).and_then(|at| all.all.get(*at))?;
            if let What::Account { id, project } = &known.what {
                declares(id, project.as_ref(), account).map(|_| Sure::Perhaps)
            } else {
                None
            }
        }
        Text::Unknown => None,
    }
}

//! A snapshot of attachments and policies in a few lines:
//! `cloud().project("acme-prod").account("api").with(service("acme-prod", "web").runs_as("api@acme-prod"))`.

use std::collections::BTreeMap;

use sa_audit::join::join;
use sa_audit::model::access::{Binding, Condition, Policy, PolicyNode, Role};
use sa_audit::model::account::ServiceAccount;
use sa_audit::model::attachment::{AttachedAccount, Attachment, AttachmentKind, OwnerHint};
use sa_audit::model::call::{Caller, PermissionUse};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::estate::{Account, Estate};
use sa_audit::model::key::{KeyAlgorithm, KeyManagement, KeyOrigin, ServiceAccountKey};
use sa_audit::model::names::{
    Email, FullResourceName, KeyId, Member, ProjectId, ProjectNumber, UniqueId,
};
use sa_audit::model::project::Project;
use sa_audit::model::scope::{AccountRef, LeftOut, ScanScope, Scope};
use sa_audit::model::settings::Settings;
use sa_audit::model::snapshot::{Facts, Header, Snapshot};
use sa_audit::model::workload::{EvidenceOf, Workload};

use super::estate::{days_ago, now};

/// Returns a snapshot without anything in it.
pub fn cloud() -> CloudBuilder {
    CloudBuilder {
        facts: Facts::default(),
        settings: Settings::default(),
    }
}

/// Returns the whole address of `name@project`; an address with a dot behind the `@` stays as it is.
pub fn address(short: &str) -> Email {
    let (local, host) = short.split_once('@').expect("name@project");
    let whole = if host.contains('.') {
        short.to_owned()
    } else {
        format!("{local}@{host}.iam.gserviceaccount.com")
    };
    Email::parse(&whole).expect("an address")
}

/// Builds a snapshot and the settings to join it with.
#[derive(Clone)]
pub struct CloudBuilder {
    facts: Facts,
    settings: Settings,
}

impl CloudBuilder {
    /// Adds a project; the first has the number 1001, the next 1002.
    pub fn project(mut self, id: &str) -> Self {
        let number = (1_001 + self.facts.projects.len()).to_string();
        self.facts.projects.push(Project {
            id: project(id),
            number: ProjectNumber::parse(&number).expect("a number"),
            parent: None,
            display_name: String::new(),
            labels: BTreeMap::new(),
            created: None,
        });
        self
    }

    /// Adds an account, by `name@project` or its address, to the last project; the first has the unique id 101.
    pub fn account(mut self, short: &str) -> Self {
        let id = (101 + self.facts.accounts.len()).to_string();
        let project = self.facts.projects.last().expect("a project first");
        self.facts.accounts.push(ServiceAccount {
            unique_id: UniqueId::parse(&id).expect("a unique id"),
            email: address(short),
            project: project.id.clone(),
            display_name: String::new(),
            description: String::new(),
            disabled: false,
            created: None,
        });
        self
    }

    /// Adds an attachment.
    pub fn with(mut self, attachment: AttachmentBuilder) -> Self {
        self.facts.attachments.push(attachment.0);
        self
    }

    /// Adds many attachments.
    pub fn with_all(self, attachments: impl IntoIterator<Item = AttachmentBuilder>) -> Self {
        attachments.into_iter().fold(self, Self::with)
    }

    /// Adds calls that audit logs tell of.
    pub fn call(mut self, call: Caller) -> Self {
        self.facts.calls.callers.push(call);
        self
    }

    /// Adds a user-managed key to the last account, made by Google 400 days ago.
    pub fn key(mut self, id: &str) -> Self {
        let account = self.facts.accounts.last().expect("an account first");
        self.facts.keys.push(ServiceAccountKey {
            id: KeyId::parse(id).expect("a key id"),
            account: account.unique_id.clone(),
            management: KeyManagement::User,
            origin: KeyOrigin::Google,
            algorithm: KeyAlgorithm::Rsa2048,
            valid_after: Some(days_ago(400)),
            valid_before: None,
            disabled: false,
            disable_reason: None,
            extended_status: Vec::new(),
        });
        self
    }

    /// Adds a permission that audit logs show in use.
    pub fn permission(mut self, used: PermissionUse) -> Self {
        self.facts.calls.permissions.push(used);
        self
    }

    /// Binds members on the last account.
    pub fn bind(self, role: &str, members: &[&str]) -> Self {
        self.bind_if(role, members, None)
    }

    /// Binds members on the last account, under a condition.
    pub fn bind_if(mut self, role: &str, members: &[&str], condition: Option<&str>) -> Self {
        let account = self.facts.accounts.last().expect("an account first");
        let on = PolicyNode::Account(AccountRef {
            project: account.project.clone(),
            email: account.email.clone(),
            unique_id: account.unique_id.clone(),
        });
        let binding = Binding {
            role: role.to_owned(),
            members: members.iter().map(|member| Member::parse(member)).collect(),
            condition: condition.map(|expression| Condition {
                title: String::new(),
                expression: expression.to_owned(),
            }),
        };
        match self
            .facts
            .policies
            .iter_mut()
            .find(|policy| policy.on == on)
        {
            Some(policy) => policy.bindings.push(binding),
            None => self.facts.policies.push(Policy {
                on,
                bindings: vec![binding],
                audit: Vec::new(),
            }),
        }
        self
    }

    /// Records how a dataset of the last project was read.
    pub fn reading(mut self, dataset: Dataset, reading: Reading) -> Self {
        let project = self.facts.projects.last().expect("a project first");
        let scope = Scope::Project(project.id.clone());
        self.facts.coverage.record(scope, dataset, reading);
        self
    }

    /// Defines a role.
    pub fn role(mut self, name: &str, stage: &str, permissions: &[&str]) -> Self {
        self.facts.roles.push(Role {
            name: name.to_owned(),
            title: String::new(),
            stage: stage.to_owned(),
            deleted: false,
            permissions: permissions.iter().map(|text| (*text).to_owned()).collect(),
        });
        self
    }

    /// Sets the settings.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Puts the attachments and policies in another order.
    pub fn reordered(mut self, order: impl Fn(&mut Vec<Attachment>)) -> Self {
        order(&mut self.facts.attachments);
        self.facts.policies.reverse();
        for policy in &mut self.facts.policies {
            policy.bindings.reverse();
        }
        self
    }

    /// Returns the joined estate.
    pub fn join(&self) -> Estate {
        let snapshot = Snapshot {
            header: Header {
                tool: "sa-audit 0.0.0".to_owned(),
                observed_at: now(),
                scope: ScanScope::default(),
                sources: Vec::new(),
                left_out: LeftOut::default(),
                statistics: None,
            },
            facts: self.facts.clone(),
        };
        join(&snapshot, &self.settings)
    }

    /// Draws the workloads of every account, in full.
    pub fn workloads(&self) -> String {
        self.join().accounts.iter().map(draw).collect()
    }
}

fn draw(account: &Account) -> String {
    let mut text = format!("{}\n", account.facts.email.short());
    for workload in &account.workloads {
        text += &draw_workload(workload);
    }
    text
}

fn draw_workload(workload: &Workload) -> String {
    let Workload {
        id,
        kind: _,
        name,
        project,
        locations,
        application,
        confidence,
        evidence,
        resources,
        parts: _,
    } = workload;
    let project = project.as_ref().map_or("-", ProjectId::as_str);
    let mut text = format!("  {name} | {id} | {project} | {} | ", locations.join(" "));
    if let Some(application) = application {
        text += &format!("app {application} | ");
    }
    text += &format!("{confidence:?} | {resources}\n");
    for shown in evidence {
        let of = match &shown.resource {
            EvidenceOf::Resource(name) => name.to_string(),
            EvidenceOf::Member(member) => member.clone(),
            EvidenceOf::Calls(calls) => calls.clone(),
        };
        let state = shown.state.as_deref().unwrap_or("-");
        text += &format!("    {of} {} {state}\n", shown.field);
    }
    text
}

fn project(id: &str) -> ProjectId {
    ProjectId::parse(id).expect("a project id")
}

/// Builds an attachment.
#[derive(Debug, Clone)]
pub struct AttachmentBuilder(Attachment);

/// Returns an attachment of `//HOST/projects/PROJECT/PATH` that runs as nobody yet.
pub fn resource(asset_type: &str, in_project: &str, path: &str) -> AttachmentBuilder {
    let (host, _) = asset_type.split_once('/').expect("host/Type");
    named(
        asset_type,
        in_project,
        &format!("//{host}/projects/{in_project}/{path}"),
    )
}

/// Returns an attachment of a resource by its full name.
pub fn named(asset_type: &str, in_project: &str, name: &str) -> AttachmentBuilder {
    let segments: Vec<&str> = name.split('/').collect();
    let place = segments
        .windows(2)
        .find(|pair| ["locations", "zones", "regions"].contains(&pair[0]));
    AttachmentBuilder(Attachment {
        resource: FullResourceName::parse(name).expect("a full resource name"),
        asset_type: asset_type.to_owned(),
        project: project(in_project),
        location: place.map(|pair| pair[1].to_owned()),
        account: AttachedAccount::UniqueId(UniqueId::parse("1").expect("a unique id")),
        field: "serviceAccount".to_owned(),
        kind: AttachmentKind::Runtime,
        state: None,
        labels: BTreeMap::new(),
        owners: Vec::new(),
        created: None,
    })
}

/// Returns a Cloud Run service in europe-west1.
pub fn service(in_project: &str, name: &str) -> AttachmentBuilder {
    let path = format!("locations/europe-west1/services/{name}");
    resource("run.googleapis.com/Service", in_project, &path)
}

/// Returns a VM in europe-west1-b.
pub fn vm(in_project: &str, name: &str) -> AttachmentBuilder {
    let path = format!("zones/europe-west1-b/instances/{name}");
    resource("compute.googleapis.com/Instance", in_project, &path)
}

/// Returns a Cloud Scheduler job in europe-west1 that calls something.
pub fn scheduler(in_project: &str, name: &str, target: &str) -> AttachmentBuilder {
    let path = format!("locations/europe-west1/jobs/{name}");
    resource("cloudscheduler.googleapis.com/Job", in_project, &path)
        .kind(AttachmentKind::Caller)
        .owner(OwnerHint::Target(target.to_owned()))
}

/// Returns a Dataflow job by its id and name.
pub fn dataflow(in_project: &str, id: &str, name: &str) -> AttachmentBuilder {
    let path = format!("locations/europe-west1/jobs/{id}");
    resource("dataflow.googleapis.com/Job", in_project, &path)
        .kind(AttachmentKind::RuntimeEphemeral)
        .owner(OwnerHint::RunName(name.to_owned()))
}

impl AttachmentBuilder {
    /// Attaches the account of that `name@project` or address.
    pub fn runs_as(mut self, short: &str) -> Self {
        self.0.account = AttachedAccount::Email(address(short));
        self
    }

    /// Attaches the account of that unique id.
    pub fn runs_as_id(mut self, id: &str) -> Self {
        self.0.account = AttachedAccount::UniqueId(UniqueId::parse(id).expect("a unique id"));
        self
    }

    /// Attaches no account: the service takes that default.
    pub fn runs_as_default(mut self, email: &str) -> Self {
        self.0.account = AttachedAccount::Default(address(email));
        self
    }

    /// Sets what the attachment is.
    pub fn kind(mut self, kind: AttachmentKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Sets the region or zone, in the resource's name too.
    pub fn at(mut self, place: &str) -> Self {
        let held = self.0.location.replace(place.to_owned());
        let name = self.0.resource.as_str();
        let name = match held {
            Some(held) => name.replace(&format!("/{held}/"), &format!("/{place}/")),
            None => name.to_owned(),
        };
        self.0.resource = FullResourceName::parse(&name).expect("a full resource name");
        self
    }

    /// Sets the state.
    pub fn state(mut self, state: &str) -> Self {
        self.0.state = Some(state.to_owned());
        self
    }

    /// Sets when it was made.
    pub fn created_days_ago(mut self, days: i64) -> Self {
        self.0.created = Some(days_ago(days));
        self
    }

    /// Labels it.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.0.labels.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Adds what it says of its owner.
    pub fn owner(mut self, owner: OwnerHint) -> Self {
        self.0.owners.push(owner);
        self
    }

    /// Makes it a VM of that managed group.
    pub fn created_by(self, group: &str) -> Self {
        let path = format!("projects/1001/zones/europe-west1-b/instanceGroupManagers/{group}");
        self.owner(OwnerHint::CreatedBy(path))
    }

    /// Makes it from that instance template.
    pub fn template(self, template: &str) -> Self {
        let path = format!("projects/1001/global/instanceTemplates/{template}");
        self.owner(OwnerHint::InstanceTemplate(path))
    }

    /// Returns the resource's full name.
    pub fn name(&self) -> String {
        self.0.resource.to_string()
    }

    /// Gives it a parent.
    pub fn parent(self, parent: &str) -> Self {
        self.owner(OwnerHint::Parent(parent.to_owned()))
    }
}

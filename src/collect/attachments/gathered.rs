//! What was gathered of a project's resources on the way: accounts, groups still to be resolved, what went wrong.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::model::address::AddressSpace;
use crate::model::attachment::{Attachment, AttachmentKind};
use crate::model::coverage::{Dataset, Reading};
use crate::model::credential::OtherCredential;
use crate::model::names::{FullResourceName, ProjectId};
use crate::model::project::Project;
use crate::model::reference::Reference;
use crate::model::scope::Scope;
use crate::model::snapshot::{EnabledServices, Facts};

use super::addresses::addresses;
use super::credentials::credential;
use super::extract::{Resource, extract, references, resolve};
use super::ledger::Ledger;
use super::table::{DefaultAccount, Row};

/// What was gathered of a project.
#[derive(Debug, Clone, Default)]
pub(in crate::collect) struct Gathered {
    attachments: Vec<Attachment>,
    references: Vec<Reference>,
    credentials: Vec<OtherCredential>,
    addresses: Vec<AddressSpace>,
    /// Resources that name others which name accounts; their JSON is held until all of those are there.
    indirect: Vec<(&'static Row, FullResourceName, Value)>,
    /// The revisions of Cloud Run that are to be read, each with the service that sends it traffic by name.
    revisions: BTreeSet<(FullResourceName, String)>,
    /// The services that are on; `None`: not read, or not whole.
    services: Option<Vec<String>>,
    /// How the reads went of what runs as accounts.
    running: Ledger,
    /// How the reads went of what else names accounts.
    naming: Ledger,
    /// How the reads went of the accounts' other credentials.
    holding: Ledger,
    /// How the reads went of addresses.
    addressing: Ledger,
}

impl Gathered {
    /// Takes in a resource, by every row of its type.
    pub(in crate::collect) fn resource<'r>(
        &mut self,
        rows: impl IntoIterator<Item = &'r &'static Row>,
        name: Option<FullResourceName>,
        json: &Value,
        project: &Project,
    ) {
        let mut rows = rows.into_iter().peekable();
        let Some(name) = name else {
            let dataset = rows.peek().map(|row| row.dataset());
            self.malformed(dataset.unwrap_or(Dataset::Attachments), 1);
            return;
        };
        for row in rows {
            match (row.kind, row.default) {
                (AttachmentKind::Reference, _) => {
                    self.reference(row, &name, json, Some(&project.id));
                }
                (AttachmentKind::Credential, _) => {
                    match credential(row, Resource { name: &name, json }, project) {
                        Ok(found) => self.credentials.extend(found),
                        Err(_) => self.holding.malformed(1),
                    }
                }
                (AttachmentKind::Address, _) => {
                    let (found, malformed) =
                        addresses(row, Resource { name: &name, json }, project);
                    self.addresses.extend(found);
                    self.addressing.malformed(malformed);
                }
                (AttachmentKind::Indirect, DefaultAccount::Revision) => {
                    self.revisions_of(row, &name, json);
                }
                (AttachmentKind::Indirect, _) => {
                    self.indirect.push((row, name.clone(), json.clone()));
                }
                _ => {
                    let found = extract(row, Resource { name: &name, json }, project);
                    self.attachments.extend(found.attachments);
                    self.running.malformed(found.malformed);
                }
            }
        }
    }

    /// Takes in a resource that does not run as the accounts that it names; `owner` is the project that has it.
    pub(in crate::collect) fn reference(
        &mut self,
        row: &Row,
        name: &FullResourceName,
        json: &Value,
        owner: Option<&ProjectId>,
    ) {
        let (found, malformed) = references(row, Resource { name, json }, owner);
        self.references.extend(found);
        self.naming.malformed(malformed);
    }

    fn revisions_of(&mut self, row: &Row, service: &FullResourceName, json: &Value) {
        for path in &row.accounts {
            let Ok(values) = path.find(json) else {
                self.running.malformed(1);
                continue;
            };
            let named = values.into_iter().filter_map(Value::as_str);
            let named = named.filter(|name| !name.is_empty());
            self.revisions
                .extend(named.map(|name| (service.clone(), name.to_owned())));
        }
    }

    /// Returns the revisions of Cloud Run that are to be read.
    pub(in crate::collect) fn revisions(&self) -> &BTreeSet<(FullResourceName, String)> {
        &self.revisions
    }

    fn ledger(&mut self, dataset: Dataset) -> &mut Ledger {
        if dataset == Dataset::References {
            &mut self.naming
        } else if dataset == Dataset::OtherCredentials {
            &mut self.holding
        } else if dataset == Dataset::Addresses {
            &mut self.addressing
        } else {
            &mut self.running
        }
    }

    /// Counts elements that could not be understood.
    pub(in crate::collect) fn malformed(&mut self, dataset: Dataset, count: u64) {
        self.ledger(dataset).malformed(count);
    }

    /// Takes in how a read ended of the row's resources.
    pub(in crate::collect) fn reading(&mut self, row: &Row, reading: Reading) {
        self.ledger(row.dataset()).reading(row.label, reading);
    }

    /// Takes in how a read ended that everything rests on; elements that it dropped are counted once.
    pub(in crate::collect) fn reading_of_all(&mut self, what: &'static str, reading: &Reading) {
        self.running.reading(what, reading.clone());
        if !matches!(reading, Reading::Malformed { .. }) {
            self.naming.reading(what, reading.clone());
            self.holding.reading(what, reading.clone());
            self.addressing.reading(what, reading.clone());
        }
    }

    /// Takes in how a read ended that several rows share: each of their datasets hears of it once.
    pub(in crate::collect) fn reading_of(&mut self, rows: &[&'static Row], reading: &Reading) {
        let mut told = BTreeSet::new();
        for row in rows {
            // Elements that it dropped are counted once.
            let again = !told.is_empty() && matches!(reading, Reading::Malformed { .. });
            if told.insert(row.dataset()) && !again {
                self.reading(row, reading.clone());
            }
        }
    }

    /// Notes what this version does not look at, though it may be there: no failure of a read.
    pub(in crate::collect) fn unseen(&mut self, row: &Row) {
        self.ledger(row.dataset()).unseen(row.label);
    }

    /// Notes that credentials were not asked for, since their service's API is off. Nothing runs under an API that is off;
    /// keys that were made before are not known to be gone, and may open what other projects have.
    pub(in crate::collect) fn off(&mut self, row: &Row) {
        if row.kind == AttachmentKind::Credential {
            let what = format!("{} ({} is off)", row.label, row.service());
            self.holding.unseen(what);
        }
    }

    /// Notes that what was gathered of credentials may be behind since `as_of`.
    pub(in crate::collect) fn credentials_behind(&mut self, as_of: DateTime<Utc>) {
        self.holding.behind(as_of);
    }

    pub(in crate::collect) fn absorb(&mut self, other: Self) {
        self.attachments.extend(other.attachments);
        self.references.extend(other.references);
        self.credentials.extend(other.credentials);
        self.addresses.extend(other.addresses);
        self.indirect.extend(other.indirect);
        self.revisions.extend(other.revisions);
        self.services = self.services.take().or(other.services);
        self.running.absorb(other.running);
        self.naming.absorb(other.naming);
        self.holding.absorb(other.holding);
        self.addressing.absorb(other.addressing);
    }

    /// Takes in which services are on in the project.
    pub(super) fn services(&mut self, services: Vec<String>) {
        self.services = Some(services);
    }

    /// Returns what was found in the project, with how the whole of the reads ended.
    pub(in crate::collect) fn finish(mut self, project: &Project) -> Facts {
        let mut through = Vec::new();
        for (row, name, json) in &self.indirect {
            let found = resolve(row, Resource { name, json }, project, &self.attachments);
            through.extend(found.attachments);
            self.running.malformed(found.malformed);
        }
        self.attachments.extend(through);
        let scope = Scope::Project(project.id.clone());
        let running = self.running.ended(!self.attachments.is_empty());
        let services = self.services.take().map(|services| EnabledServices {
            project: project.id.clone(),
            services,
        });
        let mut credentials = std::mem::take(&mut self.credentials);
        credentials.sort();
        credentials.dedup();
        let holding = self.holding.ended(!credentials.is_empty());
        let mut addresses = std::mem::take(&mut self.addresses);
        addresses.sort();
        addresses.dedup();
        let addressing = self.addressing.ended(!addresses.is_empty());
        let mut facts = self.finish_above(scope.clone());
        facts.credentials = credentials;
        facts.addresses = addresses;
        facts.services.extend(services);
        let coverage = &mut facts.coverage;
        coverage.record(scope.clone(), Dataset::Attachments, running);
        coverage.record(scope.clone(), Dataset::OtherCredentials, holding);
        coverage.record(scope, Dataset::Addresses, addressing);
        facts
    }

    /// Returns what was found that no project has, with how the reads of it ended.
    pub(in crate::collect) fn finish_above(self, scope: Scope) -> Facts {
        let naming = self.naming.ended(!self.references.is_empty());
        let mut facts = Facts {
            attachments: self.attachments,
            references: self.references,
            ..Facts::default()
        };
        facts.attachments.sort();
        facts.attachments.dedup();
        facts.references.sort();
        facts.references.dedup();
        facts.coverage.record(scope, Dataset::References, naming);
        facts
    }
}

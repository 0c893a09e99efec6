//! What was gathered of a project's attachments on the way: accounts, groups still to be resolved, what went wrong.

use serde_json::Value;

use crate::model::attachment::{Attachment, AttachmentKind};
use crate::model::coverage::Reading;
use crate::model::names::FullResourceName;
use crate::model::project::Project;

use super::extract::{Resource, extract, resolve};
use super::table::Row;

/// What was gathered of a project.
#[derive(Debug, Clone, Default)]
pub(in crate::collect) struct Gathered {
    attachments: Vec<Attachment>,
    /// Resources that name others which name accounts; their JSON is held until all of those are there.
    indirect: Vec<(&'static Row, FullResourceName, Value)>,
    malformed: u64,
    /// The reads that were not whole: what was read, and how it ended.
    gaps: Vec<(&'static str, Reading)>,
    /// What this version does not look at, though it may be there.
    unseen: Vec<&'static str>,
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
        let Some(name) = name else {
            self.malformed += 1;
            return;
        };
        for row in rows {
            if row.kind == AttachmentKind::Indirect {
                self.indirect.push((row, name.clone(), json.clone()));
                continue;
            }
            let found = extract(row, Resource { name: &name, json }, project);
            self.attachments.extend(found.attachments);
            self.malformed += found.malformed;
        }
    }

    /// Counts elements that could not be understood.
    pub(in crate::collect) fn malformed(&mut self, count: u64) {
        self.malformed += count;
    }

    /// Takes in how a read ended.
    pub(in crate::collect) fn reading(&mut self, what: &'static str, reading: Reading) {
        match reading {
            Reading::Read | Reading::Skipped | Reading::Stale { .. } => {}
            Reading::NotCovered { .. } => self.unseen(what),
            Reading::Malformed { count } => self.malformed += count,
            Reading::Truncated { .. }
            | Reading::Denied { .. }
            | Reading::ApiDisabled { .. }
            | Reading::Quota { .. }
            | Reading::Perimeter { .. }
            | Reading::Failed { .. } => {
                if !self.gaps.contains(&(what, reading.clone())) {
                    self.gaps.push((what, reading));
                }
            }
        }
    }

    /// Notes what this version does not look at, though it may be there: no failure of a read.
    pub(in crate::collect) fn unseen(&mut self, what: &'static str) {
        self.unseen.push(what);
    }

    pub(in crate::collect) fn absorb(&mut self, other: Self) {
        self.attachments.extend(other.attachments);
        self.indirect.extend(other.indirect);
        self.malformed += other.malformed;
        for (what, reading) in other.gaps {
            self.reading(what, reading);
        }
        self.unseen.extend(other.unseen);
    }

    /// Returns the attachments and how the whole of the reads ended.
    pub(in crate::collect) fn finish(mut self, project: &Project) -> (Vec<Attachment>, Reading) {
        let mut through = Vec::new();
        for (row, name, json) in &self.indirect {
            let found = resolve(row, Resource { name, json }, project, &self.attachments);
            through.extend(found.attachments);
            self.malformed += found.malformed;
        }
        self.attachments.extend(through);
        self.attachments.sort();
        self.attachments.dedup();
        let reading = self.ended();
        (self.attachments, reading)
    }

    /// Returns how the whole ended: as its only read did where that brought nothing, else in words for each gap.
    ///
    /// What this version does not look at makes no gap, and is told beside those that there are.
    fn ended(&mut self) -> Reading {
        self.gaps.sort();
        self.unseen.sort_unstable();
        self.unseen.dedup();
        let not_covered = self.unseen.join(", ");
        match (&self.gaps[..], self.malformed) {
            ([], 0) if not_covered.is_empty() => return Reading::Read,
            ([], 0) => return Reading::NotCovered { what: not_covered },
            ([], count) if not_covered.is_empty() => return Reading::Malformed { count },
            _ => {}
        }
        if let ([(_, only)], [], [], 0) = (
            &self.gaps[..],
            &self.unseen[..],
            &self.attachments[..],
            self.malformed,
        ) {
            return only.clone();
        }
        let mut parts: Vec<String> = self
            .gaps
            .iter()
            .map(|(what, reading)| format!("{what}: {}", words(reading)))
            .collect();
        if !not_covered.is_empty() {
            parts.push(format!("not looked at: {not_covered}"));
        }
        if self.malformed > 0 {
            parts.push(format!("{} not understood", self.malformed));
        }
        Reading::Truncated {
            message: parts.join("; "),
        }
    }
}

fn words(reading: &Reading) -> String {
    match reading {
        Reading::Read => "read".to_owned(),
        Reading::Skipped => "not asked for".to_owned(),
        Reading::Stale { as_of } => format!("known as of {}", as_of.format("%Y-%m-%d")),
        Reading::NotCovered { what } => format!("not looked at: {what}"),
        Reading::Malformed { count } => format!("{count} not understood"),
        Reading::Denied {
            permission: Some(permission),
        } => format!("{permission} denied"),
        Reading::Denied { permission: None } => "denied".to_owned(),
        Reading::ApiDisabled { service, consumer } => match consumer {
            Some(consumer) => format!("{service} is off in {consumer}"),
            None => format!("{service} is off"),
        },
        Reading::Perimeter { .. } => "refused by a service perimeter".to_owned(),
        Reading::Truncated { message }
        | Reading::Quota { message }
        | Reading::Failed { message, .. } => message.clone(),
    }
}

//! `key-on-workstation`: a key file lies on a person's machine.

use crate::model::coverage::Dataset;
use crate::model::message::Message;
use crate::model::place::PlaceKind;
use crate::model::rule::{Cis, RuleMeta, Severity};

use super::words::callers::{AtPlace, at_place};
use super::{Context, Outcome, Rule};

/// The rule.
pub(super) struct KeyOnWorkstation;

static META: RuleMeta = RuleMeta {
    id: "key-on-workstation",
    title: "a key is used on a person's machine",
    severity: Severity::High,
    on_by_default: true,
    needs: &[Dataset::Keys, Dataset::AuditLogs],
    docs: include_str!("key_on_workstation.md"),
    cis: Some(Cis {
        v2_to_v4: Some("1.4"),
        v5: "1.5",
    }),
    owasp: &["NHI10:2025"],
};

impl Rule for KeyOnWorkstation {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let rule = AtPlace {
            meta: &META,
            counts: |place| (place.kind == PlaceKind::Workstation).then_some(place.confidence),
            message: Message::from("is used on "),
        };
        at_place(cx, &rule)
    }
}

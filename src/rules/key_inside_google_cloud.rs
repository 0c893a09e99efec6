//! `key-inside-google-cloud`: a key signs in where an attached account would do.

use crate::model::coverage::Dataset;
use crate::model::message::Message;
use crate::model::place::PlaceKind;
use crate::model::rule::{Cis, Confidence, RuleMeta, Severity};

use super::words::callers::{AtPlace, at_place};
use super::{Context, Outcome, Rule};

/// The rule.
pub(super) struct KeyInsideGoogleCloud;

static META: RuleMeta = RuleMeta {
    id: "key-inside-google-cloud",
    title: "a key is used on Google Cloud, where an attached account needs none",
    severity: Severity::High,
    on_by_default: true,
    needs: &[Dataset::Keys, Dataset::AuditLogs],
    docs: include_str!("key_inside_google_cloud.md"),
    cis: Some(Cis {
        v2_to_v4: Some("1.4"),
        v5: "1.5",
    }),
    owasp: &["NHI7:2025"],
};

impl Rule for KeyInsideGoogleCloud {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let rule = AtPlace {
            meta: &META,
            counts: |place| match place.kind {
                PlaceKind::GoogleCloud => Some(place.confidence),
                // It may as well be on-premises, behind a VPN or an interconnect.
                PlaceKind::Network => Some(Confidence::Low),
                PlaceKind::Workstation
                | PlaceKind::Ci
                | PlaceKind::OtherCloud
                | PlaceKind::Saas
                | PlaceKind::Unknown => None,
            },
            message: Message::from("is used inside "),
        };
        at_place(cx, &rule)
    }
}

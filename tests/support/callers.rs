//! Calls as audit logs tell them, in a few lines: `call("etl@acme-prod.iam.gserviceaccount.com").key("4f1c").days_ago(5)`.

use sa_audit::model::call::{AddressClass, Caller, Principal};
use sa_audit::model::message::Message;
use sa_audit::model::names::{Email, KeyId, ProjectId};
use sa_audit::model::place::{Place, PlaceKind, PlacedCaller};
use sa_audit::model::rule::Confidence;
use sa_audit::model::usage::{Period, UsageSource};

use super::estate::days_ago;

/// Returns one call as an account to Cloud Storage, ten days before the scan, of which nothing tells the place.
pub fn call(email: &str) -> CallBuilder {
    CallBuilder(Caller {
        source: UsageSource::Logs,
        principal: Principal::Account(Email::parse(email).expect("an address")),
        key: None,
        delegate: None,
        target: None,
        user_agent: String::new(),
        address: AddressClass::Absent,
        addresses: Vec::new(),
        more_addresses: false,
        network: None,
        service: "storage.googleapis.com".to_owned(),
        project: Some(ProjectId::parse("acme-prod").expect("a project id")),
        seen: Period {
            from: days_ago(10),
            to: days_ago(10),
        },
        count: 1,
    })
}

/// Builds a call.
#[derive(Clone)]
pub struct CallBuilder(Caller);

impl CallBuilder {
    /// Lets a key have signed in.
    pub fn key(mut self, id: &str) -> Self {
        self.0.key = Some(KeyId::parse(id).expect("a key id"));
        self
    }

    /// Makes the calls begin and end so many days before the scan.
    pub fn between(mut self, from: i64, to: i64) -> Self {
        self.0.seen = Period {
            from: days_ago(from),
            to: days_ago(to),
        };
        self
    }

    /// Sets the user agent.
    pub fn user_agent(mut self, text: &str) -> Self {
        self.0.user_agent = text.to_owned();
        self
    }

    /// Sets the last of the delegates.
    pub fn delegate(mut self, text: &str) -> Self {
        self.0.delegate = Some(text.to_owned());
        self
    }

    /// Makes it a call for a token of another account.
    pub fn target(mut self, email: &str) -> Self {
        self.0.target = Some(Email::parse(email).expect("an address"));
        self
    }

    /// Sets whoever called, in place of an account.
    pub fn principal(mut self, principal: Principal) -> Self {
        self.0.principal = principal;
        self
    }

    /// Returns the call.
    pub fn build(self) -> Caller {
        self.0
    }

    /// Returns the call from a place of that kind and name.
    pub fn at(self, kind: PlaceKind, name: &str, confidence: Confidence) -> PlacedCaller {
        PlacedCaller {
            call: self.0,
            place: Place {
                kind,
                name: Some(name)
                    .filter(|name| !name.is_empty())
                    .map(str::to_owned),
                network: None,
                confidence,
                reasons: vec![Message::from("a sign says so")],
            },
        }
    }
}

//! The emulator answers as Google does: driven by raw requests, with nothing of sa-audit's client.

mod answers;
mod assets;
mod faults;
mod generator;
mod load;
mod loopback;
mod paging;
mod refusals;
mod usage;
mod workloads;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use sa_audit::emulator::generate::{Shape, generate};
use sa_audit::emulator::{Emulator, Estate, Fault, FaultKind, Latency, Quotas, serve};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

const CRM: &str = "https://cloudresourcemanager.googleapis.com/v3";
const PROD: &str = "https://iam.googleapis.com/v1/projects/shop-prod/serviceAccounts";
const WEB_KEYS: &str = "https://iam.googleapis.com/v1/projects/shop-prod/serviceAccounts/web@shop-prod.iam.gserviceaccount.com/keys";
const ACTIVITIES: &str = "https://policyanalyzer.googleapis.com/v1/projects/shop-prod/locations/global/activityTypes/serviceAccountLastAuthentication/activities:query";

fn small() -> Estate {
    Estate::parse(include_str!("../support/small.json")).expect("the small estate")
}

fn emulator() -> Emulator {
    Emulator::new(&small())
}

/// A whole answer.
struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    fn error(&self) -> Value {
        self.json()["error"].clone()
    }

    /// The status, and the error's canonical name and message, or the whole text where it is no API's error.
    fn refusal(&self) -> (u16, String) {
        let text = match serde_json::from_str::<Value>(&self.text) {
            Ok(body) => format!(
                "{}: {}",
                text(&body["error"]["status"]),
                text(&body["error"]["message"])
            ),
            Err(_) => self.text.clone(),
        };
        (self.status, text)
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn request(verb: &str, url: &str, body: &str) -> Request<Bytes> {
    Request::builder()
        .method(verb)
        .uri(url)
        .header("authorization", "Bearer ya29.emulated")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .expect("a request")
}

async fn send(emulator: &Emulator, request: Request<Bytes>) -> Answer {
    let (head, body) = emulator
        .handle(request)
        .await
        .expect("an answer")
        .into_parts();
    let bytes = body.collect().await.expect("a whole body").to_bytes();
    Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        text: String::from_utf8(bytes.to_vec()).expect("UTF-8"),
    }
}

async fn get(emulator: &Emulator, url: &str) -> Answer {
    send(emulator, request("GET", url, "")).await
}

/// The last parts of the names in a list.
fn names(page: &Value, items: &str) -> Vec<String> {
    let elements = page[items].as_array().into_iter().flatten();
    elements
        .map(|element| {
            text(&element["name"])
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

/// Every page of a list: its elements, in order, by page.
async fn pages(emulator: &Emulator, url: &str, items: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut token = String::new();
    loop {
        let separator = if url.contains('?') { '&' } else { '?' };
        let page = get(emulator, &format!("{url}{separator}pageToken={token}")).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let page = page.json();
        pages.push(page[items].as_array().cloned().unwrap_or_default());
        match page.get("nextPageToken") {
            Some(next) => token = text(next).to_owned(),
            None => return pages,
        }
    }
}

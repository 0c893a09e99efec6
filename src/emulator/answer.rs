//! Answers as HTTP: pages cut, JSON written, headers set.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;

use super::Body;
use super::body::{Sending, gzip};
use super::effects::{BodyEffect, PageEffect};
use super::errors::{self, Refusal, RefusalBody};
use super::index::Element;
use super::paging::{self, Position, Tokens};
use super::services::{Call, Reply};
use super::tally::InFlight;

/// What is sent.
#[derive(Debug)]
pub(super) enum Answer {
    /// A page of a list.
    Page {
        /// The array's name.
        items: &'static str,
        /// The elements' JSON.
        elements: Vec<String>,
        /// The token of the next page.
        next: Option<String>,
    },
    /// A page of a list over zones and regions: an aggregated list of Compute Engine's.
    Scoped {
        /// The name of the array in each place.
        field: &'static str,
        /// The place of each element, and its JSON.
        elements: Vec<(String, String)>,
        /// The token of the next page.
        next: Option<String>,
    },
    /// One resource's JSON.
    Resource(String),
    Refused(Refusal),
}

/// How the client wants the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Identity,
    Gzip,
}

impl Encoding {
    /// Returns gzip only where the header accepts it and the user agent says `gzip` too, as Google does
    /// (<https://cloud.google.com/apis/docs/system-parameters>, "gzip" under HTTP headers).
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let says = |name| {
            let value: Option<&HeaderValue> = headers.get(name);
            value
                .and_then(|value| value.to_str().ok())
                .is_some_and(|text| text.contains("gzip"))
        };
        if says(header::ACCEPT_ENCODING) && says(header::USER_AGENT) {
            Self::Gzip
        } else {
            Self::Identity
        }
    }
}

impl Answer {
    /// Returns the answer that the reply makes: a list is cut to the page that the call asks for.
    ///
    /// # Errors
    /// 400 for a negative page size, a page token that is none, and one that belongs to another request.
    pub(super) fn new(
        reply: Reply,
        call: &Call<'_>,
        tokens: &Tokens,
        effect: Option<PageEffect>,
    ) -> Result<Self, Refusal> {
        match reply {
            Reply::List(elements) => {
                // Only methods with an array in their answer list anything.
                let items = call.route.method.items.as_deref().unwrap_or_default();
                let (page, next) = page(&elements, call, tokens, effect)?;
                let prefix = format!("{items}.");
                let elements = page
                    .iter()
                    .map(|element| written(element, call, &prefix))
                    .collect();
                Ok(Self::Page {
                    items,
                    elements,
                    next,
                })
            }
            Reply::Scoped(elements) => {
                let field = call.route.method.scoped.as_deref().unwrap_or_default();
                let (places, elements): (Vec<String>, Vec<Arc<Element>>) =
                    elements.into_iter().unzip();
                let (page, next) = page(&elements, call, tokens, effect)?;
                let place = |element: &Arc<Element>| {
                    let at = elements
                        .iter()
                        .position(|known| Arc::ptr_eq(known, element));
                    // What a fault has put in lies where the first element does.
                    places
                        .get(at.unwrap_or_default())
                        .cloned()
                        .unwrap_or_else(|| "global".to_owned())
                };
                let elements = page
                    .iter()
                    .map(|element| (place(element), element.raw.get().to_owned()))
                    .collect();
                Ok(Self::Scoped {
                    field,
                    elements,
                    next,
                })
            }
            Reply::One(element) => Ok(Self::Resource(written(&element, call, ""))),
        }
    }

    /// Returns the HTTP response.
    pub(super) fn send(
        self,
        pretty: bool,
        encoding: Encoding,
        effect: Option<BodyEffect>,
        in_flight: InFlight,
    ) -> Response<Body> {
        let json = "application/json; charset=UTF-8";
        let (status, headers, content_type, text) = match self {
            Self::Page {
                items,
                elements,
                next,
            } => (
                StatusCode::OK,
                Vec::new(),
                json,
                list(items, &elements, next.as_deref(), pretty),
            ),
            Self::Scoped {
                field,
                elements,
                next,
            } => (
                StatusCode::OK,
                Vec::new(),
                json,
                by_place(field, elements, next.as_deref()),
            ),
            Self::Resource(text) => (StatusCode::OK, Vec::new(), json, text),
            Self::Refused(Refusal {
                status,
                headers,
                body: RefusalBody::Json(body),
            }) => (
                status,
                headers,
                json,
                if pretty {
                    format!("{body:#}\n")
                } else {
                    body.to_string()
                },
            ),
            Self::Refused(Refusal {
                status,
                headers,
                body: RefusalBody::Text { content_type, text },
            }) => (status, headers, content_type, text),
        };
        let bytes = match encoding {
            Encoding::Identity => Bytes::from(text),
            Encoding::Gzip => gzip(text.as_bytes()),
        };
        let mut response = Response::new(Sending::new(bytes, effect, in_flight).boxed());
        *response.status_mut() = status;
        let own = response.headers_mut();
        own.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        own.insert(
            header::VARY,
            HeaderValue::from_static("Origin, X-Origin, Referer"),
        );
        own.insert(header::SERVER, HeaderValue::from_static("ESF"));
        if encoding == Encoding::Gzip {
            own.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        own.extend(headers);
        response
    }
}

/// Returns the elements of the page that the call asks for, and the token of the next.
fn page(
    elements: &[Arc<Element>],
    call: &Call<'_>,
    tokens: &Tokens,
    effect: Option<PageEffect>,
) -> Result<(Vec<Arc<Element>>, Option<String>), Refusal> {
    let Some(pages) = &call.route.method.pages else {
        return Ok((affected(elements, effect.as_ref()), None));
    };
    let asked = call.page_size(&pages.parameter);
    // These document that they ignore sizes that are not positive; others refuse the negative.
    let ignored = [
        "policyanalyzer.googleapis.com",
        "recommender.googleapis.com",
    ]
    .contains(&call.route.method.host.as_str());
    if asked.is_some_and(|size| size < 0) && !ignored {
        return Err(errors::invalid_argument("Page size must not be negative."));
    }
    let request = format!(
        "{} {}?{}{}",
        call.route.method.id,
        call.route.path,
        call.query.but_for(&[&pages.parameter, "pageToken"]),
        call.body_but_for(&[&pages.parameter, "pageToken"])
    );
    let position = match call.page_token() {
        None => Position::START,
        Some(token) => tokens.read(&request, token).ok_or_else(|| {
            errors::invalid_argument("The page token is invalid, or belongs to another request.")
        })?,
    };
    let start = usize::try_from(position.offset)
        .unwrap_or(usize::MAX)
        .min(elements.len());
    let end = start
        .saturating_add(paging::size(pages, asked))
        .min(elements.len());
    let next = match &effect {
        Some(PageEffect::Empty) => Some(position),
        Some(PageEffect::Endless { fresh }) => Some(Position {
            round: position.round + u64::from(*fresh),
            ..position
        }),
        Some(PageEffect::Inject(_)) | None => (end < elements.len()).then_some(Position {
            offset: end as u64,
            round: 0,
        }),
    };
    let page = affected(&elements[start..end], effect.as_ref());
    Ok((page, next.map(|position| tokens.write(&request, position))))
}

fn affected(page: &[Arc<Element>], effect: Option<&PageEffect>) -> Vec<Arc<Element>> {
    let mut page = page.to_vec();
    match effect {
        None | Some(PageEffect::Endless { .. }) => {}
        Some(PageEffect::Empty) => page.clear(),
        Some(PageEffect::Inject(element)) => {
            page.insert(page.len() / 2, Element::new(Arc::clone(element)));
        }
    }
    page
}

/// Returns the element's JSON as the call wants it: as it was written, or with numbers for enums.
fn written(element: &Element, call: &Call<'_>, prefix: &str) -> String {
    let enums = &call.route.method.enums;
    if !call.query.enums_as_numbers || element.view().is_null() {
        return element.raw.get().to_owned();
    }
    let mut value = element.view().clone();
    for (path, names) in enums {
        if let Some(path) = path.strip_prefix(prefix) {
            number(&mut value, path, names);
        }
    }
    value.to_string()
}

/// Replaces the enum at the dotted path by its number; arrays are passed through, unknown names stay.
fn number(value: &mut Value, path: &str, names: &[String]) {
    match value {
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| number(value, path, names)),
        Value::Object(fields) => {
            let (field, behind) = path
                .split_once('.')
                .map_or((path, None), |(field, behind)| (field, Some(behind)));
            match (fields.get_mut(field), behind) {
                (Some(inner), Some(behind)) => number(inner, behind, names),
                (Some(inner), None) => {
                    if let Some(at) = inner
                        .as_str()
                        .and_then(|name| names.iter().position(|known| known == name))
                    {
                        *inner = at.into();
                    }
                }
                (None, _) => {}
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Returns a list's JSON. An empty array and an empty token are left out, as proto3 does.
fn list(items: &str, elements: &[String], next: Option<&str>, pretty: bool) -> String {
    let mut fields = Vec::new();
    let (line, inner) = if pretty { ("\n", "  ") } else { ("", "") };
    if !elements.is_empty() {
        let separator = format!(",{line}{inner}{inner}");
        let elements = elements.join(&separator);
        fields.push(format!(
            "{inner}\"{items}\": [{line}{inner}{inner}{elements}{line}{inner}]"
        ));
    }
    if let Some(token) = next {
        fields.push(format!("{inner}\"nextPageToken\": \"{token}\""));
    }
    if fields.is_empty() {
        return format!("{{}}{line}");
    }
    format!("{{{line}{}{line}}}{line}", fields.join(&format!(",{line}")))
}

/// Returns an aggregated list's JSON: a map of places, each with its own array.
fn by_place(field: &str, elements: Vec<(String, String)>, next: Option<&str>) -> String {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (place, element) in elements {
        places.entry(place).or_default().push(element);
    }
    let places: Vec<String> = places
        .iter()
        .map(|(place, elements)| format!("\"{place}\": {{\"{field}\": [{}]}}", elements.join(", ")))
        .collect();
    let next = next
        .map(|token| format!(", \"nextPageToken\": \"{token}\""))
        .unwrap_or_default();
    format!("{{\"items\": {{{}}}{next}}}", places.join(", "))
}

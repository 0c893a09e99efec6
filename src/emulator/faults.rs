//! Faults on request: what goes wrong, on which method and path, how often.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// A fault, and the calls that it meets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Method ids that it meets, such as `iam.projects.serviceAccounts.keys.list`; `*` stands for any text.
    pub method: String,
    /// Decoded paths that it meets, such as `*etl@*`; `*` stands for any text, slashes too. None meets every path. An
    /// account in a path goes by its address and by its unique id, whichever the caller wrote; a method that takes resource
    /// names in its body meets it by each of them: `projects/acme-prod`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// How many calls it still meets; none is every call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What goes wrong.
    pub fault: FaultKind,
}

/// What goes wrong.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// An answer of that HTTP status.
    Status {
        /// The HTTP status.
        code: u16,
        /// Further headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// A string is sent as plain text, other JSON as JSON; none is Google's own error of that code.
        #[serde(default)]
        body: Option<Value>,
    },
    /// 403: the caller lacks a permission.
    PermissionDenied {
        /// The permission, such as `iam.serviceAccountKeys.list`.
        permission: String,
    },
    /// 403: the API is switched off.
    ApiDisabled {
        /// The service, such as `iam.googleapis.com`.
        service: String,
        /// The consumer project, `projects/NUMBER`.
        consumer: String,
    },
    /// 429: a quota is used up.
    Quota {
        /// Seconds in the `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u32>,
        /// Seconds in a `google.rpc.RetryInfo` detail.
        #[serde(default)]
        retry_info: Option<u32>,
    },
    /// 403: a VPC Service Controls perimeter.
    VpcServiceControls,
    /// 403: user credentials without a quota project.
    QuotaProjectMissing,
    /// 401: the token has expired.
    TokenExpired,
    /// A body that breaks off after so many bytes.
    Cut {
        /// Bytes that still arrive.
        after: usize,
    },
    /// A body that stops after so many bytes and never ends.
    Stall {
        /// Bytes that still arrive.
        after: usize,
    },
    /// The right answer, late.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// The connection breaks before any answer.
    Reset,
    /// The front end's HTML page.
    Html {
        /// The HTTP status, such as 502.
        code: u16,
    },
    /// One more element in the middle of a page.
    MalformedElement {
        /// The element's JSON.
        element: Arc<RawValue>,
    },
    /// A page without elements, with the token of the page that was asked for; for methods that page.
    EmptyPage,
    /// Pages whose token leads back to the same page; for methods that page.
    EndlessPages {
        /// Whether each token differs from the one before.
        #[serde(default)]
        fresh: bool,
    },
}

impl Fault {
    /// Returns a fault that meets every call of the method.
    #[must_use]
    pub fn on(method: &str, fault: FaultKind) -> Self {
        Self {
            method: method.to_owned(),
            path: None,
            times: None,
            fault,
        }
    }

    /// Returns the fault narrowed to decoded paths such as `*etl@*`.
    #[must_use]
    pub fn path(self, glob: &str) -> Self {
        Self {
            path: Some(glob.to_owned()),
            ..self
        }
    }

    /// Returns the fault narrowed to the next calls.
    #[must_use]
    pub fn times(self, calls: u32) -> Self {
        Self {
            times: Some(calls),
            ..self
        }
    }

    /// Returns the fault that `METHOD[,PATH]=KIND[*N]` describes.
    ///
    /// Kinds: `status:CODE`, `permission-denied:PERMISSION`, `api-disabled:SERVICE:CONSUMER`, `quota`,
    /// `quota:retry-after:SECONDS`, `quota:retry-info:SECONDS`, `vpc-service-controls`, `quota-project-missing`,
    /// `token-expired`, `cut:BYTES`, `stall:BYTES`, `delay:MS`, `reset`, `html:CODE`, `malformed-element:JSON`,
    /// `empty-page`, `endless-pages`, `endless-pages:fresh`.
    ///
    /// # Errors
    /// [`FaultError`] with the text where it is none of these.
    pub fn parse(text: &str) -> Result<Self, FaultError> {
        let unreadable = || FaultError {
            text: text.to_owned(),
        };
        let (target, what) = text.split_once('=').ok_or_else(unreadable)?;
        let (method, path) = match target.split_once(',') {
            Some((method, path)) => (method, Some(path.to_owned())),
            None => (target, None),
        };
        let (kind, times) = match what.rsplit_once('*') {
            Some((kind, times)) => (kind, Some(times.parse().map_err(|_| unreadable())?)),
            None => (what, None),
        };
        let fault = FaultKind::parse(kind).ok_or_else(unreadable)?;
        Ok(Self {
            method: method.to_owned(),
            path,
            times,
            fault,
        })
    }

    pub(crate) fn meets(&self, method: &str, path: &str) -> bool {
        self.times != Some(0)
            && fits(&self.method, method)
            && self.path.as_ref().is_none_or(|glob| fits(glob, path))
    }
}

/// A fault that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "{text:?} is no fault: METHOD[,PATH]=KIND[*N], such as iam.projects.serviceAccounts.keys.list,*etl@*=quota*3"
)]
pub struct FaultError {
    text: String,
}

impl FaultKind {
    fn parse(text: &str) -> Option<Self> {
        let (name, value) = text
            .split_once(':')
            .map_or((text, None), |(name, value)| (name, Some(value)));
        Some(match (name, value) {
            ("status", Some(code)) => Self::Status {
                code: http_status(code)?,
                headers: BTreeMap::new(),
                body: None,
            },
            ("permission-denied", Some(permission)) => Self::PermissionDenied {
                permission: permission.to_owned(),
            },
            ("api-disabled", Some(value)) => {
                let (service, consumer) = value.split_once(':')?;
                Self::ApiDisabled {
                    service: service.to_owned(),
                    consumer: consumer.to_owned(),
                }
            }
            ("quota", None) => Self::Quota {
                retry_after: None,
                retry_info: None,
            },
            ("quota", Some(value)) => match value.split_once(':')? {
                ("retry-after", seconds) => Self::Quota {
                    retry_after: Some(seconds.parse().ok()?),
                    retry_info: None,
                },
                ("retry-info", seconds) => Self::Quota {
                    retry_after: None,
                    retry_info: Some(seconds.parse().ok()?),
                },
                _ => return None,
            },
            ("vpc-service-controls", None) => Self::VpcServiceControls,
            ("quota-project-missing", None) => Self::QuotaProjectMissing,
            ("token-expired", None) => Self::TokenExpired,
            ("cut", Some(bytes)) => Self::Cut {
                after: bytes.parse().ok()?,
            },
            ("stall", Some(bytes)) => Self::Stall {
                after: bytes.parse().ok()?,
            },
            ("delay", Some(ms)) => Self::Delay {
                ms: ms.parse().ok()?,
            },
            ("reset", None) => Self::Reset,
            ("html", Some(code)) => Self::Html {
                code: http_status(code)?,
            },
            ("malformed-element", Some(json)) => Self::MalformedElement {
                element: RawValue::from_string(json.to_owned()).ok()?.into(),
            },
            ("empty-page", None) => Self::EmptyPage,
            ("endless-pages", None) => Self::EndlessPages { fresh: false },
            ("endless-pages", Some("fresh")) => Self::EndlessPages { fresh: true },
            _ => return None,
        })
    }
}

fn http_status(text: &str) -> Option<u16> {
    text.parse().ok().filter(|code| (200..600).contains(code))
}

/// Returns whether the text fits the glob, in which `*` stands for any text.
fn fits(glob: &str, text: &str) -> bool {
    match glob.split_once('*') {
        None => glob == text,
        Some((before, behind)) => text.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| fits(behind, &rest[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn globs() {
        assert!(fits(
            "*etl@*",
            "/v1/projects/p/serviceAccounts/etl@p.iam.gserviceaccount.com/keys"
        ));
        assert!(fits(
            "iam.*.keys.list",
            "iam.projects.serviceAccounts.keys.list"
        ));
        assert!(fits("*", ""));
        assert!(!fits(
            "iam.*.keys.list",
            "iam.projects.serviceAccounts.list"
        ));
        assert!(!fits("etl", "etl@"));
        assert!(!fits("ä*", "b"));
    }

    #[test]
    fn faults_on_the_command_line() {
        let fault =
            Fault::parse("iam.projects.serviceAccounts.keys.list,*etl@*=quota:retry-after:3*2")
                .expect("a fault");
        assert_eq!(
            serde_json::to_value(&fault).expect("JSON"),
            json!({
                "method": "iam.projects.serviceAccounts.keys.list", "path": "*etl@*", "times": 2,
                "fault": { "quota": { "retry_after": 3, "retry_info": null } }
            })
        );
        for text in [
            "m=status:503",
            "m=permission-denied:a.b.c",
            "m=api-disabled:iam.googleapis.com:projects/1",
            "m=quota",
            "m=quota:retry-info:4",
            "m=vpc-service-controls",
            "m=quota-project-missing",
            "m=token-expired",
            "m=cut:10",
            "m=stall:0",
            "m=delay:50",
            "m=reset",
            "m=html:502",
            "m=malformed-element:{\"name\":7}",
            "m=empty-page",
            "m=endless-pages",
            "m=endless-pages:fresh*3",
        ] {
            let fault = Fault::parse(text).expect(text);
            let json = serde_json::to_string(&fault).expect("JSON");
            let again: Fault = serde_json::from_str(&json).expect("what was written reads");
            assert_eq!(serde_json::to_string(&again).expect("JSON"), json);
        }
    }

    #[test]
    fn unreadable_faults_are_named() {
        for text in [
            "m",
            "m=",
            "m=nonsense",
            "m=status:9",
            "m=quota*x",
            "m=quota:soon:3",
            "m=cut",
            "m=malformed-element:{",
        ] {
            let error = Fault::parse(text).expect_err(text);
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("{text:?} is no fault")),
                "{error}"
            );
        }
    }
}

//! Allow policies, in the version that the caller asks for.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Call, Reply};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Element, Index};

/// The version that has conditions.
const CONDITIONS: u64 = 3;

/// Returns the allow policy of the resource, from `HOST/RESOURCE:getIamPolicy`; the empty policy where none was ever set.
///
/// Whoever asks for another version than 3 gets a conditional binding without its condition, under a role's name that
/// ends in `_withcond_` and a hash, so that it cannot be taken for the whole grant
/// (<https://cloud.google.com/iam/docs/troubleshoot-withcond>).
///
/// # Errors
/// 400 for a version that there is not.
pub(super) fn policy(index: &Index, call: &Call<'_>, key: &str) -> Result<Reply, Refusal> {
    let version = version(call);
    if ![0, 1, CONDITIONS].contains(&version) {
        return Err(errors::invalid_argument(format!(
            "Requested policy version ({version}) is invalid; valid versions are 0, 1, and 3."
        )));
    }
    let set = index.collection(&format!("{key}:getIamPolicy")).first();
    Ok(Reply::One(match set {
        None => Element::from_value(&json!({ "etag": "ACAB" })),
        Some(set) if version != CONDITIONS && is_conditional(set) => {
            let mut policy = set.view().clone();
            hide_conditions(&mut policy);
            Element::from_value(&policy)
        }
        Some(set) => set.clone(),
    }))
}

/// Returns the version that is asked for: in the query where the method has it there, else in the body.
fn version(call: &Call<'_>) -> u64 {
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    match call.query.number("options.requestedPolicyVersion") {
        Some(version) => u64::try_from(version).unwrap_or(u64::MAX),
        None => match call.body.pointer("/options/requestedPolicyVersion") {
            Some(version) => number(version).unwrap_or(u64::MAX),
            None => 0,
        },
    }
}

fn is_conditional(policy: &Element) -> bool {
    let bindings = policy.view().get("bindings").and_then(Value::as_array);
    bindings.is_some_and(|bindings| bindings.iter().any(|b| b.get("condition").is_some()))
}

fn hide_conditions(policy: &mut Value) {
    let bindings = policy.get_mut("bindings").and_then(Value::as_array_mut);
    for binding in bindings.into_iter().flatten() {
        let condition = binding
            .as_object_mut()
            .and_then(|fields| fields.remove("condition"));
        if let (Some(condition), Some(Value::String(role))) = (condition, binding.get_mut("role")) {
            let digest = Sha256::digest(format!("{role} {condition}"));
            role.push_str("_withcond_");
            for byte in &digest[..10] {
                write!(role, "{byte:02x}").expect("writing to a string cannot fail");
            }
        }
    }
    policy["version"] = 1.into();
}

//! Makes a [`gcp_auth::Token`] of what a server, a file or a variable gave.

use gcp_auth::Token;
use serde::Deserialize;

use super::error::{CredentialError, FailureKind};
use super::secret::Secret;

/// The one scope that is asked for: IAM, Policy Analyzer and Asset Inventory know no narrower one for reading.
pub(super) const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
/// Google's access tokens live an hour, unless an answer says otherwise.
pub(super) const HOUR: u64 = 3600;
/// Life given to a token whose expiry is not known, in seconds: with renewal two minutes early it is asked for again
/// every five minutes.
pub(super) const UNKNOWN_LIFE: u64 = 420;
/// The longest life that Google grants, in seconds; a longer one is an odd answer, and `gcp_auth` would
/// panic on the oddest.
const LONGEST_LIFE: u64 = 12 * HOUR;
/// Longer than any token that Google hands out, in bytes.
const LONGEST: usize = 16 * 1024;

/// The answer of an OAuth 2.0 token endpoint, of STS, and of the metadata server.
#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    pub(super) access_token: Secret,
    pub(super) expires_in: Option<u64>,
}

/// Returns the token with its life in seconds, or nothing where the text cannot be one.
///
/// A token is one word of visible ASCII: anything else would not fit into a header, or would smuggle a second one in.
pub(super) fn access_token(text: &Secret, seconds: u64) -> Option<Token> {
    let word = text.expose();
    if word.is_empty() || word.len() > LONGEST || !word.bytes().all(|byte| byte.is_ascii_graphic())
    {
        return None;
    }
    let seconds = seconds.min(LONGEST_LIFE);
    // `Token` has no constructor, but it reads Google's answer.
    serde_json::from_value(serde_json::json!({ "access_token": word, "expires_in": seconds })).ok()
}

/// Returns the token in the body of a token endpoint's answer, or nothing where there is none.
pub(super) fn token_in(body: &[u8]) -> Option<Token> {
    let answer: TokenAnswer = serde_json::from_slice(body).ok()?;
    access_token(&answer.access_token, answer.expires_in.unwrap_or(HOUR))
}

/// Returns the error for a successful answer without a token in it.
pub(super) fn no_token(who: &str, step: &str) -> CredentialError {
    CredentialError::new(
        FailureKind::Unreachable,
        format!("{who}: {step}: the answer holds no token"),
        "check what stands between this machine and the token endpoint",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_word() {
        assert!(access_token(&Secret::new("ya29.never-real"), HOUR).is_some());
        for bad in [
            "",
            "two words",
            "line\r\nx-evil: 1",
            "umläut",
            &"x".repeat(LONGEST + 1),
        ] {
            assert!(access_token(&Secret::new(bad), HOUR).is_none());
        }
        let eternal = token_in(br#"{"access_token": "t", "expires_in": 18446744073709551615}"#);
        assert!(eternal.is_some_and(|token| !token.has_expired()));
        assert!(token_in(br#"{"access_token": "t", "expires_in": -1}"#).is_none());
        assert!(token_in(b"<html>").is_none());
    }
}

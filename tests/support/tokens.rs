//! Token sources that need no identity provider.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use gcp_auth::Token;
use sa_audit::gcp::credentials::{CredentialError, FailureKind, TokenCache, TokenSource};
use serde_json::json;

/// Gives one token after the other, and the last one from then on; without any, it fails.
struct Tokens {
    tokens: Vec<&'static str>,
    asked: AtomicUsize,
}

/// Returns a cache over a source that gives `tokens` one after the other.
pub fn tokens(tokens: &[&'static str]) -> Arc<TokenCache> {
    let tokens = Tokens {
        tokens: tokens.to_vec(),
        asked: AtomicUsize::new(0),
    };
    Arc::new(TokenCache::new(Box::new(tokens)))
}

#[async_trait::async_trait]
impl TokenSource for Tokens {
    async fn fetch(&self) -> Result<Token, CredentialError> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let token = self.tokens.get(asked).or(self.tokens.last());
        let token = token.ok_or(CredentialError {
            kind: FailureKind::DeadLogin,
            story: "the login has expired".to_owned(),
            remedy: "sign in again".to_owned(),
        })?;
        let token = json!({"access_token": token, "expires_in": 3_600});
        Ok(serde_json::from_value(token).expect("a token"))
    }
}

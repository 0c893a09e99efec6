//! One token for everybody: fetched once, renewed before it expires, dropped when an API refuses it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gcp_auth::{Token, TokenProvider};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::error::CredentialError;

/// A token is renewed this long before it expires, or at half its life if that is shorter.
const RENEW_EARLY: Duration = Duration::from_secs(120);
/// A failure is repeated to every caller for this long before the next try.
const KEEP_FAILURE: Duration = Duration::from_secs(10);

/// Gets a fresh access token, each time it is asked.
#[async_trait::async_trait]
pub trait TokenSource: Send + Sync + 'static {
    /// Returns a new token of scope `cloud-platform`.
    ///
    /// # Errors
    /// What was tried, what came back, what to do; bounded in time.
    async fn fetch(&self) -> Result<Token, CredentialError>;
}

/// Hands out one cached token.
///
/// Callers that find none, or an old one, share one fetch and its failure. While a renewal fails, the old token is
/// handed out as long as it lives.
pub struct TokenCache {
    source: Box<dyn TokenSource>,
    project: Option<Arc<str>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    failure: Option<(CredentialError, Instant)>,
}

struct Held {
    token: Arc<Token>,
    renew_at: Instant,
    expires_at: Instant,
}

impl Held {
    /// Returns the token with its times on the clock that nobody sets.
    fn new(token: Token) -> Self {
        let life = (token.expires_at() - chrono::Utc::now())
            .to_std()
            .unwrap_or_default();
        let now = Instant::now();
        Self {
            token: Arc::new(token),
            renew_at: now + life - RENEW_EARLY.min(life / 2),
            expires_at: now + life,
        }
    }

    /// Asks the wall clock too: the other one stands still while the machine sleeps.
    fn is_alive(&self) -> bool {
        Instant::now() < self.expires_at && !self.token.has_expired()
    }
}

impl TokenCache {
    /// Returns an empty cache in front of the source.
    pub fn new(source: Box<dyn TokenSource>) -> Self {
        Self {
            source,
            project: None,
            state: Mutex::default(),
        }
    }

    /// Returns the cache with the project that [`TokenProvider::project_id`] answers.
    pub(super) fn with_project(mut self, project: Option<&str>) -> Self {
        self.project = project.map(Arc::from);
        self
    }

    /// Returns the cache holding a token that is at hand already.
    pub(super) fn with_token(mut self, token: Token) -> Self {
        self.state.get_mut().held = Some(Held::new(token));
        self
    }

    /// Returns a token of scope `cloud-platform` that has not expired.
    ///
    /// # Errors
    /// The source's failure, for ten seconds the same to every caller.
    pub async fn token(&self) -> Result<Arc<Token>, CredentialError> {
        // Held over the fetch: who waits here finds its outcome.
        let mut state = self.state.lock().await;
        let alive = state.held.as_ref().filter(|held| held.is_alive());
        if let Some(held) = alive
            && Instant::now() < held.renew_at
        {
            return Ok(held.token.clone());
        }
        let alive = alive.map(|held| held.token.clone());
        let failure = match &state.failure {
            Some((failure, until)) if Instant::now() < *until => failure.clone(),
            Some(_) | None => match self.source.fetch().await {
                Ok(token) => {
                    let held = Held::new(token);
                    let token = held.token.clone();
                    *state = State {
                        held: Some(held),
                        failure: None,
                    };
                    return Ok(token);
                }
                Err(failure) => {
                    tracing::debug!(%failure, "no new access token");
                    state.failure = Some((failure.clone(), Instant::now() + KEEP_FAILURE));
                    failure
                }
            },
        };
        alive.ok_or(failure)
    }

    /// Drops a token that an API refused, so that the next caller fetches a new one; a newer token stays.
    pub async fn invalidate(&self, refused: &Token) {
        let mut state = self.state.lock().await;
        if state
            .held
            .as_ref()
            .is_some_and(|held| held.token.as_str() == refused.as_str())
        {
            state.held = None;
        }
    }
}

#[async_trait::async_trait]
impl TokenProvider for TokenCache {
    /// Returns the cached token. The scopes are ignored: it is always of `cloud-platform`, since most of Google's APIs
    /// know no narrower one for reading; what may be read is decided by IAM roles.
    async fn token(&self, _scopes: &[&str]) -> Result<Arc<Token>, gcp_auth::Error> {
        Self::token(self)
            .await
            .map_err(|failure| gcp_auth::Error::Other("no access token", Box::new(failure)))
    }

    async fn project_id(&self) -> Result<Arc<str>, gcp_auth::Error> {
        self.project
            .clone()
            .ok_or(gcp_auth::Error::Str("the credentials name no project"))
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("project", &self.project)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::error::FailureKind;
    use super::super::secret::Secret;
    use super::super::token::access_token;
    use super::*;

    /// Answers `token-N` for the N-th fetch, living `seconds`, but fails in the given fetches.
    struct Numbered {
        fetches: Arc<AtomicUsize>,
        seconds: u64,
        failing: std::ops::Range<usize>,
    }

    #[async_trait::async_trait]
    impl TokenSource for Numbered {
        async fn fetch(&self) -> Result<Token, CredentialError> {
            let n = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
            if self.failing.contains(&n) {
                return Err(CredentialError::new(
                    FailureKind::Unreachable,
                    format!("fetch {n} failed"),
                    "wait",
                ));
            }
            Ok(access_token(&Secret::new(format!("token-{n}")), self.seconds).expect("a token"))
        }
    }

    fn cache(seconds: u64, failing: std::ops::Range<usize>) -> (Arc<TokenCache>, Arc<AtomicUsize>) {
        let fetches = Arc::new(AtomicUsize::new(0));
        (
            Arc::new(TokenCache::new(Box::new(Numbered {
                fetches: fetches.clone(),
                seconds,
                failing,
            }))),
            fetches,
        )
    }

    async fn ask(cache: &TokenCache) -> String {
        match cache.token().await {
            Ok(token) => token.as_str().to_owned(),
            Err(error) => error.story,
        }
    }

    async fn ask_twenty_times_at_once(cache: &Arc<TokenCache>) -> Vec<String> {
        let callers: Vec<_> = (0..20)
            .map(|_| {
                let cache = cache.clone();
                tokio::spawn(async move { ask(&cache).await })
            })
            .collect();
        let mut answers = Vec::new();
        for caller in callers {
            answers.push(caller.await.expect("the caller"));
        }
        answers
    }

    #[tokio::test(start_paused = true)]
    async fn callers_share_one_fetch() {
        let (cache, fetches) = cache(3600, 0..0);
        assert_eq!(ask_twenty_times_at_once(&cache).await, vec!["token-1"; 20]);
        assert_eq!(fetches.load(Ordering::SeqCst), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_share_one_failure_until_it_is_tried_again() {
        let (cache, fetches) = cache(3600, 1..2);
        assert_eq!(
            ask_twenty_times_at_once(&cache).await,
            vec!["fetch 1 failed"; 20]
        );
        assert_eq!(fetches.load(Ordering::SeqCst), 1);
        tokio::time::advance(KEEP_FAILURE).await;
        assert_eq!(ask(&cache).await, "token-2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_renewed_two_minutes_early() {
        let (cache, _) = cache(3600, 0..0);
        assert_eq!(ask(&cache).await, "token-1");
        tokio::time::advance(Duration::from_secs(3600 - 125)).await;
        assert_eq!(ask(&cache).await, "token-1");
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(ask(&cache).await, "token-2");
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_lived_token_is_still_used_for_half_its_life() {
        let (cache, _) = cache(100, 0..0);
        assert_eq!(ask(&cache).await, "token-1");
        tokio::time::advance(Duration::from_secs(45)).await;
        assert_eq!(ask(&cache).await, "token-1");
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(ask(&cache).await, "token-2");
    }

    #[tokio::test(start_paused = true)]
    async fn the_old_token_serves_while_its_renewal_fails() {
        let (cache, fetches) = cache(3600, 2..20);
        assert_eq!(ask(&cache).await, "token-1");
        tokio::time::advance(Duration::from_secs(3600 - 100)).await;
        assert_eq!(ask(&cache).await, "token-1");
        assert_eq!(ask(&cache).await, "token-1");
        assert_eq!(
            fetches.load(Ordering::SeqCst),
            2,
            "the failure is remembered"
        );
        tokio::time::advance(Duration::from_secs(101)).await;
        assert_eq!(ask(&cache).await, "fetch 3 failed");
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_refused_token_is_dropped() {
        let (cache, _) = cache(3600, 0..0);
        let first = cache.token().await.expect("a token");
        cache.invalidate(&first).await;
        assert_eq!(ask(&cache).await, "token-2");
        cache.invalidate(&first).await;
        assert_eq!(
            ask(&cache).await,
            "token-2",
            "a late refusal of the first leaves the second"
        );
    }
}

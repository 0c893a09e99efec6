//! One token bucket per quota of Google's, so that a scan stays under Google's quotas instead of running into them.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::apis::Api;

/// A quota that requests are counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quota {
    /// An API's own.
    Of(Api),
    /// That of IAM for reads of workload identity pools and providers: 600 a minute and project, apart from the other
    /// reads (<https://cloud.google.com/iam/quotas>).
    Federation,
}

impl Quota {
    /// Returns every quota.
    pub fn all() -> impl Iterator<Item = Self> {
        Api::ALL.into_iter().map(Self::Of).chain([Self::Federation])
    }

    /// Returns the host of the API whose quota it is.
    #[must_use]
    pub const fn host(self) -> &'static str {
        match self {
            Self::Of(api) => api.host(),
            Self::Federation => Api::Iam.host(),
        }
    }

    const fn per_minute(self) -> u32 {
        match self {
            Self::Of(api) => api.reads_per_minute(),
            Self::Federation => 600,
        }
    }
}

impl From<Api> for Quota {
    fn from(api: Api) -> Self {
        Self::Of(api)
    }
}

/// Requests per minute and quota, where they differ from Google's defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quotas(BTreeMap<Quota, u32>);

impl Quotas {
    /// Returns the quotas with another figure for one of them, in requests per minute; 0 counts as 1.
    #[must_use]
    pub fn with(mut self, quota: impl Into<Quota>, per_minute: u32) -> Self {
        self.0.insert(quota.into(), per_minute);
        self
    }

    /// Returns a quota in requests per minute.
    #[must_use]
    pub fn per_minute(&self, quota: Quota) -> u32 {
        let other = self.0.get(&quota).copied();
        other.unwrap_or_else(|| quota.per_minute()).max(1)
    }
}

/// A token bucket: refilled at 80 % of the quota, 20 % of it deep.
///
/// Together that is the quota, so that no window of sixty seconds ever holds more requests than it allows, wherever
/// Google's minute begins. Tokens go out in the order in which they were asked for.
#[derive(Debug)]
pub(super) struct Bucket {
    /// When the bucket will be full again; it holds a token while that is less than its depth away.
    full_at: Mutex<Instant>,
    interval: Duration,
    depth: Duration,
}

impl Bucket {
    /// Returns a full bucket for a quota in requests per minute.
    pub(super) fn new(per_minute: u32) -> Self {
        let burst = (per_minute / 5).max(1);
        let refill = per_minute - per_minute / 5;
        let interval = Duration::from_secs(60) / refill.max(1);
        Self {
            full_at: Mutex::new(Instant::now()),
            interval,
            depth: interval * (burst - 1),
        }
    }

    /// Returns a slot for one request, once the bucket has a token and the semaphore a place.
    ///
    /// The token is waited for before the place is taken: an empty bucket of one API must not keep the places from the
    /// others. It is spent after, so that waiting for a place cannot save up a burst.
    pub(super) async fn admit<'a>(&self, slots: &'a Semaphore) -> SemaphorePermit<'a> {
        let mut full_at = self.full_at.lock().await;
        if let Some(ready) = full_at
            .checked_sub(self.depth)
            .filter(|ready| *ready > Instant::now())
        {
            sleep_until(ready).await;
        }
        let slot = slots
            .acquire()
            .await
            .expect("the semaphore is never closed");
        *full_at = (*full_at).max(Instant::now()) + self.interval;
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds, from the start, at which each of `count` requests was admitted.
    async fn admissions(per_minute: u32, count: usize) -> Vec<f64> {
        let bucket = Bucket::new(per_minute);
        let slots = Semaphore::new(count);
        let start = Instant::now();
        let mut times = Vec::new();
        for _ in 0..count {
            bucket.admit(&slots).await.forget();
            times.push(start.elapsed().as_secs_f64());
        }
        times
    }

    #[tokio::test(start_paused = true)]
    async fn the_burst_goes_at_once_and_the_rest_at_eighty_per_cent() {
        // Quota 60 a minute: 12 at once, then one every 60 / 48 s.
        let times = admissions(60, 15).await;
        assert_eq!(times[..12], [0.0; 12]);
        for (time, expected) in times[12..].iter().zip([1.25, 2.5, 3.75]) {
            assert!(
                (time - expected).abs() < 0.01,
                "{time} instead of {expected}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_minute_holds_more_than_the_quota() {
        for quota in [1, 4, 7, 60, 600] {
            let times = admissions(quota, 3 * quota as usize + 5).await;
            for (at, start) in times.iter().enumerate() {
                let within = times[at..]
                    .iter()
                    .filter(|time| **time < start + 60.0)
                    .count();
                assert!(
                    within <= quota as usize,
                    "{within} in a minute, quota {quota}"
                );
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_bucket_holds_no_slot() {
        let bucket = Bucket::new(1);
        let slots = Semaphore::new(1);
        bucket.admit(&slots).await.forget();
        slots.add_permits(1);
        let waiting = bucket.admit(&slots);
        tokio::pin!(waiting);
        let half_a_minute = tokio::time::timeout(Duration::from_secs(30), &mut waiting);
        assert!(half_a_minute.await.is_err());
        assert_eq!(slots.available_permits(), 1);
        waiting.await.forget();
        assert_eq!(slots.available_permits(), 0);
    }
}

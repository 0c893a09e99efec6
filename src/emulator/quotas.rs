//! Quotas: requests a minute, by API and consumer project, in fixed windows.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

/// Requests a minute that each API grants each consumer project.
#[derive(Debug, Clone)]
pub struct Quotas {
    per_minute: BTreeMap<String, u32>,
}

/// What the quota of reads of workload identity pools is called here.
const FEDERATION: &str = "iam.googleapis.com/workloadIdentityPools";

/// Returns the name of the quota that a call of the method is counted against: its service's, or one of its own.
pub(crate) fn quota_of<'a>(service: &'a str, method: &str) -> &'a str {
    if method.contains(".workloadIdentityPools.") {
        FEDERATION
    } else {
        service
    }
}

impl Default for Quotas {
    /// Returns Google's default quotas, as far as they are known.
    ///
    /// IAM: 6,000 reads a minute and project, and 600 of workload identity pools and providers
    /// (<https://cloud.google.com/iam/quotas>). Resource Manager: 600 a minute, the figure that is commonly met; Google's
    /// page does not state it. Logging: 60 lists of entries a minute (<https://cloud.google.com/logging/quotas>). Policy
    /// Analyzer publishes none and has none here.
    fn default() -> Self {
        let per_minute = [
            ("iam.googleapis.com", 6_000),
            (FEDERATION, 600),
            ("cloudresourcemanager.googleapis.com", 600),
            ("logging.googleapis.com", 60),
        ];
        Self {
            per_minute: per_minute
                .map(|(service, limit)| (service.to_owned(), limit))
                .into(),
        }
    }
}

impl Quotas {
    /// Returns no quota for any service.
    #[must_use]
    pub fn none() -> Self {
        Self {
            per_minute: BTreeMap::new(),
        }
    }

    /// Returns the quotas with another limit for one service, in requests a minute.
    #[must_use]
    pub fn with(mut self, service: &str, per_minute: u32) -> Self {
        self.per_minute.insert(service.to_owned(), per_minute);
        self
    }
}

const WINDOW: Duration = Duration::from_secs(60);

/// What was used of the quotas since the emulator's first request.
#[derive(Debug)]
pub(crate) struct Meter {
    quotas: Quotas,
    start: Option<Instant>,
    /// By service and consumer: the window, and the requests in it.
    used: BTreeMap<(String, String), (u64, u32)>,
    /// Requests that exceeded a quota.
    pub(crate) refused: u64,
}

impl Meter {
    pub(crate) fn new(quotas: Quotas) -> Self {
        Self {
            quotas,
            start: None,
            used: BTreeMap::new(),
            refused: 0,
        }
    }

    /// Counts one request at that moment.
    ///
    /// # Errors
    /// The limit, in requests a minute, where the window's requests are used up.
    pub(crate) fn take(&mut self, service: &str, consumer: &str, now: Instant) -> Result<(), u32> {
        let Some(&limit) = self.quotas.per_minute.get(service) else {
            return Ok(());
        };
        let start = *self.start.get_or_insert(now);
        let window = now.duration_since(start).as_secs() / WINDOW.as_secs();
        let used = self
            .used
            .entry((service.to_owned(), consumer.to_owned()))
            .or_insert((window, 0));
        if used.0 != window {
            *used = (window, 0);
        }
        if used.1 == limit {
            self.refused += 1;
            return Err(limit);
        }
        used.1 += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_fixed_and_apart_by_service_and_consumer() {
        let mut meter = Meter::new(Quotas::default().with("iam.googleapis.com", 2));
        let start = Instant::now();
        let mut take = |service, consumer, seconds| {
            meter.take(service, consumer, start + Duration::from_secs(seconds))
        };
        assert_eq!(take("iam.googleapis.com", "projects/1", 0), Ok(()));
        assert_eq!(take("iam.googleapis.com", "projects/1", 59), Ok(()));
        assert_eq!(take("iam.googleapis.com", "projects/1", 59), Err(2));
        assert_eq!(take("iam.googleapis.com", "projects/2", 59), Ok(()));
        assert_eq!(
            take("cloudresourcemanager.googleapis.com", "projects/1", 59),
            Ok(())
        );
        assert_eq!(
            take("policyanalyzer.googleapis.com", "projects/1", 59),
            Ok(())
        );
        assert_eq!(take("iam.googleapis.com", "projects/1", 60), Ok(()));
    }
}

//! How long an answer takes.

use std::time::Duration;

/// The time that passes before each answer.
#[derive(Debug, Clone, Default)]
pub enum Latency {
    /// None.
    #[default]
    None,
    /// The same for every answer.
    Fixed(Duration),
    /// Evenly spread between two bounds, by a seeded generator.
    Uniform {
        /// The least.
        from: Duration,
        /// The most.
        to: Duration,
        /// The generator's seed: the same seed gives the same times in the order of the calls.
        seed: u64,
    },
}

/// A latency with its generator.
#[derive(Debug)]
pub(crate) struct Clockwork {
    latency: Latency,
    random: fastrand::Rng,
}

impl Clockwork {
    pub(crate) fn new(latency: Latency) -> Self {
        let seed = match latency {
            Latency::None | Latency::Fixed(_) => 0,
            Latency::Uniform { seed, .. } => seed,
        };
        Self {
            latency,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// Returns the next answer's latency.
    pub(crate) fn next(&mut self) -> Duration {
        match self.latency {
            Latency::None => Duration::ZERO,
            Latency::Fixed(time) => time,
            Latency::Uniform { from, to, .. } => {
                from + to.saturating_sub(from).mul_f64(self.random.f64())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_latency_is_bounded_and_repeatable() {
        let (from, to) = (Duration::from_millis(20), Duration::from_millis(80));
        let times = |seed| {
            let mut clockwork = Clockwork::new(Latency::Uniform { from, to, seed });
            (0..50).map(|_| clockwork.next()).collect::<Vec<_>>()
        };
        assert!(times(1).iter().all(|time| (from..to).contains(time)));
        assert_eq!(times(1), times(1));
        assert_ne!(times(1), times(2));
    }
}

//! Google over loopback: the emulator on a port of its own, for as long as the test holds it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sa_audit::emulator::{Emulator, Estate, Fault, serve};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// An emulator that listens on loopback.
pub struct Loopback {
    pub base: String,
    emulator: Arc<Emulator>,
    _runtime: Runtime,
}

impl Loopback {
    /// Serves one of `fixtures/estates`.
    pub fn of(estate: &str) -> Self {
        Self::serving(Emulator::new(&bundled(estate)))
    }

    /// Serves one of `fixtures/estates`, with faults as `Fault::parse` reads them.
    pub fn with_faults(estate: &str, faults: &[&str]) -> Self {
        let google = Self::of(estate);
        for fault in faults {
            google.emulator.fault(Fault::parse(fault).expect(fault));
        }
        google
    }

    pub fn serving(emulator: Emulator) -> Self {
        let emulator = Arc::new(emulator);
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        runtime.spawn(serve(Arc::clone(&emulator), listener));
        Self {
            base,
            emulator,
            _runtime: runtime,
        }
    }

    /// Returns how often each method was called.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.emulator.calls()
    }
}

/// Returns one of `fixtures/estates`.
pub fn bundled(name: &str) -> Estate {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/estates/{name}.json"));
    Estate::read(&path).expect("the estate")
}

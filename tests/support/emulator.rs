//! The real client over the emulator, in memory: `Scan::of(&named("retail")).take().await`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request as HttpRequest, Response, Uri};
use sa_audit::collect::Payer;
use sa_audit::collect::assets::Via;
use sa_audit::commands::snapshot::{Connection, Observer, Request, header, take};
use sa_audit::emulator::{Emulator, Estate, Fault, Latency};
use sa_audit::error::Error;
use sa_audit::gcp::backend::{Backend, Body};
use sa_audit::gcp::google::Google;
use sa_audit::gcp::transport::{Settings as Transporting, Transport};
use sa_audit::join::join;
use sa_audit::model::names::{FolderId, OrganizationId, ProjectId};
use sa_audit::model::scope::{Root, ScanScope};
use sa_audit::model::settings::Settings;
use sa_audit::model::snapshot::Snapshot;
use sa_audit::model::source::SourceSpec;
use sa_audit::report::{Cause, NotEvaluated, Report, build};
use sa_audit::rules::evaluate;
use sa_audit::store::Unfinished;
use sa_audit::usage::bigquery::DEFAULT_MAX_BYTES;

use super::tokens::tokens;

/// Returns the estate `fixtures/estates/NAME.json`.
pub fn named(name: &str) -> Estate {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/estates");
    Estate::read(&folder.join(name).with_extension("json")).expect("an estate of the fixtures")
}

/// Returns the report on a snapshot, with default settings.
pub fn report(snapshot: &Snapshot) -> Report {
    let settings = Settings::default();
    let estate = join(snapshot, &settings);
    let evaluation = evaluate(&estate, &settings);
    build(&estate, evaluation, &settings, "sa-audit 0.1.0")
}

/// A scan of an estate through the real client: of its organization, project by project, with Policy Analyzer, at the
/// estate's own "now".
///
/// Run it with tokio's time paused: waits then pass at once.
pub struct Scan {
    backend: Arc<InMemory>,
    request: Request,
    settings: Transporting,
    tokens: &'static [&'static str],
}

impl Scan {
    /// Returns a scan of the estate.
    pub fn of(estate: &Estate) -> Self {
        Self::over(estate, Emulator::new(estate))
    }

    /// Returns a scan of the estate whose answers are late, each by a time of its own: they come in another order.
    pub fn shuffled(estate: &Estate, seed: u64) -> Self {
        let latency = Latency::Uniform {
            from: Duration::ZERO,
            to: Duration::from_secs(2),
            seed,
        };
        Self::over(estate, Emulator::new(estate).with_latency(latency))
    }

    /// Returns a scan of the estate whose emulator takes one token alone.
    pub fn with_token(estate: &Estate, token: &str) -> Self {
        Self::over(estate, Emulator::new(estate).with_access_token(token))
    }

    /// Returns a scan of the estate whose Asset Inventory still tells of the `earlier` one.
    pub fn behind(estate: &Estate, earlier: &Estate) -> Self {
        Self::over(estate, Emulator::new(estate).with_assets_of(earlier)).via(Via::AssetInventory)
    }

    fn over(estate: &Estate, emulator: Emulator) -> Self {
        let number = estate.organization.trim_start_matches("organizations/");
        Self {
            backend: Arc::new(InMemory {
                emulator,
                page: None,
                paths: Mutex::default(),
            }),
            request: Request {
                scope: ScanScope {
                    roots: vec![organization(number)],
                    exclude: Vec::new(),
                },
                via: Via::Iam,
                sources: vec![SourceSpec::PolicyAnalyzer],
                since: None,
                max_bytes: DEFAULT_MAX_BYTES,
                now: Some(estate.now),
            },
            settings: Transporting {
                jitter_seed: Some(7),
                ..Transporting::default()
            },
            tokens: &["ya29.emulated"],
        }
    }

    /// Scans these roots instead; none: every project that the caller sees.
    pub fn roots(mut self, roots: impl IntoIterator<Item = Root>) -> Self {
        self.request.scope.roots = roots.into_iter().collect();
        self
    }

    /// Leaves out what the glob matches.
    pub fn exclude(mut self, glob: &str) -> Self {
        self.request.scope.exclude.push(glob.to_owned());
        self
    }

    /// Takes that route.
    pub fn via(mut self, via: Via) -> Self {
        self.request.via = via;
        self
    }

    /// Asks these sources of last use and of calls, by their names on the command line.
    pub fn usage(mut self, sources: &[&str]) -> Self {
        let specs = sources.iter().map(|name| name.parse().expect(name));
        self.request.sources = specs.collect();
        self
    }

    /// Reads calls in audit logs from then on: `90d`.
    pub fn since(mut self, since: &str) -> Self {
        self.request.since = Some(since.parse().expect(since));
        self
    }

    /// Asks no source of last use.
    pub fn without_usage(mut self) -> Self {
        self.request.sources.clear();
        self
    }

    /// Sends that project as the one that pays.
    pub fn paid_by(mut self, project: &str) -> Self {
        self.settings.quota_project = Some(project.to_owned());
        self
    }

    /// Signs in with these tokens, one after the other, and with the last one from then on.
    pub fn tokens(mut self, tokens: &'static [&'static str]) -> Self {
        self.tokens = tokens;
        self
    }

    /// Lets no page hold more elements than that, of the lists whose requests name a size in their query.
    pub fn paged(mut self, elements: usize) -> Self {
        let backend = Arc::get_mut(&mut self.backend).expect("a backend that is not in use");
        backend.page = Some(elements);
        self
    }

    /// Sets one more fault.
    pub fn fault(self, fault: Fault) -> Self {
        self.backend.emulator.fault(fault);
        self
    }

    /// Returns the snapshot.
    ///
    /// # Errors
    /// Whatever ends the scan.
    pub async fn take(&self) -> Result<Snapshot, Error> {
        self.watched(None, &mut ()).await
    }

    /// Returns the snapshot; goes on where `unfinished` stopped, under the eyes of an observer.
    ///
    /// # Errors
    /// Whatever ends the scan.
    pub async fn watched(
        &self,
        unfinished: Option<Unfinished>,
        observer: &mut (dyn Observer + Send),
    ) -> Result<Snapshot, Error> {
        let backend: Arc<dyn Backend> = self.backend.clone();
        let transport = Transport::new(backend, tokens(self.tokens), self.settings.clone())
            .map_err(Error::new)?;
        let connection = Connection {
            google: Google::new(transport),
            payer: Payer {
                quota_project: self.settings.quota_project.clone(),
            },
        };
        let begun = header(&self.request);
        take(&connection, &self.request, begun, unfinished, observer).await
    }

    /// Returns what the scan asks for.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Returns how often each method was called, by its id; tries that failed count too.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.backend.emulator.calls()
    }

    /// Returns the path and query of every request, in the order in which they were sent, as sent.
    pub fn paths(&self) -> Vec<String> {
        let paths = self.backend.paths.lock();
        paths.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Returns the root `organizations/NUMBER`.
pub fn organization(number: &str) -> Root {
    Root::Organization(OrganizationId::parse(number).expect("an organization's number"))
}

/// Returns the root `folders/NUMBER`.
pub fn folder(number: &str) -> Root {
    Root::Folder(FolderId::parse(number).expect("a folder's number"))
}

/// Returns the project of that id or number as a root.
pub fn project(id: &str) -> Root {
    Root::Project(ProjectId::parse(id).expect("a project's id or number"))
}

/// The emulator as the transport's backend; it keeps what it was asked.
struct InMemory {
    emulator: Emulator,
    page: Option<usize>,
    paths: Mutex<Vec<String>>,
}

impl InMemory {
    fn keep(&self, uri: &Uri) {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        paths.extend(uri.path_and_query().map(ToString::to_string));
    }
}

#[async_trait::async_trait]
impl Backend for InMemory {
    async fn send(&self, request: HttpRequest<Bytes>) -> io::Result<Response<Body>> {
        self.keep(request.uri());
        let request = match self.page {
            None => request,
            Some(elements) => with_pages_of(elements, request),
        };
        self.emulator.handle(request).await
    }
}

/// Returns the request with another size of pages, where its query names one.
fn with_pages_of(elements: usize, mut request: HttpRequest<Bytes>) -> HttpRequest<Bytes> {
    let uri = request.uri().to_string();
    if let Some((before, query)) = uri.split_once('?') {
        let size = |part: &str| match part.split_once('=') {
            Some((name @ ("pageSize" | "maxResults"), _)) => format!("{name}={elements}"),
            Some(_) | None => part.to_owned(),
        };
        let query: Vec<String> = query.split('&').map(size).collect();
        let uri = format!("{before}?{}", query.join("&"));
        *request.uri_mut() = uri.parse().expect("an address");
    }
    request
}

/// Returns what is not evaluated, without what this route has no list for: that stands in every report.
pub fn asked(report: &Report) -> Vec<&NotEvaluated> {
    let entries = report.not_evaluated.iter();
    entries
        .filter(|entry| entry.cause != Cause::NotCovered)
        .collect()
}

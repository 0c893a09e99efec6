//! `demo`: the real scan over the bundled estate, without an account and without a network.

use std::sync::Arc;

use crate::cli::{DemoArgs, GlobalArgs};
use crate::collect::assets::Via;
use crate::emulator::{Emulator, Estate};
use crate::error::{Error, Result};
use crate::gcp::apis::Api;
use crate::gcp::transport::Settings;
use crate::model::names::OrganizationId;
use crate::model::scope::{Root, ScanScope};
use crate::model::settings::FailOn;
use crate::model::source::SourceSpec;
use crate::report::{Past, Selection};
use crate::store;
use crate::usage::bigquery::DEFAULT_MAX_BYTES;

use super::google::emulated;
use super::output::Outputs;
use super::report::{evaluated, write};
use super::settings;
use super::snapshot::{Request, header, take};

/// The estate that the demo scans: `fixtures/README.md` tells its story.
const RETAIL: &str = include_str!("../../fixtures/estates/retail.json");

/// Scans the bundled estate, prints the report, and returns the exit code.
pub(super) fn run(mut args: DemoArgs, global: &GlobalArgs) -> Result<u8> {
    // A demo is there to be read: neither findings nor gaps fail it, unless the user asks to see that too.
    if args.output.fail_on.is_none() {
        args.output.fail_on = Some(FailOn::Never);
        args.output.allow_incomplete = true;
    }
    let settings = settings::settings(global, &args.output, false)?;
    let outputs = Outputs::open(&args.output, global)?;
    let estate: Estate = Estate::parse(RETAIL).map_err(Error::new)?;
    let organization = estate.organization.trim_start_matches("organizations/");
    let root = OrganizationId::parse(organization).map_err(Error::new)?;
    let request = Request {
        scope: ScanScope {
            roots: vec![Root::Organization(root)],
            exclude: Vec::new(),
        },
        via: Via::Auto,
        sources: served(&estate),
        since: None,
        max_bytes: DEFAULT_MAX_BYTES,
        now: Some(estate.now),
    };
    let runtime = tokio::runtime::Runtime::new().map_err(Error::new)?;
    let snapshot = runtime.block_on(async {
        let connection = emulated(Arc::new(Emulator::new(&estate)), Settings::default())?;
        take(&connection, &request, header(&request), None, &mut ()).await
    })?;
    if let Some(path) = &args.snapshot {
        store::write(path, &snapshot).map_err(Error::new)?;
    }
    let now = evaluated(&snapshot, &settings);
    write(
        now,
        &Past::default(),
        &Selection::default(),
        &settings,
        outputs,
    )
}

/// Returns the sources of which the estate holds anything.
fn served(estate: &Estate) -> Vec<SourceSpec> {
    let sources = [
        (SourceSpec::PolicyAnalyzer, Api::PolicyAnalyzer),
        (SourceSpec::Monitoring, Api::Monitoring),
        (SourceSpec::Recommender, Api::Recommender),
        (SourceSpec::Logging, Api::Logging),
    ];
    let holds = |api: Api| {
        let mut keys = estate.resources.keys();
        keys.any(|key| key.split('/').next() == Some(api.host()))
    };
    let held = sources.into_iter().filter(|(_, api)| holds(*api));
    held.map(|(source, _)| source).collect()
}

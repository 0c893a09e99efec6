//! The command line: what was typed, and nothing more.

use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use clap::builder::PossibleValue;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::model::rule::Severity;
use crate::model::settings::FailOn;
use crate::model::source::{Since, SourceError, SourceSpec};

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing at or above --fail-on
  1  findings at or above it
  2  an error: no report was made
  3  a report, but something could not be read (0 with --allow-incomplete)";

const PLAN_EXIT_CODES: &str = "\
Exit codes:
  0  every plan is proved, not contradicted, or first to find something out
  1  a plan is not ready, or to be looked at by hand
  2  an error: no plan was made
  3  as 0, but something could not be read (0 with --allow-incomplete)";

const DIFF_EXIT_CODES: &str = "\
Exit codes:
  0  done; with --exit-code: nothing has changed
  1  with --exit-code: something has changed
  2  an error: nothing was compared
  3  with --exit-code: nothing has changed, but something can no longer be read";

const USAGE_EXIT_CODES: &str = "\
Exit codes:
  0  done
  2  an error: a source could not be read
  3  the groups, but something could not be read";

const NOTIFY_EXIT_CODES: &str = "\
Exit codes:
  0  done, or nothing to tell
  2  an error: something was not posted";

const WEBHOOKS: &str = "\
The addresses of Slack's incoming webhooks are secrets, a line each: an address alone gets everything, and \
`#channel https://…` what belongs to the owners of that channel in sa-audit.toml.";

const SIGNS_IN: &str = "\
Signs in with the first of: --access-token-file, CLOUDSDK_AUTH_ACCESS_TOKEN, GOOGLE_OAUTH_ACCESS_TOKEN, \
GOOGLE_APPLICATION_CREDENTIALS, `gcloud auth application-default login`, the metadata server, gcloud's own login. \
Reads only: it never writes to Google Cloud.";

/// Find the service accounts that several workloads share and the keys that nobody can account for.
#[derive(Debug, Parser)]
#[command(name = "sa-audit", version, about, long_about = None, max_term_width = 100)]
#[command(after_help = format!("{EXIT_CODES}

`sa-audit demo` shows it all on a bundled estate; it needs no account and no network."))]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub struct GlobalArgs {
    /// Configuration file [default: `SA_AUDIT_CONFIG`, or the nearest sa-audit.toml upwards].
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// When to use colour.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: When,
    /// Say more on standard error; twice: every request.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Say nothing on standard error but errors.
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read service accounts, keys and their last use from Google Cloud, keep a snapshot, print the report.
    Scan(Box<ScanArgs>),
    /// Print the report of a snapshot again; needs no credentials.
    Report(ReportArgs),
    /// Print the way out of a snapshot's findings, an account each, in proved steps; needs no credentials.
    Plan(PlanArgs),
    /// Print who used which account and key, from where, when: the calls of audit logs, without a scan.
    Usage(Box<UsageArgs>),
    /// Scan the bundled estate: the real scan, without an account and without a network.
    Demo(DemoArgs),
    /// Print what changed between two snapshots; needs no credentials.
    Diff(DiffArgs),
    /// Tell people what changed since the scan before; needs no credentials of Google's.
    #[command(subcommand)]
    Notify(NotifyCommand),
    /// Print how the counts of the store's snapshots develop, week by week.
    Trend(TrendArgs),
    /// Make one snapshot of several, of scans that were sharded by folder or project.
    Merge(MergeArgs),
    /// Print the entry for sa-audit.toml that accepts a finding, bound to its account and to its evidence.
    Accept(AcceptArgs),
    /// List the rules, or explain one.
    Rules {
        /// The rule to explain.
        id: Option<String>,
    },
    /// Print a JSON Schema.
    Schema {
        /// Which one.
        name: SchemaName,
    },
    /// Write a commented sa-audit.toml with every default.
    Init {
        /// Where to write it.
        #[arg(default_value = crate::config::FILE_NAME)]
        file: PathBuf,
        /// Write over a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print a manual page.
    Man {
        /// The command that it is about [default: the program as a whole].
        command: Option<String>,
    },
}

/// Flags of `scan`.
#[derive(Debug, Args)]
#[command(after_help = format!("{SIGNS_IN}\n\n{EXIT_CODES}"))]
pub struct ScanArgs {
    /// What to look at.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// How to read it.
    #[command(flatten)]
    pub sources: SourceArgs,
    /// As whom.
    #[command(flatten)]
    pub credentials: CredentialArgs,
    /// How hard.
    #[command(flatten)]
    pub network: NetworkArgs,
    /// Where the snapshot goes.
    #[command(flatten)]
    pub store: StoreArgs,
    /// Write the snapshot to this file and not into the store.
    #[arg(long, value_name = "FILE", help_heading = "Snapshot")]
    pub snapshot: Option<PathBuf>,
    /// Go on with the scan of this scope that was broken off.
    #[arg(long, help_heading = "Snapshot")]
    pub resume: bool,
    /// Keep no more than this many snapshots of this scope in the store; older ones are deleted once the scan is kept.
    #[arg(long, value_name = "N", conflicts_with = "snapshot", help_heading = "Snapshot", value_parser = clap::value_parser!(u32).range(1..))]
    pub keep: Option<u32>,
    /// Take this as the current time (RFC 3339); equal estates then give equal bytes.
    #[arg(long, value_name = "TIME", help_heading = "Snapshot")]
    pub now: Option<DateTime<Utc>>,
    /// What to compare with.
    #[command(flatten)]
    pub baseline: BaselineArgs,
    /// What to print.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What a report is compared with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Baseline")]
pub struct BaselineArgs {
    /// Compare with this snapshot, or with the `previous` one of the same scope in the store: only findings that are new,
    /// changed or back again count for --fail-on.
    #[arg(long, value_name = "SNAPSHOT")]
    pub baseline: Option<Baseline>,
    /// Let findings that the baseline knows count for --fail-on too.
    #[arg(long, requires = "baseline")]
    pub fail_on_known: bool,
}

/// What `--baseline` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Baseline {
    /// The newest snapshot of the same scope in the store that is older; where there is none, everything is new.
    Previous,
    /// A snapshot.
    Snapshot(PathBuf),
}

impl FromStr for Baseline {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "previous" => Self::Previous,
            path => Self::Snapshot(path.into()),
        })
    }
}

/// What a scan looks at.
#[derive(Debug, Args)]
#[command(next_help_heading = "Scope (none: every active project that the caller sees)")]
pub struct ScopeArgs {
    /// An organization's number, with everything below it; repeatable.
    #[arg(long, value_name = "NUMBER")]
    pub organization: Vec<String>,
    /// A folder's number, with everything below it; repeatable.
    #[arg(long, value_name = "NUMBER")]
    pub folder: Vec<String>,
    /// A project's id or number; repeatable.
    #[arg(long, value_name = "ID")]
    pub project: Vec<String>,
    /// Leave out projects whose id matches; repeatable.
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
}

/// How a scan reads.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sources")]
pub struct SourceArgs {
    /// The route to accounts, policies and the resources that name accounts; keys are always confirmed by IAM.
    #[arg(long, value_name = "ROUTE", default_value = "auto")]
    pub via: Route,
    /// A source that tells when accounts and keys were last used, and who called; repeatable: policy-analyzer, monitoring
    /// (both are needed for "unused"), recommender, logging (audit logs through the Logging API), logs:PATH (exported ones: a
    /// file, a folder, a pattern, or - for standard input), bigquery:PROJECT.DATASET (a sink's tables), or none.
    #[arg(long, value_name = "SOURCE", default_values = ["policy-analyzer", "monitoring"])]
    pub usage: Vec<Usage>,
    /// From when on calls are read in audit logs: a time (RFC 3339) or days back (90d) [default: 30d of the Logging API,
    /// 90d of a sink's tables, exported logs whole].
    #[arg(long, value_name = "TIME")]
    pub since: Option<Since>,
    /// Bytes that the queries over each dataset may bill; more is refused before anything runs [default: 1 TiB].
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 40, hide_default_value = true)]
    pub max_bytes: u64,
}

/// The routes of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Route {
    /// Asset Inventory for organizations and folders, where the caller may use it; else project by project.
    Auto,
    /// IAM and the services' own lists, project by project: as of now, and no policies of buckets and other resources.
    Iam,
    /// Asset Inventory, up to seven days behind; what it lacks is listed project by project.
    AssetInventory,
}

/// What `--usage` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Usage {
    /// A source.
    Source(SourceSpec),
    /// No source: rules that need last use are not evaluated.
    None,
}

impl FromStr for Usage {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        match text {
            "none" => Ok(Self::None),
            text => text.parse().map(Self::Source),
        }
    }
}

/// As whom a scan reads.
#[derive(Debug, Args)]
#[command(next_help_heading = "Credentials")]
pub struct CredentialArgs {
    /// Read an access token from this file.
    #[arg(long, value_name = "FILE")]
    pub access_token_file: Option<PathBuf>,
    /// Read as this service account; several, separated by commas, are a delegation chain that ends with it.
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    pub impersonate_service_account: Vec<String>,
    /// The project whose quota and APIs the scan uses [default: `GOOGLE_CLOUD_QUOTA_PROJECT`, or the credential's].
    #[arg(long, value_name = "ID")]
    pub quota_project: Option<String>,
}

/// How hard a scan asks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub struct NetworkArgs {
    /// The most requests under way at once.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub max_in_flight: u16,
    /// How often a request is tried.
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u16).range(1..=20))]
    pub max_attempts: u16,
    /// Seconds for one try of one request.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=600))]
    pub timeout: u16,
    /// Seconds for one request with all of its tries.
    #[arg(long, value_name = "SECONDS", default_value_t = 180, value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub total_timeout: u16,
    /// Requests a minute that an API of your quota project takes, where Google has raised its quota, as HOST=N
    /// (iam.googleapis.com=12000) or all=N; 80 % of it are used.
    #[arg(
        long,
        value_name = "HOST=N",
        env = "SA_AUDIT_API_QUOTA",
        value_delimiter = ','
    )]
    pub api_quota: Vec<ApiQuota>,
}

/// A quota that is not Google's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiQuota {
    /// The API's host, or `all`.
    pub host: String,
    /// Requests a minute, from 1.
    pub per_minute: u32,
}

impl FromStr for ApiQuota {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, per_minute) = text.split_once('=').ok_or("HOST=N is expected")?;
        let per_minute = per_minute.parse().ok().filter(|per_minute| *per_minute > 0);
        Ok(Self {
            host: host.to_owned(),
            per_minute: per_minute.ok_or("a number of requests a minute, from 1, is expected")?,
        })
    }
}

/// Where snapshots are kept.
#[derive(Debug, Args)]
#[command(next_help_heading = "Snapshot")]
pub struct StoreArgs {
    /// The folder of snapshots [default: `SA_AUDIT_STORE`, or sa-audit in the XDG state directory].
    #[arg(long, value_name = "DIR")]
    pub store: Option<PathBuf>,
}

/// Flags of `report`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct ReportArgs {
    /// The snapshot [default: the newest of the store].
    pub snapshot: Option<PathBuf>,
    /// Where snapshots are kept.
    #[command(flatten)]
    pub store: StoreArgs,
    /// What to compare with.
    #[command(flatten)]
    pub baseline: BaselineArgs,
    /// Only accounts whose address, or short form (etl@acme-prod), matches; nothing else is shown or counted.
    #[arg(long, value_name = "GLOB", help_heading = "Part")]
    pub account: Option<String>,
    /// Only what belongs to this team or person; nothing else is shown or counted.
    #[arg(long, value_name = "NAME", help_heading = "Part")]
    pub owner: Option<String>,
    /// What to print.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Flags of `diff`.
#[derive(Debug, Args)]
#[command(after_help = DIFF_EXIT_CODES)]
pub struct DiffArgs {
    /// The older snapshot.
    pub old: PathBuf,
    /// The newer snapshot.
    pub new: PathBuf,
    /// The form of the difference on standard output.
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub format: Format,
    /// Let the exit code tell whether anything has changed.
    #[arg(long)]
    pub exit_code: bool,
    /// Where snapshots are kept: of one in it, the store's index tells what was there before.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Whom `notify` tells.
#[derive(Debug, Subcommand)]
pub enum NotifyCommand {
    /// Post to Slack what is new, changed, fixed, back again, overdue or newly unreadable, and the next three steps: to one
    /// channel everything, and to the channel of each `[[owner]]` what is theirs.
    Slack(SlackArgs),
}

/// Flags of `notify slack`.
#[derive(Debug, Args)]
#[command(after_help = format!("{WEBHOOKS}\n\n{NOTIFY_EXIT_CODES}"))]
pub struct SlackArgs {
    /// The snapshot [default: the newest of the store].
    pub snapshot: Option<PathBuf>,
    /// Where snapshots are kept.
    #[command(flatten)]
    pub store: StoreArgs,
    /// Tell what changed since this snapshot, or since the `previous` one of the same scope in the store.
    #[arg(
        long,
        value_name = "SNAPSHOT",
        default_value = "previous",
        help_heading = "Message"
    )]
    pub baseline: Baseline,
    /// Post nothing where nothing has changed.
    #[arg(long, help_heading = "Message")]
    pub on_change: bool,
    /// Link to the whole report at this https address.
    #[arg(long, value_name = "URL", help_heading = "Message")]
    pub report_url: Option<ReportUrl>,
    /// Print the messages as JSON, and post nothing.
    #[arg(long, help_heading = "Message")]
    pub dry_run: bool,
    /// Read the addresses of the webhooks from this file [default: the text of `SA_AUDIT_SLACK_WEBHOOK`].
    #[arg(long, value_name = "FILE", help_heading = "Message")]
    pub webhook_file: Option<PathBuf>,
}

/// An `https` address that a message can link to, as a URL is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportUrl(pub url::Url);

impl FromStr for ReportUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = url::Url::parse(text)
            .ok()
            .filter(|url| url.scheme() == "https");
        // Slack ends a link's address at a bar.
        let url = url.filter(|url| !url.as_str().contains('|') && url.as_str().len() <= 1000);
        url.map(Self).ok_or("an https address is expected")
    }
}

/// Flags of `trend`.
#[derive(Debug, Args)]
pub struct TrendArgs {
    /// The form of the trend on standard output.
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub format: Format,
    /// Where snapshots are kept; those of the newest one's scope count.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Flags of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// The snapshots, in any order; of a project in several of them, the newest one's facts count.
    #[arg(value_name = "SNAPSHOT", required = true)]
    pub snapshots: Vec<PathBuf>,
    /// Write the snapshot to this file and not into the store.
    #[arg(long, value_name = "FILE", help_heading = "Snapshot")]
    pub snapshot: Option<PathBuf>,
    /// Where snapshots are kept.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Flags of `accept`.
#[derive(Debug, Args)]
pub struct AcceptArgs {
    /// The rule's id.
    pub rule: String,
    /// What the finding is about: an address, its short form (etl@acme-prod), a unique id, or a full resource name.
    pub subject: String,
    /// The key that it is about: its id, or the begin of it.
    #[arg(long, value_name = "ID")]
    pub key: Option<String>,
    /// Why it is accepted.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// The last day on which it is: 2027-03-31.
    #[arg(long, value_name = "DAY")]
    pub until: NaiveDate,
    /// Who answers for it.
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// The snapshot that has the finding [default: the newest of the store].
    #[arg(long, value_name = "FILE", help_heading = "Snapshot")]
    pub snapshot: Option<PathBuf>,
    /// Where snapshots are kept.
    #[command(flatten)]
    pub store: StoreArgs,
}

/// Flags of `plan`.
#[derive(Debug, Args)]
#[command(after_help = format!("Nothing is changed: a plan is text, for you to read and to apply.\n\n{PLAN_EXIT_CODES}"))]
pub struct PlanArgs {
    /// The snapshot [default: the newest of the store].
    pub snapshot: Option<PathBuf>,
    /// Where snapshots are kept.
    #[command(flatten)]
    pub store: StoreArgs,
    /// Only for this account: an address, its short form (etl@acme-prod), or a pattern.
    #[arg(long, value_name = "GLOB", help_heading = "Plan")]
    pub account: Option<String>,
    /// The form of the plans on standard output.
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "terminal",
        help_heading = "Plan"
    )]
    pub format: PlanFormat,
    /// Write each plan into a folder of this folder too: README.md, terraform, scripts, and what pipelines are given in
    /// place of keys. Writes over nothing that it did not write.
    #[arg(long, value_name = "DIR", help_heading = "Plan")]
    pub out: Option<PathBuf>,
    /// Read the Terraform below this folder, and say in the plans what it declares of their accounts, and what would undo
    /// them at its next apply; may be repeated. Only *.tf is read, nothing is run.
    #[arg(long, value_name = "DIR", help_heading = "Plan")]
    pub terraform_dir: Vec<PathBuf>,
    /// Print how far the plan of SNAPSHOT is done, by a later one [default: those of the store since]; exit code 0.
    #[arg(
        long,
        value_name = "LATER",
        num_args = 0..=1,
        requires = "snapshot",
        conflicts_with = "out",
        help_heading = "Plan"
    )]
    pub status: Option<Option<PathBuf>>,
    /// Exit code 0, not 3, where something could not be read.
    #[arg(long, help_heading = "Plan")]
    pub allow_incomplete: bool,
}

/// The forms of plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// Text for people.
    Terminal,
    /// A ticket to paste, its steps a check-list.
    Markdown,
    /// All that is known, for programs; `sa-audit schema plan` describes it.
    Json,
    /// Resources, and comments where there are none.
    Terraform,
    /// Scripts for bash; nothing runs without APPLY=1.
    Gcloud,
}

/// Flags of `usage`.
#[derive(Debug, Args)]
#[command(after_help = format!("Exported logs (logs:PATH) need no credentials. {SIGNS_IN}\n\n{USAGE_EXIT_CODES}"))]
pub struct UsageArgs {
    /// Where the calls are: logs:PATH (exported audit logs: a file, a folder, a pattern), - (the same, from standard input),
    /// logging (the Logging API), bigquery:PROJECT.DATASET (a sink's tables).
    #[arg(value_name = "SOURCE", required = true)]
    pub sources: Vec<CallSource>,
    /// Only calls as this account, or for its token: an address, its short form (etl@acme-prod), or a pattern.
    #[arg(long, value_name = "GLOB", help_heading = "Calls")]
    pub account: Option<String>,
    /// Only calls by this key: its id, the begin of it, its short form (4f1c…e9a9), or its full name.
    #[arg(long, value_name = "ID", help_heading = "Calls")]
    pub key: Option<String>,
    /// Only calls since: a time (RFC 3339) or days back (90d) [default: 30d of the Logging API, 90d of a sink's tables,
    /// exported logs whole].
    #[arg(long, value_name = "TIME", help_heading = "Calls")]
    pub since: Option<Since>,
    /// Bytes that the queries over each dataset may bill; more is refused before anything runs [default: 1 TiB].
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 40, hide_default_value = true, help_heading = "Calls")]
    pub max_bytes: u64,
    /// Check every line of exported logs whole, and not only where it counts; about three times slower.
    #[arg(long, help_heading = "Calls")]
    pub strict: bool,
    /// Take this as the current time (RFC 3339).
    #[arg(long, value_name = "TIME", help_heading = "Calls")]
    pub now: Option<DateTime<Utc>>,
    /// The form of the groups on standard output.
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: UsageFormat,
    /// Whose logs the source logging reads.
    #[command(flatten)]
    pub scope: ScopeArgs,
    /// As whom.
    #[command(flatten)]
    pub credentials: CredentialArgs,
    /// How hard.
    #[command(flatten)]
    pub network: NetworkArgs,
}

/// A source that tells who called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSource(pub SourceSpec);

/// A text that names no source of calls.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallSourceError {
    /// It names a source that does not tell who called.
    #[error("it tells when accounts and keys were used, not by whom; scan --usage reads it")]
    TellsNoCalls,
    /// It names none at all.
    #[error("no such source; there are logs:PATH, -, logging and bigquery:PROJECT.DATASET")]
    Unknown,
}

impl FromStr for CallSource {
    type Err = CallSourceError;

    fn from_str(text: &str) -> Result<Self, CallSourceError> {
        if text == "-" {
            return Ok(Self(SourceSpec::Logs(text.into())));
        }
        let spec: SourceSpec = text.parse().map_err(|_| CallSourceError::Unknown)?;
        if spec.kind().is_audit_log() {
            Ok(Self(spec))
        } else {
            Err(CallSourceError::TellsNoCalls)
        }
    }
}

/// The forms of groups of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UsageFormat {
    /// Text for people, the latest call first.
    Table,
    /// All that is known, for programs; `sa-audit schema usage` describes it.
    Json,
    /// A line a group, for spreadsheets.
    Csv,
}

/// Flags of `demo`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct DemoArgs {
    /// What to print.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Keep the snapshot in this file.
    #[arg(long, value_name = "FILE", help_heading = "Snapshot")]
    pub snapshot: Option<PathBuf>,
}

/// What a report looks like and where it goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct OutputArgs {
    /// The form of the report on standard output.
    #[arg(long, value_name = "FORMAT", default_value = "terminal")]
    pub format: ReportFormat,
    /// Write the report to a file too; its ending tells the form (.json, .md, .sarif, .csv, .txt), or say FORMAT:FILE;
    /// repeatable.
    #[arg(long, value_name = "[FORMAT:]FILE")]
    pub output: Vec<String>,
    /// Exit code 1 from this severity on [default: high; demo: never].
    #[arg(long, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Exit code 0, not 3, where something could not be read [demo: on, unless --fail-on is given].
    #[arg(long)]
    pub allow_incomplete: bool,
    /// Show every account, not the twenty worst.
    #[arg(long)]
    pub all: bool,
    /// Show the evidence and the steps under each finding.
    #[arg(long)]
    pub details: bool,
    /// When to link accounts to their pages in the Google Cloud console.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub links: When,
}

/// Yes, no, or as the terminal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal that can, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The forms of a difference and of a trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people.
    Terminal,
    /// All that is known, for programs; `sa-audit schema` describes it.
    Json,
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Text for people.
    Terminal,
    /// The whole report, for programs; `sa-audit schema report` describes it.
    Json,
    /// A job's summary, or a ticket to paste; what does not fit is counted.
    Markdown,
    /// Findings for code scanning (SARIF 2.1.0).
    Sarif,
    /// A line a finding, for spreadsheets.
    #[value(name = "csv:findings", alias = "csv")]
    CsvFindings,
    /// A line an account, for spreadsheets.
    #[value(name = "csv:accounts")]
    CsvAccounts,
    /// A line a user-managed key, for spreadsheets.
    #[value(name = "csv:keys")]
    CsvKeys,
}

/// The schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// The JSON report.
    Report,
    /// The JSON of `usage`.
    Usage,
    /// The JSON of `diff`.
    Diff,
    /// The JSON of `trend`.
    Trend,
    /// The JSON of `plan`.
    Plan,
    /// The JSON of `plan --status`.
    PlanStatus,
}

impl ValueEnum for FailOn {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::AtLeast(Severity::Critical) => "Critical findings",
            Self::AtLeast(Severity::High) => "High ones too",
            Self::AtLeast(Severity::Medium) => "Medium ones too",
            Self::AtLeast(Severity::Low) => "Low ones too",
            Self::AtLeast(Severity::Info) => "Every finding",
            Self::Never => "No finding",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

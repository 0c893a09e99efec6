//! `notify`: a snapshot, and the one before → messages to people.

use std::fs;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Limited};
use serde::Serialize;

use crate::cli::{BaselineArgs, GlobalArgs, NotifyCommand, SlackArgs};
use crate::error::{Error, Result};
use crate::gcp::backend::Backend as _;
use crate::gcp::wire::{Proxy, Wire};
use crate::model::settings::Settings;
use crate::notify::slack::{self, SlackError};
use crate::notify::{Answer, Sender, Webhook, Webhooks};
use crate::render::slack::{Payload, payload};
use crate::report::Past;
use crate::report::news::{News, news};
use crate::store;

use super::history::{self, Compared};
use super::output::to_stdout;
use super::progress::Progress;
use super::report::{evaluated, store_of};
use super::{TOOL, environment, settings};

/// The variable that holds the webhooks' addresses.
const VARIABLE: &str = "SA_AUDIT_SLACK_WEBHOOK";
/// Time for one try of one message.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of an answer that are read; Slack answers a word.
const ANSWER: usize = 64 << 10;

/// Tells people what changed, and returns the exit code.
pub(super) fn run(command: &NotifyCommand, global: &GlobalArgs) -> Result<u8> {
    match command {
        NotifyCommand::Slack(args) => to_slack(args, global),
    }
}

fn to_slack(args: &SlackArgs, global: &GlobalArgs) -> Result<u8> {
    // Before the work, so that a webhook that is not there costs nothing.
    let webhooks = if args.dry_run {
        None
    } else {
        Some(webhooks(args)?)
    };
    let settings = settings::of_file(global)?;
    let mut news = told(args, &settings)?;
    if args.on_change {
        news.retain(|news| !news.is_quiet());
    }
    let link = args.report_url.as_ref().map(|url| url.0.as_str());
    let messages: Vec<Message> = news
        .iter()
        .map(|news| Message {
            channel: news
                .audience
                .as_ref()
                .map(|audience| audience.channel.as_str()),
            payload: payload(news, link),
        })
        .collect();
    match webhooks {
        None => print(&messages)?,
        Some(webhooks) => post_all(&messages, &webhooks, &Progress::new(global))?,
    }
    Ok(0)
}

/// A message, and whom it is for.
#[derive(Serialize)]
struct Message<'a> {
    /// The channel of an owner; `None`: everybody.
    channel: Option<&'a str>,
    payload: Payload,
}

/// Returns the webhooks that the user named.
fn webhooks(args: &SlackArgs) -> Result<Webhooks> {
    let (text, place) = match &args.webhook_file {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| {
                Error::new(format!(
                    "reading the webhooks in {}: {error}",
                    path.display()
                ))
            })?;
            (text, path.display().to_string())
        }
        None => {
            let text = environment::variable(VARIABLE).ok_or_else(|| {
                Error::new(format!(
                    "there is no Slack webhook to post to: {VARIABLE} is not set"
                ))
                .hint("set it, or name a file with --webhook-file; --dry-run posts nothing")
            })?;
            (text, VARIABLE.to_owned())
        }
    };
    Webhooks::parse(&text)
        .map_err(|error| Error::new(format!("reading the webhooks in {place}: {error}")))
}

/// Returns what there is to tell of the snapshot that the user named.
fn told(args: &SlackArgs, settings: &Settings) -> Result<Vec<News>> {
    let (store, path) = match &args.snapshot {
        Some(path) => (history::store_with(&args.store, path), path.clone()),
        None => {
            let store = store_of(&args.store)?;
            let newest = store.newest().map_err(Error::new)?;
            (Some(store), newest)
        }
    };
    let store = store.as_ref();
    let compared = BaselineArgs {
        baseline: Some(args.baseline.clone()),
        fail_on_known: false,
    };
    let compared = history::baseline(&compared, store, settings)?;
    let snapshot = store::read(&path).map_err(Error::new)?;
    let baseline = match compared {
        Some(Compared::With(old)) => Some(*old),
        Some(Compared::WithPrevious) => history::previous(&snapshot.header, store, settings)?,
        None => None,
    };
    let now = evaluated(&snapshot, settings);
    if let Some(old) = &baseline
        && old.estate.observed_at > now.estate.observed_at
    {
        return Err(
            Error::new("--baseline: the snapshot is newer than the one to tell of")
                .hint("name an older one"),
        );
    }
    let history = store
        .map(|store| history::of(store, settings))
        .transpose()?;
    let past = Past { baseline, history };
    Ok(news(&past, &now, settings, TOOL))
}

/// Prints the messages as they would be posted, with the channel of each.
fn print(messages: &[Message<'_>]) -> Result<()> {
    to_stdout(|out| {
        serde_json::to_writer_pretty(&mut *out, messages)?;
        writeln!(out)
    })
}

/// Posts the messages one after the other. One that is refused holds up no other.
fn post_all(messages: &[Message<'_>], webhooks: &Webhooks, progress: &Progress) -> Result<()> {
    let proxy = Proxy::from_lookup(&|name| environment::variable(name)).map_err(Error::new)?;
    let sender = Network(Wire::http1(proxy));
    let runtime = tokio::runtime::Runtime::new().map_err(Error::new)?;
    let mut refused: Vec<(String, SlackError)> = Vec::new();
    let mut posted = 0;
    for Message { channel, payload } in messages {
        let whose = match channel {
            Some(channel) => format!("Slack for {channel}"),
            None => "Slack".to_owned(),
        };
        let Some(webhook) = webhook_of(webhooks, *channel) else {
            progress.say(&match channel {
                Some(channel) => {
                    format!("nothing is posted to {channel}: there is no webhook for it")
                }
                None => "nothing is posted for everybody: each webhook is a channel's".to_owned(),
            });
            continue;
        };
        match runtime.block_on(slack::post(&sender, webhook, payload)) {
            Ok(()) => posted += 1,
            Err(error) => refused.push((whose, error)),
        }
    }
    progress.say(&match posted {
        0 => "posted nothing to Slack".to_owned(),
        1 => "posted 1 message to Slack".to_owned(),
        posted => format!("posted {posted} messages to Slack"),
    });
    failed(&refused)
}

fn webhook_of<'a>(webhooks: &'a Webhooks, channel: Option<&str>) -> Option<&'a Webhook> {
    match channel {
        Some(channel) => webhooks.of_channel(channel),
        None => webhooks.general(),
    }
}

/// Returns what was refused as one error: the first, and how many more.
fn failed(refused: &[(String, SlackError)]) -> Result<()> {
    let Some(((whose, error), others)) = refused.split_first() else {
        return Ok(());
    };
    let more = match others.len() {
        0 => String::new(),
        1 => " (and 1 more message was not posted)".to_owned(),
        more => format!(" (and {more} more messages were not posted)"),
    };
    Err(Error::new(format!("posting to {whose}: {error}{more}")).hint(error.hint()))
}

/// The network, on which a message knows nothing of Google: the same way through a proxy, and no token.
struct Network(Wire);

#[async_trait::async_trait]
impl Sender for Network {
    async fn send(&self, request: Request<Bytes>) -> io::Result<Answer> {
        let answer = async {
            let (head, body) = self.0.send(request).await?.into_parts();
            let body = Limited::new(body, ANSWER).collect().await;
            Ok(Answer {
                status: head.status,
                headers: head.headers,
                // The status is the answer; a word that is missing is only a reason less.
                body: body.map(|body| body.to_bytes()).unwrap_or_default(),
            })
        };
        match tokio::time::timeout(TIMEOUT, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("no answer in {} seconds", TIMEOUT.as_secs()),
            )),
        }
    }
}

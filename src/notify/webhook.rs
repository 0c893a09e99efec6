//! Addresses of incoming webhooks. Whoever has one can post: they are secrets.

use std::fmt;

use http::Uri;
use url::{Host, Url};

/// The address of an incoming webhook. Nothing shows it: not `Debug`, and no error.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook(Uri);

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Webhook(…)")
    }
}

/// The webhooks that the user has: one for everything, and some for channels. A webhook of Slack posts to one channel, the
/// one that it was made for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Webhooks {
    general: Option<Webhook>,
    channels: Vec<(String, Webhook)>,
}

/// A text that holds no webhooks. It quotes nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// There is none.
    #[error("there is no address in it")]
    Empty,
    /// A line holds no address.
    #[error(
        "line {line} is no https address, alone or behind a channel (#data-platform https://…)"
    )]
    NotAnAddress {
        /// The line, from 1.
        line: usize,
    },
    /// An address would be sent in the clear.
    #[error("line {line}: the address is not https; http goes to this machine only")]
    NotSecure {
        /// The line, from 1.
        line: usize,
    },
    /// A channel, or everything, has two.
    #[error("line {line}: there are two addresses for the same channel")]
    Twice {
        /// The line, from 1.
        line: usize,
    },
}

impl Webhooks {
    /// Returns the webhooks that a text names, a line each: an address alone for everything, `#channel ADDRESS` for what
    /// belongs to the owners of that channel. Blank lines do not count; a line that begins with `# ` is a comment.
    ///
    /// # Errors
    /// Where a line is neither, or there is none at all.
    pub fn parse(text: &str) -> Result<Self, WebhookError> {
        let mut webhooks = Self::default();
        for (at, text) in text.lines().enumerate() {
            let line = at + 1;
            let words: Vec<&str> = text.split_whitespace().collect();
            match words[..] {
                [] | ["#", ..] => {}
                [address] => {
                    let webhook = webhook(address, line)?;
                    if webhooks.general.replace(webhook).is_some() {
                        return Err(WebhookError::Twice { line });
                    }
                }
                [channel, address] => {
                    if webhooks.of_channel(channel).is_some() {
                        return Err(WebhookError::Twice { line });
                    }
                    let webhook = webhook(address, line)?;
                    webhooks.channels.push((bare(channel).to_owned(), webhook));
                }
                [..] => return Err(WebhookError::NotAnAddress { line }),
            }
        }
        if webhooks == Self::default() {
            return Err(WebhookError::Empty);
        }
        Ok(webhooks)
    }

    /// Returns the webhook for everything.
    #[must_use]
    pub fn general(&self) -> Option<&Webhook> {
        self.general.as_ref()
    }

    /// Returns the webhook of a channel, which may be written with or without its `#`.
    #[must_use]
    pub fn of_channel(&self, channel: &str) -> Option<&Webhook> {
        let mut channels = self.channels.iter();
        let found = channels.find(|(name, _)| name == bare(channel));
        found.map(|(_, webhook)| webhook)
    }
}

impl Webhook {
    /// Returns where to post.
    pub(super) fn uri(&self) -> &Uri {
        &self.0
    }

    /// Returns the host, which is no secret.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host().unwrap_or_default()
    }
}

fn bare(channel: &str) -> &str {
    channel.strip_prefix('#').unwrap_or(channel)
}

fn webhook(text: &str, line: usize) -> Result<Webhook, WebhookError> {
    let wrong = WebhookError::NotAnAddress { line };
    let url = Url::parse(text).map_err(|_| wrong)?;
    let host = url.host().ok_or(wrong)?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&host) => {}
        "http" => return Err(WebhookError::NotSecure { line }),
        _ => return Err(wrong),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong);
    }
    url.as_str().parse().map(Webhook).map_err(|_| wrong)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "T0NEVER/B0REAL/abcdefgh";

    #[test]
    fn addresses_stand_alone_or_behind_a_channel() {
        let text = format!(
            "# of the security team\nhttps://hooks.slack.test/services/{SECRET}\n\n#data https://hooks.slack.test/data\nshop  http://127.0.0.1:8080/shop\n"
        );
        let webhooks = Webhooks::parse(&text).expect("webhooks");
        let path =
            |webhook: Option<&Webhook>| webhook.map(|webhook| webhook.uri().path().to_owned());
        assert_eq!(
            path(webhooks.general()),
            Some(format!("/services/{SECRET}"))
        );
        for (channel, expected) in [
            ("#data", Some("/data")),
            ("data", Some("/data")),
            ("#shop", Some("/shop")),
            ("#other", None),
        ] {
            let found = path(webhooks.of_channel(channel));
            assert_eq!(found.as_deref(), expected, "{channel}");
        }
        assert!(!format!("{webhooks:?}").contains("NEVER"));
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        let table = [
            ("", WebhookError::Empty),
            ("# nothing", WebhookError::Empty),
            ("NEVER", WebhookError::NotAnAddress { line: 1 }),
            ("ftp://NEVER.test/", WebhookError::NotAnAddress { line: 1 }),
            (
                "\nhttps://me:NEVER@hooks.slack.test/",
                WebhookError::NotAnAddress { line: 2 },
            ),
            (
                "https://a.test/NEVER https://b.test/NEVER c",
                WebhookError::NotAnAddress { line: 1 },
            ),
            (
                "http://hooks.slack.test/NEVER",
                WebhookError::NotSecure { line: 1 },
            ),
            (
                "http://127.0.0.1.evil.test/NEVER",
                WebhookError::NotSecure { line: 1 },
            ),
            (
                "https://a.test/NEVER\nhttps://b.test/NEVER",
                WebhookError::Twice { line: 2 },
            ),
            (
                "#a https://a.test/NEVER\na https://b.test/NEVER",
                WebhookError::Twice { line: 2 },
            ),
        ];
        for (text, expected) in table {
            let error = Webhooks::parse(text).expect_err(text);
            assert_eq!(error, expected, "{text}");
            assert!(!format!("{error} {error:?}").contains("NEVER"));
        }
    }
}

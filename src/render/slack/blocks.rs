//! The blocks of a message, in Slack's JSON. Source: <https://docs.slack.dev/reference/block-kit/blocks>.

use serde::Serialize;

use crate::render::words;

/// Most characters of a header's text.
const HEADER: usize = 150;
/// Most characters of a section's text, and of an element of a context.
pub(super) const SECTION: usize = 3_000;

/// A message, as an incoming webhook takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payload {
    /// What notifications show, and all there is where there are no blocks.
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blocks: Vec<Block>,
    /// Links in it are not shown as previews: Slack would fetch them.
    unfurl_links: bool,
    unfurl_media: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block {
    Header { text: Text },
    Section(Section),
    Context { elements: Vec<Text> },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Section {
    Text(Text),
    Fields(Vec<Text>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Text {
    PlainText {
        text: String,
        emoji: bool,
    },
    Mrkdwn {
        text: String,
        /// Nothing but what is marked as such is a link, a channel or a person.
        verbatim: bool,
    },
}

impl Payload {
    /// Returns the message as JSON, in one line.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("texts and switches have a JSON")
    }

    pub(super) fn line(text: String) -> Self {
        Self::with_blocks(text, Vec::new())
    }

    pub(super) fn with_blocks(text: String, blocks: Vec<Block>) -> Self {
        Self {
            text,
            blocks,
            unfurl_links: false,
            unfurl_media: false,
        }
    }
}

impl Block {
    pub(super) fn header(text: &str) -> Self {
        Self::Header {
            text: Text::PlainText {
                text: words::clipped(text, HEADER - 1),
                emoji: false,
            },
        }
    }

    pub(super) fn section(text: &str) -> Self {
        Self::Section(Section::Text(mrkdwn(text)))
    }

    /// At most ten of at most 2,000 characters each.
    pub(super) fn fields(fields: &[String]) -> Self {
        let fields = fields.iter().map(|field| mrkdwn(field));
        Self::Section(Section::Fields(fields.collect()))
    }

    pub(super) fn context(text: &str) -> Self {
        Self::Context {
            elements: vec![mrkdwn(text)],
        }
    }
}

fn mrkdwn(text: &str) -> Text {
    Text::Mrkdwn {
        text: text.to_owned(),
        verbatim: true,
    }
}

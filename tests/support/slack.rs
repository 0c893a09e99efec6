//! Slack's incoming webhooks on loopback: they take what Slack's documents allow, refuse the rest in Slack's words, and
//! keep what was posted.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// An answer in place of Slack's own: status, `Retry-After`, body.
pub type Reply = (u16, Option<&'static str>, &'static str);

/// A message that arrived: the webhook's path, the payload, and the status with which it was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    pub path: String,
    pub head: String,
    pub payload: Value,
    pub status: u16,
}

#[derive(Default)]
struct State {
    replies: VecDeque<Reply>,
    posts: Vec<Post>,
}

/// The receiver; its thread ends with the test's process.
pub struct Slack {
    base: String,
    state: Arc<Mutex<State>>,
}

impl Slack {
    pub fn new() -> Self {
        Self::answering(&[])
    }

    /// Returns a receiver that gives these answers first, whatever is posted.
    pub fn answering(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let state = Arc::new(Mutex::new(State {
            replies: replies.iter().copied().collect(),
            posts: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that goes away early is the test's own business.
                let _ = stream.and_then(|stream| serve(stream, &shared));
            }
        });
        Self { base, state }
    }

    /// Returns the address of a webhook.
    pub fn webhook(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub fn posts(&self) -> Vec<Post> {
        self.state.lock().expect("the state").posts.clone()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    };
    let length = header("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    let payload: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let is_json = header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    let mut state = state.lock().expect("the state");
    let (status, wait, answer) = state.replies.pop_front().unwrap_or_else(|| {
        let refusal = if is_json {
            refused(&payload)
        } else {
            Some("invalid_payload")
        };
        refusal.map_or((200, None, "ok"), |code| (400, None, code))
    });
    state.posts.push(Post {
        path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
        head: head.clone(),
        payload,
        status,
    });
    drop(state);
    if status == 0 {
        // Cut: the message arrived, and the answer is lost.
        return Ok(());
    }
    let wait = wait.map(|wait| format!("Retry-After: {wait}\r\n"));
    let wait = wait.unwrap_or_default();
    write!(
        stream,
        "HTTP/1.1 {status} Answer\r\n{wait}Connection: close\r\nContent-Length: {}\r\n\r\n{answer}",
        answer.len()
    )
}

/// Returns Slack's word for why it would refuse a payload: the limits of
/// <https://docs.slack.dev/reference/block-kit/blocks>, the 40,000 characters of `text`, and the undocumented 13,000 of
/// all blocks together.
pub fn refused(payload: &Value) -> Option<&'static str> {
    let Some(payload) = payload.as_object() else {
        return Some("invalid_payload");
    };
    let blocks = match payload.get("blocks") {
        None => &Vec::new(),
        Some(Value::Array(blocks)) => blocks,
        Some(_) => return Some("invalid_blocks"),
    };
    let text = payload
        .get("text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if text.is_empty() && blocks.is_empty() {
        return Some("no_text");
    }
    if length(text) > 40_000 || blocks.len() > 50 || !blocks.iter().all(is_block) {
        return Some("invalid_blocks");
    }
    let whole: usize = blocks.iter().map(|block| length(&block.to_string())).sum();
    (whole > 13_000).then_some("msg_blocks_too_long")
}

fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

fn is_block(block: &Value) -> bool {
    let has_only = |keys: &[&str]| {
        let mut held = block.as_object().into_iter().flatten();
        held.all(|(key, _)| key == "type" || keys.contains(&key.as_str()))
    };
    let list = |key: &str| {
        block[key]
            .as_array()
            .filter(|list| (1..=10).contains(&list.len()))
    };
    match block["type"].as_str() {
        Some("header") => has_only(&["text"]) && is_text(&block["text"], 150, false),
        Some("section") => {
            let fields = list("fields");
            let fields =
                fields.is_some_and(|list| list.iter().all(|text| is_text(text, 2_000, true)));
            let text = is_text(&block["text"], 3_000, true);
            has_only(&["text", "fields"])
                && (text || block["text"].is_null())
                && (fields || block["fields"].is_null())
                && (text || fields)
        }
        Some("context") => {
            let elements = list("elements");
            has_only(&["elements"])
                && elements.is_some_and(|list| list.iter().all(|text| is_text(text, 3_000, true)))
        }
        _ => false,
    }
}

fn is_text(text: &Value, most: usize, may_be_mrkdwn: bool) -> bool {
    let kind = text["type"].as_str();
    let said = text["text"].as_str().unwrap_or_default();
    let own = match kind {
        Some("plain_text") => "emoji",
        Some("mrkdwn") if may_be_mrkdwn => "verbatim",
        _ => return false,
    };
    let mut held = text.as_object().into_iter().flatten();
    held.all(|(key, value)| {
        ["type", "text"].contains(&key.as_str()) || key == own && value.is_boolean()
    }) && (1..=most).contains(&length(said))
}

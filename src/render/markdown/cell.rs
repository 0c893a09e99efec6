//! Sentences with every name in them as code, in a cell of a table or a list.

use std::fmt::Write as _;

use crate::model::message::{Message, Part};
use crate::render::escape::{Md, MdCell};
use crate::render::words;

/// Characters of one name, at most.
const NAME: usize = 200;
/// Bytes from which on a sentence ends; a piece that begins before stays whole.
const SENTENCE: usize = 800;

/// Returns a sentence on one line, whose names are code; of a long one its begin, and `…`.
pub(super) fn sentence(message: &Message) -> String {
    let mut text = String::new();
    for part in message.parts() {
        if text.len() > SENTENCE {
            text.push('…');
            break;
        }
        // Writing to a text cannot fail.
        let _ = match part {
            Part::Text(words) => write!(text, "{}", Md(&words::clipped(words, SENTENCE))),
            Part::Account(email) => write!(text, "{}", name(email.as_str())),
            Part::Key(key) => write!(text, "{}", name(key.as_str())),
            Part::Project(project) => write!(text, "{}", name(project.as_str())),
            Part::Member(member) => write!(text, "{}", name(member.as_str())),
            Part::Name(held) => write!(text, "{}", name(held)),
        };
    }
    text
}

/// Returns a name as code; of a long one its begin, and `…`.
pub(super) fn name(name: &str) -> String {
    MdCell(&words::clipped(name, NAME)).to_string()
}

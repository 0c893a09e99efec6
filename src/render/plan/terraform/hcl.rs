//! Terraform's language, laid out as `terraform fmt` lays it out: blocks, arguments with their signs aligned, comments.
//!
//! `hcl-rs` writes neither comments nor aligned arguments; the tests read what stands here with it.
//!
//! Source: <https://developer.hashicorp.com/terraform/language/style>.

use std::fmt::Write as _;

use crate::render::escape::{Hcl, Term};
use crate::render::plan::filled::{Filled, Piece};

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    /// A text, with what is put into it.
    Text(Vec<Inside>),
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(u32),
    /// An expression of ours, as it stands.
    Ours(String),
    /// A list, on one line.
    List(Vec<Expression>),
    /// A map from texts to texts, a line each.
    Map(Vec<(String, String)>),
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inside {
    /// A literal.
    Literal(String),
    /// An expression of ours, whose value is put there.
    Value(String),
}

/// A block: `resource "type" "label" { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) kind: &'static str,
    pub(super) labels: Vec<String>,
    pub(super) arguments: Vec<(&'static str, Expression)>,
    pub(super) blocks: Vec<Block>,
}

impl Block {
    /// Returns a block with no labels.
    pub(super) fn new(kind: &'static str) -> Self {
        Self {
            kind,
            labels: Vec::new(),
            arguments: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// Returns a resource.
    pub(super) fn resource(kind: &str, label: &str) -> Self {
        Self {
            labels: vec![kind.to_owned(), label.to_owned()],
            ..Self::new("resource")
        }
    }

    /// Returns the block with an argument behind those that it has.
    pub(super) fn set(mut self, name: &'static str, value: Expression) -> Self {
        self.arguments.push((name, value));
        self
    }

    /// Returns the block with an argument that is a known text.
    pub(super) fn text(self, name: &'static str, text: impl AsRef<str>) -> Self {
        self.set(name, Expression::text(text))
    }

    /// Returns the block with a block in it.
    pub(super) fn with(mut self, block: Self) -> Self {
        self.blocks.push(block);
        self
    }

    /// Writes the block behind `indent` blanks.
    pub(super) fn write(&self, indent: usize, out: &mut String) {
        let margin = " ".repeat(indent);
        let _ = write!(out, "{margin}{}", self.kind);
        for label in &self.labels {
            let _ = write!(out, " \"{}\"", Hcl(label));
        }
        out.push_str(" {\n");
        arguments(&self.arguments, indent + 2, out);
        for (index, block) in self.blocks.iter().enumerate() {
            if index > 0 || !self.arguments.is_empty() {
                out.push('\n');
            }
            block.write(indent + 2, out);
        }
        let _ = writeln!(out, "{margin}}}");
    }
}

impl Expression {
    /// Returns a known text.
    pub(super) fn text(text: impl AsRef<str>) -> Self {
        Self::Text(vec![Inside::Literal(text.as_ref().to_owned())])
    }

    /// Returns a text with the plan's variables in it.
    pub(super) fn filled(text: &Filled) -> Self {
        Self::Text(inside(text))
    }

    /// Returns the expression as it is written; a map takes several lines, each behind `indent` blanks.
    fn written(&self, indent: usize) -> String {
        match self {
            Self::Text(pieces) => match pieces.as_slice() {
                [Inside::Value(value)] => value.clone(),
                pieces => {
                    let pieces = pieces.iter().map(|piece| match piece {
                        Inside::Literal(text) => Hcl(text).to_string(),
                        Inside::Value(value) => format!("${{{value}}}"),
                    });
                    format!("\"{}\"", pieces.collect::<String>())
                }
            },
            Self::Bool(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Ours(value) => value.clone(),
            Self::List(values) => {
                let values: Vec<String> =
                    values.iter().map(|value| value.written(indent)).collect();
                format!("[{}]", values.join(", "))
            }
            Self::Map(entries) => {
                let keys = entries.iter().map(|(key, _)| format!("\"{}\"", Hcl(key)));
                let keys: Vec<String> = keys.collect();
                let widest = keys.iter().map(|key| width(key)).max().unwrap_or_default();
                let mut text = String::from("{\n");
                for (key, (_, value)) in keys.iter().zip(entries) {
                    let blanks = " ".repeat(indent + 2);
                    let gap = " ".repeat(widest - width(key));
                    let _ = writeln!(text, "{blanks}{key}{gap} = \"{}\"", Hcl(value));
                }
                let _ = write!(text, "{}}}", " ".repeat(indent));
                text
            }
        }
    }

    fn is_one_line(&self) -> bool {
        match self {
            Self::Map(_) => false,
            Self::Text(_) | Self::Bool(_) | Self::Number(_) | Self::Ours(_) | Self::List(_) => true,
        }
    }
}

/// Returns a text's pieces, its variables as Terraform's.
pub(super) fn inside(text: &Filled) -> Vec<Inside> {
    let pieces = text.pieces().iter().map(|piece| match piece {
        Piece::Text(text) => Inside::Literal(text.clone()),
        Piece::Variable(name) => Inside::Value(format!("var.{name}")),
    });
    pieces.collect()
}

/// Writes arguments: the signs of those that follow each other on one line each stand in one column.
fn arguments(arguments: &[(&'static str, Expression)], indent: usize, out: &mut String) {
    let margin = " ".repeat(indent);
    let mut rest = arguments;
    while !rest.is_empty() {
        let run = rest
            .iter()
            .take_while(|(_, value)| value.is_one_line())
            .count();
        let (aligned, behind) = rest.split_at(run);
        let widest = aligned.iter().map(|(name, _)| name.len()).max();
        for (name, value) in aligned {
            let gap = " ".repeat(widest.unwrap_or_default() - name.len());
            let _ = writeln!(out, "{margin}{name}{gap} = {}", value.written(indent));
        }
        if let Some(((name, value), behind)) = behind.split_first() {
            let _ = writeln!(out, "{margin}{name} = {}", value.written(indent));
            rest = behind;
        } else {
            rest = behind;
        }
    }
}

/// Returns how many characters Terraform counts: it aligns by grapheme clusters, and what is escaped has none of several.
fn width(text: &str) -> usize {
    text.chars().count()
}

/// Writes a comment, a line of it.
pub(super) fn comment(text: &str, out: &mut String) {
    let _ = writeln!(out, "# {}", Term(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_aligned_but_for_what_takes_several_lines() {
        let block = Block::resource("google_x", "y")
            .text("project", "acme")
            .set(
                "attribute_mapping",
                Expression::Map(vec![
                    ("google.subject".into(), "assertion.sub".into()),
                    ("attribute.a".into(), "${x}".into()),
                ]),
            )
            .set("disabled", Expression::Bool(true))
            .set(
                "member",
                Expression::Text(vec![
                    Inside::Literal("principal://".into()),
                    Inside::Value("var.number".into()),
                ]),
            )
            .with(Block::new("condition").text("title", "a \"b\""));
        let mut text = String::new();
        block.write(0, &mut text);
        insta::assert_snapshot!(text, @r#"
        resource "google_x" "y" {
          project = "acme"
          attribute_mapping = {
            "google.subject" = "assertion.sub"
            "attribute.a"    = "$${x}"
          }
          disabled = true
          member   = "principal://${var.number}"

          condition {
            title = "a \"b\""
          }
        }
        "#);
    }
}

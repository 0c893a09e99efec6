//! A text of Terraform → what it declares of service accounts.

use hcl::Block;
use hcl::edit::Span as _;
use hcl::edit::structure::Body;
use hcl::expr::{Expression, TemplateExpr, Traversal, TraversalOperator};

use super::{Authority, Container, Declaration, Grant, Text, What};

/// How deep brackets may stand in each other: the parser takes a frame of the stack for each.
const MAX_DEPTH: usize = 128;

/// Why a text declares nothing that can be told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unparsed {
    /// It is not Terraform.
    #[error("is no Terraform: {0}")]
    Syntax(String),
    /// Its brackets stand too deep in each other.
    #[error("has brackets more than {MAX_DEPTH} deep")]
    Deep,
}

/// Returns what a file declares of service accounts, in its order. `folder` is the folder of the file, `file` the file as
/// the user named it.
///
/// # Errors
/// Where the text does not parse, or is nested too deep.
pub fn declarations(folder: &str, file: &str, text: &str) -> Result<Vec<Declaration>, Unparsed> {
    if depth(text) > MAX_DEPTH {
        return Err(Unparsed::Deep);
    }
    let body: Body = text.parse().map_err(|error: hcl::edit::parser::Error| {
        let told = error.to_string();
        Unparsed::Syntax(told.lines().next().unwrap_or_default().to_owned())
    })?;
    let resources = body.blocks().filter_map(|block| {
        let start = block.span().map_or(0, |span| span.start);
        let block = Block::from(block.clone());
        let [kind, name] = block.labels() else {
            return None;
        };
        let (kind, name) = (kind.as_str(), name.as_str());
        let what = (block.identifier() == "resource").then(|| what(kind, &block))??;
        let before = text.bytes().take(start);
        let line = before.filter(|byte| *byte == b'\n').count() + 1;
        Some(Declaration {
            folder: folder.to_owned(),
            place: format!("{file}:{line}"),
            resource: format!("{kind}.{name}"),
            what,
        })
    });
    Ok(resources.collect())
}

/// Returns how deep brackets stand in each other, counted without regard to texts and comments.
fn depth(text: &str) -> usize {
    let mut deepest = 0;
    text.bytes().fold(0_usize, |depth, byte| {
        let depth = match byte {
            b'(' | b'[' | b'{' => depth + 1,
            b')' | b']' | b'}' => depth.saturating_sub(1),
            _ => depth,
        };
        deepest = deepest.max(depth);
        depth
    });
    deepest
}

fn what(kind: &str, block: &Block) -> Option<What> {
    let value = |key: &str| {
        let mut attributes = block.body().attributes();
        attributes
            .find(|attribute| attribute.key() == key)
            .map(|attribute| attribute.expr())
    };
    match kind {
        "google_service_account" => {
            return Some(What::Account {
                id: text(value("account_id")?),
                project: value("project").map(text),
            });
        }
        "google_service_account_key" => {
            return Some(What::Key {
                account: text(value("service_account_id")?),
            });
        }
        _ => {}
    }
    let (begin, authority) = [
        ("_iam_member", Authority::Member),
        ("_iam_binding", Authority::Binding),
        ("_iam_policy", Authority::Policy),
    ]
    .into_iter()
    .find_map(|(end, authority)| Some((kind.strip_suffix(end)?, authority)))?;
    let (container, on) = match begin.strip_prefix("google_")? {
        "project" => (Container::Project, value("project")),
        "folder" => (Container::Folder, value("folder")),
        "organization" => (Container::Organization, value("org_id")),
        "service_account" => (Container::Account, value("service_account_id")),
        _ => (Container::Other, None),
    };
    let members = match (value("member"), value("members")) {
        (Some(member), _) => vec![text(member)],
        (None, Some(Expression::Array(members))) => members.iter().map(text).collect(),
        (None, _) => Vec::new(),
    };
    Some(What::Grant(Grant {
        authority,
        container,
        on: on.map(text),
        role: match authority {
            Authority::Member | Authority::Binding => Some(text(value("role")?)),
            Authority::Policy => None,
        },
        members,
    }))
}

/// Returns a value, as far as it can be told without running Terraform.
fn text(expression: &Expression) -> Text {
    let label = if let Expression::String(text) = expression {
        return Text::Literal(text.clone());
    } else if let Expression::Traversal(traversal) = expression {
        of_traversal(traversal)
    } else if let Expression::TemplateExpr(template) = expression
        && let TemplateExpr::QuotedString(raw) = template.as_ref()
    {
        of_template(raw)
    } else {
        None
    };
    label.map_or(Text::Unknown, Text::Account)
}

/// Returns the name of the account that an expression is about: `etl` of `google_service_account.etl.email`.
fn of_traversal(traversal: &Traversal) -> Option<String> {
    if let Expression::Variable(variable) = &traversal.expr
        && variable.as_str() == "google_service_account"
        && let Some(TraversalOperator::GetAttr(label)) = traversal.operators.first()
    {
        Some(label.to_string())
    } else {
        None
    }
}

/// Returns the same of a text with one expression in it, and nothing but a member's kind before it:
/// `serviceAccount:${google_service_account.etl.email}`.
fn of_template(raw: &str) -> Option<String> {
    let inside = raw.strip_prefix("serviceAccount:").unwrap_or(raw);
    let path = inside.strip_prefix("${")?.strip_suffix('}')?.trim();
    let path = path.strip_prefix("google_service_account.")?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    let label = path.split(|letter| !is_name(letter)).next()?;
    (!label.is_empty()).then(|| label.to_owned())
}

//! Texts of a plan that are known but for what somebody has to fill in.

use std::fmt::Write as _;

use crate::model::plan::{Claim, ClaimTest, Holder, Identities, Value};
use crate::render::escape::{Cel, Sh};

/// A text in pieces: what is known, and the plan's variables by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Filled(Vec<Piece>);

/// A piece of a [`Filled`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Piece {
    /// It is known.
    Text(String),
    /// The value of the plan's variable of this name.
    Variable(String),
}

impl Filled {
    /// Returns the text with a known one behind it.
    pub(super) fn text(mut self, text: impl AsRef<str>) -> Self {
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text.as_ref()),
            Some(Piece::Variable(_)) | None => {
                self.0.push(Piece::Text(text.as_ref().to_owned()));
            }
        }
        self
    }

    /// Returns the text with a value behind it.
    pub(super) fn value(self, value: &Value) -> Self {
        match value {
            Value::Known(text) => self.text(text),
            Value::Variable(name) => self.variable(name),
        }
    }

    /// Returns the text with another behind it.
    pub(super) fn append(self, other: &Self) -> Self {
        other.0.iter().fold(self, |text, piece| match piece {
            Piece::Text(more) => text.text(more),
            Piece::Variable(name) => text.variable(name),
        })
    }

    fn variable(mut self, name: &str) -> Self {
        self.0.push(Piece::Variable(name.to_owned()));
        self
    }

    /// Returns the pieces in order.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// Returns the names of the variables in it.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
    }

    /// Returns the text with each variable as `write` names it, and nothing escaped.
    pub(super) fn with(&self, write: impl Fn(&str) -> String) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Variable(name) => write(name),
        });
        pieces.collect()
    }

    /// Returns the text for people: `projects/<project_number>/…`.
    pub(super) fn shown(&self) -> String {
        self.with(|name| format!("<{name}>"))
    }

    /// Returns the text as one word of bash, with variables of the shell in capitals.
    pub(super) fn shell(&self) -> String {
        if self.0.is_empty() {
            return Sh("").to_string();
        }
        let mut word = String::new();
        for piece in &self.0 {
            // Writing to a text cannot fail.
            let _ = match piece {
                Piece::Text(text) => write!(word, "{}", Sh(text)),
                Piece::Variable(name) => write!(word, "\"${{{}}}\"", shell_name(name)),
            };
        }
        word
    }
}

impl From<&str> for Filled {
    fn from(text: &str) -> Self {
        Self::default().text(text)
    }
}

impl From<String> for Filled {
    fn from(text: String) -> Self {
        Self::default().text(text)
    }
}

/// Returns a variable's name in a shell.
pub(super) fn shell_name(name: &str) -> String {
    name.to_ascii_uppercase()
}

/// Returns the member as policies write it.
pub(super) fn member(holder: &Holder) -> Filled {
    match holder {
        Holder::Member(member) => Filled::from(member.as_str()),
        Holder::Group(group) => Filled::from("group:").value(group),
        Holder::Federated {
            project_number,
            pool,
            identities,
        } => {
            let scheme = match identities {
                Identities::Subject(_) => "principal",
                Identities::Attribute { .. } => "principalSet",
            };
            Filled::from(scheme)
                .text("://iam.googleapis.com/")
                .append(&pool_name(project_number, pool))
                .append(&identity(identities))
        }
    }
}

/// Returns what stands behind the pool's name in a member: `/subject/…`, `/attribute.NAME/…`.
pub(super) fn identity(identities: &Identities) -> Filled {
    match identities {
        Identities::Subject(subject) => Filled::from("/subject/").value(subject),
        Identities::Attribute { name, value } => {
            Filled::from(format!("/attribute.{name}/")).value(value)
        }
    }
}

/// Returns a pool's resource name, with its project by number.
pub(super) fn pool_name(project_number: &Value, pool: &str) -> Filled {
    Filled::from("projects/")
        .value(project_number)
        .text(format!("/locations/global/workloadIdentityPools/{pool}"))
}

/// Returns a provider's resource name, with its project by number.
pub(super) fn provider_name(project_number: &Value, pool: &str, provider: &str) -> Filled {
    pool_name(project_number, pool).text(format!("/providers/{provider}"))
}

/// Returns a provider's condition in CEL: all of the parts have to hold.
pub(super) fn condition(claims: &[Claim]) -> Filled {
    let mut condition = Filled::default();
    for (index, claim) in claims.iter().enumerate() {
        let and = if index == 0 { "" } else { " && " };
        let (open, close) = match claim.test {
            ClaimTest::Equals => (" == '", "'"),
            ClaimTest::StartsWith => (".startsWith('", "')"),
        };
        condition = condition.text(and).text(&claim.claim).text(open);
        condition = match &claim.value {
            Value::Known(text) => condition.text(Cel(text).to_string()),
            Value::Variable(name) => condition.variable(name),
        };
        condition = condition.text(close);
    }
    condition
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_of_a_pool_is_one_word_of_the_shell_with_its_variables_open() {
        let holder = Holder::Federated {
            project_number: Value::Variable("project_number".into()),
            pool: "ci".into(),
            identities: Identities::Attribute {
                name: "repository_id".into(),
                value: Value::Known("$(id) 1".into()),
            },
        };
        let member = member(&holder);
        assert_eq!(
            member.shell(),
            "principalSet://iam.googleapis.com/projects/\"${PROJECT_NUMBER}\"'/locations/global/workloadIdentityPools/ci/attribute.repository_id/$(id) 1'"
        );
        assert_eq!(member.variables().collect::<Vec<_>>(), ["project_number"]);
    }

    #[test]
    fn a_condition_holds_its_values_as_texts() {
        let claim = |claim: &str, test, value| Claim {
            claim: claim.to_owned(),
            test,
            value,
        };
        let claims = [
            claim(
                "assertion.repository_owner_id",
                ClaimTest::Equals,
                Value::Variable("owner".into()),
            ),
            claim(
                "assertion.sub",
                ClaimTest::StartsWith,
                Value::Known("a' || true || 'b".into()),
            ),
        ];
        assert_eq!(
            condition(&claims).shown(),
            r"assertion.repository_owner_id == '<owner>' && assertion.sub.startsWith('a\' || true || \'b')"
        );
    }
}

//! Conditions of workload identity providers, read just far enough to see whose tokens they let in.
//!
//! This is no evaluator of CEL: it splits an expression into alternatives and requirements and asks which claims each
//! rests on. What it does not understand counts as a bond to one tenant, so that a condition is never called open by
//! mistake.
//! Source: <https://cloud.google.com/iam/docs/workload-identity-federation#conditions>.

use std::collections::BTreeMap;

use super::issuers::Issuer;

/// What a condition lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rules) enum Lets {
    /// Every token: it asks for nothing.
    Everything,
    /// Tokens of every tenant: it asks only for what each of them can have.
    EveryTenant,
    /// Tokens of whoever bears a name that can be given up and taken by somebody else.
    Names,
    /// Tokens of tenants by an id, or what this reading does not understand.
    Ids,
}

/// Returns what a condition lets in, of an issuer's tokens that become attributes by `mapping`.
pub(in crate::rules) fn lets(
    condition: &str,
    mapping: &BTreeMap<String, String>,
    issuer: &Issuer,
) -> Lets {
    let Some(tokens) = tokens(condition) else {
        return Lets::Ids;
    };
    let reading = Reading { mapping, issuer };
    if tokens.is_empty() || is_always(&tokens) {
        Lets::Everything
    } else if reading.is_open(&tokens) {
        Lets::EveryTenant
    } else if reading.is_pinned(&tokens) {
        Lets::Ids
    } else {
        Lets::Names
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// An identifier or a number.
    Word(String),
    /// What stands in quotes.
    Text(String),
    And,
    Or,
    Symbol(char),
}

/// Returns the tokens of an expression; `None` where a quote does not end.
fn tokens(expression: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut chars = expression.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\'' | '"' => {
                let mut text = String::new();
                loop {
                    match chars.next()? {
                        '\\' => text.extend(chars.next()),
                        end if end == char => break,
                        other => text.push(other),
                    }
                }
                tokens.push(Token::Text(text));
            }
            '&' if chars.next_if_eq(&'&').is_some() => tokens.push(Token::And),
            '|' if chars.next_if_eq(&'|').is_some() => tokens.push(Token::Or),
            word if is_word(word) => {
                let mut text = String::from(word);
                while let Some(next) = chars.next_if(|next| is_word(*next)) {
                    text.push(next);
                }
                tokens.push(Token::Word(text));
            }
            space if space.is_whitespace() => {}
            symbol => tokens.push(Token::Symbol(symbol)),
        }
    }
    Some(tokens)
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// Returns the parts of an expression between `at`, where no bracket is open.
fn split<'t>(tokens: &'t [Token], at: &Token) -> Vec<&'t [Token]> {
    let mut depth = 0_i64;
    let parts = tokens.split(|token| {
        match token {
            Token::Symbol('(' | '[' | '{') => depth += 1,
            Token::Symbol(')' | ']' | '}') => depth -= 1,
            Token::Symbol(_) | Token::Word(_) | Token::Text(_) | Token::And | Token::Or => {}
        }
        depth == 0 && token == at
    });
    parts.collect()
}

/// Returns what stands in brackets, where they hold the whole expression.
fn inside(tokens: &[Token]) -> Option<&[Token]> {
    let [Token::Symbol('('), inner @ .., Token::Symbol(')')] = tokens else {
        return None;
    };
    let mut depth = 0_i64;
    let closes_before = inner.iter().any(|token| {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth -= 1,
            Token::Symbol(_) | Token::Word(_) | Token::Text(_) | Token::And | Token::Or => {}
        }
        depth < 0
    });
    (!closes_before).then_some(inner)
}

/// Returns whether an expression is true of every token: `true`, or a text compared with itself, alone or as one of
/// several alternatives.
fn is_always(tokens: &[Token]) -> bool {
    split(tokens, &Token::Or).into_iter().any(|alternative| {
        split(alternative, &Token::And).into_iter().all(|part| {
            if let Some(inner) = inside(part) {
                return is_always(inner);
            }
            match part {
                [Token::Word(word)] => word == "true",
                [
                    Token::Text(one),
                    Token::Symbol('='),
                    Token::Symbol('='),
                    Token::Text(other),
                ] => one == other,
                _ => false,
            }
        })
    })
}

/// Words of CEL that are no claims.
const LANGUAGE: [&str; 10] = [
    "bool", "double", "false", "has", "in", "int", "null", "size", "string", "true",
];

struct Reading<'a> {
    mapping: &'a BTreeMap<String, String>,
    issuer: &'a Issuer,
}

/// A claim that an expression rests on; `None` where it is not known which.
type Claim = Option<String>;

impl Reading<'_> {
    /// Returns whether tokens of every tenant can meet an expression: one of its alternatives rests on nothing but
    /// claims that everybody can have.
    fn is_open(&self, tokens: &[Token]) -> bool {
        split(tokens, &Token::Or).into_iter().any(|alternative| {
            split(alternative, &Token::And).into_iter().all(|part| {
                if let Some(inner) = inside(part) {
                    return self.is_open(inner);
                }
                let claims = self.claims(part);
                let of_anybody = |claim: &Claim| {
                    let claim = claim.as_deref();
                    claim.is_some_and(|claim| self.issuer.anybody.contains(&claim))
                };
                is_always(part) || (!claims.is_empty() && claims.iter().all(of_anybody))
            })
        })
    }

    /// Returns whether each alternative of an expression rests on an id, or on something that is not understood.
    fn is_pinned(&self, tokens: &[Token]) -> bool {
        split(tokens, &Token::Or).into_iter().all(|alternative| {
            split(alternative, &Token::And).into_iter().any(|part| {
                if let Some(inner) = inside(part) {
                    return self.is_pinned(inner);
                }
                let claims = self.claims(part);
                // Subjects can be made of ids: `repository_owner_id:123`.
                let ids_in_text = part
                    .iter()
                    .any(|token| matches!(token, Token::Text(text) if text.contains("_id:")));
                let pins = |claim: &Claim| match claim.as_deref() {
                    None => true,
                    Some("sub") if ids_in_text => true,
                    Some(claim) => {
                        !self.issuer.names.contains(&claim) && !self.issuer.anybody.contains(&claim)
                    }
                };
                claims.is_empty() && !is_always(part) || claims.iter().any(pins)
            })
        })
    }

    /// Returns the claims that tokens speak of, through the provider's mapping where they speak of attributes.
    fn claims(&self, tokens: &[Token]) -> Vec<Claim> {
        let mut claims = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            let Token::Word(word) = token else { continue };
            let is_member = at
                .checked_sub(1)
                .is_some_and(|before| tokens[before] == Token::Symbol('.'));
            let is_number = word.starts_with(|c: char| c.is_ascii_digit());
            // A member is named by what it is a member of; methods are members.
            if is_member || is_number || LANGUAGE.contains(&word.as_str()) {
                continue;
            }
            let member = match &tokens[at + 1..] {
                [Token::Symbol('.'), Token::Word(member), ..] => Some(member),
                [
                    Token::Symbol('['),
                    Token::Text(member),
                    Token::Symbol(']'),
                    ..,
                ] => Some(member),
                _ => None,
            };
            match (word.as_str(), member) {
                ("assertion", Some(claim)) => claims.push(Some(claim.clone())),
                ("attribute" | "google", Some(member)) => {
                    claims.extend(self.mapped(&format!("{word}.{member}")));
                }
                _ => claims.push(None),
            }
        }
        claims
    }

    /// Returns the claims from which the mapping makes an attribute. An attribute made of another is not understood.
    fn mapped(&self, attribute: &str) -> Vec<Claim> {
        let tokens = self.mapping.get(attribute).and_then(|made| tokens(made));
        let Some(tokens) = tokens else {
            return vec![None];
        };
        let of_attributes = tokens.iter().any(
            |token| matches!(token, Token::Word(word) if word == "attribute" || word == "google"),
        );
        if of_attributes {
            vec![None]
        } else {
            self.claims(&tokens)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::federation::issuers;

    #[test]
    fn conditions_let_in_what_they_rest_on() {
        let mapping = BTreeMap::from(
            [
                ("google.subject", "assertion.sub"),
                ("attribute.repository", "assertion.repository"),
                ("attribute.owner_id", "assertion.repository_owner_id"),
                (
                    "attribute.branch",
                    "assertion.ref.extract('refs/heads/{branch}')",
                ),
                ("attribute.made", "attribute.repository"),
            ]
            .map(|(name, made)| (name.to_owned(), made.to_owned())),
        );
        let github = issuers::of("https://token.actions.githubusercontent.com").expect("known");
        let table = [
            ("", Lets::Everything),
            ("  ", Lets::Everything),
            ("true", Lets::Everything),
            ("((true))", Lets::Everything),
            ("'a' == 'a'", Lets::Everything),
            (
                "assertion.repository_owner_id == '1' || true",
                Lets::Everything,
            ),
            ("assertion.aud == 'x'", Lets::EveryTenant),
            (
                "assertion['aud'] == \"x\" && assertion.iss == 'y'",
                Lets::EveryTenant,
            ),
            ("assertion.ref == 'refs/heads/main'", Lets::EveryTenant),
            ("attribute.branch == 'main'", Lets::EveryTenant),
            (
                "assertion.repository_owner_id == '1' || assertion.ref == 'refs/heads/main'",
                Lets::EveryTenant,
            ),
            ("true && assertion.event_name == 'push'", Lets::EveryTenant),
            ("assertion.repository_owner == 'acme'", Lets::Names),
            ("'acme' == assertion.repository_owner", Lets::Names),
            (
                "attribute.repository in ['acme/shop', 'acme/api']",
                Lets::Names,
            ),
            ("google.subject.startsWith('repo:acme/')", Lets::Names),
            (
                "assertion.repository_owner == 'acme' && assertion.ref == 'refs/heads/main'",
                Lets::Names,
            ),
            (
                "assertion.repository_owner_id == '1' || assertion.repository == 'acme/shop'",
                Lets::Names,
            ),
            ("assertion.repository_owner_id == '1'", Lets::Ids),
            ("attribute.owner_id == '1'", Lets::Ids),
            (
                "assertion.repository_owner == 'acme' && assertion.repository_owner_id == '1'",
                Lets::Ids,
            ),
            (
                "(assertion.repository == 'a/b' || assertion.repository == 'a/c') && assertion.repository_owner_id == '1'",
                Lets::Ids,
            ),
            (
                "assertion.sub.startsWith('repository_owner_id:123:')",
                Lets::Ids,
            ),
            // Not understood: never called open.
            ("assertion.tenant == 'acme'", Lets::Ids),
            ("attribute.unmapped == 'acme'", Lets::Ids),
            ("attribute.made == 'acme'", Lets::Ids),
            ("assertion == other", Lets::Ids),
            ("assertion.aud == 'x", Lets::Ids),
            ("false", Lets::Ids),
            ("1 == 1", Lets::Ids),
            // Texts that look like claims are texts.
            (
                "assertion.repository_owner == 'assertion.repository_owner_id'",
                Lets::Names,
            ),
            ("assertion.aud == 'a || true'", Lets::EveryTenant),
            (
                "assertion.repository_owner == 'it\\'s || true'",
                Lets::Names,
            ),
            // Brackets that do not match are no crash.
            (")) || ((", Lets::Ids),
        ];
        for (condition, expected) in table {
            assert_eq!(lets(condition, &mapping, github), expected, "{condition}");
        }
    }
}

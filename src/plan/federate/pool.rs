//! The pool and the provider by which a caller signs in: one of the estate's that fits, or new ones.

use crate::model::estate::{Account, Estate};
use crate::model::federation::{FederationState, Issuer, Pool, Provider};
use crate::model::finding::Fingerprint;
use crate::model::message::Message;
use crate::model::names::ProjectId;
use crate::model::plan::{
    Change, Holder, Identities, PlannedIssuer, PlannedPool, PlannedProvider, Platform, Value,
    Variable,
};
use crate::plan::Context;

use super::platform::{self, Template};

/// How many characters of a condition a note shows.
const SHOWN: usize = 200;

/// By what a caller signs in.
pub(super) struct Door {
    /// The number of the pool's project.
    pub(super) project_number: Value,
    pub(super) pool: String,
    pub(super) provider: String,
    /// What has to be made for it, the pool first; none where all of it exists.
    pub(super) make: Vec<Change>,
    /// Whom it lets in as the caller.
    pub(super) holder: Holder,
    /// What the reader has to know of it.
    pub(super) note: Option<Message>,
    /// What of it is not known.
    pub(super) variables: Vec<Variable>,
}

/// The number of the project that new pools are made in, where the scan did not see it.
const POOL_PROJECT: Variable = Variable {
    name: String::new(),
    meaning: "The number of the project that has the pool: `gcloud projects describe PROJECT --format='value(projectNumber)'`",
    pattern: "^[0-9]+$",
};

/// Returns by what a caller of a platform signs in; `of` tells it from other callers.
pub(super) fn door(
    cx: &Context<'_>,
    account: &Account,
    platform: Platform,
    template: Template,
    of: &str,
) -> Door {
    match existing(cx, account, platform, &template) {
        Some((pool, provider, identities)) => reuse(cx, pool, provider, identities, template),
        None => new(cx, account, platform, template, of),
    }
}

fn reuse(
    cx: &Context<'_>,
    pool: &Pool,
    provider: &Provider,
    identities: Identities,
    template: Template,
) -> Door {
    let (project_number, unknown) = number(cx.estate, &pool.project);
    let note = Message::from("provider ")
        .name(&provider.id)
        .text(" of pool ")
        .name(&pool.id)
        .text(" exists in ")
        .project(&pool.project);
    let note = if provider.condition.trim().is_empty() {
        note.text(" and is used")
    } else {
        note.text(" and is used: see that the caller meets its condition, ")
            .name(cut(&provider.condition))
    };
    let mut variables = template.variables;
    variables.extend(unknown);
    Door {
        holder: Holder::Federated {
            project_number: project_number.clone(),
            pool: pool.id.clone(),
            identities,
        },
        project_number,
        pool: pool.id.clone(),
        provider: provider.id.clone(),
        make: Vec::new(),
        note: Some(note),
        variables,
    }
}

fn cut(condition: &str) -> String {
    match condition.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", condition.get(..end).unwrap_or_default()),
        None => condition.to_owned(),
    }
}

fn new(
    cx: &Context<'_>,
    account: &Account,
    platform: Platform,
    template: Template,
    of: &str,
) -> Door {
    let settings = &cx.settings.plans;
    let project = settings
        .pool_project
        .clone()
        .unwrap_or_else(|| account.facts.project.clone());
    let (project_number, unknown) = number(cx.estate, &project);
    let own = if platform::is_shared(&template) {
        String::new()
    } else {
        // Issuers that differ from caller to caller have pools of their own: two clusters give out equal subjects.
        format!("-{}", tag(&[account.facts.unique_id.as_str(), of]))
    };
    let (pool, make_pool) = free(cx.estate, &project, &format!("{}{own}", base(platform)));
    let provider = format!("{}{own}", base(platform));
    let mut make = Vec::new();
    if make_pool {
        make.push(Change::CreatePool(PlannedPool {
            project: project.clone(),
            id: pool.clone(),
        }));
    }
    make.push(Change::CreateProvider(PlannedProvider {
        project,
        pool: pool.clone(),
        id: provider.clone(),
        issuer: template.issuer,
        audiences: template.audiences,
        mapping: template.mapping,
        condition: template.condition,
    }));
    let mut variables = template.variables;
    variables.extend(unknown);
    Door {
        holder: Holder::Federated {
            project_number: project_number.clone(),
            pool: pool.clone(),
            identities: template.identities,
        },
        project_number,
        pool,
        provider,
        make,
        note: None,
        variables,
    }
}

/// Returns a platform's part of the ids of pools and providers: 4 to 32 characters with a tag behind it.
fn base(platform: Platform) -> &'static str {
    match platform {
        Platform::GitHubActions => "github-actions",
        Platform::GitLab => "gitlab",
        Platform::HcpTerraform => "hcp-terraform",
        Platform::Aws => "aws-workloads",
        Platform::Azure => "azure-workloads",
        Platform::Kubernetes => "kubernetes",
    }
}

/// Returns six hexadecimal digits that are equal from run to run.
pub(super) fn tag(of: &[&str]) -> String {
    let mut text = Fingerprint::of(of).to_string();
    text.truncate(6);
    text
}

/// Returns the id for a pool, and whether it has to be made. One of that id without providers is a plan that was begun;
/// any other that has the id keeps it, deleted ones for 30 days too.
fn free(estate: &Estate, project: &ProjectId, wanted: &str) -> (String, bool) {
    let held = |id: &str| {
        estate
            .pools
            .iter()
            .find(|pool| pool.project == *project && pool.id == id)
    };
    let Some(pool) = held(wanted) else {
        return (wanted.to_owned(), true);
    };
    if pool.state == FederationState::Active && pool.providers.is_empty() {
        return (wanted.to_owned(), false);
    }
    let mut id = format!("{wanted}-{}", tag(&[project.as_str(), wanted]));
    while held(&id)
        .is_some_and(|pool| pool.state != FederationState::Active || !pool.providers.is_empty())
    {
        id = format!("{wanted}-{}", tag(&[&id]));
    }
    let make = held(&id).is_none();
    (id, make)
}

/// Returns the number of a project, or the variable that it is.
fn number(estate: &Estate, project: &ProjectId) -> (Value, Option<Variable>) {
    let known = estate.projects.iter().find(|known| known.id == *project);
    match known {
        Some(project) => (Value::Known(project.number.to_string()), None),
        None => {
            let name = "pool_project_number".to_owned();
            let variable = Variable {
                name: name.clone(),
                ..POOL_PROJECT
            };
            (Value::Variable(name), Some(variable))
        }
    }
}

/// Returns a provider of the estate that fits the caller, with whom it lets in as the caller: the first of the project
/// that pools are made in, then by name.
fn existing<'a>(
    cx: &Context<'a>,
    account: &Account,
    platform: Platform,
    template: &Template,
) -> Option<(&'a Pool, &'a Provider, Identities)> {
    let preferred = cx.settings.plans.pool_project.as_ref();
    let mut pools: Vec<&Pool> = cx.estate.pools.iter().collect();
    pools.sort_by_key(|pool| (preferred != Some(&pool.project), &pool.project, &pool.id));
    pools
        .into_iter()
        .filter(|pool| pool.state == FederationState::Active)
        // Two issuers in one pool can give out equal subjects.
        .filter(|pool| active(pool).all(|provider| is_of(platform, template, provider)))
        .find_map(|pool| {
            let mut providers: Vec<&Provider> = active(pool).collect();
            providers.sort_by_key(|provider| &provider.id);
            providers.into_iter().find_map(|provider| {
                let lets_in = if template.ids.is_empty() {
                    // Whose tokens it takes cannot be seen; where the account knows the pool, it is the caller's.
                    is_known_to(cx.estate, account, pool)
                } else {
                    is_pinned(&provider.condition, template.ids)
                };
                let identities = identities(template, provider).filter(|_| lets_in)?;
                Some((pool, provider, identities))
            })
        })
}

fn active(pool: &Pool) -> impl Iterator<Item = &Provider> {
    let providers = pool.providers.iter();
    providers.filter(|provider| provider.state == FederationState::Active)
}

/// Returns whether a provider takes the tokens that the platform's callers have, meant for it.
fn is_of(platform: Platform, template: &Template, provider: &Provider) -> bool {
    let (uri, audiences) = match &provider.issuer {
        Issuer::Oidc { uri, audiences } => (uri.trim_end_matches('/'), audiences),
        Issuer::Aws { .. } => return platform == Platform::Aws,
        Issuer::Saml | Issuer::X509 | Issuer::Unknown => return false,
    };
    let is_azure = [
        "https://sts.windows.net/",
        "https://login.microsoftonline.com/",
    ]
    .iter()
    .any(|begin| uri.starts_with(begin));
    match (&template.issuer, platform) {
        (PlannedIssuer::Oidc(Value::Known(known)), _) => uri == known && audiences.is_empty(),
        (PlannedIssuer::Oidc(Value::Variable(_)), Platform::Azure) => is_azure,
        (PlannedIssuer::Oidc(Value::Variable(_)), Platform::Kubernetes) => {
            let of_others = [
                "https://token.actions.githubusercontent.com",
                "https://gitlab.com",
                "https://app.terraform.io",
            ];
            !is_azure && !of_others.contains(&uri) && audiences.is_empty()
        }
        (PlannedIssuer::Oidc(Value::Variable(_)), _) | (PlannedIssuer::Aws(_), _) => false,
    }
}

/// Returns whether identities of the pool may act as the account already.
fn is_known_to(estate: &Estate, account: &Account, pool: &Pool) -> bool {
    let project = estate
        .projects
        .iter()
        .find(|known| known.id == pool.project);
    let Some(project) = project else { return false };
    account.actors.iter().any(|actor| {
        actor
            .member
            .pool()
            .is_some_and(|held| held.pool == pool.id && held.project == project.number.as_str())
    })
}

/// Returns whether a condition asks for one of these claims in every case. What this does not understand asks for none.
fn is_pinned(condition: &str, ids: &[&str]) -> bool {
    let condition: String = condition.chars().filter(|c| !c.is_whitespace()).collect();
    // Alternatives, negations, choices and calls may let others in.
    if condition.contains("||") || condition.contains(['!', '?', '(', '[', '\\']) {
        return false;
    }
    let mut before = String::new();
    condition.split("&&").any(|part| {
        // Inside of a text it is no part of the condition.
        let is_outside = ['\'', '"']
            .iter()
            .all(|quote| before.matches(*quote).count() % 2 == 0);
        before.push_str(part);
        is_outside
            && ids.iter().any(|id| {
                part.strip_prefix(&format!("assertion.{id}=="))
                    .is_some_and(is_text)
            })
    })
}

/// Returns whether a text of CEL is one in quotes, and nothing else.
fn is_text(value: &str) -> bool {
    ['\'', '"'].into_iter().any(|quote| {
        let inner = value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        inner.is_some_and(|inner| !inner.is_empty() && !inner.contains(['\'', '"']))
    })
}

/// Returns whom a provider lets in as the caller, by its own mapping.
fn identities(template: &Template, provider: &Provider) -> Option<Identities> {
    let made_of = |attribute: &str| {
        let row = template.mapping.iter().find(|(name, _)| name == attribute);
        row.map(|(_, made)| made)
    };
    match &template.identities {
        Identities::Subject(value) => {
            let same = provider.mapping.get("google.subject") == made_of("google.subject");
            same.then(|| Identities::Subject(value.clone()))
        }
        Identities::Attribute { name, value } => {
            let made = made_of(&format!("attribute.{name}"))?;
            let name = provider.mapping.iter().find_map(|(name, held)| {
                name.strip_prefix("attribute.").filter(|_| held == made)
            })?;
            Some(Identities::Attribute {
                name: name.to_owned(),
                value: value.clone(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_pinned_where_it_asks_for_an_id_in_every_case() {
        let ids = ["repository_owner_id", "repository_id"];
        for pinned in [
            "assertion.repository_owner_id == '48120933'",
            "assertion.ref == 'refs/heads/main' && assertion.repository_id==\"1\"",
        ] {
            assert!(is_pinned(pinned, &ids), "{pinned}");
        }
        for not in [
            "",
            "true",
            "assertion.repository_owner == 'acme'",
            "assertion.repository_owner_id == '1' || true",
            "assertion.repository_owner_id != '1'",
            "!(assertion.repository_owner_id == '1')",
            "assertion.repository_owner_id == assertion.repository_owner_id",
            "'assertion.repository_owner_id == ' == assertion.aud",
            "assertion.aud == \"x && assertion.repository_owner_id == '1' && y\"",
            "assertion.x ? assertion.repository_owner_id == '1' : true",
        ] {
            assert!(!is_pinned(not, &ids), "{not}");
        }
    }
}

//! Through which connection somebody signs in: what the request names, or else the app's own rule,
//! or else the only one there is, or else the person has to say.

use std::{fmt, sync::Arc};

use http::request::Parts;
use okta_types::Identity;

use super::SignInError;
use crate::{
    connection::{Connection, Connections, domain_of},
    http::only,
};

/// Parameters of `/login` that say through which connection. A page that asks the person keeps all
/// others.
pub(super) const OF_SELECTION: [&str; 5] = [
    "connection",
    "organization",
    "domain_hint",
    "login_hint",
    "email",
];
/// A longer hint is no name or address that anyone types, and wouldn't fit into every request.
const MAX_HINT: usize = 512;

/// What a sign-in request says about its connection.
#[derive(Default)]
pub(super) struct Hints {
    connection: Option<String>,
    organization: Option<String>,
    /// Of a sign-in that a third party started (OpenID Connect Core §4).
    issuer: Option<String>,
    domain: Option<String>,
    /// What Okta is told, to fill in for the person.
    pub(super) login: Option<String>,
    /// Whether the person has said it on the page that asks.
    is_typed: bool,
}

/// The connection, or those of which the person has to choose.
pub(super) enum Selection {
    One(Arc<Connection>),
    Several(Question),
}

/// What the person is asked.
pub(super) struct Question {
    /// Those to choose from; without them, those that are listed for everybody.
    pub(super) among: Option<Vec<Arc<Connection>>>,
    /// Whether their address led nowhere.
    pub(super) is_repeated: bool,
}

impl Hints {
    pub(super) fn parse(query: &str) -> Result<Self, SignInError> {
        let named = |name| -> Result<Option<String>, SignInError> {
            let value = only(query, name)?.filter(|value| !value.is_empty());
            Ok(value.map(|value| value.into_owned()))
        };
        let typed = named("email")?;
        let is_typed = typed.is_some();
        let login = typed.or(named("login_hint")?);
        let login = login.map(|login| login.trim().to_owned());
        Ok(Self {
            connection: named("connection")?,
            organization: named("organization")?,
            issuer: named("iss")?,
            domain: named("domain_hint")?,
            login: login.filter(|login| login.len() <= MAX_HINT),
            is_typed,
        })
    }

    /// The connection. What is named and isn't there leads nowhere, whether it never was, or is
    /// disabled: who asks doesn't learn which organizations there are.
    pub(super) fn select(
        &self,
        connections: &Connections,
        rule: impl FnOnce() -> Option<String>,
    ) -> Result<Selection, SignInError> {
        if connections.are_none_in_use() {
            return Err(SignInError::NotConnected);
        }
        let unknown = |what: &str, name: &str| {
            let name: String = name.chars().take(MAX_HINT).collect();
            SignInError::UnknownOrganization(format!("{what} “{name}”"))
        };
        let found = if let Some(name) = &self.connection {
            let found = connections.named(name);
            let found = found.filter(|found| found.config.standing.enabled);
            vec![found.ok_or_else(|| unknown("connection", name))?]
        } else if let Some(organization) = &self.organization {
            some(connections.of_organization(organization))
                .ok_or_else(|| unknown("organization", organization))?
        } else if let Some(issuer) = &self.issuer {
            connections.signed_by(issuer)
        } else if let Some(only) = connections.only() {
            vec![only]
        } else if let Some(domain) = &self.domain {
            let found = domain_of(domain).and_then(|domain| connections.of_domain(&domain));
            vec![found.ok_or_else(|| unknown("domain", domain))?]
        } else if let Some(found) = self.by_address(connections) {
            vec![found]
        } else if let Some(organization) = rule() {
            some(connections.of_organization(&organization))
                .ok_or_else(|| unknown("organization", &organization))?
        } else {
            return Ok(Selection::Several(Question {
                among: None,
                is_repeated: self.is_typed,
            }));
        };
        self.narrowed(connections, self.of_issuer(found)?)
    }

    /// A third party names the issuer: of the connections that are meant otherwise, or of any.
    fn of_issuer(
        &self,
        mut connections: Vec<Arc<Connection>>,
    ) -> Result<Vec<Arc<Connection>>, SignInError> {
        if let Some(issuer) = &self.issuer {
            connections.retain(|connection| connection.has_issuer(issuer));
        }
        some(connections).ok_or(SignInError::MalformedLogin(
            "it names an issuer that isn't connected to this app",
        ))
    }

    /// Of several, an address may lead to one.
    fn narrowed(
        &self,
        connections: &Connections,
        mut found: Vec<Arc<Connection>>,
    ) -> Result<Selection, SignInError> {
        if let Some(by_address) = self.by_address(connections)
            && found.iter().any(|found| Arc::ptr_eq(found, &by_address))
        {
            return Ok(Selection::One(by_address));
        }
        Ok(match found.len() {
            1 => Selection::One(found.swap_remove(0)),
            _ => Selection::Several(Question {
                among: Some(found),
                is_repeated: self.is_typed,
            }),
        })
    }

    fn by_address(&self, connections: &Connections) -> Option<Arc<Connection>> {
        let (_, domain) = self.login.as_ref()?.rsplit_once('@')?;
        connections.of_domain(&domain_of(domain)?)
    }
}

impl Selection {
    /// Whether somebody who is signed in like this needs no other sign-in.
    pub(super) fn suits(&self, identity: &Identity) -> bool {
        let is_theirs = |connection: &Connection| connection.config.name == identity.connection;
        match self {
            Self::One(connection) => is_theirs(connection),
            Self::Several(Question { among, .. }) => match among {
                Some(among) => among.iter().any(|connection| is_theirs(connection)),
                None => true,
            },
        }
    }
}

fn some<T>(found: Vec<T>) -> Option<Vec<T>> {
    (!found.is_empty()).then_some(found)
}

type Rule = dyn Fn(&Parts) -> Option<String> + Send + Sync;

/// The app's own rule: which organization a request's address names.
#[derive(Clone)]
pub(crate) struct OrganizationRule(Arc<Rule>);

impl OrganizationRule {
    pub(crate) fn new(rule: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(rule))
    }

    pub(crate) fn organization(&self, parts: &Parts) -> Option<String> {
        (self.0)(parts)
    }
}

impl fmt::Debug for OrganizationRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OrganizationRule").finish_non_exhaustive()
    }
}

use serde::{Deserialize, Serialize};

use crate::{ConnectionSummary, SignInPolicy, Timestamp, search::sought};

/// Selects a part of the connections. The default is the first page of all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default)]
#[non_exhaustive]
pub struct ConnectionQuery {
    /// Only connections whose name, display name, organization or issuer contains this text,
    /// ignoring case.
    pub search: Option<String>,
    /// Only connections that follow this position: the `next` of a [`ConnectionPage`].
    pub after: Option<String>,
    /// How many at once: 1 to 200. Default: 20.
    pub limit: Option<usize>,
}

impl ConnectionQuery {
    /// Selects only connections whose name, display name, organization or issuer contains this
    /// text, ignoring case.
    #[must_use]
    pub fn search(mut self, text: impl Into<Option<String>>) -> Self {
        self.search = text.into();
        self
    }

    /// Selects only connections that follow this position.
    #[must_use]
    pub fn after(mut self, place: impl Into<Option<String>>) -> Self {
        self.after = place.into();
        self
    }

    /// Sets how many connections are on a page: 1 to 200.
    #[must_use]
    pub fn limit(mut self, connections: impl Into<Option<usize>>) -> Self {
        self.limit = connections.into();
        self
    }

    /// Returns whether the text that is searched for is in one of the connection's names.
    #[must_use]
    pub fn matches(&self, connection: &ConnectionSummary) -> bool {
        let Some(sought) = sought(self.search.as_deref()) else {
            return true;
        };
        let names = [
            &connection.name,
            &connection.organization,
            &connection.options.display_name,
            &connection.issuer,
        ];
        let mut names = names.iter();
        names.any(|name| name.to_lowercase().contains(&sought))
    }
}

/// A page of connections, in the order that admins chose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ConnectionPage {
    /// The connections.
    pub connections: Vec<ConnectionSummary>,
    /// How many match in all.
    pub total: usize,
    /// The position of those that follow, if there are any. Pass it as `after`.
    pub next: Option<String>,
}

/// What to change of a connection, without asking its Okta org. What is `None` stays.
///
/// ```
/// use okta_types::ConnectionChange;
///
/// let change = ConnectionChange::default().organization("acme".to_owned()).enabled(false);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ConnectionChange {
    /// Its display name.
    pub display_name: Option<String>,
    /// Key of the organization whose connection it is: `a`–`z`, `0`–`9` and `-`.
    pub organization: Option<String>,
    /// Whether anybody can sign in through it. Disabling it signs everybody out who did.
    pub enabled: Option<bool>,
    /// Whether whoever signs in may choose it from a list.
    pub listed: Option<bool>,
    /// Where it is in lists. Those at the same place are in the order of their names.
    pub place: Option<i64>,
    /// Who may sign in through it. Whoever is signed in and no longer may is signed out.
    pub sign_in_policy: Option<SignInPolicy>,
}

impl ConnectionChange {
    /// Changes the display name.
    #[must_use]
    pub fn display_name(mut self, name: impl Into<Option<String>>) -> Self {
        self.display_name = name.into();
        self
    }

    /// Changes whose connection it is.
    #[must_use]
    pub fn organization(mut self, key: impl Into<Option<String>>) -> Self {
        self.organization = key.into();
        self
    }

    /// Enables or disables it.
    #[must_use]
    pub fn enabled(mut self, enabled: impl Into<Option<bool>>) -> Self {
        self.enabled = enabled.into();
        self
    }

    /// Offers it to whoever signs in, or doesn't.
    #[must_use]
    pub fn listed(mut self, listed: impl Into<Option<bool>>) -> Self {
        self.listed = listed.into();
        self
    }

    /// Changes its place in lists.
    #[must_use]
    pub fn place(mut self, place: impl Into<Option<i64>>) -> Self {
        self.place = place.into();
        self
    }

    /// Changes who may sign in through it.
    #[must_use]
    pub fn sign_in_policy(mut self, policy: impl Into<Option<SignInPolicy>>) -> Self {
        self.sign_in_policy = policy.into();
        self
    }
}

/// An email domain of a connection. People whose addresses are of it are sent to the connection to
/// sign in, once it is verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct DomainSummary {
    /// The domain, such as `acme.com`.
    pub name: String,
    /// The name of the DNS record that proves whose it is.
    pub record_name: String,
    /// What that record, of type TXT, has to contain.
    pub record: String,
    /// Since when it counts; `None` until it is verified.
    pub verified_at: Option<Timestamp>,
}

impl DomainSummary {
    /// Creates a domain that isn't verified.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        record_name: impl Into<String>,
        record: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            record_name: record_name.into(),
            record: record.into(),
            verified_at: None,
        }
    }
}

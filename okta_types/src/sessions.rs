use serde::{Deserialize, Serialize};

use crate::{Timestamp, search::sought};

/// A session: somebody who is signed in, in one browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct SessionSummary {
    /// What the session is called where sessions are listed and ended. It isn't the value of the
    /// cookie, and nobody can make the cookie from it.
    pub id: String,
    /// The person's issuer.
    pub issuer: String,
    /// The person's subject at that issuer.
    pub subject: String,
    /// Their name, or what else Okta calls them.
    pub name: String,
    /// Their email address, if Okta sent one.
    pub email: Option<String>,
    /// The connection that they signed in through, by the name in
    /// `Identity::connection`.
    pub connection: String,
    /// When they signed in.
    pub since: Timestamp,
    /// When the session was in use last. May be a minute behind.
    pub last_seen: Timestamp,
    /// The browser and its system in words, such as `Firefox on Windows`, as the browser says. The
    /// words are for people and may change.
    pub browser: String,
    /// The client's address at sign-in, if the app knows it.
    pub address: Option<String>,
    /// Whether the request that asked came with this session.
    pub is_current: bool,
}

impl SessionSummary {
    /// Creates a session of this person, without anything else known.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        issuer: impl Into<String>,
        subject: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            issuer: issuer.into(),
            subject: subject.into(),
            name: name.into(),
            email: None,
            connection: String::new(),
            since: Timestamp(0),
            last_seen: Timestamp(0),
            browser: String::new(),
            address: None,
            is_current: false,
        }
    }
}

/// Selects a part of the sessions. The default is the page of the newest ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default)]
#[non_exhaustive]
pub struct SessionQuery {
    /// Only sessions of people whose name, email address or subject contains this text, ignoring
    /// case.
    pub person: Option<String>,
    /// Only sessions that began before this position: the `next` of a [`SessionPage`].
    pub before: Option<String>,
}

impl SessionQuery {
    /// Selects only sessions of people whose name, email address or subject contains this text,
    /// ignoring case.
    #[must_use]
    pub fn person(mut self, person: impl Into<Option<String>>) -> Self {
        self.person = person.into();
        self
    }

    /// Selects only sessions that began before this position.
    #[must_use]
    pub fn before(mut self, place: impl Into<Option<String>>) -> Self {
        self.before = place.into();
        self
    }

    /// Returns the text that is searched for, in lower case; `None` if every session is asked for.
    #[must_use]
    pub fn sought(&self) -> Option<String> {
        sought(self.person.as_deref())
    }
}

/// A page of sessions, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct SessionPage {
    /// The sessions.
    pub sessions: Vec<SessionSummary>,
    /// The position of those that began earlier, if there are any. Pass it as `before`.
    pub next: Option<String>,
    /// How many sessions were searched, if the search stopped there before its page was full. `next`
    /// goes on.
    #[serde(default)]
    pub stopped_after: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::SessionQuery;

    #[test]
    fn spaces_search_for_nothing() {
        let sought = |person: &str| SessionQuery::default().person(person.to_owned()).sought();
        assert_eq!(sought(" Ada L").as_deref(), Some("ada l"));
        assert_eq!(sought(" "), None);
        assert_eq!(SessionQuery::default().sought(), None);
    }
}

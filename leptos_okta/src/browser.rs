//! Which part of an identity is sent to the browser.

use okta_types::Identity;

use crate::visit::Claims;

/// Selects what the browser gets of the identity, for
/// [`provide_okta_with`](crate::provide_okta_with).
///
/// The browser always gets issuer, subject, name, email address, picture, locale, roles,
/// connection, organization, when the session began and ends, and when and how they signed in at
/// Okta. Groups and extra claims are sent only if they are named here: there can be many, and they
/// can say more about a person than a page should.
///
/// ```
/// use leptos_okta::BrowserIdentity;
///
/// let browser = BrowserIdentity::new().groups(["Engineering"]).claims(["department"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrowserIdentity {
    groups: Vec<String>,
    claims: Vec<String>,
}

impl BrowserIdentity {
    /// Sends no groups and no claims.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also sends those of these groups that the person is in.
    #[must_use]
    pub fn groups(mut self, groups: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.groups.extend(groups.into_iter().map(Into::into));
        self
    }

    /// Also sends these extra claims, if Okta sent them.
    #[must_use]
    pub fn claims(mut self, claims: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.claims.extend(claims.into_iter().map(Into::into));
        self
    }

    /// Returns the part that is sent.
    #[cfg(feature = "ssr")]
    pub(crate) fn part_of(&self, identity: &Identity) -> Identity {
        let mut part = Identity::new(&identity.issuer, &identity.subject);
        part.name.clone_from(&identity.name);
        part.email.clone_from(&identity.email);
        part.email_verified = identity.email_verified;
        part.picture.clone_from(&identity.picture);
        part.locale.clone_from(&identity.locale);
        part.roles.clone_from(&identity.roles);
        part.connection.clone_from(&identity.connection);
        part.organization.clone_from(&identity.organization);
        part.signed_in_at = identity.signed_in_at;
        part.expires_at = identity.expires_at;
        part.auth_time = identity.auth_time;
        part.acr.clone_from(&identity.acr);
        part.amr.clone_from(&identity.amr);
        if !self.groups.is_empty() && identity.groups.is_some() {
            let groups = self.groups.iter().filter(|group| identity.in_group(group));
            part.groups = Some(groups.cloned().collect());
        }
        let claims = self.claims.iter();
        part.claims = claims
            .filter_map(|name| Some((name.clone(), identity.claims.get(name)?.clone())))
            .collect();
        part
    }

    /// Keeps only the groups that are sent.
    #[cfg(not(feature = "ssr"))]
    pub(crate) fn groups_of(&self, all: Option<Vec<String>>) -> Option<Vec<String>> {
        let mut groups = all.filter(|_| !self.groups.is_empty())?;
        groups.retain(|group| self.groups.contains(group));
        Some(groups)
    }

    /// Keeps only the claims that are sent.
    pub(crate) fn claims_of(&self, mut all: Claims) -> Claims {
        all.retain(|name, _| self.claims.contains(name));
        all
    }

    /// Returns, for each group that is sent, whether the person is in it.
    pub(crate) fn memberships(&self, identity: Option<&Identity>) -> Vec<(String, bool)> {
        let groups = self.groups.iter().map(|group| {
            let is_in = identity.is_some_and(|identity| identity.in_group(group));
            (group.clone(), is_in)
        });
        groups.collect()
    }
}

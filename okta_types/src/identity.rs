use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::Timestamp;

/// The person who is signed in.
///
/// Built by the server from verified claims of the ID token and userinfo
/// ([OpenID Connect Core §5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims)).
/// Contains no tokens, so it can be sent to the browser.
///
/// Cheap to clone: clones share one [`Profile`]. Its fields can be read directly on the identity;
/// writing to one copies the profile first.
///
/// Identify people by the pair ([`issuer`](Profile::issuer), [`subject`](Profile::subject)). An
/// email address is neither unique nor permanent: show it, but don't look people up by it.
///
/// ```
/// use okta_types::Identity;
///
/// let mut ada = Identity::new("https://dev-1.okta.com", "00u1");
/// ada.name = Some("Ada Lovelace".to_owned());
/// assert_eq!(ada.display_name(), "Ada Lovelace");
/// assert_eq!(ada.subject, "00u1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identity(Arc<Profile>);

/// The fields of an [`Identity`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct Profile {
    /// The issuer that vouched for this person, as in the ID token's `iss`.
    pub issuer: String,
    /// The person at that issuer, as in the ID token's `sub`. Never reused by Okta.
    pub subject: String,
    /// Display name (`name`, else `preferred_username`).
    pub name: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Whether the issuer says that the address is verified. `false` if it doesn't say.
    pub email_verified: bool,
    /// Address of a picture.
    pub picture: Option<String>,
    /// Preferred locale, such as `en-US`.
    pub locale: Option<String>,
    /// The person's Okta groups. `None` if Okta sent none, which is different from being in no
    /// group.
    pub groups: Option<Vec<String>>,
    /// The person's roles in this app, in order of priority, by the current role table.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The extra claims of the connection, as Okta sent them. Read one with [`Identity::claim`].
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub claims: Map<String, Value>,
    /// Name of the connection that the person signed in through.
    pub connection: String,
    /// Key of the organization whose connection that is.
    #[serde(default = "first_connection")]
    pub organization: String,
    /// When the person signed in.
    pub signed_in_at: Timestamp,
    /// When the person last proved to Okta who they are, as in the ID token's `auth_time`: before
    /// [`signed_in_at`](Self::signed_in_at) if Okta knew them already. `None` if Okta didn't say.
    #[serde(default)]
    pub auth_time: Option<Timestamp>,
    /// The authentication context that the sign-in met, as in the ID token's `acr`.
    #[serde(default)]
    pub acr: Option<String>,
    /// The methods that the person signed in with, as in the ID token's `amr` ([RFC
    /// 8176](https://www.rfc-editor.org/rfc/rfc8176)), such as `pwd` and `mfa`.
    #[serde(default)]
    pub amr: Vec<String>,
    /// When the session ends at the latest.
    pub expires_at: Timestamp,
}

impl Profile {
    /// Creates a profile that only has its key. Its session never expires.
    #[must_use]
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            subject: subject.into(),
            name: None,
            email: None,
            email_verified: false,
            picture: None,
            locale: None,
            groups: None,
            roles: Vec::new(),
            claims: Map::new(),
            connection: first_connection(),
            organization: first_connection(),
            signed_in_at: Timestamp(0),
            auth_time: None,
            acr: None,
            amr: Vec::new(),
            expires_at: Timestamp(i64::MAX),
        }
    }
}

/// The name of the first connection. An organization is called like its first connection, unless an
/// admin chose otherwise.
fn first_connection() -> String {
    "okta".to_owned()
}

impl From<Profile> for Identity {
    fn from(profile: Profile) -> Self {
        Self(Arc::new(profile))
    }
}

impl Deref for Identity {
    type Target = Profile;

    fn deref(&self) -> &Profile {
        &self.0
    }
}

impl DerefMut for Identity {
    fn deref_mut(&mut self) -> &mut Profile {
        Arc::make_mut(&mut self.0)
    }
}

impl Identity {
    /// Creates an identity that only has its key. Its session never expires.
    #[must_use]
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Profile::new(issuer, subject).into()
    }

    /// Returns the fields, copying them if there are other clones.
    #[must_use]
    pub fn into_profile(self) -> Profile {
        Arc::unwrap_or_clone(self.0)
    }

    /// Returns the name to show: the name, or else the email address, or else the subject.
    ///
    /// ```
    /// # let mut identity = okta_types::Identity::new("https://dev-1.okta.com", "00u1");
    /// identity.name = Some("Ada Lovelace".to_owned());
    /// identity.email = Some("ada@example.com".to_owned());
    /// assert_eq!(identity.display_name(), "Ada Lovelace");
    /// identity.name = None;
    /// assert_eq!(identity.display_name(), "ada@example.com");
    /// ```
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.name
            .as_deref()
            .or(self.email.as_deref())
            .unwrap_or(&self.subject)
    }

    /// Returns when the person last proved to Okta who they are, if Okta said.
    /// [`acr`](Profile::acr) and [`amr`](Profile::amr) say how.
    #[must_use]
    pub fn authenticated_at(&self) -> Option<Timestamp> {
        self.auth_time
    }

    /// Returns whether this person has the role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|has| has == role)
    }

    /// Returns whether this person is in the Okta group. If Okta sent no groups, returns `false`.
    #[must_use]
    pub fn in_group(&self, group: &str) -> bool {
        let mut groups = self.groups.iter().flatten();
        groups.any(|has| has == group)
    }

    /// Returns whether this person is of the organization with this key: they signed in through one
    /// of its connections.
    #[must_use]
    pub fn in_organization(&self, organization: &str) -> bool {
        self.organization == organization
    }

    /// Returns an extra claim, deserialized into `T`.
    ///
    /// # Errors
    ///
    /// Returns a [`ClaimError`] if Okta didn't send the claim, or if it isn't a `T`.
    ///
    /// ```
    /// # let mut identity = okta_types::Identity::new("https://dev-1.okta.com", "00u1");
    /// identity.claims.insert("department".to_owned(), "Astronomy".into());
    /// identity.claims.insert("level".to_owned(), 3.into());
    /// assert_eq!(identity.claim::<String>("department").unwrap(), "Astronomy");
    /// assert_eq!(identity.claim::<u8>("level").unwrap(), 3);
    /// assert!(identity.claim::<Vec<String>>("level").is_err());
    /// ```
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Result<T, ClaimError> {
        let value = self.claims.get(name).ok_or_else(|| ClaimError::Missing {
            name: name.to_owned(),
        })?;
        T::deserialize(value).map_err(|error| ClaimError::Unexpected {
            name: name.to_owned(),
            reason: error.to_string(),
        })
    }
}

/// Why a claim could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClaimError {
    /// Okta didn't send the claim, or the connection doesn't include it.
    Missing {
        /// The claim's name.
        name: String,
    },
    /// The claim has another type.
    Unexpected {
        /// The claim's name.
        name: String,
        /// Why it couldn't be deserialized.
        reason: String,
    },
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(
                f,
                "the identity has no claim `{name}`: add it to the connection's extra claims, and to the \
                 authorization server in Okta"
            ),
            Self::Unexpected { name, reason } => {
                write!(f, "the claim `{name}` has an unexpected type: {reason}")
            }
        }
    }
}

impl std::error::Error for ClaimError {}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_session_of_a_version_without_step_up_says_nothing_of_how_it_began() {
        let mut stored = json!(Identity::new("https://dev-1.okta.com", "00u1"));
        let fields = stored.as_object_mut().unwrap();
        for added in ["auth_time", "acr", "amr", "organization"] {
            assert!(fields.remove(added).is_some());
        }
        let identity = Identity::deserialize(stored).unwrap();
        assert_eq!(identity.authenticated_at(), None);
        assert!(identity.acr.is_none() && identity.amr.is_empty());
        assert!(identity.in_organization("okta"));
    }
}

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::Timestamp;

/// The person signed in, as this app sees them.
///
/// Built by the server from verified claims of the ID token and userinfo
/// ([OpenID Connect Core §5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims)).
/// It holds no token, so it may travel to the browser.
///
/// Cheap to clone: clones share one [`Profile`], whose fields are read as if they were the
/// identity's own. Writing to one copies it first.
///
/// A person's key is the pair ([`issuer`](Profile::issuer), [`subject`](Profile::subject)). An
/// e-mail address is neither unique nor lasting: show it, never look people up by it.
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

/// What is known of a person: the fields of an [`Identity`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Profile {
    /// The issuer that vouched for this person, as in the ID token's `iss`.
    pub issuer: String,
    /// The person at that issuer, as in the ID token's `sub`. Never reused by Okta.
    pub subject: String,
    /// Display name (`name`, else `preferred_username`).
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether the issuer says that the address was verified. `false` when it says nothing.
    pub email_verified: bool,
    /// Address of a picture.
    pub picture: Option<String>,
    /// Preferred locale, such as `en-US`.
    pub locale: Option<String>,
    /// Okta's groups; `None` when Okta sent none, which is not the same as being in no group.
    pub groups: Option<Vec<String>>,
    /// This app's roles, in order of priority: what the role table makes of the groups. Always as
    /// the table is now.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The extra claims that the connection carries, as Okta sent them. Read one with
    /// [`Identity::claim`].
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// Name of the connection they signed in through.
    pub connection: String,
    /// When they signed in here.
    pub signed_in_at: Timestamp,
    /// When this session ends, whatever happens in between.
    pub expires_at: Timestamp,
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
    /// Somebody of whom nothing is known but their key. The session never ends.
    #[must_use]
    pub fn new(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self(Arc::new(Profile {
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
            connection: "okta".to_owned(),
            signed_in_at: Timestamp(0),
            expires_at: Timestamp(i64::MAX),
        }))
    }

    /// The fields, to be taken apart. Copies them where another clone is around.
    #[must_use]
    pub fn into_profile(self) -> Profile {
        Arc::unwrap_or_clone(self.0)
    }

    /// What to call this person: the name, else the e-mail address, else the subject.
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

    /// Whether this person has the role.
    #[must_use]
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().any(|has| has == role)
    }

    /// Whether this person is in Okta's group of this name. When Okta sent no groups, in none.
    #[must_use]
    pub fn in_group(&self, group: &str) -> bool {
        let mut groups = self.groups.iter().flatten();
        groups.any(|has| has == group)
    }

    /// An extra claim, as the type that the app wants.
    ///
    /// # Errors
    ///
    /// [`ClaimError`] when Okta sent none of this name, or something else than `T`.
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
    /// Okta sent none of this name, or the connection does not carry it.
    Missing {
        /// The claim's name.
        name: String,
    },
    /// It is of another type.
    Unexpected {
        /// The claim's name.
        name: String,
        /// What does not fit.
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

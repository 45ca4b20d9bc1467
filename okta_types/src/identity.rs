use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The person signed in, as this app sees them.
///
/// Built by the server from verified claims of the ID token and userinfo
/// ([OpenID Connect Core §5.1](https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims)).
/// It holds no token, so it may travel to the browser.
///
/// A person's key is the pair ([`issuer`](Self::issuer), [`subject`](Self::subject)). An e-mail address is
/// neither unique nor lasting: show it, never look people up by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
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
    /// Name of the connection they signed in through.
    pub connection: String,
    /// When they signed in here.
    pub signed_in_at: Timestamp,
    /// When this session ends, whatever happens in between.
    pub expires_at: Timestamp,
}

impl Identity {
    /// What to call this person: the name, else the e-mail address, else the subject.
    ///
    /// ```
    /// # let mut identity: okta_types::Identity = serde_json::from_str(r#"{
    /// #   "issuer": "https://dev-1.okta.com", "subject": "00u1", "name": "Ada Lovelace",
    /// #   "email": "ada@example.com", "email_verified": true, "picture": null, "locale": null,
    /// #   "groups": null, "connection": "okta", "signed_in_at": 0, "expires_at": 1 }"#).unwrap();
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
}

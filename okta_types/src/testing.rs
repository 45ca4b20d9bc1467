//! **For tests only:** made-up identities.
//!
//! Behind the feature `testing`, which is off by default. Enable it in `[dev-dependencies]` and
//! nowhere else.

use serde_json::Value;

use crate::Identity;

/// Nobody real has it: `.invalid` is reserved ([RFC 2606](https://www.rfc-editor.org/rfc/rfc2606)).
const ISSUER: &str = "https://testing.invalid";

/// Makes up a person, of whom only the subject is known. **For tests only.**
///
/// The issuer cannot exist, so that nobody real is meant. Add what your app looks at with the
/// methods below, or set the fields of [`Profile`](crate::Profile).
///
/// ```
/// use okta_types::testing::identity;
///
/// let ada = identity("ada").with_name("Ada Lovelace").with_role("editor");
/// assert_eq!(ada.display_name(), "Ada Lovelace");
/// assert!(ada.has_role("editor"));
/// ```
#[must_use]
pub fn identity(subject: impl Into<String>) -> Identity {
    Identity::new(ISSUER, subject)
}

/// **For tests only.**
impl Identity {
    /// With this display name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// With this e-mail address, verified.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self.email_verified = true;
        self
    }

    /// With one more role, behind those they have.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// In one more group of Okta's.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.groups.get_or_insert_default().push(group.into());
        self
    }

    /// With an extra claim.
    #[must_use]
    pub fn with_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }
}

//! **For tests only:** made-up identities.
//!
//! Requires the `testing` feature, which is off by default. Enable it in `[dev-dependencies]` only.

use serde_json::Value;

use crate::Identity;

/// Can't be real: `.invalid` is reserved ([RFC 2606](https://www.rfc-editor.org/rfc/rfc2606)).
const ISSUER: &str = "https://testing.invalid";

/// Creates a made-up person with only a subject. **For tests only.**
///
/// The issuer can't exist, so this is never a real person. Add what your app reads with the methods
/// below, or set the fields of [`Profile`](crate::Profile).
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
    /// Sets the display name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the email address, and marks it as verified.
    #[must_use]
    pub fn with_email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self.email_verified = true;
        self
    }

    /// Adds a role, after the existing ones.
    #[must_use]
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        self.roles.push(role.into());
        self
    }

    /// Adds an Okta group.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.groups.get_or_insert_default().push(group.into());
        self
    }

    /// Adds an extra claim.
    #[must_use]
    pub fn with_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }
}

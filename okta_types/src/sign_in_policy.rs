use std::fmt;

use serde::{Deserialize, Serialize};

/// Who may sign in through a connection, of those whom Okta lets in. The default is everybody. Each
/// list that isn't empty has to be met.
///
/// ```
/// use okta_types::SignInPolicy;
///
/// let policy = SignInPolicy::default().groups(["Engineering", "Support"]).email_domains(["acme.com"]);
/// assert_eq!(
///     policy.to_string(),
///     "members of Engineering or Support with a verified email address of acme.com"
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SignInPolicy {
    /// Only members of one of these Okta groups may sign in: up to 100. Empty: all groups.
    pub groups: Vec<String>,
    /// Only people whose email address is of one of these domains may sign in, and only if Okta
    /// says that it is verified: up to 100. A domain doesn't include its sub-domains. Empty: all
    /// addresses, and none.
    pub email_domains: Vec<String>,
}

impl SignInPolicy {
    /// Lets in only members of one of these groups.
    #[must_use]
    pub fn groups<G: Into<String>>(mut self, groups: impl IntoIterator<Item = G>) -> Self {
        self.groups = groups.into_iter().map(Into::into).collect();
        self
    }

    /// Lets in only people whose verified email address is of one of these domains.
    #[must_use]
    pub fn email_domains<D: Into<String>>(mut self, domains: impl IntoIterator<Item = D>) -> Self {
        self.email_domains = domains.into_iter().map(Into::into).collect();
        self
    }
}

/// Who that is, in words.
impl fmt::Display for SignInPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.groups.as_slice() {
            [] => f.write_str("everybody whom Okta lets in")?,
            groups => write!(f, "members of {}", groups.join(" or "))?,
        }
        match self.email_domains.as_slice() {
            [] => Ok(()),
            domains => write!(
                f,
                " with a verified email address of {}",
                domains.join(" or ")
            ),
        }
    }
}

use serde::{Deserialize, Serialize};

/// An attribute that Okta pushes about a person by SCIM, and the claim that it becomes: read it with
/// [`Identity::claim`](crate::Identity::claim).
///
/// The attribute is a path as in RFC 7644 §3.5.2, such as `title`, `name.familyName`,
/// `emails[type eq "work"].value`, or
/// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`.
///
/// ```
/// use okta_types::ProvisionedClaim;
///
/// let office = ProvisionedClaim::new(r#"addresses[type eq "work"].locality"#, "office");
/// assert_eq!(office.claim, "office");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
#[non_exhaustive]
pub struct ProvisionedClaim {
    /// The path of the attribute.
    pub attribute: String,
    /// The name of the claim.
    pub claim: String,
}

impl ProvisionedClaim {
    /// Makes the attribute at this path a claim of this name.
    #[must_use]
    pub fn new(attribute: impl Into<String>, claim: impl Into<String>) -> Self {
        Self {
            attribute: attribute.into(),
            claim: claim.into(),
        }
    }

    /// Returns whether nothing was entered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.attribute.trim().is_empty() && self.claim.trim().is_empty()
    }
}

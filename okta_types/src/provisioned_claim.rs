use serde::{Deserialize, Serialize};

use crate::ProvisioningForm;

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

/// What is wrong with a field of what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct FieldProblem {
    /// Where it is, as a JSON pointer (RFC 6901), such as `/provisioned_claims/0/claim`.
    pub pointer: String,
    /// What is wrong with it.
    pub detail: String,
}

impl FieldProblem {
    /// Creates a problem from its place and what is wrong.
    #[must_use]
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }
}

/// What an admin has entered about provisioning, and couldn't save or has yet to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[non_exhaustive]
pub struct ProvisioningDraft {
    /// What was entered.
    pub form: ProvisioningForm,
    /// What is wrong with it.
    pub problems: Vec<FieldProblem>,
}

impl ProvisioningDraft {
    /// Creates a draft with what is wrong with it.
    #[must_use]
    pub fn new(form: ProvisioningForm, problems: Vec<FieldProblem>) -> Self {
        Self { form, problems }
    }
}

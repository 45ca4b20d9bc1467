//! From claims to an identity, its groups, and the roles that groups give.

pub(crate) mod admission;
pub(crate) mod claims;
pub(crate) mod groups;
pub(crate) mod provisioned;
pub(crate) mod roles;

pub use crate::refresh::AccessToken;
pub use okta_types::{ClaimError, Profile, Timestamp};

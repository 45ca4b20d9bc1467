//! The role table: which Okta group gives which role in this app.

pub use okta_types::{ADMIN, RoleRule, RoleTable};

//! Guides, one per task of an app or its operator.

#[doc = include_str!("docs/layer.md")]
pub mod layer {}

#[doc = include_str!("docs/guarding.md")]
pub mod guarding {}

#[doc = include_str!("docs/roles.md")]
pub mod roles {}

#[doc = include_str!("docs/organizations.md")]
pub mod organizations {}

#[doc = include_str!("docs/programs.md")]
pub mod programs {}

#[doc = include_str!("docs/provisioning.md")]
pub mod provisioning {}

#[doc = include_str!("docs/sessions.md")]
pub mod sessions {}

#[doc = include_str!("docs/first_admin.md")]
pub mod first_admin {}

#[doc = include_str!("docs/managed_connection.md")]
pub mod managed_connection {}

#[doc = include_str!("docs/behind_a_proxy.md")]
pub mod behind_a_proxy {}

#[doc = include_str!("docs/operations.md")]
pub mod operations {}

#[doc = include_str!("docs/migrating.md")]
pub mod migrating {}

#[doc = include_str!("docs/testing.md")]
pub mod testing {}

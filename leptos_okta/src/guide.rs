//! Guides, one per part of an app.

#[doc = include_str!("docs/identity.md")]
pub mod identity {}

#[doc = include_str!("docs/guarding.md")]
pub mod guarding {}

#[doc = include_str!("docs/roles.md")]
pub mod roles {}

#[doc = include_str!("docs/settings_page.md")]
pub mod settings_page {}

#[cfg(feature = "ssr")]
#[doc = include_str!("docs/testing.md")]
pub mod testing {}

//! The built server's commands on its database, with people who sign in and out meanwhile.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod backup;
mod company;
mod configuration;
mod moving;
mod pushing;
mod starting;

#[path = "../support/mod.rs"]
mod support;

/// Of the HTTP tests of axum_okta.
#[path = "../../../axum_okta/tests/http/harness"]
#[allow(dead_code, unused_imports, reason = "other tests use more of it")]
mod harness {
    pub mod answer;
    pub mod browser;
    pub mod certificate;
    pub mod form;
    pub mod many_sessions;
    pub mod port;
    pub mod postgres;
    pub mod provider;
    pub mod scim;
}

//! The apps that are measured, and what signs in to them.

pub mod apps;
pub mod in_process;

#[path = "../../axum_okta/tests/http/harness"]
#[allow(
    dead_code,
    unused_imports,
    missing_docs,
    reason = "axum_okta's own tests use the rest"
)]
pub mod harness {
    pub mod answer;
    pub mod browser;
    pub mod certificate;
    pub mod form;
    pub mod many_sessions;
    pub mod port;
    pub mod postgres;
    pub mod provider;
}

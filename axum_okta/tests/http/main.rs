//! The plugin over real HTTP: an app on a port, a provider on another, browsers that keep cookies.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod audit;
mod by_okta;
mod certification;
mod client_keys;
mod connect;
mod environment;
mod example;
mod groups;
mod guard;
mod harness;
mod host_routes;
mod lifetimes;
mod migration;
mod on_signed_in;
mod operation;
mod options;
mod organizations;
mod peers;
mod people;
mod postgres;
mod pushed_requests;
mod redis;
mod refresh;
mod review;
mod roles;
mod servers;
mod session_script;
mod settings_access;
mod sign_in;
mod sign_out;
mod start;
mod step_up;
mod test_connection;
mod unreachable;

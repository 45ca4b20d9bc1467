//! The plugin over real HTTP: an app on a port, a provider on another, browsers that keep cookies.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod app;
mod certification;
mod connect;
mod example;
mod guard;
mod peers;
mod port;
mod provider;
mod settings_access;
mod sign_in;
mod sign_out;
mod start;
mod unreachable;

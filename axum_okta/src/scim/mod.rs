//! Provisioning: Okta pushes people and groups by SCIM 2.0 (RFC 7643, RFC 7644) to `/scim/v2/{connection}`,
//! and to `/scim/v2` for the connection `okta`.

mod attributes;
mod changes;
mod commit;
mod directory;
mod effects;
mod error;
mod filter;
mod log;
mod members;
mod patch;
mod query;
mod resources;
mod routes;
mod schema;
mod token;

use std::net::IpAddr;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

pub(crate) use attributes::simple_attribute;
pub(crate) use directory::Pushed;
use error::ScimError;
pub(crate) use log::keep_log;
pub(crate) use routes::routes;
pub(crate) use token::new_token;

use crate::{
    directory::PersonHooks,
    http::{limit::Limiter, no_store},
};

/// More than any list of members that Okta sends at once.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;
/// Refused tokens per client address.
const REFUSED_PER_MINUTE: u32 = 30;

/// What the requests of one server share.
pub(crate) struct Scim {
    refused: Limiter<IpAddr>,
    /// By connection.
    requests: Limiter<String>,
    log: log::Log,
    person_hooks: PersonHooks,
}

impl Scim {
    /// With a log whose entries the other half [stores](keep_log).
    pub(crate) fn new(requests_per_minute: u32, person_hooks: PersonHooks) -> (Self, log::ToStore) {
        let (log, to_store) = log::Log::new();
        let scim = Self {
            refused: Limiter::per_minute(REFUSED_PER_MINUTE),
            requests: Limiter::per_minute(requests_per_minute),
            log,
            person_hooks,
        };
        (scim, to_store)
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = no_store((status, body.to_string())).into_response();
    let json = HeaderValue::from_static("application/scim+json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

//! Provisioning: Okta pushes people and groups by SCIM 2.0 (RFC 7643, RFC 7644) to `/scim/v2/{connection}`,
//! and to `/scim/v2` for the connection `okta`.

mod attributes;
mod changes;
mod claims;
mod client_credentials;
mod commit;
mod directory;
mod effects;
mod error;
mod filter;
mod indexed;
mod list;
mod log;
mod members;
mod patch;
mod query;
mod resources;
mod roles;
mod routes;
mod schema;
mod sent;
mod token;
mod version;

use std::net::IpAddr;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

pub(crate) use attributes::simple_attribute;
pub(crate) use claims::{check_attribute, claim_of};
pub(crate) use directory::Pushed;
use error::ScimError;
pub(crate) use log::keep_log;
pub(crate) use roles::assigned as assigned_roles;
pub(crate) use routes::routes;
pub(crate) use token::{new_id, new_token};

use crate::{
    directory::PersonHooks,
    http::{limit::Limiter, no_store},
    lines::Lines,
};

/// Refused tokens per client address.
const REFUSED_PER_MINUTE: u32 = 30;
/// Requests for tokens per client address, from which several clients may ask.
const TOKENS_PER_MINUTE: u32 = 300;

/// What the requests of one server share.
pub(crate) struct Scim {
    refused: Limiter<IpAddr>,
    /// By connection.
    requests: Limiter<String>,
    token_requests: Limiter<IpAddr>,
    /// For bodies that take much memory, by connection.
    large_bodies: Lines,
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
            token_requests: Limiter::per_minute(TOKENS_PER_MINUTE),
            large_bodies: Lines::default(),
            log,
            person_hooks,
        };
        (scim, to_store)
    }
}

/// Of what a client has sent, as much as goes into an answer, the log, or the audit trail.
fn shortened(text: &str, at_most: usize) -> String {
    match text.char_indices().nth(at_most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = no_store((status, body.to_string())).into_response();
    let json = HeaderValue::from_static("application/scim+json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

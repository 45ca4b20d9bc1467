//! Who calls, what for, and the answer.

use std::{net::IpAddr, sync::Arc, time::Instant};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{MethodRouter, any, post},
};
use http::{HeaderMap, Method, Request, StatusCode, header};
use okta_types::ScimRequest;
use serde_json::Value;
use tracing::Instrument;

use super::{
    ScimError, client_credentials,
    log::{self, Answered},
    roles::Listed,
    schema, token,
};
use crate::{
    connection::{CONNECTION, Connection, parse::is_name},
    http::{client_address::ClientAddress, is_json},
    okta::Okta,
    services::Services,
    store::{Change, Kind, now},
};

/// More than any list of members that Okta sends at once.
const MAX_GROUP_BYTES: usize = 8 * 1024 * 1024;
/// More than anybody knows about a person.
const MAX_BYTES: usize = 256 * 1024;
/// No ID of ours is as long.
const MAX_ID: usize = 100;

/// The routes for provisioning.
pub(crate) fn routes(okta: &Okta) -> [(&str, MethodRouter<Okta>); 2] {
    let paths = &okta.shared().paths;
    [
        (&paths.scim, any(handle)),
        (&paths.scim_oauth, post(client_credentials::token)),
    ]
}

/// A request whose caller is known.
pub(super) struct Call<'s> {
    pub(super) okta: &'s Okta,
    pub(super) services: &'s Arc<Services>,
    pub(super) connection: Arc<Connection>,
    /// The id of the token that the caller has.
    token: String,
    /// The base URL that the caller uses.
    pub(super) base: String,
    pub(super) client: Option<IpAddr>,
    /// For the log: what was done otherwise than asked for.
    pub(super) notes: Vec<String>,
    /// For the log: the ID of the person or group that it is about, if that is one.
    pub(super) about: String,
}

/// What is below the base URL.
enum Target<'p> {
    Resources(Kind),
    Resource(Kind, &'p str),
    Roles(Listed),
    Role(Listed, String),
    ServiceProviderConfig,
    ResourceTypes(Option<&'p str>),
    Schemas(Option<&'p str>),
    NotOffered(&'static str),
    Nothing,
}

impl<'p> Target<'p> {
    fn parse(segments: &[&'p str]) -> Self {
        match segments {
            [.., ".search"] => Self::NotOffered("searching by POST; use GET with a filter"),
            ["Users"] => Self::Resources(Kind::User),
            ["Groups"] => Self::Resources(Kind::Group),
            ["Users", id] => Self::Resource(Kind::User, id),
            ["Groups", id] => Self::Resource(Kind::Group, id),
            ["Roles", id @ ..] => Self::listed(Listed::Roles, id),
            ["Entitlements", id @ ..] => Self::listed(Listed::Entitlements, id),
            ["ServiceProviderConfig"] => Self::ServiceProviderConfig,
            ["ResourceTypes"] => Self::ResourceTypes(None),
            ["ResourceTypes", name] => Self::ResourceTypes(Some(name)),
            ["Schemas"] => Self::Schemas(None),
            ["Schemas", urn] => Self::Schemas(Some(urn)),
            ["Bulk"] => Self::NotOffered("bulk requests"),
            ["Me", ..] => Self::NotOffered("/Me"),
            _ => Self::Nothing,
        }
    }

    /// The name of a role can have slashes.
    fn listed(listed: Listed, id: &[&str]) -> Self {
        match id {
            [] => Self::Roles(listed),
            id => Self::Role(listed, id.join("/")),
        }
    }

    /// How long a body may be.
    fn max_bytes(&self) -> usize {
        match self {
            Self::Resources(Kind::Group) | Self::Resource(Kind::Group, _) => MAX_GROUP_BYTES,
            _ => MAX_BYTES,
        }
    }
}

/// The connection that a path is about, and the rest of it. Names of connections are in lower case, and
/// those of SCIM's endpoints begin with a capital letter.
fn split(path: &str) -> (&str, Vec<&str>) {
    let mut segments: Vec<_> = path.trim_matches('/').split('/').collect();
    match segments.first() {
        Some(first) if is_name(first) => {
            let name = segments.remove(0);
            (name, segments)
        }
        _ => (CONNECTION, segments),
    }
}

/// Runs to the end even if Okta hangs up: what is in the database must also be in use.
async fn handle(
    State(okta): State<Okta>,
    ClientAddress(client): ClientAddress,
    Path(below): Path<String>,
    request: Request<Body>,
) -> Response {
    let work = async move { authenticated(&okta, client, &below, request).await };
    let done = tokio::spawn(work.in_current_span()).await;
    let answered = done.unwrap_or(Err(ScimError::Closed));
    answered.unwrap_or_else(IntoResponse::into_response)
}

/// Nothing of the body is read before it is known who calls.
async fn authenticated(
    okta: &Okta,
    client: Option<IpAddr>,
    below: &str,
    request: Request<Body>,
) -> Result<Response, ScimError> {
    let since = Instant::now();
    let services = okta.services().map_err(|_| ScimError::Closed)?;
    let root = okta.shared().paths.scim_root();
    let (name, segments) = split(below);
    let token = token::verified(services, name, request.headers(), client).await?;
    let connection = services
        .connections
        .named(name)
        .ok_or(ScimError::Unauthorized)?;
    let names_it = below.trim_matches('/').split('/').next() == Some(name);
    let base = match names_it {
        true => format!("{root}/{name}"),
        false => root.to_owned(),
    };
    if !connection.is_provisioned {
        // Another server has made the token just now.
        services.turn_on_provisioning(name).await?;
    }
    let mut call = Call {
        okta,
        services,
        connection,
        token: token.id.clone(),
        base: okta.at(&base).to_string(),
        client,
        notes: Vec::new(),
        about: String::new(),
    };

    let (parts, body) = request.into_parts();
    let target = Target::parse(&segments);
    let is_on_its_way = !body.is_end_stream();
    let bytes = read(&parts.headers, body, target.max_bytes()).await;
    // Taken apart, it takes many times its length: one at a time, for as long as the request takes.
    let is_large = bytes.as_ref().is_ok_and(|bytes| bytes.len() > MAX_BYTES);
    let _turn = match is_large {
        true => Some(services.scim.large_bodies.front_of(name).await),
        false => None,
    };
    let mut body = bytes.and_then(|bytes| taken_apart(&bytes));
    // A change looks by itself, when it begins.
    if is_on_its_way && parts.method == Method::GET {
        let counts = services.store.scim_token(&token.hash).await?.is_some();
        if !counts {
            body = Err(ScimError::Unauthorized);
        }
    }
    let query = parts.uri.query().unwrap_or_default();
    let path = log::shown_path(&parts.uri, &base);
    let mut shown = ScimRequest::new(now(), parts.method.as_str(), path, 0, 0);
    shown.address = client.map(|client| client.to_string());
    shown.body = log::shown(body.as_ref().ok().and_then(Option::as_ref));

    if let Target::Resource(_, id) = target {
        call.about = id.chars().filter(|one| *one != '\0').take(MAX_ID).collect();
    }
    let answered = match body {
        Ok(body) => {
            call.answer(&parts.method, target, body, query, &parts.headers)
                .await
        }
        Err(error) => Err(error),
    };
    let response = answered.unwrap_or_else(|error| {
        call.notes.push(error.detail());
        error.into_response()
    });
    shown.status = response.status().as_u16();
    shown.milliseconds = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
    shown.detail = (!call.notes.is_empty()).then(|| call.notes.join("; "));
    services.scim.log.note(Answered {
        connection: name.to_owned(),
        token: token.id,
        resource: call.about,
        request: shown,
    });
    Ok(response)
}

async fn read(headers: &HeaderMap, body: Body, at_most: usize) -> Result<Bytes, ScimError> {
    let bytes = to_bytes(body, at_most).await;
    let bytes = bytes.map_err(|_| ScimError::TooLarge(at_most))?;
    let is_other = headers.contains_key(header::CONTENT_TYPE) && !is_json(headers);
    match is_other && !bytes.is_empty() {
        true => Err(ScimError::MediaType),
        false => Ok(bytes),
    }
}

/// `None` if there is nothing.
fn taken_apart(bytes: &[u8]) -> Result<Option<Value>, ScimError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let json = serde_json::from_slice(bytes);
    json.map_err(|error| ScimError::InvalidSyntax(error.to_string()))
}

impl<'s> Call<'s> {
    pub(super) fn connection(&self) -> &str {
        &self.connection.config.name
    }

    /// Begins a change in which the token counts: it may have been deleted while the body was on its
    /// way.
    pub(super) async fn begin(&self) -> Result<Change<'s>, ScimError> {
        let services = self.services;
        let mut change = services.store.concurrent_change().await?;
        match change.scim_token_counts(&self.token).await? {
            true => Ok(change),
            false => Err(ScimError::Unauthorized),
        }
    }

    async fn answer(
        &mut self,
        method: &Method,
        target: Target<'_>,
        body: Option<Value>,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<Response, ScimError> {
        let body = || body.ok_or_else(|| ScimError::InvalidSyntax("it has no body".to_owned()));
        let is_get = method == Method::GET;
        match target {
            Target::Resources(kind) => match *method {
                Method::GET => self.list(kind, query).await,
                Method::POST => self.create(kind, body()?, query).await,
                _ => Err(ScimError::Method(method.clone())),
            },
            Target::Resource(kind, id) => match *method {
                Method::GET => self.read(kind, id, query, headers).await,
                Method::PUT => self.replace(kind, id, body()?, query, headers).await,
                Method::PATCH => self.patch(kind, id, body()?, query, headers).await,
                Method::DELETE => self.delete(kind, id, headers).await,
                _ => Err(ScimError::Method(method.clone())),
            },
            Target::NotOffered(what) => Err(ScimError::NotOffered(what)),
            Target::Nothing => Err(ScimError::NoRoute),
            Target::Roles(_) | Target::Role(..) if !is_get => {
                Err(ScimError::Method(method.clone()))
            }
            Target::Roles(listed) => self.list_roles(listed, query),
            Target::Role(listed, id) => self.read_role(listed, &id),
            _ if !is_get => Err(ScimError::Method(method.clone())),
            // What is discovered can't be filtered (RFC 7644 §4).
            _ if query.contains("filter=") => Ok(StatusCode::FORBIDDEN.into_response()),
            Target::ServiceProviderConfig => Ok(schema::service_provider_config(
                &self.base,
                &self.okta.scim_token_endpoint(),
            )),
            Target::ResourceTypes(name) => {
                schema::resource_types(&self.base, self.offers_roles(), name)
            }
            Target::Schemas(urn) => schema::schemas(&self.base, self.offers_roles(), urn),
        }
    }
}

//! `GET /api/okta/openapi.json`: a description of the JSON API (OpenAPI 3.1), made from the code.
#![allow(
    dead_code,
    clippy::large_enum_variant,
    reason = "these types describe what is sent and are never made"
)]

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use okta_types::{
    AdminTokenSummary, Check, CheckReport, Checks, ConnectionForm, ConnectionOptions,
    ConnectionSummary, RoleTable, SignInPolicy,
};
use serde::Serialize;
use utoipa::{
    IntoParams, Modify, OpenApi, ToSchema,
    openapi::{
        ContentBuilder, OpenApi as Description, Ref, ResponseBuilder, Server,
        path::{Operation, Parameter, ParameterIn, PathItem},
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

use super::{
    admins, audit, branding, client_keys, connections, domains, problem::FieldError, roles,
    sessions, tokens,
};
use crate::{audit::Format, okta::Okta};

const MAX_AGE: HeaderValue = HeaderValue::from_static("public, max-age=300");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The same for the first connection, by routes of its own.
const OF_FIRST: [(&str, &str); 4] = [
    ("/api/okta/connections/{name}/roles", "/api/okta/roles"),
    ("/api/okta/connections/{name}/admins", "/api/okta/admins"),
    ("/api/okta/connections/{name}/tokens", "/api/okta/tokens"),
    (
        "/api/okta/connections/{name}/tokens/{id}",
        "/api/okta/tokens/{id}",
    ),
];

/// For everybody: it says nothing about this app.
pub(super) async fn show(State(okta): State<Okta>) -> Response {
    let mut description = JsonApi::openapi();
    let api = okta.at(okta.connections_path());
    let server = api.as_str().trim_end_matches("/api/okta/connections");
    description.servers = Some(vec![Server::new(server)]);
    let headers = [
        (header::CONTENT_TYPE, JSON),
        (header::CACHE_CONTROL, MAX_AGE),
    ];
    let body = serde_json::to_string(&description).unwrap_or_default();
    (headers, body).into_response()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Sign in with Okta: settings",
        description = "Reads and changes how an app signs people in with Okta. Admins create tokens on the settings page, \
                       under API."
    ),
    paths(
        connections::list,
        connections::show,
        connections::connect,
        connections::change,
        connections::check,
        connections::disconnect,
        client_keys::show,
        client_keys::rotate,
        roles::show,
        roles::replace,
        admins::list,
        admins::remove,
        branding::show,
        branding::replace,
        domains::list,
        domains::claim,
        domains::verify,
        domains::check,
        domains::remove,
        tokens::list,
        tokens::create,
        tokens::revoke,
        sessions::list,
        sessions::end_together,
        sessions::end,
        audit::show,
    ),
    components(schemas(Checks, Format, ProblemBody)),
    modifiers(&Complete),
    security(("token" = []))
)]
struct JsonApi;

/// What no attribute says.
struct Complete;

impl Modify for Complete {
    fn modify(&self, description: &mut Description) {
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("token", token);
        let paths = &mut description.paths.paths;
        for operation in paths.values_mut().flat_map(operations) {
            for (status, says) in [("4XX", "It is refused"), ("5XX", "It failed")] {
                let problem = Ref::from_schema_name("ProblemBody");
                let content = ContentBuilder::new().schema(Some(problem)).build();
                let response = ResponseBuilder::new()
                    .description(says)
                    .content("application/problem+json", content);
                let responses = &mut operation.responses.responses;
                responses.insert(status.to_owned(), response.build().into());
            }
        }
        for (path, of_first) in OF_FIRST {
            if let Some(item) = paths.get(path).cloned() {
                paths.insert(of_first.to_owned(), of_first_connection(item));
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem {
        get,
        put,
        post,
        patch,
        delete,
        ..
    } = item;
    [get, put, post, patch, delete].into_iter().flatten()
}

fn of_first_connection(mut item: PathItem) -> PathItem {
    for operation in operations(&mut item) {
        let Operation {
            operation_id,
            parameters,
            ..
        } = operation;
        if let Some(id) = operation_id {
            id.push_str("_of_first");
        }
        if let Some(parameters) = parameters {
            let is_name = |parameter: &Parameter| {
                parameter.name == "name" && parameter.parameter_in == ParameterIn::Path
            };
            parameters.retain(|parameter| !is_name(parameter));
        }
    }
    item
}

/// A path's.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct NamePath {
    /// Name of the connection. That of the first one is `okta`.
    name: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct IdPath {
    /// The ID from the list.
    id: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct DomainParam {
    /// The domain, such as `acme.com`.
    domain: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CheckParam {
    /// Whether Okta is asked before anything is saved. Default: `true`.
    check: Option<Checks>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FormatParam {
    /// Downloads everything that matches. Default: a page.
    format: Option<Format>,
}

/// RFC 9110 §13.1.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct Conditions {
    /// The version that there has to be, or `*` for any.
    #[param(rename = "If-Match")]
    if_match: Option<String>,
    /// `*`: there may be none yet.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct Known {
    /// The version that is known already.
    #[param(rename = "If-None-Match")]
    if_none_match: Option<String>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct Once {
    /// The request is carried out once, however often it is sent with this key within a day.
    #[param(rename = "Idempotency-Key")]
    idempotency_key: Option<String>,
}

/// Why a request is not carried out (RFC 9457).
#[derive(Serialize, ToSchema)]
pub(super) struct ProblemBody {
    r#type: String,
    /// The kind of problem.
    title: String,
    status: u16,
    /// What to do about this one.
    detail: String,
    /// What is wrong with which field of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    errors: Option<Vec<FieldError>>,
    /// The checks of which one failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    checks: Option<Vec<Check>>,
}

/// A connection, in either shape.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum ConnectionBody {
    Flat(FlatConnection),
    Nested(NestedConnection),
}

/// A connection as it is returned, with its secrets.
#[derive(Serialize, ToSchema)]
pub(super) struct FlatConnection {
    #[serde(flatten)]
    form: ConnectionForm,
    /// Key of the organization whose connection it is. Default: as it is, or the name.
    organization: Option<String>,
    /// Whether anybody can sign in through it. Default: as it is, or yes.
    enabled: Option<bool>,
    /// Whether whoever signs in may choose it from a list. Default: as it is, or no.
    listed: Option<bool>,
    /// Where it is in lists. Default: as it is, or 0.
    place: Option<i64>,
    /// Who may sign in. Default: as it is, or everybody.
    sign_in_policy: Option<SignInPolicy>,
    /// Replaces the role table. Default: as it is.
    roles: Option<RoleTable>,
}

/// A connection in the shape that Cloudflare documents for an identity provider.
#[derive(Serialize, ToSchema)]
pub(super) struct NestedConnection {
    /// The display name.
    name: Option<String>,
    r#type: Option<OnlyType>,
    config: NestedConfig,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum OnlyType {
    Okta,
}

#[derive(Serialize, ToSchema)]
pub(super) struct NestedConfig {
    client_id: String,
    /// If left out, the stored one is kept, as long as the client ID and account don't change.
    client_secret: Option<String>,
    /// The Okta org, such as `https://acme.okta.com`.
    okta_account: String,
    /// The authorization server: `org`, `default`, or an ID. If left out, the account decides.
    authorization_server_id: Option<String>,
    /// If left out, the stored one is kept, as long as the domain doesn't change.
    api_token: Option<String>,
    organization: Option<String>,
    enabled: Option<bool>,
    listed: Option<bool>,
    place: Option<i64>,
    sign_in_policy: Option<SignInPolicy>,
    roles: Option<RoleTable>,
    #[serde(flatten)]
    options: ConnectionOptions,
}

/// Parts of a connection, in either shape. `null` is the default.
#[derive(Serialize, ToSchema)]
#[schema(value_type = Object)]
pub(super) struct ConnectionPatch(serde_json::Map<String, serde_json::Value>);

/// The connection as it is now, or the checks that were asked for.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum ChangedBody {
    Connection(ConnectionSummary),
    Checks(CheckReport),
}

#[derive(Serialize, ToSchema)]
pub(super) struct TokenList {
    tokens: Vec<AdminTokenSummary>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct EndedBody {
    ended: usize,
}

//! `GET /api/okta/openapi.json`: a description of the JSON API (OpenAPI 3.1), made from the code.

mod bodies;
mod parameters;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use okta_types::Checks;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, OpenApi as Description, Ref, RefOr, ResponseBuilder, Schema, Server,
        path::{Operation, Parameter, ParameterIn, PathItem},
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme},
    },
};

pub(super) use bodies::{
    ChangedBody, ClientKeysBody, ConnectionBody, ConnectionPatch, EndedBody, OwnSessionList,
    ProblemBody, TokenList,
};
pub(super) use parameters::{
    CheckParam, Conditions, DomainParam, FormatParam, IdPath, Known, NamePath, Once,
};

use super::{
    admins, audit, branding, client_keys, connections, domains, identity, own_sessions,
    provisioning, roles, sessions, setup, setup_links, tokens,
};
use crate::{audit::Format, http::cookies::SESSION, okta::Okta};

const MAX_AGE: HeaderValue = HeaderValue::from_static("public, max-age=300");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

const OPTIONS: &str = "ConnectionOptions";

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
#[utoipa::path(
    get,
    path = "/api/okta/openapi.json",
    tag = "Description",
    operation_id = "get_description",
    security(()),
    responses((status = 200, body = Object, description = "This description"))
)]
pub(super) async fn show(State(okta): State<Okta>) -> Response {
    let mut description = JsonApi::openapi();
    let api = okta.at(okta.connections_path());
    let server = api.as_str().trim_end_matches("/api/okta/connections");
    description.servers = Some(vec![Server::new(server)]);
    let session = ApiKey::Cookie(ApiKeyValue::new(okta.cookie_name(SESSION)));
    let components = description.components.get_or_insert_default();
    components.add_security_scheme("session", SecurityScheme::ApiKey(session));
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
        setup_links::list,
        setup_links::make,
        setup_links::revoke,
        branding::show,
        branding::replace,
        domains::list,
        domains::claim,
        domains::verify,
        domains::check,
        domains::remove,
        provisioning::show,
        provisioning::replace,
        provisioning::make_token,
        provisioning::delete_token,
        provisioning::make_client,
        provisioning::delete_client,
        provisioning::requests,
        tokens::list,
        tokens::create,
        tokens::revoke,
        sessions::list,
        sessions::end_together,
        sessions::end,
        audit::show,
        identity::show,
        own_sessions::list,
        own_sessions::end_others,
        own_sessions::end,
        setup::enter,
        show,
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
        take_display_name_out_of_config(&mut components.schemas);
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

/// In the shape that Cloudflare documents, it is outside.
fn take_display_name_out_of_config(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let Some(RefOr::T(Schema::Object(options))) = schemas.get(OPTIONS) else {
        return;
    };
    let mut options = options.clone();
    options.properties.remove("display_name");
    let Some(RefOr::T(Schema::AllOf(config))) = schemas.get_mut("NestedConfig") else {
        return;
    };
    for part in &mut config.items {
        if matches!(part, RefOr::Ref(part) if part.ref_location.ends_with(OPTIONS)) {
            *part = RefOr::T(Schema::Object(options.clone()));
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

//! `/api/okta/connections`, and `/api/okta/connections/{name}` of each.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use okta_types::{CheckReport, Checks, ConnectionQuery};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::form_urlencoded;

#[cfg(feature = "openapi")]
use super::description::{
    ChangedBody, CheckParam, Conditions, ConnectionBody, ConnectionPatch, Known, NamePath, Once,
    ProblemBody,
};
use super::{
    body::{Body, of_value},
    caller::Caller,
    connection_body::{self, Shape},
    precondition::{Precondition, is_known, not_modified, with_version},
    problem::{ApiError, failed},
    query::InQuery,
};
use crate::{
    http::no_store,
    settings::{Expected, Saved, SettingsError},
};
#[cfg(feature = "openapi")]
use okta_types::{ConnectionPage, ConnectionSummary};

/// `GET ?search=TEXT&limit=NUMBER&after=PLACE`: a page of them, and the next one as `Link` (RFC
/// 8288).
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/connections",
    tag = "Connections",
    operation_id = "list_connections",
    params(ConnectionQuery),
    responses((
        status = 200,
        body = ConnectionPage,
        description = "A page of them, and the next one as Link"
    ))
))]
pub(super) async fn list(
    Caller(admin): Caller,
    InQuery(query): InQuery<ConnectionQuery>,
) -> Response {
    let page = admin.connections(&query);
    let next = page.next.as_deref().and_then(|next| link(&query, next));
    let response = no_store(Json(page));
    match next {
        Some(next) => ([(header::LINK, next)], response).into_response(),
        None => response,
    }
}

fn link(query: &ConnectionQuery, next: &str) -> Option<HeaderValue> {
    let mut pairs = form_urlencoded::Serializer::new(String::new());
    if let Some(search) = &query.search {
        pairs.append_pair("search", search);
    }
    if let Some(limit) = query.limit {
        pairs.append_pair("limit", &limit.to_string());
    }
    let pairs = pairs.append_pair("after", next).finish();
    HeaderValue::try_from(format!("<?{pairs}>; rel=\"next\"")).ok()
}

/// `GET`: the connection, without its secret, and its version as `ETag`.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/connections/{name}",
    tag = "Connections",
    operation_id = "get_connection",
    params(NamePath, Known),
    responses(
        (status = 200, body = ConnectionSummary, description = "The connection, and its version as ETag"),
        (status = 304, description = "It is the version that is known"),
    )
))]
pub(super) async fn show(
    Caller(admin): Caller,
    headers: HeaderMap,
) -> Result<Response, SettingsError> {
    let connection = admin.known_connection()?;
    let version = admin.connection_version();
    if let Some(version) = version
        .clone()
        .filter(|version| is_known(&headers, version))
    {
        return Ok(not_modified(version));
    }
    Ok(with_version(version, no_store(Json(connection.summary()))))
}

#[derive(Deserialize)]
pub(super) struct CheckQuery {
    #[serde(default)]
    check: Checks,
}

/// `PUT ?check=true|false|only` with a connection: 200 if it is in use now, 422 if a check failed
/// and nothing changed.
#[cfg_attr(feature = "openapi", utoipa::path(
    put,
    path = "/api/okta/connections/{name}",
    tag = "Connections",
    operation_id = "put_connection",
    params(NamePath, CheckParam, Conditions, Once),
    request_body = ConnectionBody,
    responses((
        status = 200,
        body = CheckReport,
        description = "It is in use now; its version is the ETag"
    ))
))]
pub(super) async fn connect(
    Caller(admin): Caller,
    Precondition(expected): Precondition,
    InQuery(CheckQuery { check }): InQuery<CheckQuery>,
    Body(body): Body<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let (request, shape) = connection_body::parse(body)?;
    let admin = admin.expecting(expected);
    let (report, saved) = admin.save(request.checks(check)).await?;
    Ok(match saved {
        Some(saved) => with_version(Some(saved.version), no_store(Json(report))),
        None => unsaved(&report, shape),
    })
}

/// `PATCH` with a [`ConnectionChange`](okta_types::ConnectionChange), or with parts of a connection, which are checked: the
/// connection as it is then.
#[cfg_attr(feature = "openapi", utoipa::path(
    patch,
    path = "/api/okta/connections/{name}",
    tag = "Connections",
    operation_id = "change_connection",
    params(NamePath, CheckParam, Conditions, Once),
    request_body = ConnectionPatch,
    responses((status = 200, body = ChangedBody, description = "The connection as it is now"))
))]
pub(super) async fn change(
    Caller(admin): Caller,
    Precondition(expected): Precondition,
    InQuery(CheckQuery { check }): InQuery<CheckQuery>,
    Body(body): Body<Map<String, Value>>,
) -> Result<Response, ApiError> {
    let in_use = admin.known_connection()?.summary();
    if connection_body::is_change(&body) && check == Checks::Required {
        let change = of_value(Value::Object(body))?;
        let saved = admin.expecting(expected).save_change(change).await?;
        return Ok(changed(saved));
    }
    let (request, shape) = connection_body::parse(connection_body::merged(&in_use, body)?)?;
    // What the patch is merged with has to be there still when it is saved.
    let merged_with = admin.connection_version().into_iter().collect();
    let expected = expected.unwrap_or(Expected::OneOf(merged_with));
    let admin = admin.expecting(Some(expected));
    let (report, saved) = admin.save(request.checks(check)).await?;
    Ok(saved.map_or_else(|| unsaved(&report, shape), changed))
}

fn changed(saved: Saved) -> Response {
    with_version(Some(saved.version), no_store(Json(saved.connection)))
}

/// After checks that were all that was asked for, or of which one failed.
fn unsaved(report: &CheckReport, shape: Shape) -> Response {
    match report.passed() {
        true => no_store(Json(report)),
        false => failed(report, |field| shape.pointer(field)),
    }
}

/// `POST`: runs the checks again on the connection.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/api/okta/connections/{name}",
    tag = "Connections",
    operation_id = "check_connection",
    params(NamePath, Once),
    responses(
        (status = 200, body = CheckReport, description = "No check failed"),
        (
            status = 422,
            description = "A check failed, or no connection can have this name",
            content((CheckReport = "application/json"), (ProblemBody = "application/problem+json"))
        ),
    )
))]
pub(super) async fn check(Caller(admin): Caller) -> Result<Response, SettingsError> {
    let report = admin.check().await?;
    let status = match report.passed() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok(no_store((status, Json(report))))
}

/// `DELETE`: disconnects.
#[cfg_attr(feature = "openapi", utoipa::path(
    delete,
    path = "/api/okta/connections/{name}",
    tag = "Connections",
    operation_id = "delete_connection",
    params(NamePath, Conditions, Once),
    responses((status = 204, description = "It is gone"))
))]
pub(super) async fn disconnect(
    Caller(admin): Caller,
    Precondition(expected): Precondition,
) -> Result<StatusCode, SettingsError> {
    admin.expecting(expected).disconnect().await?;
    Ok(StatusCode::NO_CONTENT)
}

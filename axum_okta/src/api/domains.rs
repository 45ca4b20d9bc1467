//! `/api/okta/connections/{name}/domains`: the email domains that lead to a connection.

use axum::{Json, response::Response};
use http::StatusCode;
use serde::Deserialize;

#[cfg(feature = "openapi")]
use super::description::{DomainParam, NamePath, Once};
use super::{caller::Caller, path::InPath};
use crate::{http::no_store, settings::SettingsError};
#[cfg(feature = "openapi")]
use okta_types::DomainSummary;

/// `GET`: those that it claims.
#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/connections/{name}/domains",
    tag = "Domains",
    operation_id = "list_domains",
    params(NamePath),
    responses((status = 200, body = Vec<DomainSummary>, description = "The domains that it claims"))
))]
pub(super) async fn list(Caller(admin): Caller) -> Result<Response, SettingsError> {
    Ok(no_store(Json(admin.domains().await?)))
}

#[derive(Deserialize)]
pub(super) struct DomainPath {
    domain: String,
}

/// `PUT /{domain}` claims one. Returns it with the record that proves whose it is.
#[cfg_attr(feature = "openapi", utoipa::path(
    put,
    path = "/api/okta/connections/{name}/domains/{domain}",
    tag = "Domains",
    operation_id = "claim_domain",
    params(NamePath, DomainParam, Once),
    responses((
        status = 200,
        body = DomainSummary,
        description = "The domain, and the record that proves it"
    ))
))]
pub(super) async fn claim(
    Caller(admin): Caller,
    InPath(DomainPath { domain }): InPath<DomainPath>,
) -> Result<Response, SettingsError> {
    Ok(no_store(Json(admin.claim_domain(&domain).await?)))
}

/// `POST /{domain}` declares that it is the connection's, without asking the DNS.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/api/okta/connections/{name}/domains/{domain}",
    tag = "Domains",
    operation_id = "trust_domain",
    params(NamePath, DomainParam, Once),
    responses((status = 204, description = "It counts now"))
))]
pub(super) async fn verify(
    Caller(admin): Caller,
    InPath(DomainPath { domain }): InPath<DomainPath>,
) -> Result<StatusCode, SettingsError> {
    admin.verify_domain(&domain).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /{domain}/check` looks its record up, and if it is there, the domain counts.
#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/api/okta/connections/{name}/domains/{domain}/check",
    tag = "Domains",
    operation_id = "check_domain",
    params(NamePath, DomainParam),
    responses((status = 204, description = "Its record was found, so it counts now"))
))]
pub(super) async fn check(
    Caller(admin): Caller,
    InPath(DomainPath { domain }): InPath<DomainPath>,
) -> Result<StatusCode, SettingsError> {
    admin.check_domain(&domain).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /{domain}`.
#[cfg_attr(feature = "openapi", utoipa::path(
    delete,
    path = "/api/okta/connections/{name}/domains/{domain}",
    tag = "Domains",
    operation_id = "remove_domain",
    params(NamePath, DomainParam, Once),
    responses((status = 204, description = "It no longer counts"))
))]
pub(super) async fn remove(
    Caller(admin): Caller,
    InPath(DomainPath { domain }): InPath<DomainPath>,
) -> Result<StatusCode, SettingsError> {
    admin.remove_domain(&domain).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `GET /api/okta/audit?event=EVENT&person=NAME&before=PLACE`: the audit trail, newest first, one
//! page at a time. With `format`, downloads all of it.

use axum::{Json, response::Response};
use okta_types::AuditQuery;
use serde::Deserialize;

#[cfg(feature = "openapi")]
use super::description::FormatParam;
use super::{caller::Caller, query::InQuery};
use crate::{audit::Format, http::no_store, settings::SettingsError};
#[cfg(feature = "openapi")]
use okta_types::AuditPage;

#[derive(Deserialize)]
pub(super) struct AuditParams {
    #[serde(flatten)]
    query: AuditQuery,
    format: Option<Format>,
}

#[cfg_attr(feature = "openapi", utoipa::path(
    get,
    path = "/api/okta/audit",
    tag = "Audit trail",
    operation_id = "get_audit",
    params(AuditQuery, FormatParam),
    responses((
        status = 200,
        description = "A page of the trail, the newest first, or all of it as a file",
        content((AuditPage = "application/json"), (String = "text/csv"), (String = "application/jsonl"))
    ))
))]
pub(super) async fn show(
    Caller(admin): Caller,
    InQuery(AuditParams { query, format }): InQuery<AuditParams>,
) -> Result<Response, SettingsError> {
    Ok(match format {
        None => no_store(Json(admin.audit(&query).await?)),
        Some(format) => admin.download_audit(query, format)?,
    })
}

//! `GET /api/okta/audit?event=EVENT&person=NAME&before=PLACE`: the audit trail, newest first, one
//! page at a time. With `format`, downloads all of it.

use axum::{Json, extract::Query, response::Response};
use okta_types::AuditQuery;
use serde::Deserialize;

use crate::{
    audit::Format,
    http::no_store,
    settings::{Admin, SettingsError},
};

#[derive(Deserialize)]
pub(super) struct AuditParams {
    #[serde(flatten)]
    query: AuditQuery,
    format: Option<Format>,
}

pub(super) async fn show(
    admin: Admin,
    Query(AuditParams { query, format }): Query<AuditParams>,
) -> Result<Response, SettingsError> {
    Ok(match format {
        None => no_store(Json(admin.audit(&query).await?)),
        Some(format) => admin.download_audit(query, format),
    })
}

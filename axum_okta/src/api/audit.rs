//! `GET /api/okta/audit?before=PLACE`: the audit trail, newest first, a page at a time.

use axum::{Json, extract::Query, response::Response};
use serde::Deserialize;

use crate::{
    http::no_store,
    settings::{Admin, SettingsError},
};

#[derive(Deserialize)]
pub(super) struct AuditQuery {
    before: Option<String>,
}

pub(super) async fn show(
    admin: Admin,
    Query(query): Query<AuditQuery>,
) -> Result<Response, SettingsError> {
    Ok(no_store(Json(admin.audit(query.before.as_deref()).await?)))
}

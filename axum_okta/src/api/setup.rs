//! `POST /api/okta/setup` with `{"setup": "CODE"}` opens the settings for this session.

use axum::Json;
use http::StatusCode;
use serde::Deserialize;

use crate::settings::{SettingsError, Visitor};

#[derive(Deserialize)]
pub(super) struct SetupCodeForm {
    setup: String,
}

pub(super) async fn enter(
    visitor: Visitor,
    Json(form): Json<SetupCodeForm>,
) -> Result<StatusCode, SettingsError> {
    visitor.enter_setup_code(&form.setup).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `POST /api/okta/setup` with `{"setup": "CODE"}` opens the settings for this session.

use http::StatusCode;
use serde::Deserialize;

use super::{body::Body, problem::ApiError};
use crate::settings::Visitor;

#[derive(Deserialize)]
pub(super) struct SetupCodeForm {
    setup: String,
}

pub(super) async fn enter(
    visitor: Visitor,
    Body(form): Body<SetupCodeForm>,
) -> Result<StatusCode, ApiError> {
    visitor.enter_setup_code(&form.setup).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! `POST /api/okta/setup` with `{"setup": "CODE"}` opens the settings for this session.

use http::StatusCode;
use serde::Deserialize;

use super::{body::Body, problem::ApiError};
use crate::settings::Visitor;

#[derive(Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(super) struct SetupCodeForm {
    /// The setup code that the server printed.
    setup: String,
}

#[cfg_attr(feature = "openapi", utoipa::path(
    post,
    path = "/api/okta/setup",
    tag = "Setup",
    operation_id = "enter_setup_code",
    security(()),
    request_body = SetupCodeForm,
    responses((status = 204, description = "The settings are open for this session"))
))]
pub(super) async fn enter(
    visitor: Visitor,
    Body(form): Body<SetupCodeForm>,
) -> Result<StatusCode, ApiError> {
    visitor.enter_setup_code(&form.setup).await?;
    Ok(StatusCode::NO_CONTENT)
}

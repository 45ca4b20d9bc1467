//! What a route of the blog's own answers when it fails.

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

pub(super) struct Broken(sqlx::Error);

impl From<sqlx::Error> for Broken {
    fn from(error: sqlx::Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        tracing::error!(error = %self.0, "the database failed");
        let page = Html(include_str!("broken.html"));
        (StatusCode::INTERNAL_SERVER_ERROR, page).into_response()
    }
}

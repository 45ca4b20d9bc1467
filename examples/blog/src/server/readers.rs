//! Readers sign in with a password, and have a cookie of the blog's own.

use axum::{
    Extension, Json,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::Response,
};
use leptos::prelude::ServerFnError;
use serde::Serialize;

use super::{
    database::{Database, User},
    errors::Broken,
};

pub(super) const COOKIE: &str = "blog_session";

/// Who reads, if they have signed in.
#[derive(Clone)]
pub(crate) struct Reader(Option<User>);

/// A middleware that puts the [`Reader`] into the request.
pub(super) async fn recognize(
    State(database): State<Database>,
    mut request: Request,
    next: Next,
) -> Result<Response, Broken> {
    let user = match token(request.headers()) {
        Some(token) => database.with_session(token).await?,
        None => None,
    };
    request.extensions_mut().insert(Reader(user));
    Ok(next.run(request).await)
}

pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    let mut pairs = cookies
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split("; "))
        .filter_map(|pair| pair.split_once('='));
    pairs.find_map(|(name, value)| (name == COOKIE).then_some(value))
}

/// The reader who calls this server function; others are sent to the blog's own sign-in.
pub(crate) async fn reader() -> Result<User, ServerFnError> {
    let Extension(Reader(user)) = leptos_axum::extract().await?;
    user.ok_or_else(|| {
        leptos_axum::redirect("/login");
        ServerFnError::new("sign in to the blog first")
    })
}

#[derive(Serialize)]
pub(super) struct Identity {
    reader: String,
}

/// `GET /api/identity`
pub(super) async fn identity(
    Extension(Reader(user)): Extension<Reader>,
) -> Result<Json<Identity>, StatusCode> {
    let user = user.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(Json(Identity { reader: user.name }))
}

//! The blog's own sign-in and sign-out.

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    database::{Database, SESSION},
    errors::Broken,
    readers::{COOKIE, token},
};

#[derive(Deserialize)]
pub(super) struct Credentials {
    login: String,
    password: String,
}

/// `POST /login`
pub(super) async fn sign_in(
    State(database): State<Database>,
    Form(typed): Form<Credentials>,
) -> Result<Response, Broken> {
    let token = database.sign_in(&typed.login, &typed.password).await?;
    Ok(match token {
        Some(token) => with_cookie(&token, SESSION.num_seconds(), "/settings"),
        None => Redirect::to("/login?refused=").into_response(),
    })
}

/// `POST /logout`
pub(super) async fn sign_out(
    State(database): State<Database>,
    headers: HeaderMap,
) -> Result<Response, Broken> {
    if let Some(token) = token(&headers) {
        database.end_session(token).await?;
    }
    Ok(with_cookie("", 0, "/"))
}

fn with_cookie(token: &str, seconds: i64, then: &str) -> Response {
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    ([(header::SET_COOKIE, cookie)], Redirect::to(then)).into_response()
}

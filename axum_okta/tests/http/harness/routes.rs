//! What the app serves, guarded and not.

use axum::{
    Json, Router,
    response::IntoResponse,
    routing::{get, post},
};
use axum_okta::{
    Identity, Okta,
    audit::AuditQuery,
    require_auth,
    settings::{Settings, Visitor},
};
use http::{StatusCode, header};
use serde_json::{Value, json};
use tower_sessions::Session;

/// What nobody may see without being signed in.
pub const SECRET_OF_THE_PAGE: &str = "the secret of the page";

pub fn router(okta: &Okta) -> Router {
    let page = || async { SECRET_OF_THE_PAGE };
    Router::new()
        .route("/", get(|| async { "home" }))
        .route("/whoami", get(whoami))
        .route("/protected", get(page).post(page).layer(require_auth()))
        .route("/api/protected", get(page).layer(require_auth()))
        .route("/editors", get(page).layer(require_auth().role("editor")))
        .route(
            "/writers",
            get(page).layer(require_auth().any_role(["editor", "author"])),
        )
        .route(
            "/engineers",
            get(page).layer(require_auth().group("Engineering")),
        )
        .route(
            "/engineering-editors",
            get(page).layer(require_auth().role("editor").group("Engineering")),
        )
        .route("/settings", get(settings))
        .route("/anything", post(|| async { "done" }))
        .route("/sends-to-sign-in", get(sends_to_sign_in))
        .route("/note", get(read_note).post(leave_note))
        .route("/flush", post(flush))
        .route("/delete", post(delete))
        .route("/cycle-id", post(cycle_id))
        .route("/public", get(public).layer(require_auth()))
        .route("/webhooks/{name}", post(|| async { "done" }))
        .layer(okta.layer())
}

/// A page for the settings, as `leptos_okta` has one.
async fn settings(visitor: Visitor) -> Json<Settings> {
    Json(visitor.settings(&AuditQuery::default()).await.unwrap())
}

/// A guard that the app wrote itself, and that forgot to leave the page out.
async fn sends_to_sign_in() -> impl IntoResponse {
    let headers = [(header::LOCATION, "/login?return_to=%2F")];
    (StatusCode::SEE_OTHER, headers, SECRET_OF_THE_PAGE)
}

/// The app keeps something of its own in the session.
async fn leave_note(session: Session) -> StatusCode {
    let left = session.insert("note", "left here").await;
    left.map_or(StatusCode::INTERNAL_SERVER_ERROR, |()| {
        StatusCode::NO_CONTENT
    })
}

async fn read_note(session: Session) -> Json<Value> {
    Json(json!(session.get::<String>("note").await.ok()))
}

/// What tower-sessions offers a host to end a session.
async fn flush(session: Session) -> StatusCode {
    answered(session.flush().await)
}

async fn delete(session: Session) -> StatusCode {
    answered(session.delete().await)
}

async fn cycle_id(session: Session) -> StatusCode {
    answered(session.cycle_id().await)
}

fn answered<E>(done: Result<(), E>) -> StatusCode {
    done.map_or(StatusCode::INTERNAL_SERVER_ERROR, |()| StatusCode::OK)
}

/// Guarded, and by mistake for every cache.
async fn public() -> impl IntoResponse {
    let headers = [(header::CACHE_CONTROL, "public, max-age=600")];
    (headers, SECRET_OF_THE_PAGE)
}

async fn whoami(identity: Option<Identity>) -> Json<Value> {
    Json(json!({ "subject": identity.map(|identity| identity.subject.clone()) }))
}

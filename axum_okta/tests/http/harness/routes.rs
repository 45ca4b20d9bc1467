//! What the app serves, guarded and not.

use std::{collections::HashMap, convert::Infallible, time::Duration};

use axum::{
    Extension, Json, Router,
    body::to_bytes,
    extract::{Path, Query, Request},
    response::{AppendHeaders, Html, IntoResponse},
    routing::{get, post},
};
use axum_okta::{
    Identity, Okta, SessionEnd,
    audit::AuditQuery,
    connection::ConnectionForm,
    error::AccessTokenError,
    guard::RequireAuth,
    identity::AccessToken,
    require_auth,
    secrecy::ExposeSecret,
    settings::{Admin, ProvisionedPersonRecord, Settings, SettingsError, SignOutAddress, Visitor},
};
use http::{Method, StatusCode, header};
use reqwest::{Client, Response, Url};
use serde_json::{Value, json};
use tower_sessions::Session;

/// What nobody may see without being signed in.
pub const SECRET_OF_THE_PAGE: &str = "the secret of the page";

/// What a guard asks Okta for.
pub const TWO_FACTORS: &str = "urn:okta:loa:2fa:any";

/// What overrules `Cache-Control` in caches between here and the browser.
pub const FOR_SHARED_CACHES: [&str; 6] = [
    "cdn-cache-control",
    "cloudflare-cdn-cache-control",
    "x-litespeed-cache-control",
    "surrogate-control",
    "edge-control",
    "x-accel-expires",
];

pub fn router(okta: &Okta) -> Router {
    let page = || async { SECRET_OF_THE_PAGE };
    Router::new()
        .route("/", get(|| async { "home" }))
        .route("/whoami", get(whoami))
        .route(
            "/form",
            post(async |sent: String| sent).layer(require_auth()),
        )
        .route("/form-with-own-page", post(own_page))
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
        .route("/recent", get(page).post(page).layer(recent()))
        .route("/api/recent", get(page).layer(recent().acr(TWO_FACTORS)))
        .route("/strong", get(page).layer(require_auth().acr(TWO_FACTORS)))
        .route("/mfa", get(page).layer(require_auth().amr("mfa")))
        .route("/recent-editors", get(page).layer(recent().role("editor")))
        .route(
            "/contrary",
            get(page)
                .layer::<_, Infallible>(require_auth().acr(TWO_FACTORS))
                .layer(require_auth().acr("phr")),
        )
        .route(
            "/acme",
            get(page).layer(require_auth().organization("acme")),
        )
        .route("/until-ended", get(until_ended))
        .route("/access-token", get(access_token))
        .route("/calls-api", get(calls_api))
        .route("/settings", get(settings))
        .route("/anything", post(|| async { "done" }))
        .route("/sends-to-sign-in", get(sends_to_sign_in))
        .route("/note", get(read_note).post(leave_note))
        .route("/flush", post(flush))
        .route("/delete", post(delete))
        .route("/clear", post(clear))
        .route("/cycle-id", post(cycle_id))
        .route("/cycle-id-first", post(cycle_id_first))
        .route("/public", get(public).layer(require_auth()))
        .route("/try/{address}", post(try_address))
        .route("/records/{id}", get(record))
        .route("/typed", post(typed))
        .route("/webhooks/{name}", post(|| async { "done" }))
        .layer(okta.layer())
}

fn recent() -> RequireAuth {
    require_auth().max_age(Duration::from_secs(300))
}

/// A page for the settings, as `leptos_okta` has one.
async fn settings(visitor: Visitor) -> Json<Settings> {
    Json(visitor.settings(&AuditQuery::default()).await.unwrap())
}

/// As a long connection waits.
async fn until_ended(session: SessionEnd) -> &'static str {
    session.ended().await;
    "ended"
}

/// A button of the settings page.
async fn try_address(
    admin: Admin,
    Path(address): Path<SignOutAddress>,
) -> Result<StatusCode, SettingsError> {
    admin.try_sign_out_address(address).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A person's page of the settings.
async fn record(
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Json<Option<ProvisionedPersonRecord>>, SettingsError> {
    Ok(Json(admin.provisioned_person(&id).await?))
}

/// The form of the settings page.
async fn typed(
    admin: Admin,
    Json(form): Json<ConnectionForm>,
) -> Result<StatusCode, SettingsError> {
    Ok(match admin.connect(form).await?.passed() {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    })
}

/// An app that would show a token, to see which it gets.
async fn access_token(
    Extension(okta): Extension<Okta>,
    session: Session,
) -> Result<String, AccessTokenError> {
    let token = okta.access_token(&session).await?;
    Ok(token.secret.expose_secret().to_owned())
}

/// An app that calls an API as the person, and once again if that wants its nonce in the proof.
async fn calls_api(
    token: AccessToken,
    Query(called): Query<HashMap<String, String>>,
) -> Result<(StatusCode, String), AccessTokenError> {
    let url = called["url"].parse().unwrap();
    let mut answer = call(&token, &url).await?;
    let nonce = answer.headers().get("dpop-nonce").cloned();
    if answer.status() == StatusCode::UNAUTHORIZED
        && let Some(nonce) = nonce
    {
        let token = token.with_nonce(nonce.to_str().unwrap());
        answer = call(&token, &url).await?;
    }
    Ok((answer.status(), answer.text().await.unwrap()))
}

async fn call(token: &AccessToken, url: &Url) -> Result<Response, AccessTokenError> {
    let headers = token.headers(&Method::GET, url)?;
    let request = Client::new().get(url.clone()).headers(headers);
    Ok(request.send().await.unwrap())
}

/// A guard that the app wrote itself, and that forgot to leave the page out.
async fn sends_to_sign_in() -> impl IntoResponse {
    let headers = [(header::LOCATION, "/login?return_to=%2F")];
    (StatusCode::SEE_OTHER, headers, SECRET_OF_THE_PAGE)
}

/// The app keeps something of its own in the session, which it sees before the whole request.
async fn leave_note(session: Session, request: Request) -> StatusCode {
    seen_before(&session, request).await;
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

async fn clear(session: Session) {
    session.clear().await;
}

async fn delete(session: Session) -> StatusCode {
    answered(session.delete().await)
}

async fn cycle_id(session: Session, request: Request) -> StatusCode {
    seen_before(&session, request).await;
    answered(session.cycle_id().await)
}

/// Has the new id before it sees the whole request.
async fn cycle_id_first(session: Session, request: Request) -> StatusCode {
    let done = answered(session.cycle_id().await);
    seen_before(&session, request).await;
    done
}

async fn seen_before(session: &Session, request: Request) {
    session.get::<Value>("note").await.unwrap();
    to_bytes(request.into_body(), 1).await.unwrap();
}

fn answered<E>(done: Result<(), E>) -> StatusCode {
    done.map_or(StatusCode::INTERNAL_SERVER_ERROR, |()| StatusCode::OK)
}

/// Guarded, and by mistake for every cache.
async fn public() -> impl IntoResponse {
    let headers = [(header::CACHE_CONTROL, "public, max-age=600")];
    let targeted = FOR_SHARED_CACHES.map(|name| (name, "max-age=600"));
    (headers, AppendHeaders(targeted), SECRET_OF_THE_PAGE)
}

/// An app that answers whoever is not signed in with a page of its own.
async fn own_page(identity: Option<Identity>) -> Result<(), (StatusCode, Html<&'static str>)> {
    identity
        .map(drop)
        .ok_or((StatusCode::UNAUTHORIZED, Html("<p>Sign in first.</p>")))
}

async fn whoami(identity: Option<Identity>) -> Json<Value> {
    Json(json!({ "subject": identity.map(|identity| identity.subject.clone()) }))
}

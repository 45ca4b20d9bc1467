//! axum-oidc as its example uses it.

use axum::{
    Router, error_handling::HandleErrorLayer, http::Uri, response::IntoResponse, routing::get,
};
use axum_oidc::{
    EmptyAdditionalClaims, OidcAuthLayer, OidcClaims, OidcLoginLayer, error::MiddlewareError,
};
use sessions_of_peers::{MemoryStore, SessionManagerLayer, cookie::SameSite};
use tower::ServiceBuilder;

use super::{GUARDED, HELLO, IDENTITY, Place, hello};
use crate::harness::provider::{CLIENT_ID, CLIENT_SECRET};

pub(super) async fn router(place: &Place) -> anyhow::Result<Router> {
    let sessions = SessionManagerLayer::new(MemoryStore::default())
        .with_secure(false)
        .with_same_site(SameSite::Lax);
    let login = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(refused))
        .layer(OidcLoginLayer::<EmptyAdditionalClaims>::new());
    let client = OidcAuthLayer::<EmptyAdditionalClaims>::discover_client(
        Uri::try_from(&place.url)?,
        place.issuer.clone(),
        CLIENT_ID.to_owned(),
        Some(CLIENT_SECRET.to_owned()),
        Vec::new(),
    );
    let auth = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(refused))
        .layer(client.await?);
    Ok(Router::new()
        .route(GUARDED, get(hello))
        .route(IDENTITY, get(hello_to))
        .layer(login)
        .layer(auth)
        .layer(sessions))
}

async fn hello_to(_: OidcClaims<EmptyAdditionalClaims>) -> &'static str {
    HELLO
}

async fn refused(error: MiddlewareError) -> impl IntoResponse {
    error.into_response()
}

//! `POST /logout` ends the session here, then at Okta (OpenID Connect RP-Initiated Logout 1.0).

use std::net::IpAddr;

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, post},
};
use http::StatusCode;
use okta_types::{Actor, AuditEvent, Identity};
use tower_sessions::Session;
use url::Url;

use crate::{
    audit,
    causes::with_causes,
    http::{client_address::ClientAddress, no_store, page::Page},
    okta::Okta,
    services::Services,
    session::{SessionCookie, SignedIn},
};

/// The routes of this room.
pub(crate) fn routes(okta: &Okta) -> [(&str, MethodRouter<Okta>); 1] {
    [(&okta.shared().paths.logout, post(logout))]
}

async fn logout(
    State(okta): State<Okta>,
    ClientAddress(address): ClientAddress,
    session: Option<Extension<Session>>,
    identity: Option<Identity>,
) -> Response {
    let mut response = match (okta.services(), session) {
        (Ok(services), Some(Extension(session))) => {
            let at_okta = end(&okta, services, &session, identity, address).await;
            no_store(Redirect::to(at_okta.as_ref().map_or("/", Url::as_str)))
        }
        _ => closed(),
    };
    // Whatever else failed, this browser is signed out.
    response.extensions_mut().insert(SessionCookie::Remove);
    response
}

/// The session cannot be ended in the database, and a copy of its cookie may count again.
fn closed() -> Response {
    Page {
        status: StatusCode::SERVICE_UNAVAILABLE,
        title: "You're signed out of this browser only",
        explanation: "This app can't reach its database, so your session wasn't ended on the server. Try again later: \
                      sign in, then sign out.",
        links: &[("/", "Home")],
        reference: None,
    }
    .into_response()
}

/// Ends the session; gives the page at Okta that ends the one there, if somebody was signed in.
async fn end(
    okta: &Okta,
    services: &Services,
    session: &Session,
    identity: Option<Identity>,
    address: Option<IpAddr>,
) -> Option<Url> {
    let id = session.id()?;
    let found = services.sessions.content(&id).await;
    let entry = identity.as_ref().map(|identity| {
        let actor = Actor::from(identity);
        audit::entry(AuditEvent::SignedOut, actor, address, None)
    });
    // Whoever they are: the session ends.
    if let Err(error) = services.sessions.end(id, entry).await {
        tracing::error!(
            error = with_causes(&error),
            "a session has ended, and could not be deleted yet; it is tried again until it can"
        );
    }
    identity?;
    let signed_in = found
        .inspect_err(|error| {
            tracing::error!(error = with_causes(error), "the session could not be read");
        })
        .ok()??
        .signed_in?;
    at_okta(okta, services, &signed_in).await
}

async fn at_okta(okta: &Okta, services: &Services, signed_in: &SignedIn) -> Option<Url> {
    let connection = services.connections.with_id(&signed_in.connection_id)?;
    connection
        .relying_party
        .end_session_url(&signed_in.id_token, okta.base_url())
        .await
}

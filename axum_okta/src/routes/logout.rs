//! `POST /logout` ends the session here, then at Okta (OpenID Connect RP-Initiated Logout 1.0).

use std::net::IpAddr;

use axum::{
    Extension,
    extract::State,
    response::{Redirect, Response},
};
use okta_types::{Actor, AuditEvent};
use tower_sessions::Session;
use url::Url;

use super::{callback::ID_TOKEN, no_store};
use crate::{Okta, client_address::ClientAddress, error::StoreError, okta::Open};

pub(super) async fn logout(
    State(okta): State<Okta>,
    ClientAddress(address): ClientAddress,
    session: Option<Extension<Session>>,
) -> Response {
    let at_okta = match (okta.open(), session) {
        (Ok(open), Some(Extension(session))) => {
            let ended = end(&okta, open, &session, address).await;
            ended.unwrap_or_else(|error| {
                tracing::error!(%error, "the session could not be removed from the store");
                None
            })
        }
        _ => None,
    };
    no_store(match at_okta {
        Some(url) => Redirect::to(url.as_str()),
        None => Redirect::to("/"),
    })
}

/// Ends the session; gives the page at Okta that ends the one there, if somebody was signed in.
async fn end(
    okta: &Okta,
    open: &Open,
    session: &Session,
    address: Option<IpAddr>,
) -> Result<Option<Url>, StoreError> {
    let found = open.live_sessions.find(session, &open.roles).await;
    // Whoever they are: the session ends.
    open.live_sessions.end(session).await?;
    let Some(signed_in) = found? else {
        return Ok(None);
    };
    let actor = Actor::from(signed_in.identity.as_ref());
    open.record(AuditEvent::SignedOut, actor, address, None)
        .await;
    let Some(connection) = okta
        .live_connection()
        .filter(|connection| connection.id == signed_in.connection_id)
    else {
        return Ok(None);
    };
    let id_token = open.store.decrypt(ID_TOKEN, &signed_in.id_token)?;
    Ok(connection
        .relying_party
        .end_session_url(&id_token, okta.base_url())
        .await)
}

//! `POST /logout` ends the session here, then at Okta (OpenID Connect RP-Initiated Logout 1.0).

use std::net::IpAddr;

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use okta_types::{Actor, AuditEvent, Identity};
use openidconnect::CsrfToken;
use tower_sessions::{Session, cookie::time::Duration};
use url::Url;

use crate::{
    audit,
    causes::with_causes,
    http::{
        client_address::ClientAddress,
        cookies, only,
        onward::onward,
        page::{Link, Page},
    },
    okta::Okta,
    services::Services,
    session::{SessionCookie, SignedIn},
    telemetry::{self, Ended},
};

/// Holds the `state` of a sign-out that is under way at Okta.
const COOKIE: &str = "okta_sign_out";
/// How long a person may take there.
const LIFETIME: Duration = Duration::minutes(10);
const SIGNING_OUT: &str = "Signing you out";

/// The routes of this room.
pub(crate) fn routes(okta: &Okta) -> [(&str, MethodRouter<Okta>); 1] {
    [(&okta.shared().paths.logout, post(logout))]
}

async fn logout(
    State(okta): State<Okta>,
    ClientAddress(address): ClientAddress,
    session: Option<Extension<Session>>,
    identity: Option<Identity>,
    headers: HeaderMap,
) -> Response {
    let mut response = match (okta.services(), session) {
        (Ok(services), Some(Extension(session))) => {
            match end(&okta, services, &session, identity, address).await {
                Some(at_okta) => at_okta.onward(&okta, &headers),
                // From there, too, a host may lead to Okta: to sign in again.
                None => onward(&headers, "/", SIGNING_OUT),
            }
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
        links: &[Link::HOME],
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
) -> Option<AtOkta> {
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
    telemetry::ended(Ended::SignOut, 1);
    let signed_in = found
        .inspect_err(|error| {
            tracing::error!(error = with_causes(error), "the session could not be read");
        })
        .ok()??
        .signed_in?;
    AtOkta::of(okta, services, &signed_in).await
}

/// The rest of a sign-out, at Okta.
struct AtOkta {
    url: Url,
    state: CsrfToken,
}

impl AtOkta {
    async fn of(okta: &Okta, services: &Services, signed_in: &SignedIn) -> Option<Self> {
        let connection = services.connections.with_id(&signed_in.connection_id)?;
        let party = &connection.relying_party;
        let state = CsrfToken::new_random();
        let url = party
            .end_session_url(&signed_in.id_token, okta.base_url(), &state)
            .await?;
        Some(Self { url, state })
    }

    /// The browser keeps the state until it comes back.
    fn onward(self, okta: &Okta, headers: &HeaderMap) -> Response {
        let mut response = onward(headers, self.url.as_str(), SIGNING_OUT);
        let (name, state) = (okta.cookie_name(COOKIE), self.state.into_secret());
        if let Some(cookie) = cookies::ours(name, state, LIFETIME, okta.is_https()) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// Whether this visit of the start page ends a sign-out at Okta; gives the removal of its cookie.
/// Another `state`, or none, is noted and changes nothing: the session here ended before.
pub(crate) fn came_back(okta: &Okta, uri: &Uri, headers: &HeaderMap) -> Option<HeaderValue> {
    if uri.path() != okta.base_url().path() {
        return None;
    }
    let name = okta.cookie_name(COOKIE);
    let expected = CsrfToken::new(cookies::value(headers, &name)?.to_owned());
    let state = only(uri.query().unwrap_or_default(), "state");
    let state = state.ok().flatten().map(|state| state.into_owned());
    if state.map(CsrfToken::new) == Some(expected) {
        tracing::debug!("somebody came back from signing out at Okta");
    } else {
        tracing::warn!(
            "somebody came back from signing out, and not with the state that Okta was given"
        );
    }
    cookies::removal(name, okta.is_https())
}

//! `POST /logout` ends the session here, then at Okta (OpenID Connect RP-Initiated Logout 1.0). With
//! `everywhere=1` it ends the person's sessions in other browsers, too.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Extension,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use okta_types::{Actor, AuditEvent, Identity};
use openidconnect::CsrfToken;
use tower_sessions::{Session, cookie::time::Duration};
use url::{Url, form_urlencoded};

use crate::{
    audit,
    causes::with_causes,
    http::{
        client_address::ClientAddress,
        cookies::{self, Cookies},
        only,
        onward::onward,
        page::{Link, Page},
    },
    okta::Okta,
    services::Services,
    session::{EndCause, SessionCookie, SignedIn},
    store::Whose,
    telemetry::{self, Ended},
};

/// Holds the `state` of a sign-out that is under way at Okta.
pub(crate) const COOKIE: &str = "okta_sign_out";
/// How long a person may take there.
const LIFETIME: Duration = Duration::minutes(10);
/// What a browser still keeps of this app (W3C Clear Site Data), which listens over https alone.
/// Guarded pages are not stored, and the app may have let the browser keep others: `"cache"` removes
/// those. `"cookies"` would sign people out of all apps of the domain, and `"storage"` would take
/// what the app keeps in the browser for itself.
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");
const SIGNING_OUT: &str = "Signing you out";

/// The form field that ends the person's other sessions, too.
const EVERYWHERE: &str = "everywhere";

pub(super) async fn logout(
    State(okta): State<Okta>,
    ClientAddress(address): ClientAddress,
    session: Option<Extension<Session>>,
    identity: Option<Identity>,
    headers: HeaderMap,
    form: Result<Bytes, BytesRejection>,
) -> Response {
    let mut response = match (okta.services(), session) {
        (Ok(services), Some(Extension(session))) => {
            let everywhere = is_everywhere(form);
            match end(&okta, services, &session, identity, address, everywhere).await {
                Some(at_okta) => at_okta.onward(&okta, &headers),
                // From there, too, a host may lead to Okta: to sign in again.
                None => onward(&headers, "/", SIGNING_OUT),
            }
        }
        _ => closed(),
    };
    // Whatever else failed, this browser is signed out.
    response.extensions_mut().insert(SessionCookie::Remove);
    if okta.is_https() {
        response
            .headers_mut()
            .insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    }
    response
}

fn is_everywhere(form: Result<Bytes, BytesRejection>) -> bool {
    let form = form.unwrap_or_default();
    form_urlencoded::parse(&form).any(|(name, value)| name == EVERYWHERE && value == "1")
}

/// Those in other browsers, on every server.
async fn end_others(services: &Arc<Services>, identity: &Identity, address: Option<IpAddr>) {
    let actor = Actor::from(identity);
    let connection = identity.connection.clone();
    let whose = Whose::Person {
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
    };
    let entry = move |ended: usize| {
        let detail = match ended {
            1 => "1 other session".to_owned(),
            ended => format!("{ended} other sessions"),
        };
        let event = AuditEvent::SignedOutEverywhere;
        Some(audit::entry(event, actor.clone(), address, detail).about(&connection))
    };
    match services
        .sessions
        .end_of(whose, EndCause::SignedOut, entry)
        .await
    {
        Ok(count) => telemetry::ended(Ended::SignOut, count as u64),
        Err(error) => tracing::error!(
            error = with_causes(&error),
            "a person's sessions have ended, and could not be deleted yet; it is tried again until they can"
        ),
    }
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
    services: &Arc<Services>,
    session: &Session,
    identity: Option<Identity>,
    address: Option<IpAddr>,
    everywhere: bool,
) -> Option<AtOkta> {
    let id = session.id()?;
    let found = services.sessions.content(&id).await;
    let entry = identity.as_ref().map(|identity| {
        let actor = Actor::from(identity);
        audit::entry(AuditEvent::SignedOut, actor, address, None).about(&identity.connection)
    });
    // Whoever they are: the session ends.
    if let Err(error) = services.sessions.end(id, EndCause::SignedOut, entry).await {
        tracing::error!(
            error = with_causes(&error),
            "a session has ended, and could not be deleted yet; it is tried again until it can"
        );
    }
    let identity = identity?;
    telemetry::ended(Ended::SignOut, 1);
    if everywhere {
        end_others(services, &identity, address).await;
    }
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
/// Another `state`, or none, changes nothing: the session here ended before. Another is noted.
/// `cookie` is the name of the one that holds the state.
pub(crate) fn came_back(
    okta: &Okta,
    cookie: &str,
    uri: &Uri,
    cookies: &Cookies<'_>,
) -> Option<HeaderValue> {
    if uri.path() != okta.base_url().path() {
        return None;
    }
    let expected = CsrfToken::new(cookies.value(cookie)?.to_owned());
    let state = only(uri.query().unwrap_or_default(), "state");
    match state.map(|state| state.map(|state| CsrfToken::new(state.into_owned()))) {
        // Perhaps they left Okta's page by an address of their own.
        Ok(None) => tracing::debug!("somebody came back from signing out, without a state"),
        Ok(Some(state)) if state == expected => {
            tracing::debug!("somebody came back from signing out at Okta");
        }
        _ => tracing::warn!(
            "somebody came back from signing out, and not with the state that Okta was given"
        ),
    }
    cookies::removal(cookie.to_owned(), okta.is_https())
}

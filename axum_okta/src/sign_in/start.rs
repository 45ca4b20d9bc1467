//! `GET /login?return_to=/path` starts a sign-in: RFC 6749 §4.1.1 with PKCE, state and nonce.
//! Register it in Okta as the initiate login URI, too.

use axum::{
    Extension,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, header};
use okta_types::Identity;
use tower_sessions::Session;
use url::Url;

use super::{
    SignInError,
    attempt::{Attempt, Purpose},
    failure::Failure,
};
use crate::{
    connection::{Connection, issuer::differ_by_slash_only},
    http::{client_address::ClientAddress, no_store, only, return_to::ReturnTo},
    okta::Okta,
    outbound::is_loopback,
    services::Services,
    session::Content,
};

pub(super) async fn login(
    State(okta): State<Okta>,
    ClientAddress(address): ClientAddress,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    identity: Option<Identity>,
    session: Option<Extension<Session>>,
) -> Response {
    let return_to = match destination(&okta, query.as_deref().unwrap_or_default()) {
        Ok(return_to) => return_to,
        Err(error) => return Failure::new(&okta, error, None).into_response(),
    };
    if is_other_name_of_loopback(&okta, &headers) {
        let path = okta.sign_in_path(return_to.as_str());
        let origin = okta.base_url().origin().ascii_serialization();
        return no_store(Redirect::to(&format!("{origin}{path}")));
    }
    if identity.is_some() {
        return no_store(Redirect::to(return_to.as_str()));
    }
    let Ok(services) = okta.services() else {
        return Failure::new(&okta, SignInError::Closed, Some(&return_to)).into_response();
    };
    let started = match services.connections.in_use() {
        Some(connection) => {
            let purpose = Purpose::SignIn;
            to_okta(&okta, services, &connection, &return_to, &headers, purpose).await
        }
        None => Err(not_connected(session.as_deref()).await),
    };
    match started {
        Ok(to_okta) => to_okta,
        Err(error) => {
            let failure = Failure::new(&okta, error, Some(&return_to));
            failure.recorded(services, address).await.into_response()
        }
    }
}

/// Whoever was signed in until an admin disconnected is told so.
async fn not_connected(session: Option<&Session>) -> SignInError {
    let content = match session {
        Some(session) => Content::load(session).await,
        None => Ok(Content::default()),
    };
    match content {
        Ok(content) if content.signed_in.is_some() => SignInError::Disconnected,
        Ok(_) => SignInError::NotConnected,
        Err(error) => error.into(),
    }
}

/// The way to Okta, with the cookie by which this browser will be known when it comes back.
pub(super) async fn to_okta(
    okta: &Okta,
    services: &Services,
    connection: &Connection,
    return_to: &ReturnTo,
    headers: &HeaderMap,
    purpose: Purpose,
) -> Result<Response, SignInError> {
    let request = connection.relying_party.authorization_request(None).await?;
    let redirect = Redirect::to(request.url.as_str());
    let state = request.state.clone();
    let attempt = Attempt::new(connection, request, return_to, purpose);
    let mut response = no_store(redirect);
    for cookie in attempt.cookies(okta, &services.store, &state, headers)? {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Whoever opens `localhost` where the app goes by `127.0.0.1` would come back from Okta to the
/// other name, where the browser has no cookie of ours. Only of loopback: elsewhere a proxy may
/// have its reasons for another `Host`.
fn is_other_name_of_loopback(okta: &Okta, headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let asked = host.and_then(|host| Url::parse(&format!("http://{host}")).ok());
    asked.is_some_and(|asked| {
        is_loopback(&asked)
            && is_loopback(okta.base_url())
            && asked.host() != okta.base_url().host()
    })
}

/// Where the person wants to go. A portal such as Okta's dashboard says who is to be asked (`iss`)
/// and gives a whole address (`target_link_uri`), which must be ours: OpenID Connect Core §4.
fn destination(okta: &Okta, query: &str) -> Result<ReturnTo, SignInError> {
    if let Some(issuer) = only(query, "iss")? {
        let connection = okta.connection().ok_or(SignInError::NotConnected)?;
        if !differ_by_slash_only(&issuer, &connection.issuer) {
            return Err(SignInError::MalformedLogin(
                "it names an issuer that is not connected here",
            ));
        }
    }
    let return_to = match only(query, "target_link_uri")? {
        Some(address) => ReturnTo::parse_address(&address, okta.base_url()).ok_or(
            SignInError::MalformedLogin("its target_link_uri leaves this app"),
        )?,
        None => only(query, "return_to")?.map_or_else(ReturnTo::home, |path| {
            ReturnTo::parse(&path, okta.base_url())
        }),
    };
    // Coming back to the sign-in itself would go round in circles.
    let path = return_to
        .as_str()
        .split(['?', '#'])
        .next()
        .unwrap_or_default();
    let paths = &okta.shared().paths;
    if [&paths.login, &paths.callback, &paths.logout]
        .iter()
        .any(|ours| *ours == path)
    {
        return Ok(ReturnTo::home());
    }
    Ok(return_to)
}

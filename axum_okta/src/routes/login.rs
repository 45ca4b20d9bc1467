//! `GET /login?return_to=/path` starts a sign-in: RFC 6749 §4.1.1 with PKCE, state and nonce. Register it in Okta as
//! the initiate login URI, too.

use axum::{
    Extension,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{HeaderMap, header};
use okta_types::Identity;
use sha2::{Digest, Sha256};
use tower_sessions::Session;
use url::Url;

use super::{failure::Failure, no_store, only};
use crate::{
    Okta,
    client_address::ClientAddress,
    connection::Connection,
    error::SignInError,
    oidc::http::is_loopback,
    okta::Open,
    random_token,
    return_to::ReturnTo,
    session::Content,
    store::{Attempt, Purpose},
};

/// Binds sign-ins to the browser that started them; says nothing of who is signed in.
pub(crate) const BROWSER_COOKIE: &str = "okta_browser";
/// As long as the attempts it is for.
const BROWSER_COOKIE_MINUTES: i64 = 30;

pub(super) async fn login(
    State(okta): State<Okta>,
    ClientAddress(address): ClientAddress,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    identity: Option<Identity>,
    session: Option<Extension<Session>>,
    cookies: CookieJar,
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
    let Ok(open) = okta.open() else {
        return Failure::new(&okta, SignInError::Closed, Some(&return_to)).into_response();
    };
    let started = match okta.live_connection() {
        Some(connection) => {
            let purpose = Purpose::SignIn;
            start(&okta, open, &connection, &return_to, &cookies, purpose).await
        }
        None => Err(not_connected(session.as_deref()).await),
    };
    match started {
        Ok(to_okta) => no_store(to_okta),
        Err(error) => {
            let failure = Failure::new(&okta, error, Some(&return_to));
            failure.recorded(open, address).await.into_response()
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

/// Remembers an attempt; gives the way to Okta, and the cookie that binds the attempt to this browser.
pub(super) async fn start(
    okta: &Okta,
    open: &Open,
    connection: &Connection,
    return_to: &ReturnTo,
    cookies: &CookieJar,
    purpose: Purpose,
) -> Result<(CookieJar, Redirect), SignInError> {
    let request = connection.relying_party.authorization_request(None).await?;
    let browser = browser(okta, cookies).unwrap_or_else(random_token);
    let attempt = Attempt {
        connection_id: connection.id.clone(),
        nonce: request.nonce,
        pkce_verifier: request.pkce_verifier,
        return_to: return_to.as_str().to_owned(),
        purpose,
    };
    open.store
        .put_attempt(&request.state, &browser_hash(&browser), &attempt)
        .await?;
    let cookie = Cookie::build((okta.cookie_name(BROWSER_COOKIE), browser))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(okta.is_https())
        .max_age(time::Duration::minutes(BROWSER_COOKIE_MINUTES));
    Ok((
        CookieJar::new().add(cookie),
        Redirect::to(request.url.as_str()),
    ))
}

/// Whoever opens `localhost` where the app goes by `127.0.0.1` would come back from Okta to the other name, where
/// the browser has no cookie of ours. Only of loopback: elsewhere a proxy may have its reasons for another `Host`.
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

/// Where the person wants to go. A portal such as Okta's dashboard says who is to be asked (`iss`) and gives a whole
/// address (`target_link_uri`), which must be ours: OpenID Connect Core §4.
fn destination(okta: &Okta, query: &str) -> Result<ReturnTo, SignInError> {
    if let Some(issuer) = only(query, "iss")? {
        let connection = okta.live_connection().ok_or(SignInError::NotConnected)?;
        if issuer != connection.issuer {
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

/// What the browser's cookie says, if it is one of ours by its shape.
pub(super) fn browser(okta: &Okta, cookies: &CookieJar) -> Option<String> {
    let value = cookies.get(&okta.cookie_name(BROWSER_COOKIE))?.value();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(value).ok()?;
    (bytes.len() == crate::TOKEN_BYTES).then(|| value.to_owned())
}

/// What the database knows of a browser: a copy of it starts nothing.
pub(super) fn browser_hash(browser: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(browser))
}

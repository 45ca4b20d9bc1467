//! Access tokens for the app's own code.

use std::{fmt, sync::Arc};

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header::AUTHORIZATION, request::Parts};
use okta_types::{LAYER_MISSING, Problem, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use tower_sessions::Session;
use url::Url;

use crate::{
    causes::with_causes,
    connection::{
        Connection,
        oidc::{Proven, TokenKey, authorization},
    },
    okta::Okta,
    session::{Due, SessionTokens},
    store::{Source, now},
};

/// An access token of the person who is signed in, for an API that trusts their issuer.
///
/// An extractor, inside [the layer](Okta::layer); see [`Okta::access_token`]. `Debug` hides the
/// token.
#[derive(Clone)]
#[non_exhaustive]
pub struct AccessToken {
    /// The token. [`headers`](Self::headers) sends it as it has to be sent.
    pub secret: SecretString,
    /// When it expires.
    pub expires_at: Timestamp,
    /// The key that it is bound to, if it is.
    key: Option<Arc<TokenKey>>,
    nonce: Option<String>,
}

impl AccessToken {
    fn of(tokens: SessionTokens, connection: &Connection) -> Self {
        let key = || Arc::new(connection.relying_party.token_key());
        Self {
            secret: tokens.access_token.into(),
            expires_at: tokens.access_token_ends,
            key: tokens.is_bound.then(key),
            nonce: None,
        }
    }

    /// Returns whether the token is bound to this app
    /// ([DPoP](crate::connection::ConnectionOptions::dpop)): an API accepts it only with a proof of
    /// this app, which [`headers`](Self::headers) makes.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.key.is_some()
    }

    /// Has proofs contain this nonce of the API's ([RFC 9449
    /// §9](https://www.rfc-editor.org/rfc/rfc9449#section-9)).
    ///
    /// Few APIs want one. One that does answers with status 401, `error="use_dpop_nonce"` in
    /// `WWW-Authenticate`, and the nonce in the header `DPoP-Nonce`: send the request again with it.
    /// Does nothing to a token that isn't bound.
    #[must_use]
    pub fn with_nonce(mut self, nonce: impl Into<String>) -> Self {
        self.nonce = Some(nonce.into());
        self
    }

    /// Returns the headers that a request with this method to this URL needs: `Authorization`, and,
    /// if the token is [bound](Self::is_bound), `DPoP` with a proof for this request alone. Call it
    /// for each request, also when you send one again.
    ///
    /// ```
    /// use axum::http::Method;
    /// use axum_okta::{error::AccessTokenError, identity::AccessToken};
    /// use reqwest::{Client, Url};
    ///
    /// async fn report(token: AccessToken) -> Result<String, AccessTokenError> {
    ///     let url = Url::parse("https://api.example.com/report?of=today").expect("a URL");
    ///     let headers = token.headers(&Method::GET, &url)?;
    ///     let response = Client::new().get(url).headers(headers).send().await;
    ///     # drop(response);
    ///     Ok("The report.".to_owned())
    /// }
    /// # axum::Router::<()>::new().route("/report", axum::routing::get(report));
    /// ```
    ///
    /// # Errors
    ///
    /// [`AccessTokenError::Unavailable`] if the token has characters that no header can have.
    pub fn headers(&self, method: &Method, url: &Url) -> Result<HeaderMap, AccessTokenError> {
        let secret = self.secret.expose_secret();
        let authorization = authorization(secret, self.is_bound()).map_err(unavailable)?;
        let mut headers = HeaderMap::from_iter([(AUTHORIZATION, authorization)]);
        if let Some(key) = &self.key {
            let proven = Proven {
                method,
                url,
                access_token: Some(secret),
                nonce: self.nonce.as_deref(),
            };
            key.prove(&proven, &mut headers);
        }
        Ok(headers)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_at", &self.expires_at)
            .field("is_bound", &self.is_bound())
            .finish_non_exhaustive()
    }
}

/// Why there is no access token.
///
/// As a response: status 401 if nobody is signed in, 501 if the connection has none, 500 if the layer
/// is missing, and 503 if Okta doesn't answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccessTokenError {
    /// Nobody is signed in with this session, or Okta has just ended it.
    #[error("nobody is signed in with this session")]
    NotSignedIn,
    /// The session has no refresh token.
    #[error(
        "this session has no refresh token. Switch on refresh tokens on the settings page, allow the grant type Refresh \
         Token in Okta, and sign in again"
    )]
    NotOffered,
    /// The layer is missing.
    #[error("{LAYER_MISSING}")]
    LayerMissing,
    /// Okta or the database didn't answer. Try again later.
    #[error("there is no fresh access token now")]
    Unavailable(#[source] Source),
}

impl Okta {
    /// Returns a fresh access token of the person who is signed in with this session.
    ///
    /// It is the stored one, until shortly before it expires. Then Okta is asked for a new one: by
    /// one caller, on one server, while the others wait. Needs
    /// [refresh tokens](crate::connection::ConnectionOptions::refresh_tokens).
    ///
    /// Neither the token nor the session's other secrets reach the browser: don't send it there.
    ///
    /// ```
    /// use axum::{Extension, http::Method};
    /// use axum_okta::{Okta, error::AccessTokenError, tower_sessions::Session};
    /// use reqwest::{Client, Url};
    ///
    /// async fn report(
    ///     Extension(okta): Extension<Okta>,
    ///     session: Session,
    /// ) -> Result<String, AccessTokenError> {
    ///     let token = okta.access_token(&session).await?;
    ///     let url = Url::parse("https://api.example.com/report").expect("a URL");
    ///     let headers = token.headers(&Method::GET, &url)?;
    ///     let response = Client::new().get(url).headers(headers).send().await;
    ///     # drop(response);
    ///     Ok("The report.".to_owned())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`AccessTokenError`], which is also a response.
    pub async fn access_token(&self, session: &Session) -> Result<AccessToken, AccessTokenError> {
        let services = self.services().map_err(unavailable)?;
        let id = session.id().ok_or(AccessTokenError::NotSignedIn)?;
        let stored = async || {
            let who = services.who(&id).await.map_err(unavailable)?;
            let (signed_in, connection) = who.ok_or(AccessTokenError::NotSignedIn)?;
            let tokens = signed_in.tokens.map(|tokens| (tokens, connection));
            tokens.ok_or(AccessTokenError::NotOffered)
        };
        let (tokens, connection) = stored().await?;
        if tokens.renew_at() > now() {
            return Ok(AccessToken::of(tokens, &connection));
        }
        let refusal = match services.ask_again(id, Due::Soon) {
            Some(asking) => asking.await.err().map(|error| with_causes(&*error)),
            None => Some("Okta didn't answer a moment ago".to_owned()),
        };
        let (tokens, connection) = stored().await?;
        if tokens.access_token_ends > now() {
            return Ok(AccessToken::of(tokens, &connection));
        }
        let refusal = refusal.unwrap_or_else(|| "Okta's answer has expired already".to_owned());
        Err(AccessTokenError::Unavailable(refusal.into()))
    }
}

fn unavailable(error: impl Into<Source>) -> AccessTokenError {
    AccessTokenError::Unavailable(error.into())
}

impl<S: Send + Sync> FromRequestParts<S> for AccessToken {
    type Rejection = AccessTokenError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let okta = parts.extensions.get::<Okta>();
        let session = parts.extensions.get::<Session>();
        let (Some(okta), Some(session)) = (okta, session) else {
            return Err(AccessTokenError::LayerMissing);
        };
        okta.access_token(session).await
    }
}

impl IntoResponse for AccessTokenError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::NotOffered => StatusCode::NOT_IMPLEMENTED,
            Self::LayerMissing => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        if status.is_server_error() {
            tracing::error!(error = with_causes(&self), "the app gets no access token");
        }
        Problem::new(status, "There is no access token", self.to_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_token() {
        let token = AccessToken {
            secret: "hunter2".into(),
            expires_at: Timestamp(0),
            key: None,
            nonce: None,
        };
        assert!(!format!("{token:?}").contains("hunter2"));
    }
}

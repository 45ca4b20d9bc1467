//! Access tokens for the app's own code.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use okta_types::{Problem, Timestamp};
use secrecy::SecretString;
use tower_sessions::Session;

use crate::{
    causes::with_causes,
    okta::Okta,
    session::{Due, SessionTokens},
    store::{Source, now},
};

/// An access token of the person who is signed in, for an API that trusts their issuer.
///
/// An extractor, inside [the layer](Okta::layer); see [`Okta::access_token`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccessToken {
    /// The token, to be sent as `Authorization: Bearer …` ([RFC 6750
    /// §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)). `Debug` hides it.
    pub secret: SecretString,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Why there is no access token.
///
/// As a response: status 401 if nobody is signed in, 501 if the connection has none, and 503 if
/// Okta doesn't answer.
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
    /// use axum::{Extension, http::StatusCode};
    /// use axum_okta::{
    ///     Okta, error::AccessTokenError, secrecy::ExposeSecret, tower_sessions::Session,
    /// };
    ///
    /// async fn report(
    ///     Extension(okta): Extension<Okta>,
    ///     session: Session,
    /// ) -> Result<String, AccessTokenError> {
    ///     let token = okta.access_token(&session).await?;
    ///     // Send it to your API, as `Authorization: Bearer …`.
    ///     let authorization = format!("Bearer {}", token.secret.expose_secret());
    ///     # drop(authorization);
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
            let (signed_in, _) = who.ok_or(AccessTokenError::NotSignedIn)?;
            signed_in.tokens.ok_or(AccessTokenError::NotOffered)
        };
        let tokens = stored().await?;
        if tokens.renew_at() > now() {
            return Ok(tokens.into());
        }
        let refusal = match services.ask_again(id, Due::Soon) {
            Some(asking) => asking.await.err().map(|error| with_causes(&*error)),
            None => Some("Okta didn't answer a moment ago".to_owned()),
        };
        let tokens = stored().await?;
        if tokens.access_token_ends > now() {
            return Ok(tokens.into());
        }
        let refusal = refusal.unwrap_or_else(|| "Okta's answer has expired already".to_owned());
        Err(AccessTokenError::Unavailable(refusal.into()))
    }
}

fn unavailable(error: impl Into<Source>) -> AccessTokenError {
    AccessTokenError::Unavailable(error.into())
}

impl From<SessionTokens> for AccessToken {
    fn from(tokens: SessionTokens) -> Self {
        Self {
            secret: tokens.access_token.into(),
            expires_at: tokens.access_token_ends,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for AccessToken {
    type Rejection = AccessTokenError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let okta = parts.extensions.get::<Okta>();
        let session = parts.extensions.get::<Session>();
        let (Some(okta), Some(session)) = (okta, session) else {
            return Err(AccessTokenError::NotSignedIn);
        };
        okta.access_token(session).await
    }
}

impl IntoResponse for AccessTokenError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NotSignedIn => StatusCode::UNAUTHORIZED,
            Self::NotOffered => StatusCode::NOT_IMPLEMENTED,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        if status.is_server_error() {
            tracing::error!(error = with_causes(&self), "the app gets no access token");
        }
        Problem::new(status, "There is no access token", self.to_string()).into_response()
    }
}

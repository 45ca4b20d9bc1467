//! A person's own sessions, for them to see and end.

use std::{fmt, net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use okta_types::{
    Actor, AuditEvent, Identity, LAYER_MISSING, NOT_SIGNED_IN, NotSignedIn, Problem, SessionSummary,
};
use tower_sessions::{Session, session::Id};

use super::EndCause;
use crate::{
    audit,
    causes::with_causes,
    http::client_address::TrustedProxies,
    okta::Okta,
    services::Services,
    store::{SessionKey, StoreError},
    telemetry::{self, Ended},
};

/// The sessions of whoever is signed in. An axum extractor inside [`Okta::layer`](crate::Okta::layer)
/// that rejects everybody else with 401.
///
/// ```
/// use axum::{Json, Router, routing::get};
/// use axum_okta::sessions::{OwnSessions, SessionSummary, SessionsError};
///
/// async fn browsers(own: OwnSessions) -> Result<Json<Vec<SessionSummary>>, SessionsError> {
///     Ok(Json(own.list().await?))
/// }
///
/// let app: Router = Router::new().route("/browsers", get(browsers));
/// ```
pub struct OwnSessions {
    services: Arc<Services>,
    identity: Identity,
    current: Option<Id>,
    address: Option<IpAddr>,
}

/// Why sessions were not listed or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionsError {
    /// Nobody is signed in.
    #[error("{NOT_SIGNED_IN}")]
    NotSignedIn,
    /// The person has no such session. It may have ended.
    #[error("this session has already ended")]
    Unknown,
    /// The layer is missing.
    #[error("{LAYER_MISSING}")]
    LayerMissing,
    /// The plugin isn't open: it was closed, or couldn't start.
    #[error(
        "sign-in isn't open: this server is stopping, or couldn't start. The log has the reason"
    )]
    Closed,
    /// The database failed. An end counts on this server, and is stored as soon as
    /// it can be.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IntoResponse for SessionsError {
    fn into_response(self) -> Response {
        let (status, detail) = match &self {
            Self::NotSignedIn => return NotSignedIn.into_response(),
            Self::Unknown => (StatusCode::NOT_FOUND, "This session has already ended."),
            Self::LayerMissing => {
                tracing::error!("sessions were not listed or ended: {self}");
                let detail = "Sign-in with Okta is not set up. The server's log has the reason.";
                (StatusCode::INTERNAL_SERVER_ERROR, detail)
            }
            Self::Closed => {
                let detail = "Sign-in is unavailable. Try again later.";
                (StatusCode::SERVICE_UNAVAILABLE, detail)
            }
            Self::Store(_) => {
                tracing::error!(
                    error = with_causes(&self),
                    "sessions were not listed or ended"
                );
                let detail = "The server's database did not respond. Try again later.";
                (StatusCode::SERVICE_UNAVAILABLE, detail)
            }
        };
        Problem::new(status, "Sessions", detail).into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for OwnSessions {
    type Rejection = SessionsError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let okta: Option<Okta> = parts.extensions.get().cloned();
        let session: Option<Session> = parts.extensions.get().cloned();
        let (Some(okta), Some(session)) = (okta, session) else {
            return Err(SessionsError::LayerMissing);
        };
        let identity = Identity::from_request_parts(parts, state).await;
        let proxies: &TrustedProxies = &okta.shared().trusted_proxies;
        Ok(Self {
            services: okta.services().map_err(|_| SessionsError::Closed)?.clone(),
            identity: identity.map_err(|NotSignedIn| SessionsError::NotSignedIn)?,
            current: session.id(),
            address: proxies.client_of(&parts.extensions, &parts.headers),
        })
    }
}

impl OwnSessions {
    /// Returns them, the newest first, with the one of this request marked.
    ///
    /// # Errors
    ///
    /// [`SessionsError::Store`] if the database doesn't respond.
    pub async fn list(&self) -> Result<Vec<SessionSummary>, SessionsError> {
        let (services, identity) = (&self.services, &self.identity);
        let counts = |found: &_| services.counts(found);
        let own = services
            .sessions
            .of_person(&identity.issuer, &identity.subject, counts);
        let mut own = own.await?;
        mark_current(&mut own, self.current);
        Ok(own)
    }

    /// Ends one of them, on every server.
    ///
    /// # Errors
    ///
    /// [`SessionsError::Unknown`] if the person has no session of this `id`, even if somebody else
    /// has.
    pub async fn end(&self, id: &str) -> Result<(), SessionsError> {
        let sessions = &self.services.sessions;
        let found = sessions.holder(id).await?;
        let (key, holder) = found
            .filter(|(_, holder)| {
                (&holder.issuer, &holder.subject) == (&self.identity.issuer, &self.identity.subject)
            })
            .ok_or(SessionsError::Unknown)?;
        let actor = Actor::from(&self.identity);
        let detail = match holder.address {
            Some(address) => format!("{}, {address}", holder.browser),
            None => holder.browser,
        };
        let entry = audit::entry(AuditEvent::EndedOwnSession, actor, self.address, detail);
        let entry = entry.about(&holder.connection);
        let cause = EndCause::SignedOut;
        sessions.end_found(key, cause, Some(entry)).await?;
        telemetry::ended(Ended::SignOut, 1);
        Ok(())
    }

    /// Ends all but the one of this request, on every server. Returns how many there were.
    ///
    /// # Errors
    ///
    /// [`SessionsError::Store`] if the database doesn't respond.
    pub async fn end_others(&self) -> Result<usize, SessionsError> {
        let mut own = self.list().await?;
        own.retain(|session| !session.is_current);
        let ended = own.len();
        for session in own {
            match self.end(&session.id).await {
                // It has ended by itself.
                Ok(()) | Err(SessionsError::Unknown) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(ended)
    }
}

/// Marks the session that a request came with.
pub(crate) fn mark_current(sessions: &mut [SessionSummary], current: Option<Id>) {
    let current = current.as_ref().map(SessionKey::of);
    for session in sessions {
        session.is_current = current.as_ref().is_some_and(|key| key.name() == session.id);
    }
}

/// Without the session's id.
impl fmt::Debug for OwnSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnSessions")
            .field("subject", &self.identity.subject)
            .finish_non_exhaustive()
    }
}

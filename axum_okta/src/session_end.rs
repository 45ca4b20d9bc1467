//! [`SessionEnd`], for what outlives a request.

use std::{fmt, future::pending};

use axum::extract::FromRequestParts;
use http::request::Parts;
use okta_types::{CurrentIdentity, LAYER_MISSING, NotSignedIn};
use tower_sessions::{Session, session::Id};

use crate::okta::Okta;

/// Tells a long connection, such as a WebSocket or a stream of events, when the session ends that it
/// was opened with: an extractor.
///
/// A guard looks at a request once, when it arrives. A connection that stays open after that outlives
/// a sign-out, unless it is closed when [`ended`](Self::ended) resolves.
///
/// Rejects with 401 if nobody is signed in, and everybody if the layer is missing, which the log says.
///
/// ```
/// use std::convert::Infallible;
///
/// use axum::{Router, response::{Sse, sse::Event}, routing::get};
/// use axum_okta::{SessionEnd, require_auth};
/// use futures::{Stream, StreamExt, stream};
///
/// async fn news(session: SessionEnd) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
///     let hello = stream::iter([Ok(Event::default().data("Hello"))]);
///     let news = hello.chain(stream::pending());
///     Sse::new(news.take_until(async move { session.ended().await }))
/// }
///
/// let app: Router = Router::new().route("/news", get(news).layer(require_auth()));
/// ```
///
/// # What it does not do
///
/// A connection that is open doesn't count as use of its session: it says that a tab is open, and
/// not that somebody is there. If nothing else is requested, the session ends when it has been idle
/// for as long as its connection to Okta allows, and this resolves.
#[derive(Clone)]
pub struct SessionEnd {
    okta: Okta,
    /// A made-up identity in a test has no session that could end.
    id: Option<Id>,
}

impl SessionEnd {
    /// Waits until nobody is signed in with this session any more: they signed out, here or in
    /// another tab; an admin or Okta ended the session, on this server or another; it was replaced by
    /// a new sign-in, expired, or was idle for too long; or an admin replaced or disconnected the
    /// connection to Okta.
    ///
    /// It also resolves if the database hasn't been able to tell for a few seconds. Nothing is polled,
    /// and dropping the future loses nothing, so it can be awaited in `tokio::select!` in a loop.
    pub async fn ended(&self) {
        let (Ok(services), Some(id)) = (self.okta.services(), self.id) else {
            return pending().await;
        };
        services.ended(id).await;
    }
}

impl<S: Sync> FromRequestParts<S> for SessionEnd {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotSignedIn> {
        let extensions = &parts.extensions;
        let (Some(okta), Some(current)) = (
            extensions.get::<Okta>(),
            extensions.get::<CurrentIdentity>(),
        ) else {
            tracing::error!("SessionEnd refuses every request, because {LAYER_MISSING}");
            return Err(NotSignedIn);
        };
        current.get().ok_or(NotSignedIn)?;
        Ok(Self {
            okta: okta.clone(),
            id: extensions.get::<Session>().and_then(Session::id),
        })
    }
}

impl fmt::Debug for SessionEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionEnd").finish_non_exhaustive()
    }
}

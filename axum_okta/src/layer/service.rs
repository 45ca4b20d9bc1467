//! One request: its session, whose it is, the response, and what happens to the session.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Once},
    task::{Context, Poll},
};

use axum::{
    body::{Body, HttpBody},
    extract::MatchedPath,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use okta_types::CurrentIdentity;
use time::OffsetDateTime;
use tower::{BoxError, Service, ServiceExt};
use tower_sessions::{Session, cookie::time::Duration, session::Id};

use super::{
    RouteConflict, form,
    navigation::is_navigation,
    privacy::{keep_private, keep_to_one_browser},
    sessions::SessionStore,
    unknown,
};
use crate::{
    causes::with_causes, http::cookies, okta::Okta, refresh::Known, routes::Routes,
    session::SessionCookie, sign_in::attempt, sign_out, store::StoreError,
};

#[derive(Clone)]
pub(super) struct Identify<S> {
    pub(super) okta: Okta,
    pub(super) session_cookie: Arc<str>,
    pub(super) routes: Routes,
    pub(super) conflict: Arc<Once>,
    pub(super) inner: S,
}

pub(super) type Identifying<E> = Pin<Box<dyn Future<Output = Result<Response, E>> + Send>>;

impl<S, B> Service<Request<Body>> for Identify<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Identifying<S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if cookies::are_too_many(request.headers()) {
            let attempts = self.okta.cookie_name(attempt::COOKIE);
            let refused = cookies::too_many(request.headers(), &attempts, self.okta.is_https());
            return Box::pin(async { Ok(refused) });
        }
        let cookie = cookies::value(request.headers(), &self.session_cookie);
        let visit = Visit {
            okta: self.okta.clone(),
            cookie_name: self.session_cookie.clone(),
            had_cookie: cookie.is_some(),
            id: cookie.and_then(|cookie| cookie.parse().ok()),
        };
        let signed_out = sign_out::came_back(&self.okta, request.uri(), request.headers());
        let session = Session::new(visit.id, Arc::new(SessionStore::new(&self.okta)), None);
        let ours = self.routes.answering(request.uri().path());
        if ours.is_some() {
            self.note_conflict(&request);
        }
        // The clone is not ready; the service that was polled is.
        let not_ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, not_ready);

        Box::pin(async move {
            let (known, is_unknown) = match visit.known().await {
                Ok(known) => (known, false),
                Err(error) => {
                    let error = with_causes(&error);
                    tracing::error!(error, "the session could not be read");
                    (None.into(), true)
                }
            };
            let wants_page = is_unknown && unknown::wants_page(&request);
            let is_form = form::is_posted(&request);
            let is_signed_in = known.identity.is_some();
            let needs_recheck = known.needs_recheck && is_navigation(&request);
            let current = CurrentIdentity::new(known.identity).with_recheck(needs_recheck);
            request.extensions_mut().insert(session.clone());
            request.extensions_mut().insert(current.clone());
            request.extensions_mut().insert(visit.okta.clone());

            let mut response = match ours {
                Some(routes) => match routes.oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                },
                None => inner.call(request).await?.map(Body::new),
            };
            if is_unknown {
                response = unknown::instead_of_sign_in(&visit.okta, wants_page, response);
            }
            let needed = current.needed();
            if is_form && current.was_read() && (needed.is_some() || !is_signed_in) {
                response = form::offer_sign_in(&visit.okta, needed, response);
            }
            keep_private(visit.okta.login_path(), &current, &mut response);
            if let Some(removal) = signed_out {
                response.headers_mut().append(header::SET_COOKIE, removal);
                keep_to_one_browser(response.headers_mut());
            }
            Ok(visit.with_session(response, &session).await)
        })
    }
}

impl<S> Identify<S> {
    /// A route of the app at one of our paths is never reached. That is logged once.
    fn note_conflict(&self, request: &Request<Body>) {
        if let Some(matched) = request.extensions().get::<MatchedPath>()
            && self.routes.have(matched.as_str())
        {
            self.conflict.call_once(|| {
                let paths = vec![matched.as_str().to_owned()];
                tracing::error!("{}", RouteConflict { paths });
            });
        }
    }
}

/// What a request says about its session.
struct Visit {
    okta: Okta,
    cookie_name: Arc<str>,
    had_cookie: bool,
    id: Option<Id>,
}

impl Visit {
    /// Who is signed in: somebody whose session is live and came through the connection in use.
    /// Fails closed.
    async fn known(&self) -> Result<Known, StoreError> {
        let (Ok(services), Some(id)) = (self.okta.services(), self.id) else {
            return Ok(None.into());
        };
        services.servers.keep_up().await?;
        services.known(id).await
    }

    /// Stores what the request changed in the session, and sets the cookie.
    async fn with_session(&self, mut response: Response, session: &Session) -> Response {
        let cookie = match response.extensions_mut().remove() {
            Some(SessionCookie::Set { id, expires_at }) => self.cookie(id, expires_at),
            Some(SessionCookie::Remove) => self.removal(),
            None if session.is_empty().await => self.had_cookie.then(|| self.removal()).flatten(),
            None if session.is_modified() && !response.status().is_server_error() => {
                match session.save().await {
                    Ok(()) => session
                        .id()
                        .and_then(|id| self.cookie(id, session.expiry_date())),
                    Err(error) => {
                        tracing::error!(
                            error = with_causes(&error),
                            "the session could not be stored"
                        );
                        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
                    }
                }
            }
            None => None,
        };
        if let Some(cookie) = cookie {
            response.headers_mut().append(header::SET_COOKIE, cookie);
            keep_to_one_browser(response.headers_mut());
        }
        response
    }

    fn removal(&self) -> Option<HeaderValue> {
        cookies::removal(self.cookie_name.to_string(), self.okta.is_https())
    }

    /// The browser keeps the cookie as long as the session lasts.
    fn cookie(&self, id: Id, expires_at: OffsetDateTime) -> Option<HeaderValue> {
        let left = (expires_at - OffsetDateTime::now_utc()).whole_seconds();
        let name = self.cookie_name.to_string();
        let left = Duration::seconds(left.max(0));
        cookies::ours(name, id.to_string(), left, self.okta.is_https())
    }
}

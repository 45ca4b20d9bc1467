//! What a request says about its session, and what becomes of the session when it is answered.

use std::sync::Arc;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use futures::future::BoxFuture;
use http::{HeaderValue, Request, StatusCode, header};
use okta_types::CurrentIdentity;
use time::OffsetDateTime;
use tower_sessions::{Session, cookie::time::Duration, session::Id};

use super::{
    Shared, form,
    navigation::is_navigation,
    privacy::{keep_private, keep_to_one_browser},
    sessions::SessionStore,
    unknown,
};
use crate::{
    causes::with_causes,
    http::cookies::{self, Cookies},
    refresh::Known,
    session::SessionCookie,
    sign_out,
    store::StoreError,
};

/// A request that nobody has answered yet.
pub(super) struct Arrival {
    shared: Arc<Shared>,
    /// Whether it has a session cookie, whatever that contains.
    had_cookie: bool,
    id: Option<Id>,
    /// The removal of the cookie of a sign-out that is done.
    signed_out: Option<HeaderValue>,
}

/// Whose request it is.
pub(super) enum Who {
    Known(Known),
    /// The session could not be read.
    Unknown,
}

impl Arrival {
    pub(super) fn of(request: &Request<Body>, cookies: &Cookies<'_>, shared: &Arc<Shared>) -> Self {
        let cookie = cookies.value(&shared.session_cookie);
        Self {
            shared: shared.clone(),
            had_cookie: cookie.is_some(),
            id: cookie.and_then(|cookie| cookie.parse().ok()),
            signed_out: sign_out::came_back(
                &shared.okta,
                &shared.sign_out_cookie,
                request.uri(),
                cookies,
            ),
        }
    }

    /// Whose request it is, if that can be said without waiting for anything.
    pub(super) fn who_at_once(&self) -> Option<Who> {
        let (Ok(services), Some(id)) = (self.shared.okta.services(), &self.id) else {
            return Some(Who::Known(None.into()));
        };
        let identity = services.sessions.use_at_once(id)?;
        Some(Who::Known(Some(identity).into()))
    }

    /// Somebody is signed in if their session is live and came through the connection in use. Fails
    /// closed.
    pub(super) async fn who(&self) -> Who {
        match self.known().await {
            Ok(known) => Who::Known(known),
            Err(error) => {
                let error = with_causes(&error);
                tracing::error!(error, "the session could not be read");
                Who::Unknown
            }
        }
    }

    async fn known(&self) -> Result<Known, StoreError> {
        let (Ok(services), Some(id)) = (self.shared.okta.services(), self.id) else {
            return Ok(None.into());
        };
        services.servers.keep_up().await?;
        services.known(id).await
    }

    /// Tells everything further in whose request it is.
    pub(super) fn enter(self, request: &mut Request<Body>, who: Who) -> Visit {
        let (known, unknown) = match who {
            Who::Known(known) => (known, None),
            Who::Unknown => (None.into(), Some(unknown::wants_page(request))),
        };
        let is_signed_in = known.identity.is_some();
        let needs_recheck = known.needs_recheck && is_navigation(request);
        let store = Arc::new(SessionStore::new(self.shared));
        let visit = Visit {
            is_form: form::is_posted(request),
            unknown,
            is_signed_in,
            current: CurrentIdentity::new(known.identity).with_recheck(needs_recheck),
            session: Session::new(self.id, store.clone(), None),
            had_cookie: self.had_cookie,
            signed_out: self.signed_out,
            store,
        };
        let extensions = request.extensions_mut();
        extensions.insert(visit.session.clone());
        extensions.insert(visit.current.clone());
        extensions.insert(visit.shared().okta.clone());
        visit
    }
}

/// A request that is being answered.
pub(super) struct Visit {
    /// Also has what all requests share, so that each counts that only once more: processors wait for
    /// one another to count.
    store: Arc<SessionStore>,
    session: Session,
    had_cookie: bool,
    current: CurrentIdentity,
    is_signed_in: bool,
    /// The session could not be read; whether the answer would be a page.
    unknown: Option<bool>,
    is_form: bool,
    signed_out: Option<HeaderValue>,
}

/// What is left to do before the response is sent.
pub(super) enum Left {
    Nothing(Response),
    /// The session has changed.
    Saving(BoxFuture<'static, Response>),
}

impl Visit {
    fn shared(&self) -> &Shared {
        &self.store.shared
    }

    pub(super) fn leave(mut self, mut response: Response) -> Left {
        let okta = &self.store.shared.okta;
        if let Some(wants_page) = self.unknown {
            response = unknown::instead_of_sign_in(okta, wants_page, response);
        }
        let needed = self.current.needed();
        if self.is_form && self.current.was_read() && (needed.is_some() || !self.is_signed_in) {
            response = form::offer_sign_in(okta, needed, response);
        }
        keep_private(okta.login_path(), &self.current, &mut response);
        if let Some(removal) = self.signed_out.take() {
            set_cookie(&mut response, removal);
        }
        let cookie = match response.extensions_mut().remove() {
            Some(SessionCookie::Set { id, expires_at }) => self.cookie(id, expires_at),
            Some(SessionCookie::Remove) => self.removal(),
            None if self.may_have_changed() => return Left::Saving(Box::pin(self.saved(response))),
            None => None,
        };
        if let Some(cookie) = cookie {
            set_cookie(&mut response, cookie);
        }
        Left::Nothing(response)
    }

    /// Without reading the session, which most requests don't touch.
    fn may_have_changed(&self) -> bool {
        self.session.is_modified() || (self.had_cookie && self.session.id().is_none())
    }

    /// Stores what the request changed in the session, and sets the cookie.
    async fn saved(self, mut response: Response) -> Response {
        let session = &self.session;
        let cookie = if session.is_empty().await {
            self.had_cookie.then(|| self.removal()).flatten()
        } else if session.is_modified() && !response.status().is_server_error() {
            if let Err(error) = session.save().await {
                let error = with_causes(&error);
                tracing::error!(error, "the session could not be stored");
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            }
            let id = session.id();
            id.and_then(|id| self.cookie(id, session.expiry_date()))
        } else {
            None
        };
        if let Some(cookie) = cookie {
            set_cookie(&mut response, cookie);
        }
        response
    }

    fn removal(&self) -> Option<HeaderValue> {
        let name = self.shared().session_cookie.clone();
        cookies::removal(name, self.shared().okta.is_https())
    }

    /// The browser keeps the cookie as long as the session lasts.
    fn cookie(&self, id: Id, expires_at: OffsetDateTime) -> Option<HeaderValue> {
        let name = self.shared().session_cookie.clone();
        let left = (expires_at - OffsetDateTime::now_utc()).whole_seconds();
        let left = Duration::seconds(left.max(0));
        cookies::ours(name, id.to_string(), left, self.shared().okta.is_https())
    }
}

fn set_cookie(response: &mut Response, cookie: HeaderValue) {
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, cookie);
    keep_to_one_browser(headers);
}

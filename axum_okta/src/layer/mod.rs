//! [`OktaLayer`]: cookies, then session, then identity, then our own routes, then the app.

pub(crate) mod conflict;
mod cross_site;
mod form;
mod future;
mod navigation;
mod privacy;
mod service;
mod sessions;
mod unknown;
mod visit;

use std::{
    fmt,
    sync::{Arc, Once},
};

use axum::{body::Body, response::Response};
use http::Request;
use tower::Layer;

pub use self::{future::OktaFuture, service::OktaService};

use crate::{
    http::cookies::{self, Cookies},
    okta::Okta,
    routes::Routes,
    sign_in::attempt,
    sign_out,
};

use conflict::RouteConflict;
use cross_site::Protection;

impl Okta {
    /// Returns the tower layer that does the work: sessions, identity, and the routes `/login`,
    /// `/authorization-code/callback`, `/logout`, `/frontchannel-logout`, `/backchannel-logout`,
    /// `/global-token-revocation`, `/scim/v2/…`, `/api/identity` and `/api/okta/…`.
    ///
    /// Put it around the whole router, as the last `.layer(…)`: layers that are added later are
    /// outside of it. [`add_to`](Self::add_to) does that, and checks that no route of yours uses a
    /// path of ours. The layer alone notices such a route at the first request, and logs it.
    #[must_use]
    pub fn layer(&self) -> OktaLayer {
        OktaLayer(Arc::new(Shared {
            protection: Protection::new(self),
            session_cookie: self.cookie_name(cookies::SESSION),
            sign_out_cookie: self.cookie_name(sign_out::COOKIE),
            routes: Routes::new(self),
            conflict: Once::new(),
            okta: self.clone(),
        }))
    }
}

/// The layer returned by [`Okta::layer`].
#[derive(Clone)]
pub struct OktaLayer(Arc<Shared>);

/// What all services of a layer share, however many routes it wraps: axum clones them for each
/// request.
struct Shared {
    okta: Okta,
    protection: Protection,
    session_cookie: String,
    sign_out_cookie: String,
    routes: Routes,
    /// Logged once.
    conflict: Once,
}

impl Shared {
    /// The response to what another site caused, and to a request with too many cookies.
    fn refusal(&self, request: &Request<Body>, cookies: &Cookies<'_>) -> Option<Response> {
        if let Some(refusal) = self.protection.refusal(request) {
            return Some(refusal);
        }
        cookies.are_too_many().then(|| {
            let attempts = self.okta.cookie_name(attempt::COOKIE);
            cookies.too_many(&attempts, self.okta.is_https())
        })
    }
}

impl<S> Layer<S> for OktaLayer {
    type Service = OktaService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        OktaService {
            shared: self.0.clone(),
            inner,
        }
    }
}

impl fmt::Debug for OktaLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OktaLayer").finish_non_exhaustive()
    }
}

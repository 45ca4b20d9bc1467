//! The list of routes that the layer handles.

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit};

use crate::{api, okta::Okta, scim, session_script, settings, sign_in, sign_out};

/// Our largest request is a connection form.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// The routes of one app.
#[derive(Clone)]
pub(crate) struct Routes {
    router: Router,
    /// The same paths, to tell whether a request is ours before handing it over.
    paths: Arc<matchit::Router<String>>,
}

impl Routes {
    pub(crate) fn new(okta: &Okta) -> Self {
        let mut router = Router::new();
        let mut paths = matchit::Router::new();
        let all = sign_in::routes(okta)
            .into_iter()
            .chain(sign_out::routes(okta))
            .chain(scim::routes(okta))
            .chain(session_script::routes(okta))
            .chain(settings::routes(okta))
            .chain(api::routes(okta));
        for (path, methods) in all {
            router = router.route(path, methods);
            if let Err(error) = paths.insert(path, path.to_owned()) {
                tracing::error!(path, %error, "a route of ours is there twice");
            }
        }
        Self {
            router: router
                .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
                .with_state(okta.clone()),
            paths: Arc::new(paths),
        }
    }

    /// Returns the router for this path, if it is one of ours.
    pub(crate) fn answering(&self, path: &str) -> Option<Router> {
        self.paths.at(path).is_ok().then(|| self.router.clone())
    }

    /// Whether the pattern, in axum's syntax, is one of ours.
    pub(crate) fn have(&self, pattern: &str) -> bool {
        self.paths
            .at(pattern)
            .is_ok_and(|ours| ours.value == pattern)
    }
}

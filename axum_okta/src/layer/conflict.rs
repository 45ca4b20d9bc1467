//! The app's own routes at paths of ours, which the layer would hide.

use std::fmt;

use axum::{Router, extract::MatchedPath};
use futures::FutureExt;
use http::{Request, Response};
use tower::{ServiceExt, service_fn};

use crate::okta::Okta;

/// The app has routes at paths that the layer handles, so they would never be reached.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this app has routes at {}, which Sign in with Okta also uses. Move the plugin's routes below a path with \
     `OktaBuilder::prefix`, such as `.prefix(\"/auth\")`, or rename yours",
    paths.join(", ")
)]
#[non_exhaustive]
pub struct RouteConflict {
    /// The paths that both use.
    pub paths: Vec<String>,
}

/// The whole sentence: a `main` that fails with this error prints its `Debug`.
impl fmt::Debug for RouteConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RouteConflict: {self}")
    }
}

impl Okta {
    /// Wraps an app in [the layer](Self::layer), after checking that none of the app's routes uses
    /// a path of ours. Call it last: layers that are added later are outside of it.
    ///
    /// A pattern that happens to match, such as `/{page}`, is not a conflict: the layer handles its
    /// own paths, and your route everything else.
    ///
    /// ```no_run
    /// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// use axum::{Router, routing::get};
    /// use axum_okta::{Okta, require_auth};
    ///
    /// let okta = Okta::builder().base_url("https://app.example.com").open().await?;
    /// let app = Router::new().route("/reports", get("Nothing yet.").layer(require_auth()));
    /// let app = okta.add_to(app)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RouteConflict`] names the paths, and says how to move ours.
    pub fn add_to(&self, app: Router) -> Result<Router, RouteConflict> {
        let paths = self.shared().paths.all();
        let taken = paths.into_iter().filter(|path| is_routed(&app, path));
        let paths: Vec<String> = taken.map(str::to_owned).collect();
        if paths.is_empty() {
            Ok(app.layer(self.layer()))
        } else {
            Err(RouteConflict { paths })
        }
    }
}

/// Finds out which of its routes the router would take, without calling it: axum offers no list of
/// routes.
fn is_routed(app: &Router, path: &str) -> bool {
    let probe = app.clone().layer(tower::layer::layer_fn(|_route| {
        service_fn(|request: Request<_>| async move {
            let mut response = Response::new(axum::body::Body::empty());
            if let Some(matched) = request.extensions().get::<MatchedPath>() {
                response.extensions_mut().insert(matched.clone());
            }
            Ok::<_, std::convert::Infallible>(response)
        })
    }));
    let Ok(request) = Request::get(path).body(axum::body::Body::empty()) else {
        return false;
    };
    let answer = probe.oneshot(request).now_or_never();
    let matched = answer
        .and_then(Result::ok)
        .and_then(|response| response.extensions().get::<MatchedPath>().cloned());
    matched.is_some_and(|matched| matched.as_str() == path)
}

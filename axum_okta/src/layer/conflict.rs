//! The app's own routes at paths of ours, which the layer would hide.

use std::{convert::Infallible, fmt};

use axum::{Router, body::Body, extract::MatchedPath};
use futures::FutureExt;
use http::{Request, Response};
use tower::{ServiceExt, layer::layer_fn, service_fn};

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
        let probe = probe(&app);
        let layer = self.layer();
        // An app with provisioning of its own has these rather than our wildcard.
        let root = self.shared().paths.scim_root();
        let scim = ["Users", "Groups"].map(|name| format!("{root}/{name}"));
        let ours = layer.0.routes.patterns();
        let ours = ours.chain(scim.iter().map(String::as_str));
        let taken = ours.filter(|path| is_routed(&probe, path));
        let paths: Vec<String> = taken.map(str::to_owned).collect();
        if paths.is_empty() {
            Ok(app.layer(layer))
        } else {
            Err(RouteConflict { paths })
        }
    }
}

/// The router with every route replaced by one that says which it is, so that none is called: axum
/// offers no list of routes.
fn probe(app: &Router) -> Router {
    app.clone().layer(layer_fn(|_route| {
        service_fn(|request: Request<_>| async move {
            let mut response = Response::new(Body::empty());
            if let Some(matched) = request.extensions().get::<MatchedPath>() {
                response.extensions_mut().insert(matched.clone());
            }
            Ok::<_, Infallible>(response)
        })
    }))
}

fn is_routed(probe: &Router, path: &str) -> bool {
    let Ok(request) = Request::get(path).body(Body::empty()) else {
        return false;
    };
    let answer = probe.clone().oneshot(request).now_or_never();
    answer.and_then(Result::ok).is_some_and(|response| {
        let matched = response.extensions().get::<MatchedPath>();
        matched.is_some_and(|matched| matched.as_str() == path)
    })
}

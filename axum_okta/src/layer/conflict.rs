//! Routes of the host at paths of ours: the layer would answer in their place.

use axum::{Router, extract::MatchedPath};
use futures::FutureExt;
use http::{Request, Response};
use tower::{ServiceExt, service_fn};

use crate::okta::Okta;

/// Routes of the app are at paths that the layer answers, so they would never be reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this app has routes at {}, which Sign in with Okta also uses. Move the plugin's routes below a path with \
     `OktaBuilder::prefix`, such as `.prefix(\"/auth\")`, or rename yours",
    paths.join(", ")
)]
#[non_exhaustive]
pub struct RouteConflict {
    /// The paths that both have.
    pub paths: Vec<String>,
}

impl Okta {
    /// Puts [the layer](Self::layer) around an app, once it is sure that none of the app's routes is
    /// at a path of ours. Add it last: layers that are added later are outside of it.
    ///
    /// A pattern of yours that happens to fit, such as `/{page}`, is no conflict: the layer answers
    /// its own paths, and your route everything else.
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
    /// [`RouteConflict`] names the paths, and how to move ours.
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

/// Asks the router which of its routes it would take, without asking that route anything: axum
/// tells no list of them.
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

//! The list of routes that the layer handles.

use axum::{Router, extract::DefaultBodyLimit};

use crate::{api, okta::Okta, scim, session_script, settings, sign_in, sign_out};

/// Our largest request is a connection form.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// The routes of one app.
pub(crate) struct Routes {
    router: Router,
    /// The same paths, to tell whether a request is ours before handing it over.
    paths: matchit::Router<String>,
    patterns: Vec<String>,
}

impl Routes {
    pub(crate) fn new(okta: &Okta) -> Self {
        let mut router = Router::new();
        let mut paths = matchit::Router::new();
        let mut patterns = Vec::new();
        let all = sign_in::routes(okta)
            .into_iter()
            .chain(sign_out::routes(okta))
            .chain(scim::routes(okta))
            .chain(session_script::routes(okta))
            .chain(settings::routes(okta))
            .chain(api::routes(okta));
        for (path, methods) in all {
            router = router.route(path, methods);
            patterns.push(path.to_owned());
            if let Err(error) = paths.insert(path, path.to_owned()) {
                tracing::error!(path, %error, "a route of ours is there twice");
            }
        }
        Self {
            router: router
                .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
                .with_state(okta.clone()),
            paths,
            patterns,
        }
    }

    /// All of them, in axum's syntax.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter().map(String::as_str)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Each in full, or as the end of one, after an ellipsis.
    #[test]
    fn the_documentation_lists_every_path() {
        let builder = Okta::builder().base_url("http://127.0.0.1:3000");
        let okta = Okta::closed(builder.fixed().unwrap());
        let documentation = include_str!("docs/layer.md");
        for path in Routes::new(&okta).patterns() {
            let ends = path.match_indices('/').map(|(start, _)| &path[start..]);
            let mut ends = ends.map(|end| format!("`…{end}`"));
            let is_listed =
                documentation.contains(path) || ends.any(|end| documentation.contains(&end));
            assert!(is_listed, "{path}");
        }
    }
}

//! A request that another site caused is refused with words: who sent it sees why, and whoever wrote
//! the app how to open a path.

use std::{
    convert::Infallible,
    future::{Ready, ready},
};

use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use http::{HeaderMap, Method, Request, StatusCode, Uri};
use okta_types::Problem;
use tower::{Layer, Service, service_fn};
use tower_http::csrf::CsrfLayer;

use crate::{
    http::{
        accepts_html,
        page::{Link, Page},
    },
    okta::Okta,
};

const TITLE: &str = "This request came from another site";

/// State-changing requests must come from this app's own pages, or from a program that is not a
/// browser.
pub(super) struct Protection(CsrfLayer);

impl Protection {
    /// Okta may post to the callback, which `state` protects. A portal may post to the sign-in, which
    /// is sent back as the GET that any site may cause.
    pub(super) fn new(okta: &Okta) -> Self {
        let origin = okta.base_url().origin().ascii_serialization();
        let okta = okta.clone();
        let layer = CsrfLayer::new().with_insecure_bypass(move |method: &Method, uri: &Uri| {
            let paths = &okta.shared().paths;
            let is_sign_in = paths.login == uri.path() || paths.is_callback(uri.path());
            // Provisioning has tokens, and no cookie counts there.
            let is_scim = paths.is_scim(uri.path());
            (method == Method::POST && is_sign_in) || is_scim || okta.is_csrf_exempt(uri)
        });
        // Behind a proxy that rewrites Host, the public origin still counts as this one.
        Self(layer.clone().add_trusted_origin(origin).unwrap_or(layer))
    }

    /// The response to a request that may not pass.
    pub(super) fn refusal<B>(&self, request: &Request<B>) -> Option<Response> {
        if is_safe(request.method()) || self.lets_pass(request) {
            return None;
        }
        Some(refusal(request.headers()))
    }

    /// Most requests change nothing, and don't enter the layer, so it wraps nothing.
    fn lets_pass<B>(&self, request: &Request<B>) -> bool {
        let mut head = Request::new(());
        head.method_mut().clone_from(request.method());
        head.uri_mut().clone_from(request.uri());
        head.headers_mut().clone_from(request.headers());
        let answer = self.0.layer(service_fn(pass)).call(head).now_or_never();
        answer.is_some_and(|Ok(answer)| answer.status() == StatusCode::OK)
    }
}

/// Methods that must not change state (RFC 9110 §9.2.1), so that any site may cause such a request.
/// tower-http lets the same ones pass.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn pass(_: Request<()>) -> Ready<Result<http::Response<String>, Infallible>> {
    ready(Ok(http::Response::default()))
}

fn refusal(headers: &HeaderMap) -> Response {
    if accepts_html(headers) {
        return Page {
            status: StatusCode::FORBIDDEN,
            title: TITLE,
            explanation: "To protect you, this app accepts forms only from its own pages. Nothing was changed. Open \
                          the app, and try again there. For developers of the app: to accept forms from other sites \
                          at a path, name it with `csrf_exempt`.",
            links: &[Link::HOME],
            reference: None,
        }
        .into_response();
    }
    Problem::new(
        StatusCode::FORBIDDEN,
        TITLE,
        "The app accepts changes only from its own pages and from programs, which send neither Origin nor \
         Sec-Fetch-Site. If this is a webhook, leave out these headers, or open its path to other sites with \
         `OktaBuilder::csrf_exempt`.",
    )
    .into_response()
}

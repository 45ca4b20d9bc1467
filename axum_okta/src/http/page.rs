//! The pages that the plugin serves itself. What they show is escaped.

use std::sync::LazyLock;

use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("page.css");

/// Allows our own style only, by its hash. Who may frame a page is added to it.
static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors")
});

/// A page that says what happened, what it means, and what to do.
pub(crate) struct Page<'a> {
    pub(crate) status: StatusCode,
    pub(crate) title: &'a str,
    pub(crate) explanation: &'a str,
    /// Where to go next.
    pub(crate) links: &'a [Link<'a>],
    /// Also in the log, so that a person can report which failure they saw.
    pub(crate) reference: Option<&'a str>,
}

/// Where a page leads, and what that is called.
#[derive(Clone, Copy)]
pub(crate) struct Link<'a> {
    address: &'a str,
    label: &'a str,
    target: Option<&'static str>,
}

impl<'a> Link<'a> {
    pub(crate) const HOME: Self = Self::to("/", "Home");

    pub(crate) const fn to(address: &'a str, label: &'a str) -> Self {
        Self {
            address,
            label,
            target: None,
        }
    }

    /// For a page that has to stay.
    pub(crate) const fn in_new_tab(self) -> Self {
        Self {
            target: Some("_blank"),
            ..self
        }
    }
}

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        self.framed_by(None)
    }
}

impl Page<'_> {
    /// The page for a frame of this origin, and no other.
    pub(crate) fn framed_by(&self, origin: Option<&str>) -> Response {
        self.response(origin, &Markup::default())
    }

    /// The page, with this below its explanation.
    pub(crate) fn containing(&self, content: &Markup) -> Response {
        self.response(None, content)
    }

    fn response(&self, origin: Option<&str>, content: &Markup) -> Response {
        let ancestors = origin.unwrap_or("'none'");
        let policy = format!("{} {ancestors}", *CONTENT_SECURITY_POLICY);
        (
            self.status,
            [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CACHE_CONTROL, "no-store"),
                (header::CONTENT_SECURITY_POLICY, policy.as_str()),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ],
            self.markup(content).into_string(),
        )
            .into_response()
    }

    fn markup(&self, content: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        h1 { (self.title) }
                        p { (self.explanation) }
                        (content)
                        p.links {
                            @for link in self.links {
                                a href=(link.address) target=[link.target] { (link.label) }
                            }
                        }
                        @if let Some(reference) = self.reference {
                            p.reference { "Reference " code { (reference) } }
                        }
                    }
                }
            }
        }
    }
}

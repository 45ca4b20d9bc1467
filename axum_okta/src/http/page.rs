//! The pages that the plugin serves itself. What they show is escaped.

use std::{borrow::Cow, sync::LazyLock};

use axum::response::{IntoResponse, Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::branding::{self, Branding, Color};

const STYLE: &str = include_str!("page.css");

/// Of a page without branding.
static STYLE_SOURCE: LazyLock<String> = LazyLock::new(|| source_of_style(STYLE));

/// Allows this style only (CSP3 §6.7.3.3).
fn source_of_style(style: &str) -> String {
    let hash = BASE64_STANDARD.encode(Sha256::digest(style));
    format!("'sha256-{hash}'")
}

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
        self.response(origin, &Branding::default(), &Markup::default())
    }

    /// The page as that of an organization, with this below its explanation.
    pub(crate) fn branded(&self, branding: &Branding, content: &Markup) -> Response {
        self.response(None, branding, content)
    }

    fn response(&self, origin: Option<&str>, branding: &Branding, content: &Markup) -> Response {
        let ancestors = origin.unwrap_or("'none'");
        let style = style(branding);
        let style_source = match style {
            Cow::Borrowed(_) => STYLE_SOURCE.clone(),
            Cow::Owned(_) => source_of_style(&style),
        };
        let logo = branding::source(&branding.logo);
        let images = logo.map_or("'none'".to_owned(), |source| source);
        let policy = format!(
            "default-src 'none'; style-src {style_source}; img-src {images}; base-uri 'none'; \
             frame-ancestors {ancestors}"
        );
        (
            self.status,
            [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CACHE_CONTROL, "no-store"),
                (header::CONTENT_SECURITY_POLICY, policy.as_str()),
                (header::REFERRER_POLICY, "no-referrer"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ],
            self.markup(branding, &style, content).into_string(),
        )
            .into_response()
    }

    fn markup(&self, branding: &Branding, style: &str, content: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.title) }
                    style { (PreEscaped(style)) }
                }
                body {
                    main {
                        (header(branding))
                        h1 { (self.title) }
                        p { (self.explanation) }
                        @if !branding.text.is_empty() { p { (branding.text) } }
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

/// With the organization's color, which is checked: nothing else of it is style.
fn style(branding: &Branding) -> Cow<'static, str> {
    let Some(color) = Color::parse(&branding.color) else {
        return Cow::Borrowed(STYLE);
    };
    let dark = color.in_the_dark();
    Cow::Owned(format!(
        "{STYLE}:root {{ --link: {color}; }}\n\
         @media (prefers-color-scheme: dark) {{ :root {{ --link: {dark}; }} }}\n"
    ))
}

fn header(branding: &Branding) -> Markup {
    let Branding { name, logo, .. } = branding;
    html! {
        @if !name.is_empty() || !logo.is_empty() {
            header {
                @if !logo.is_empty() { img src=(logo) alt=""; }
                @if !name.is_empty() { span { (name) } }
            }
        }
    }
}

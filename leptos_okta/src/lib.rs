//! Sign in with Okta for [Leptos](leptos): components, guards, and a settings page.
//!
//! The server half is `axum_okta`. Put its layer around the router that serves your Leptos app;
//! then:
//!
//! ```
//! use leptos::prelude::*;
//! use leptos_okta::{
//!     OktaSection, OktaSettings, RequireAuth, SignInButton, SignOutButton, SignedIn, SignedOut,
//!     provide_okta, use_identity,
//! };
//! use leptos_router::{SsrMode, components::{Route, Router, Routes}, path};
//!
//! #[component]
//! fn App() -> impl IntoView {
//!     provide_okta();
//!     view! {
//!         <Router>
//!             <SignedIn><SignOutButton/></SignedIn>
//!             <SignedOut><SignInButton/></SignedOut>
//!             <main>
//!                 <Routes fallback=|| "Not found">
//!                     <Route path=path!("/reports") view=Reports/>
//!                     <Route path=(path!("/settings/okta"), OktaSection) ssr=SsrMode::Async view=OktaSettings/>
//!                 </Routes>
//!             </main>
//!         </Router>
//!     }
//! }
//!
//! #[component]
//! fn Reports() -> impl IntoView {
//!     let identity = use_identity();
//!     let name = move || identity.get().map(|identity| identity.display_name().to_owned());
//!     view! { <RequireAuth><h1>"Reports for " {name}</h1></RequireAuth> }
//! }
//! ```
//!
//! The server resolves the identity once and sends it with the page, without groups and extra
//! claims unless you [ask for them](BrowserIdentity): hydration needs no second request, and no
//! access or refresh token ever leaves the server. Everything works without JavaScript.
//!
//! # Guides
//!
//! - [Identity](guide::identity): who is signed in, in every component
//! - [Guarding](guide::guarding): guard views and server functions
//! - [Roles](guide::roles): ask for roles
//! - [The settings page](guide::settings_page): its route, its sections, and its style
//! - [Testing](guide::testing): test server functions and pages
//!
//! [`examples/one-crate`](https://github.com/leptos-okta/leptos_okta/tree/main/examples/one-crate)
//! is a small whole app.
//!
//! # Features
//!
//! - `ssr` for the server and `hydrate` for the browser, as everywhere in Leptos
//! - `testing`, with `ssr`: runs server functions as a made-up identity. For `[dev-dependencies]`
//!   only; see [Testing](guide::testing)
//!
//! # Looks
//!
//! The components bring semantic HTML and class names that begin with `okta-`. [`STYLE`] is a
//! stylesheet for them, in light and dark; serve it, and link to it in the document's head:
//!
//! ```
//! # #[cfg(feature = "ssr")]
//! # fn routes() -> axum::Router {
//! use axum::{Router, http::header::CONTENT_TYPE, routing::get};
//!
//! Router::new().route("/okta.css", get(([(CONTENT_TYPE, "text/css")], leptos_okta::STYLE)))
//! # }
//! ```
//!
//! Its colors, radius and font are custom properties that begin with `--okta-`. Set them on `:root`
//! in your own stylesheet. It follows the `color-scheme` of your document.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod browser;
mod guard;
pub mod guide;
mod html;
mod identity;
mod my_sessions;
mod session_notice;
mod settings;
mod sign_in;
#[cfg(all(feature = "ssr", feature = "testing"))]
pub mod testing;
mod visit;

pub use browser::BrowserIdentity;
pub use guard::{AnyRole, RequireAuth};
#[cfg(feature = "ssr")]
pub use guard::{AuthError, RequireAuthCall, require_auth};
pub use identity::{provide_okta, provide_okta_with, use_connected, use_identity};
pub use my_sessions::MySessions;
pub use okta_types::Identity;
pub use session_notice::SessionNotice;
pub use settings::{OktaSection, OktaSettings};
/// The stylesheet of all components.
#[cfg(feature = "ssr")]
pub const STYLE: &str = include_str!("../okta.css");

pub use sign_in::{
    FormAction, SignInAgain, SignInButton, SignOutButton, SignedIn, SignedOut, use_logout_path,
    use_sign_in_path,
};

// Compiles the example in the crate's README.
#[cfg(all(doctest, feature = "ssr"))]
#[doc = include_str!("../README.md")]
struct Readme;

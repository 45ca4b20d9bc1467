//! Sign in with Okta for [Leptos](leptos): components, guards and a settings console.
//!
//! The server half is `axum_okta`; put its layer around the router that serves your Leptos app. Then:
//!
//! ```
//! use leptos::prelude::*;
//! use leptos_okta::{
//!     OktaSection, OktaSettings, RequireAuth, SignInButton, SignOutButton, SignedIn, SignedOut, provide_okta, use_identity,
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
//! Who is signed in is found once on the server and travels to the browser with the page: hydration needs no second
//! request, and no token ever leaves the server. Everything works without JavaScript.
//!
//! A view is guarded by [`RequireAuth`]; what it loads is guarded on the server, by `leptos_okta::require_auth` in the
//! server function. Both are needed: a server function can be called without its page.
//!
//! # Roles
//!
//! The admin's table on the settings page makes roles of Okta's groups. All guards ask for them in the same words:
//!
//! ```
//! use leptos::prelude::*;
//! use leptos_okta::{RequireAuth, use_identity};
//!
//! #[component]
//! fn Drafts() -> impl IntoView {
//!     let identity = use_identity();
//!     let may_publish = move || identity.get().is_some_and(|identity| identity.has_role("publisher"));
//!     view! {
//!         <RequireAuth any_role=["editor", "publisher"]>
//!             <h1>"Drafts"</h1>
//!             <Show when=may_publish><button>"Publish"</button></Show>
//!         </RequireAuth>
//!     }
//! }
//!
//! #[server]
//! async fn publish() -> Result<(), ServerFnError> {
//!     leptos_okta::require_auth().role("publisher").await?;
//!     Ok(())
//! }
//! ```
//!
//! # Features
//!
//! `ssr` for the server, `hydrate` for the browser, as everywhere in Leptos.
//!
//! # Looks
//!
//! The components bring semantic HTML and class names that begin with `okta-`. [`STYLE`] is a stylesheet for them, in light
//! and dark; serve it, and link to it in the document's head:
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
//! Its colours, radius and font are custom properties that begin with `--okta-`, to be set on `:root` by your own stylesheet.
//! It follows the `color-scheme` of your document.

mod guard;
mod identity;
mod settings;
mod sign_in;

pub use guard::{AnyRole, RequireAuth};
#[cfg(feature = "ssr")]
pub use guard::{AuthError, RequireAuthCall, require_auth};
pub use identity::{provide_okta, use_connected, use_identity};
pub use okta_types::Identity;
pub use settings::{OktaSection, OktaSettings};
/// The stylesheet of all components.
#[cfg(feature = "ssr")]
pub const STYLE: &str = include_str!("../okta.css");

pub use sign_in::{SignInButton, SignOutButton, SignedIn, SignedOut};

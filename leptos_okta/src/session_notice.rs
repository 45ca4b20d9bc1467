//! The notice that a session has ended or changed while its page was open.

use leptos::prelude::*;

#[cfg(not(feature = "ssr"))]
use crate::identity::okta_context;

/// Tells people when their session ends while a page is open, and offers to sign in again in a new
/// tab: the page stays as it is, with what was typed. Put it once into your `App`, below
/// [`provide_okta`](crate::provide_okta); the stylesheet shows it at the bottom of the window.
///
/// All tabs of a browser follow one another: sign out in one, and the others show the notice; sign
/// in again, and it goes away. If somebody else signs in, it says so and offers to load the page
/// again. [`use_identity`](crate::use_identity) changes in place. Guarded views stay open until the
/// next navigation, because they may hold what was typed; the server refuses whatever they ask for.
///
/// It comes with a small script, which the server sends from its own address (`/api/okta/session.js`)
/// with the page's nonce, so a strict content security policy allows it (`connect-src 'self'` is
/// needed, too). The script asks who is signed in only if there is a reason: another tab says that
/// something has changed, a request of the page was answered with 401, the session's time is up, or
/// the page is looked at again, at most once a minute. While a page lies open, nothing is sent.
///
/// Without JavaScript it shows nothing.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::{SessionNotice, provide_okta};
///
/// #[component]
/// fn App() -> impl IntoView {
///     provide_okta();
///     view! {
///         <main>"…"</main>
///         <SessionNotice/>
///     }
/// }
/// ```
#[cfg(feature = "ssr")]
#[component]
pub fn SessionNotice() -> impl IntoView {
    view! { <div class="okta-session" inner_html=server::content()></div> }
}

/// The browser's half: the content is the server's, and its script's. Leptos sees none and leaves it
/// as it is.
#[cfg(not(feature = "ssr"))]
#[component]
pub fn SessionNotice() -> impl IntoView {
    let okta = okta_context();
    let handle = window_event_listener_untyped("okta-session", move |event| okta.follow(&event));
    on_cleanup(move || handle.remove());
    view! { <div class="okta-session"></div> }
}

#[cfg(feature = "ssr")]
mod server {
    use axum::http::request::Parts;
    use axum_okta::Okta;
    use leptos::{nonce::use_nonce, prelude::*};

    use crate::identity::okta_context;

    /// Empty where nobody could be signed in: guards say which line is missing.
    pub(super) fn content() -> String {
        let okta = with_context(|parts: &Parts| parts.extensions.get::<Okta>().cloned());
        okta.flatten().map(|okta| notice(&okta)).unwrap_or_default()
    }

    fn notice(okta: &Okta) -> String {
        let known = okta_context();
        let identity = known.identity().get_untracked();
        let identity = identity.as_ref();
        let person = identity.map(|it| format!("{} {}", it.issuer, it.subject));
        let now = known.now().0;
        let ends_in = identity.map(|it| it.expires_at.0.saturating_sub(now).to_string());
        view! {
            <div
                role="status"
                data-address=okta.identity_path().to_owned()
                data-logout=okta.logout_path().to_owned()
                data-person=person
                data-ends-in=ends_in
            >
                <p class="okta-session-notice" data-when="ended" hidden>
                    <span>"You’re signed out. This page stays as it is, with what you typed."</span>
                    <a
                        class="okta-button"
                        href=okta.sign_in_again_path()
                        target="_blank"
                        rel="external"
                    >
                        "Sign in again"
                    </a>
                </p>
                <p class="okta-session-notice" data-when="changed" hidden>
                    <span>
                        "Someone signed in with a different account in another tab. This page still shows the previous account’s content."
                    </span>
                    <a class="okta-button" href="" rel="external">"Load this page again"</a>
                </p>
            </div>
            <script src=okta.session_script_path().to_owned() nonce=use_nonce() defer></script>
        }
        .to_html()
    }
}

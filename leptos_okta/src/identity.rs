//! Who is signed in, for every component: found once on the server, and sent along with the page.

use leptos::{prelude::*, server::SharedValue};
use okta_types::Identity;
use serde::{Deserialize, Serialize};

/// What every component of ours needs to know of this visit.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Visit {
    identity: Option<Identity>,
    connected: bool,
    login_path: String,
    logout_path: String,
}

#[derive(Clone, Copy)]
pub(crate) struct OktaContext {
    pub(crate) identity: Signal<Option<Identity>>,
    pub(crate) connected: bool,
    pub(crate) login_path: StoredValue<String>,
    pub(crate) logout_path: StoredValue<String>,
}

/// Makes the identity known to all components below. Call it once, at the top of your `App`, beside
/// `provide_meta_context()`.
///
/// On the server it reads what `axum_okta`'s layer found; in the browser it reads what the server wrote into the page,
/// without another request.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::{provide_okta, use_identity};
///
/// #[component]
/// fn App() -> impl IntoView {
///     provide_okta();
///     let identity = use_identity();
///     view! { {move || identity.get().map(|identity| identity.display_name().to_owned())} }
/// }
/// ```
pub fn provide_okta() {
    let visit = SharedValue::new(visit_on_server).into_inner();
    provide_context(OktaContext {
        identity: Signal::stored(visit.identity),
        connected: visit.connected,
        login_path: StoredValue::new(visit.login_path),
        logout_path: StoredValue::new(visit.logout_path),
    });
}

/// Who is signed in, in any component below [`provide_okta`]. `None` when nobody is, and where nothing was provided.
#[must_use]
pub fn use_identity() -> Signal<Option<Identity>> {
    okta_context().identity
}

/// Whether an Okta app was connected when the page was loaded.
#[must_use]
pub fn use_connected() -> bool {
    okta_context().connected
}

/// Unsure is signed out: a component outside of [`provide_okta`] sees nobody.
pub(crate) fn okta_context() -> OktaContext {
    use_context().unwrap_or_else(|| {
        leptos::logging::warn!("call leptos_okta::provide_okta() at the top of your App");
        OktaContext {
            identity: Signal::stored(None),
            connected: false,
            login_path: StoredValue::new("/login".to_owned()),
            logout_path: StoredValue::new("/logout".to_owned()),
        }
    })
}

#[cfg(feature = "ssr")]
fn visit_on_server() -> Visit {
    use axum_okta::{Okta, guard::CurrentIdentity};

    let Some(parts) = use_context::<axum::http::request::Parts>() else {
        return Visit::default();
    };
    let Some(okta) = parts.extensions.get::<Okta>() else {
        if parts.headers.is_empty() {
            // No browser asked: the routes are being listed.
            return Visit::default();
        }
        leptos::logging::error!("put axum_okta's layer around the router: .layer(okta.layer())");
        return Visit::default();
    };
    Visit {
        identity: parts
            .extensions
            .get::<CurrentIdentity>()
            .and_then(CurrentIdentity::get)
            .cloned(),
        connected: okta.connection().is_some(),
        login_path: okta.login_path().to_owned(),
        logout_path: okta.logout_path().to_owned(),
    }
}

/// In the browser the value comes with the page; a page that the server did not render knows nobody.
#[cfg(not(feature = "ssr"))]
fn visit_on_server() -> Visit {
    Visit::default()
}

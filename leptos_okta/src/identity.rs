//! Who is signed in, for every component: resolved once on the server, and sent with the page.

use std::fmt;

use leptos::{prelude::*, server::SharedValue};
use okta_types::Identity;
use serde::{Deserialize, Serialize};

use crate::browser::BrowserIdentity;

/// What our components need to know about this visit, sent with the page.
#[derive(Default, Serialize, Deserialize)]
struct Visit {
    identity: Option<Identity>,
    connected: bool,
    login_path: String,
    logout_path: String,
    forgotten: Option<Forgotten>,
}

/// A line missing from the app's code, without which nobody can be signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Forgotten {
    Layer,
    ProvideOkta,
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Layer => {
                "the layer is missing: pass the router to `okta.add_to(…)` after its last route"
            }
            Self::ProvideOkta => "call `leptos_okta::provide_okta()` at the top of your `App`",
        })
    }
}

#[derive(Clone, Copy)]
pub(crate) struct OktaContext {
    pub(crate) identity: Signal<Option<Identity>>,
    pub(crate) connected: bool,
    pub(crate) login_path: StoredValue<String>,
    pub(crate) logout_path: StoredValue<String>,
    pub(crate) forgotten: Option<Forgotten>,
    /// Whether the person is in a group, for each group that is known here.
    groups: StoredValue<Vec<(String, bool)>>,
    /// The path and query that the server rendered.
    #[cfg(not(feature = "ssr"))]
    loaded: StoredValue<String>,
}

impl OktaContext {
    fn new(visit: Visit, identity: Option<Identity>, groups: Vec<(String, bool)>) -> Self {
        Self {
            identity: Signal::stored(identity),
            connected: visit.connected,
            login_path: StoredValue::new(visit.login_path),
            logout_path: StoredValue::new(visit.logout_path),
            forgotten: visit.forgotten,
            groups: StoredValue::new(groups),
            #[cfg(not(feature = "ssr"))]
            loaded: StoredValue::new(address_of_document()),
        }
    }

    /// Whether the person is in the group. On the server that is always known, and is sent with the
    /// page, so that hydration knows the same; `None` in the browser if neither the page nor
    /// [`BrowserIdentity`] says it.
    pub(crate) fn in_group(&self, group: &str) -> Option<bool> {
        let known = self.groups.with_value(|groups| {
            let mut groups = groups.iter();
            groups.find_map(|(known, is_in)| (known == group).then_some(*is_in))
        });
        if known.is_some() {
            return known;
        }
        let identity = self.identity;
        let found = || {
            identity
                .with_untracked(|identity| identity.as_ref().is_some_and(|it| it.in_group(group)))
        };
        let answer = || (group.to_owned(), cfg!(feature = "ssr").then(found));
        // The name is included because Leptos numbers such values, and can miscount below a
        // `Suspense`.
        let (of, is_in) = SharedValue::new(answer).into_inner();
        let is_in = is_in.filter(|_| of == group)?;
        self.groups.update_value(|groups| groups.push((of, is_in)));
        Some(is_in)
    }

    /// Whether the server rendered the page at this path and query.
    #[cfg(not(feature = "ssr"))]
    pub(crate) fn was_loaded_at(&self, address: &str) -> bool {
        self.loaded.with_value(|loaded| loaded == address)
    }

    #[cfg(feature = "ssr")]
    #[expect(clippy::unused_self, reason = "the browser's needs it")]
    pub(crate) fn was_loaded_at(&self, _: &str) -> bool {
        true
    }
}

/// Provides the identity to all components below. Call it once, at the top of your `App`, beside
/// `provide_meta_context()`.
///
/// On the server it reads what `axum_okta`'s layer found; in the browser it reads what the server
/// wrote into the page, without another request. That is everything but groups and extra claims; to
/// send some of those, use [`provide_okta_with`].
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
    provide_okta_with(BrowserIdentity::new());
}

/// Like [`provide_okta`], but sends more of the identity to the browser.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_okta::{BrowserIdentity, provide_okta_with, use_identity};
///
/// #[component]
/// fn App() -> impl IntoView {
///     provide_okta_with(BrowserIdentity::new().groups(["Engineering"]).claims(["department"]));
///     let identity = use_identity();
///     let department = move || identity.get()?.claim::<String>("department").ok();
///     view! { <p>{department}</p> }
/// }
/// ```
pub fn provide_okta_with(browser: BrowserIdentity) {
    #[cfg(feature = "ssr")]
    let (identity, visit) = {
        let (identity, visit) = visit_on_server();
        let sent = identity.as_ref().map(|identity| browser.part_of(identity));
        (
            identity,
            SharedValue::new(|| Visit {
                identity: sent,
                ..visit
            })
            .into_inner(),
        )
    };
    // A page that the server did not render has no identity.
    #[cfg(not(feature = "ssr"))]
    let (identity, visit) = {
        let mut visit = SharedValue::new(Visit::default).into_inner();
        (visit.identity.take(), visit)
    };
    let groups = browser.memberships(identity.as_ref());
    provide_context(OktaContext::new(visit, identity, groups));
}

/// Returns who is signed in, in any component below [`provide_okta`]. `None` if nobody is, or if
/// nothing was provided.
///
/// On the server this is the whole identity, in the browser the part that [`provide_okta`] sends. A
/// view must be the same on both sides, so don't render groups and claims that aren't sent: load
/// them with a server function.
#[must_use]
pub fn use_identity() -> Signal<Option<Identity>> {
    okta_context().identity
}

/// Returns whether an Okta app was connected when the page was loaded.
#[must_use]
pub fn use_connected() -> bool {
    okta_context().connected
}

/// Fails closed: outside of [`provide_okta`], nobody is signed in.
pub(crate) fn okta_context() -> OktaContext {
    use_context().unwrap_or_else(|| {
        let forgotten = Forgotten::ProvideOkta;
        log_error(&forgotten);
        let visit = Visit {
            login_path: "/login".to_owned(),
            logout_path: "/logout".to_owned(),
            forgotten: Some(forgotten),
            ..Visit::default()
        };
        OktaContext::new(visit, None, Vec::new())
    })
}

/// Writes to the server's log, or to the browser's console.
pub(crate) fn log_error(error: &dyn fmt::Display) {
    #[cfg(feature = "ssr")]
    tracing::error!("{error}");
    #[cfg(not(feature = "ssr"))]
    leptos::logging::error!("{error}");
}

/// The whole identity, and what is sent besides.
#[cfg(feature = "ssr")]
fn visit_on_server() -> (Option<Identity>, Visit) {
    use axum_okta::{Okta, guard::CurrentIdentity};

    let visit = with_context(|parts: &axum::http::request::Parts| {
        let Some(okta) = parts.extensions.get::<Okta>() else {
            // Leptos lists routes and renders static pages with a request that no client sent.
            let sent = !(parts.headers.is_empty() && parts.extensions.is_empty());
            let forgotten = sent.then_some(Forgotten::Layer);
            if let Some(forgotten) = &forgotten {
                log_error(forgotten);
            }
            return (
                None,
                Visit {
                    forgotten,
                    ..Visit::default()
                },
            );
        };
        let identity = parts.extensions.get::<CurrentIdentity>();
        let identity = identity.and_then(CurrentIdentity::get).cloned();
        let visit = Visit {
            identity: None,
            connected: okta.connection().is_some(),
            login_path: okta.login_path().to_owned(),
            logout_path: okta.logout_path().to_owned(),
            forgotten: None,
        };
        (identity, visit)
    });
    visit.unwrap_or_default()
}

#[cfg(not(feature = "ssr"))]
fn address_of_document() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

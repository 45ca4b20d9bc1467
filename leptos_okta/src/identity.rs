//! Who is signed in, for every component: resolved once on the server, and sent with the page.

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
};

#[cfg(not(feature = "ssr"))]
use leptos::wasm_bindgen::JsValue;
use leptos::{prelude::*, server::SharedValue};
use okta_types::{Identity, Timestamp};

use crate::{
    browser::BrowserIdentity,
    visit::{Forgotten, Part, Visit},
};

/// What every component below [`provide_okta`] knows.
#[derive(Clone)]
pub(crate) struct OktaContext(Arc<Known>);

pub(crate) struct Known {
    visit: Visit,
    /// Who is signed in: in the browser that can change while the page is open.
    identity: ArcRwSignal<Option<Identity>>,
    /// Whether the person is in a group, for each group that is known here.
    groups: Mutex<Vec<(String, bool)>>,
    #[cfg(not(feature = "ssr"))]
    page: Page,
}

/// The page that the server rendered, in the browser.
#[cfg(not(feature = "ssr"))]
struct Page {
    /// Its path and query.
    address: String,
    /// When it was loaded: by the browser's clock, in seconds.
    loaded_at: f64,
    part: Part,
}

impl OktaContext {
    #[cfg_attr(
        feature = "ssr",
        expect(clippy::needless_pass_by_value, reason = "the browser keeps it")
    )]
    fn new(visit: Visit, part: Part) -> Self {
        Self(Arc::new(Known {
            identity: ArcRwSignal::new(visit.identity.clone()),
            groups: Mutex::new(part.memberships(visit.identity.as_ref())),
            visit,
            #[cfg(not(feature = "ssr"))]
            page: Page {
                address: address_of_document(),
                loaded_at: seconds(),
                part,
            },
        }))
    }

    /// Who is signed in now.
    pub(crate) fn identity(&self) -> &ArcRwSignal<Option<Identity>> {
        &self.0.identity
    }

    /// By the server's clock. On the server, it is the same for the whole page, so that hydration
    /// decides the same.
    pub(crate) fn now(&self) -> Timestamp {
        #[cfg(feature = "ssr")]
        return self.now;
        #[cfg(not(feature = "ssr"))]
        self.now
            .plus_seconds((seconds() - self.0.page.loaded_at) as i64)
    }

    /// Whether the person is in the group. On the server that is always known, and is sent with the
    /// page, so that hydration knows the same; `None` in the browser if neither the page nor
    /// [`BrowserIdentity`] says it.
    pub(crate) fn in_group(&self, group: &str) -> Option<bool> {
        let mut groups = self.0.groups.lock().unwrap_or_else(PoisonError::into_inner);
        let known = groups.iter().find(|(known, _)| known == group);
        if let Some((_, is_in)) = known {
            return Some(*is_in);
        }
        // The name is included because Leptos numbers such values, and can miscount below a
        // `Suspense`.
        let answer = SharedValue::new_str(|| self.say_in_group(group)).into_inner();
        let is_in = match answer.strip_suffix(group)? {
            "in " => true,
            "not in " => false,
            _ => return None,
        };
        groups.push((group.to_owned(), is_in));
        Some(is_in)
    }

    #[cfg(feature = "ssr")]
    fn say_in_group(&self, group: &str) -> String {
        let identity = self.identity.as_ref();
        match identity.is_some_and(|identity| identity.in_group(group)) {
            true => format!("in {group}"),
            false => format!("not in {group}"),
        }
    }

    #[cfg(not(feature = "ssr"))]
    #[expect(clippy::unused_self, reason = "the server's needs it")]
    fn say_in_group(&self, _: &str) -> String {
        String::new()
    }

    /// Takes in what the script of `<SessionNotice/>` found out.
    #[cfg(not(feature = "ssr"))]
    pub(crate) fn follow(&self, event: &JsValue) {
        let now = self.0.page.part.of_event(event);
        if self.0.identity.with_untracked(|before| *before != now) {
            self.0.identity.set(now);
        }
    }

    /// Whether the server rendered the page at this path and query.
    #[cfg(not(feature = "ssr"))]
    pub(crate) fn was_loaded_at(&self, address: &str) -> bool {
        self.0.page.address == address
    }

    #[cfg(feature = "ssr")]
    #[expect(clippy::unused_self, reason = "the browser's needs it")]
    pub(crate) fn was_loaded_at(&self, _: &str) -> bool {
        true
    }
}

impl Deref for OktaContext {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.0.visit
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
    provide(Part::default());
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
    provide(Part::with_claims(browser));
}

fn provide(part: Part) {
    provide_context(OktaContext::new(Visit::find(&part), part));
}

/// Returns who is signed in, in any component below [`provide_okta`]. `None` if nobody is, or if
/// nothing was provided.
///
/// In the browser it changes in place if the page has a [`SessionNotice`](crate::SessionNotice):
/// when the person signs out in another tab, their session ends, or their roles change. Otherwise
/// it is as of when the page was loaded.
///
/// On the server this is the whole identity, in the browser the part that [`provide_okta`] sends. A
/// view must be the same on both sides, so don't render groups and claims that aren't sent: load
/// them with a server function.
#[must_use]
pub fn use_identity() -> Signal<Option<Identity>> {
    okta_context().identity().clone().into()
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
        OktaContext::new(visit, Part::default())
    })
}

/// Writes to the server's log, or to the browser's console.
pub(crate) fn log_error(error: &dyn fmt::Display) {
    #[cfg(feature = "ssr")]
    tracing::error!("{error}");
    #[cfg(not(feature = "ssr"))]
    leptos::logging::error!("{error}");
}

#[cfg(not(feature = "ssr"))]
fn seconds() -> f64 {
    js_sys::Date::now() / 1000.0
}

#[cfg(not(feature = "ssr"))]
fn address_of_document() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

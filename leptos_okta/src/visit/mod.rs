//! What our components need to know about a visit: found by the server and sent with the page.
//!
//! The browser reads it with its own JSON parser. serde's code for it would add 6 KiB to a page.

#[cfg(not(feature = "ssr"))]
mod received;
#[cfg(feature = "ssr")]
mod sent;

use std::fmt;

#[cfg(feature = "ssr")]
pub(crate) use self::sent::{now, okta};
use okta_types::{Identity, LAYER_MISSING, Timestamp};

use crate::browser::BrowserIdentity;

#[derive(Default)]
pub(crate) struct Visit {
    pub(crate) identity: Option<Identity>,
    pub(crate) connected: bool,
    pub(crate) login_path: String,
    pub(crate) logout_path: String,
    pub(crate) forgotten: Option<Forgotten>,
    /// Whether a guard sends this visit to Okta first. The page that comes of it is never shown, so
    /// the browser isn't told.
    #[cfg(feature = "ssr")]
    pub(crate) needs_recheck: bool,
    /// When the server found all this, so that the browser's clock needn't be right.
    pub(crate) now: Timestamp,
}

/// A line missing from the app's code, without which nobody can be signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forgotten {
    Layer,
    ProvideOkta,
}

impl Forgotten {
    /// What the page says. Which line it is, is for developers to know.
    pub(crate) fn explanation(self) -> String {
        if cfg!(debug_assertions) {
            format!("Sign-in with Okta is not set up: {self}.")
        } else {
            "Sign-in with Okta is not set up. The server's log has the reason.".to_owned()
        }
    }
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Layer => LAYER_MISSING,
            Self::ProvideOkta => "call `leptos_okta::provide_okta()` at the top of your `App`",
        })
    }
}

/// What the browser gets of the identity.
pub(crate) struct Part {
    browser: BrowserIdentity,
    /// A function of its own, so that apps that send no claims don't contain it.
    #[cfg_attr(feature = "ssr", expect(dead_code, reason = "the browser calls it"))]
    read_claims: fn(&str, &BrowserIdentity) -> Claims,
}

pub(crate) type Claims = serde_json::Map<String, serde_json::Value>;

impl Default for Part {
    fn default() -> Self {
        Self {
            browser: BrowserIdentity::new(),
            read_claims: |_, _| Claims::new(),
        }
    }
}

impl Part {
    /// A part that can have claims.
    pub(crate) fn with_claims(browser: BrowserIdentity) -> Self {
        Self {
            browser,
            read_claims: |json, browser| {
                browser.claims_of(serde_json::from_str(json).unwrap_or_default())
            },
        }
    }

    /// Returns, for each group in it, whether the person is in it.
    pub(crate) fn memberships(&self, identity: Option<&Identity>) -> Vec<(String, bool)> {
        self.browser.memberships(identity)
    }
}

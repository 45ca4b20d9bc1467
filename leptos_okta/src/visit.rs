//! What our components need to know about a visit: found by the server and sent with the page.
//!
//! The browser reads it with its own JSON parser. serde's code for it would add 6 KiB to a page.

use std::fmt;

use leptos::server::SharedValue;
use okta_types::{Identity, Timestamp};

#[derive(Default)]
pub(crate) struct Visit {
    pub(crate) identity: Option<Identity>,
    pub(crate) connected: bool,
    pub(crate) login_path: String,
    pub(crate) logout_path: String,
    pub(crate) forgotten: Option<Forgotten>,
    /// Whether a guard sends this visit to Okta first. The page that comes of it is never shown, so the
    /// browser isn't told.
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

/// Reads extra claims from JSON. A function of its own, so that apps that send no claims don't
/// contain it.
pub(crate) type ReadClaims = fn(&str) -> Claims;
pub(crate) type Claims = serde_json::Map<String, serde_json::Value>;

pub(crate) fn read_claims(json: &str) -> Claims {
    serde_json::from_str(json).unwrap_or_default()
}

pub(crate) fn no_claims(_: &str) -> Claims {
    Claims::new()
}

#[cfg(feature = "ssr")]
impl Visit {
    /// Writes it into the page, with this part of the identity.
    pub(crate) fn send(&self, identity: Option<&Identity>) {
        SharedValue::new_str(|| self.to_json(identity));
    }

    fn to_json(&self, identity: Option<&Identity>) -> String {
        let identity = identity.map(|identity| {
            serde_json::json!({
                "issuer": identity.issuer,
                "subject": identity.subject,
                "name": identity.name,
                "email": identity.email,
                "email_verified": identity.email_verified,
                "picture": identity.picture,
                "locale": identity.locale,
                "groups": identity.groups,
                "roles": identity.roles,
                // JavaScript would round large numbers.
                "claims": serde_json::json!(identity.claims).to_string(),
                "connection": identity.connection,
                "organization": identity.organization,
                "signed_in_at": identity.signed_in_at,
                "expires_at": identity.expires_at,
                "auth_time": identity.auth_time,
                "acr": identity.acr,
                "amr": identity.amr,
            })
        });
        serde_json::json!({
            "identity": identity,
            "connected": self.connected,
            "login_path": self.login_path,
            "logout_path": self.logout_path,
            "layer_is_missing": self.forgotten == Some(Forgotten::Layer),
            "now": self.now,
        })
        .to_string()
    }
}

#[cfg(not(feature = "ssr"))]
pub(crate) use received::of_event;

#[cfg(not(feature = "ssr"))]
mod received {
    use js_sys::{Array, JSON, Reflect};
    use leptos::wasm_bindgen::{JsCast, JsValue};
    use okta_types::Profile;

    use super::*;

    impl Visit {
        /// What the server wrote into the page. A page that it did not render has no identity.
        pub(crate) fn received(read_claims: ReadClaims) -> Self {
            let json = SharedValue::new_str(String::new).into_inner();
            let visit = Object(JSON::parse(&json).unwrap_or_default());
            Self {
                identity: identity(&Object(visit.get("identity")), read_claims),
                connected: visit.is("connected"),
                login_path: visit.text("login_path").unwrap_or_default(),
                logout_path: visit.text("logout_path").unwrap_or_default(),
                forgotten: visit.is("layer_is_missing").then_some(Forgotten::Layer),
                now: visit.time("now").unwrap_or(Timestamp(0)),
            }
        }
    }

    /// What the script of `<SessionNotice/>` found out.
    pub(crate) fn of_event(event: &JsValue, read_claims: ReadClaims) -> Option<Identity> {
        let json = Reflect::get(event, &"detail".into()).ok()?.as_string()?;
        identity(&Object(JSON::parse(&json).ok()?), read_claims)
    }

    fn identity(sent: &Object, read_claims: ReadClaims) -> Option<Identity> {
        let mut profile = Profile::new(sent.text("issuer")?, sent.text("subject")?);
        profile.name = sent.text("name");
        profile.email = sent.text("email");
        profile.email_verified = sent.is("email_verified");
        profile.picture = sent.text("picture");
        profile.locale = sent.text("locale");
        profile.groups = sent.texts("groups");
        profile.roles = sent.texts("roles").unwrap_or_default();
        profile.claims = read_claims(&sent.text("claims").unwrap_or_default());
        profile.connection = sent.text("connection").unwrap_or_default();
        profile.organization = sent.text("organization").unwrap_or_default();
        profile.signed_in_at = sent.time("signed_in_at").unwrap_or(Timestamp(0));
        profile.expires_at = sent.time("expires_at").unwrap_or(Timestamp(0));
        profile.auth_time = sent.time("auth_time");
        profile.acr = sent.text("acr");
        profile.amr = sent.texts("amr").unwrap_or_default();
        Some(profile.into())
    }

    /// A JavaScript object. What is missing, or of another type, is empty.
    struct Object(JsValue);

    impl Object {
        fn get(&self, name: &str) -> JsValue {
            Reflect::get(&self.0, &name.into()).unwrap_or_default()
        }

        fn is(&self, name: &str) -> bool {
            self.get(name).is_truthy()
        }

        fn text(&self, name: &str) -> Option<String> {
            self.get(name).as_string()
        }

        fn texts(&self, name: &str) -> Option<Vec<String>> {
            let texts = self.get(name).dyn_into::<Array>().ok()?;
            Some(texts.iter().filter_map(|text| text.as_string()).collect())
        }

        fn time(&self, name: &str) -> Option<Timestamp> {
            Some(Timestamp(self.get(name).as_f64()? as i64))
        }
    }
}

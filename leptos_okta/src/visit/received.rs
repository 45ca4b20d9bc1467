//! The browser reads a visit.

use js_sys::{Array, JSON, Reflect};
use leptos::{
    server::SharedValue,
    wasm_bindgen::{JsCast, JsValue},
};
use okta_types::{Identity, Profile, Timestamp};

use super::{Forgotten, Part, Visit};

impl Visit {
    /// Reads what the server wrote into the page. A page that it did not render has no identity.
    pub(crate) fn find(part: &Part) -> Self {
        let json = SharedValue::new_str(String::new).into_inner();
        let visit = Object(JSON::parse(&json).unwrap_or_default());
        Self {
            identity: part.identity(&Object(visit.get("identity"))),
            connected: visit.is("connected"),
            login_path: visit.text("login_path").unwrap_or_default(),
            logout_path: visit.text("logout_path").unwrap_or_default(),
            forgotten: visit.is("layer_is_missing").then_some(Forgotten::Layer),
            now: visit.time("now").unwrap_or(Timestamp(0)),
        }
    }
}

impl Part {
    /// Reads what the script of `<SessionNotice/>` found out.
    pub(crate) fn of_event(&self, event: &JsValue) -> Option<Identity> {
        let json = Reflect::get(event, &"detail".into()).ok()?.as_string()?;
        self.identity(&Object(JSON::parse(&json).ok()?))
    }

    fn identity(&self, sent: &Object) -> Option<Identity> {
        let mut profile = Profile::new(sent.text("issuer")?, sent.text("subject")?);
        profile.name = sent.text("name");
        profile.email = sent.text("email");
        profile.email_verified = sent.is("email_verified");
        profile.picture = sent.text("picture");
        profile.locale = sent.text("locale");
        profile.groups = self.browser.groups_of(sent.texts("groups"));
        profile.roles = sent.texts("roles").unwrap_or_default();
        let claims = sent.text("claims").unwrap_or_default();
        profile.claims = (self.read_claims)(&claims, &self.browser);
        profile.connection = sent.text("connection").unwrap_or_default();
        profile.organization = sent.text("organization").unwrap_or_default();
        profile.signed_in_at = sent.time("signed_in_at").unwrap_or(Timestamp(0));
        profile.expires_at = sent.time("expires_at").unwrap_or(Timestamp(0));
        profile.auth_time = sent.time("auth_time");
        profile.acr = sent.text("acr");
        profile.amr = sent.texts("amr").unwrap_or_default();
        Some(profile.into())
    }
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

//! The server resolves a visit, and sends it with the page.

use std::time::SystemTime;

use axum::http::request::Parts;
use axum_okta::{Okta, guard::CurrentIdentity};
use leptos::{prelude::*, server::SharedValue};
use okta_types::Timestamp;

use super::{Forgotten, Part, Visit};
use crate::{browser::BrowserIdentity, identity::log_error};

/// The handle that the layer has put there. Without one, what the developer forgot, unless nobody
/// sent this request: Leptos lists routes and renders static pages with such a one.
pub(crate) fn okta(parts: &Parts) -> Result<&Okta, Option<Forgotten>> {
    parts.extensions.get().ok_or_else(|| {
        let sent = !(parts.headers.is_empty() && parts.extensions.is_empty());
        let forgotten = sent.then_some(Forgotten::Layer);
        if let Some(forgotten) = &forgotten {
            log_error(forgotten);
        }
        forgotten
    })
}

impl Visit {
    /// Finds out who asks, and writes it into the page.
    pub(crate) fn find(part: &Part) -> Self {
        let visit = Self::of_request();
        SharedValue::new_str(|| visit.to_json(&part.browser));
        visit
    }

    fn of_request() -> Self {
        let visit = with_context(|parts: &Parts| {
            let okta = match okta(parts) {
                Ok(okta) => okta,
                Err(forgotten) => {
                    return Self {
                        forgotten,
                        ..Self::default()
                    };
                }
            };
            let current = parts.extensions.get::<CurrentIdentity>();
            Self {
                identity: current.and_then(CurrentIdentity::get).cloned(),
                needs_recheck: current.is_some_and(CurrentIdentity::needs_recheck),
                connected: okta.is_connected(),
                login_path: okta.login_path().to_owned(),
                logout_path: okta.logout_path().to_owned(),
                forgotten: None,
                now: now(),
            }
        });
        visit.unwrap_or_default()
    }

    fn to_json(&self, browser: &BrowserIdentity) -> String {
        let identity = self.identity.as_ref().map(|identity| {
            let identity = browser.part_of(identity);
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

pub(crate) fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let seconds = since_1970.map_or(0, |since| since.as_secs());
    Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use okta_types::{Identity, Profile};
    use serde_json::{Value, json};

    use super::*;

    /// With nothing as it is by default.
    fn ada() -> Identity {
        let mut ada = Profile::new("https://acme.okta.com", "00u1");
        ada.name = Some("Ada Lovelace".to_owned());
        ada.email = Some("ada@acme.example".to_owned());
        ada.email_verified = true;
        ada.picture = Some("https://acme.example/ada.png".to_owned());
        ada.locale = Some("en-GB".to_owned());
        ada.groups = Some(vec!["Engineering".to_owned(), "Everyone".to_owned()]);
        ada.roles = vec!["editor".to_owned()];
        ada.claims.insert("department".to_owned(), json!("Engines"));
        ada.claims.insert("salary".to_owned(), json!(1));
        ada.connection = "acme-eu".to_owned();
        ada.organization = "acme".to_owned();
        ada.signed_in_at = Timestamp(2);
        ada.auth_time = Some(Timestamp(1));
        ada.acr = Some("urn:okta:loa:2fa:any".to_owned());
        ada.amr = vec!["pwd".to_owned(), "mfa".to_owned()];
        ada.expires_at = Timestamp(3);
        ada.into()
    }

    fn sent(browser: &BrowserIdentity) -> Value {
        let visit = Visit {
            identity: Some(ada()),
            ..Visit::default()
        };
        let sent: Value = serde_json::from_str(&visit.to_json(browser)).unwrap();
        sent["identity"].clone()
    }

    #[test]
    fn the_browser_gets_all_but_groups_and_claims_that_are_not_named() {
        let mut expected = json!(ada());
        expected["groups"] = json!(["Engineering"]);
        expected["claims"] = json!(r#"{"department":"Engines"}"#);
        let named = BrowserIdentity::new()
            .groups(["Engineering", "Sales"])
            .claims(["department", "manager"]);
        assert_eq!(sent(&named), expected);

        expected["groups"] = Value::Null;
        expected["claims"] = json!("{}");
        assert_eq!(sent(&BrowserIdentity::new()), expected);
    }
}

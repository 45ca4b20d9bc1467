//! What the provider signs to end sessions at the app.

use serde_json::{Value, json};

use super::{
    CLIENT_ID, Provider,
    behaviour::merge,
    signing::{Signature, signed_with_header},
};

/// A token that is about to be signed, for a test to change.
pub struct Signed {
    pub header: Value,
    pub claims: Value,
    pub signature: Signature,
}

impl Provider {
    /// A logout token (OpenID Connect Back-Channel Logout §2.4) about this person.
    pub fn logout_token(&self, subject: &str, change: impl FnOnce(&mut Signed)) -> String {
        let header = json!({ "typ": "logout+jwt" });
        let claims = json!({
            "aud": CLIENT_ID, "sub": subject, "iat": now(), "exp": now() + 120,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        self.sign(header, claims, change)
    }

    /// What Okta authenticates with at the address of its Universal Logout.
    pub fn revocation_token(&self, endpoint: &str, change: impl FnOnce(&mut Signed)) -> String {
        let header = json!({ "typ": "global-token-revocation+jwt" });
        let claims = json!({
            "aud": endpoint, "sub": CLIENT_ID, "nbf": now() - 300, "exp": now() + 300,
        });
        self.sign(header, claims, change)
    }

    pub(super) fn sign(
        &self,
        header: Value,
        claims: Value,
        change: impl FnOnce(&mut Signed),
    ) -> String {
        let behaviour = self.now();
        let mut token = Signed {
            header,
            claims,
            signature: behaviour.signature,
        };
        let jti = format!("{:032x}", rand::random::<u128>());
        merge(
            &mut token.claims,
            &json!({ "iss": self.issuer, "jti": jti }),
        );
        change(&mut token);
        signed_with_header(&behaviour, token.signature, &token.header, &token.claims)
    }
}

impl Signed {
    /// Puts these over the claims; `null` removes.
    pub fn claim(&mut self, changes: &Value) {
        merge(&mut self.claims, changes);
    }
}

pub(super) fn now() -> i64 {
    time::OffsetDateTime::now_utc().unix_timestamp()
}

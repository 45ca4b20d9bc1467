//! What the provider signs to be given a token for provisioning.

use serde_json::{Value, json};

use super::{
    Provider,
    logout::{Signed, now},
};

impl Provider {
    /// The keys that it publishes.
    pub async fn key_set(&self) -> Value {
        let address = format!("{}/keys", self.issuer);
        let answer = reqwest::get(address).await.expect("an answer");
        answer.json().await.expect("keys")
    }

    /// What a client proves with who it is (RFC 7523 §3).
    pub fn client_assertion(
        &self,
        client: &str,
        audience: &str,
        change: impl FnOnce(&mut Signed),
    ) -> String {
        let claims = json!({ "aud": audience, "iat": now(), "exp": now() + 120 });
        self.sign(json!({}), claims, |token| {
            token.claim(&json!({ "iss": client, "sub": client }));
            change(token);
        })
    }
}

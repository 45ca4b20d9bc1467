//! Who is known at the provider: subject and claims.

use serde_json::{Value, json};

pub fn ada() -> Value {
    json!({
        "sub": "00u1ada", "name": "Ada Lovelace", "preferred_username": "ada",
        "email": "ada@example.com", "email_verified": true, "locale": "en-GB",
        "picture": "https://example.com/ada.png", "groups": ["Engineering", "Everyone"],
    })
}

/// One of many.
pub fn named(name: &str) -> Value {
    let email = format!("{}@example.com", name.replace(' ', "."));
    json!({ "sub": email, "name": name, "email": email, "groups": ["Everyone"] })
}

pub fn grace() -> Value {
    json!({ "sub": "00u2grace", "name": "Grace Hopper", "email": "grace@example.com", "groups": [] })
}

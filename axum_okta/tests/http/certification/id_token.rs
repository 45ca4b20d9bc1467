//! For whom an ID token was made, about whom, and with which access token it comes.

use serde_json::json;

use super::{is_refused, succeeds};
use crate::harness::CLIENT_ID;

#[tokio::test]
async fn a_token_that_was_made_for_another_client_is_refused() {
    succeeds(|provider| provider.id_token = json!({ "azp": CLIENT_ID })).await;
    for claims in [
        json!({ "azp": "somebody-else" }),
        json!({ "azp": 5 }),
        json!({ "aud": [CLIENT_ID, CLIENT_ID] }),
        json!({ "aud": [CLIENT_ID, "somebody-else"] }),
        json!({ "aud": [CLIENT_ID, "somebody-else"], "azp": CLIENT_ID }),
    ] {
        is_refused(|provider| provider.id_token = claims).await;
    }
}

#[tokio::test]
async fn a_subject_has_1_to_255_characters() {
    succeeds(|provider| provider.id_token = json!({ "sub": "a".repeat(255) })).await;
    for subject in [String::new(), "a".repeat(256)] {
        is_refused(|provider| provider.id_token = json!({ "sub": subject })).await;
    }
}

#[tokio::test]
async fn names_are_compared_letter_for_letter() {
    is_refused(|provider| provider.id_token = json!({ "aud": CLIENT_ID.to_uppercase() })).await;
    // The same letter, composed and decomposed.
    for (sub, other) in [("00u1ada", "00U1ADA"), ("ad\u{e1}", "ada\u{301}")] {
        is_refused(|provider| {
            provider.thin = true;
            provider.person = json!({ "sub": sub });
            provider.userinfo = json!({ "sub": other });
        })
        .await;
    }
}

#[tokio::test]
async fn what_a_token_rests_on_is_refused_when_it_cannot_be_read() {
    for (name, value) in [
        ("iss", json!(5)),
        ("sub", json!(5)),
        ("aud", json!(5)),
        ("exp", json!("2126-01-01T00:00:00Z")),
        ("iat", json!("2026-01-01T00:00:00Z")),
        ("nonce", json!(5)),
    ] {
        is_refused(|provider| provider.id_token = json!({ name: value })).await;
    }
}

#[tokio::test]
async fn an_access_token_of_another_type_than_bearer_is_refused() {
    succeeds(|provider| provider.token = json!({ "token_type": "bEARER" })).await;
    for token_type in [json!("DPoP"), json!("mac"), json!(""), json!(null)] {
        is_refused(|provider| provider.token = json!({ "token_type": token_type })).await;
    }
}

//! Userinfo that is a JWT (OpenID Connect Core §5.3.2).

use http::StatusCode;
use serde_json::json;

use super::{is_refused, succeeds};
use crate::harness::{App, Behaviour, Signature};

/// Of an ID token that leaves the name to userinfo.
fn signed(signature: Signature) -> impl FnOnce(&mut Behaviour) {
    move |provider| {
        provider.thin = true;
        provider.userinfo_signature = Some(signature);
    }
}

#[tokio::test]
async fn userinfo_may_be_signed_with_every_algorithm_of_an_id_token() {
    for alg in [
        "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
    ] {
        let identity = succeeds(signed(Signature::With(alg))).await;
        assert_eq!(identity["name"], "Ada Lovelace", "{alg}");
    }
    let identity = succeeds(signed(Signature::Key(0))).await;
    assert_eq!(identity["name"], "Ada Lovelace");
}

#[tokio::test]
async fn userinfo_whose_signature_does_not_hold_is_refused() {
    for signature in [
        Signature::Broken,
        Signature::None,
        Signature::ClientSecret,
        Signature::PublicKeyAsSecret,
        // Of a key that is not published.
        Signature::Key(1),
    ] {
        is_refused(signed(signature)).await;
    }
}

#[tokio::test]
async fn signed_userinfo_of_another_issuer_client_or_person_is_refused() {
    for claims in [
        json!({ "iss": "https://other.okta.com" }),
        json!({ "iss": null }),
        json!({ "aud": "somebody-else" }),
        json!({ "aud": null }),
        json!({ "aud": ["0oa1testclient", "somebody-else"] }),
        json!({ "sub": "00u9mallory" }),
    ] {
        is_refused(|provider| {
            signed(Signature::Key(0))(provider);
            provider.userinfo = claims;
        })
        .await;
    }
}

#[tokio::test]
async fn signed_userinfo_counts_in_its_time_only() {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let with = |claims| {
        move |provider: &mut Behaviour| {
            signed(Signature::Key(0))(provider);
            provider.userinfo = claims;
        }
    };
    succeeds(with(json!({ "exp": now - 30, "nbf": now + 30 }))).await;
    for claims in [
        json!({ "exp": now - 90 }),
        json!({ "exp": "tomorrow" }),
        json!({ "nbf": now + 90 }),
    ] {
        is_refused(with(claims)).await;
    }
}

#[tokio::test]
async fn keys_may_rotate_between_the_id_token_and_userinfo() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let callback = browser.to_provider_and_back("/").await;
    signed(Signature::Key(1))(&mut provider.now());
    provider.now().published = vec![0, 1];
    let signed_in = browser.page(&callback).await;
    assert_eq!(signed_in.status(), StatusCode::SEE_OTHER);
    assert_eq!(browser.identity().await["name"], "Ada Lovelace");
}

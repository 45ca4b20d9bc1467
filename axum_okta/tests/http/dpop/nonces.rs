//! The provider's nonces, which show that a proof is new (RFC 9449 §8, §9).

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::{connected, refusal};
use crate::harness::{App, Nonce, Provider, ada};

/// How often a sign-in asks the token endpoint.
async fn requests_of_a_sign_in(app: &App, provider: &Provider) -> usize {
    let before = provider.asked("token");
    assert!(app.signed_in(provider, ada()).await.is_signed_in().await);
    provider.asked("token") - before
}

#[tokio::test]
async fn a_nonce_is_asked_for_once_and_used_until_there_is_another() {
    let (app, provider, _admin) = connected().await;
    assert_eq!(requests_of_a_sign_in(&app, &provider).await, 1);
    for nonce in ["first", "second"] {
        provider.now().dpop.nonce = Nonce::This(nonce);
        assert_eq!(requests_of_a_sign_in(&app, &provider).await, 2);
        assert_eq!(requests_of_a_sign_in(&app, &provider).await, 1);
    }
}

#[tokio::test]
async fn a_nonce_that_comes_with_an_answer_is_in_the_next_proof() {
    let (app, provider, _admin) = connected().await;
    provider.now().dpop.nonce = Nonce::EachTime;
    assert_eq!(requests_of_a_sign_in(&app, &provider).await, 2);
    for _ in 0..3 {
        assert_eq!(requests_of_a_sign_in(&app, &provider).await, 1);
    }
}

#[tokio::test]
async fn each_endpoint_has_nonces_of_its_own() {
    let (app, provider, _admin) = connected().await;
    provider.now().thin = true;
    provider.now().dpop.nonce = Nonce::This("first");
    let before = provider.asked("userinfo");
    for requests in [2, 3] {
        let browser = app.signed_in(&provider, ada()).await;
        assert_eq!(browser.identity().await["name"], "Ada Lovelace");
        assert_eq!(provider.asked("userinfo"), before + requests);
    }
}

#[tokio::test]
async fn a_token_endpoint_that_takes_no_nonce_is_asked_twice_and_nobody_is_signed_in() {
    let (app, provider, admin) = connected().await;
    provider.now().dpop.nonce = Nonce::Never;
    let before = provider.asked("token");
    let browser = app.browser();
    assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
    assert!(!browser.is_signed_in().await);
    assert_eq!(provider.asked("token"), before + 2);
    let detail = refusal(&admin).await;
    assert!(detail.contains("asks for a nonce (DPoP)"), "{detail}");
}

#[tokio::test]
async fn userinfo_that_takes_no_nonce_is_asked_twice_and_the_id_token_counts() {
    let (app, provider, _admin) = connected().await;
    provider.now().thin = true;
    for (nonce, requests) in [(Some("n"), 2), (None, 1)] {
        let challenge = r#"Bearer, DPoP error="use_dpop_nonce", algs="ES256""#;
        let mut headers = HeaderMap::new();
        headers.insert("www-authenticate", challenge.parse().unwrap());
        if let Some(nonce) = nonce {
            headers.insert("dpop-nonce", nonce.parse().unwrap());
        }
        provider.now().userinfo_answer = Some((StatusCode::UNAUTHORIZED, headers, Bytes::new()));
        let before = provider.asked("userinfo");
        let browser = app.signed_in(&provider, ada()).await;
        assert_eq!(browser.identity().await["subject"], "00u1ada");
        assert_eq!(provider.asked("userinfo"), before + requests);
    }
}

//! What the plans leave out.

use http::StatusCode;
use serde_json::json;

use super::{is_refused, succeeds};
use crate::harness::{App, Behaviour, SHORT_KEY, Signature, form};

#[tokio::test]
async fn symmetric_algorithms_are_refused_also_where_discovery_offers_them() {
    for signature in [Signature::PublicKeyAsSecret, Signature::ClientSecret] {
        let app = App::start().await;
        let (provider, browser) = app.ready_to_connect().await;
        provider.now().discovery =
            json!({ "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"] });
        provider.now().signature = signature;
        assert_eq!(
            browser.connect(&form(&provider)).await.status(),
            StatusCode::OK
        );
        assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn an_unknown_crit_is_refused() {
    is_refused(|provider| provider.header = json!({ "crit": ["exp-strict"], "exp-strict": true }))
        .await;
}

#[tokio::test]
async fn clocks_may_differ_by_a_minute() {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    succeeds(|provider| provider.id_token = json!({ "exp": now - 30 })).await;
    succeeds(|provider| provider.id_token = json!({ "iat": now + 30 })).await;
    is_refused(|provider| provider.id_token = json!({ "exp": now - 90 })).await;
    is_refused(|provider| provider.id_token = json!({ "iat": now + 90 })).await;
}

#[tokio::test]
async fn an_id_token_counts_from_its_nbf_on() {
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    for not_before in [json!(now), json!(now + 30), json!(0.5)] {
        succeeds(|provider| provider.id_token = json!({ "nbf": not_before })).await;
    }
    for not_before in [json!(now + 90), json!(u64::MAX), json!("yesterday")] {
        is_refused(|provider| provider.id_token = json!({ "nbf": not_before })).await;
    }
}

#[tokio::test]
async fn a_signature_by_a_short_rsa_key_is_refused() {
    let behaviours: [fn(&mut Behaviour); 2] = [
        |provider| provider.signature = Signature::Key(SHORT_KEY),
        |provider| {
            provider.thin = true;
            provider.userinfo_signature = Some(Signature::Key(SHORT_KEY));
        },
    ];
    for behave in behaviours {
        let app = App::start().await;
        let (provider, browser) = app.ready_to_connect().await;
        provider.now().published = vec![0, SHORT_KEY];
        browser.connect(&form(&provider)).await;
        behave(&mut provider.now());
        assert_eq!(browser.sign_in("/").await.status(), StatusCode::BAD_GATEWAY);
        assert!(!browser.is_signed_in().await);
    }
    // Where it is the only one, nobody is sent there.
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    provider.now().published = vec![SHORT_KEY];
    let login = browser.page("/login").await;
    assert_eq!(login.status(), StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn a_flood_of_bad_signatures_costs_the_provider_a_few_requests_a_minute() {
    let flood: [fn(&mut Behaviour); 3] = [
        |provider| provider.header = json!({ "kid": "made-up" }),
        |provider| provider.signature = Signature::Broken,
        |provider| provider.signature = Signature::None,
    ];
    for behave in flood {
        let app = App::start().await;
        let (provider, _admin) = app.connected().await;
        app.browser().sign_in("/").await;
        behave(&mut provider.now());
        let before = provider.asked("keys");
        for _ in 0..12 {
            let refused = app.browser().sign_in("/").await;
            assert_eq!(refused.status(), StatusCode::BAD_GATEWAY);
        }
        let asked = provider.asked("keys") - before;
        assert!((1..=6).contains(&asked), "{asked}");
    }
}

#[tokio::test]
async fn a_provider_that_is_down_at_the_callback_starts_no_session() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    let browser = app.browser();
    let callback = browser.to_provider_and_back("/").await;
    provider.now().discovery_fails();
    provider.now().token_down = true;
    assert_eq!(
        browser.page(&callback).await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn an_id_token_is_verified_with_every_algorithm_that_discovery_may_offer() {
    for alg in [
        "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
    ] {
        let app = App::start().await;
        let (provider, browser) = app.ready_to_connect().await;
        provider.now().discovery = json!({ "id_token_signing_alg_values_supported": [alg] });
        provider.now().signature = Signature::With(alg);
        let connected = browser.connect(&form(&provider)).await;
        assert_eq!(connected.status(), StatusCode::OK, "{alg}");
        let signed_in = browser.sign_in("/").await;
        assert_eq!(signed_in.status(), StatusCode::SEE_OTHER, "{alg}");
    }
}

//! What the plans leave out.

use http::StatusCode;
use serde_json::json;

use super::{is_refused, succeeds};
use crate::harness::{App, Signature, form};

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
async fn an_unknown_kid_costs_the_provider_one_request_a_minute() {
    let app = App::start().await;
    let (provider, _admin) = app.connected().await;
    app.browser().sign_in("/").await;
    provider.now().header = json!({ "kid": "made-up" });
    let before = provider.asked("keys");
    for _ in 0..5 {
        assert_eq!(
            app.browser().sign_in("/").await.status(),
            StatusCode::BAD_GATEWAY
        );
    }
    assert_eq!(provider.asked("keys"), before + 1);
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

//! The plan for front-channel logout.

use http::{StatusCode, header};
use serde_json::json;

use super::sign_in;

#[tokio::test]
async fn oidcc_client_test_rp_frontchannel_rpinitlogout() {
    let (app, provider, browser, _status) =
        sign_in(|provider| provider.id_token = json!({ "sid": "102" })).await;
    // The person signs out at the provider, whose page shows this one in a frame: without cookies.
    let frame = format!("/frontchannel-logout?iss={}&sid=102", provider.issuer);
    let page = app.browser().page(&frame).await;
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str();
    let framed_by = format!("frame-ancestors {}", provider.issuer);
    assert!(policy.unwrap().ends_with(&framed_by));
    assert!(!browser.is_signed_in().await);
}

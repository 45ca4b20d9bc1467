//! What a refresh changes, and what it keeps.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::{Stage, refreshed, until};
use crate::harness::{App, Provider, ada, form, form_with, grace, location, parameter, table};

#[tokio::test]
async fn new_claims_groups_and_roles_take_effect_in_place() {
    let stage = Stage::start().await;
    stage
        .admin
        .set_roles(&table(&[("Editors", "editor")]))
        .await;
    let browser = stage.signed_in_with_expired_token().await;
    let before = browser.identity().await;
    let mut changed = ada();
    changed["name"] = json!("Ada King");
    changed["groups"] = json!(["Editors"]);
    stage.provider.now().person = changed;
    stage.provider.now().expires_in = 0;
    until(async || browser.identity().await["name"] == "Ada King").await;
    let after = browser.identity().await;
    assert_eq!(after["groups"], json!(["Editors"]));
    assert_eq!(after["roles"], json!(["admin", "editor"]));
    for kept in ["subject", "issuer", "signed_in_at", "expires_at"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
}

#[tokio::test]
async fn what_userinfo_says_now_counts_where_no_id_token_comes() {
    let stage = Stage::start().await;
    let browser = stage.signed_in_with_expired_token().await;
    stage.provider.now().refreshing.answer = json!({ "id_token": null });
    stage.provider.now().person["name"] = json!("Ada King");
    until(async || browser.identity().await["name"] == "Ada King").await;
    // The former ID token is still good for the sign-out.
    let logout = browser.post("/logout").await;
    assert!(location(&logout).contains("id_token_hint="));
}

#[tokio::test]
async fn a_refresh_token_that_is_not_replaced_is_used_again() {
    let stage = Stage::start().await;
    let browser = stage.signed_in_with_expired_token().await;
    stage.provider.now().expires_in = 0;
    stage.provider.now().refreshing.answer = json!({ "refresh_token": null });
    until(async || {
        browser.is_signed_in().await;
        stage.provider.asked("rotated") > 2
    })
    .await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn the_issuers_session_may_end_earlier_than_it_said_before() {
    let stage = Stage::start().await;
    let browser = stage.signed_in_with_expired_token().await;
    let signed_in_at = browser.identity().await["signed_in_at"].as_i64().unwrap();
    let ends = signed_in_at + 600;
    stage.provider.now().refreshing.id_token = json!({ "session_expiry": ends });
    until(async || browser.identity().await["expires_at"] == ends).await;
}

/// OpenID Connect Core §12.2.
#[tokio::test]
async fn an_id_token_of_another_sign_in_ends_the_session() {
    for other in [
        json!({ "sid": "another sid" }),
        json!({ "azp": "0oa2another-client" }),
        json!({ "nonce": "of-another-sign-in" }),
        json!({ "iat": null }),
    ] {
        let stage = Stage::start().await;
        stage.provider.now().id_token = json!({ "auth_time": 1, "sid": "sid" });
        let browser = stage.signed_in_with_expired_token().await;
        stage.provider.now().refreshing.id_token = other;
        refreshed(&stage.provider, &browser).await;
        stage.until_ended(&browser).await;
    }
}

/// Some issuers say when they were asked. A refresh proves nothing of the person, so it opens no
/// guard that asks for a recent sign-in.
#[tokio::test]
async fn how_and_when_somebody_signed_in_stays_as_it_was() {
    let stage = Stage::start().await;
    let hour_ago = time::OffsetDateTime::now_utc().unix_timestamp() - 3600;
    stage.provider.now().id_token = json!({ "auth_time": hour_ago, "amr": ["pwd"] });
    let browser = stage.signed_in_with_expired_token().await;
    stage.provider.now().refreshing.id_token =
        json!({ "auth_time": hour_ago + 3600, "amr": ["mfa"], "acr": "phr" });
    refreshed(&stage.provider, &browser).await;
    let token = browser.api("/access-token").await.text().await.unwrap();
    assert_eq!(token, "an-access-token-1");
    let identity = browser.identity().await;
    assert_eq!(identity["auth_time"], hour_ago);
    assert_eq!(identity["amr"], json!(["pwd"]));
    assert_eq!(identity["acr"], json!(null));
    assert_eq!(browser.api("/recent").await.status(), 401);
}

/// An issuer need not name it again.
#[tokio::test]
async fn oktas_session_is_known_by_its_name_after_a_refresh_too() {
    let stage = Stage::start().await;
    stage.provider.now().id_token = json!({ "sid": "sid of ada" });
    let browser = stage.signed_in_with_expired_token().await;
    stage.provider.now().id_token = json!({});
    refreshed(&stage.provider, &browser).await;
    let token = browser.api("/access-token").await.text().await.unwrap();
    assert_eq!(token, "an-access-token-1");
    assert!(browser.is_signed_in().await, "and in memory");
    let issuer = &stage.provider.issuer;
    let frame = format!("/frontchannel-logout?iss={issuer}&sid=sid+of+ada");
    stage.app.browser().page(&frame).await;
    assert!(!browser.is_signed_in().await);
}

/// Access to the settings is checked again once Okta has answered, with the groups of then.
#[tokio::test]
async fn a_group_that_is_lost_while_a_connect_asks_is_no_right_any_more() {
    let stage = Stage::start().await;
    let managers = table(&[("Managers", "admin")]);
    stage.admin.set_roles(&managers).await;
    stage.provider.now().expires_in = 0;
    let mut manager = grace();
    manager["groups"] = json!(["Managers"]);
    let browser = stage.app.signed_in(&stage.provider, manager.clone()).await;
    let slow = Provider::start(&stage.app.callback()).await;
    slow.now().discovery_delay = Duration::from_secs(4);
    let form = form(&slow);
    let loses_group = async {
        slow.until_asked("discovery", 1).await;
        manager["groups"] = json!([]);
        stage.provider.now().person = manager;
        until(async || browser.identity().await["groups"] == json!([])).await;
    };
    let (refused, ()) = tokio::join!(browser.connect(&form), loses_group);
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_same_sign_in_may_be_named_again() {
    let stage = Stage::start().await;
    stage.provider.now().id_token = json!({ "auth_time": 1 });
    let browser = stage.signed_in_with_expired_token().await;
    let nonce = stage.provider.now().last_nonce.clone();
    stage.provider.now().refreshing.id_token = json!({ "nonce": nonce });
    refreshed(&stage.provider, &browser).await;
    let token = browser.api("/access-token").await.text().await.unwrap();
    assert_eq!(token, "an-access-token-1");
}

/// Apps of Okta's catalogue may not ask for it.
#[tokio::test]
async fn offline_access_is_asked_for_only_where_the_connection_wants_it() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let scopes = async || {
        let login = app.browser().page("/login").await;
        parameter(&location(&login), "scope")
    };
    assert!(!scopes().await.contains("offline_access"));
    let wanted = form_with(&provider, |form| form.options.refresh_tokens = true);
    admin.connect(&wanted).await;
    assert!(scopes().await.contains("offline_access"));

    // One that comes unasked is not kept.
    admin.connect(&form(&provider)).await;
    provider.now().token = json!({ "refresh_token": "unasked", "expires_in": 0 });
    let browser = app.signed_in(&provider, ada()).await;
    assert_eq!(browser.api("/access-token").await.status(), 501);
    assert_eq!(provider.asked("refresh"), 0);
}

/// Neither in the database, nor in what the browser gets.
#[tokio::test]
async fn tokens_stay_on_the_server_and_encrypted() {
    let stage = Stage::start().await;
    let browser = stage.signed_in_with_expired_token().await;
    refreshed(&stage.provider, &browser).await;
    for secret in ["refresh-token-", "an-access-token"] {
        assert!(!stage.app.stores(secret), "{secret}");
        for path in ["/api/identity", "/settings"] {
            let answer = stage.admin.api(path).await.text().await.unwrap();
            assert!(!answer.contains(secret), "{path}");
        }
    }
    let _: Value = browser.json("/api/identity").await;
}

//! How long sessions last.

use std::time::Duration;

use axum_okta::OktaBuilder;
use http::StatusCode;
use serde_json::{Value, json};
use sqlx::Executor;

use crate::{
    harness::{App, Browser, ada, form_with},
    organizations::Market,
    refresh::until,
};

const HOUR: i64 = 3600;
/// How long after an hour without use a session has ended on every server.
const IDLE: i64 = HOUR + 120;

/// As if so many seconds had passed since all sessions were in use.
async fn unused_for(app: &App, seconds: i64) {
    let update = format!(
        "UPDATE okta_session SET since = since - {seconds}, last_seen = last_seen - {seconds}"
    );
    let mut database = app.sql().await;
    database.execute(sqlx::AssertSqlSafe(update)).await.unwrap();
}

/// Why sessions have ended by themselves, the newest first.
async fn ends(admin: &Browser) -> Vec<String> {
    let entries = admin.audit().await;
    let entries = entries.as_array().unwrap().iter();
    let ended = entries.filter(|entry| entry["event"] == "session_ended");
    let details = ended.map(|entry| entry["detail"].as_str().unwrap().to_owned());
    details.collect()
}

async fn lasts(browser: &Browser) -> i64 {
    let identity = browser.identity().await;
    let moment = |name: &str| identity[name].as_i64().unwrap();
    moment("expires_at") - moment("signed_in_at")
}

#[tokio::test]
async fn a_session_that_nobody_uses_for_an_hour_ends() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    // Nothing of it is in memory.
    let app = app.restart().await;
    unused_for(&app, IDLE - 30).await;
    assert!(browser.is_signed_in().await);

    let app = app.restart().await;
    // Whether or not the use just now was stored.
    unused_for(&app, IDLE).await;
    assert!(!browser.is_signed_in().await);
    browser.sign_in("/").await;
    let ends = ends(&browser).await;
    assert_eq!(ends.len(), 1, "{ends:?}");
    assert!(ends[0].contains("Nobody has used it since"), "{ends:?}");
}

/// What this server knows is later than what is stored.
#[tokio::test]
async fn a_session_in_use_goes_on_without_a_write_for_every_request() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    assert!(browser.is_signed_in().await);
    unused_for(&app, 2 * IDLE).await;
    for _ in 0..20 {
        assert!(browser.is_signed_in().await);
    }
    let stored = "SELECT COUNT(*) FROM okta_session WHERE last_seen > expires_at - 12 * 3600 - 60";
    let stored: i64 = sqlx::query_scalar(stored)
        .fetch_one(&mut app.sql().await)
        .await
        .unwrap();
    assert_eq!(stored, 0, "nothing was written");
}

#[tokio::test]
async fn an_admin_chooses_how_long_sessions_last() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    assert_eq!(lasts(&admin).await, 12 * HOUR);
    let form = form_with(&provider, |form| {
        form.options.lifetime_seconds = Some(600);
        form.options.idle_seconds = 0;
    });
    assert_eq!(admin.connect(&form).await.status(), StatusCode::OK);
    let browser = app.browser();
    let done = browser.sign_in("/").await;
    let cookie = done
        .cookies()
        .find(|cookie| cookie.name() == "okta_session");
    let kept = cookie.unwrap().max_age().unwrap().as_secs();
    assert!((580..=600).contains(&kept), "{kept}");
    assert_eq!(lasts(&browser).await, 600);
    // Nobody is idle, where the connection says so.
    let app = app.restart().await;
    unused_for(&app, 30 * 24 * HOUR).await;
    assert!(browser.is_signed_in().await);
}

#[tokio::test]
async fn the_lifetime_that_an_app_was_built_with_is_the_default() {
    let builder = |builder: OktaBuilder| builder.session_lifetime(Duration::from_secs(1800));
    let app = App::start_with(builder).await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    assert_eq!(lasts(&browser).await, 1800);
}

/// IPSIE SL1: `session_expiry`.
#[tokio::test]
async fn a_session_lasts_no_longer_than_the_one_at_the_issuer() {
    let app = App::start().await;
    let (provider, browser) = app.connected().await;
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    let expires = |at: Value| provider.now().id_token = json!({ "session_expiry": at });
    expires(json!(now + 900));
    browser.sign_in("/").await;
    assert_eq!(browser.identity().await["expires_at"], now + 900);
    expires(json!(now + 30 * HOUR));
    let later = app.signed_in(&provider, ada()).await;
    assert_eq!(lasts(&later).await, 12 * HOUR);
    for refused in [json!(now - 1), json!("tomorrow")] {
        expires(refused.clone());
        let done = app.browser().sign_in("/").await;
        assert_eq!(done.status(), StatusCode::BAD_GATEWAY, "{refused}");
    }
}

#[tokio::test]
async fn sessions_that_are_over_are_deleted_with_their_cause() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    for _ in 0..2 {
        app.signed_in(&provider, ada()).await;
    }
    let mut database = app.sql().await;
    let expire = "UPDATE okta_session SET expires_at = 1 WHERE id_hash = (SELECT MIN(id_hash) FROM okta_session)";
    database.execute(expire).await.unwrap();
    drop(database);
    unused_for(&app, IDLE).await;
    let app = app.restart().await;
    let mut database = app.sql().await;
    until(async || {
        let left = sqlx::query_scalar("SELECT COUNT(*) FROM okta_session");
        let left: i64 = left.fetch_one(&mut database).await.unwrap();
        left == 0
    })
    .await;
    admin.sign_in("/").await;
    let ends = ends(&admin).await;
    let of = |words: &str| ends.iter().filter(|end| end.contains(words)).count();
    assert_eq!(of("Its time was over"), 1, "{ends:?}");
    assert_eq!(of("Nobody has used it since"), 2, "{ends:?}");
}

/// With different limits, and one that has none.
#[tokio::test]
async fn unused_sessions_are_deleted_as_their_own_connection_says() {
    let market = Market::open().await;
    let admin = &market.admin;
    for (name, provider, idle) in [("acme", &market.acme, 0), ("beta", &market.beta, 4 * 3600)] {
        let form = form_with(provider, |form| form.options.idle_seconds = idle);
        assert_eq!(admin.connect_as(name, &form).await.status(), StatusCode::OK);
        market.signed_in(name).await;
    }
    assert_eq!(
        signed_in_through(&market.app).await,
        ["acme", "beta", "okta"]
    );

    unused_for(&market.app, IDLE).await;
    let app = market.app.restart().await;
    until(async || signed_in_through(&app).await == ["acme", "beta"]).await;

    unused_for(&app, 3 * HOUR).await;
    let app = app.restart().await;
    until(async || signed_in_through(&app).await == ["acme"]).await;
}

/// The connections of the sessions that somebody is signed in with.
async fn signed_in_through(app: &App) -> Vec<String> {
    let select = "SELECT name FROM okta_session JOIN okta_connection ON id = connection_id \
                  WHERE person <> '' ORDER BY name";
    let select = sqlx::query_scalar(select);
    select.fetch_all(&mut app.sql().await).await.unwrap()
}

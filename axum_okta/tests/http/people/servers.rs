//! The same with PostgreSQL, and with sessions in Redis.

use super::*;

const KEY: &str = "YSBrZXkgZm9yIHRlc3RzLCBvZiAzMiBieXRlcy4uLi4=";

async fn ends_and_lists(app: App) {
    let people = People::signed_in_at(app).await;
    let page: Value = people
        .admin
        .json(&format!("{SESSIONS}?person=lovelace"))
        .await;
    assert_eq!(ids(&page).len(), 2);
    let own = format!("{OWN}/{}", id_of(&people.ada[1]).await);
    assert_eq!(delete(&people.ada[0], &own).await, StatusCode::NO_CONTENT);
    assert_eq!(people.are_signed_in().await, [true, true, false]);
    let (_, ended) = delete_with(&people.admin, SESSIONS, json!({ "everybody": true })).await;
    assert_eq!(ended["ended"], 2);
    assert_eq!(people.are_signed_in().await, [false, false, false]);
}

#[tokio::test]
async fn on_postgresql() {
    let url = postgres::database().await;
    let on = |builder: OktaBuilder| builder.database(&url).encryption_key(KEY.to_owned());
    ends_and_lists(App::start_with(on).await).await;
}

#[tokio::test]
async fn with_sessions_in_redis() {
    let redis = Redis::start();
    let url = redis.url();
    ends_and_lists(App::start_with(|builder| builder.sessions_url(url)).await).await;
}

/// What an admin ends on one server has ended on the other.
#[tokio::test]
async fn an_end_counts_on_every_server() {
    let url = postgres::database().await;
    let on = |builder: OktaBuilder| builder.database(&url).encryption_key(KEY.to_owned());
    let people = People::signed_in_at(App::start_with(on).await).await;
    let other = App::start_with(on).await;
    let adas = people.app.browser();
    people.provider.now().person = ada();
    let session = session_id(&adas.sign_in("/").await);
    let status = async || other.with_session("/api/identity", &session).await.status();
    assert_eq!(status().await, StatusCode::OK);
    let one = format!("{SESSIONS}/{}", id_of(&adas).await);
    assert_eq!(delete(&people.admin, &one).await, StatusCode::NO_CONTENT);
    while status().await != StatusCode::UNAUTHORIZED {
        tokio::task::yield_now().await;
    }
}

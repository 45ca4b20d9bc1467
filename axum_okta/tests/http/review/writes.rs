//! Point 8: writes wait in one line, for a bounded time, and a sign-in makes two.

use std::time::Duration;

use futures::future::join_all;
use http::{StatusCode, header};
use sqlx::Connection;

use crate::harness::{App, Log};

/// A waiter that stood in line behind all others would wait for each of them.
const FAR_LESS_THAN_FIVE_SECONDS_EACH: Duration = Duration::from_secs(25);

#[tokio::test]
async fn while_another_program_holds_the_lock_nobody_waits_for_all_before_them() {
    let app = App::start().await;
    let (_provider, _admin) = app.connected().await;
    let mut ways_back = Vec::new();
    for _ in 0..12 {
        let browser = app.browser();
        let back = browser.to_provider_and_back("/").await;
        ways_back.push((browser, back));
    }
    let mut other_program = app.sql().await;
    let lock = other_program.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let callbacks = ways_back.iter().map(|(browser, back)| browser.page(back));
    let answers = tokio::time::timeout(FAR_LESS_THAN_FIVE_SECONDS_EACH, join_all(callbacks))
        .await
        .expect("they all gave up");
    for answer in answers {
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key(header::RETRY_AFTER));
        let page = answer.text().await.unwrap();
        assert!(page.contains("Try again in a moment"), "{page}");
    }
    lock.rollback().await.unwrap();
    // Nothing was lost: the same way back works as soon as the lock is gone.
    let (browser, back) = &ways_back[0];
    assert_eq!(browser.page(back).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_sign_in_writes_twice() {
    let log = Log::default();
    let _listening = log.listen("axum_okta::store=trace");
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    // The first admin: the setup is finished, too, and groups are remembered.
    let before = log.text().matches("a change is stored").count();
    admin.sign_in("/").await;
    let after = log.text().matches("a change is stored").count();
    assert_eq!(after - before, 2);
    assert_eq!(provider.asked("userinfo"), 0);
}

//! Parts of point 12: what hosts do by mistake, and clocks.

use http::StatusCode;

use crate::harness::{App, CONNECTION, FOR_SHARED_CACHES, SECRET_OF_THE_PAGE, cache_control};

#[tokio::test]
async fn a_guarded_page_is_kept_by_no_shared_cache_whatever_the_host_says() {
    let app = App::start().await;
    let (_provider, browser) = app.connected().await;
    browser.sign_in("/").await;
    let page = browser.page("/public").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(cache_control(&page), "no-store");
    for targeted in FOR_SHARED_CACHES {
        assert!(!page.headers().contains_key(targeted), "{targeted}");
    }
    assert_eq!(page.text().await.unwrap(), SECRET_OF_THE_PAGE);
}

#[tokio::test]
async fn a_clock_that_jumped_takes_nothing_out_of_the_trail_and_keeps_its_order() {
    let app = App::start().await;
    let (_provider, admin) = app.connected().await;
    admin.sign_in("/").await;
    // As if the clock had stood ten years ahead for a while, and what was then written stayed.
    let ten_years = 10 * 365 * 24 * 60 * 60 * 1_000_000_i64;
    let mut database = app.sql().await;
    sqlx::query("UPDATE okta_audit SET at = at + $1 WHERE event = 'signed_in'")
        .bind(ten_years)
        .execute(&mut database)
        .await
        .unwrap();
    admin.post(CONNECTION).await;
    let trail = admin.audit().await;
    let events: Vec<&str> = (0..2)
        .map(|index| trail[index]["event"].as_str().unwrap())
        .collect();
    assert_eq!(events, ["checked", "signed_in"]);
}

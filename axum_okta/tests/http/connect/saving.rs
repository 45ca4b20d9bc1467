//! What is saved, replaced and forgotten.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use super::ready;
use crate::harness::{CLIENT_SECRET, CONNECTION, Provider, form, form_with};

#[tokio::test]
async fn the_secret_is_neither_shown_nor_stored_in_the_clear() {
    let (app, provider, admin) = ready().await;
    let report = admin.connect(&form(&provider)).await.text().await.unwrap();
    let shown = admin.api(CONNECTION).await.text().await.unwrap();
    let debug = format!("{:?}", app.okta);
    for text in [report, shown, debug] {
        assert!(!text.contains(CLIENT_SECRET));
    }
    assert!(!app.stores(CLIENT_SECRET));
}

#[tokio::test]
async fn a_working_connection_is_replaced_only_by_one_that_passed() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    let before = app.okta.connection();
    let wrong = form_with(&provider, |form| form.client_secret = "wrong".into());
    assert_eq!(
        admin.connect(&wrong).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(app.okta.connection(), before);
    assert_eq!(admin.sign_in("/").await.status(), StatusCode::SEE_OTHER);
    assert!(admin.is_signed_in().await);
}

#[tokio::test]
async fn settings_can_be_changed_without_retyping_the_secret() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    admin.sign_in("/").await;
    let unchanged = form_with(&provider, |form| form.client_secret = String::new());
    assert_eq!(admin.connect(&unchanged).await.status(), StatusCode::OK);
    assert!(
        admin.is_signed_in().await,
        "the same app: nobody is signed out"
    );
    drop(app);
}

#[tokio::test]
async fn the_stored_secret_goes_to_no_other_issuer_or_client() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    let other = Provider::start(&app.callback()).await;
    let elsewhere = form_with(&other, |form| form.client_secret = String::new());
    let answer = admin.connect(&elsewhere).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.asked("token"), 0);
    let other_client = form_with(&provider, |form| {
        form.client_id = "other".into();
        form.client_secret = String::new();
    });
    assert_eq!(
        admin.connect(&other_client).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn replacing_the_connection_signs_people_out_and_keeps_the_settings_open_for_this_admin() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    admin.sign_in("/").await;
    let other = Provider::start(&app.callback()).await;
    assert_eq!(admin.connect(&form(&other)).await.status(), StatusCode::OK);
    assert!(!admin.is_signed_in().await);
    assert_eq!(admin.api(CONNECTION).await.status(), StatusCode::OK);
    admin.sign_in("/").await;
    assert_eq!(
        admin.api(CONNECTION).await.status(),
        StatusCode::OK,
        "the person is admin at the new issuer, too"
    );
}

#[tokio::test]
async fn disconnecting_signs_everybody_out_and_forgets() {
    let (app, provider, admin) = ready().await;
    admin.connect(&form(&provider)).await;
    admin.sign_in("/").await;
    admin.disconnect().await;
    assert_eq!(app.okta.connection(), None);
    assert!(!admin.is_signed_in().await);
    assert_eq!(
        admin.api("/api/protected").await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        admin.page("/login").await.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
    // Whoever disconnected can connect again.
    assert_eq!(
        admin.connect(&form(&provider)).await.status(),
        StatusCode::OK
    );
    assert!(
        !admin.is_signed_in().await,
        "an old session does not come back"
    );
    drop(app);
}

#[tokio::test]
async fn a_connect_goes_on_to_its_end_although_the_browser_is_closed() {
    let (app, provider, admin) = ready().await;
    provider.now().discovery_delay = Duration::from_millis(300);
    let form = form(&provider);
    tokio::select! {
        _ = admin.connect(&form) => panic!("it waits for the provider"),
        () = provider.until_asked("discovery", 1) => {}
    }
    let connected = async {
        while app.okta.connection().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), connected)
        .await
        .expect("what was begun is in use");
    // And whoever pressed the button still has their right.
    admin.sign_in("/").await;
    assert_eq!(admin.identity().await["roles"], json!(["admin"]));
}

//! A part of point 12: Okta takes its time, and meanwhile things change.

use std::time::Duration;

use http::StatusCode;

use crate::harness::{App, CONNECTION, Provider, form};

/// Long enough for another request to be answered meanwhile.
const WHILE: Duration = Duration::from_millis(500);

#[tokio::test]
async fn a_setup_that_is_closed_while_okta_is_asked_makes_nobody_admin() {
    let app = App::start().await;
    let (provider, first) = app.connected().await;
    let back = first.to_provider_and_back("/").await;
    let asked = provider.asked("token");
    provider.now().token_delay = WHILE;
    let (done, ()) = tokio::join!(first.page(&back), async {
        provider.until_asked("token", asked + 1).await;
        app.new_setup_code().await;
    });
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    assert!(first.is_signed_in().await, "but no admin");
    assert_eq!(first.api(CONNECTION).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_connection_that_is_replaced_while_okta_is_asked_signs_nobody_in() {
    let app = App::start().await;
    let (provider, admin) = app.connected().await;
    let person = app.browser();
    let back = person.to_provider_and_back("/").await;
    let other = Provider::start(&app.callback()).await;
    let asked = provider.asked("token");
    provider.now().token_delay = WHILE;
    let (done, ()) = tokio::join!(person.page(&back), async {
        provider.until_asked("token", asked + 1).await;
        admin.connect(&form(&other)).await;
    });
    assert_eq!(done.status(), StatusCode::BAD_REQUEST);
    assert!(!person.is_signed_in().await);
}

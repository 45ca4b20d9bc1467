//! A sign-in started at one provider was finished at another.

use http::StatusCode;

use crate::harness::{App, Provider, form};

#[tokio::test]
async fn a_sign_in_started_at_one_provider_is_not_finished_at_another() {
    let app = App::start().await;
    let (former, admin) = app.connected().await;
    let browser = app.browser();
    let callback = browser.to_provider_and_back("/").await;
    let (path, query) = callback.split_once('?').unwrap();
    let other = Provider::start(&app.callback()).await;
    assert_eq!(admin.connect(&form(&other)).await.status(), StatusCode::OK);
    let asked = (former.asked("token"), other.asked("token"));
    // Also with the new provider's name on it.
    let renamed = query.replace(
        former.issuer.rsplit(':').next().unwrap(),
        other.issuer.rsplit(':').next().unwrap(),
    );
    assert_ne!(renamed, query);
    for query in [&renamed, query] {
        let answer = browser.page(&format!("{path}?{query}")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(!browser.is_signed_in().await);
    }
    assert_eq!((former.asked("token"), other.asked("token")), asked);
}
